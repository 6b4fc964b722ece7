"""The composition of Google Cloud: settings in, a whole platform out."""

from stacks.gcp.composition import build

__all__ = ["build"]

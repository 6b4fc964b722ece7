"""The composition of Azure: settings in, a platform out."""

from stacks.azure.composition import build

__all__ = ["build"]

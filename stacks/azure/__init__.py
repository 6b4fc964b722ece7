"""The composition of Azure: settings in, a platform out. So far its resource group, identities and keys."""

from stacks.azure.composition import build

__all__ = ["build"]

"""The composition of AWS: settings in, a platform out. So far keys, identities, network and stores."""

from stacks.aws.composition import build

__all__ = ["build"]

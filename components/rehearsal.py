"""Whether this run is a rehearsal: providers are attached to it that stand for the real ones."""

from __future__ import annotations

import os


def rehearsed() -> bool:
    return bool(os.environ.get("PULUMI_DEBUG_PROVIDERS"))


def stands_in(package: str) -> bool:
    """Whether what is attached stands for this package's provider."""
    attached = os.environ.get("PULUMI_DEBUG_PROVIDERS", "").split(",")
    return any(each.startswith(f"{package}:") for each in attached)

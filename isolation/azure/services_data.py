"""`services.yaml`: services with interfaces in subnets, and ways out for data, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def _data() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("services.yaml").read_text(encoding="utf-8"))


def attached() -> Sequence[Mapping[str, Any]]:
    """Services with interfaces in subnets: type, what, where the subnets are named, and what else differs."""
    return _data()["attached"]


def clusters() -> Sequence[Mapping[str, Any]]:
    """Settings of a cluster under which AKS makes what no other resource shows."""
    return _data()["clusters"]


def settings() -> Sequence[Mapping[str, Any]]:
    """Settings by which a service lets data out, each with the values that hold it."""
    return _data()["settings"]


def exits() -> Sequence[Mapping[str, Any]]:
    """Types that are ways out for data by being there."""
    return _data()["exits"]


def sends() -> Sequence[Mapping[str, Any]]:
    """Where resources name the target of what they send."""
    return _data()["sends"]

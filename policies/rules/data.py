"""The data files beside the checks of each cloud, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml


@cache
def read(name: str) -> dict[str, Any]:
    """The content of `<name>.yaml` below this folder: `aws/alerts`."""
    text = (Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return cast("dict[str, Any]", yaml.load(text, Loader=loader))

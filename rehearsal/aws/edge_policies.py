"""CloudFront's policies as `cloudfront.getCachePolicy` and its siblings find them.

Those that AWS manages are in every account under ids of their own (`edge-policies.yaml`); the others are the
record's. Left out: what a managed policy says inside; its settings come empty.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rehearsal.aws.describe import Arguments, Place
from rehearsal.model import Record, Refusal


@lru_cache(maxsize=1)
def _managed() -> dict[str, dict[str, str]]:
    """Noun of the type (`CachePolicy`) to name to id."""
    text = (Path(__file__).parent / "edge-policies.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["package"]["edge_policies"]


def finder(noun: str) -> Callable[[Arguments, Place, Record], dict[str, Any]]:
    """The data source `get<noun>`. It raises Refusal for a policy that is neither managed nor recorded."""

    def find(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
        name, id = args.get("name"), args.get("id")
        for managed, its_id in _managed()[noun].items():
            if its_id == id or (managed == name and not id):
                return {"id": its_id, "name": managed, "arn": _arn(place, noun, its_id)}
        for existing in record.find(f"aws:cloudfront/{noun[0].lower()}{noun[1:]}:{noun}"):
            if existing.id == id or (existing.outputs.get("name") == name and not id):
                return {**existing.outputs, "id": existing.id}
        known = ", ".join(_managed()[noun])
        problem = f'there is no policy "{id or name}"'
        raise Refusal(
            "id" if id else "name", problem, f"create it first, or take one that AWS manages: {known}"
        )

    return find


def _arn(place: Place, noun: str, id: str) -> str:
    kinds = {
        "CachePolicy": "cache-policy",
        "OriginRequestPolicy": "origin-request-policy",
        "ResponseHeadersPolicy": "response-headers-policy",
    }
    return f"arn:{place['partition']}:cloudfront::{place['account']}:{kinds[noun]}/{id}"

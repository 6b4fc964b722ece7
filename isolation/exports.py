"""Reading resources from files: an exported state, a backend's checkpoint, a preview's JSON, a saved plan.

What a file is follows from its own keys, so nobody has to say. A preview that hides what does not change is
refused: the proof needs everything.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from isolation.resources import Graph, Resource

_GONE = frozenset({"delete", "delete-replaced", "read-discard", "discard-replaced", "remove-pending-replace"})
# What a packed file begins with (RFC 1952).
_PACKED = b"\x1f\x8b"


class Unreadable(Exception):
    """The input is no state, preview or plan; the message is one sentence."""


def read(path: Path) -> Graph:
    """The resources of a file: an exported state, a backend's state file, a preview's JSON, or a saved plan.

    A backend may keep its files packed (gzip).

    Raises:
        Unreadable: one sentence about what the file is not.
    """
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content.startswith(_PACKED) else content).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as problem:
        reason = (isinstance(problem, OSError) and problem.strerror) or "it is no text"
        raise Unreadable(
            f"{path}: {reason}; write the path of an exported state or a preview's JSON"
        ) from None
    # `pulumi preview --json` may be preceded by lines of warning.
    start = text.find("{")
    try:
        data = json.JSONDecoder().raw_decode(text[max(start, 0) :])[0]
    except (json.JSONDecodeError, RecursionError) as problem:
        raise Unreadable(
            f"{path}: it is no JSON ({str(problem).partition(':')[0]}); export it again"
        ) from None
    try:
        return parse(data)
    except Unreadable as problem:
        raise Unreadable(f"{path}: {problem}") from None


def parse(data: object) -> Graph:
    """The resources of a document.

    Raises:
        Unreadable: it has neither `deployment.resources`, nor `checkpoint.latest`, nor `steps`, nor
            `resourcePlans`.
    """
    document = _mapping(data)
    # `pulumi stack export` writes the one, a backend's folder or bucket holds the other.
    deployment = _mapping(document.get("deployment") or _mapping(document.get("checkpoint")).get("latest"))
    if isinstance(deployment.get("resources"), list) or (deployment and "manifest" in deployment):
        found = [_from_state(each) for each in _records(deployment.get("resources") or [])]
    elif isinstance(document.get("steps"), list):
        steps = _records(document["steps"])
        _all_shown(document, steps)
        found = [
            _from_state(_stepped(each))
            for each in steps
            if str(each.get("op")) not in _GONE and (each.get("newState") or each.get("oldState"))
        ]
    elif isinstance(document.get("resourcePlans"), dict):
        plans = _mapping(document["resourcePlans"])
        found = [one for urn in plans if (one := _from_plan(urn, _mapping(plans[urn]))) is not None]
    else:
        raise Unreadable(
            "it is neither an exported state (deployment.resources) nor a backend's state (checkpoint.latest)"
            " nor a preview (steps) nor a plan (resourcePlans); write `pulumi stack export` or"
            " `pulumi preview --json --show-sames` into it"
        )
    unique = {one.urn: one for one in found}
    return Graph(unique.values())


def _stepped(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state after a step; what stays keeps the id and the outputs that it has."""
    old, new = _mapping(step.get("oldState")), _mapping(step.get("newState"))
    if not new or str(step.get("op")) not in ("same", "update", "refresh"):
        return new or old
    return {
        **new,
        "id": new.get("id") or old.get("id"),
        "outputs": {**_mapping(old.get("outputs")), **_mapping(new.get("outputs"))},
    }


def _all_shown(document: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> None:
    """A preview leaves out what does not change, unless it is asked to show it."""
    unchanged = _mapping(document.get("changeSummary")).get("same")
    shown = sum(each.get("op") == "same" for each in steps)
    if isinstance(unchanged, int) and unchanged > shown:
        raise Unreadable(
            f"the preview leaves out {unchanged - shown} resources that do not change; "
            "write `pulumi preview --json --show-sames` into it"
        )


def _from_state(record: Mapping[str, Any]) -> Resource:
    urn, type_ = record.get("urn"), record.get("type")
    if not (isinstance(urn, str) and isinstance(type_, str)):
        raise Unreadable("a resource has no urn or no type; export it again")
    references = _mapping(record.get("propertyDependencies"))
    return Resource.of(
        urn,
        type_,
        _mapping(record.get("inputs")),
        outputs=_mapping(record.get("outputs")),
        references={name: _texts(urns) for name, urns in references.items()},
        id_=str(record.get("id") or ""),
        parent=str(record.get("parent") or ""),
        provider=str(record.get("provider") or ""),
    )


def _from_plan(urn: str, plan: Mapping[str, Any]) -> Resource | None:
    goal = _mapping(plan.get("goal"))
    steps = _texts(plan.get("steps"))
    if not goal or (steps and all(step in _GONE for step in steps)):
        return None
    difference = _mapping(goal.get("inputDiff"))
    asked = {**_mapping(difference.get("adds")), **_mapping(difference.get("updates"))}
    references = _mapping(goal.get("propertyDependencies"))
    return Resource.of(
        urn,
        str(goal.get("type")),
        asked,
        outputs=_mapping(plan.get("state")),
        references={name: _texts(urns) for name, urns in references.items()},
        parent=str(goal.get("parent") or ""),
        provider=str(goal.get("provider") or ""),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _records(value: object) -> list[Mapping[str, Any]]:
    return [_mapping(each) for each in cast("list[object]", value)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [str(each) for each in cast("list[object]", value)] if isinstance(value, list) else []

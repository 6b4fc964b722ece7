"""Answers of the provider protocol made from findings: check results, differences, parsed configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rehearsal import diff as differences
from rehearsal.model import UNKNOWN, Refusal
from rehearsal.protocol import provider as rpc
from rehearsal.shape import Field
from rehearsal.values import Decoded, encode, mask

_KINDS = {
    (differences.ADD, False): rpc.PropertyDiff.ADD,
    (differences.ADD, True): rpc.PropertyDiff.ADD_REPLACE,
    (differences.DELETE, False): rpc.PropertyDiff.DELETE,
    (differences.DELETE, True): rpc.PropertyDiff.DELETE_REPLACE,
    (differences.UPDATE, False): rpc.PropertyDiff.UPDATE,
    (differences.UPDATE, True): rpc.PropertyDiff.UPDATE_REPLACE,
}


def checked(inputs: Mapping[str, Any], given: Decoded, refusals: Iterable[Refusal]) -> rpc.CheckResponse:
    """Checked inputs, secret where they were given as secrets, and one failure per refusal.

    The engine puts type and name in front of a failure; the sentence has the rest.
    """
    hidden = given.secret_texts()
    failures = [rpc.CheckFailure(reason=mask(refusal.sentence(), hidden)) for refusal in refusals]
    return rpc.CheckResponse(inputs=encode(inputs, given.secrets), failures=failures)


def difference(
    changes: Sequence[differences.Change], *, delete_before_replace: bool = False
) -> rpc.DiffResponse:
    """Changes by property path."""
    detailed = {
        change.path: rpc.PropertyDiff(kind=_KINDS[change.kind, change.replaces], inputDiff=True)
        for change in changes
    }
    return rpc.DiffResponse(
        changes=rpc.DiffResponse.DIFF_SOME if changes else rpc.DiffResponse.DIFF_NONE,
        replaces=list(dict.fromkeys(change.top for change in changes if change.replaces)),
        diffs=list(dict.fromkeys(change.top for change in changes)),
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=delete_before_replace,
    )


def parsed(value: Any, declared: Field | None) -> Any:
    """A configuration value; those that are not strings come as JSON texts."""
    if not isinstance(value, str) or declared is None or declared.type.kind == "string" or value is UNKNOWN:
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value

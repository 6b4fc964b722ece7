"""Policy documents: statements with names, conditions and outputs, as the JSON that AWS takes.

Guarantees: an allowance whose principal is `*` carries a condition. Left out: what the condition says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

Text = str | pulumi.Output[str]
Conditions = Mapping[str, Mapping[str, Any]]

ANYONE = "*"


def policy(*statements: Mapping[str, Any]) -> pulumi.Output[str]:
    """The document with these statements. Known at preview where everything in it is."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[Text],
    *,
    to: Mapping[str, Any] | None = None,
    when: Conditions | None = None,
) -> dict[str, Any]:
    """A statement that allows. `to` names principals in a resource's own policy: `{"AWS": …}`.

    A role's trust has no resources. Raises ValueError: an allowance to anyone without a condition.
    """
    if to is not None and ANYONE in to.values() and not when:
        raise ValueError(f"{sid}: an allowance to anyone needs a condition")
    return _whole({"Sid": sid, "Effect": "Allow", "Action": list(actions)}, resources, to, when)


def deny(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[Text],
    *,
    to: Mapping[str, Any] | None = None,
    when: Conditions | None = None,
) -> dict[str, Any]:
    """A statement that denies, whoever else allows."""
    return _whole({"Sid": sid, "Effect": "Deny", "Action": list(actions)}, resources, to, when)


def _whole(
    statement: dict[str, Any],
    resources: Sequence[Text],
    to: Mapping[str, Any] | None,
    when: Conditions | None,
) -> dict[str, Any]:
    if to is not None:
        statement["Principal"] = dict(to)
    if resources:
        statement["Resource"] = list(resources)
    if when:
        statement["Condition"] = {operator: dict(keys) for operator, keys in when.items()}
    return statement

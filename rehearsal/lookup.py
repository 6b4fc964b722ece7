"""Data sources answered from the record: what a `get…` function finds, and what it says without.

A function that no table describes is still answered when its name says what it reads: `getNetwork` in a
package that has a resource type `Network` in the same module finds one by the arguments that are also
properties. Everything else is refused by name, because an invented answer would let a wrong program pass.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal import limits, paths, templates
from rehearsal.model import Context, Existing, Record, Refusal

Entry = Mapping[str, Any]


def answer(
    entry: Entry | None,
    token: str,
    args: Mapping[str, Any],
    context: Context,
    record: Record,
    *,
    filters: Mapping[str, Callable[..., Any]],
) -> Mapping[str, Any]:
    """The results that the table or the record gives. Raises Refusal where neither does."""
    if entry is None:
        return _by_convention(token, args, record)
    refusals = limits.check(entry.get("limits", []), args)
    if refusals:
        raise refusals[0]
    values: dict[str, Any] = {
        "args": args,
        "context": context.config,
        "found": {},
        "token": token,
        "outputs": {},
    }
    scope = templates.Scope(values, _seeds(token, args), filters)
    if "finds" in entry:
        values["found"] = _found(entry, token, args, scope, record)
    results: dict[str, Any] = dict(values["found"])
    for path, template in entry.get("outputs", {}).items():
        values["outputs"] = results
        value = templates.render(template, scope)
        if value is not None:
            results[path] = value
    return results


def names(existing: Existing, value: Any) -> bool:
    """Whether a reference in an input means this object: its id, self link, ARN or name."""
    if not isinstance(value, str) or not value:
        return False
    known = [existing.id, *(existing.outputs.get(key) for key in ("selfLink", "arn", "name", "email"))]
    return value in known or any(isinstance(item, str) and item.endswith("/" + value) for item in known[:2])


def _found(
    entry: Entry, token: str, args: Mapping[str, Any], scope: templates.Scope, record: Record
) -> Mapping[str, Any]:
    wanted = {key: templates.render(text, scope) for key, text in entry.get("by", {}).items()}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    for existing in record.find(entry["finds"]):
        if all(_matches(existing, key, value) for key, value in wanted.items()):
            return {**existing.outputs, "id": existing.id}
    absent = templates.render(entry["absent"], scope) if "absent" in entry else None
    raise Refusal("", str(absent or _nothing(token, args)), "create it in a stack of this rehearsal first")


def _by_convention(token: str, args: Mapping[str, Any], record: Record) -> Mapping[str, Any]:
    package, module, name = token.split(":", 2)
    if not name.startswith("get"):
        raise _unknown(token)
    noun = name[3:]
    folder = module.split("/", 1)[0] if package != "kubernetes" and "/" in module else module
    candidates = [
        existing
        for existing in record.find(f"{package}:*:{noun}")
        if existing.type.split(":")[1].split("/", 1)[0] == folder.split("/", 1)[0]
    ]
    if not candidates:
        raise _unknown(token)
    for existing in candidates:
        shared = {k: v for k, v in args.items() if v is not None and (k == "id" or _has(existing, k))}
        if shared and all(_matches(existing, key, value) for key, value in shared.items()):
            return {**existing.outputs, "id": existing.id}
    raise Refusal("", _nothing(token, args), "create it in a stack of this rehearsal first")


def _has(existing: Existing, key: str) -> bool:
    return key in existing.outputs or key in existing.inputs


def _matches(existing: Existing, key: str, value: Any) -> bool:
    if key == "id":
        return existing.id == value
    actual = paths.get(existing.outputs, key)
    return value in (actual, paths.get(existing.inputs, key))


def _seeds(token: str, args: Mapping[str, Any]) -> Callable[[str], str]:
    asked = json.dumps([token, args], sort_keys=True, default=repr)
    return lambda label: hashlib.sha256(f"{asked}\n{label}".encode()).hexdigest()


def _nothing(token: str, args: Mapping[str, Any]) -> str:
    given = ", ".join(f"{key}={value!r}" for key, value in args.items() if value is not None)
    return f"nothing in the rehearsal's record answers {token.rsplit(':', 1)[-1]}({given})"


def _unknown(token: str) -> Refusal:
    return Refusal(
        "",
        f"the rehearsal does not know what {token.rsplit(':', 1)[-1]} answers",
        f"describe {token} under functions in the rehearsal's {token.split(':', 1)[0]} tables, "
        "or take the value from a setting",
    )

"""JSON documents in inputs: policies, container definitions, patterns.

Which inputs hold one is in `documents.yaml`. Checked is what AWS answers with MalformedPolicyDocument at
creation: the JSON itself, the version, the statements' effects, and principals where they must or must not
be.
Left out: whether an action or a condition key exists.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from rehearsal.model import Refusal

_ELEMENTS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html"
_VERSIONS = ("2012-10-17", "2008-10-17")


def check(kinds: Mapping[str, str], inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """What is wrong with the documents; `kinds` is property -> identity, resource or plain."""
    for name, kind in kinds.items():
        text = inputs.get(name)
        if not isinstance(text, str) or not text.strip():
            continue
        try:
            document = json.loads(text)
        except ValueError as error:
            yield Refusal(name, f"contains invalid JSON ({error})", "build it with json.dumps")
            continue
        if kind != "plain":
            yield from _policy(name, document, identity=kind == "identity")


def _policy(name: str, document: Any, *, identity: bool) -> Iterator[Refusal]:
    if not isinstance(document, dict):
        yield Refusal(name, "is no policy", "write an object with Version and Statement", _ELEMENTS)
        return
    policy = cast("dict[str, Any]", document)
    if policy.get("Version", "2012-10-17") not in _VERSIONS:
        version = policy["Version"]
        yield Refusal(f"{name}.Version", f'"{version}" is no policy version', 'write "2012-10-17"', _ELEMENTS)
    statements = policy.get("Statement")
    if not statements:
        yield Refusal(name, "has no Statement", "write at least one", _ELEMENTS)
        return
    items = cast("list[Any]", statements if isinstance(statements, list) else [statements])
    for index, item in enumerate(items):
        yield from _statement(f"{name}.Statement[{index}]", item, identity=identity)


def _statement(where: str, item: Any, *, identity: bool) -> Iterator[Refusal]:
    statement = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield Refusal(f"{where}.Effect", "is neither Allow nor Deny", "write one of the two", _ELEMENTS)
    if "Action" not in statement and "NotAction" not in statement:
        yield Refusal(where, "names no Action", "write Action or NotAction", _ELEMENTS)
    principals = "Principal" in statement or "NotPrincipal" in statement
    if identity and principals:
        yield Refusal(where, "a policy of an identity names a Principal", "leave it out", _ELEMENTS)
    if identity and "Resource" not in statement and "NotResource" not in statement:
        yield Refusal(where, "names no Resource", "write Resource or NotResource", _ELEMENTS)
    if not identity and not principals:
        yield Refusal(where, "names no Principal", "write who is meant", _ELEMENTS)


def render(document: Any) -> str:
    """The document as the provider writes it: indented by two, `<`, `>` and `&` as Go escapes them."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")

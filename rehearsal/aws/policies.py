"""`iam.getPolicyDocument`, computed as the provider does.

One value is written as a string, several as a list in falling order; `&{…}` becomes `${…}`; a later document
replaces statements of the same sid. As in terraform-provider-aws, internal/service/iam/policy_model.go and
policy_document_data_source.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from rehearsal.aws import documents
from rehearsal.model import Refusal

_DEFAULT_VERSION = "2012-10-17"


def document(args: Mapping[str, Any]) -> dict[str, Any]:
    """The results: `json`, `minifiedJson`, `version`. Raises Refusal where the provider errs."""
    version = str(args.get("version") or _DEFAULT_VERSION)
    built: dict[str, Any] = {"Version": version}
    if args.get("policyId"):
        built["Id"] = args["policyId"]
    statements: list[dict[str, Any]] = []
    sources: list[Any] = [args.get("sourceJson"), *(args.get("sourcePolicyDocuments") or [])]
    overrides: list[Any] = [args.get("overrideJson"), *(args.get("overridePolicyDocuments") or [])]
    own: list[Mapping[str, Any]] = args.get("statements") or []
    for text in sources:
        _merge(statements, _parse("sourcePolicyDocuments", text))
    _merge(statements, [_statement(item) for item in own])
    for text in overrides:
        _merge(statements, _parse("overridePolicyDocuments", text))
    if statements:
        built["Statement"] = statements
    small = json.dumps(built, separators=(",", ":"), ensure_ascii=False)
    minified = small.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return {**args, "json": documents.render(built), "minifiedJson": minified, "version": version}


def _merge(statements: list[dict[str, Any]], more: Sequence[Mapping[str, Any]]) -> None:
    """Add statements; one with a sid that is there takes its place."""
    for item in more:
        sid = item.get("Sid")
        same = [index for index, old in enumerate(statements) if sid and old.get("Sid") == sid]
        if same:
            statements[same[0]] = dict(item)
        else:
            statements.append(dict(item))


def _statement(item: Mapping[str, Any]) -> dict[str, Any]:
    built: dict[str, Any] = {}
    if item.get("sid"):
        built["Sid"] = item["sid"]
    built["Effect"] = item.get("effect") or "Allow"
    for ours, theirs in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if item.get(ours):
            built[theirs] = _values(item[ours])
    for ours, theirs in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if item.get(ours):
            built[theirs] = _principals(item[ours])
    if item.get("conditions"):
        built["Condition"] = _conditions(item["conditions"])
    return built


def _values(values: Sequence[Any]) -> Any:
    """Variables restored; one value alone, several in falling order."""
    texts = [str(value).replace("&{", "${") for value in values]
    return texts[0] if len(texts) == 1 else sorted(texts, reverse=True)


def _principals(items: Sequence[Mapping[str, Any]]) -> Any:
    if len(items) == 1 and items[0].get("type") == "*" and list(items[0].get("identifiers") or []) == ["*"]:
        return "*"
    gathered: dict[str, list[Any]] = {}
    for item in items:
        gathered.setdefault(str(item["type"]), []).extend(item.get("identifiers") or [])
    return {kind: _values(gathered[kind]) for kind in sorted(gathered)}


def _conditions(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    gathered: dict[str, dict[str, list[Any]]] = {}
    for item in items:
        tests = gathered.setdefault(str(item["test"]), {})
        tests.setdefault(str(item["variable"]), []).extend(item.get("values") or [])
    return {
        test: {variable: _values(found) for variable, found in sorted(gathered[test].items())}
        for test in sorted(gathered)
    }


def _parse(name: str, text: Any) -> list[dict[str, Any]]:
    """The statements of a document given as JSON; none for an absent one."""
    if not text:
        return []
    try:
        loaded = json.loads(str(text))
    except ValueError as error:
        raise Refusal(name, f"holds invalid JSON ({error})", "give documents rendered as JSON") from error
    statements: Any = loaded.get("Statement") or []
    return cast("list[dict[str, Any]]", statements if isinstance(statements, list) else [statements])

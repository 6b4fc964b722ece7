"""The language of IAM policies, as AWS reads it when a policy is written.

Refused is what AWS answers with MalformedPolicyDocument, and one thing that it takes in silence: an action of
a service that does not exist, which grants nothing. Names are in `iam-language.yaml`.
Left out: whether an action or a condition key exists, whether a principal does, what a policy allows.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml

from rehearsal.model import Refusal

_ELEMENTS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html"
_GRAMMAR = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
_ACTIONS = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/"
    "reference_policies_actions-resources-contextkeys.html"
)
_OPERATORS = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
)
_PRINCIPALS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
_VERSIONS = ("2012-10-17", "2008-10-17")
_ACTION = re.compile(r"([A-Za-z0-9-]+):([A-Za-z0-9*?]+)")
_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:.+|.*[*?].*", re.DOTALL)
# An account, an ARN, or the id that IAM puts in place of a principal that was deleted.
_AWS_PRINCIPAL = re.compile(r"\*|\d{12}|arn:[a-z-]+:(iam|sts)::[^:]*:.+|A[A-Z0-9]{15,}")
_SET_OPERATOR = re.compile(r"(?i)(forallvalues|foranyvalue):")


@dataclass(frozen=True)
class Form:
    """Where a policy stands, and so what its statements hold.

    `principals` says whether each names one or none may; `resources` whether each names one, or `None` where
    both are taken; `actions` is what every action begins with; `sid` is the pattern of a statement's name.
    """

    principals: bool
    resources: bool | None = True
    actions: str = ""
    sid: str = ""


FORMS: Mapping[str, Form] = {
    "identity": Form(principals=False, sid="[A-Za-z0-9]*"),
    "trust": Form(principals=True, resources=False, actions="sts:", sid="[A-Za-z0-9]*"),
    "resource": Form(principals=True),
    # A repository's policy is about the repository: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
    "repository": Form(principals=True, resources=None),
}
"""Kind of a document in `documents.yaml` -> form of the policy."""


def reader(form: Form) -> Callable[[str, Any], Iterator[Refusal]]:
    """What reads policies of a form."""

    def read(path: str, document: Any) -> Iterator[Refusal]:
        if not isinstance(document, dict):
            yield Refusal(path, "is no policy", "write an object with Version and Statement", _ELEMENTS)
            return
        yield from _policy(path, cast("dict[str, Any]", document), form)

    return read


def statements(document: Any) -> list[Mapping[str, Any]]:
    """The statements of a parsed policy; one that stands alone is a list of one."""
    found = cast("Mapping[str, Any]", document).get("Statement") if isinstance(document, dict) else None
    return [cast("Mapping[str, Any]", item) for item in items(found) if isinstance(item, dict)]


def items(value: Any) -> list[Any]:
    """A value of the language as a list: one thing may stand without brackets."""
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


@lru_cache(maxsize=1)
def _language() -> Mapping[str, Sequence[str]]:
    text = (Path(__file__).parent / "iam-language.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["package"]


def _policy(path: str, policy: Mapping[str, Any], form: Form) -> Iterator[Refusal]:
    if policy.get("Version", "2012-10-17") not in _VERSIONS:
        version = policy["Version"]
        yield Refusal(f"{path}.Version", f'"{version}" is no policy version', 'write "2012-10-17"', _ELEMENTS)
    for name in sorted(set(policy) - {"Version", "Id", "Statement"}):
        yield Refusal(f"{path}.{name}", "is no element of a policy", "leave it out", _GRAMMAR)
    found = items(policy.get("Statement"))
    if not found:
        yield Refusal(path, "has no Statement", "write at least one", _ELEMENTS)
    names = [str(each["Sid"]) for each in statements(policy) if each.get("Sid")]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Refusal(path, f'the Sid "{name}" is there twice', "give each statement its own", _ELEMENTS)
    for index, item in enumerate(found):
        where = f"{path}.Statement[{index}]"
        if isinstance(item, dict):
            yield from _statement(where, cast("dict[str, Any]", item), form)
        else:
            yield Refusal(where, "is no statement", "write an object with Effect and Action", _ELEMENTS)


def _statement(where: str, statement: Mapping[str, Any], form: Form) -> Iterator[Refusal]:
    for name in sorted(set(statement) - set(_language()["elements"])):
        yield Refusal(f"{where}.{name}", "is no element of a statement", "leave it out", _GRAMMAR)
    for name in ("Action", "Resource", "Principal"):
        if name in statement and f"Not{name}" in statement:
            yield Refusal(where, f"names both {name} and Not{name}", "write one of the two", _GRAMMAR)
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield Refusal(f"{where}.Effect", "is neither Allow nor Deny", "write one of the two", _ELEMENTS)
    if form.sid and not re.fullmatch(form.sid, str(statement.get("Sid", ""))):
        yield Refusal(f"{where}.Sid", f'"{statement["Sid"]}" is no name', "use letters and digits", _GRAMMAR)
    yield from _actions(where, statement, form)
    yield from _resources(where, statement, form)
    yield from _who(where, statement, form)
    yield from _conditions(f"{where}.Condition", statement.get("Condition"))


def _actions(where: str, statement: Mapping[str, Any], form: Form) -> Iterator[Refusal]:
    name = "NotAction" if "NotAction" in statement else "Action"
    given = items(statement.get(name))
    if not given:
        yield Refusal(where, "names no Action", "write Action or NotAction", _ELEMENTS)
    for action in map(str, given):
        path, match = f"{where}.{name}", _ACTION.fullmatch(action)
        if form.actions and not action.lower().startswith(form.actions):
            remedy = f"write actions of {form.actions.rstrip(':')}, such as sts:AssumeRole"
            yield Refusal(path, f'"{action}" is nothing a trust policy allows', remedy, _ELEMENTS)
        elif action != "*" and match is None:
            yield Refusal(path, f'"{action}" is no action', "write service:Action, or *", _ACTIONS)
        elif match and match[1].lower() not in _language()["services"]:
            remedy = "write the prefix that AWS's table has"
            yield Refusal(path, f'"{action}" is an action of no service', remedy, _ACTIONS)


def _resources(where: str, statement: Mapping[str, Any], form: Form) -> Iterator[Refusal]:
    name = "NotResource" if "NotResource" in statement else "Resource"
    given = items(statement.get(name))
    if form.resources is False and given:
        yield Refusal(where, f"a trust policy names a {name}", "leave it out", _ELEMENTS)
    elif form.resources and not given:
        yield Refusal(where, "names no Resource", "write Resource or NotResource", _ELEMENTS)
    for resource in map(str, given):
        if not _ARN.fullmatch(resource):
            yield Refusal(f"{where}.{name}", f'"{resource}" is no ARN', "write an ARN, or *", _ELEMENTS)


def _who(where: str, statement: Mapping[str, Any], form: Form) -> Iterator[Refusal]:
    name = "NotPrincipal" if "NotPrincipal" in statement else "Principal"
    who = statement.get(name)
    if not form.principals:
        if who is not None:
            yield Refusal(where, "a policy of an identity names a Principal", "leave it out", _ELEMENTS)
        return
    if not who:
        yield Refusal(where, "names no Principal", "write who is meant", _ELEMENTS)
    elif not isinstance(who, dict):
        if who != "*":
            remedy = 'write {"AWS": …}, {"Service": …} or "*"'
            yield Refusal(f"{where}.{name}", f'"{who}" names nobody', remedy, _PRINCIPALS)
    else:
        for kind, named in cast("dict[str, Any]", who).items():
            yield from _named(f"{where}.{name}.{kind}", kind, map(str, items(named)))


def _named(path: str, kind: str, named: Iterator[str]) -> Iterator[Refusal]:
    kinds = _language()["principals"]
    if kind not in kinds:
        yield Refusal(path, "is no kind of principal", f"write one of {', '.join(kinds)}", _PRINCIPALS)
    for who in named:
        if kind == "AWS" and not _AWS_PRINCIPAL.fullmatch(who):
            remedy = "write an account or an ARN of IAM"
            yield Refusal(path, f'"{who}" is no principal', remedy, _PRINCIPALS)
        elif kind == "AWS" and who != "*" and "*" in who:
            remedy = "name it whole, or compare aws:PrincipalArn in a condition"
            yield Refusal(path, f'"{who}" has a wildcard', remedy, _PRINCIPALS)
        elif kind == "Service" and not re.fullmatch(r"[a-z0-9.-]+\.[a-z0-9.-]+", who):
            remedy = "write one such as lambda.amazonaws.com"
            yield Refusal(path, f'"{who}" is no service', remedy, _PRINCIPALS)


def _conditions(path: str, conditions: Any) -> Iterator[Refusal]:
    if conditions is None:
        return
    if not isinstance(conditions, dict):
        yield Refusal(path, "is no object", "write operator, key and value", _OPERATORS)
        return
    known = {name.lower() for name in _language()["operators"]}
    for operator, compared in cast("dict[str, Any]", conditions).items():
        plain = _SET_OPERATOR.sub("", operator).lower()
        if plain.removesuffix("ifexists") not in known or plain == "nullifexists":
            remedy = "write one of IAM's, such as StringEquals or ArnLike"
            yield Refusal(f"{path}.{operator}", "is no operator of conditions", remedy, _OPERATORS)
        if not isinstance(compared, dict):
            yield Refusal(f"{path}.{operator}", "compares nothing", "write key and value", _OPERATORS)
            continue
        for key in cast("dict[str, Any]", compared):
            if ":" not in key:
                remedy = "write one such as aws:SourceArn"
                yield Refusal(f"{path}.{operator}", f'"{key}" is no condition key', remedy, _OPERATORS)

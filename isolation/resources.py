"""Plain resources: what a translator reads, whatever they come from.

`read` takes an exported state, the JSON of a preview, or a saved plan; `Resource` can also be made directly
from the data a policy pack holds. Unknown values are the engine's own stand-ins (`UNKNOWN` is one). `Graph`
follows references by value where it is known, else by the property's dependencies. Nothing here imports
Pulumi.

A resource's properties are its inputs, and of its outputs those that are known and no input: at preview a
provider's defaults are missing, so a translator must know the documented ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

# The engine's stand-ins for values not known yet (pulumi/sdk/go/common/resource/plugin/rpc.go).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SENTINELS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
# How the engine marks secrets and outputs in JSON (pulumi/sdk/go/common/resource/sig).
_SIGNATURE = "4dabf18193072939515e22adb298388d"
# Outputs by which other resources call one.
_NAMES = ("id", "selfLink", "name", "arn", "email", "uniqueId", "bucket")
_GONE = frozenset({"delete", "delete-replaced", "read-discard", "discard-replaced", "remove-pending-replace"})


class Unreadable(Exception):
    """The input is no state, preview or plan; the message is one sentence."""


@dataclass(frozen=True)
class Resource:
    """One resource. `references` maps a top-level property to the URNs it is computed from; `asked` are the
    properties that are inputs, since a provider may tell as outputs what other resources ask for."""

    urn: str
    type: str
    properties: Mapping[str, Any]
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    id: str = ""
    parent: str = ""
    provider: str = ""
    asked: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def label(self) -> str:
        """How a person finds it: the last part of the type and the logical name."""
        return f"{self.type.rpartition(':')[2]} {self.name}"

    def at(self, path: str) -> Value:
        """The value at a dotted path, such as `nodeConfig.tags`."""
        return Value(self.properties, f"{self.label}: ").at(path)

    @staticmethod
    def of(
        urn: str,
        type_: str,
        inputs: Mapping[str, Any],
        *,
        outputs: Mapping[str, Any] | None = None,
        references: Mapping[str, Iterable[str]] | None = None,
        id_: str = "",
        parent: str = "",
        provider: str = "",
    ) -> Resource:
        """A resource from what was asked for and what is known of the result."""
        asked = {name: _plain(value) for name, value in inputs.items()}
        known = {name: _plain(value) for name, value in (outputs or {}).items()}
        properties = {name: value for name, value in known.items() if not contains_unknown(value)}
        properties.update({name: value for name, value in asked.items() if not name.startswith("__")})
        for name, value in asked.items():
            # An update's state knows what the inputs did not.
            if contains_unknown(value) and name in known and not contains_unknown(known[name]):
                properties[name] = known[name]
        found = {name: tuple(urns) for name, urns in (references or {}).items()}
        return Resource(
            urn,
            type_,
            properties,
            found,
            id_ or str(properties.get("id") or ""),
            parent,
            provider,
            frozenset(asked),
        )


class Value:
    """A place in a resource's properties: missing, unknown or known."""

    __slots__ = ("raw", "where")

    def __init__(self, raw: Any, where: str) -> None:
        self.raw = raw
        self.where = where

    @property
    def missing(self) -> bool:
        """Nothing, an empty text or an empty list; providers write an unset value as any of these."""
        return self.raw is None or self.raw in ("", [], {})

    @property
    def unknown(self) -> bool:
        """Whether the value itself is not known yet."""
        return is_unknown(self.raw)

    @property
    def partly_unknown(self) -> bool:
        """Whether it, or anything in it, is not known yet."""
        return contains_unknown(self.raw)

    def at(self, path: str) -> Value:
        """The value below. Below an unknown value all is unknown; a list of one stands for its element."""
        raw, where = self.raw, self.where
        for step in path.split("."):
            if isinstance(raw, list):
                elements = cast("list[Any]", raw)
                raw = elements[0] if len(elements) == 1 else None
            if not is_unknown(raw):
                raw = cast("dict[str, Any]", raw).get(step) if isinstance(raw, dict) else None
            where = f"{where}{step}" if where.endswith(": ") else f"{where}.{step}"
        return Value(raw, where)

    def items(self) -> Iterator[Value]:
        """The elements of a list; a single block counts as one, a missing or unknown value as none."""
        if self.missing or self.unknown:
            return
        elements = cast("list[Any]", self.raw) if isinstance(self.raw, list) else [self.raw]
        for index, element in enumerate(elements):
            yield Value(element, f"{self.where}[{index}]")

    def text(self, default: str = "") -> str:
        """The value as text; the default when it is missing or unknown."""
        if self.missing or self.unknown:
            return default
        return ("true" if self.raw else "false") if isinstance(self.raw, bool) else str(self.raw)

    def texts(self) -> list[str]:
        """The known texts of a list."""
        return [text for each in self.items() if (text := each.text())]

    def flag(self, default: bool = False) -> bool:
        """The value as true or false; the default when it is missing or unknown."""
        return default if self.missing or self.unknown else self.text().lower() == "true"

    def number(self, default: int = 0) -> int:
        """The value as a whole number; the default when it is missing, unknown or none."""
        try:
            return int(float(self.text(str(default))))
        except ValueError:
            return default


def is_unknown(value: object) -> bool:
    """Whether a value is a stand-in for one that is not known yet."""
    return isinstance(value, str) and value in _SENTINELS


def contains_unknown(value: object) -> bool:
    """Whether any part of plain data is not known yet."""
    if isinstance(value, dict):
        return any(map(contains_unknown, cast("dict[str, object]", value).values()))
    if isinstance(value, list):
        return any(map(contains_unknown, cast("list[object]", value)))
    return is_unknown(value)


@dataclass(frozen=True)
class Found:
    """What a reference leads to.

    Attributes:
        resources: the resource of the stack, or every candidate where the graph does not tell one.
        text: the value where it is known and no resource of the stack has it.
        certain: whether `resources` or `text` is the answer; False leaves it open.
    """

    resources: tuple[Resource, ...] = ()
    text: str = ""
    certain: bool = True

    @property
    def one(self) -> Resource | None:
        """The resource, where it is certain and one."""
        return self.resources[0] if self.certain and len(self.resources) == 1 else None


class Graph:
    """All resources and the references between them."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)
        self.by_urn = {one.urn: one for one in self.resources}

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for one in self.resources:
            found.setdefault(one.type, []).append(one)
        return found

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[Resource]]:
        found: dict[tuple[str, str], list[Resource]] = {}
        for one in self.resources:
            names = {comparable(one.id)} if one.id else set[str]()
            names |= {
                comparable(text)
                for key in _NAMES
                if isinstance(text := one.properties.get(key), str) and text
            }
            for name in names:
                found.setdefault((one.type, name), []).append(one)
        return found

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of these types."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def __contains__(self, type_: str) -> bool:
        return type_ in self._by_type

    def named(self, text: str, *types: str) -> list[Resource]:
        """The resources that a known text names."""
        wanted = comparable(text)
        return [one for type_ in types for one in self._by_name.get((type_, wanted), ())]

    def refer(self, resource: Resource, value: Value, *types: str) -> Found:
        """What one value of `resource` refers to."""
        if value.missing:
            return Found()
        if not value.unknown:
            if named := self.named(value.text(), *types):
                return Found((named[0],))
            own = self._nameless(resource, value, *types)
            return Found(tuple(own), certain=len(own) == 1) if own else Found(text=value.text())
        sources = self.sources(resource, value, *types)
        return Found(tuple(sources), certain=len(sources) == 1)

    def refer_all(self, resource: Resource, value: Value, *types: str, step: str = "") -> Found:
        """What the members of a list refer to together; `step` is where in each member the reference stands.

        Members that are not known are taken to be the property's other dependencies, and for certain where
        there are as many of those as of them.
        """
        if value.unknown:
            return Found(tuple(self.sources(resource, value, *types)), certain=False)
        members = [each.at(step) if step else each for each in value.items()]
        waiting = sum(each.unknown for each in members)
        found: dict[str, Resource] = {}
        texts: list[str] = []
        for each in members:
            if each.missing or each.unknown:
                continue
            if named := self.named(each.text(), *types):
                found[named[0].urn] = named[0]
            else:
                texts.append(each.text())
        if texts and any(one.urn not in found for one in self._nameless(resource, value, *types)):
            waiting += len(texts)
        if not waiting:
            return Found(tuple(found.values()), ", ".join(texts))
        others = [one for one in self.sources(resource, value, *types) if one.urn not in found]
        return Found((*found.values(), *others), certain=len(others) == waiting)

    def _nameless(self, resource: Resource, value: Value, *types: str) -> list[Resource]:
        """What a known value may name though nothing is called so: the engine keeps ids apart from outputs,
        and a policy pack is handed outputs only."""
        return [one for one in self.sources(resource, value, *types) if not one.id]

    def sources(self, resource: Resource, value: Value, *types: str) -> list[Resource]:
        """The resources of these types that the property of `value` is computed from."""
        path = value.where.partition(": ")[2]
        top = path.partition(".")[0].partition("[")[0]
        urns = dict.fromkeys(resource.references.get(top, ()))
        return [one for urn in urns if (one := self.by_urn.get(urn)) is not None and one.type in types]


def texts_in(value: object) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in cast("Mapping[str, object]", value).values():
            yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in cast("Iterable[object]", value):
            yield from texts_in(each)


def comparable(text: str) -> str:
    """A resource's name without the host of the API that a self link begins with."""
    return text[text.index("projects/") :] if "/projects/" in text and "://" in text else text


def read(path: Path) -> Graph:
    """The resources of a file: an exported state, a preview's JSON, or a saved plan.

    Raises:
        Unreadable: one sentence about what the file is not.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is no text"
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
        Unreadable: it has neither `deployment.resources`, nor `steps`, nor `resourcePlans`.
    """
    document = _mapping(data)
    deployment = _mapping(document.get("deployment"))
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
            "it is neither an exported state (deployment.resources) nor a preview (steps) nor a plan "
            "(resourcePlans); write `pulumi stack export` or `pulumi preview --json --show-sames` into it"
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


def _plain(value: object) -> Any:
    """A value without the engine's marks."""
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    mapping = cast("dict[str, object]", value)
    if _SIGNATURE in mapping:
        return _plain(_unmarked(mapping))
    return {key: _plain(each) for key, each in mapping.items()}


def _unmarked(marked: Mapping[str, object]) -> object:
    """What stands under a mark: a secret in plain text is its value, an encrypted one is unknown."""
    if "value" in marked:
        return marked["value"]
    text = marked.get("plaintext")
    if not isinstance(text, str):
        return UNKNOWN
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _records(value: object) -> list[Mapping[str, Any]]:
    return [_mapping(each) for each in cast("list[object]", value)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [str(each) for each in cast("list[object]", value)] if isinstance(value, list) else []

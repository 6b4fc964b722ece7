"""The shape of a resource type: which inputs it takes, which outputs it has, and of what types.

Read from the installed SDK's source (`rehearsal.sdk`), class by class and only when asked, and kept on disk
by SDK version, so that a second run parses nothing.

Guarantees: every property that the SDK declares, by its name on the wire. Leaves out: what is documented in
prose only, except three notes of the generated texts that can be relied on (`Field.values`, `replaces`,
`computed`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.sdk import Getter, Place, Sdk
from rehearsal.shapecache import ShapeCache

SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_LISTS = {"Sequence", "List", "list"}
_MAPS = {"Mapping", "Dict", "dict"}
_WRAPPERS = {"Input", "Output", "InputType", "Awaitable"}
# Generated from the enumerations that the Google provider validates (magic-modules); other texts are not.
_POSSIBLE = re.compile(r"(?:Possible values are|Each value may be one of): ((?:`[^`]*`(?:, )?)+)\.?")
_REPLACES = re.compile(
    r"(?:forces? (?:a )?new resource|forces? replacement|will force recreation|forces the creation of a new)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Type:
    """A type of the wire.

    `kind` is string, integer, number, boolean, any, asset, array, map, object, enum or union. `item` is the
    type inside an array or map, `options` those of a union, `values` those of an enum, `ref` names an
    object's class for `Shapes.fields`.
    """

    kind: str
    item: Type | None = None
    options: tuple[Type, ...] = ()
    values: tuple[str | int | float, ...] = ()
    ref: str = ""


ANY = Type("any")


@dataclass(frozen=True)
class Field:
    """One property of a resource type or nested object."""

    name: str
    type: Type
    required: bool
    """Of an input: it must be given. Of an output: it is always there."""
    values: tuple[str, ...] = ()
    """Documented values of a string (Google's generated resources)."""
    replaces: bool = False
    """The documentation says that a change makes a new resource."""
    computed: bool = False
    """The documentation says that it is an output, although the class is shared with inputs."""


Fields = Mapping[str, Field]


@dataclass(frozen=True)
class ResourceShape:
    """The inputs and outputs of a resource type by name."""

    inputs: Fields
    outputs: Fields


class Shapes:
    """The shapes of one SDK. Objects are immutable and safe to share between threads."""

    def __init__(self, sdk: Sdk, cache: ShapeCache) -> None:
        self._sdk = sdk
        self._cache = cache
        self._fields: dict[str, Fields] = {}
        self._resources: dict[str, ResourceShape | None] = {}

    def resource(self, token: str) -> ResourceShape | None:
        """The shape of a resource type, or `None` for one the SDK does not have."""
        if token not in self._resources:
            self._resources[token] = self._resource(token)
        return self._resources[token]

    def function(self, token: str) -> Fields | None:
        """What a function (data source) answers, or `None` for one the SDK does not have."""
        return self._placed(f"function {token}", lambda: self._sdk.function(token))

    def provider(self) -> Fields:
        """What the provider's own configuration takes."""
        return self.fields("provider.py:ProviderArgs")

    def fields(self, ref: str) -> Fields:
        """The properties of a class, by `Type.ref`."""
        if ref not in self._fields:
            kept = self._cache.get(ref)
            if kept is None:
                file, _, cls = ref.partition(":")
                kept = [_pack(self._field(getter, file)) for getter in self._sdk.getters(Place(file, cls))]
                self._cache.put(ref, kept)
            self._fields[ref] = {field.name: field for field in map(_unpack, kept)}
        return self._fields[ref]

    def _resource(self, token: str) -> ResourceShape | None:
        if token not in self._sdk.resources:
            return None
        outputs = self._placed(f"resource {token}", lambda: self._sdk.resource(token))
        inputs = self._placed(f"arguments {token}", lambda: self._arguments(token))
        return ResourceShape(inputs or {}, outputs or {})

    def _placed(self, key: str, find: Any) -> Fields | None:
        """Fields of a class whose place is looked for once per SDK version."""
        place = self._cache.get(key)
        if place is None:
            found: Place | None = find()
            place = [found.file, found.cls] if found else []
            self._cache.put(key, place)
        return self.fields(f"{place[0]}:{place[1]}") if place else None

    def _arguments(self, token: str) -> Place | None:
        place = self._sdk.resource(token)
        if place is None:
            return None
        for suffix in ("Args", "InitArgs"):
            if place.cls + suffix in self._sdk.index(place.file):
                return Place(place.file, place.cls + suffix)
        return None

    def _field(self, getter: Getter, file: str) -> Field:
        type, optional = self._type(getter.annotation, file)
        possible = _POSSIBLE.search(getter.doc)
        return Field(
            getter.name,
            type,
            not optional,
            tuple(re.findall(r"`([^`]*)`", possible.group(1))) if possible else (),
            bool(_REPLACES.search(getter.doc)),
            getter.doc.lstrip().startswith(("(Output)", "[Output Only]", "[Output only]", "Output only.")),
        )

    def _type(self, node: ast.expr, file: str) -> tuple[Type, bool]:
        """The type an annotation means, and whether it may be absent."""
        if isinstance(node, ast.Subscript):
            return self._generic(node, file)
        if isinstance(node, ast.Constant):
            return (self._named(node.value, file), False) if isinstance(node.value, str) else (ANY, True)
        return _simple(_last_name(node)), False

    def _generic(self, node: ast.Subscript, file: str) -> tuple[Type, bool]:
        head = _last_name(node.value)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if head == "Literal":
            constants = [n.value for n in inner if isinstance(n, ast.Constant)]
            return Type("enum", values=tuple(c for c in constants if isinstance(c, (str, int, float)))), False
        types = [self._type(option, file) for option in inner]
        if head == "Optional":
            return types[0][0], True
        if head in _LISTS:
            return Type("array", item=types[0][0]), False
        if head in _MAPS:
            return Type("map", item=types[-1][0]), False
        return types[0] if head in _WRAPPERS else self._union(types)

    def _union(self, options: list[tuple[Type, bool]]) -> tuple[Type, bool]:
        types = tuple(dict.fromkeys(type for type, _ in options if type is not ANY))
        optional = any(optional for _, optional in options)
        if not types:
            return ANY, optional
        return (types[0] if len(types) == 1 else Type("union", options=types)), optional

    def _named(self, name: str, file: str) -> Type:
        """A class by the name an annotation gives it, relative to the file it stands in."""
        *modules, cls = name.split(".")
        if cls.endswith("ArgsDict"):
            return ANY
        folder = file.rpartition("/")[0]
        is_output = modules[-1:] == ["outputs"]
        modules = modules[:-1] if is_output else modules
        if modules:
            # A module is imported under its name with an underscore in front; `_lambda_` is `lambda_`.
            folder = "/".join([modules[0].removeprefix("_"), *modules[1:]])
        prefix = f"{folder}/" if folder else ""
        inner = f"{prefix}{'outputs' if is_output else '_inputs'}.py"
        if cls in self._sdk.index(inner):
            return Type("object", ref=f"{inner}:{cls}")
        enums = f"{prefix}_enums.py"
        if cls in self._sdk.index(enums):
            return Type("enum", values=self._sdk.enum_values(Place(enums, cls)))
        # A resource is passed by its id.
        return Type("string") if cls[:1].isupper() else ANY


def _last_name(node: ast.expr) -> str:
    """`str` of `_builtins.str`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _simple(name: str) -> Type:
    if name in SCALARS:
        return Type(SCALARS[name])
    if name in ("Asset", "Archive", "AssetOrArchive"):
        return Type("asset")
    return ANY


def _pack(field: Field) -> list[Any]:
    return [field.name, _pack_type(field.type), field.required, field.values, field.replaces, field.computed]


def _unpack(row: list[Any]) -> Field:
    name, type, required, values, replaces, computed = row
    return Field(name, _unpack_type(type), required, tuple(values), replaces, computed)


def _pack_type(type: Type) -> list[Any]:
    item = _pack_type(type.item) if type.item else None
    return [type.kind, item, [_pack_type(option) for option in type.options], type.values, type.ref]


def _unpack_type(row: list[Any]) -> Type:
    kind, item, options, values, ref = row
    inner = _unpack_type(item) if item else None
    return Type(kind, inner, tuple(_unpack_type(option) for option in options), tuple(values), ref)

"""Types and properties that Azure's translator names exist in the installed SDK."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from isolation.azure import services_data, types
from rehearsal.azure import paths as azure
from rehearsal.shape import Fields, Shapes, Type
from rehearsal.shapecache import ShapeCache

SDK = azure.sdk()
CACHE = Path(__file__).parents[2] / ".palisade" / "shapes"


@cache
def _shapes() -> Shapes:
    return Shapes(SDK, ShapeCache(CACHE, f"{SDK.root.name}-{SDK.version}"))


def _named() -> Iterator[str]:
    for value in vars(types).values():
        if isinstance(value, str) and value.startswith("azure-native:"):
            yield value
    lists = types.lists()
    yield from (one for one in lists["unmodelled"] if one.startswith("azure-native:"))
    yield from (f"azure-native:{one}" for one in lists["ids"])
    for which in ("modelled", "silent"):
        for module, names in lists[which].items():
            yield from (f"azure-native:{module}:{name}" for name in names)


def _entries() -> Iterator[tuple[str, str]]:
    """Each type of `services.yaml` with a path that it is asked for."""
    for entry in services_data.attached():
        yield entry["type"], entry["subnets"]
        yield entry["type"], f"{entry['subnets']}.{entry.get('step', '')}".rstrip(".")
        yield from ((entry["type"], entry[key]) for key in ("public",) if key in entry)
        yield from ((entry["type"], entry[key]["at"]) for key in ("reached",) if key in entry)
    for entry in services_data.settings():
        yield entry["type"], entry["at"]
        yield from ((entry["type"], entry[key]["at"]) for key in ("also",) if key in entry)
    for entry in services_data.sends():
        yield entry["type"], entry["at"]
    for entry in services_data.clusters():
        yield types.CLUSTER, entry["at"]
    for kind, (_, *paths) in types.lists()["ids"].items():
        yield from ((f"azure-native:{kind}", path) for path in paths)


def test_every_type_is_in_the_sdk() -> None:
    named = {*_named(), *(entry["type"] for entry in services_data.exits())}
    assert sorted(named - set(SDK.resources)) == []


@pytest.mark.parametrize(("type_", "path"), sorted(set(_entries())))
def test_every_property_is_in_the_sdk(type_: str, path: str) -> None:
    shape = _shapes().resource(type_)
    assert shape is not None, type_
    assert _has(shape.inputs, path.split(".")), f"{type_} has no {path}"


def _has(fields: Fields, path: list[str]) -> bool:
    """Whether a path leads somewhere; lists and maps on the way stand for what is in them."""
    first, *rest = path
    return first in fields and (not rest or any(_has_in(one, rest) for one in _parts(fields[first].type)))


def _has_in(type_: Type, path: list[str]) -> bool:
    if type_.kind == "map":
        assert type_.item is not None
        return len(path) == 1 or any(_has_in(one, path[1:]) for one in _parts(type_.item))
    return bool(type_.ref) and _has(_shapes().fields(type_.ref), path)


def _parts(type_: Type) -> Iterator[Type]:
    if type_.kind == "union":
        for option in type_.options:
            yield from _parts(option)
    elif type_.kind == "array" and type_.item is not None:
        yield from _parts(type_.item)
    else:
        yield type_

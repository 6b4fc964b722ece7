"""The rules and their cases speak of types and properties that the installed SDK has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import get_annotations
from pathlib import Path
from typing import Any, cast

import pulumi_aws
import pulumi_gcp
import pulumi_kubernetes
import pytest

from policies.framework import cases, catalogue
from policies.framework.harness import From, Secret, run
from policies.framework.resource import Resource
from policies.framework.values import UNKNOWN, View
from policies.rules.data import read
from rehearsal.azure import paths as azure
from rehearsal.check import Checker
from rehearsal.model import UNKNOWN as UNKNOWN_INPUT
from rehearsal.sdk import Sdk
from rehearsal.shape import Fields, Shapes, Type
from rehearsal.shapecache import ShapeCache

SDKS = {
    "aws": Sdk(Path(str(pulumi_aws.__file__)).parent),
    "azure-native": azure.sdk(),
    "gcp": Sdk(Path(str(pulumi_gcp.__file__)).parent),
    "kubernetes": Sdk(Path(str(pulumi_kubernetes.__file__)).parent),
}
# A provider is no resource of its SDK.
PROVIDERS = "pulumi:providers:"
CACHE = Path(__file__).parents[2] / ".palisade" / "shapes"
KEY_LIKE = re.compile(r"kms|cmek|crypto_?key|encryption", re.IGNORECASE)


@cache
def _shapes_of(package: str) -> Shapes:
    sdk = SDKS[package]
    return Shapes(sdk, ShapeCache(CACHE, f"{sdk.root.name}-{sdk.version}"))


def _shapes(type_: str) -> Shapes:
    return _shapes_of(type_.partition(":")[0])


def _every_case() -> list[cases.Case]:
    return [case for rules in cases.by_cloud().values() for found in rules.values() for case in found.cases]


def test_every_type_of_a_check_is_in_the_sdk() -> None:
    named = {type_ for check in catalogue.load().checks for type_ in check.types}
    known = {type_ for sdk in SDKS.values() for type_ in sdk.resources}
    known |= {f"{PROVIDERS}{package}" for package in SDKS}
    plain = {type_ for type_ in named if "*" not in type_}
    assert plain <= known
    for pattern in named - plain:
        assert any(catalogue.names([pattern], type_) for type_ in known)


@pytest.mark.parametrize("case", _every_case(), ids=lambda case: case.label)
def test_every_case_is_made_of_properties_that_exist(case: cases.Case) -> None:
    for given in case.given:
        if given.type.startswith(PROVIDERS):
            assert set(given.inputs) <= _provider_inputs(given.type.removeprefix(PROVIDERS))
            continue
        checker = Checker(_shapes(given.type), strict=False)
        shape = _shapes(given.type).resource(given.type)
        assert shape is not None, given.type
        refusals = checker.check(shape.inputs, _inputs(dict(given.inputs)))
        # Cases are as short as can be, so what is missing is missing on purpose.
        wrong = [refusal for refusal in refusals if "required" not in refusal.problem]
        assert not [refusal for refusal in wrong if not _wanted(refusal.path, case)]


def _wanted(path: str, case: cases.Case) -> bool:
    """A failing case may hold a value that no provider would take; a passing one may not."""
    return not case.passes and path.rpartition(".")[2] in {"rotationPeriod", "direction"}


def _inputs(value: Any) -> Any:
    """A case's values as the shape check takes them."""
    if value is UNKNOWN or isinstance(value, From):
        return UNKNOWN_INPUT
    if isinstance(value, Secret):
        return _inputs(value.value)
    if isinstance(value, dict):
        return {key: _inputs(member) for key, member in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_inputs(member) for member in cast("list[Any]", value)]
    return value


def test_every_property_a_rule_reads_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a misspelled property would find it missing for ever."""
    read_paths: set[tuple[str, str]] = set()
    real = View.at

    def at(view: View, path: str) -> View:
        found = real(view, path)
        resource = getattr(view._resolve, "__self__", None)
        assert isinstance(resource, Resource)
        read_paths.add((resource.type, found.path))
        return found

    monkeypatch.setattr(View, "at", at)
    rules = catalogue.load()
    for case in _every_case():
        run(case.given, rules.only(case.rule), case.situation)
    wrong = {(type_, path) for type_, path in read_paths if not _exists(type_, path)}
    assert len(read_paths) > 150
    assert not wrong


def _provider_inputs(package: str) -> set[str]:
    provider = import_module(f"pulumi_{package.replace('-', '_')}.provider").ProviderArgs
    names = get_annotations(provider.__init__)
    return {re.sub(r"_(\w)", lambda found: found[1].upper(), name) for name in names}


def _exists(type_: str, path: str) -> bool:
    if type_.startswith(PROVIDERS):
        return path in _provider_inputs(type_.removeprefix(PROVIDERS))
    shape = _shapes(type_).resource(type_)
    assert shape is not None
    here: list[Fields] = [shape.inputs]
    for step in re.sub(r"\[\d+\]", "", path).split("."):
        found = [fields[step].type for fields in here if step in fields]
        if not found:
            return False
        below = [each for type_found in found for each in _objects(type_found)]
        if not below:
            return True
        here = [_shapes(type_).fields(each.ref) for each in below]
    return True


def _objects(type_: Type) -> list[Type]:
    """The kinds of objects that a property may hold."""
    if type_.kind == "array" and type_.item is not None:
        return _objects(type_.item)
    if type_.kind == "union":
        return [found for option in type_.options for found in _objects(option)]
    return [type_] if type_.kind == "object" else []


def test_every_path_of_the_data_files_exists() -> None:
    table = read("gcp/public_access")
    paths = {(type_, path) for type_, paths in read("gcp/customer_keys")["types"].items() for path in paths}
    for part in ("refused", "required", "lists"):
        paths |= {(type_, path) for type_, found in table[part].items() for path in found}
    assert not {(type_, path) for type_, path in paths if not _exists(type_, path.replace("[]", ""))}


def test_every_type_with_a_key_property_is_listed() -> None:
    """A type that a new SDK brings must be judged by somebody, not slip by."""
    table = read("gcp/customer_keys")
    listed = {*table["types"], *table["elsewhere"], *table["not_needed"]}
    assert set(_with_key_property()) - listed == set()
    assert listed <= set(SDKS["gcp"].resources)


def _with_key_property() -> Iterator[str]:
    google = SDKS["gcp"]
    for type_ in google.resources:
        place = google.resource(type_)
        if place and any(KEY_LIKE.search(name) for name in google.arguments(place)):
            yield type_

"""What AWS takes and refuses of one object, case by case.

A file of `cases/` has `taken`: type -> inputs that are taken; `refused`: type -> cases, each the inputs of
`taken` with one thing changed (`set`: path -> value, `length`: path -> length of a text), and `words` of the
sentence; `replaced`: type -> the properties whose change replaces the object, and no others that are named
in `kept`.
"""

import copy
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal import paths
from rehearsal.aws import PACKAGE
from rehearsal.model import UNKNOWN, Context
from tests.rehearsal.clouds import Caller
from tests.rehearsal.sdk_shapes import served

CALLER = Caller(served("aws"), Context("aws", {"region": "eu-central-1"}))
FILES = sorted(path.stem for path in (Path(__file__).parent / "cases").glob("*.yaml"))


@cache
def read(file: str) -> Mapping[str, Mapping[str, Any]]:
    text = (Path(__file__).parent / "cases" / f"{file}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def entries(section: str) -> Iterator[Any]:
    """File and type, and where a type has a list of cases, each of them."""
    for file in FILES:
        for type, said in read(file).get(section, {}).items():
            kind = type.rsplit(":", 1)[-1]
            if section != "refused":
                yield pytest.param(file, type, id=f"{file}-{kind}")
                continue
            for index in range(len(said)):
                yield pytest.param(file, type, index, id=f"{file}-{kind}-{index}")


def sentences(type: str, inputs: Mapping[str, Any]) -> list[str]:
    checked = PACKAGE.check(CALLER.resource(type, "thing", inputs), None, CALLER.record)
    return [refusal.sentence() for refusal in checked.refusals]


@pytest.mark.parametrize(("file", "type"), list(entries("taken")))
def test_taken(file: str, type: str) -> None:
    inputs = read(file)["taken"][type]
    shape = CALLER.package.shape(type)
    assert shape is not None
    assert [each.sentence() for each in CALLER.package.checker.check(shape.inputs, inputs)] == []
    assert sentences(type, inputs) == []


@pytest.mark.parametrize(("file", "type", "index"), list(entries("refused")))
def test_refused(file: str, type: str, index: int) -> None:
    case = read(file)["refused"][type][index]
    inputs = copy.deepcopy(read(file)["taken"][type])
    for path, length in case.get("length", {}).items():
        paths.put(inputs, path, "x" * length)
    for path, value in case.get("set", {}).items():
        paths.put(inputs, path, value)
    found = sentences(type, inputs)
    assert any(case["words"] in sentence for sentence in found), found


@pytest.mark.parametrize(("file", "type"), list(entries("taken")))
def test_what_is_unknown_is_not_judged(file: str, type: str) -> None:
    for name in read(file)["taken"][type]:
        assert sentences(type, {**read(file)["taken"][type], name: UNKNOWN}) == [], name
    assert sentences(type, dict.fromkeys(read(file)["taken"][type], UNKNOWN)) == []


@pytest.mark.parametrize(("file", "type"), list(entries("replaced")))
def test_what_replaces(file: str, type: str) -> None:
    assert set(read(file)["replaced"][type]) <= PACKAGE.immutable(type)
    assert not set(read(file).get("kept", {}).get(type, [])) & PACKAGE.immutable(type)

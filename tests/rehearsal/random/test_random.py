"""The random package: every result has the form that its arguments ask for."""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.model import UNKNOWN, Context, Resource
from rehearsal.random import PACKAGE, draw
from rehearsal.record import CloudRecord, RealmView

COUNTS = st.integers(0, 4)


@pytest.fixture
def record(tmp_path: Path) -> RealmView:
    return RealmView(CloudRecord(tmp_path / "record"), lambda _: "")


def resource(kind: str, inputs: Mapping[str, Any], name: str = "x") -> Resource:
    token = f"random:index/{kind[0].lower()}{kind[1:]}:{kind}"
    return Resource(f"urn:pulumi:dev::p::{token}::{name}", token, name, inputs, Context("random"))


def drawn(kind: str, inputs: Mapping[str, Any], name: str = "x") -> tuple[str, Mapping[str, Any]]:
    asked = resource(kind, inputs, name)
    id = PACKAGE.identify(asked)
    return id, PACKAGE.outputs(asked, id)


@given(
    lower=COUNTS,
    upper=COUNTS,
    digits=COUNTS,
    special=COUNTS,
    extra=st.integers(1, 20),
    name=st.text(max_size=9),
)
def test_strings_have_their_length_and_least_counts(
    *, lower: int, upper: int, digits: int, special: int, extra: int, name: str
) -> None:
    length = lower + upper + digits + special + extra
    asked = {
        "length": length,
        "minLower": lower,
        "minUpper": upper,
        "minNumeric": digits,
        "minSpecial": special,
    }
    id, outputs = drawn("RandomString", asked, name)
    result = outputs["result"]
    assert id == result
    assert len(result) == length
    for alphabet, least in (
        (draw.LOWER, lower),
        (draw.UPPER, upper),
        (draw.DIGITS, digits),
        (draw.SPECIAL, special),
    ):
        assert sum(letter in alphabet for letter in result) >= least


@given(st.sampled_from(["lower", "upper", "numeric", "special"]))
def test_a_class_that_is_switched_off_does_not_occur(off: str) -> None:
    alphabets = {"lower": draw.LOWER, "upper": draw.UPPER, "numeric": draw.DIGITS, "special": draw.SPECIAL}
    _, outputs = drawn("RandomString", {"length": 200, off: False})
    for name, alphabet in alphabets.items():
        assert bool(set(alphabet) & set(outputs["result"])) == (name != off)


def test_own_special_characters_replace_the_default() -> None:
    _, outputs = drawn("RandomPassword", {"length": 300, "overrideSpecial": "_%@"})
    assert set(outputs["result"]) - set(draw.LOWER + draw.UPPER + draw.DIGITS) == set("_%@")


def test_a_password_keeps_its_result_out_of_the_id() -> None:
    id, outputs = drawn("RandomPassword", {"length": 16})
    assert id == "none"
    assert re.fullmatch(r"\$2a\$10\$[./A-Za-z0-9]{53}", outputs["bcryptHash"])


@given(st.integers(1, 64))
def test_an_id_is_the_same_bytes_in_every_form(length: int) -> None:
    id, outputs = drawn("RandomId", {"byteLength": length, "prefix": "p-"})
    raw = bytes.fromhex(outputs["hex"].removeprefix("p-"))
    assert len(raw) == length
    assert base64.b64decode(outputs["b64Std"].removeprefix("p-")) == raw
    assert base64.urlsafe_b64decode(outputs["b64Url"].removeprefix("p-") + "==") == raw
    assert int(outputs["dec"].removeprefix("p-")) == int.from_bytes(raw, "big")
    assert id == outputs["b64Url"].removeprefix("p-")


@given(st.integers(1, 6), st.sampled_from(["-", "_", ""]), st.sampled_from([None, "team"]))
def test_a_pet_has_its_number_of_words(length: int, separator: str, prefix: str | None) -> None:
    id, _ = drawn("RandomPet", {"length": length, "separator": separator, "prefix": prefix})
    if separator:
        assert len(id.split(separator)) == length + (prefix is not None)
    assert id.startswith(prefix or "")


def test_a_pet_has_two_words_by_default() -> None:
    assert re.fullmatch(r"[a-z]+-[a-z]+", drawn("RandomPet", {})[0])


@given(st.integers(-1000, 1000), st.integers(0, 50))
def test_an_integer_lies_between_its_ends(least: int, span: int) -> None:
    id, outputs = drawn("RandomInteger", {"min": least, "max": least + span})
    assert least <= outputs["result"] <= least + span
    assert id == str(outputs["result"])


@given(st.lists(st.text(max_size=3), min_size=1, max_size=8, unique=True), st.integers(0, 20))
def test_a_shuffle_repeats_no_item_before_all_have_come(items: list[str], count: int) -> None:
    _, outputs = drawn("RandomShuffle", {"inputs": items, "resultCount": count})
    results = outputs["results"]
    assert len(results) == count
    for start in range(0, count, len(items)):
        part = results[start : start + len(items)]
        assert len(set(part)) == len(part)
        assert set(part) <= set(items)


@pytest.mark.parametrize(("kind", "version"), [("RandomUuid", 4), ("RandomUuid4", 4), ("RandomUuid7", 7)])
def test_a_uuid_has_its_version(kind: str, version: int) -> None:
    parsed = UUID(drawn(kind, {})[0])
    assert (parsed.variant, (parsed.int >> 76) & 0xF) == ("specified in RFC 4122", version)


def test_the_urn_decides() -> None:
    assert drawn("RandomPet", {}) == drawn("RandomPet", {})
    assert drawn("RandomPet", {}, "a") != drawn("RandomPet", {}, "b")
    first = resource("RandomPet", {})
    assert PACKAGE.identify(first) != PACKAGE.identify(replace(first, generation=1))


def test_nothing_is_known_at_preview() -> None:
    assert PACKAGE.outputs(replace(resource("RandomPet", {"length": UNKNOWN}), preview=True), "") == {}


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "words"),
    [
        ("RandomString", {"length": 0}, "length", "too small"),
        ("RandomString", {"length": 3, "minLower": 2, "minUpper": 2}, "length", "4 characters"),
        (
            "RandomPassword",
            {"length": 8, "special": False, "upper": False, "lower": False, "number": False},
            "",
            "nothing",
        ),
        ("RandomInteger", {"min": 5, "max": 2}, "min", "greater than the maximum 2"),
        ("RandomId", {"byteLength": 0}, "byteLength", "too small"),
    ],
)
def test_refusals(record: RealmView, kind: str, inputs: dict[str, Any], path: str, words: str) -> None:
    refusals = PACKAGE.check(resource(kind, inputs), None, record).refusals
    assert [refusal.path for refusal in refusals] == [path]
    assert words in refusals[0].problem
    assert refusals[0].remedy


def test_unknown_arguments_are_not_judged(record: RealmView) -> None:
    assert not PACKAGE.check(resource("RandomInteger", {"min": UNKNOWN, "max": 2}), None, record).refusals

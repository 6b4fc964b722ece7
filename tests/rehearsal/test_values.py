"""Conversion of values: what is decoded and encoded again is the same, secret where it was secret."""

from __future__ import annotations

from typing import Any, cast

from google.protobuf.struct_pb2 import Struct
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.model import UNKNOWN, Asset
from rehearsal.values import OUTPUT, RESOURCE, SECRET, SIGNATURE, UNKNOWN_TEXTS, Decoded, decode, encode, mask

keys = st.text(min_size=1, max_size=8).filter(lambda key: key != SIGNATURE)
texts = st.text(max_size=12).filter(lambda text: text not in UNKNOWN_TEXTS)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
assets = st.builds(Asset, st.booleans(), st.dictionaries(st.sampled_from(["text", "path", "uri"]), texts))
scalars = st.none() | st.booleans() | numbers | texts | st.just(UNKNOWN) | assets
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
properties = st.dictionaries(keys, trees, max_size=6)

# Other work on the machine slows the drawing down; that is no finding.
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(properties, st.data())
def test_encoding_and_decoding_are_inverse(data: dict[str, Any], chosen: st.DataObject) -> None:
    every = sorted(_paths(data), key=repr)
    none: frozenset[tuple[Any, ...]] = frozenset()
    secrets = chosen.draw(st.frozensets(st.sampled_from(every))) if every else none
    decoded = decode(encode(data, secrets))
    assert decoded.data == data
    assert decoded.secrets == secrets


@quick
@given(st.dictionaries(st.text("abc", min_size=1), st.lists(st.text("xyz0", min_size=1)), min_size=1))
def test_no_message_shows_a_secret(data: dict[str, list[str]]) -> None:
    hidden = Decoded(dict(data), frozenset((key,) for key in data)).secret_texts()
    for text in hidden:
        assert text not in mask(f'"{text}" and {text}', hidden)


def test_special_values_are_read() -> None:
    struct = Struct()
    struct.update(
        {
            "reference": {SIGNATURE: RESOURCE, "urn": "urn:x", "id": "the-id"},
            "component": {SIGNATURE: RESOURCE, "urn": "urn:y"},
            "output": {SIGNATURE: OUTPUT, "value": 3, "secret": True},
            "unknown": {SIGNATURE: OUTPUT, "dependencies": ["urn:x"]},
            "nested": {SIGNATURE: SECRET, "value": {"in": {SIGNATURE: SECRET, "value": "hush"}}},
        }
    )
    decoded = decode(struct)
    assert decoded.data == {
        "reference": "the-id",
        "component": "urn:y",
        "output": 3,
        "unknown": UNKNOWN,
        "nested": {"in": "hush"},
    }
    assert decoded.secrets == {("output",), ("nested",), ("nested", "in")}


def test_an_output_that_repeats_a_secret_is_secret_too() -> None:
    given_ = Decoded({"labels": {"token": "hush-hush"}, "n": "1"}, frozenset({("labels", "token"), ("n",)}))
    outputs = {"labels": {"token": "hush-hush"}, "effectiveLabels": {"token": "a hush-hush"}, "id": "n-1"}
    assert given_.secrets_in(outputs) == {("labels", "token"), ("n",), ("effectiveLabels",)}


def _paths(data: Any, path: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    found: set[tuple[Any, ...]] = set()
    items: Any = ()
    if isinstance(data, dict):
        items = cast("dict[str, Any]", data).items()
    elif isinstance(data, list):
        items = enumerate(cast("list[Any]", data))
    for key, value in items:
        found |= {(*path, key)} | _paths(value, (*path, key))
    return found

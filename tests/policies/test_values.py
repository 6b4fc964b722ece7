"""The traps of the SDK's argument objects, each handled at the edge."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from policies.framework.values import OPAQUE, UNKNOWN, State, Undecided, View, plain, shown

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
DATA = st.recursive(
    SCALARS | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def _view(props: dict[str, Any]) -> View:
    def nothing(path: str, _types: tuple[str, ...]) -> bool:
        raise Undecided(path)

    proxy: Any = unknown_checking_proxy(props)
    return View(plain(proxy, UnknownValueError), "", nothing)


def _wire(value: Any) -> Any:
    """Plain data as the SDK holds it: sentinels for unknowns, floats for numbers."""
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(value, dict):
        return {key: _wire(member) for key, member in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_wire(member) for member in cast("list[Any]", value)]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@given(st.dictionaries(st.text(max_size=4), DATA, max_size=4))
def test_proxies_become_plain_data(data: dict[str, Any]) -> None:
    proxy: Any = unknown_checking_proxy(_wire(data))
    assert plain(proxy, UnknownValueError) == data


def test_reading_an_unknown_value_never_answers() -> None:
    view = _view({"key": UNKNOWN_STRING_VALUE, "list": ["a", UNKNOWN_STRING_VALUE]})
    assert view.at("key").state is State.UNKNOWN
    for path in ("key", "key.below", "list"):
        with pytest.raises(Undecided):
            _ = view.at(path).value
    with pytest.raises(Undecided):
        list(view.at("key").items())
    assert [item.unknown for item in view.at("list").items()] == [False, True]


def test_an_unknown_value_has_no_truth() -> None:
    with pytest.raises(TypeError):
        bool(UNKNOWN)


def test_missing_is_nothing_or_empty_text() -> None:
    view = _view({"empty": "", "none": None, "zero": 0.0, "off": False})
    states = {
        name: view.at(name).state for name in ("empty", "none", "zero", "off", "absent", "absent.below")
    }
    assert [name for name, state in states.items() if state is State.KNOWN] == ["zero", "off"]
    assert view.at("zero").value == 0
    assert isinstance(view.at("zero").value, int)


def test_a_list_of_one_stands_for_its_element_and_a_longer_one_does_not() -> None:
    view = _view({"one": [{"on": True}], "two": [{"on": True}, {"on": True}]})
    assert view.at("one.on").value is True
    assert view.at("two.on").missing


def test_files_are_opaque() -> None:
    assert plain(object(), UnknownValueError) is OPAQUE


@pytest.mark.parametrize(
    "value", [True, 7, "roles/owner", "0.0.0.0/0", "10.0.0.1", "7776000s", "GKE_METADATA", "allUsers"]
)
def test_settings_are_shown(value: object) -> None:
    assert shown(value) == str(value).replace("True", "true")


@pytest.mark.parametrize(
    "value", ["hunter2", "AKIAIOSFODNN7EXAMPLE", "ya29.a0Af", "-----BEGIN KEY-----", {"a": 1}]
)
def test_what_could_be_a_secret_is_not_shown(value: object) -> None:
    assert shown(value) == "another value"

"""Template expressions, their filters and the seeds behind them."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import uuid
from typing import Any

import pytest

from rehearsal.model import UNKNOWN
from rehearsal.templates import Scope, render

INPUTS: dict[str, Any] = {
    "name": "Net",
    "network": "projects/p/global/networks/n",
    "zone": "europe-west4-a",
    "ports": [{"from": 1.0}],
    "on": True,
    "later": UNKNOWN,
    "range": "10.0.0.0/20",
}


def _scope(**values: Any) -> Scope:
    known = {"inputs": INPUTS, "context": {"project": "demo"}, "id": "the/id", **values}
    return Scope(known, lambda label: hashlib.sha256(label.encode()).hexdigest())


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("projects/{context.project}/{inputs.name|lower}", "projects/demo/net"),
        ("{inputs.network|last}", "n"),
        ("{inputs.network|after:projects}", "p"),
        ("{inputs.zone|region}", "europe-west4"),
        ("{inputs.range|host:1}", "10.0.0.1"),
        ("{inputs.range|host:-1}", "10.0.15.255"),
        ("{inputs.ports[0].from}", 1.0),
        ("port {inputs.ports[0].from}, {inputs.on}", "port 1, true"),
        ("{inputs.ports|count}", 1),
        ("{inputs.absent ?? inputs.name}", "Net"),
        ("{inputs.absent ?? 'none'}", "none"),
        ("{inputs.absent}", None),
        ("a {inputs.absent} b", None),
        ("{inputs.later}", UNKNOWN),
        ("a {inputs.later} b", UNKNOWN),
        ("{inputs.name|part:e:1}", "t"),
        ("{{braces}} {id|last}", "{braces} id"),
        (["{inputs.name}", {"x": "{id}"}], ["Net", {"x": "the/id"}]),
        (7, 7),
    ],
)
def test_rendering(template: Any, expected: Any) -> None:
    assert render(template, _scope()) == expected or render(template, _scope()) is expected


def test_before_an_object_exists_its_id_and_seeds_are_unknown() -> None:
    planned = Scope({"inputs": INPUTS, "id": ""}, None)
    assert render("{id}/x", planned) is UNKNOWN
    assert render("{seed:uuid}", planned) is UNKNOWN
    assert render("{inputs.name}", planned) == "Net"


def test_seeds_have_their_formats_and_are_the_same_each_time() -> None:
    for recipe, pattern in {
        "number:19": r"[1-9]\d{18}",
        "hex:40": r"[0-9a-f]{40}",
        "upper:20": r"[A-Z2-7]{20}",
        "alnum:13": r"[a-z][a-z0-9]{12}",
        "letters:6": r"[a-z]{6}",
        "mac": r"02(:[0-9a-f]{2}){5}",
        "base64:32": r"[A-Za-z0-9+/]{43}=",
        "time": r"2025-01-01T\d\d:\d\d:\d\dZ",
    }.items():
        value = render(f"{{seed:{recipe}}}", _scope())
        assert re.fullmatch(pattern, value), recipe
        assert value == render(f"{{seed:{recipe}}}", _scope())
    assert uuid.UUID(render("{seed:uuid}", _scope())).version == 4
    address = ipaddress.ip_address(render("{seed:ipv4:10.0.0.0/28}", _scope()))
    assert address in list(ipaddress.ip_network("10.0.0.0/28").hosts())
    assert ipaddress.ip_address(render("{seed:ipv6}", _scope())) in ipaddress.ip_network("2001:db8::/32")
    assert render("{seed:uuid#one}", _scope()) != render("{seed:uuid#two}", _scope())


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{input.name}", "names 'input.name', but only"),
        ("{seed:roman}", "seed format 'roman'; there are"),
        ("{inputs.name|shout}", "filter 'shout'; there are"),
    ],
)
def test_a_mistake_in_a_table_is_said(template: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        render(template, _scope())

"""The claims of a stack follow from its flow table, its allow-list and its own entries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isolation.addresses import addresses
from isolation.claims import Claim, Expect
from isolation.model import Kind
from isolation.table import StackData, question
from isolation.traffic import traffic
from stacks.flows import table
from stacks.proof import stack_data
from stacks.settings import Settings, own_fields
from tools.stack import stack_settings

DATA = StackData(
    segments={"training": ["10.0.0.0/24"], "edge": ["10.0.1.0/24"], "inference": ["10.0.2.0/24"]},
    enterprise=["172.16.0.0/16"],
    flows=[
        {
            "name": "in",
            "from": "internet",
            "to": "edge",
            "carrier": "gateway",
            "protocol": "tcp",
            "ports": ["443"],
            "why": "clients",
        },
        {
            "name": "on",
            "from": "edge",
            "to": "inference",
            "carrier": "gateway",
            "protocol": "tcp",
            "ports": ["8443"],
            "why": "models",
        },
    ],
    never=[{"from": "training", "to": "internet", "why": "no way out"}],
)
OPEN: dict[str, Any] = {
    "name": "open",
    "from": "inference",
    "to": "203.0.113.0/24",
    "protocol": "tcp",
    "ports": ["443", "8000-8010"],
}


def claims(data: StackData) -> dict[str, Claim]:
    return {one.name: one for one in question(data).claims}


def test_every_pair_is_claimed_once_and_only_outsides_are_left_to_themselves() -> None:
    found = [one for one in question(DATA).claims if one.expect is not Expect.REACHES]
    pairs = [(str(one.source), str(one.destination)) for one in found]
    names = {"internet", "enterprise", "training", "edge", "inference"}
    wanted = {(a, b) for a in names for b in names if a != b} - {
        ("internet", "enterprise"),
        ("enterprise", "internet"),
    }
    assert set(pairs) == wanted
    assert len(pairs) == len(wanted)


def test_a_flow_opens_its_own_claim_by_its_carrier_and_must_work() -> None:
    found = claims(DATA)
    (opening,) = found["only-internet-edge"].openings
    assert opening.destination_kinds == {Kind.PROXY}
    assert opening.traffic == traffic("TCP", 443)
    assert found["only-edge-training"].openings == ()
    assert found["reaches-in"].traffic == traffic("TCP", 443)
    assert found["reaches-internet-inference-through-gateway"].through_gateway


def test_an_entry_of_the_allow_list_opens_what_it_is_about_and_nothing_else() -> None:
    found = claims(replace(DATA, allow=[OPEN]))
    (opening,) = found["only-inference-internet"].openings
    assert opening.destination_addresses == addresses("203.0.113.0/24")
    assert opening.traffic == traffic("TCP", 443) | traffic("TCP", 8000, 8010)
    assert found["never-training-internet"].openings == ()
    assert found["only-edge-internet"].openings == ()


def test_a_stacks_own_claim_is_opened_by_nothing() -> None:
    own = {"from": "inference", "to": "203.0.113.0/24", "why": "not there"}
    claim = claims(replace(DATA, allow=[OPEN], claims=[own]))["stack-never-inference-203.0.113.0/24"]
    assert claim.openings == ()
    assert claim.destination.within == addresses("203.0.113.0/24")
    with pytest.raises(ValueError, match="nowhere"):
        question(replace(DATA, claims=[{**own, "to": "nowhere"}]))


def test_a_stack_files_own_words_become_its_claims() -> None:
    config = own_fields(stack_settings("gcp-dev")["config"])
    entry = {"from": "operations", "to": "edge", "reason": "Nobody deploys to the edge by hand."}
    data = stack_data(Settings.load({**config, "never": [entry]}))
    assert [dict(one) for one in data.claims] == [
        {"from": "operations", "to": "edge", "why": entry["reason"]}
    ]
    assert len(data.flows) == len(table().flows)
    assert data.segments["training"] == ("10.64.128.0/20", "10.64.0.0/18")
    assert {one["from"] for one in data.never} >= {"training", "internet", "enterprise"}

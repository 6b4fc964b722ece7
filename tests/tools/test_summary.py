"""What a person reads after `make up` and `make destroy`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from rehearsal.model import Existing
from tools import summary

STACK = "urn:pulumi:dev::palisade::pulumi:pulumi:Stack::palisade-dev"
NETWORK = "urn:pulumi:dev::palisade::palisade:index:Network::net"
INNER = "urn:pulumi:dev::palisade::palisade:index:Network$palisade:index:Inner::in"
URN = "urn:pulumi:dev::palisade::gcp:kms/cryptoKey:CryptoKey::data"
KEY = Existing("gcp:kms/cryptoKey:CryptoKey", "projects/p/keys/data", URN, {}, {})


def resource(urn: str, type_: str, parent: str, custom: bool = True) -> dict[str, Any]:
    return {"urn": urn, "type": type_, "parent": parent, "custom": custom}


def holds(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"deployment": {"resources": [*resources]}}


NOTHING = holds()
DEPLOYMENT = {
    "deployment": {
        "resources": [
            resource(STACK, "pulumi:pulumi:Stack", "", custom=False),
            resource("urn:p", "pulumi:providers:gcp", STACK),
            resource(NETWORK, "palisade:index:Network", STACK, custom=False),
            resource(INNER, "palisade:index:Inner", NETWORK, custom=False),
            resource("urn:a", "gcp:compute/route:Route", NETWORK),
            resource("urn:b", "gcp:compute/route:Route", INNER),
            resource("urn:c", "gcp:compute/disk:Disk", STACK),
        ]
    }
}


def test_resources_count_for_the_outermost_component() -> None:
    counts = summary.resources_by_component(DEPLOYMENT)
    assert counts == {
        "Network net": Counter({"Route": 2}),
        "(no component)": Counter({"Disk": 1}),
    }
    table = summary.component_table(counts)
    assert table[1].split() == ["Network", "net", "2", "2", "Route"]
    assert table[-1].split() == ["total", "3"]


def test_an_empty_stack_says_so() -> None:
    assert summary.resources_by_component({"deployment": {}}) == {}
    assert summary.component_table({}) == ["  nothing stands"]


def test_every_finding_is_printed_with_its_rule() -> None:
    report = {
        "summary": {"result": "passed", "rules": 3, "applied": 2, "resources": 9, "outcomes": {"passed": 8}},
        "findings": [
            {
                "outcome": "exempted",
                "rule": "a-rule",
                "problem": "Bucket b is open",
                "note": "until 2027-01-01",
            }
        ],
    }
    lines = "\n".join(summary.policy_lines(report))
    assert "passed: 3 rules, 2 of which" in lines
    assert "exempted: [a-rule] Bucket b is open (until 2027-01-01)" in lines


def test_what_is_kept_is_listed_with_the_way_to_let_it_go() -> None:
    told = summary.after_destroy("dev", [KEY], holds({"urn": URN, "protect": True}))
    assert "projects/p/keys/data" in told
    assert "make release STACK=dev" in told
    let_go = summary.after_destroy("dev", [KEY], NOTHING)
    assert "30 days" in let_go
    assert "make release" not in let_go


def test_what_the_kept_ones_need_is_counted() -> None:
    api, ring = URN.replace("data", "api"), URN.replace("data", "ring")
    needed = [Existing("gcp:projects/service:Service", urn, urn, {}, {}) for urn in (api, ring)]
    chain = [
        {"urn": URN, "protect": True, "dependencies": [ring]},
        {"urn": ring, "parent": api},
        {"urn": api},
    ]
    told = summary.after_destroy("dev", [KEY, *needed], holds(*chain))
    assert "goes when they do:\n  2 Service" in told
    assert "not kept by design" not in told


def test_what_nobody_planned_to_keep_is_said_to_be_unexpected() -> None:
    disk = Existing("gcp:compute/disk:Disk", "d", URN, {}, {})
    assert "not kept by design" in summary.after_destroy("dev", [disk], NOTHING)
    assert "not kept by design" in summary.after_destroy("dev", [disk], holds({"urn": URN}))


def test_nothing_left_is_one_sentence() -> None:
    other = Existing("gcp:compute/disk:Disk", "d", URN.replace(":dev:", ":prod:"), {}, {})
    told = summary.after_destroy("dev", [other], NOTHING).strip()
    assert told == "dev is gone; the rehearsal's record holds nothing of it."


def test_every_reason_names_why_and_how() -> None:
    reasons = yaml.safe_load((Path(summary.__file__).parent / "kept.yaml").read_text())
    assert reasons
    for told in reasons.values():
        assert {"why", "release"} <= told.keys()

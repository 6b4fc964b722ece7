"""Faults as they are written, and when they strike."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.faults import KINDS, FaultList, make, parse
from rehearsal.record import CloudRecord

URN = "urn:pulumi:dev::project::gcp:kms/keyRing:KeyRing::ring"
TYPE = "gcp:kms/keyRing:KeyRing"


def test_a_line_and_a_file_say_the_same(tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("- {kind: throttle, type: 'gcp:*', times: 3}\n- {kind: die, when: after}\n")
    assert parse(str(file)) == [*parse("throttle,type=gcp:*,times=3"), *parse("die,when=after")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("explode", '"explode" is no kind of fault; there are throttle, slow, refuse, die'),
        ("slow,seconds", '"seconds" has no value; write KEY=VALUE'),
        ("slow,second=1", 'a fault has no "second"; there are'),
        ("slow,seconds=long", "the fault slow needs numbers"),
        ("die,when=during", 'strikes before or after, not "during"'),
        ("refuse,operation=replace", '"replace" is no operation; there are create'),
        ("absent.yaml", "the fault file absent.yaml cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text)


def test_a_fault_strikes_what_it_is_meant_for_and_as_often_as_it_says(tmp_path: Path) -> None:
    record = CloudRecord(tmp_path / "record.sqlite")
    faults = FaultList(record.path)
    faults.add(make({"kind": "throttle", "type": "gcp:kms/*", "times": 2}))
    faults.add(make({"kind": "refuse", "name": "other"}), make({"kind": "slow", "stack": "prod"}))
    assert faults.take(KINDS, "delete", TYPE, URN) == []
    assert [len(faults.take(KINDS, "create", TYPE, URN)) for _ in range(3)] == [1, 1, 0]
    # Another process of the same record knows what was used up.
    assert FaultList(record.path).take(KINDS, "create", TYPE, URN) == []
    assert len(faults.take(KINDS, "create", TYPE, URN.replace("dev", "prod"))) == 1
    faults.clear()
    assert faults.take(KINDS, "create", TYPE, URN.replace("dev", "prod")) == []

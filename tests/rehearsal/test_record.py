"""The record: what may be in it twice, what a killed process leaves, what a package may see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.model import Asset, Existing
from rehearsal.record import AlreadyExists, CloudRecord, RealmView

NETWORK = "gcp:compute/network:Network"


def _object(id: str, urn: str = "urn:a", generation: int = 0) -> Existing:
    return Existing(
        NETWORK, id, urn, {"name": id, "file": Asset(False, {"text": "x"})}, {"name": id}, generation
    )


def test_an_object_is_kept_as_it_was_given(tmp_path: Path) -> None:
    record = CloudRecord(tmp_path / "record.sqlite")
    record.create(_object("one"))
    assert record.get(NETWORK, "one") == _object("one")
    assert record.find("gcp:compute/*", {"name": "one"}) == [_object("one")]
    assert record.find(NETWORK, {"name": "two"}) == record.find("aws:*") == []
    assert record.path.stat().st_mode & 0o077 == 0


def test_ids_and_unique_keys_are_taken_once_per_realm(tmp_path: Path) -> None:
    record = CloudRecord(tmp_path / "record.sqlite")
    record.create(_object("one", "urn:first"), ["vpc/web"], realm="eu")
    record.create(_object("one"), ["vpc/web"], realm="us")
    with pytest.raises(AlreadyExists) as by_id:
        record.create(_object("one"), realm="eu")
    with pytest.raises(AlreadyExists) as by_key:
        record.create(_object("two"), ["vpc/web"], realm="eu")
    assert by_id.value.existing.urn == by_key.value.existing.urn == "urn:first"
    record.delete(_object("one"), "eu")
    record.create(_object("two"), ["vpc/web"], realm="eu")
    view = RealmView(record, lambda type: "eu")
    assert [found.id for found in view.find()] == ["two"]
    assert view.get(NETWORK, "one") is None


def test_generations_count_up_while_an_object_of_the_urn_is_there(tmp_path: Path) -> None:
    record = CloudRecord(tmp_path / "record.sqlite")
    assert record.next_generation("urn:a") == 0
    record.create(_object("one"))
    assert record.next_generation("urn:a") == 1
    record.create(_object("two", generation=1))
    record.delete(_object("one"))
    assert record.next_generation("urn:a") == 2
    record.delete(_object("two"))
    assert record.next_generation("urn:a") == 0


def test_what_the_cloud_keeps_is_marked_and_in_the_way(tmp_path: Path) -> None:
    record = CloudRecord(tmp_path / "record.sqlite")
    record.create(_object("ring"))
    record.delete(_object("ring"), keep=True)
    kept = record.get(NETWORK, "ring")
    assert kept and kept.kept
    with pytest.raises(AlreadyExists):
        record.create(_object("ring"))
    assert [event.kind for event in record.events()] == ["created", "kept"]


def test_a_process_killed_while_writing_leaves_whole_objects(tmp_path: Path) -> None:
    file = tmp_path / "record.sqlite"
    script = (
        "import sys, itertools\nfrom pathlib import Path\nfrom rehearsal.model import Existing\n"
        "from rehearsal.record import CloudRecord\nrecord = CloudRecord(Path(sys.argv[1]))\n"
        "for n in itertools.count():\n"
        "    number = {'n': n}\n"
        f"    record.create(Existing({NETWORK!r}, f'id-{{n}}', 'urn', number, number), [f'key-{{n}}'])\n"
        "    print(n, flush=True)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, file], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    told = [writer.stdout.readline() for _ in range(200)]
    os.kill(writer.pid, signal.SIGKILL)
    told += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    record = CloudRecord(file)
    numbers = [found.inputs["n"] for found in record.find()]
    # All that was told is there, at most one more was written and not told, and every object has its event.
    assert numbers == list(range(len(numbers)))
    assert len(numbers) - len([line for line in told if line.endswith("\n")]) in (0, 1)
    assert len(record.events("created")) == len(numbers)

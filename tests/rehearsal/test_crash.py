"""What a crash, a throttled cloud or an impatient person leaves behind; a second run puts it right."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from rehearsal.faults import ATTEMPTS, parse
from rehearsal.session import Session
from tests.rehearsal.engine import BUCKET, NETWORK, Stack, resource
from tools.engine import Engine


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> Iterator[Session]:
    """A rehearsal that one test may break."""
    with Session(tmp_path / "cloud", engine=engine) as session:
        yield session


def _chain() -> None:
    net = resource(NETWORK, "net", {"name": "net"})
    bucket = resource(BUCKET, "bucket", {"location": "EU"}, pulumi.ResourceOptions(depends_on=[net]))
    resource(BUCKET, "last", {"location": "EU"}, pulumi.ResourceOptions(depends_on=[bucket]))


def test_a_death_before_the_object_exists_leaves_nothing_and_the_next_run_ends_well(own: Session) -> None:
    own.faults.add(*parse(f"die,type={BUCKET},name=bucket"))
    stack = Stack(own, "before")
    assert stack.up(_chain).returncode != 0
    assert not own.alive
    assert stack.objects() == ["net"]
    own.start()
    assert stack.changes(_chain) == {"created": 2}
    assert stack.objects() == ["net", "bucket", "last"]


def test_a_death_after_the_object_exists_leaves_an_orphan_that_the_record_shows(own: Session) -> None:
    own.faults.add(*parse(f"die,type={BUCKET},name=bucket,when=after"))
    stack = Stack(own, "after")
    assert stack.up(_chain).returncode != 0
    orphan = own.record.find(BUCKET)[0]
    assert orphan.half_done
    assert "bucket" not in stack.state()
    own.start()
    # The name was automatic, so a second object comes beside the orphan, as on a real cloud.
    assert stack.up(_chain).returncode == 0
    assert stack.objects() == ["net", "bucket", "bucket", "last"]
    stack.destroy()
    assert [found.id for found in own.record.find()] == [orphan.id]


def test_a_half_done_object_with_a_fixed_name_is_in_the_way_until_it_is_imported(own: Session) -> None:
    own.faults.add(*parse(f"die,type={NETWORK},when=after"))
    stack = Stack(own, "in-the-way")
    assert stack.up(_chain).returncode != 0
    own.start()
    refused = stack.up(_chain)
    assert "already exists" in refused.stdout
    orphan = own.record.find(NETWORK)[0]
    adopt = pulumi.ResourceOptions(import_=orphan.id)
    assert stack.changes(lambda: resource(NETWORK, "net", {"name": "net"}, adopt))["imported"] == 1


def test_a_killed_server_loses_nothing_that_was_answered(own: Session) -> None:
    stack = Stack(own, "killed")
    assert stack.changes(_chain)["created"] == 4
    own.kill()
    own.start()
    assert stack.objects() == ["net", "bucket", "last"]
    assert stack.changes(_chain) == {}


def test_a_little_throttling_only_takes_time_and_a_lot_of_it_fails_in_the_clouds_words(own: Session) -> None:
    own.faults.add(*parse(f"throttle,type={NETWORK},times=3"), *parse(f"throttle,name=last,times={ATTEMPTS}"))
    stack = Stack(own, "throttled")
    failed = stack.up(_chain)
    assert "last (gcp:storage/bucket:Bucket): googleapi: Error 429" in failed.stdout
    assert [event.detail for event in own.record.events("throttled")][:3] == [
        f"attempt {n}" for n in (1, 2, 3)
    ]
    assert stack.objects() == ["net", "bucket"]
    assert stack.changes(_chain) == {"created": 1}


def test_a_refusal_fails_one_resource_in_its_own_words(own: Session) -> None:
    own.faults.add(*parse(f"refuse,type={BUCKET},stack=refused,message=the organisation forbids it"))
    stack = Stack(own, "refused")
    assert "bucket (gcp:storage/bucket:Bucket): the organisation forbids it" in stack.up(_chain).stdout
    assert stack.objects() == ["net"]


def test_an_interrupt_ends_a_slow_creation_in_order(own: Session) -> None:
    own.faults.add(*parse("slow,name=bucket,seconds=60"))
    stack = Stack(own, "slow")
    stack.up(lambda: resource(NETWORK, "net", {"name": "net"}))
    program = stack.folder / "__main__.py"
    program.write_text(
        "import pulumi\n"
        f"net = pulumi.CustomResource({NETWORK!r}, 'net', {{'name': 'net'}})\n"
        f"pulumi.CustomResource({BUCKET!r}, 'bucket', {{'location': 'EU'}})\n"
    )
    command = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "slow", "--non-interactive"]
    output = stack.folder / "output.txt"
    with output.open("w") as file:
        running = subprocess.Popen(command, cwd=stack.folder, env=own.env, stdout=file, stderr=file)
        deadline = time.monotonic() + 60
        while "bucket creating" not in output.read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) != 0
    assert own.alive
    assert "Traceback" not in output.read_text()
    assert stack.objects() == ["net"]

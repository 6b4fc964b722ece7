"""What a real cloud does to an update: it throttles, it refuses, and a process dies in the middle."""

from __future__ import annotations

import time
from collections import Counter

from rehearsal.faults import Fault
from rehearsal.session import Session
from tests.engine.conftest import KEPT_BY_DESIGN, MakeStack
from tools.stack import Stack

BUCKET = "gcp:storage/bucket:Bucket"
# Seconds of a creation, so long that one is under way at any moment, however busy the machine.
SLOW = 2.0


def kill_in_the_middle(stack: Stack, session: Session) -> None:
    """Start an update and kill the engine, as a power cut would, with creations under way."""
    before = len(session.record.find())
    with stack.start("up", "--yes", "--skip-preview") as running:
        deadline = time.monotonic() + 120
        while len(session.record.find()) < before + 20:
            assert running.poll() is None, "the update ended before it could be killed"
            assert time.monotonic() < deadline, "the update creates nothing"
            time.sleep(0.05)
        running.kill()
    # The cloud goes on with what it was asked for.
    time.sleep(SLOW + 1)


def test_an_update_that_dies_and_is_resumed_ends_where_an_undisturbed_one_does(
    make_stack: MakeStack, own_rehearsal: Session
) -> None:
    """Throttled throughout; the provider dies once, and so does the engine: one stack through it all."""
    session = own_rehearsal
    calm = make_stack("calm", session=session)
    assert calm.up(capture=True).returncode == 0
    expected = Counter(r["type"] for r in calm.export()["deployment"]["resources"])

    session.faults.add(
        Fault("throttle", type="gcp:compute/*", stack="rough", times=5),
        Fault("die", type=BUCKET, stack="rough", times=1),
    )
    rough = make_stack("rough", session=session)
    died = rough.up(capture=True)
    assert died.returncode != 0
    assert not session.alive, died.stdout
    assert session.record.events("throttled")

    session.start()
    rough = make_stack("rough", session=session)
    session.faults.add(Fault("slow", stack="rough", seconds=SLOW, times=60))
    kill_in_the_middle(rough, session)
    pending = rough.export()["deployment"]["pending_operations"]
    assert len(rough.recover(session.record)) == len(pending) > 0

    resumed = rough.up(capture=True)
    assert resumed.returncode == 0, resumed.stdout
    assert Counter(r["type"] for r in rough.export()["deployment"]["resources"]) == expected
    assert rough.up("--expect-no-changes", capture=True).returncode == 0
    created = Counter(each.urn for each in session.record.find())
    assert max(created.values()) == 1, "nothing was created twice"
    destroyed = rough.destroy("--exclude-protected", capture=True)
    assert destroyed.returncode == 0, destroyed.stdout
    left = {
        each.type for each in session.record.find() if "::palisade::" in each.urn and ":rough::" in each.urn
    }
    assert left <= KEPT_BY_DESIGN

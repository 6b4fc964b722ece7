"""The life of gcp-dev through the real engine: preview, up, again, changed, destroyed, released."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from rehearsal.session import Session
from tests.engine.conftest import KEPT_BY_DESIGN, MakeStack
from tools.stack import Stack, stack_settings
from tools.summary import after_destroy, component_table, resources_by_component


def operations(stack: Stack, *options: str) -> Counter[str]:
    """What a preview would do, as counts by operation."""
    done = stack.run("preview", "--json", *options, capture=True)
    assert done.returncode == 0, done.stdout
    return Counter(json.loads(done.stdout[done.stdout.index("{") :])["changeSummary"])


def test_the_life_of_a_stack(make_stack: MakeStack, own_rehearsal: Session) -> None:
    stack = make_stack("gcp-dev", session=own_rehearsal)

    previewed = stack.preview(capture=True)
    assert previewed.returncode == 0, previewed.stdout
    assert not own_rehearsal.record.find(), "a preview creates nothing"
    assert stack.report()["summary"]["result"] == "passed"
    assert stack.report()["summary"]["outcomes"].get("unproven", 0) == 0

    first = stack.up(capture=True)
    assert first.returncode == 0, first.stdout
    before = stack.export()
    assert_state_and_record_agree(before, own_rehearsal)
    assert {"Keys", "Network", "TrainingCluster"} <= {n.split()[0] for n in resources_by_component(before)}
    assert component_table(resources_by_component(before))[-1].split()[0] == "total"

    again = stack.up("--expect-no-changes", capture=True)
    assert again.returncode == 0, again.stdout

    assert_a_change_is_made_in_place(stack)

    destroyed = stack.destroy("--exclude-protected", capture=True)
    assert destroyed.returncode == 0, destroyed.stdout
    left = own_rehearsal.record.find()
    assert {each.type for each in left} <= KEPT_BY_DESIGN, after_destroy("gcp-dev", left)
    assert "make release STACK=gcp-dev" in after_destroy("gcp-dev", left)

    assert_release_leaves_only_the_key_ring(stack, own_rehearsal)


def assert_state_and_record_agree(deployment: dict[str, Any], session: Session) -> None:
    """Whatever the engine believes to exist does exist, and nothing else."""
    resources = deployment["deployment"]["resources"]
    believed = {
        (r["type"], r["id"])
        for r in resources
        if r.get("custom") and not r["type"].startswith("pulumi:") and not r.get("external")
    }
    assert believed == {(existing.type, existing.id) for existing in session.record.find()}


def assert_a_change_is_made_in_place(stack: Stack) -> None:
    settings = stack_settings("gcp-dev")
    settings["config"]["palisade:google"]["project"] = "palisade-gcp-dev"
    settings["config"]["palisade:training"]["nodes"]["max"] = 3
    stack.configure(settings)
    planned = operations(stack)
    assert planned["update"] == 1, planned
    assert set(planned) <= {"update", "same"}, planned
    changed = stack.up(capture=True)
    assert changed.returncode == 0, changed.stdout


def assert_release_leaves_only_the_key_ring(stack: Stack, session: Session) -> None:
    settings = stack_settings("gcp-dev")
    settings["config"]["palisade:google"]["project"] = "palisade-gcp-dev"
    settings["config"]["palisade:teardown"] = {
        "approved_by": "owner@example.com",
        "reason": "The test is over, nothing is kept.",
    }
    stack.configure(settings)
    lifted = stack.up(capture=True)
    assert lifted.returncode == 0, lifted.stdout
    released = stack.destroy(capture=True)
    assert released.returncode == 0, released.stdout
    assert all(existing.kept for existing in session.record.find())
    assert {existing.type for existing in session.record.find()} == KEPT_BY_DESIGN - {
        "gcp:projects/service:Service"
    }
    assert not stack.export()["deployment"].get("resources")

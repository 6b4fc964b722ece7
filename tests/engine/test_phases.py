"""A stack grows through the roadmap's phases: each adds, none takes a control away, all pass the policies."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.session import Session
from tools.stack import Stack, stack_settings

# What each phase adds to gcp-prod, besides what a cloud needs to allow it: an API, an account, a grant.
ADDS = {
    "advanced": {
        "gcp:modelarmor/template:Template",
        "kubernetes:batch/v1:CronJob",
    },
    "continuous": {"gcp:networksecurity/dnsThreatDetector:DnsThreatDetector"},
}
ALLOWS = {
    "gcp:projects/iAMMember:IAMMember",
    "gcp:projects/service:Service",
    "kubernetes:core/v1:ServiceAccount",
}


def test_gcp_prod_grows_through_the_phases(own_rehearsal: Session) -> None:
    stack = Stack("gcp-prod", own_rehearsal)
    stands = up(stack, "foundation")
    mandatory = in_force(stack)
    for phase, adds in ADDS.items():
        settle(stack, phase)
        planned = preview(stack)
        assert set(planned["changeSummary"]) <= {"same", "create", "update"}, planned["changeSummary"]
        grown = up(stack, phase)
        assert stands < grown
        added = {type_ for type_, _ in grown - stands}
        assert adds <= added, phase
        assert added <= adds | ALLOWS, phase
        assert mandatory < in_force(stack), "a phase raises rules and lowers none"
        stands, mandatory = grown, in_force(stack)


def settle(stack: Stack, phase: str) -> None:
    settings = stack_settings("gcp-prod")
    settings["config"]["palisade:phase"] = phase
    stack.configure(settings)


def up(stack: Stack, phase: str) -> set[tuple[str, str]]:
    """Type and name of whatever stands after an update in a phase, without a finding of the policies."""
    settle(stack, phase)
    done = stack.up(capture=True)
    assert done.returncode == 0, done.stdout
    assert not stack.report()["findings"], stack.report()["findings"]
    parts = (urn.rsplit("::", 2) for urn in stack.urns())
    return {(type_.rpartition("$")[2], name) for _, type_, name in parts}


def preview(stack: Stack) -> dict[str, Any]:
    done = stack.run("preview", "--json", capture=True)
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout[done.stdout.index("{") :])


def in_force(stack: Stack) -> set[str]:
    """Rules that block in the phase of the last run."""
    return {each["id"] for each in stack.report()["rules"] if each["level"] == "mandatory"}

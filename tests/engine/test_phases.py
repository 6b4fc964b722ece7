"""A stack grows through the roadmap's phases: each adds, none takes a control away, all pass the policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.session import Session
from tools.stack import Stack, stack_settings

# What each phase adds to gcp-prod.
ADDS = {
    "advanced": {
        "palisade:index:Prompts",
        "gcp:modelarmor/template:Template",
        "gcp:projects/iAMMember:IAMMember",
        "gcp:networkconnectivity/regionalEndpoint:RegionalEndpoint",
        "gcp:dns/managedZone:ManagedZone",
        "gcp:dns/recordSet:RecordSet",
        "palisade:index:ModelTests",
        "kubernetes:batch/v1:CronJob",
    },
    "continuous": {"gcp:networksecurity/dnsThreatDetector:DnsThreatDetector"},
}
# What a phase advises of the next one.
ANNOUNCED = {"advanced": {("name-queries-are-watched", "advisory")}}
# A ConfigMap never changes: new servers start with the new one, and the old one goes when they stand.
REPLACED = {"kubernetes:core/v1:ConfigMap"}


@pytest.mark.usefixtures("saved_once")
def test_gcp_prod_grows_through_the_phases(own_rehearsal: Session) -> None:
    stack = Stack("gcp-prod", own_rehearsal)
    stands = up(stack, "foundation")
    mandatory = in_force(stack)
    for phase, adds in ADDS.items():
        settle(stack, phase)
        steps = preview(stack)["steps"]
        assert not {step["op"] for step in steps} & {"delete"}
        assert {kind(step["urn"]) for step in steps if "replace" in step["op"]} <= REPLACED
        grown = up(stack, phase)
        assert stands < grown
        assert {type_ for type_, _ in grown - stands} == adds, phase
        assert mandatory < in_force(stack), "a phase raises rules and lowers none"
        stands, mandatory = grown, in_force(stack)


def settle(stack: Stack, phase: str) -> None:
    settings = stack_settings("gcp-prod")
    settings["config"]["palisade:phase"] = phase
    stack.configure(settings)


def up(stack: Stack, phase: str) -> set[tuple[str, str]]:
    """Type and name of whatever stands after an update in a phase; policies only announce the next."""
    settle(stack, phase)
    done = stack.up(capture=True)
    assert done.returncode == 0, done.stdout
    findings = stack.report()["findings"]
    assert {(each["rule"], each["level"]) for each in findings} == ANNOUNCED.get(phase, set()), findings
    return {(kind(urn), urn.rpartition("::")[2]) for urn in stack.urns()}


def preview(stack: Stack) -> dict[str, Any]:
    done = stack.run("preview", "--json", capture=True)
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout[done.stdout.index("{") :])


def kind(urn: str) -> str:
    """The resource type in a URN."""
    return urn.rsplit("::", 2)[1].rpartition("$")[2]


def in_force(stack: Stack) -> set[str]:
    """Rules that block in the phase of the last run."""
    return {each["id"] for each in stack.report()["rules"] if each["level"] == "mandatory"}

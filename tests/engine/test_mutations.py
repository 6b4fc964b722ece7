"""Every insecure change of insecure/ is refused at preview, by the rule that it is there for."""

from __future__ import annotations

import pytest

from policies.framework import catalogue
from rehearsal.session import Session
from tests.engine.mutations import Mutation, batches, load, refusals
from tools.stack import ROOT

STACKS = {
    "gcp": ("gcp-dev", "gcp-prod"),
    "aws": ("aws-dev", "aws-prod"),
    "azure": ("azure-dev", "azure-prod"),
}
ALL = tuple(stack for stacks in STACKS.values() for stack in stacks)
# What a stranger would try first, by the titles in insecure/.
BY_NAME = {
    "gcp-prod": {
        "the security policy is detached": "gateways-have-a-firewall",
        "a certificate is self-managed": "certificates-are-managed",
        "an unsigned image is allowed": "only-attested-images-run",
        "the audit lock is dropped": "records-cannot-be-deleted",
    },
    "aws-prod": {
        "an internet route for training": "routes-never-reach-the-internet",
        "a customer key is dropped": "data-at-rest-uses-a-customer-key",
        "the web ACL is detached": "gateways-have-a-firewall",
        "anyone is let in": "nothing-is-granted-to-the-public",
        "the audit lock is dropped": "records-cannot-be-deleted",
    },
    "azure-prod": {
        "an internet route for training": "training-has-no-internet-route",
        "a customer key is dropped": "data-at-rest-uses-a-customer-key",
        "a WAF in detection mode": "firewalls-deny-by-default",
        "a public cluster API": "control-planes-are-private",
        "the firewall is detached": "gateways-have-a-firewall",
        "the lock of records is dropped": "records-cannot-be-deleted",
    },
}

SUM = "sums up routes, addresses and firewall rules that are each tried"
UNTRIED = {
    "gcp": {
        "clusters-are-regional": "where a cluster stands is not one input",
        "confidential-training-encrypts-memory": "no stack asks for confidential training",
        "key-users-wait-for-their-grant": "about dependencies, not about an input",
        "training-has-no-internet-route": SUM,
    },
    "aws": {
        "confidential-training-encrypts-memory": "no machine of AWS with accelerators does",
        "training-has-no-internet-route": SUM,
    },
    "azure": {
        "confidential-training-encrypts-memory": "no stack of Azure may ask for it (docs/adr/0017)",
    },
}
"""Rules without a mutation on a cloud, and why; their cases in policies/cases try them all the same."""


def tried(stack: str) -> list[Mutation]:
    """What is tried of a stack here: in production all of it, in development what one preview can tell apart.

    One preview shows which rules are in force in a phase. What needs a preview more is tried once for a
    cloud, unless production has no such resource; `make mutations` tries all of it on any stack.
    """
    first, *others = batches(load(stack))
    more = [each for group in others for each in group]
    return first + (more if stack.endswith("-prod") else [each for each in more if not each.everywhere])


@pytest.mark.parametrize("stack", ALL)
def test_no_mutation_survives(stack: str, own_rehearsal: Session) -> None:
    survivors = [
        f"{mutation.title}: {mutation.rule} did not refuse it"
        for mutation, refused in refusals(stack, own_rehearsal, tried(stack))
        if not refused
    ]
    assert not survivors, "\n".join(survivors)


@pytest.mark.parametrize("stack", ALL)
def test_there_are_enough_of_them_and_each_rule_exists(stack: str) -> None:
    mutations = load(stack)
    assert len(mutations) >= 60
    assert {each.rule for each in mutations} <= catalogue.load().rules.keys()
    assert any(each.removes for each in mutations)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{len(mutations)} for `{stack}`" in " ".join(readme.split())


@pytest.mark.parametrize("cloud", STACKS)
def test_every_other_rule_with_a_check_on_a_cloud_is_tried_there(cloud: str) -> None:
    tried = {mutation.rule for stack in STACKS[cloud] for mutation in load(stack)}
    judged = {check.rule for check in catalogue.load().checks if check.cloud == cloud}
    assert judged - tried == UNTRIED[cloud].keys()


@pytest.mark.parametrize("stack", BY_NAME)
def test_what_a_stranger_would_try_first_is_among_them(stack: str) -> None:
    titled = {each.title.partition(" (")[0]: each.rule for each in load(stack)}
    assert BY_NAME[stack].items() <= titled.items()


def test_one_preview_holds_no_two_that_could_be_confused() -> None:
    place = {"type": "a:b:C", "name": "n"}
    whole = Mutation("whole", "one", "a:b:C::n", "a:b:C::n", ({**place, "path": ["rules"]},))
    part = Mutation("part", "two", "a:b:C::n", "a:b:C::n", ({**place, "path": ["rules", 0, "preview"]},))
    gone = Mutation("gone", "three", "a:b:C::n", "stack", ({**place, "remove": True},))
    same = Mutation("same", "one", "a:b:C::n", "a:b:C::n", ({**place, "path": ["other"]},))
    free = Mutation("free", "four", "a:b:C::m", "a:b:C::m", ({**place, "name": "m", "path": ["rules"]},))
    assert batches([whole, part, gone, same, free]) == [[whole, free], [part, same], [gone]]

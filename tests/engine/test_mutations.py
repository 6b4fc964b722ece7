"""Every insecure change of insecure/ is refused at preview, by the rule that it is there for."""

from __future__ import annotations

import pytest

from policies.framework import catalogue
from rehearsal.session import Session
from tests.engine.mutations import Mutation, batches, load, refusals

STACKS = ("gcp-dev", "gcp-prod")
BY_NAME = {
    "the security policy is detached": "gateways-have-a-firewall",
    "a certificate is self-managed": "certificates-are-managed",
    "an unsigned image is allowed": "only-attested-images-run",
    "the audit lock is dropped": "records-cannot-be-deleted",
}

UNTRIED = {
    "clusters-are-regional": "where a cluster stands is not one input",
    "confidential-training-encrypts-memory": "no stack asks for confidential training",
    "key-users-wait-for-their-grant": "about dependencies, not about an input",
    **dict.fromkeys(
        (
            "builds-run-inside-the-network",
            "builds-run-what-the-enterprise-holds",
            "builds-run-without-privileges",
            "clusters-have-one-administrator",
            "machines-stand-in-groups-of-their-own",
            "machines-take-no-login-keys",
            "managed-training-stays-inside-the-network",
            "metadata-needs-a-session",
            "node-identities-only-join-and-pull",
            "private-endpoints-admit-their-own-only",
            "repositories-name-who-may-push",
        ),
        "about AWS, whose stacks are not complete yet",
    ),
    "training-has-no-internet-route": "sums up routes, addresses and firewall rules that are each tried",
}
"""Rules without a mutation here, and why; their cases in policies/cases try them all the same."""


@pytest.mark.parametrize("stack", STACKS)
def test_no_mutation_survives(stack: str, own_rehearsal: Session) -> None:
    survivors = [
        f"{mutation.title}: {mutation.rule} did not refuse it"
        for mutation, refused in refusals(stack, own_rehearsal)
        if not refused
    ]
    assert not survivors, "\n".join(survivors)


@pytest.mark.parametrize("stack", STACKS)
def test_there_are_enough_of_them_and_each_rule_exists(stack: str) -> None:
    mutations = load(stack)
    assert len(mutations) >= 60
    assert {each.rule for each in mutations} <= catalogue.load().rules.keys()
    assert any(each.removes for each in mutations)


def test_every_other_rule_is_tried() -> None:
    tried = {mutation.rule for stack in STACKS for mutation in load(stack)}
    assert catalogue.load().rules.keys() - tried == UNTRIED.keys()


def test_what_a_stranger_would_try_first_is_among_them() -> None:
    titled = {each.title.partition(" (")[0]: each.rule for each in load("gcp-prod")}
    assert BY_NAME.items() <= titled.items()


def test_one_preview_holds_no_two_that_could_be_confused() -> None:
    place = {"type": "a:b:C", "name": "n"}
    whole = Mutation("whole", "one", "a:b:C::n", "a:b:C::n", ({**place, "path": ["rules"]},))
    part = Mutation("part", "two", "a:b:C::n", "a:b:C::n", ({**place, "path": ["rules", 0, "preview"]},))
    gone = Mutation("gone", "three", "a:b:C::n", "stack", ({**place, "remove": True},))
    same = Mutation("same", "one", "a:b:C::n", "a:b:C::n", ({**place, "path": ["other"]},))
    free = Mutation("free", "four", "a:b:C::m", "a:b:C::m", ({**place, "name": "m", "path": ["rules"]},))
    assert batches([whole, part, gone, same, free]) == [[whole, free], [part, same], [gone]]

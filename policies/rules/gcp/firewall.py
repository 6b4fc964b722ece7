"""What firewall rules may say: the firewall part of `policies/rules/network.yaml`, for every form of rule."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.rules.gcp.filters import (
    FILTERS,
    INLINE,
    NETWORK,
    POLICY,
    REGION_POLICY,
    Filter,
    filters_of,
    home,
)

ASSOCIATIONS = (
    "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation",
    "gcp:compute/regionNetworkFirewallPolicyAssociation:RegionNetworkFirewallPolicyAssociation",
)
DIRECTIONS = ("INGRESS", "EGRESS")


@check("firewall-allows-are-never-open-to-everywhere", *FILTERS)
def is_narrow(resource: Resource) -> Iterator[Finding]:
    applied = False
    for rule in filters_of(resource):
        if not rule.enabled or rule.action != "allow":
            continue
        applied = True
        if rule.everywhere:
            what = "admits everybody" if rule.direction == "INGRESS" else "lets out to anywhere"
            where = f"{rule.view.path}: " if rule.view.path else ""
            yield Finding(f"{where}the allow {what}")
    if not applied:
        raise NotApplicable("it allows nothing")


@check("firewall-allows-name-their-machines", *FILTERS)
def names_its_machines(resource: Resource) -> Iterator[Finding]:
    allows = [rule for rule in filters_of(resource) if rule.enabled and rule.action == "allow"]
    if not allows:
        raise NotApplicable("it allows nothing")
    for rule in allows:
        if not rule.targets:
            where = f"{rule.view.path}: " if rule.view.path else ""
            yield Finding(f"{where}the allow names no machines, so it holds for every one")


@check("firewall-denies-are-logged", *FILTERS)
def is_logged(resource: Resource) -> Iterator[Finding]:
    applied = False
    for rule in filters_of(resource):
        if not rule.enabled or rule.action != "deny":
            continue
        applied = True
        off = rule.logged.missing if rule.classic else rule.logged.value is not True
        if off:
            yield Finding(f"{rule.logged.path} is not set on a deny")
    if not applied:
        raise NotApplicable("it denies nothing")


@stack_check("firewall-denies-are-not-shadowed", *FILTERS)
def hides_no_deny(stack: Stack) -> Iterator[Finding]:
    for rules in _by_home(stack).values():
        denies = [rule for rule in rules if rule.enabled and rule.action == "deny"]
        for allow in rules:
            for deny in denies:
                if allow.hides(deny):
                    text = f"{allow.label} comes before {deny.label} and covers all of it"
                    yield Finding(text, urn=allow.resource.urn)


@stack_check("networks-deny-what-no-rule-allows", NETWORK, *ASSOCIATIONS)
def denies_the_rest(stack: Stack) -> Iterator[Finding]:
    homes = _by_home(stack)
    for network in stack.of_type(NETWORK):
        attached = [
            policy
            for association in _associations(stack, network)
            for policy in [_policy(stack, association)]
        ]
        if not attached:
            yield Finding(f"{network.label} has no firewall policy attached", urn=network.urn)
            continue
        for direction in DIRECTIONS:
            if not any(_denies(rule, direction) for policy in attached for rule in homes.get(policy, ())):
                text = f"the firewall policy of {network.label} does not deny the rest of {direction}"
                yield Finding(text, urn=network.urn)
    yield from _brought(stack, homes)


def _brought(stack: Stack, homes: dict[str, list[Filter]]) -> Iterator[Finding]:
    """Policies attached to networks that somebody else made are held to the same."""
    for association in stack.of_type(*ASSOCIATIONS):
        if isinstance(stack.target(association.at("attachmentTarget"), association, NETWORK), Resource):
            continue
        rules = homes.get(_policy(stack, association), ())
        for direction in DIRECTIONS:
            if not any(_denies(rule, direction) for rule in rules):
                text = f"the policy that {association.label} attaches does not deny the rest of {direction}"
                yield Finding(text, urn=association.urn)


def _by_home(stack: Stack) -> dict[str, list[Filter]]:
    """Every rule by the policy or network it stands in."""
    found: dict[str, list[Filter]] = {}
    for resource in stack.of_type(*FILTERS):
        found.setdefault(home(stack, resource), []).extend(filters_of(resource))
    return found


def _associations(stack: Stack, network: Resource) -> list[Resource]:
    return [
        association
        for association in stack.of_type(*ASSOCIATIONS)
        if stack.points_at(association.at("attachmentTarget"), association, network)
    ]


def _policy(stack: Stack, association: Resource) -> str:
    found = stack.target(association.at("firewallPolicy"), association, POLICY, REGION_POLICY, *INLINE)
    return found.urn if isinstance(found, Resource) else str(found)


def _denies(rule: Filter, direction: str) -> bool:
    return rule.direction == direction and rule.denies_everything()

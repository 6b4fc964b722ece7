"""What may be named from the internet: nothing but the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.framework.expect import elements, must_be, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.rules.data import read

ADDRESS = "gcp:compute/address:Address"
GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
FORWARDING = "gcp:compute/forwardingRule:ForwardingRule"
GLOBAL_FORWARDING = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
HTTPS_PROXY = "gcp:compute/targetHttpsProxy:TargetHttpsProxy"
# Schemes whose front end stands inside a network. An absent scheme is external on both types, and a rule for
# a private endpoint has the empty one: cloud.google.com/load-balancing/docs/forwarding-rule-concepts.
INTERNAL_SCHEMES = {"INTERNAL", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"}

_TABLE = read("gcp/public_access")
_REFUSED: dict[str, dict[str, list[Any]]] = _TABLE["refused"]
_REQUIRED: dict[str, dict[str, list[Any]]] = _TABLE["required"]
_LISTS: dict[str, list[str]] = _TABLE["lists"]


@check("nothing-has-a-public-address", *_REFUSED)
def is_not_made_public(resource: Resource) -> Iterator[Finding]:
    for path, refused in _REFUSED[resource.type].items():
        yield from must_not_be(resource.at(path), *refused)


@check("nothing-has-a-public-address", *_REQUIRED)
def is_made_private(resource: Resource) -> Iterator[Finding]:
    for path, required in _REQUIRED[resource.type].items():
        yield from must_be(resource.at(path), *required)


@check("nothing-has-a-public-address", *_LISTS)
def has_no_external_interface(machine: Resource) -> Iterator[Finding]:
    for path in _LISTS[machine.type]:
        for view in elements(machine, path):
            # An empty block asks for an ephemeral address, so any element counts.
            if any(True for _ in view.items()):
                yield Finding(f"{view.path} is set")


@check("nothing-has-a-public-address", ADDRESS)
def is_internal_address(address: Resource) -> Iterator[Finding]:
    yield from must_be(address.at("addressType"), "INTERNAL")


@check("public-addresses-belong-to-the-gateway", FORWARDING)
def is_internal_listener(rule: Resource) -> Iterator[Finding]:
    """A regional external listener has no place here: the gateway is global."""
    yield from _internal(rule)


@check("public-addresses-belong-to-the-gateway", GLOBAL_FORWARDING)
def is_gateway_listener(rule: Resource) -> Iterator[Finding]:
    if not list(_internal(rule)):
        raise NotApplicable("it listens inside a network")
    ports = rule.at("portRange").text
    if ports not in ("443", "443-443"):
        yield Finding("portRange is not 443")
    target = rule.at("target")
    if target.unknown:
        target.comes_from(HTTPS_PROXY)
    elif "/targetHttpsProxies/" not in target.text:
        yield Finding("target is no HTTPS proxy")


@stack_check("public-addresses-belong-to-the-gateway", GLOBAL_ADDRESS)
def is_gateway_address(stack: Stack) -> Iterator[Finding]:
    for address in stack.of_type(GLOBAL_ADDRESS):
        if address.at("addressType").value == "INTERNAL":
            continue
        users = [rule for rule in stack.of_type(GLOBAL_FORWARDING) if _uses(stack, rule, address)]
        if not users:
            yield Finding(
                f"{address.label} is public and no load balancer of this stack uses it", urn=address.urn
            )


def _uses(stack: Stack, rule: Resource, address: Resource) -> bool:
    view = rule.at("ipAddress")
    return stack.points_at(view, rule, address) or (
        not view.unknown and view.text == address.at("address").text != ""
    )


def _internal(rule: Resource) -> Iterator[Finding]:
    scheme = rule.at("loadBalancingScheme")
    private_endpoint = scheme.written_empty
    if not private_endpoint:
        yield from must_be(scheme, *sorted(INTERNAL_SCHEMES))

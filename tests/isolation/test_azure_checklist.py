"""Azure's items of the isolation checklist, each where it blocks and where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isolation.azure import types
from isolation.resources import UNKNOWN, Resource
from tests.isolation.azure_plan import (
    BASE,
    OTHER,
    SCOPE,
    arm,
    group,
    guarded,
    machine,
    made,
    managed,
    never,
    onpremises,
    peering,
    ref,
    route,
    rule,
    subnet,
    table,
    with_public,
    without,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated


def test_32_default_rules_allow_the_network_and_the_internet_outwards() -> None:
    bare = guarded()
    out = never(with_public(bare), "training!", "internet")
    assert violated(out)
    assert "AllowInternetOutBound" in told(out)
    denied = rule("none", "own", "Outbound Deny 4096", destination="Internet")
    assert proven(never(with_public([*bare, denied]), "training!", "internet"))
    within = never(bare, "edge!", "training!")
    assert violated(within)
    assert "AllowVnetInBound (allow, priority 65000)" in told(within)
    assert proven(
        never(
            [*bare, rule("none", "own", "Inbound Deny 4096", source="VirtualNetwork")], "edge!", "training!"
        )
    )
    inwards = never(with_public(bare), "internet", "training!")
    assert proven(inwards)
    assert any("DenyAllInBound (deny, priority 65500)" in reason for reason in inwards.because)


def test_33_always_allow_of_a_network_manager_bypasses_security_groups() -> None:
    shut = guarded(
        rule("in", "own", "Inbound Deny 100"),
        rule("out", "own", "Outbound Deny 100"),
    )
    assert proven(never(shut, "training!", "edge!"))
    opened = never([*shut, *managed("AlwaysAllow")], "training!", "edge!")
    assert violated(opened)
    assert "admin-rule" in told(opened)
    assert proven(never([*shut, *managed("Allow")], "training!", "edge!")), "Allow leaves it to the groups"
    assert proven(never([*shut, *managed("AlwaysAllow", says="Inbound")], "training!", "edge!"))
    assert violated(never(BASE, "training!", "edge!"))
    assert proven(never([*BASE, *managed("Deny")], "training!", "edge!")), "Deny comes before any group"
    elsewhere = never([*BASE, *managed("Deny", committed=("northeurope",))], "training!", "edge!")
    assert unproven(elsewhere), "what is not committed is not in force"
    assert any("committed" in missing for missing in elsewhere.missing)


def test_34_the_groups_of_subnet_and_interface_must_both_allow() -> None:
    shut = [group("shut"), rule("in", "shut", "Inbound Deny 100")]
    own = [*without(BASE, "trainer"), *shut, machine("trainer", "training", "10.0.0.5", nsg="shut")]
    assert proven(never(own, "edge!", "training!"))
    subnets = guarded(rule("in", "own", "Inbound Deny 100"))
    assert proven(never(subnets, "edge!", "training!"))
    both = [*without(BASE, "trainer"), machine("trainer", "training", "10.0.0.5", nsg="open")]
    assert violated(never(both, "edge!", "training!"))
    assert violated(never([*own, *shut], "training!", "edge!")), "each direction by itself"


def test_35_a_group_filters_traffic_within_its_subnet() -> None:
    more = machine("second", "training", "10.0.0.6")
    assert violated(never([*BASE, more], "=interface second", "training!"))
    deny = rule("none", "own", "Inbound Deny 100", source="10.0.0.0/24")
    allow = rule("all", "own", "Inbound Allow 200")
    closed = [*guarded(deny, allow), more]
    assert proven(never(closed, "=interface second", "training!"))
    assert violated(never(closed, "edge!", "training!"))


def test_36_the_tag_virtual_network_has_peers_the_enterprise_written_routes_and_the_host() -> None:
    bare = guarded()
    alone = [*bare, *OTHER]
    assert proven(never(alone, "inference!", "training!"))
    joined = [*alone, peering("net", "other"), peering("other", "net")]
    assert violated(never(joined, "inference!", "training!"))
    closed = peering("net", "other", allowVirtualNetworkAccess=False)
    assert proven(never([*alone, closed, peering("other", "net")], "inference!", "training!"))
    # The enterprise network.
    here = never([*bare, *onpremises("172.16.0.0/16")], "enterprise", "training!")
    assert violated(here)
    assert "AllowVnetInBound" in told(here)
    assert violated(never(bare, "enterprise", "training!", scope=SCOPE)), "whoever connects it is in the tag"
    denied = rule("none", "own", "Inbound Deny 100", source="VirtualNetwork")
    assert proven(never([*bare, denied], "enterprise", "training!", scope=SCOPE))
    # A written route: its prefix counts, the default route may.
    hop = {"hop": "VirtualAppliance", "nextHopIpAddress": "10.0.1.5"}
    for prefix, decided in (("20.9.0.0/16", False), ("0.0.0.0/0", True)):
        routed = [
            *without(with_public(bare), "training"),
            table("written"),
            route("away", "written", prefix, **hop),
            subnet("training", "10.0.0.0/24", nsg="own", table="written"),
        ]
        inwards = never(routed, "internet", "training!")
        assert (unproven if decided else violated)(inwards), told(inwards)
    # The host, from which probes come, and which nothing keeps a machine from.
    probed = never([*bare, rule("none", "own", "Inbound Deny 4000")], "=Azure's host in net", "training!")
    assert proven(probed)
    assert violated(never(bare, "=Azure's host in net", "training!"))
    nothing = rule("out", "own", "Outbound Deny 100")
    assert violated(never([*bare, nothing], "training!", "=Azure's host in net"))


def test_37_a_group_sees_inbound_after_and_outbound_before_translation() -> None:
    def inwards(destination: str) -> list[Resource]:
        allow = rule("web", "own", "Inbound Allow 100", source="Internet", destination=destination)
        return with_public(guarded(allow))

    assert violated(never(inwards("10.0.0.5"), "internet", "training!"))
    assert proven(never(inwards("20.1.2.3"), "internet", "training!"))

    def outwards(source: str) -> list[Resource]:
        deny = rule("none", "own", "Outbound Deny 100", source=source, destination="Internet")
        return with_public(guarded(deny))

    assert proven(never(outwards("10.0.0.5"), "training!", "internet"))
    assert violated(never(outwards("20.1.2.3"), "training!", "internet"))


def private(policies: str, *more: Resource, address: str = "10.0.2.7") -> list[Resource]:
    """A private endpoint in the data subnet, whose group denies everything that comes in."""
    endpoint = {
        "privateEndpointName": "store",
        "subnet": ref("virtualNetworks/net/subnets/data"),
        "ipConfigurations": [{"privateIPAddress": address}] if address else [],
        "privateLinkServiceConnections": [{"name": "store", "privateLinkServiceId": arm("x/store")}],
    }
    return [
        *without(BASE, "data"),
        group("shut"),
        rule("none", "shut", "Inbound Deny 100"),
        subnet("data", "10.0.2.0/24", nsg="shut", privateEndpointNetworkPolicies=policies),
        made(types.PRIVATE_ENDPOINT, "store", endpoint),
        *more,
    ]


def test_38_private_endpoints_ignore_groups_and_routes_unless_enabled() -> None:
    def reached(plan: Sequence[Resource]) -> bool:
        found = never(plan, "training!", "=endpoint store")
        assert violated(found) or proven(found), told(found)
        return violated(found)

    assert reached(private("Disabled"))
    assert reached(private("RouteTableEnabled"))
    assert not reached(private("NetworkSecurityGroupEnabled"))
    assert not reached(private("Enabled"))

    def routed(policies: str, prefix: str, address: str = "10.0.2.7") -> list[Resource]:
        written = [table("away"), route("away", "away", prefix)]
        own = subnet("training", "10.0.0.0/24", table="away")
        return [*without(private(policies, address=address), "training"), *written, own]

    assert reached(routed("Disabled", "10.0.2.0/24")), "its own route is longer"
    assert not reached(routed("RouteTableEnabled", "10.0.2.0/24"))
    assert reached(routed("RouteTableEnabled", "0.0.0.0/0")), "a route for everywhere never beats it"
    assert not reached([*routed("Enabled", "0.0.0.0/0")])
    assert not reached(routed("Disabled", "10.0.2.7/32")), "of equal prefixes the written one"
    beside = machine("beside", "data", "10.0.2.9", nsg="open")
    shut = [*routed("Disabled", "10.0.2.0/24", address=""), beside]
    assert proven(never(shut, "training!", "=interface beside")), "a machine beside it has no such route"
    assert not proven(never(shut, "training!", "=endpoint store")), "at an address that is not known yet"


def test_39_default_outbound_access_must_be_set_to_false_explicitly() -> None:
    base = without(BASE, "training")
    said = [*base, subnet("training", "10.0.0.0/24", defaultOutboundAccess=False)]
    assert proven(never(said, "training!", "internet"))
    left_out = [*base, subnet("training", "10.0.0.0/24", defaultOutboundAccess=None)]
    found = never(left_out, "training!", "internet")
    assert violated(found)
    assert "default outbound access of subnet net/training" in told(found)
    waiting = [*base, subnet("training", "10.0.0.0/24", defaultOutboundAccess=UNKNOWN)]
    assert unproven(never(waiting, "training!", "internet"))
    dropped = [
        *base,
        table("nowhere"),
        route("nowhere", "nowhere"),
        subnet("training", "10.0.0.0/24", table="nowhere", defaultOutboundAccess=None),
    ]
    assert proven(never(dropped, "training!", "internet")), "a route that drops comes before it"


def test_40_a_written_route_beats_a_learned_one_and_that_beats_azures_own() -> None:
    def plan(*written: Resource, learned: str = "172.16.0.0/16", **properties: Any) -> list[Resource]:
        return [
            *without(BASE, "training"),
            subnet("training", "10.0.0.0/24", table="own"),
            table("own", **properties),
            *written,
            *onpremises(learned),
        ]

    away = route("away", "own", "172.16.0.0/16")
    assert violated(never(plan(), "training!", "enterprise")), "before Azure's default route"
    assert proven(never(plan(away), "training!", "enterprise")), "a written one comes first"
    longer = plan(away, learned="172.16.4.0/24")
    assert violated(never(longer, "training!", "enterprise")), "but a longer learned one"
    shut = plan(disableBgpRoutePropagation=True)
    assert proven(never(shut, "training!", "enterprise")), "a table that learns nothing"
    # Azure's own routes to the network and its peers stand, however long a learned one is.
    taken = plan(learned="10.0.1.0/25")
    assert violated(never(taken, "training!", "edge!"))
    written = plan(route("edge", "own", "10.0.1.0/24"), learned="172.16.0.0/16")
    assert proven(never(written, "training!", "edge!")), "a written one of any length may"

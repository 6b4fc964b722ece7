"""Parts of Azure's translator: tokens and references, parts written inline, groups by membership, tags, peers
and gateways, IPv6, and what is named as not modelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isolation.azure import types
from isolation.azure.arm import ArmGraph, parse
from isolation.model import Scope
from isolation.resources import UNKNOWN, Resource
from tests.isolation.azure_plan import (
    BASE,
    OTHER,
    SCOPE,
    arm,
    group,
    guarded,
    line,
    machine,
    made,
    managed,
    network,
    never,
    onpremises,
    opened,
    peering,
    public_address,
    reaches,
    ref,
    route,
    rule,
    subnet,
    table,
    with_public,
    without,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated

SHUT = rule("none", "own", "Inbound Deny 100")


@pytest.mark.parametrize(
    ("token", "plain"),
    [
        ("azure-native:network/v20240501:Subnet", types.SUBNET),
        ("azure-native:network/v20240501preview:Subnet", types.SUBNET),
        ("azure-native_network_v20240501:network:Subnet", types.SUBNET),
        ("azure-native:network:Subnet", types.SUBNET),
        ("azure:network/subnet:Subnet", "azure:network/subnet:Subnet"),
        ("pulumi:providers:azure-native", "pulumi:providers:azure-native"),
    ],
)
def test_a_version_in_a_token_means_nothing(token: str, plain: str) -> None:
    assert types.unversioned(token) == plain


def test_a_plan_of_versioned_tokens_is_judged_alike() -> None:
    def versioned(resources: list[Resource]) -> list[Resource]:
        return [replace(one, type=one.type.replace(":network:", ":network/v20240501:")) for one in resources]

    assert violated(never(versioned(BASE), "edge!", "training!"))
    assert proven(never(versioned(guarded(SHUT)), "edge!", "training!"))


def test_ids_are_read_without_regard_to_case() -> None:
    known = parse(arm("virtualNetworks/Net/subnets/Edge"))
    assert known == parse(arm("virtualNetworks/net/subnets/edge").upper())
    assert known is not None
    assert (known.group, known.type, known.names) == (
        "rg",
        "microsoft.network/virtualnetworks/subnets",
        ("net", "edge"),
    )
    assert known.parent == parse(arm("virtualNetworks/net"))
    assert parse("just-a-name") is None


def test_what_stands_is_known_by_its_id_and_what_is_planned_by_its_names() -> None:
    standing = [
        replace(one, id=arm(f"virtualNetworks/NET/subnets/{one.name}") if one.type == types.SUBNET else "")
        for one in guarded(SHUT)
    ]
    assert proven(never(standing, "edge!", "training!"))
    elsewhere = made(types.NSG, "own2", {"networkSecurityGroupName": "own", "resourceGroupName": "other"})
    graph = ArmGraph([*guarded(SHUT), elsewhere])
    (found,) = graph.named(arm("networkSecurityGroups/OWN"), types.NSG)
    assert found.name == "own", "of one name in another group is another"


def test_ids_that_are_not_known_yet_are_found_by_what_they_come_from() -> None:
    plan = without(guarded(), "training")
    own = next(one for one in plan if one.name == "own")
    waiting = made(
        types.SUBNET,
        "training",
        {
            "virtualNetworkName": "net",
            "subnetName": "training",
            "addressPrefix": "10.0.0.0/24",
            "defaultOutboundAccess": False,
            "networkSecurityGroup": {"id": UNKNOWN},
        },
        networkSecurityGroup=[own.urn],
    )
    child = made(
        types.SECURITY_RULE,
        "none",
        {
            "networkSecurityGroupName": UNKNOWN,
            "securityRuleName": "none",
            **line("Inbound Deny 100"),
        },
        networkSecurityGroupName=[own.urn],
    )
    assert proven(never([*plan, waiting, child], "edge!", "training!"))
    assert violated(never([*plan, waiting], "edge!", "training!"))
    nowhere = replace(waiting, references={})
    lost = never([*plan, nowhere, child], "edge!", "training!")
    assert unproven(lost)
    assert any("networkSecurityGroup" in missing for missing in lost.missing)


def test_parts_may_be_written_inline() -> None:
    shut = group("own", securityRules=[{"name": "none", **line("Inbound Deny 100")}])
    listed = [
        {"name": name, "addressPrefix": cidr, "defaultOutboundAccess": False,
         "networkSecurityGroup": ref(f"networkSecurityGroups/{nsg}")}
        for name, cidr, nsg in (("training", "10.0.0.0/24", "own"), ("edge", "10.0.1.0/24", "open"))
    ]  # fmt: skip
    machines = [machine("trainer", "training", "10.0.0.5"), machine("web", "edge", "10.0.1.5")]
    plan = [network(subnets=listed), *opened("open"), *machines]
    assert proven(never([*plan, shut], "edge!", "training!"))
    assert violated(never([*plan, group("own")], "edge!", "training!"))
    mixed = never([*plan, shut, rule("all", "own", "Inbound Allow 90")], "edge!", "training!")
    assert unproven(mixed), "inline and standalone rules take each other away"
    assert any("undo each other" in missing for missing in mixed.missing)
    both = never([*plan, shut, subnet("data", "10.0.2.0/24")], "edge!", "training!")
    assert unproven(both)
    assert any("each takes away what the other put" in missing for missing in both.missing)


def test_routes_may_be_written_inline() -> None:
    def plan(hop: str, *more: Resource) -> list[Resource]:
        written = [{"name": "all", "addressPrefix": "0.0.0.0/0", "nextHopType": hop}]
        return [
            *without(with_public(BASE), "training"),
            subnet("training", "10.0.0.0/24", table="own"),
            table("own", routes=written),
            *more,
        ]

    assert proven(never(plan("None"), "training!", "internet"))
    assert violated(never(plan("Internet"), "training!", "internet"))
    assert unproven(never(plan("None", route("more", "own", "9.0.0.0/8")), "training!", "internet"))
    anywhere = never(plan("VirtualAppliance"), "training!", "internet")
    assert unproven(anywhere)
    assert unproven(never(plan(UNKNOWN), "training!", "internet"))


def test_application_security_groups_are_membership() -> None:
    asgs = [made(types.ASG, name, {"applicationSecurityGroupName": name}) for name in ("web", "gpu")]
    members = {"sourceApplicationSecurityGroups": [ref("applicationSecurityGroups/web")]}
    only = rule("web", "own", "Inbound Allow 100", **{"sourceAddressPrefix": None, **members})
    plan = [*without(guarded(only, rule("none", "own", "Inbound Deny 200")), "web"), *asgs]
    inside = machine("web", "edge", "10.0.1.5", asgs=["web"])
    assert violated(never([*plan, inside], "edge!", "training!"))
    assert proven(never([*plan, machine("web", "edge", "10.0.1.5", asgs=["gpu"])], "edge!", "training!"))
    assert proven(never([*plan, machine("web", "edge", "10.0.1.5")], "edge!", "training!"))


def test_a_rules_unknown_parts_are_open() -> None:
    def verdict(**properties: Any) -> Any:
        allow = rule("in", "own", "Inbound Allow 200")
        return never(guarded(rule("x", "own", "Inbound Deny 100", **properties), allow), "edge!", "training!")

    for path in (
        "access",
        "direction",
        "priority",
        "protocol",
        "sourceAddressPrefix",
        "destinationPortRange",
    ):
        found = verdict(**{path: UNKNOWN})
        assert unproven(found), path
        assert any(path in missing for missing in found.missing), path
    chosen = verdict(sourcePortRange="1024")
    assert unproven(chosen), "a sender chooses its port"
    assert proven(verdict())


def test_protocols_and_ports() -> None:
    web = rule("web", "own", "Inbound Allow 100", port="80-443")
    plan = guarded(web, rule("none", "own", "Inbound Deny 200"))
    assert violated(never(plan, "edge!", "training!", with_="tcp 443"))
    assert proven(never(plan, "edge!", "training!", with_="tcp 444"))
    assert proven(never(plan, "edge!", "training!", with_="udp 443"))


def test_service_tags_are_parts_of_the_internet_and_control_planes_are_not() -> None:
    front = rule("front", "own", "Inbound Allow 100", source="AzureFrontDoor.Backend")
    plan = with_public(guarded(front))
    found = never(plan, "internet", "training!")
    assert violated(found)
    assert "internet (AzureFrontDoor.Backend)" in told(found)
    data = rule("data", "own", "Outbound Allow 100", destination="AppConfiguration")
    out = rule("none", "own", "Outbound Deny 200")
    assert violated(never(with_public(guarded(data, out)), "training!", "internet")), "anybody's stores"
    manager = rule("manager", "own", "Inbound Allow 100", source="GatewayManager")
    managed_ = with_public(guarded(manager))
    assert proven(never(managed_, "internet", "training!"))
    control = "=Azure's control plane (GatewayManager)"
    assert violated(never(managed_, control, "training!"))
    assert proven(never([*managed_, rule("none", "own", "Inbound Deny 90")], control, "training!"))


def test_peerings_need_both_halves_and_lead_no_further() -> None:
    third = [
        network("third", "10.8.0.0/16"),
        subnet("last", "10.8.0.0/24", "third"),
        machine("end", "last", "10.8.0.5", "third"),
    ]
    both = [*BASE, *OTHER, peering("net", "other"), peering("other", "net")]
    assert violated(never(both, "training!", "inference!"))
    assert proven(reaches(both, "training!", "inference!"))
    assert proven(never([*BASE, *OTHER, peering("net", "other")], "training!", "inference!"))
    chain = [*both, *third, peering("other", "third"), peering("third", "other")]
    assert violated(never(chain, "inference!", "=interface end"))
    assert proven(never(chain, "training!", "=interface end"))


def test_a_peer_that_is_not_in_the_stack_proves_nothing() -> None:
    foreign = never([*BASE, peering("net", "theirs")], "training!", "edge!")
    assert violated(foreign)
    found = never([*guarded(SHUT), peering("net", "theirs")], "edge!", "training!")
    assert unproven(found)
    assert any("theirs is not modelled: it is not in this stack" in missing for missing in found.missing)


def test_a_gateway_is_used_by_peers_that_say_so_where_it_is_offered() -> None:
    def plan(*, offers: bool, uses: bool) -> list[Resource]:
        return [
            *BASE,
            *OTHER,
            *onpremises("172.16.0.0/16"),
            peering("net", "other", allowGatewayTransit=offers),
            peering("other", "net", useRemoteGateways=uses),
        ]

    assert violated(never(plan(offers=True, uses=True), "inference!", "enterprise"))
    assert violated(never(plan(offers=True, uses=True), "enterprise", "inference!"))
    assert proven(never(plan(offers=True, uses=False), "inference!", "enterprise"))
    assert proven(never(plan(offers=False, uses=True), "enterprise", "inference!"))


def test_what_bgp_brings_is_open() -> None:
    by_bgp = never([*BASE, *onpremises("172.16.0.0/16", enableBgp=True)], "training!", "enterprise")
    assert unproven(by_bgp)
    assert any("learns by BGP" in missing for missing in by_bgp.missing)
    shut = guarded(rule("none", "own", "Outbound Deny 100"))
    assert proven(never([*shut, *onpremises("172.16.0.0/16", enableBgp=True)], "training!", "enterprise"))


def test_the_enterprise_network_may_be_connected_at_any_time() -> None:
    assert violated(never(BASE, "training!", "enterprise", scope=SCOPE))
    out = rule("none", "own", "Outbound Deny 100", destination="172.16.0.0/12")
    assert proven(never(guarded(out), "training!", "enterprise", scope=SCOPE))
    nowhere = Scope(SCOPE.segments)
    assert proven(never(BASE, "training!", "enterprise", scope=nowhere))


SIX = [
    network("net", "10.0.0.0/16", "fd00:1::/56"),
    *opened("open"),
    subnet("training", "", addressPrefix=None, addressPrefixes=["10.0.0.0/24", "fd00:1::/64"]),
    subnet("edge", "", addressPrefix=None, addressPrefixes=["10.0.1.0/24", "fd00:1:0:1::/64"]),
    machine("trainer", "training", "fd00:1::5"),
    machine("web", "edge", "fd00:1:0:1::5"),
]


def test_ipv6_has_rules_and_ways_of_its_own() -> None:
    assert violated(never(SIX, "edge!", "training!"))
    four = [rule("four", "own", "Inbound Deny 100", source="0.0.0.0/0")]
    shut = [
        *without(SIX, "training"),
        group("own"),
        subnet("training", "", nsg="own", addressPrefix=None, addressPrefixes=["10.0.0.0/24", "fd00:1::/64"]),
    ]
    assert violated(never([*shut, *four], "edge!", "training!")), "a rule for IPv4 says nothing of IPv6"
    assert proven(never([*shut, rule("six", "own", "Inbound Deny 100", source="::/0")], "edge!", "training!"))
    assert proven(never(SIX, "training!", "internet")), "Azure gives no default access of IPv6"
    public = public_address("six", publicIPAddressVersion="IPv6")
    own = [*without(SIX, "trainer"), public, machine("trainer", "training", "fd00:1::5", public="six")]
    assert violated(never(own, "training!", "internet"))
    assert violated(never(own, "internet", "training!"))


def test_a_network_managers_mesh_joins_its_members() -> None:
    def plan(*, committed: bool) -> list[Resource]:
        manager = {"networkManagerName": "avnm"}
        other = {
            **manager,
            "networkGroupName": "all",
            "staticMemberName": "other",
            "resourceId": arm("virtualNetworks/other"),
        }
        mesh = {
            **manager,
            "configurationName": "mesh",
            "connectivityTopology": "Mesh",
            "appliesToGroups": [{"networkGroupId": arm("networkManagers/avnm/networkGroups/all")}],
        }
        commit = {
            "commitType": "Connectivity",
            "targetLocations": ["West Europe"],
            "configurationIds": [arm("networkManagers/avnm/connectivityConfigurations/mesh")],
        }
        found = [
            *BASE,
            *OTHER,
            *managed("Allow"),
            made(types.STATIC_MEMBER, "other", other),
            made(types.CONNECTIVITY, "mesh", mesh),
        ]
        return (
            [*found, made(types.COMMIT, "joined", {**manager, "properties": commit})] if committed else found
        )

    assert violated(never(plan(committed=True), "training!", "inference!"))
    assert unproven(never(plan(committed=False), "training!", "inference!"))
    assert proven(never([*BASE, *OTHER, *managed("Allow")], "training!", "inference!"))


def test_a_network_group_without_static_members_may_have_any() -> None:
    deny = [one for one in managed("Deny", says="Inbound") if one.type != types.STATIC_MEMBER]
    found = never([*guarded(), *deny], "edge!", "training!")
    assert unproven(found)
    assert proven(never([*guarded(), *managed("Deny", says="Inbound")], "edge!", "training!"))
    assert any("policies" in missing for missing in found.missing)


def test_what_is_not_modelled_is_named() -> None:
    hub = made(
        types.HUB_CONNECTION,
        "to-hub",
        {
            "virtualHubName": "hub",
            "connectionName": "to-hub",
            "remoteVirtualNetwork": ref("virtualNetworks/net"),
        },
    )
    shut = guarded(SHUT)
    for extra, why in (
        (hub, "virtual hub"),
        (made("azure-native:network:VirtualRouter", "nva", {}), "may carry packets"),
        (made("azure-native:network/v20240501:RoutingConfiguration", "udr", {}), "routes of its own"),
    ):
        found = never([*shut, extra], "edge!", "training!")
        assert unproven(found)
        assert any(why in missing for missing in found.missing), found.missing
    assert proven(never(shut, "edge!", "training!"))


def test_a_group_and_a_table_elsewhere_leave_their_subnet_open() -> None:
    theirs = [*without(BASE, "training"), subnet("training", "10.0.0.0/24", nsg="theirs")]
    found = never(theirs, "edge!", "training!")
    assert unproven(found)
    assert any("theirs: it is not in this stack" in missing for missing in found.missing)
    routed = [*without(guarded(SHUT), "edge"), subnet("edge", "10.0.1.0/24", table="theirs")]
    assert unproven(never(routed, "edge!", "training!"))


def test_ranges_that_are_not_known_yet_may_be_any_of_the_networks() -> None:
    waiting = [*without(guarded(SHUT), "edge"), subnet("edge", "", addressPrefix=UNKNOWN)]
    assert proven(never(waiting, "=any machine in subnet net/edge", "training!"))
    deny = rule("none", "own", "Inbound Deny 100", source="10.0.1.0/24")
    narrow = [*without(guarded(deny), "edge", "web"), subnet("edge", "", addressPrefix=UNKNOWN)]
    assert unproven(never(narrow, "=any machine in subnet net/edge", "training!"))

"""Azure Firewall in a hub: what its rules let pass between spokes and to the internet, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isolation.azure import types
from isolation.resources import UNKNOWN, Resource
from isolation.verdicts import Verdict
from tests.isolation.azure_plan import (
    BASE,
    OTHER,
    arm,
    machine,
    made,
    network,
    never,
    peering,
    ref,
    route,
    subnet,
    table,
    without,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated

HTTPS = [{"protocolType": "Https", "port": 443}]


def hub(*rules: Resource, forwarded: bool = True, **firewall: Any) -> list[Resource]:
    """Two spokes of a hub whose firewall takes whatever leaves training, by the policy `own`."""
    spokes = [
        *without(BASE, "training"),
        subnet("training", "10.0.0.0/24", table="by-hub"),
        table("by-hub"),
        route("all", "by-hub", "0.0.0.0/0", "VirtualAppliance", nextHopIpAddress="10.5.0.4"),
        *OTHER,
    ]
    asked = {
        "azureFirewallName": "fw",
        "ipConfigurations": [{"subnet": ref("virtualNetworks/hub/subnets/AzureFirewallSubnet")}],
        "firewallPolicy": ref("firewallPolicies/own"),
        **firewall,
    }
    halves = [
        peering("net", "hub"),
        peering("hub", "net"),
        peering("hub", "other"),
        peering("other", "hub", allowForwardedTraffic=forwarded),
    ]
    center = [network("hub", "10.5.0.0/24"), subnet("AzureFirewallSubnet", "10.5.0.0/26", "hub", nsg="")]
    return [*spokes, *center, made(types.FIREWALL, "fw", asked), *halves, policy("own"), *rules]


def policy(name: str, **properties: Any) -> Resource:
    return made(types.FIREWALL_POLICY, name, {"firewallPolicyName": name, **properties})


def collections(of: str, priority: int, *listed: Mapping[str, Any], name: str = "rules") -> Resource:
    """A group of rule collections of a policy."""
    asked = {
        "firewallPolicyName": of,
        "ruleCollectionGroupName": name,
        "priority": priority,
        "ruleCollections": list(listed),
    }
    return made(types.FIREWALL_RULES, f"{of}-{name}", asked)


def collection(action: str, priority: int, *rules: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{action} {priority}",
        "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
        "priority": priority,
        "action": {"type": action},
        "rules": list(rules),
    }


def packets(
    source: Sequence[str] = ("*",), to: Sequence[str] = ("*",), port: str = "*", **more: Any
) -> dict[str, Any]:
    """A network rule."""
    return {
        "name": "packets",
        "ruleType": "NetworkRule",
        "ipProtocols": ["Any" if port == "*" else "TCP"],
        "sourceAddresses": list(source),
        "destinationAddresses": list(to),
        "destinationPorts": [port],
        **more,
    }


def names(*domains: str, **more: Any) -> dict[str, Any]:
    """An application rule."""
    return {
        "name": "names",
        "ruleType": "ApplicationRule",
        "protocols": HTTPS,
        "sourceAddresses": ["10.0.0.0/24"],
        "targetFqdns": list(domains),
        **more,
    }


def across(*rules: Resource, with_: str = "", **given: Any) -> Verdict:
    return never(hub(*rules, **given), "training!", "inference!", with_=with_)


def out(*rules: Resource, to: str = "internet", with_: str = "") -> Verdict:
    return never(hub(*rules), "training!", to, with_=with_)


def test_a_firewall_denies_what_no_rule_allows() -> None:
    assert proven(across())
    assert proven(out())
    found = across(collections("own", 100, collection("Allow", 100, packets())))
    assert violated(found)
    assert "Azure Firewall fw" in told(found) or "firewall fw" in told(found)
    assert violated(out(collections("own", 100, collection("Allow", 100, packets()))))


def test_a_spoke_that_takes_no_forwarded_packets_is_not_reached() -> None:
    everything = collections("own", 100, collection("Allow", 100, packets()))
    assert proven(across(everything, forwarded=False))
    assert violated(across(everything, forwarded=True))


def test_network_rules_are_exact() -> None:
    def rule(**given: Any) -> Resource:
        return collections("own", 100, collection("Allow", 100, packets(**given)))

    assert violated(across(rule(to=["10.9.0.0/16"], port="443")))
    assert proven(across(rule(to=["10.9.0.0/16"], port="443"), with_="tcp 22"))
    assert proven(across(rule(to=["10.8.0.0/16"])))
    assert proven(across(rule(source=["10.0.1.0/24"])))
    group = made(types.IP_GROUP, "far", {"ipGroupsName": "far", "ipAddresses": ["10.9.0.0/24"]})
    by_group = rule(to=[], destinationIpGroups=[arm("ipGroups/far")])
    assert violated(across(by_group, group))
    assert unproven(across(by_group)), "a group elsewhere may have any addresses"
    assert unproven(across(rule(to=[UNKNOWN])))


def test_collections_are_read_by_priority_and_a_parents_before_a_policys_own() -> None:
    allow, deny = collection("Allow", 200, packets()), collection("Deny", 100, packets(to=["10.9.0.0/16"]))
    assert proven(across(collections("own", 100, allow, deny)))
    late = collection("Deny", 300, packets())
    assert violated(across(collections("own", 100, allow, late)))
    assert proven(across(collections("own", 200, allow), collections("own", 100, late, name="first"))), (
        "a group of a better priority comes first"
    )
    child = policy("own", basePolicy=ref("firewallPolicies/base"))
    plan = [*without(hub(collections("own", 100, allow)), "own"), child]
    assert proven(never([*plan, policy("base"), collections("base", 900, late)], "training!", "inference!"))
    assert unproven(never(plan, "training!", "inference!")), "a parent elsewhere may say anything"


def test_application_rules_name_parts_of_the_internet_and_come_last() -> None:
    named = collections("own", 100, collection("Allow", 100, names("pypi.org")))
    found = out(named)
    assert violated(found)
    assert "internet (pypi.org)" in told(found)
    assert proven(out(named, with_="tcp 80")), "on its port only"
    assert proven(across(named))
    denied = collections("own", 100, collection("Deny", 900, packets()), collection("Allow", 100, names("*")))
    assert proven(out(denied)), "a network rule decides before any name"
    assert violated(across(collections("own", 100, collection("Allow", 100, names("*")))))
    tagged = collections("own", 100, collection("Allow", 100, names(fqdnTags=["WindowsUpdate"])))
    assert "internet (FQDN tag WindowsUpdate)" in told(out(tagged))


def test_what_application_rules_let_pass_comes_from_the_firewall() -> None:
    everywhere = collections("own", 100, collection("Allow", 100, names("*")))
    plan = hub(everywhere)
    far = subnet("far", "10.9.0.0/24", "other", nsg="far")
    group = made(types.NSG, "far", {
        "networkSecurityGroupName": "far",
        "securityRules": [
            {"name": "no-training", "direction": "Inbound", "access": "Deny", "priority": 100,
             "protocol": "*", "sourceAddressPrefix": "10.0.0.0/16", "sourcePortRange": "*",
             "destinationAddressPrefix": "*", "destinationPortRange": "*"},
        ],
    })  # fmt: skip
    guarded = [*without(plan, "far", "client"), far, group, machine("client", "far", "10.9.0.5", "other")]
    assert violated(never(guarded, "training!", "inference!")), "its group does not see who asks"


def test_rules_of_a_firewall_of_its_own() -> None:
    rules = [
        {
            "name": "own",
            "priority": 100,
            "action": {"type": "Allow"},
            "rules": [
                {
                    "name": "all",
                    "protocols": ["Any"],
                    "sourceAddresses": ["*"],
                    "destinationAddresses": ["*"],
                    "destinationPorts": ["*"],
                }
            ],
        }
    ]
    assert violated(across(firewallPolicy=None, networkRuleCollections=rules))
    assert proven(across(firewallPolicy=None))


def test_what_is_not_known_of_a_firewall_is_told() -> None:
    theirs = across(firewallPolicy=ref("firewallPolicies/theirs"))
    assert unproven(theirs)
    assert any("firewallPolicies/theirs" in missing for missing in theirs.missing)
    inwards = {
        "name": "in",
        "ruleCollectionType": "FirewallPolicyNatRuleCollection",
        "priority": 100,
        "action": {"type": "DNAT"},
        "rules": [{"name": "in", "ruleType": "NatRule"}],
    }
    forwards = never(hub(collections("own", 100, inwards)), "internet", "training!")
    assert unproven(forwards)
    assert any("DNAT" in missing for missing in forwards.missing)
    assert proven(never(hub(), "internet", "training!"))
    elsewhere = never(without(hub(), "own"), "training!", "inference!")
    assert unproven(elsewhere)


def test_a_next_hop_that_is_no_firewall_may_do_anything() -> None:
    appliance = [
        *without(hub(), "by-hub-all"),
        route("all", "by-hub", "0.0.0.0/0", "VirtualAppliance", nextHopIpAddress="10.5.0.100"),
    ]
    found = never(appliance, "training!", "internet")
    assert unproven(found)
    assert any("10.5.0.100" in missing for missing in found.missing)


def test_an_appliance_of_the_hub_may_forward_to_the_other_spoke() -> None:
    def plan(*, forwarded: bool) -> list[Resource]:
        return [
            *without(hub(forwarded=forwarded), "by-hub-all", "fw"),
            subnet("appliances", "10.5.0.128/26", "hub", nsg=""),
            route("all", "by-hub", "0.0.0.0/0", "VirtualAppliance", nextHopIpAddress="10.5.0.132"),
        ]

    found = never(plan(forwarded=True), "training!", "inference!")
    assert unproven(found)
    assert any("10.5.0.132" in missing for missing in found.missing)
    assert unproven(never(plan(forwarded=False), "training!", "inference!")), (
        "as its own, if it hides who asks"
    )
    apart = without(plan(forwarded=True), "hub-other", "other-hub")
    assert proven(never(apart, "training!", "inference!")), "nothing joins the hub to the other"

"""Load balancers, application gateways and what stands before them on Azure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from isolation.azure import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind
from isolation.resources import UNKNOWN, Resource
from isolation.traffic import traffic
from isolation.verdicts import Verdict
from tests.isolation.azure_plan import (
    ALONE,
    BASE,
    HTTPS,
    PLACES,
    arm,
    group,
    machine,
    made,
    never,
    public_address,
    ref,
    report,
    rule,
    subnet,
    without,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated
from tests.isolation.test_azure_clusters import cluster, in_cluster, workload

POOL = {"id": arm("loadBalancers/lb/backendAddressPools/pool")}
FRONT = {"id": arm("loadBalancers/lb/frontendIPConfigurations/front")}


def behind(address: str = "10.0.0.5", **more: Any) -> Resource:
    """The trainer, in a pool of the load balancer."""
    configuration = {
        "name": "own",
        "subnet": ref("virtualNetworks/net/subnets/training"),
        "privateIPAddress": address,
        "loadBalancerBackendAddressPools": [POOL],
        **more,
    }
    return made(
        types.INTERFACE, "trainer", {"networkInterfaceName": "trainer", "ipConfigurations": [configuration]}
    )


def balancer(*, public: bool = True, **properties: Any) -> list[Resource]:
    front: dict[str, Any] = {"name": "front"}
    if public:
        front["publicIPAddress"] = ref("publicIPAddresses/pip")
    else:
        front |= {"subnet": ref("virtualNetworks/net/subnets/edge"), "privateIPAddress": "10.0.1.100"}
    asked = {
        "loadBalancerName": "lb",
        "frontendIPConfigurations": [front],
        "backendAddressPools": [{"name": "pool"}],
        **properties,
    }
    return [public_address(), made(types.LOAD_BALANCER, "lb", asked)]


def balancing(front: int = 443, back: int = 443, **more: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "frontendIPConfiguration": FRONT,
        "backendAddressPool": POOL,
        "frontendPort": front,
        "backendPort": back,
        "protocol": "Tcp",
        "disableOutboundSnat": True,
        **more,
    }


def training(*rules: Resource) -> list[Resource]:
    """The network, in whose training subnet only these rules hold, and then Azure's own."""
    return [*without(PLACES, "training"), group("own"), *rules, subnet("training", "10.0.0.0/24", nsg="own")]


def test_a_public_load_balancer_leads_to_its_pool_by_the_port_behind() -> None:
    plan = training(rule("may", "own", "Inbound Allow 100", source="Internet", port="8443"))
    through = balancer(loadBalancingRules=[balancing(443, 8443)])
    there = "=front end front of load balancer lb to interface trainer"
    assert violated(never([*plan, behind(), *through], "internet", there))
    assert proven(never([*plan, behind()], "internet", "=interface trainer"))
    other = balancer(loadBalancingRules=[balancing(8443, 443)])
    shut = [*plan, *other, behind()]
    assert proven(never(shut, "internet", there)), "the rule is about the port behind"


def test_a_pool_that_nobody_is_in_leads_nowhere() -> None:
    plan = training(rule("may", "own", "Inbound Allow 100", source="Internet"))
    empty = [*plan, machine("trainer", "training", "10.0.0.5"), *balancer(loadBalancingRules=[balancing()])]
    assert proven(never(empty, "internet", "=interface trainer"))
    listed = made(
        types.BALANCER_POOL,
        "pool",
        {
            "loadBalancerName": "lb",
            "backendAddressPoolName": "pool",
            "loadBalancerBackendAddresses": [{"name": "one", "ipAddress": "10.0.0.5"}],
        },
    )
    assert violated(never([*empty, listed], "internet", "training"))


@pytest.mark.parametrize(
    "way",
    [
        {"outboundRules": [{"name": "out", "backendAddressPool": POOL, "frontendIPConfigurations": [FRONT]}]},
        {"loadBalancingRules": [balancing(disableOutboundSnat=False)]},
    ],
)
def test_a_public_load_balancer_is_a_way_out_for_its_pool(way: dict[str, Any]) -> None:
    plan = [*PLACES, behind()]
    assert violated(never([*plan, *balancer(**way)], "training!", "internet"))
    assert proven(never([*plan, *balancer(loadBalancingRules=[balancing()])], "training!", "internet"))
    # What is not in the pool has no part of it.
    assert proven(never([*BASE, *balancer(**way)], "training!", "internet"))


def test_inbound_translation_leads_to_one_machine() -> None:
    nat = {"name": "ssh", "frontendIPConfiguration": FRONT, "frontendPort": 50001, "backendPort": 22}
    named = behind(loadBalancerInboundNatRules=[{"id": arm("loadBalancers/lb/inboundNatRules/ssh")}])
    plan = training(rule("may", "own", "Inbound Allow 100", source="Internet", port="22"))
    inline = balancer(inboundNatRules=[{**nat, "protocol": "Tcp"}])
    assert violated(never([*plan, named, *inline], "internet", "training", with_="tcp 22"))
    apart = [
        *balancer(),
        made(
            types.NAT_RULE,
            "ssh",
            {"loadBalancerName": "lb", "inboundNatRuleName": "ssh", **nat, "protocol": "Tcp"},
        ),
    ]
    assert violated(never([*plan, named, *apart], "internet", "training", with_="tcp 22"))
    assert proven(never([*plan, behind(), *inline], "internet", "=interface trainer"))


def test_an_internal_load_balancer_shows_groups_the_machine_behind() -> None:
    """Its own address is in edge; what a group of training says is about training."""
    there = "=front end front of load balancer lb to interface trainer"
    plan = training(
        rule("may", "own", "Inbound Allow 100", destination="10.0.0.0/24"),
        rule("no", "own", "Inbound Deny 200"),
    )
    web = machine("web", "edge", "10.0.1.5")
    through = balancer(public=False, loadBalancingRules=[balancing()])
    assert violated(never([*plan, web, behind(), *through], "edge!", there))
    # Left as it is, the group sees the load balancer's address, of which it says nothing.
    as_it_is = balancer(public=False, loadBalancingRules=[balancing(enableFloatingIP=True)])
    assert proven(never([*plan, web, behind(), *as_it_is], "edge!", there))
    other = training(
        rule("may", "own", "Inbound Allow 100", destination="10.0.1.0/24"),
        rule("no", "own", "Inbound Deny 200"),
    )
    assert proven(never([*other, web, behind(), *through], "edge!", there))


def test_an_internal_load_balancer_that_changes_ports_is_not_modelled() -> None:
    changed = balancer(public=False, loadBalancingRules=[balancing(80, 8080)])
    found = never([*PLACES, behind(), *changed], "internet", "training!")
    assert unproven(found)
    assert any("sends to another" in one for one in found.missing)


def service(**metadata: Any) -> Resource:
    manifest = {
        "metadata": {"name": "front", "namespace": "jobs", **metadata},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 8443, "protocol": "TCP"}]},
    }
    return in_cluster("core/v1:Service", "front", manifest)


NOTE = "service.beta.kubernetes.io/azure-load-balancer-"


def test_a_service_of_a_cluster_is_on_the_internet_unless_it_is_internal() -> None:
    shown = [*PLACES, cluster(), *workload(), service()]
    assert violated(never(shown, "internet", "=load balancer of Service front to nodes aks-system"))
    assert violated(never(shown, "=nodes aks-system", "internet")), "and a way out for its nodes"
    inside = service(annotations={f"{NOTE}internal": "true", f"{NOTE}ipv4": "10.0.0.100"})
    hidden = [*PLACES, cluster(), *workload(), inside]
    assert proven(never(hidden, "internet", "=load balancer of Service front to nodes aks-system"))
    assert proven(never(hidden, "=nodes aks-system", "internet"))


def test_a_service_of_a_cluster_elsewhere_leaves_claims_open() -> None:
    found = never([*PLACES, service()], "internet", "training!")
    assert unproven(found)
    assert any("none of a cluster of this plan" in one for one in found.missing)
    inside = in_cluster("core/v1:Service", "front", {"spec": {"type": "ClusterIP"}})
    assert proven(never([*PLACES, inside], "internet", "training!"))


GATEWAY = arm("applicationGateways/gate")


def part(kind: str, name: str) -> dict[str, str]:
    return {"id": f"{GATEWAY}/{kind}/{name}"}


def gateway(**properties: Any) -> list[Resource]:
    """An application gateway with the policy `waf`, in front of one address of training."""
    asked = {
        "applicationGatewayName": "gate",
        "sku": {"name": "WAF_v2", "tier": "WAF_v2"},
        "firewallPolicy": ref("ApplicationGatewayWebApplicationFirewallPolicies/waf"),
        "gatewayIPConfigurations": [{"name": "own", "subnet": ref("virtualNetworks/net/subnets/edge")}],
        "frontendIPConfigurations": [{"name": "public", "publicIPAddress": ref("publicIPAddresses/pip")}],
        "frontendPorts": [{"name": "https", "port": 443}],
        "httpListeners": [
            {
                "name": "https",
                "frontendIPConfiguration": part("frontendIPConfigurations", "public"),
                "frontendPort": part("frontendPorts", "https"),
            }
        ],
        "backendAddressPools": [{"name": "inside", "backendAddresses": [{"ipAddress": "10.0.0.5"}]}],
        "backendHttpSettingsCollection": [{"name": "inside", "port": 8443}],
        "requestRoutingRules": [
            {
                "name": "https",
                "httpListener": part("httpListeners", "https"),
                "backendAddressPool": part("backendAddressPools", "inside"),
                "backendHttpSettings": part("backendHttpSettingsCollection", "inside"),
            }
        ],
        **properties,
    }
    return [public_address(), made(types.APPLICATION_GATEWAY, "gate", asked)]


def firewall(mode: str = "Prevention", state: str = "Enabled", name: str = "waf") -> Resource:
    return made(
        types.WAF_POLICY, name, {"policyName": name, "policySettings": {"mode": mode, "state": state}}
    )


# Training takes nothing from the internet, and everything from the edge.
INSIDE = [
    *training(
        rule("may", "own", "Inbound Allow 100", source="10.0.1.0/24"), rule("no", "own", "Inbound Deny 200")
    ),
    machine("trainer", "training", "10.0.0.5"),
]


def through(plan: Sequence[Resource], port: str = "8443") -> Verdict:
    """The verdict of "clients reach the trainer through the firewall"."""
    claim = Claim(
        "through",
        Expect.REACHES,
        End.of("internet", Kind.OUTSIDE),
        End("trainer", names=frozenset({"interface trainer"})),
        traffic=traffic("TCP", int(port)),
        through_gateway=True,
    )
    return report(plan, claim, scope=ALONE).verdicts[0]


def test_clients_come_through_a_firewall_that_prevents() -> None:
    plan = [*INSIDE, *gateway(), firewall()]
    assert proven(never(plan, "internet", "training"))
    assert proven(through(plan))
    assert violated(through(plan, "9000")), "another port than the settings'"


@pytest.mark.parametrize(
    "changed",
    [
        [*gateway(), firewall("Detection")],
        [*gateway(), firewall(state="Disabled")],
        [*gateway(firewallPolicy=None), firewall()],
        [*gateway(sku={"name": "Standard_v2", "tier": "Standard_v2"}), firewall()],
    ],
)
def test_a_gateway_whose_firewall_prevents_nothing_is_a_way_in(changed: list[Resource]) -> None:
    found = never([*INSIDE, *changed], "internet", "training")
    assert violated(found)
    assert "application gateway gate" in told(found)
    assert violated(through([*INSIDE, *changed]))


def test_a_listeners_own_policy_holds_before_the_gateways() -> None:
    listener = {
        "name": "https",
        "frontendIPConfiguration": part("frontendIPConfigurations", "public"),
        "frontendPort": part("frontendPorts", "https"),
        "firewallPolicy": ref("ApplicationGatewayWebApplicationFirewallPolicies/weak"),
    }
    policies = [firewall(), firewall("Detection", name="weak")]
    assert violated(never([*INSIDE, *gateway(httpListeners=[listener]), *policies], "internet", "training"))
    assert proven(never([*INSIDE, *gateway(), *policies], "internet", "training"))


def test_a_policy_that_is_not_here_or_not_known_leaves_its_claims_open() -> None:
    elsewhere = [*INSIDE, *gateway()]
    found = never(elsewhere, "internet", "training")
    assert unproven(found)
    assert unproven(through(elsewhere))
    assert unproven(never([*INSIDE, *gateway(), firewall(UNKNOWN)], "internet", "training"))
    assert proven(never([*INSIDE, *gateway(), firewall()], "internet", "training"))


def test_paths_have_pools_of_their_own() -> None:
    paths = {
        "requestRoutingRules": [
            {
                "name": "https",
                "httpListener": part("httpListeners", "https"),
                "urlPathMap": part("urlPathMaps", "map"),
            }
        ],
        "urlPathMaps": [
            {
                "name": "map",
                "defaultBackendAddressPool": part("backendAddressPools", "nothing"),
                "defaultBackendHttpSettings": part("backendHttpSettingsCollection", "inside"),
                "pathRules": [
                    {
                        "name": "one",
                        "backendAddressPool": part("backendAddressPools", "inside"),
                        "backendHttpSettings": part("backendHttpSettingsCollection", "inside"),
                        "firewallPolicy": ref("ApplicationGatewayWebApplicationFirewallPolicies/weak"),
                    }
                ],
            }
        ],
    }
    policies = [firewall(), firewall("Detection", name="weak")]
    assert violated(never([*INSIDE, *gateway(**paths), *policies], "internet", "training"))
    strong = [firewall(), firewall(name="weak")]
    assert proven(never([*INSIDE, *gateway(**paths), *strong], "internet", "training"))


def test_a_gateway_reaches_what_a_load_balancer_inside_has_behind_it() -> None:
    nodes = [
        *without(INSIDE, "trainer"),
        cluster(),
        *workload(),
        service(annotations={f"{NOTE}internal": "true", f"{NOTE}ipv4": "10.0.0.100"}),
    ]
    to = {"backendAddressPools": [{"name": "inside", "backendAddresses": [{"ipAddress": "10.0.0.100"}]}]}
    plan = [*nodes, *gateway(**to), firewall()]
    claim = Claim(
        "through",
        Expect.REACHES,
        End.of("internet", Kind.OUTSIDE),
        End.of("training", Kind.MACHINE),
        traffic=traffic("TCP", 8443),
        through_gateway=True,
    )
    assert proven(report(plan, claim, scope=ALONE).verdicts[0])
    other = [{"name": "inside", "backendAddresses": [{"ipAddress": "10.0.2.9"}]}]
    elsewhere = [*nodes, *gateway(backendAddressPools=other), firewall()]
    assert violated(report(elsewhere, claim, scope=ALONE).verdicts[0])


def test_a_pool_of_names_may_be_any_machine() -> None:
    named = {"backendAddressPools": [{"name": "inside", "backendAddresses": [{"fqdn": "models.example"}]}]}
    found = never([*INSIDE, *gateway(**named, firewallPolicy=None)], "internet", "training")
    assert unproven(found)
    assert any("fqdn" in one for one in found.missing)


def test_a_private_front_end_is_not_on_the_internet() -> None:
    private = [
        {"name": "public", "privateIPAddress": "10.0.1.9", "subnet": ref("virtualNetworks/net/subnets/edge")}
    ]
    closed = gateway(frontendIPConfigurations=private, firewallPolicy=None)
    assert proven(never([*INSIDE, *closed], "internet", "training"))
    assert violated(never([*INSIDE, *gateway(firewallPolicy=None)], "internet", "training"))


def door(*, mode: str = "Prevention", covered: bool = True) -> list[Resource]:
    """A Front Door whose origin is a private link service before the internal load balancer."""
    profile = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Cdn/profiles/door"
    endpoint = f"{profile}/afdEndpoints/models"
    link = arm("privateLinkServices/link")
    wall = {"policyName": "walls", "policySettings": {"mode": mode, "enabledState": "Enabled"}}
    domains = [{"domains": [{"id": endpoint if covered else f"{profile}/afdEndpoints/other"}]}]
    waf = {"id": arm("frontDoorWebApplicationFirewallPolicies/walls")}
    security = {
        "profileName": "door",
        "securityPolicyName": "walls",
        "parameters": {"type": "WebApplicationFirewall", "wafPolicy": waf, "associations": domains},
    }
    return [
        made(
            types.LINK_SERVICE,
            "link",
            {
                "serviceName": "link",
                "loadBalancerFrontendIpConfigurations": [FRONT],
                "ipConfigurations": [{"name": "nat", "subnet": ref("virtualNetworks/net/subnets/edge")}],
            },
        ),
        made(types.FRONT_DOOR_ENDPOINT, "models", {"profileName": "door", "endpointName": "models"}),
        made(types.FRONT_DOOR_GROUP, "all", {"profileName": "door", "originGroupName": "all"}),
        made(
            types.FRONT_DOOR_ORIGIN,
            "inside",
            {
                "profileName": "door",
                "originGroupName": "all",
                "originName": "inside",
                "hostName": "models.example",
                "sharedPrivateLinkResource": {"privateLink": {"id": link}},
            },
        ),
        made(
            types.FRONT_DOOR_ROUTE,
            "all",
            {
                "profileName": "door",
                "endpointName": "models",
                "routeName": "all",
                "originGroup": {"id": f"{profile}/originGroups/all"},
            },
        ),
        made(types.FRONT_DOOR_POLICY, "walls", wall),
        made(types.FRONT_DOOR_SECURITY, "walls", security),
    ]


# What is behind a private link service: training takes HTTPS from its subnet, and nothing from the internet.
LINKED = [
    *without(INSIDE, "trainer"),
    behind(),
    *balancer(public=False, loadBalancingRules=[balancing(enableFloatingIP=True)]),
]


def test_front_door_reaches_machines_by_private_link_behind_its_firewall() -> None:
    assert proven(never([*LINKED, *door()], "internet", "=interface trainer"))
    for weak in (door(mode="Detection"), door(covered=False)):
        found = never([*LINKED, *weak], "internet", "=interface trainer", with_="tcp 443")
        assert violated(found)
        assert "Front Door models" in told(found)
        assert "private link service link" in told(found)
    alone = [one for one in door(covered=False) if one.type != types.FRONT_DOOR_ORIGIN]
    assert proven(never([*LINKED, *alone], "internet", "=interface trainer"))


@pytest.mark.parametrize(
    "who", [{"autoApproval": {"subscriptions": ["*"]}}, {"visibility": {"subscriptions": ["9"]}}]
)
def test_a_private_link_service_that_admits_others_leaves_its_claims_open(who: dict[str, Any]) -> None:
    (link, *_) = door()
    admits = made(types.LINK_SERVICE, "link", {**link.properties, **who})
    found = never([*LINKED, admits], "internet", "=interface trainer")
    assert unproven(found)
    assert any("other subscriptions" in one for one in found.missing)
    assert proven(never([*LINKED, link], "internet", "=interface trainer"))


def test_api_management_in_a_network_forwards_to_what_nobody_follows() -> None:
    def api(kind: str) -> Resource:
        inside = {"subnetResourceId": arm("virtualNetworks/net/subnets/edge")}
        asked = {"serviceName": "api", "virtualNetworkType": kind, "virtualNetworkConfiguration": inside}
        return made(types.API_MANAGEMENT, "api", asked)

    found = never([*INSIDE, api("External")], "internet", "training")
    assert unproven(found)
    assert any("where its APIs lead" in one for one in found.missing)
    assert proven(never([*INSIDE, api("Internal")], "internet", "training"))
    assert proven(never([*INSIDE, api("None")], "internet", "training"))


def test_https_alone_is_what_the_edge_of_a_gateway_takes() -> None:
    plan = [*INSIDE, *gateway(), firewall()]
    gate = End("gate", names=frozenset({"application gateway gate"}))
    claims = [
        Claim("https", Expect.REACHES, End.of("internet", Kind.OUTSIDE), gate, traffic=HTTPS),
        Claim("ssh", Expect.NEVER, End.of("internet", Kind.OUTSIDE), gate, traffic=traffic("TCP", 22)),
    ]
    assert [proven(one) for one in report(plan, *claims, scope=ALONE).verdicts] == [True, True]

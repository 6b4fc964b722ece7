"""How networks of this kind leak on Azure, each found with its path: default outbound access and NAT left on,
a broad allow above a deny, rules that always allow HTTPS or everything to everywhere, a network manager that
always allows, a service endpoint to anybody's storage, a public address."""

from __future__ import annotations

from isolation.azure import types
from isolation.claims import Claim, End, Expect
from isolation.resources import Resource
from tests.isolation.azure_plan import (
    ALONE,
    BASE,
    guarded,
    machine,
    made,
    managed,
    never,
    ref,
    report,
    route,
    rule,
    subnet,
    table,
    with_public,
    without,
)
from tests.isolation.gcp_plan import proven, told, violated


def nat(*subnets: str) -> list[Resource]:
    """A NAT gateway, and the base plan's subnets, which have it where they are named."""
    served = [
        subnet(name, cidr, natGateway=ref("natGateways/nat") if name in subnets else None)
        for name, cidr in (("training", "10.0.0.0/24"), ("edge", "10.0.1.0/24"))
    ]
    gateway = made(types.NAT, "nat", {"natGatewayName": "nat", "sku": {"name": "Standard"}})
    return [*without(BASE, "training", "edge"), *served, gateway]


def test_nat_left_on() -> None:
    leak = never(nat("training"), "training!", "internet")
    assert violated(leak)
    path = told(leak)
    assert "default route (IPv4)" in path, "Azure's own route leads there"
    assert "NAT gateway nat" in path
    assert "NSG open (out): out (allow, priority 4000)" in path, "and the rule"
    assert proven(never(nat("edge"), "training!", "internet")), "one that serves edge only"
    assert proven(never(nat("training"), "internet", "training!")), "and lets nobody in"


def test_a_broad_allow_above_a_deny() -> None:
    def plan(priority: int) -> list[Resource]:
        allow = rule("updates", "own", f"Outbound Allow {priority}", destination="*", port="443")
        deny = rule("none", "own", "Outbound Deny 500", destination="Internet")
        return with_public(guarded(allow, deny))

    leak = never(plan(100), "training!", "internet")
    assert violated(leak)
    assert leak.path and any("none (deny, priority 500)" in one for one in leak.path.shadowed)
    assert proven(never(plan(900), "training!", "internet"))


def test_rules_that_always_allow_the_web_to_everywhere() -> None:
    wide = rule(
        "web",
        "own",
        "Outbound Allow 100",
        destination="0.0.0.0/0",
        protocol="Tcp",
        destinationPortRange=None,
        destinationPortRanges=["80", "443"],
    )
    last = rule("none", "own", "Outbound Deny 4096")
    leak = never(with_public(guarded(wide, last)), "training!", "internet")
    assert violated(leak)
    assert "TCP 443" in told(leak) or "TCP 80" in told(leak)
    assert proven(never(with_public(guarded(wide, last)), "training!", "internet", with_="tcp 22"))


def test_an_agent_that_may_go_to_anything_but_for_the_route_it_has() -> None:
    agent = rule("agent", "own", "Outbound Allow 100", destination="*")
    open_ = with_public(guarded(agent))
    assert violated(never(open_, "training!", "internet"))
    dropped = [
        *without(open_, "training"),
        table("nowhere"),
        route("nowhere", "nowhere"),
        subnet("training", "10.0.0.0/24", nsg="own", table="nowhere"),
    ]
    assert proven(never(dropped, "training!", "internet"))
    longer = [*dropped, route("mirror", "nowhere", "20.0.0.0/8", "Internet")]
    leak = never(longer, "training!", "internet")
    assert violated(leak)
    assert "mirror (20.0.0.0/8)" in told(leak)


def test_a_network_manager_that_always_allows() -> None:
    shut = with_public(guarded(rule("none", "own", "Outbound Deny 100")))
    assert proven(never(shut, "training!", "internet"))
    leak = never([*shut, *managed("AlwaysAllow")], "training!", "internet")
    assert violated(leak)
    assert "admin rules of avnm (out): admin-rule" in told(leak)


def test_a_service_endpoint_to_anybodys_storage() -> None:
    def plan(*rules: Resource) -> list[Resource]:
        endpoints = [{"service": "Microsoft.Storage"}]
        return [
            *without(guarded(*rules), "training"),
            table("nowhere"),
            route("nowhere", "nowhere"),
            subnet("training", "10.0.0.0/24", nsg="own", table="nowhere", serviceEndpoints=endpoints),
        ]

    storage = "=Microsoft.Storage (public, by service endpoints)"
    leak = never(plan(), "training!", storage)
    assert violated(leak), "a longer route than that which drops everything"
    assert "service endpoint Microsoft.Storage" in told(leak)
    none = rule("none", "own", "Outbound Deny 200", destination="Internet")
    assert proven(never(plan(none), "training!", storage)), "Azure's services count as the internet"
    named = rule("storage", "own", "Outbound Allow 100", destination="Storage.WestEurope")
    assert proven(never(plan(none, named), "training!", storage)), "a part of it, which is known by itself"
    assert violated(never(plan(none, named), "training!", f"{storage}, Storage.WestEurope"))
    every = rule("storage", "own", "Outbound Allow 100", destination="Storage")
    assert violated(never(plan(none, every), "training!", storage))
    exits = report(plan(), Claim("claim", Expect.NEVER, End.of("training"), End.of("internet"))).exits
    assert any(not one.limited_by and "Microsoft.Storage" in one.name for one in exits)


def test_a_public_address_of_one_machine() -> None:
    assert proven(never(BASE, "internet", "training!"))
    leak = never(with_public(BASE), "internet", "training!")
    assert violated(leak)
    assert "NSG open (in)" in told(leak)
    bare = [*without(BASE, "training"), subnet("training", "10.0.0.0/24", nsg="")]
    assert proven(never(with_public(bare), "internet", "training!")), "SKU Standard is closed by itself"
    assert violated(never(with_public(bare, "Basic"), "internet", "training!")), "Basic is not"


def test_a_machine_that_somebody_starts_beside_the_others() -> None:
    second = [*BASE, machine("second", "training", "10.0.0.9")]
    assert violated(never(second, "edge", "training", scope=ALONE))
    assert proven(never(second, "training!", "internet")), "what is declared has no way out"
    assert violated(never(second, "training", "internet")), "but anybody may start one with a public address"

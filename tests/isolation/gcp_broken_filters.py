"""Plans of Google Cloud that break claims by rules of firewalls."""

from __future__ import annotations

from isolation.gcp import types
from tests.isolation.gcp_broken_parts import (
    BEFORE,
    BY_HAND,
    BY_TAG,
    CLASSIC,
    EDGE,
    MAY_ENTER,
    OPEN,
    OUT,
    PLACES,
    PORTS,
    TO_TRAINING,
    Plan,
    asked,
    listed,
)
from tests.isolation.gcp_plan import (
    BASE,
    firewall,
    made,
    nat,
    network,
    policy,
    route,
)
from tests.isolation.test_gcp_checklist import ORG, ORGANISATION, REGION, rule

PLANS: dict[str, Plan] = {
    "VPC rule": (
        [
            *PLACES,
            made(types.FIREWALL, "open", {**CLASSIC, **EDGE, **BY_HAND, "allows": PORTS}),
            firewall("shut", "deny", priority=2000),
        ],
        TO_TRAINING,
    ),
    "VPC rules that contradict": (
        [
            *PLACES,
            made(types.FIREWALL, "open", {**CLASSIC, **EDGE, **BY_HAND, "priority": 10, "allows": PORTS}),
            made(types.FIREWALL, "shut", {**CLASSIC, **EDGE, **BY_HAND, "priority": 20, "denies": PORTS}),
        ],
        TO_TRAINING,
    ),
    "VPC rule by tags": (
        [*BY_TAG, firewall("open", "allow", sourceTags=["web"], targetTags=["gpu"])],
        TO_TRAINING,
    ),
    "VPC rule by account": (
        [
            *BY_TAG,
            firewall("open", "allow", sourceServiceAccounts=["other@p"], targetServiceAccounts=["gpu@p"]),
        ],
        TO_TRAINING,
    ),
    "a deny by tag": (
        [*BY_TAG, OPEN, firewall("shut", "deny", targetTags=["other"], priority=1)],
        TO_TRAINING,
    ),
    "a deny by account": (
        [*BY_TAG, OPEN, firewall("shut", "deny", targetServiceAccounts=["other@p"], priority=1)],
        TO_TRAINING,
    ),
    "egress": (
        [*PLACES, MAY_ENTER, firewall("shut", "deny", "EGRESS", destinationRanges=["10.3.0.0/16"])],
        [*TO_TRAINING, ("training", "edge")],
    ),
    "organisation": (
        [
            *PLACES,
            *policy("org", [asked(1, "allow"), asked(2, "deny")], ORG, ORGANISATION),
            firewall("shut", "deny"),
        ],
        TO_TRAINING,
    ),
    "folder": (
        [
            network(project="p"),
            *BASE,
            made(types.PROJECT, "project", {"projectId": "p", "folderId": "2"}),
            *policy("org", [asked(1, "goto_next"), asked(2, "deny")], ORG, ORGANISATION),
            *policy("folder", [asked(1, "allow")], ORG, "folders/2"),
        ],
        TO_TRAINING,
    ),
    "global policy": ([*PLACES, *policy("p", [asked(1, "allow"), asked(2, "deny")])], TO_TRAINING),
    "policy before VPC rules": (
        [BEFORE, *BASE, *policy("p", [asked(1, "allow")]), firewall("shut", "deny")],
        TO_TRAINING,
    ),
    "VPC rules before a policy": (
        [*PLACES, *policy("p", [asked(1, "deny")]), OPEN],
        TO_TRAINING,
    ),
    "regional policy": ([*PLACES, *policy("p", [asked(1, "allow"), asked(2, "deny")], REGION)], TO_TRAINING),
    "global list": ([*PLACES, *listed(types.GLOBAL_RULES, types.GLOBAL_ASSOCIATION, "vpc")], TO_TRAINING),
    "regional list": ([*PLACES, *listed(types.REGION_RULES, types.REGION_ASSOCIATION, "vpc")], TO_TRAINING),
    "list of the organisation": (
        [*PLACES, *listed(types.ORG_RULES, types.ORG_ASSOCIATION, ORGANISATION)],
        TO_TRAINING,
    ),
    "policy by secure tag": (
        [
            *BY_TAG,
            *policy(
                "p",
                [
                    rule(1, "deny", targetSecureTags=[{"name": "tagValues/2"}]),
                    rule(2, "allow", targetSecureTags=[{"name": "tagValues/1"}]),
                ],
            ),
        ],
        [("edge!", "training!")],
    ),
    "policy by address group": (
        [
            *PLACES,
            made(types.ADDRESS_GROUP, "group", {"items": ["10.0.1.0/24"]}),
            made(types.ADDRESS_GROUP, "others", {"items": ["10.3.0.0/24"]}),
            *policy(
                "p",
                [
                    rule(1, "deny", {"srcAddressGroups": ["others"]}),
                    rule(2, "allow", {"srcAddressGroups": ["group"]}),
                ],
            ),
        ],
        TO_TRAINING,
    ),
    "egress of a policy": (
        [
            *PLACES,
            *nat(),
            route("default"),
            *policy(
                "p",
                [
                    rule(
                        1,
                        "deny",
                        {"destIpRanges": ["198.51.100.0/24"], "destFqdns": ["a.example"]},
                        direction="EGRESS",
                    )
                ],
            ),
        ],
        OUT,
    ),
    "network for RDMA": (
        [network(networkProfile="zone-vpc-roce"), *BASE, firewall("shut", "deny")],
        TO_TRAINING,
    ),
}

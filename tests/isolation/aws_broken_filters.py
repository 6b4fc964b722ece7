"""Plans of AWS that break claims by groups and network ACLs."""

from __future__ import annotations

from typing import Any

from isolation.aws import types
from isolation.resources import Resource
from tests.isolation.aws_broken import ALONE, Plan
from tests.isolation.aws_joins import (
    INLINE,
    peered,
    transit,
    without,
)
from tests.isolation.aws_plan import (
    ANY,
    BASE,
    OTHER,
    PLACES,
    acl,
    allow,
    group,
    line,
    machine,
    made,
    route,
)


def written(number: int, action: str) -> dict[str, Any]:
    """A line of a network ACL's own list, about everything."""
    return {
        "ruleNo": number,
        "action": action,
        "protocol": "-1",
        "cidrBlock": ANY,
        "fromPort": 0,
        "toPort": 0,
    }


def behind(*more: Resource) -> list[Resource]:
    """The training machine in a group of its own, with these rules."""
    trainer = machine("trainer", "training", "10.0.0.5", "sg-gpu")
    return [*without(BASE, "trainer"), trainer, *more]


LISTED = made(types.PREFIX_LIST, "pl-1", {"entries": [{"cidr": "10.0.1.0/24"}, {"cidr": "10.9.0.0/16"}]})

PLANS: dict[str, Plan] = {
    "standalone rules": (
        behind(
            group("sg-gpu"),
            allow("in", "sg-gpu", "ingress", "10.0.1.0/24", ipProtocol="tcp", fromPort=1, toPort=9),
            allow("out", "sg-gpu", "egress", "10.0.1.0/24"),
            acl("acl", "training"),
            line("acl-in", "acl", 1, "allow"),
            line("acl-out", "acl", 1, "allow", egress=True),
        ),
        [("edge!", "training!"), ("training!", "edge!")],
        ALONE,
    ),
    "inline rules": (
        behind(
            group(
                "sg-gpu",
                ingress=[INLINE],
                egress=[{**INLINE, "self": False, "protocol": "tcp", "fromPort": 1, "toPort": 9}],
            )
        ),
        [("edge!", "training!"), ("training!", "edge!")],
        ALONE,
    ),
    "older rules": (
        behind(
            group("sg-gpu"),
            made(
                types.GROUP_RULE,
                "old",
                {
                    "type": "ingress",
                    "securityGroupId": "sg-gpu",
                    "protocol": "-1",
                    "sourceSecurityGroupId": "sg-open",
                },
            ),
        ),
        [("edge!", "training!")],
        ALONE,
    ),
    "rules by group and prefix list": (
        behind(
            group("sg-gpu"),
            LISTED,
            made(types.PREFIX_LIST_ENTRY, "entry", {"prefixListId": "pl-1", "cidr": "10.0.3.0/24"}),
            allow("in", "sg-gpu", "ingress", "sg-open"),
            allow("out", "sg-gpu", "egress", "pl-1"),
        ),
        [("edge!", "training!"), ("training!", "edge!")],
        ALONE,
    ),
    "default group": (
        [
            *PLACES,
            made(
                types.DEFAULT_GROUP,
                "default",
                {"vpcId": "vpc", "ingress": [INLINE], "egress": [{**INLINE, "cidrBlocks": [ANY]}]},
            ),
            machine("trainer", "training", "10.0.0.5"),
            machine("web", "edge", "10.0.1.5"),
        ],
        [("edge!", "training!")],
        ALONE,
    ),
    "inline network ACL": (
        [
            *BASE,
            made(
                types.ACL,
                "acl",
                {
                    "vpcId": "vpc",
                    "subnetIds": ["training"],
                    "ingress": [
                        {
                            "ruleNo": 1,
                            "action": "allow",
                            "protocol": "-1",
                            "cidrBlock": "10.0.1.5/32",
                            "fromPort": 0,
                            "toPort": 0,
                        },
                        written(2, "deny"),
                    ],
                },
            ),
        ],
        [("edge!", "training!")],
        ALONE,
    ),
    "joined network ACL": (
        [
            *BASE,
            acl("acl"),
            made(types.ACL, "open", {"vpcId": "vpc"}),
            line("open-in", "open", 1, "allow"),
            made(types.ACL_ASSOCIATION, "joins", {"networkAclId": "open", "subnetId": "training"}),
            made(
                types.DEFAULT_ACL,
                "rest",
                {
                    "defaultNetworkAclId": "acl-0",
                    "egress": [written(1, "allow")],
                },
            ),
        ],
        [("edge!", "training!")],
        ALONE,
    ),
    "accepted peering with groups": (
        [
            *without(BASE, "trainer"),
            *OTHER,
            peered(),
            made(types.PEERING_ACCEPTER, "accepts", {"vpcPeeringConnectionId": "peer", "autoAccept": True}),
            group("sg-gpu"),
            allow("members", "sg-gpu", "ingress", "sg-far"),
            machine("trainer", "training", "10.0.0.5", "sg-gpu"),
            route("back", "far", "10.0.0.0/16", vpcPeeringConnectionId="accepts"),
        ],
        [("inference!", "training!")],
        ALONE,
    ),
    "transit gateway with groups": (
        [
            *behind(group("sg-gpu"), allow("members", "sg-gpu", "ingress", "sg-far")),
            *OTHER,
            *transit(groups="enable"),
        ],
        [("inference!", "training!")],
        ALONE,
    ),
    "added group": (
        [
            *behind(group("sg-gpu")),
            made(
                types.INTERFACE_GROUP, "more", {"networkInterfaceId": "trainer", "securityGroupId": "sg-open"}
            ),
        ],
        [("edge!", "training!")],
        ALONE,
    ),
    "shut by a group": (
        behind(group("sg-gpu"), allow("in", "sg-gpu", "ingress", "10.0.2.0/24")),
        [("+edge!", "training!"), ("+training!", "edge!")],
        ALONE,
    ),
    "shut by inline rules": (
        behind(group("sg-gpu", ingress=[{**INLINE, "cidrBlocks": ["10.0.2.0/24"]}])),
        [("+edge!", "training!")],
        ALONE,
    ),
    "shut by an ACL": (
        [
            *BASE,
            acl("acl", "training"),
            line("deny", "acl", 1, "deny", "10.0.1.0/24"),
            line("in", "acl", 2, "allow"),
            line("out", "acl", 2, "allow", egress=True),
        ],
        [("+edge!", "training!")],
        ALONE,
    ),
    "an ACL without answers": (
        [
            *BASE,
            acl("acl", "training"),
            line("in", "acl", 2, "allow"),
            line("out", "acl", 2, "allow", egress=True, protocol="6", fromPort=1024, toPort=2048),
        ],
        [("+edge!", "training!")],
        ALONE,
    ),
    "shut by an inline ACL": (
        [
            *BASE,
            made(
                types.ACL,
                "acl",
                {
                    "vpcId": "vpc",
                    "subnetIds": ["training"],
                    "ingress": [written(1, "deny"), written(2, "allow")],
                    "egress": [written(2, "allow")],
                },
            ),
        ],
        [("+edge!", "training!")],
        ALONE,
    ),
}

"""Network interfaces: everything that stands in a subnet, and how it becomes an endpoint of the model.

An interface is behind its subnet's network ACL and its security groups. A packet that leaves meets the groups
first, one that arrives the ACL.
"""

from __future__ import annotations

from dataclasses import dataclass

from isolation.aws.acls import Acls
from isolation.aws.gateways import Ways
from isolation.aws.groups import Groups, Membership
from isolation.aws.places import Subnet
from isolation.aws.tables import Tables
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Endpoint, Forward, Guard, Kind, Scope
from isolation.rules import Action, Chain, Filter
from isolation.standing import Standing
from isolation.traffic import ALL_TRAFFIC

# By which packets from the internet reach what stands on AWS's side.
INTO_SERVICES = "into AWS's services"
# What AWS runs for a customer and opens no connection.
SILENT = Guard(Chain("what AWS runs", (Filter("what AWS runs opens no connection", (), Action.DENY),)))


@dataclass(eq=False)
class Interface:
    """A place in a subnet.

    `groups` is None for what has no security groups. `silent` opens no connection. What is `hosted` is
    reached on AWS's side, by whatever its service asks, and not as an interface of the network.
    """

    name: str
    kind: Kind
    subnet: Subnet
    groups: Membership | None
    addresses: IntervalSet = EMPTY
    public: IntervalSet = EMPTY
    serves: IntervalSet = ALL_TRAFFIC
    forwards: tuple[Forward, ...] = ()
    silent: bool = False
    hosted: bool = False
    instead: str = ""
    optional: bool = False
    assumed: bool = False
    unknown: tuple[str, ...] = ()
    origin: str = ""


class Interfaces(Standing[Interface]):
    """All interfaces of a plan."""


@dataclass(frozen=True)
class Walls:
    """What stands around interfaces."""

    groups: Groups
    acls: Acls
    tables: Tables
    ways: Ways


def endpoint(one: Interface, walls: Walls, scope: Scope) -> Endpoint:
    """An interface as an endpoint."""
    entering, leaving = walls.acls.guards(one.subnet)
    egress, ingress = [leaving], [entering]
    groups = one.groups
    if groups is not None:
        egress.insert(0, walls.groups.guard(groups, egress=True))
        ingress.append(walls.groups.guard(groups, egress=False))
    if one.silent:
        egress = [SILENT, leaving]
    vpc = one.subnet.vpc
    entries = walls.ways.entry(vpc) if one.public else ()
    if one.hosted:
        ingress, entries = [], (INTO_SERVICES,)
    return Endpoint(
        one.name,
        one.kind,
        vpc.name,
        walls.tables.of_subnet(one.subnet).name,
        one.addresses,
        scope.segments_of(one.addresses),
        groups.names if groups else frozenset(),
        tuple(egress),
        tuple(ingress),
        # Without an internet gateway an address on the internet leads nowhere.
        one.public if entries else EMPTY,
        entries,
        frozenset({one.subnet.name}),
        one.serves,
        one.forwards,
        assumed=one.assumed,
        unknown=tuple(
            dict.fromkeys((*one.unknown, *one.subnet.unknown, *(groups.unknown if groups else ())))
        ),
        origin=one.origin,
        instead=one.instead,
        optional=one.optional,
    )

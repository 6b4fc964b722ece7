"""EC2's Describe calls: networks, subnets and security groups, by id, tags and filters.

Found are those of the record, then the default network that every account has in every region.
Filters that look at something the rehearsal does not keep are passed over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from rehearsal.aws import formats
from rehearsal.model import Existing, Record, Refusal

Arguments = Mapping[str, Any]
Place = Mapping[str, Any]
"""`region`, `account`, `partition`, `dns` and the provider's configuration."""


def digest(*parts: Any) -> str:
    """64 hex digits that depend on what was asked."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def filters(args: Arguments) -> dict[str, list[str]]:
    """Filter name to the values it takes."""
    given: list[Mapping[str, Any]] = args.get("filters") or []
    return {str(item["name"]): list(item.get("values") or []) for item in given}


def _default_vpc(place: Place) -> dict[str, Any]:
    """The network every account has in every region: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html"""
    id = formats.default_vpc(str(place["region"]))
    base = f"arn:{place['partition']}:ec2:{place['region']}:{place['account']}"
    return {
        "id": id,
        "arn": f"{base}:vpc/{id}",
        "cidrBlock": "172.31.0.0/16",
        "cidrBlockAssociations": [],
        "default": True,
        "dhcpOptionsId": "dopt-" + digest(id, "dhcp")[:17],
        "enableDnsHostnames": True,
        "enableDnsSupport": True,
        "instanceTenancy": "default",
        "mainRouteTableId": "rtb-" + digest(id, "main")[:17],
        "ownerId": place["account"],
        "state": "available",
        "tags": {},
    }


def _default_subnets(place: Place) -> list[dict[str, Any]]:
    """One /20 per zone, as AWS cuts the default network."""
    vpc = _default_vpc(place)["id"]
    base = f"arn:{place['partition']}:ec2:{place['region']}:{place['account']}"
    subnets: list[dict[str, Any]] = []
    for index, zone in enumerate(formats.zones(str(place["region"]))):
        id = "subnet-" + digest(vpc, zone)[:17]
        where = {"availabilityZone": zone, "availabilityZoneId": formats.zone_id(zone), "vpcId": vpc}
        facts = {"cidrBlock": f"172.31.{16 * index}.0/20", "mapPublicIpOnLaunch": True, "defaultForAz": True}
        owner: dict[str, Any] = {
            "ownerId": place["account"],
            "state": "available",
            "availableIpAddressCount": 4091,
            "tags": {},
        }
        subnets.append({"id": id, "arn": f"{base}:subnet/{id}", **where, **facts, **owner})
    return subnets


# Filter names of EC2's Describe calls and the outputs they look at.
_FILTER_OUTPUTS = {
    "vpc-id": "vpcId",
    "subnet-id": "id",
    "group-id": "id",
    "group-name": "name",
    "availability-zone": "availabilityZone",
    "cidr-block": "cidrBlock",
    "cidr": "cidrBlock",
    "default-for-az": "defaultForAz",
    "isDefault": "default",
    "is-default": "default",
    "map-public-ip-on-launch": "mapPublicIpOnLaunch",
    "route-table-id": "id",
}


def _fits(item: Mapping[str, Any], args: Arguments, keys: Sequence[str]) -> bool:
    for key in keys:
        if args.get(key) is not None and item.get(key) != args[key]:
            return False
    tags: Mapping[str, Any] = item.get("tags") or {}
    wanted: Mapping[str, Any] = args.get("tags") or {}
    if any(tags.get(key) != value for key, value in wanted.items()):
        return False
    for name, values in filters(args).items():
        if name.startswith("tag:"):
            actual: Any = tags.get(name[4:])
        elif name in _FILTER_OUTPUTS:
            actual = item.get(_FILTER_OUTPUTS[name])
        else:
            continue
        text = str(actual).lower() if isinstance(actual, bool) else str(actual)
        if not any(fnmatchcase(text, str(value)) for value in values):
            return False
    return True


def _recorded(record: Record, type: str) -> list[dict[str, Any]]:
    def plain(found: Existing) -> dict[str, Any]:
        return {**found.inputs, **found.outputs, "id": found.id}

    return [plain(found) for found in record.find(type)]


def _vpcs(args: Arguments, place: Place, record: Record) -> list[dict[str, Any]]:
    every = [{"default": False, **item} for item in _recorded(record, "aws:ec2/vpc:Vpc")]
    found = [*every, _default_vpc(place)]
    return [item for item in found if _fits(item, args, ("id", "cidrBlock", "default", "dhcpOptionsId"))]


def vpc(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    found = _vpcs(args, place, record)
    if len(found) != 1:
        word = "no matching EC2 VPC found" if not found else "multiple EC2 VPCs matched"
        raise Refusal("", word, "name exactly one, by id, default: true, tags or filters")
    return found[0]


def vpc_ids(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    return {**args, "id": place["region"], "ids": [item["id"] for item in _vpcs(args, place, record)]}


def _subnets(args: Arguments, place: Place, record: Record) -> list[dict[str, Any]]:
    every = [*_recorded(record, "aws:ec2/subnet:Subnet"), *_default_subnets(place)]
    return [
        item
        for item in every
        if _fits(item, args, ("id", "vpcId", "availabilityZone", "cidrBlock", "defaultForAz"))
    ]


def subnet_ids(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    return {**args, "id": place["region"], "ids": [item["id"] for item in _subnets(args, place, record)]}


def subnet(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    found = _subnets(args, place, record)
    if len(found) != 1:
        word = "no matching EC2 Subnet found" if not found else "multiple EC2 Subnets matched"
        raise Refusal("", word, "name exactly one, by id, vpcId with availabilityZone, or filters")
    return found[0]


def _groups(args: Arguments, place: Place, record: Record) -> list[dict[str, Any]]:
    every = _recorded(record, "aws:ec2/securityGroup:SecurityGroup")
    for vpc in [_default_vpc(place), *_recorded(record, "aws:ec2/vpc:Vpc")]:
        id = vpc.get("defaultSecurityGroupId") or "sg-" + digest(vpc["id"], "default")[:17]
        arn = f"arn:{place['partition']}:ec2:{place['region']}:{place['account']}:security-group/{id}"
        every.append(
            {
                "id": id,
                "arn": arn,
                "name": "default",
                "vpcId": vpc["id"],
                "description": "default VPC security group",
                "tags": {},
            }
        )
    return [item for item in every if _fits(item, args, ("id", "name", "vpcId"))]


def group(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    found = _groups(args, place, record)
    if len(found) != 1:
        word = "no matching EC2 Security Group found" if not found else "multiple EC2 Security Groups matched"
        raise Refusal("", word, "name exactly one, by id, or name with vpcId")
    return found[0]

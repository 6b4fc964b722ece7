"""Data sources whose answer is computed: zones, images, networks, policies.

Networks, subnets and groups are those of the record, then the default network that every account has per
region. An image is whatever its filters ask for, with an id that depends on them: the rehearsal knows no list
of images.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.aws import describe, edge_policies, formats, kms, listings, policies
from rehearsal.aws.describe import Arguments, Place, digest, filters
from rehearsal.model import Record, Refusal


def _zones(args: Arguments, place: Place, _record: Record) -> dict[str, Any]:
    excluded = set(args.get("excludeNames") or [])
    wanted = filters(args).get("zone-name")
    names = [
        zone
        for zone in formats.zones(str(place["region"]))
        if zone not in excluded and (not wanted or zone in wanted)
    ]
    ids = [formats.zone_id(zone) for zone in names]
    return {
        **args,
        "id": place["region"],
        "names": names,
        "zoneIds": ids,
        "groupNames": [f"{place['region']}-zg-1"],
    }


def _zone(args: Arguments, place: Place, _record: Record) -> dict[str, Any]:
    names = formats.zones(str(place["region"]))
    name = args.get("name") or next((z for z in names if formats.zone_id(z) == args.get("zoneId")), names[0])
    if name not in names:
        raise Refusal("name", f'"{name}" is no zone of {place["region"]}', f"write one of {', '.join(names)}")
    facts = {"name": name, "nameSuffix": str(name)[-1], "zoneId": formats.zone_id(str(name))}
    kinds = {"zoneType": "availability-zone", "state": "available", "optInStatus": "opt-in-not-required"}
    group = {"groupName": f"{place['region']}-zg-1", "networkBorderGroup": place["region"]}
    return {**args, **facts, **kinds, **group, "id": name}


def _image(args: Arguments, place: Place, _record: Record) -> dict[str, Any]:
    asked = filters(args)
    pattern = (asked.get("name") or [str(args.get("nameRegex") or "image")])[0]
    name = re.sub(r"[*?^$\\]+", "20250101", pattern)
    owner = str((args.get("owners") or ["amazon"])[0])
    arm = "arm64" in pattern or asked.get("architecture") == ["arm64"] or "aarch64" in pattern
    id = (asked.get("image-id") or ["ami-" + digest(place["region"], pattern, owner)[:17]])[0]
    return {
        "id": id,
        "imageId": id,
        "arn": f"arn:{place['partition']}:ec2:{place['region']}::image/{id}",
        "name": name,
        "architecture": "arm64" if arm else "x86_64",
        "ownerId": owner if owner.isdecimal() else "137112412989",
        "imageOwnerAlias": "" if owner.isdecimal() else owner,
        "owners": args.get("owners") or [],
        "mostRecent": args.get("mostRecent"),
        "creationDate": "2025-01-01T00:00:00.000Z",
        "deprecationTime": "2027-01-01T00:00:00.000Z",
        "imageType": "machine",
        "state": "available",
        "public": True,
        "rootDeviceName": "/dev/sda1" if "ubuntu" in pattern.lower() else "/dev/xvda",
        "rootDeviceType": "ebs",
        "virtualizationType": "hvm",
        "hypervisor": "xen",
        "enaSupport": True,
        "platformDetails": "Windows" if "windows" in pattern.lower() else "Linux/UNIX",
        "filters": args.get("filters") or [],
        "tags": {},
    }


def _image_ids(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    return {**args, "ids": [_image(args, place, record)["id"]], "id": digest(args)[:10]}


def _parameter(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    """A parameter of the record, or one of the public ones that AWS keeps under /aws/service."""
    name = str(args["name"])
    for found in record.find("aws:ssm/parameter:Parameter", {"name": name}):
        return {**found.outputs, "id": name}
    if not name.startswith("/aws/service/"):
        raise Refusal("name", f'ParameterNotFound: there is no parameter "{name}"', "create it first")
    value = "ami-" + digest(place["region"], name)[:17] if "ami" in name else digest(name)[:12]
    arn = f"arn:{place['partition']}:ssm:{place['region']}::parameter{name}"
    return {
        "id": name,
        "name": name,
        "arn": arn,
        "type": "String",
        "value": value,
        "insecureValue": value,
        "version": 1,
    }


def _role(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    for found in record.find("aws:iam/role:Role", {"name": args.get("name")}):
        return {**found.outputs, "id": found.id}
    raise Refusal("name", f'NoSuchEntity: role "{args.get("name")}" cannot be found', "create it first")


def _policy(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    """A policy of the record, or one of those that AWS manages."""
    arn, name = args.get("arn"), args.get("name")
    for found in record.find("aws:iam/policy:Policy"):
        if found.id == arn or (name and found.outputs.get("name") == name):
            return {**found.outputs, "id": found.id}
    managed = re.fullmatch(r"arn:[a-z-]+:iam::aws:policy(/(?:.+/)?)([^/]+)", str(arn)) if arn else None
    if managed is None and (arn or not name):
        raise Refusal("", f"NoSuchEntity: policy {arn} cannot be found", "create it first")
    path, own = managed.groups() if managed else ("/", str(name))
    arn = arn or f"arn:{place['partition']}:iam::aws:policy/{own}"
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    return {
        "id": arn,
        "arn": arn,
        "name": own,
        "path": path,
        "policy": text,
        "policyId": "ANPA" + digest(own)[:17].upper(),
    }


def _default_tags(_args: Arguments, place: Place, _record: Record) -> dict[str, Any]:
    raw: Any = place.get("defaultTags") or {}
    loaded: Mapping[str, Any] = json.loads(raw) if isinstance(raw, str) else raw
    tags: Mapping[str, Any] = loaded.get("tags") or {}
    return {"id": place["partition"], "tags": dict(tags)}


def _regions(args: Arguments, place: Place, _record: Record) -> dict[str, Any]:
    same = [name for name in formats.regions() if formats.partition(name) == place["partition"]]
    return {**args, "id": place["partition"], "names": sorted(same)}


def _document(args: Arguments, _place: Place, _record: Record) -> dict[str, Any]:
    made = policies.document(args)
    return {**made, "id": str(int(digest(made["json"])[:8], 16))}


FUNCTIONS: Mapping[str, Callable[[Arguments, Place, Record], dict[str, Any]]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getAvailabilityZone:getAvailabilityZone": _zone,
    "aws:index/getDefaultTags:getDefaultTags": _default_tags,
    "aws:index/getRegions:getRegions": _regions,
    "aws:ec2/getAmi:getAmi": _image,
    "aws:ec2/getAmiIds:getAmiIds": _image_ids,
    "aws:ssm/getParameter:getParameter": _parameter,
    "aws:ec2/getVpc:getVpc": describe.vpc,
    "aws:ec2/getVpcs:getVpcs": describe.vpc_ids,
    "aws:ec2/getSubnet:getSubnet": describe.subnet,
    "aws:ec2/getSubnets:getSubnets": describe.subnet_ids,
    "aws:ec2/getSecurityGroup:getSecurityGroup": describe.group,
    **{
        f"aws:cloudfront/get{noun}:get{noun}": edge_policies.finder(noun)
        for noun in ("CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy")
    },
    **listings.FUNCTIONS,
    "aws:kms/getPublicKey:getPublicKey": kms.key_material,
    "aws:iam/getPolicyDocument:getPolicyDocument": _document,
    "aws:iam/getPolicy:getPolicy": _policy,
    "aws:iam/getRole:getRole": _role,
}

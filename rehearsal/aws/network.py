"""What EC2 and S3 refuse because of what is already there.

A subnet outside its network or over another one, a network that is still used, a bucket that holds objects.
Networks that no stack of the rehearsal made (the default one, ids written by hand) are taken as given.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from rehearsal.model import Existing, Record, Refusal, Resource

_SUBNET = "aws:ec2/subnet:Subnet"
_VPC = "aws:ec2/vpc:Vpc"
_SIZING = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
# Objects that keep another one from going: type of the object -> (type, input that names it).
_USERS = {
    _VPC: (
        (_SUBNET, "vpcId"),
        ("aws:ec2/internetGateway:InternetGateway", "vpcId"),
        ("aws:ec2/securityGroup:SecurityGroup", "vpcId"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "vpcId"),
    ),
    _SUBNET: (
        ("aws:ec2/instance:Instance", "subnetId"),
        ("aws:ec2/natGateway:NatGateway", "subnetId"),
        ("aws:ec2/networkInterface:NetworkInterface", "subnetId"),
        ("aws:efs/mountTarget:MountTarget", "subnetId"),
    ),
    "aws:ecs/cluster:Cluster": (("aws:ecs/service:Service", "cluster"),),
    "aws:eks/cluster:Cluster": (
        ("aws:eks/nodeGroup:NodeGroup", "clusterName"),
        ("aws:eks/fargateProfile:FargateProfile", "clusterName"),
    ),
}


def refuse(resource: Resource, record: Record) -> Refusal | None:
    """Why a new object has no place, if it has none."""
    return _refuse_subnet(resource, record) if resource.type == _SUBNET else None


def refuse_delete(existing: Existing, record: Record) -> Refusal | None:
    """What still uses the object."""
    for type, path in _USERS.get(existing.type, ()):
        for user in record.find(type):
            if user.inputs.get(path) in (existing.id, existing.outputs.get("name", existing.id)):
                problem = f"DependencyViolation: {existing.id} has a dependent object, {user.id}"
                return Refusal("", problem, "delete that first")
    if existing.type in ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"):
        return _refuse_bucket(existing, record)
    return None


def _refuse_subnet(resource: Resource, record: Record) -> Refusal | None:
    block = _block(resource.inputs.get("cidrBlock"))
    vpc = record.get(_VPC, str(resource.inputs.get("vpcId")))
    if block is None or vpc is None:
        return None
    ranges = [_block(vpc.inputs.get("cidrBlock") or vpc.outputs.get("cidrBlock"))]
    more = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
    ranges += [_block(item.inputs.get("cidrBlock")) for item in record.find(more, {"vpcId": vpc.id})]
    if not any(whole is not None and block.subnet_of(whole) for whole in ranges):
        shown = ", ".join(map(str, ranges))
        problem = f"InvalidSubnet.Range: {block} lies outside the network's {shown}"
        return Refusal("cidrBlock", problem, "choose a part of the network's range", _SIZING)
    for other in record.find(_SUBNET, {"vpcId": vpc.id}):
        taken = _block(other.inputs.get("cidrBlock"))
        if taken is not None and other.urn != resource.urn and taken.overlaps(block):
            problem = f"InvalidSubnet.Conflict: {block} overlaps {taken} of {other.id}"
            return Refusal("cidrBlock", problem, "choose a range that is free", _SIZING)
    return None


def _refuse_bucket(bucket: Existing, record: Record) -> Refusal | None:
    if bucket.inputs.get("forceDestroy"):
        return None
    for type in ("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2"):
        if record.find(type, {"bucket": bucket.id}):
            return Refusal(
                "", f"BucketNotEmpty: {bucket.id} holds objects", "delete them, or set forceDestroy"
            )
    return None


def _block(text: Any) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(str(text), strict=False) if text else None
    except ValueError:
        return None

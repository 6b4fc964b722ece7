"""What EKS, and EC2 for its nodes, refuse because several inputs or several objects do not fit.

Limits of a single input are in `containers.yaml` and `compute.yaml`. An unknown value never refuses, and what
no stack of the rehearsal made (templates and clusters named by hand) is taken as given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import yaml

from rehearsal import paths
from rehearsal.model import UNKNOWN, Existing, Record, Refusal, Resource

CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ENTRY = "aws:eks/accessEntry:AccessEntry"
GRANT = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_EKS = "https://docs.aws.amazon.com/eks/latest/"
_TEMPLATES = _EKS + "userguide/launch-templates.html"
_BLOCKS = _EKS + "userguide/capacity-blocks-mng.html"
_ENTRIES = _EKS + "userguide/creating-access-entries.html"
_ENDPOINTS = _EKS + "userguide/config-cluster-endpoint.html"
_INTERFACES = (
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
    "API_LaunchTemplateInstanceNetworkInterfaceSpecificationRequest.html"
)
# What a launch template of a node group may not hold; EKS sets it itself.
_EKS_SETS = ("iamInstanceProfile", "hibernationOptions", "instanceInitiatedShutdownBehavior")


def cluster(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """An API server that nobody reaches."""
    public = paths.get(inputs, "vpcConfig.endpointPublicAccess")
    private = paths.get(inputs, "vpcConfig.endpointPrivateAccess")
    if public is False and private in (None, False):
        path = "vpcConfig.endpointPrivateAccess"
        yield Refusal(path, "private and public access are both off", "write true", _ENDPOINTS)


def node_group(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A group beside its launch template, and its numbers."""
    if inputs.get("launchTemplate") is not None:
        for name in ("diskSize", "remoteAccess"):
            if inputs.get(name) is not None:
                yield Refusal(name, "belongs into the launch template here", "leave it out", _TEMPLATES)
    elif inputs.get("capacityType") == "CAPACITY_BLOCK":
        problem = "a capacity block is named in a launch template"
        yield Refusal("launchTemplate", problem, "give a template that names it", _BLOCKS)
    low, size, high = (paths.get(inputs, f"scalingConfig.{n}Size") for n in ("min", "desired", "max"))
    if UNKNOWN not in (low, size, high) and None not in (low, size, high) and not low <= size <= high:
        yield Refusal(
            "scalingConfig", f"desiredSize {size} lies outside {low} to {high}", "choose one inside"
        )


def launch_template(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Interfaces, disks and reservations of a template."""
    found = (each for _, each in paths.find(inputs, "networkInterfaces[*]"))
    interfaces = [cast("Mapping[str, Any]", each) for each in found if isinstance(each, dict)]
    if interfaces and inputs.get("vpcSecurityGroupIds") is not None:
        problem = "groups stand on the network interfaces here"
        yield Refusal("vpcSecurityGroupIds", problem, "write networkInterfaces[].securityGroups", _INTERFACES)
    yield from _interfaces(interfaces)
    for path, disk in paths.find(inputs, "blockDeviceMappings[*].ebs"):
        off = isinstance(disk, dict) and paths.get(disk, "encrypted") in (None, "false", False)
        if off and paths.get(disk, "kmsKeyId") is not None:
            source = (
                "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateEbsBlockDevice.html"
            )
            yield Refusal(f"{path}.kmsKeyId", "the disk is not encrypted", 'write encrypted "true"', source)
    market = paths.get(inputs, "instanceMarketOptions.marketType")
    target = "capacityReservationSpecification.capacityReservationTarget"
    if market == "capacity-block" and paths.get(inputs, target) is None:
        yield Refusal(target, "is missing", "name the reservation of the capacity block", _BLOCKS)


def _interfaces(interfaces: list[Mapping[str, Any]]) -> Iterator[Refusal]:
    seen: list[tuple[Any, Any]] = []
    for index, each in enumerate(interfaces):
        card, device = each.get("networkCardIndex"), each.get("deviceIndex")
        place = (0 if card is None else card, 0 if device is None else device)
        if UNKNOWN not in place and place in seen:
            problem = f"card {place[0]} has a device {place[1]} already"
            yield Refusal(f"networkInterfaces[{index}].deviceIndex", problem, "choose another", _INTERFACES)
        seen.append(place)
        if len(interfaces) > 1 and each.get("associatePublicIpAddress") in ("true", True):
            path = f"networkInterfaces[{index}].associatePublicIpAddress"
            problem = "a machine with several interfaces gets no public address"
            yield Refusal(path, problem, 'write "false"', _INTERFACES)


def addon(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """An add-on's settings are JSON or YAML in a text."""
    values = inputs.get("configurationValues")
    if not isinstance(values, str) or values in ("", UNKNOWN):
        return
    try:
        settings: Any = yaml.safe_load(values)
    except yaml.YAMLError:
        settings = None
    if not isinstance(settings, dict):
        source = _EKS + "APIReference/API_CreateAddon.html"
        yield Refusal("configurationValues", "is neither JSON nor YAML of settings", "write JSON", source)


def access_entry(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Only people's and programs' entries have names and groups; EKS sets those of nodes."""
    if inputs.get("type") in (None, UNKNOWN, "STANDARD"):
        return
    for name in ("kubernetesGroups", "userName"):
        if inputs.get(name) not in (None, UNKNOWN, "", []):
            problem = f"an entry of type {inputs['type']} has none of its own"
            yield Refusal(name, problem, "leave it out", _ENTRIES)


def access_policy(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A scope names namespaces exactly when it is one of namespaces."""
    kind, names = (paths.get(inputs, f"accessScope.{name}") for name in ("type", "namespaces"))
    source = _EKS + "APIReference/API_AccessScope.html"
    if kind == "namespace" and names in (None, []):
        yield Refusal("accessScope.namespaces", "is missing", "name the namespaces", source)
    elif kind == "cluster" and names not in (None, []):
        yield Refusal("accessScope.namespaces", "does not go with type cluster", "leave it out", source)


def build_project(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A build's source and what it makes."""
    source = "https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html"
    kind = paths.get(inputs, "source.type")
    if kind == "NO_SOURCE" and paths.get(inputs, "source.buildspec") is None:
        yield Refusal("source.buildspec", "is missing", "write it here when there is no source", source)
    if kind in ("S3", "GITHUB", "CODECOMMIT", "BITBUCKET", "GITLAB"):
        if paths.get(inputs, "source.location") is None:
            yield Refusal("source.location", "is missing", f"say where the {kind} source is", source)
    elif kind in ("NO_SOURCE", "CODEPIPELINE") and paths.get(inputs, "source.location") is not None:
        yield Refusal("source.location", f"does not go with {kind}", "leave it out", source)
    made = paths.get(inputs, "artifacts.type")
    if UNKNOWN not in (kind, made) and (kind == "CODEPIPELINE") is not (made == "CODEPIPELINE"):
        yield Refusal("artifacts.type", "CODEPIPELINE is for both or neither", "write the same", source)
    if made == "S3" and paths.get(inputs, "artifacts.location") is None:
        yield Refusal("artifacts.location", "is missing", "name the bucket of the artifacts")


RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Refusal]]] = {
    CLUSTER: cluster,
    NODE_GROUP: node_group,
    TEMPLATE: launch_template,
    "aws:eks/addon:Addon": addon,
    ENTRY: access_entry,
    GRANT: access_policy,
    "aws:codebuild/project:Project": build_project,
}


def refuse(resource: Resource, record: Record) -> Refusal | None:
    """Why a new object does not fit those that it names, if it does not."""
    match resource.type:
        case "aws:eks/nodeGroup:NodeGroup":
            return next(_nodes(resource.inputs, record), None)
        case "aws:eks/accessEntry:AccessEntry" | "aws:eks/accessPolicyAssociation:AccessPolicyAssociation":
            return next(_access(resource, record), None)
        case _:
            return None


def _nodes(group: Mapping[str, Any], record: Record) -> Iterator[Refusal]:
    home = _cluster(group, record)
    if home is not None:
        theirs, ours = home.outputs.get("version") or home.inputs.get("version"), group.get("version")
        if ours is not None and theirs is not None and _minor(ours) > _minor(theirs):
            source = _EKS + "userguide/update-managed-node-group.html"
            yield Refusal(
                "version", f"{ours} is newer than the cluster's {theirs}", "update it first", source
            )
    found = _template(group, record)
    if found is None:
        return
    template = found.inputs
    for name in _EKS_SETS:
        if template.get(name) is not None:
            problem = f"the launch template has {name}, which EKS sets itself"
            yield Refusal("launchTemplate", problem, "leave it out of the template", _TEMPLATES)
    for path, subnet in paths.find(template, "networkInterfaces[*].subnetId"):
        if subnet is not None:
            problem = f"the launch template has {path}; a group says where its nodes stand"
            yield Refusal("launchTemplate", problem, "leave it out of the template", _TEMPLATES)
    if group.get("instanceTypes") and template.get("instanceType") is not None:
        problem = "the launch template names an instance type too"
        yield Refusal("instanceTypes", problem, "name it in one of the two", _TEMPLATES)
    if template.get("imageId") is not None and group.get("amiType") not in (None, "CUSTOM"):
        problem = "the launch template names an image of its own"
        yield Refusal("amiType", problem, "leave it out, or the image", _TEMPLATES)
    market, block = paths.get(template, "instanceMarketOptions.marketType"), group.get("capacityType")
    if market == "spot":
        problem = "the launch template asks for spot machines"
        yield Refusal("launchTemplate", problem, "write capacityType SPOT instead", _TEMPLATES)
    if (market == "capacity-block") is not (block == "CAPACITY_BLOCK"):
        problem = f"capacityType {block or 'ON_DEMAND'} and marketType {market} do not go together"
        yield Refusal("capacityType", problem, "write CAPACITY_BLOCK and capacity-block, or neither", _BLOCKS)


def _access(resource: Resource, record: Record) -> Iterator[Refusal]:
    home = _cluster(resource.inputs, record)
    if home is None:
        return
    mode = paths.get(home.inputs, "accessConfig.authenticationMode") or "CONFIG_MAP"
    if mode == "CONFIG_MAP":
        problem = "InvalidRequestException: the cluster's authentication mode is CONFIG_MAP"
        yield Refusal("clusterName", problem, "set authenticationMode to API", _ENTRIES)
    who = {name: resource.inputs.get(name) for name in ("clusterName", "principalArn")}
    entries = record.find(ENTRY, who)
    if resource.type == GRANT and not entries:
        problem = "ResourceNotFoundException: the principal has no access entry"
        yield Refusal("principalArn", problem, "make its AccessEntry first", _ENTRIES)
    if resource.type == GRANT and any(each.inputs.get("type") not in (None, "STANDARD") for each in entries):
        problem = "only STANDARD entries have access policies"
        yield Refusal("principalArn", problem, "write type STANDARD on the entry", _ENTRIES)


def _cluster(inputs: Mapping[str, Any], record: Record) -> Existing | None:
    return record.get(CLUSTER, str(inputs.get("clusterName")))


def _template(group: Mapping[str, Any], record: Record) -> Existing | None:
    id, name = (paths.get(group, f"launchTemplate.{path}") for path in ("id", "name"))
    if id is not None:
        return record.get(TEMPLATE, str(id))
    return next(iter(record.find(TEMPLATE, {"name": name})), None) if name is not None else None


def _minor(version: Any) -> int:
    _, _, minor = str(version).partition(".")
    return int(minor) if minor.isdecimal() else 0

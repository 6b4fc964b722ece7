"""Machines as instances and launch templates describe them: AWS's side of the rules about machines and nodes.

Which machines carry accelerators is told from raw properties here too, for the other modules.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check
from policies.framework.values import Undecided, View

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
SCALING_GROUP = "aws:autoscaling/group:Group"
NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
# Families with accelerators: docs.aws.amazon.com/ec2/latest/instancetypes/ac.html.
ACCELERATED = re.compile(r"(ml\.)?(p|g|gr|trn|inf|dl|vt)\d[a-z0-9]*(-[a-z0-9]+)*\.[a-z0-9-]+")
# Images with drivers for accelerators: docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html.
DRIVERS = ("NVIDIA", "NEURON", "GPU")
# Where a type names its machine types itself, besides its launch template.
TYPES = {NODE_GROUP: "instanceTypes", INSTANCE: "instanceType"}
ON = ("true", True)
OFF = ("false", False)
# What opens a kubelet: kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1 and its flags.
OPEN_KUBELET = re.compile(
    r"""readOnlyPort["']?\s*:\s*["']?0*[1-9]|--read-only-port[= ]["']?0*[1-9]"""
    r"""|--anonymous-auth(?![= ]["']?false)|anonymous["']?\s*:\s*\{?\s*["']?enabled["']?\s*:\s*["']?true""",
)


@check("nodes-have-no-public-address", TEMPLATE)
def template_gives_no_address(template: Resource) -> Iterator[Finding]:
    interfaces = list(template.at("networkInterfaces").items())
    if not interfaces:
        yield Finding("networkInterfaces is missing, so the subnet decides about public addresses")
    for interface in interfaces:
        address = interface.at("associatePublicIpAddress")
        if _is_primary(interface):
            yield from must_be(address, *OFF)
        else:
            yield from must_not_be(address, *ON)


@check("nodes-have-no-public-address", CONFIGURATION)
def configuration_gives_no_address(configuration: Resource) -> Iterator[Finding]:
    yield from must_be(configuration.at("associatePublicIpAddress"), False)


@check("nodes-hide-their-metadata-from-pods", TEMPLATE)
def hides_metadata(template: Resource) -> Iterator[Finding]:
    """A pod on the pod network is one hop further away than its node."""
    options = template.at("metadataOptions")
    if options.missing or options.at("httpEndpoint").value != "disabled":
        yield from must_be(options.at("httpPutResponseHopLimit"), 1)
        yield from must_be(options.at("httpTokens"), "required")


@check("metadata-needs-a-session", INSTANCE, TEMPLATE, CONFIGURATION)
def needs_a_session(machine: Resource) -> Iterator[Finding]:
    options = machine.at("metadataOptions")
    if options.missing or options.at("httpEndpoint").value != "disabled":
        yield from must_be(options.at("httpTokens"), "required")


@check("metadata-needs-a-session", NOTEBOOK)
def notebook_needs_a_session(notebook: Resource) -> Iterator[Finding]:
    service = notebook.at("instanceMetadataServiceConfiguration")
    yield from must_be(service.at("minimumInstanceMetadataServiceVersion"), "2")


@check("machines-take-no-login-keys", INSTANCE, TEMPLATE, CONFIGURATION)
def takes_no_login_key(machine: Resource) -> Iterator[Finding]:
    yield from must_be_absent(machine.at("keyName"))


@check("machines-take-no-login-keys", NODE_GROUP)
def takes_no_remote_access(group: Resource) -> Iterator[Finding]:
    yield from must_be_absent(group.at("remoteAccess"))


@check("machines-take-no-login-keys", "aws:ec2/keyPair:KeyPair")
def is_no_login_key(_pair: Resource) -> Iterator[Finding]:
    yield Finding("it is a key for logins")


@check("machines-stand-in-groups-of-their-own", TEMPLATE)
def template_has_groups(template: Resource) -> Iterator[Finding]:
    """Without groups a node has its cluster's, in which everything reaches everything."""
    interfaces = list(template.at("networkInterfaces").items())
    for interface in interfaces:
        yield from _has_some(interface.at("securityGroups"))
    if not interfaces:
        yield from _has_some(template.at("vpcSecurityGroupIds"))


@check("machines-stand-in-groups-of-their-own", INSTANCE)
def instance_has_groups(machine: Resource) -> Iterator[Finding]:
    interfaces = ("networkInterfaces", "primaryNetworkInterface", "launchTemplate")
    if any(not machine.at(path).missing for path in interfaces):
        raise NotApplicable("its interfaces or its template say which groups it has")
    yield from _has_some(machine.at("vpcSecurityGroupIds"))


@check("data-at-rest-uses-a-customer-key", TEMPLATE)
def template_encrypts_disks(template: Resource) -> Iterator[Finding]:
    """A disk that no mapping names is as its image says, and a key without `encrypted` is not asked for."""
    disks = [each for each in template.at("blockDeviceMappings").items() if not each.at("ebs").missing]
    if not disks:
        yield Finding("blockDeviceMappings names no disk, so the image decides")
    for disk in disks:
        yield from must_be(disk.at("ebs.encrypted"), *ON)


@check("kubelets-have-no-open-port", TEMPLATE)
def closes_kubelets(template: Resource) -> Iterator[Finding]:
    """Amazon's images close both ways in; only what a node is told at its start opens them again."""
    told = template.at("userData")
    if OPEN_KUBELET.search(_decoded(told)):
        yield Finding(f"{told.path} opens the kubelet")


@check("data-at-rest-uses-a-customer-key", CONFIGURATION)
def configuration_names_no_key(_configuration: Resource) -> Iterator[Finding]:
    yield Finding("a launch configuration cannot name a key; use a launch template")


def accelerated(stack: Stack, machines: Resource) -> bool:
    """Whether an instance or a group of them has accelerators. Raises `Undecided` when it cannot be told."""
    if machines.type == NODE_GROUP and any(mark in machines.at("amiType").text for mark in DRIVERS):
        return True
    own = TYPES.get(machines.type)
    types = [each.text for each in machines.at(own).items()] if own else []
    template = template_of(stack, machines)
    if isinstance(template, Resource):
        types.append(template.at("instanceType").text)
        if not template.at("instanceRequirements.acceleratorCount").missing:
            return True
    elif template is not None and not types:
        raise Undecided("launchTemplate")
    return any(ACCELERATED.fullmatch(each) for each in types)


def template_of(stack: Stack, machines: Resource) -> Resource | str | None:
    """The launch template of an instance or a group: one of this stack, the name of another, or `None`."""
    for path in ("launchTemplate.id", "launchTemplate.name"):
        if not machines.at(path).missing:
            return stack.target(machines.at(path), machines, TEMPLATE)
    return None


def _is_primary(interface: View) -> bool:
    """The one interface that can have a public address: the first of the first card."""
    return not any(interface.at(path).value for path in ("networkCardIndex", "deviceIndex"))


def _has_some(groups: View) -> Iterator[Finding]:
    if not any(True for _ in groups.items()):
        yield Finding(f"{groups.path} names no group")


def _decoded(told: View) -> str:
    """User data as text. What is not base64 no machine understands."""
    try:
        return b64decode(told.text, validate=False).decode(errors="replace")
    except ValueError:
        return told.text

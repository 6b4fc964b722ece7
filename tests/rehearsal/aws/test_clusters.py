"""EKS, its nodes and the builds that deploy into it: what AWS refuses, of one object and beside others."""

from typing import Any

import pytest

from rehearsal.aws import PACKAGE
from rehearsal.model import UNKNOWN, Context
from tests.rehearsal.clouds import EMPTY, Caller, Cloud
from tests.rehearsal.sdk_shapes import served

CALLER = Caller(served("aws"), Context("aws", {"region": "eu-central-1"}))
CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
ENTRY = "aws:eks/accessEntry:AccessEntry"
GRANT = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
BINDING = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
PLACEMENT = "aws:ec2/placementGroup:PlacementGroup"
PROJECT = "aws:codebuild/project:Project"
CONTROLLED = "aws:cloudcontrol/resource:Resource"

ROLE = "arn:aws:iam::123456789012:role/r"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
SMALLEST: dict[str, dict[str, Any]] = {
    CLUSTER: {"name": "c", "roleArn": ROLE, "vpcConfig": {"subnetIds": ["a", "b"]}},
    NODE_GROUP: {
        "clusterName": "c",
        "nodeRoleArn": ROLE,
        "subnetIds": ["a"],
        "scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 1},
    },
    ADDON: {"clusterName": "c", "addonName": "vpc-cni"},
    ENTRY: {"clusterName": "c", "principalArn": ROLE},
    GRANT: {"clusterName": "c", "principalArn": ROLE, "policyArn": ADMIN, "accessScope": {"type": "cluster"}},
    BINDING: {"clusterName": "c", "namespace": "n", "serviceAccount": "s", "roleArn": ROLE},
    TEMPLATE: {"name": "template"},
    PLACEMENT: {"name": "p", "strategy": "cluster"},
    CONTROLLED: {"typeName": "AWS::ECR::SigningConfiguration", "desiredState": "{}"},
    PROJECT: {
        "name": "build",
        "serviceRole": ROLE,
        "source": {"type": "S3", "location": "bucket/program.zip"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {"type": "LINUX_CONTAINER", "computeType": "BUILD_GENERAL1_SMALL", "image": "i"},
    },
}
CARD = {"deviceIndex": 0, "securityGroups": ["sg-1"]}


def refused(type: str, /, **inputs: Any) -> dict[str, str]:
    return CALLER.refused(type, {**SMALLEST[type], **inputs})


@pytest.mark.parametrize("type", SMALLEST)
def test_the_smallest_of_each_is_taken(type: str) -> None:
    assert refused(type) == {}


@pytest.mark.parametrize(
    ("type", "inputs", "path", "words"),
    [
        (
            CLUSTER,
            {"vpcConfig": {"subnetIds": ["a", "b"], "endpointPublicAccess": False}},
            "vpcConfig.endpointPrivateAccess",
            "both off",
        ),
        (
            CLUSTER,
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "100.64.0.0/20"}},
            "kubernetesNetworkConfig.serviceIpv4Cidr",
            "RFC 1918",
        ),
        (CLUSTER, {"upgradePolicy": {"supportType": "LONG"}}, "upgradePolicy.supportType", "EXTENDED"),
        (
            CLUSTER,
            {"encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "alias/mine"}}},
            "encryptionConfig.provider.keyArn",
            "ARN of a key",
        ),
        (NODE_GROUP, {"amiType": "AL2023_NVIDIA"}, "amiType", "image type"),
        (NODE_GROUP, {"capacityType": "CAPACITY_BLOCK"}, "launchTemplate", "capacity block"),
        (
            NODE_GROUP,
            {"launchTemplate": {"id": "lt-1", "version": "1"}, "diskSize": 50},
            "diskSize",
            "template",
        ),
        (
            NODE_GROUP,
            {"launchTemplate": {"id": "lt-1", "name": "t", "version": "1"}},
            "launchTemplate.id",
            "together with launchTemplate.name",
        ),
        (NODE_GROUP, {"subnetIds": []}, "subnetIds", "at least one subnet"),
        (NODE_GROUP, {"updateConfig": {"maxUnavailable": 101}}, "updateConfig.maxUnavailable", "100"),
        (
            NODE_GROUP,
            {"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 50}},
            "updateConfig.maxUnavailable",
            "together",
        ),
        (NODE_GROUP, {"taints": [{"key": "k" * 64, "effect": "NO_SCHEDULE"}]}, "taints[0].key", "63"),
        (
            NODE_GROUP,
            {"scalingConfig": {"minSize": 0, "desiredSize": 3, "maxSize": 2}},
            "scalingConfig",
            "outside",
        ),
        (ADDON, {"addonName": "vpc cni"}, "addonName", "vpc-cni"),
        (ADDON, {"addonVersion": "1.20"}, "addonVersion", "eksbuild"),
        (ADDON, {"configurationValues": "enableNetworkPolicy"}, "configurationValues", "JSON"),
        (ADDON, {"configurationValues": '{"open": '}, "configurationValues", "JSON"),
        (ENTRY, {"kubernetesGroups": ["system:masters"]}, "kubernetesGroups[0]", "system:"),
        (ENTRY, {"userName": "eks:somebody"}, "userName", "eks:"),
        (ENTRY, {"type": "EC2_LINUX", "kubernetesGroups": ["nodes"]}, "kubernetesGroups", "EC2_LINUX"),
        (
            ENTRY,
            {"principalArn": "arn:aws:sts::123456789012:assumed-role/r/me"},
            "principalArn",
            "not of a session",
        ),
        (GRANT, {"accessScope": {"type": "namespace"}}, "accessScope.namespaces", "missing"),
        (
            GRANT,
            {"accessScope": {"type": "cluster", "namespaces": ["n"]}},
            "accessScope.namespaces",
            "type cluster",
        ),
        (BINDING, {"namespace": "Training"}, "namespace", "name of a namespace"),
        (BINDING, {"roleArn": "r"}, "roleArn", "ARN of an IAM role"),
        (
            TEMPLATE,
            {"networkInterfaces": [CARD], "vpcSecurityGroupIds": ["sg-1"]},
            "vpcSecurityGroupIds",
            "network interfaces",
        ),
        (TEMPLATE, {"networkInterfaces": [CARD, CARD]}, "networkInterfaces[1].deviceIndex", "already"),
        (
            TEMPLATE,
            {
                "networkInterfaces": [
                    {**CARD, "associatePublicIpAddress": "true"},
                    {**CARD, "networkCardIndex": 1},
                ]
            },
            "networkInterfaces[0].associatePublicIpAddress",
            "several interfaces",
        ),
        (
            TEMPLATE,
            {"networkInterfaces": [{**CARD, "interfaceType": "efa_only"}]},
            "networkInterfaces[0].interfaceType",
            "efa-only",
        ),
        (
            TEMPLATE,
            {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"kmsKeyId": "k"}}]},
            "blockDeviceMappings[0].ebs.kmsKeyId",
            "not encrypted",
        ),
        (
            TEMPLATE,
            {"instanceMarketOptions": {"marketType": "capacity-block"}},
            "capacityReservationSpecification.capacityReservationTarget",
            "missing",
        ),
        (
            TEMPLATE,
            {"metadataOptions": {"httpPutResponseHopLimit": 65}},
            "metadataOptions.httpPutResponseHopLimit",
            "64",
        ),
        (TEMPLATE, {"namePrefix": "t-"}, "name", "together with namePrefix"),
        (PLACEMENT, {"partitionCount": 2}, "partitionCount", "not taken"),
        (PLACEMENT, {"spreadLevel": "rack"}, "spreadLevel", "not taken"),
        (PROJECT, {"source": {"type": "NO_SOURCE"}}, "source.buildspec", "no source"),
        (PROJECT, {"source": {"type": "GITHUB"}}, "source.location", "GITHUB"),
        (PROJECT, {"artifacts": {"type": "CODEPIPELINE"}}, "artifacts.type", "both or neither"),
        (PROJECT, {"artifacts": {"type": "S3"}}, "artifacts.location", "bucket"),
        (CONTROLLED, {"typeName": "ECR::Repository"}, "typeName", "AWS::ECR::Repository"),
        (CONTROLLED, {"desiredState": "{"}, "desiredState", "invalid JSON"),
        (PROJECT, {"buildTimeout": 2161}, "buildTimeout", "2160"),
        (PROJECT, {"name": "b"}, "name", "2 to 150"),
    ],
)
def test_what_aws_refuses_of_one_object(type: str, inputs: Any, path: str, words: str) -> None:
    assert words in refused(type, **inputs).get(path, "nothing")


def test_unknown_values_refuse_nothing() -> None:
    assert refused(TEMPLATE, networkInterfaces=UNKNOWN, blockDeviceMappings=UNKNOWN) == {}
    assert refused(TEMPLATE, networkInterfaces=[{**CARD, "deviceIndex": UNKNOWN}, CARD]) == {}
    assert refused(ADDON, configurationValues=UNKNOWN) == {}
    assert refused(ENTRY, type=UNKNOWN, kubernetesGroups=["g"]) == {}
    assert refused(NODE_GROUP, capacityType=UNKNOWN, scalingConfig=UNKNOWN) == {}
    assert refused(PROJECT, source=UNKNOWN, artifacts={"type": "CODEPIPELINE"}) == {}


def fits(record: Cloud, type: str, /, **inputs: Any) -> str:
    """What the record refuses of a new object; nothing when it fits."""
    resource = CALLER.resource(type, "new", {**SMALLEST[type], **inputs})
    found = PACKAGE.refuse_create(resource, PACKAGE.identify(resource), record)
    return f"{found.path}: {found.problem}" if found else ""


def template(**inputs: Any) -> tuple[Cloud, dict[str, str]]:
    made = CALLER.existing(TEMPLATE, "t", {**SMALLEST[TEMPLATE], **inputs})
    return Cloud(made), {"id": made.id, "version": "1"}


RESERVATION = {"capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}}
BLOCK = {
    "instanceMarketOptions": {"marketType": "capacity-block"},
    "capacityReservationSpecification": RESERVATION,
}


@pytest.mark.parametrize(
    ("given", "group", "words"),
    [
        ({"instanceType": "m7i.xlarge"}, {}, ""),
        ({"instanceType": "m7i.xlarge"}, {"instanceTypes": ["m7i.large"]}, "instanceTypes: "),
        (
            {"iamInstanceProfile": {"name": "p"}},
            {},
            "launchTemplate: the launch template has iamInstanceProfile",
        ),
        ({"hibernationOptions": {"configured": True}}, {}, "launchTemplate: "),
        ({"networkInterfaces": [{**CARD, "subnetId": "subnet-1"}]}, {}, "networkInterfaces[0].subnetId"),
        ({"imageId": "ami-0123456789abcdef0"}, {"amiType": "AL2023_x86_64_STANDARD"}, "amiType: "),
        ({"imageId": "ami-0123456789abcdef0"}, {"amiType": "CUSTOM"}, ""),
        ({"instanceMarketOptions": {"marketType": "spot"}}, {"capacityType": "SPOT"}, "spot machines"),
        (BLOCK, {"capacityType": "ON_DEMAND"}, "capacityType: "),
        (BLOCK, {"capacityType": "CAPACITY_BLOCK"}, ""),
        ({}, {"capacityType": "CAPACITY_BLOCK"}, "capacityType: "),
    ],
)
def test_a_node_group_fits_its_launch_template(given: Any, group: Any, words: str) -> None:
    record, named = template(**given)
    said = fits(record, NODE_GROUP, launchTemplate=named, **group)
    assert words in said
    assert bool(words) is bool(said)
    assert fits(EMPTY, NODE_GROUP, launchTemplate=named, **group) == ""


def test_nodes_are_no_newer_than_their_cluster() -> None:
    record = Cloud(CALLER.existing(CLUSTER, "c", {**SMALLEST[CLUSTER], "version": "1.35"}))
    assert "newer than the cluster's 1.35" in fits(record, NODE_GROUP, version="1.36")
    assert fits(record, NODE_GROUP, version="1.34") == ""


def test_access_needs_the_mode_and_policies_need_an_entry() -> None:
    old = CALLER.existing(CLUSTER, "c", {**SMALLEST[CLUSTER]})
    api = {"accessConfig": {"authenticationMode": "API"}}
    new = CALLER.existing(CLUSTER, "c", {**SMALLEST[CLUSTER], **api})
    entry = CALLER.existing(ENTRY, "e", SMALLEST[ENTRY])
    nodes = CALLER.existing(ENTRY, "e", {**SMALLEST[ENTRY], "type": "EC2_LINUX"})
    assert "authentication mode is CONFIG_MAP" in fits(Cloud(old), ENTRY)
    assert fits(Cloud(new), ENTRY) == ""
    assert "has no access entry" in fits(Cloud(new), GRANT)
    assert fits(Cloud(new, entry), GRANT) == ""
    assert "only STANDARD entries" in fits(Cloud(new, nodes), GRANT)


@pytest.mark.parametrize(
    ("type", "name"),
    [
        (ADDON, "addonName"),
        (BINDING, "serviceAccount"),
        (ENTRY, "principalArn"),
        (PLACEMENT, "name"),
        (PROJECT, "name"),
    ],
)
def test_no_two_share_a_name(type: str, name: str) -> None:
    def keys(**inputs: Any) -> list[str]:
        resource = CALLER.resource(type, "new", {**SMALLEST[type], **inputs})
        return list(PACKAGE.unique(resource, PACKAGE.identify(resource)))

    assert keys() == keys() != keys(**{name: "other"})


def test_a_cluster_with_nodes_or_protection_stays() -> None:
    cluster = CALLER.existing(CLUSTER, "c", SMALLEST[CLUSTER])
    group = CALLER.existing(NODE_GROUP, "g", SMALLEST[NODE_GROUP])
    held = PACKAGE.refuse_delete(cluster, Cloud(cluster, group))
    assert held is not None
    assert "dependent object" in held.problem
    assert PACKAGE.refuse_delete(cluster, Cloud(cluster)) is None
    kept = CALLER.existing(CLUSTER, "c", {**SMALLEST[CLUSTER], "deletionProtection": True})
    refusal = PACKAGE.refuse_delete(kept, Cloud(kept))
    assert refusal is not None
    assert "deletion protection" in refusal.problem


def test_an_add_on_has_a_version_for_each_version_of_kubernetes() -> None:
    asked = {"addonName": "vpc-cni", "kubernetesVersion": "1.36", "mostRecent": True}
    assert CALLER.ask("aws:eks/getAddonVersion:getAddonVersion", asked)["version"].startswith("v1.")

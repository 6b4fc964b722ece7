"""Who acts in clusters on AWS: people and the deployer, workloads, controllers, and the build inside."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.accounts import TRAINING_ACCOUNTS, KubernetesAccount
from components.aws.cluster_access import ClusterAccess, ClusterAccessArgs
from components.aws.controllers import Controllers, ControllersArgs
from components.aws.deployer import Deployer, DeployerArgs
from components.aws.workload_bindings import WorkloadBindings, WorkloadBindingsArgs
from components.contracts import Cluster, Purpose, SegmentName, SigningKey, Workload
from tests.components.aws.clusters import placement
from tests.components.aws.platform import PLACE, identity, key
from tests.components.recorder import Made, build, differences, value

NAME = "palisade-test-training"
OPERATOR = "arn:aws:iam::123456789012:role/ml-operations"


def text(said: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(said)


def cluster() -> Cluster:
    return Cluster(name=text(NAME), id=text(f"arn:{NAME}"), kubeconfig=text("{}"))


def deployer_args(**changes: Any) -> DeployerArgs:
    signing = PLACE.arn("kms", "key/signing")
    given: dict[str, Any] = {
        "place": PLACE,
        "placement": placement(SegmentName.OPERATIONS),
        "identity": identity(Workload.DEPLOYER),
        "image": text("123456789012.dkr.ecr.eu-central-1.amazonaws.com/palisade-test/deployer@sha256:0"),
        "repository": "palisade-test/deployer",
        "bucket": "acme-pulumi-state",
        "state_key": PLACE.arn("kms", "key/state"),
        "clusters": (NAME,),
        "signing": SigningKey(text(signing), text(signing), text("-----BEGIN PUBLIC KEY-----")),
        "logs_key": key(Purpose.LOGS),
        "log_days": 90,
    }
    return DeployerArgs(**{**given, **changes})


def program() -> None:
    access = ClusterAccessArgs(
        place=PLACE, cluster=cluster(), deployer=identity(Workload.DEPLOYER), operators=(OPERATOR,)
    )
    ClusterAccess(NAME, access)
    identities = {each: identity(each) for each in Workload}
    WorkloadBindings(
        NAME, WorkloadBindingsArgs(cluster=cluster(), accounts=TRAINING_ACCOUNTS, identities=identities)
    )
    group = PLACE.arn("elasticloadbalancing", "targetgroup/models/1")
    controllers = ControllersArgs(place=PLACE, cluster=cluster(), cluster_name=NAME, target_group=text(group))
    Controllers(NAME, controllers)
    Deployer("palisade-test-deployer", deployer_args())


def statements(made: list[Made], role_policy: str) -> list[dict[str, Any]]:
    kind = "aws:iam/rolePolicy:RolePolicy"
    (found,) = [each for each in made if each.type == kind and each.name == role_policy]
    return json.loads(value(found, "policy"))["Statement"]


def test_inventory() -> None:
    assert differences(build(program), "aws-cluster-access") == []


def test_controllers_act_on_their_own_only() -> None:
    made = build(program)
    (scales,) = [each for each in statements(made, f"{NAME}-autoscaler") if each["Sid"] == "Act"]
    assert scales["Condition"] == {
        "StringEquals": {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{NAME}": "owned"}
    }
    (registers,) = [each for each in statements(made, f"{NAME}-registrar") if each["Sid"] == "Act"]
    assert registers["Resource"] == [PLACE.arn("elasticloadbalancing", "targetgroup/models/1")]


def test_the_deployer_changes_nothing_on_aws_but_its_state() -> None:
    allowed = {
        action
        for each in statements(build(program), "palisade-test-deployer")
        for action in each["Action"]
        if not action.partition(":")[2].startswith(("Describe", "Get", "List", "Batch"))
    }
    assert allowed == {
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:DeleteObject",
        "s3:PutObject",
    }


@pytest.mark.parametrize("workload", [Workload.NODES, Workload.DEPLOYER])
def test_what_does_not_run_in_pods_is_not_bound(workload: Workload) -> None:
    account = {workload: KubernetesAccount(namespace="training", name="other")}
    args = WorkloadBindingsArgs(
        cluster=cluster(), accounts=account, identities={workload: identity(workload)}
    )
    with pytest.raises(ValueError, match="does not run in pods"):
        build(lambda: WorkloadBindings(NAME, args))

"""Who acts: one role per workload, and who may act as the deployer.

Builds the roles of `Workload` and the boundary of those that pods act as. Pods act as workloads through
`workload_bindings.py`; nodes and the deployer have no policy here but the two that nodes need to join.

Guarantees: no user and no access key exists; a pod's role is taken only by its one Kubernetes account, in
clusters of this account; whatever it may do is granted by the component that makes the resource, never on
`*`, and never beyond `identity.yaml`, which ends at the account's own resources.

Leaves out: people (the enterprise's directory, through IAM Identity Center) and roles of AWS's services.
Sources: docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html,
docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_aws.iam.policy import Policy
from pulumi_aws.iam.role import Role
from pulumi_aws.iam.role_policy_attachment import RolePolicyAttachment
from pydantic import BaseModel, ConfigDict

from components.accounts import INFERENCE_ACCOUNTS, TRAINING_ACCOUNTS, KubernetesAccount
from components.aws.documents import allow, policy
from components.aws.place import Place
from components.contracts import Identity, Workload
from components.ready import after

ACCOUNTS: Mapping[Workload, KubernetesAccount] = {**TRAINING_ACCOUNTS, **INFERENCE_ACCOUNTS}
# Everything a node needs to join its cluster and to pull images.
# Source: docs.aws.amazon.com/eks/latest/userguide/create-node-role.html.
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
HOUR = 3600


class IdentitiesArgs(BaseModel):
    """Where the roles live, and who may act as the deployer: ARNs of roles of the enterprise's directory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Place
    deployers: tuple[str, ...] = ()


class Identities(pulumi.ComponentResource):
    """`handles` by workload: `id` is the role's name, `principal` its ARN."""

    handles: Mapping[Workload, Identity]

    def __init__(self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Identities", name, None, opts)
        boundary = self._boundary(name, args)
        roles = {each: self._pod_role(name, args, each, boundary) for each in ACCOUNTS}
        roles[Workload.DEPLOYER] = self._role(name, Workload.DEPLOYER, _deployers_trust(args))
        machines = policy(allow("Machines", ["sts:AssumeRole"], [], to={"Service": "ec2.amazonaws.com"}))
        roles[Workload.NODES] = self._role(name, Workload.NODES, machines)
        joins = [self._node_policy(name, args, roles[Workload.NODES], each) for each in NODE_POLICIES]
        guards = {Workload.NODES: joins}
        self.handles = {
            workload: Identity(
                workload=workload,
                id=after(role.name, *guards.get(workload, ())),
                principal=after(args.place.role(f"{name}-{workload}"), role, *guards.get(workload, ())),
            )
            for workload, role in roles.items()
        }
        self.register_outputs({"roles": {each.value: handle.id for each, handle in self.handles.items()}})

    def _boundary(self, name: str, args: IdentitiesArgs) -> Policy:
        own = {"StringEquals": {"aws:ResourceAccount": args.place.account}}
        return Policy(
            f"{name}-boundary",
            name=f"{name}-boundary",
            description="What pods may do at the most, on resources of this account only.",
            policy=policy(
                allow("OwnResources", _actions()["boundary"], ["*"], when=own),
                allow("NoResource", _actions()["unplaced"], ["*"]),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _pod_role(self, name: str, args: IdentitiesArgs, workload: Workload, boundary: Policy) -> Role:
        return self._role(name, workload, pod_trust(args.place, ACCOUNTS[workload]), boundary)

    def _role(
        self, name: str, workload: Workload, trust: pulumi.Output[str], boundary: Policy | None = None
    ) -> Role:
        return Role(
            f"{name}-{workload}",
            name=f"{name}-{workload}",
            description=workload.duty,
            assume_role_policy=trust,
            permissions_boundary=boundary.arn if boundary else None,
            max_session_duration=HOUR,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _node_policy(self, name: str, args: IdentitiesArgs, role: Role, managed: str) -> RolePolicyAttachment:
        return RolePolicyAttachment(
            f"{name}-nodes-{managed}",
            role=role.name,
            policy_arn=args.place.managed_policy(managed),
            opts=pulumi.ResourceOptions(parent=self),
        )


def pod_trust(place: Place, account: KubernetesAccount) -> pulumi.Output[str]:
    """Trust in the pods of one Kubernetes account, in clusters of this account and region."""
    return policy(
        allow(
            "Pods",
            ["sts:AssumeRole", "sts:TagSession"],
            [],
            to={"Service": "pods.eks.amazonaws.com"},
            when={
                "StringEquals": {
                    "aws:SourceAccount": place.account,
                    "aws:RequestTag/kubernetes-namespace": account.namespace,
                    "aws:RequestTag/kubernetes-service-account": account.name,
                },
                "ArnLike": {"aws:SourceArn": place.arn("eks", "cluster/*")},
            },
        )
    )


def service_trust(
    place: Place, service: str, *more: str, when: Mapping[str, Mapping[str, Any]] | None = None
) -> pulumi.Output[str]:
    """Trust in one of AWS's services, for this account only; `more` is what it does beside assuming."""
    own = {"StringEquals": {"aws:SourceAccount": place.account}, **(when or {})}
    return policy(allow("Service", ["sts:AssumeRole", *more], [], to={"Service": service}, when=own))


def _deployers_trust(args: IdentitiesArgs) -> pulumi.Output[str]:
    """The build project inside the operations segment, and those who were named."""
    own = {"StringEquals": {"aws:SourceAccount": args.place.account}}
    build = {"Service": "codebuild.amazonaws.com"}
    statements = [allow("Builds", ["sts:AssumeRole"], [], to=build, when=own)]
    if args.deployers:
        people = {"AWS": list(args.deployers)}
        statements.append(allow("Deployers", ["sts:AssumeRole", "sts:TagSession"], [], to=people))
    return policy(*statements)


@cache
def _actions() -> Mapping[str, list[str]]:
    return yaml.safe_load(Path(__file__).with_name("identity.yaml").read_text(encoding="utf-8"))

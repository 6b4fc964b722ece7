"""The deployer: a build inside the operations segment, which fills clusters that nobody outside can reach.

Builds a CodeBuild project, the group of its log, and what the deployer's role may do: run there, read the
program and keep the state that the team's bucket holds, and find the clusters. In them it acts by its access
entry (`cluster_access.py`).

Guarantees: it reaches private endpoints and API servers and nothing else; it cannot change what is on AWS, so
that whoever starts a build gains no more than the clusters; nothing runs privileged; its tools come from the
registry, by digest.

Leaves out: the first `up`, which somebody outside makes with `fill_clusters: false`, the bucket of programs
and state (docs/state.md), and its contents.
Source:
docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html
(example of a role in a VPC).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws.codebuild.project import Project
from pulumi_aws.iam.role_policy import RolePolicy
from pydantic import BaseModel, ConfigDict, Field

from components.aws.documents import allow, policy
from components.aws.log_groups import log_group
from components.aws.network import Placement
from components.aws.place import Place
from components.aws.subnets import Ground
from components.contracts import Identity, Key, SegmentName, SigningKey
from components.ready import after

HOUR = 60  # minutes
LOOK = [
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
]
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


class DeployerArgs(BaseModel):
    """Who it acts as, where it runs, from which image, and where its program and state are.

    `repository` is the name of the image's repository; `bucket` holds `programs/<stack>.zip` and the state,
    whose secrets `state_key` encrypts (a KMS key's ARN). `clusters` are the names of those it fills.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    placement: Placement
    identity: Identity
    image: pulumi.Output[str]
    repository: str | pulumi.Output[str]
    bucket: str
    state_key: str
    clusters: tuple[str, ...]
    signing: SigningKey
    logs_key: Key
    log_days: int
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Deployer(pulumi.ComponentResource):
    """`project` is the name of the build that fills the clusters."""

    project: pulumi.Output[str]

    def __init__(self, name: str, args: DeployerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Deployer", name, None, opts)
        ground = Ground(name, args.place, args.labels, self)
        log = log_group(ground, "log", f"/palisade/{name}/builds", args.logs_key, args.log_days)
        allowed = self._rights(name, args)
        build = Project(
            name,
            name=name,
            description="Fills the clusters of this stack from inside the network.",
            service_role=after(args.identity.principal, allowed),
            source={
                "type": "S3",
                "location": f"{args.bucket}/programs/{pulumi.get_stack()}.zip",
                "buildspec": _steps(args),
            },
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "compute_type": "BUILD_GENERAL1_MEDIUM",
                "image": args.image,
                "image_pull_credentials_type": "SERVICE_ROLE",
                "privileged_mode": False,
            },
            vpc_config={
                "vpc_id": args.placement.network_id,
                "subnets": list(args.placement.subnets.values()),
                "security_group_ids": [args.placement.groups[SegmentName.OPERATIONS]],
            },
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": log.name}},
            concurrent_build_limit=1,
            build_timeout=2 * HOUR,
            queued_timeout=HOUR,
            encryption_key=args.state_key,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.project = build.name
        self.register_outputs({"project": build.name})

    def _rights(self, name: str, args: DeployerArgs) -> RolePolicy:
        place = args.place
        group = place.arn("logs", f"log-group:/palisade/{name}/builds")
        repository = pulumi.Output.concat(place.arn("ecr", "repository/"), args.repository)
        return RolePolicy(
            name,
            name="deploy",
            role=args.identity.id,
            policy=policy(
                allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [group, f"{group}:*"]),
                allow("Look", LOOK, ["*"]),
                *_interfaces(args),
                allow("Login", ["ecr:GetAuthorizationToken"], ["*"]),
                allow("Tools", PULL, [repository]),
                allow("Program", ["s3:GetBucketLocation", "s3:ListBucket"], [place.bucket(args.bucket)]),
                allow(
                    "State",
                    ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                    [place.bucket(f"{args.bucket}/*")],
                ),
                allow("Secrets", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], [args.state_key]),
                allow("PublicKey", ["kms:GetPublicKey"], [args.signing.id]),
                allow(
                    "Clusters",
                    ["eks:DescribeCluster"],
                    [place.arn("eks", f"cluster/{cluster}") for cluster in args.clusters],
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _interfaces(args: DeployerArgs) -> list[dict[str, Any]]:
    """The build's interfaces, in its segment only."""
    place = args.place
    subnets = [
        pulumi.Output.concat(place.arn("ec2", "subnet/"), subnet)
        for subnet in args.placement.subnets.values()
    ]
    group = pulumi.Output.concat(
        place.arn("ec2", "security-group/"), args.placement.groups[SegmentName.OPERATIONS]
    )
    interface = place.arn("ec2", "network-interface/*")
    here = {"ArnEquals": {"ec2:Subnet": subnets}}
    lent = {"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}, **here}
    return [
        allow("Interface", ["ec2:CreateNetworkInterface"], [interface, *subnets, group]),
        allow("Lend", ["ec2:CreateNetworkInterfacePermission"], [interface], when=lent),
        allow("Return", ["ec2:DeleteNetworkInterface"], [interface], when=here),
    ]


def _steps(args: DeployerArgs) -> str:
    """What a build does. The image has the engine, this project's packages and the logins of clusters."""
    stack = pulumi.get_stack()
    run = f"pulumi up --stack {stack} --yes --non-interactive --policy-pack policies"
    commands = [f"pulumi login 's3://{args.bucket}?region={args.place.region}'", run]
    return json.dumps({"version": "0.2", "phases": {"build": {"commands": commands}}})

"""What the account is like, at every moment: AWS Config's recorder, and rules that it checks all the time.

Builds the recorder with its role and bucket, what delivers its records, and one conformance pack of the rules
of `conformance.yaml`.

Guarantees: every resource that Config knows is recorded, global ones included; what `conformance.yaml` says
is checked at every change, whoever makes it.

Leaves out: mending what is found. An account has one recorder per region: with `amazon.recorder: elsewhere`
another stack has it. Its bucket has no lock by default, because Config then delivers nothing.
Sources: docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html, iamrole-permissions.html
there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_aws.cfg.conformance_pack import ConformancePack
from pulumi_aws.cfg.delivery_channel import DeliveryChannel
from pulumi_aws.cfg.recorder import Recorder as CfgRecorder
from pulumi_aws.cfg.recorder_status import RecorderStatus
from pulumi_aws.iam.role import Role
from pulumi_aws.iam.role_policy import RolePolicy
from pulumi_aws.iam.role_policy_attachment import RolePolicyAttachment
from pydantic import BaseModel, ConfigDict, Field

from components.aws.buckets import BucketPlan, guarded_bucket
from components.aws.documents import allow, policy
from components.aws.identity import service_trust
from components.aws.place import Place
from components.contracts import Key
from components.ready import after

SERVICE = "config.amazonaws.com"


class RecorderArgs(BaseModel):
    """Where the recorder lives, the key of its bucket, and how long replaced records stay, in days.

    `access_logs` is the bucket of access logs. `protected` keeps the bucket from deletion; with `torn_down`
    its records go with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    key: Key
    access_logs: pulumi.Output[str]
    log_days: int
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True
    torn_down: bool = False


class Recorder(pulumi.ComponentResource):
    """The recorder and its rules."""

    def __init__(self, name: str, args: RecorderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Recorder", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = self._bucket(name, args)
        recorder = CfgRecorder(
            name,
            name=name,
            role_arn=self._role(name, args),
            recording_group={"all_supported": True, "include_global_resource_types": True},
            opts=child,
        )
        channel = DeliveryChannel(
            name,
            name=name,
            s3_bucket_name=bucket,
            snapshot_delivery_properties={"delivery_frequency": "TwentyFour_Hours"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        on = RecorderStatus(
            name,
            name=recorder.name,
            is_enabled=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[channel]),
        )
        ConformancePack(
            name,
            name=name,
            template_body=template(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[on]),
        )
        self.register_outputs({})

    def _bucket(self, name: str, args: RecorderArgs) -> pulumi.Output[str]:
        bucket = f"{args.place.account}-{name}-config"
        plan = BucketPlan(
            name=f"{name}-config",
            bucket=bucket,
            arn=args.place.bucket(bucket),
            key=args.key,
            labels={**args.labels, "store": "config"},
            protected=args.protected,
            force_destroy=args.torn_down,
        )
        own = {"StringEquals": {"aws:SourceAccount": args.place.account}}
        owned = {"StringEquals": {**own["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"}}
        records = [f"{plan.arn}/AWSLogs/{args.place.account}/Config/*"]
        service = {"Service": SERVICE}
        made = guarded_bucket(
            plan,
            self,
            logs=args.access_logs,
            noncurrent_days=args.log_days,
            names_a_key=SERVICE,
            statements=[
                allow("ConfigLooks", ["s3:GetBucketAcl", "s3:ListBucket"], [plan.arn], to=service, when=own),
                allow("ConfigWrites", ["s3:PutObject"], records, to=service, when=owned),
            ],
        )
        return after(made.bucket.bucket, *made.guards)

    def _role(self, name: str, args: RecorderArgs) -> pulumi.Output[str]:
        """What the recorder looks as; it reads descriptions of resources, and no data."""
        child = pulumi.ResourceOptions(parent=self)
        role = Role(
            f"{name}-config",
            name=f"{name}-config",
            description="Records what the account is like.",
            assume_role_policy=service_trust(args.place, SERVICE),
            tags=args.labels,
            opts=child,
        )
        looks = RolePolicyAttachment(
            f"{name}-config",
            role=role.name,
            policy_arn=args.place.managed_policy("service-role/AWS_ConfigRole"),
            opts=child,
        )
        bucket = args.place.bucket(f"{args.place.account}-{name}-config")
        writes = RolePolicy(
            f"{name}-config",
            name="deliver",
            role=role.name,
            policy=policy(
                allow("Deliver", ["s3:PutObject"], [f"{bucket}/AWSLogs/{args.place.account}/*"]),
                allow("Look", ["s3:GetBucketAcl"], [bucket]),
            ),
            opts=child,
        )
        return after(role.arn, looks, writes)


@cache
def template() -> str:
    """The pack as AWS takes it."""
    text = Path(__file__).with_name("conformance.yaml").read_text(encoding="utf-8")
    resources: dict[str, Any] = {}
    for each in yaml.safe_load(text)["rules"]:
        key = "".join(part.capitalize() for part in each["name"].split("-"))
        properties: dict[str, Any] = {
            "ConfigRuleName": each["name"],
            "Source": {"Owner": "AWS", "SourceIdentifier": each["rule"]},
        }
        if "parameters" in each:
            properties["InputParameters"] = each["parameters"]
        resources[key] = {"Type": "AWS::Config::ConfigRule", "Properties": properties}
    return json.dumps({"Resources": resources}, sort_keys=True)

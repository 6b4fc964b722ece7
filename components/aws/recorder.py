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
from pydantic import BaseModel, ConfigDict, Field

from components.aws.buckets import BucketPlan, guarded_bucket
from components.aws.documents import allow
from components.aws.identity import service_trust
from components.aws.place import Place
from components.aws.roles import Acting, acting_role
from components.aws.subnets import Ground
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
        plan = BucketPlan(
            place=args.place,
            name=f"{name}-config",
            key=args.key,
            labels={**args.labels, "store": "config"},
            protected=args.protected,
            force_destroy=args.torn_down,
        )
        ground = Ground(name, args.place, args.labels, self)
        recorder = CfgRecorder(
            name,
            name=name,
            role_arn=acting_role(ground, "config", _acting(args, plan.arn)),
            recording_group={"all_supported": True, "include_global_resource_types": True},
            opts=child,
        )
        channel = DeliveryChannel(
            name,
            name=name,
            s3_bucket_name=self._bucket(plan, args),
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

    def _bucket(self, plan: BucketPlan, args: RecorderArgs) -> pulumi.Output[str]:
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


def _acting(args: RecorderArgs, bucket: str) -> Acting:
    """What the recorder looks as; it reads descriptions of resources, and no data."""
    return Acting(
        "Records what the account is like.",
        service_trust(args.place, SERVICE),
        managed="service-role/AWS_ConfigRole",
        does="deliver",
        statements=[
            allow("Deliver", ["s3:PutObject"], [f"{bucket}/AWSLogs/{args.place.account}/*"]),
            allow("Look", ["s3:GetBucketAcl"], [bucket]),
        ],
    )


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

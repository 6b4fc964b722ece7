"""Audit: who did what, recorded by a trail that nobody can cut short.

Builds a CloudTrail trail over all regions with its bucket, and the log group that alerts watch.

Guarantees: every call that changes something, and every read and write of an object in the stores, whoever
makes it; also which guardrail was asked. Files are under the customer's key, carry digests that prove that
none is missing or changed, and are locked: in production with personal data nobody deletes them or shortens
that, elsewhere an administrator would have to lift the lock openly.

Leaves out: who is told (`alerts.py`), what the account is like (`recorder.py`), what it means
(`findings.py`).
Sources: docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
logging-data-events-with-cloudtrail.html and best-practices-security.html there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws.cloudtrail._inputs import TrailAdvancedEventSelectorArgs
from pulumi_aws.cloudtrail.trail import Trail
from pydantic import BaseModel, ConfigDict, Field

from components.aws.buckets import BucketPlan, Lock, guarded_bucket
from components.aws.documents import allow
from components.aws.identity import service_trust
from components.aws.log_groups import log_group
from components.aws.place import Place
from components.aws.roles import Acting, acting_role
from components.aws.subnets import Ground
from components.contracts import Key
from components.ready import after

SERVICE = "cloudtrail.amazonaws.com"


class AuditArgs(BaseModel):
    """Where the trail lives, its key, which stores it watches, and how long its files stay.

    `stores` are names of buckets, whose own access logs go to `access_logs`. `locked` is for good. An
    organisation's management account records all accounts with `whole_organization`, of whose id the files'
    place is made. `protected` keeps the bucket from deletion; with `torn_down` its files go with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    key: Key
    stores: tuple[str, ...]
    access_logs: pulumi.Output[str]
    log_days: int
    locked: bool
    whole_organization: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True
    torn_down: bool = False


class Audit(pulumi.ComponentResource):
    """`group` is the name of the log group that the trail writes to, once it does."""

    group: pulumi.Output[str]

    def __init__(self, name: str, args: AuditArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Audit", name, None, opts)
        ground = Ground(name, args.place, args.labels, self)
        bucket = self._bucket(name, args)
        streams = args.place.arn("logs", f"log-group:/palisade/{name}/trail:log-stream:*")
        writer = Acting(
            "Writes the trail's log.",
            service_trust(args.place, SERVICE),
            does="write",
            statements=[allow("Write", ["logs:CreateLogStream", "logs:PutLogEvents"], [streams])],
        )
        log = log_group(ground, "trail", f"/palisade/{name}/trail", args.key, args.log_days)
        trail = Trail(
            name,
            name=name,
            s3_bucket_name=bucket,
            kms_key_id=args.key.id,
            is_multi_region_trail=True,
            include_global_service_events=True,
            is_organization_trail=args.whole_organization is not None,
            enable_log_file_validation=True,
            enable_logging=True,
            cloud_watch_logs_group_arn=pulumi.Output.concat(log.arn, ":*"),
            cloud_watch_logs_role_arn=acting_role(ground, "trail", writer),
            advanced_event_selectors=[TrailAdvancedEventSelectorArgs(**each) for each in _selectors(args)],
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.group = after(log.name, trail)
        self.register_outputs({"group": self.group})

    def _bucket(self, name: str, args: AuditArgs) -> pulumi.Output[str]:
        plan = BucketPlan(
            place=args.place,
            name=f"{name}-trail",
            key=args.key,
            labels={**args.labels, "store": "trail"},
            protected=args.protected,
            force_destroy=args.torn_down,
        )
        made = guarded_bucket(
            plan,
            self,
            logs=args.access_logs,
            lock=Lock(args.log_days, for_good=args.locked),
            names_a_key=SERVICE,
            statements=_writes(name, args, plan.arn),
        )
        return after(made.bucket.bucket, *made.guards)


def _writes(name: str, args: AuditArgs, bucket: str) -> list[dict[str, Any]]:
    """The trail, and no other, writes to the bucket."""
    only = {"StringEquals": {"aws:SourceArn": args.place.arn("cloudtrail", f"trail/{name}")}}
    owned = {"StringEquals": {**only["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"}}
    accounts = [args.place.account, *([args.whole_organization] if args.whole_organization else [])]
    files = [f"{bucket}/AWSLogs/{account}/*" for account in accounts]
    trail = {"Service": SERVICE}
    return [
        allow("TrailLooks", ["s3:GetBucketAcl"], [bucket], to=trail, when=only),
        allow("TrailWrites", ["s3:PutObject"], files, to=trail, when=owned),
    ]


def _selectors(args: AuditArgs) -> list[dict[str, Any]]:
    """All that manages, what is done with objects of the stores, and questions to guardrails."""
    objects = [f"{args.place.bucket(store)}/" for store in args.stores]
    return [
        _selector("Management", []),
        _selector("Objects", [("resources.type", ["AWS::S3::Object"])], starts=("resources.ARN", objects)),
        _selector("Guardrails", [("resources.type", ["AWS::Bedrock::Guardrail"])]),
    ]


def _selector(
    what: str, equal: Sequence[tuple[str, list[str]]], starts: tuple[str, list[str]] | None = None
) -> dict[str, Any]:
    category = "Management" if not equal else "Data"
    fields: list[dict[str, Any]] = [{"field": "eventCategory", "equals": [category]}]
    fields += [{"field": field, "equals": values} for field, values in equal]
    if starts:
        fields.append({"field": starts[0], "starts_withs": starts[1]})
    return {"name": what, "field_selectors": fields}

"""Object stores: buckets for datasets, models and outputs, and one for the logs of who read them.

Guarantees, for every bucket: its own purpose's customer key, and no object under another, but for access
logs, which S3 delivers only where its own key is the default; no ACL, no public
access; nothing without TLS, nothing from outside the account's private endpoints but by the deployer and
AWS's own services; versions, so that nothing is lost by being replaced or deleted, for `retention_days`
more; access logs, which nobody deletes and only time ends, after `log_days`. What nobody can ever shorten
is the trail's record of the same (`audit.py`), since S3 delivers no access logs to a bucket with a lock
(docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html). A handle resolves only after the
workloads' grants (`store_access.yaml`), none of which allows deleting; a store's policy refuses
overwriting.

Leaves out: object lock on the stores themselves, whose data must be deletable when its owner asks
(GDPR Art. 17). Data events of the storage service are the audit component's.
Sources: docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html,
docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws.iam.role_policy import RolePolicy
from pulumi_aws.s3.bucket import Bucket
from pydantic import BaseModel, ConfigDict, Field

from components.aws.buckets import BucketPlan, guarded_bucket
from components.aws.documents import allow, deny, policy
from components.aws.place import Place
from components.contracts import Identity, Key, Purpose, Store, StoreName, Workload
from components.ready import after
from components.store_access import PURPOSE_OF, Access, Right, table

ACTIONS_OF = {
    Right.READ: ["s3:GetObject", "s3:GetObjectVersion"],
    Right.ADD: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
}
DELETE = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
LIST = ["s3:GetBucketLocation", "s3:ListBucket"]


class StoresArgs(BaseModel):
    """Where the stores live, how long things stay, and who works with them.

    `sensitive` says whether personal data is among the data. `protected` keeps the buckets from deletion;
    with `torn_down` their objects go with them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    sensitive: bool
    retention_days: int = Field(ge=1)
    log_days: int = Field(ge=90)
    keys: Mapping[Purpose, Key]
    identities: Mapping[Workload, Identity]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True
    torn_down: bool = False


class Stores(pulumi.ComponentResource):
    """`handles` by store. `id` is the bucket's name, `uri` begins with `s3://`.

    `access_logs` is the name of the bucket that logs of access go to.
    """

    handles: Mapping[StoreName, Store]
    access_logs: pulumi.Output[str]

    def __init__(self, name: str, args: StoresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Stores", name, None, opts)
        self.access_logs = logs = self._log_bucket(name, args)
        self.handles = {store: self._store(name, args, store, logs) for store in StoreName}
        self.register_outputs({"stores": {each.value: handle.uri for each, handle in self.handles.items()}})

    def _log_bucket(self, name: str, args: StoresArgs) -> pulumi.Output[str]:
        own = {
            "StringEquals": {"aws:SourceAccount": args.place.account},
            "ArnLike": {"aws:SourceArn": args.place.bucket(args.place.bucket_name(f"{name}-*"))},
        }
        plan = self._plan(name, args, "access-logs", None)
        made = guarded_bucket(
            plan,
            self,
            # S3 delivers no access logs to a bucket with a lock by default.
            ends_days=args.log_days,
            statements=[
                allow(
                    "AccessLogs",
                    ["s3:PutObject"],
                    [f"{plan.arn}/*"],
                    to={"Service": "logging.s3.amazonaws.com"},
                    when=own,
                ),
                # Only the bucket's lifecycle deletes, which asks no policy.
                *([] if args.torn_down else [deny("Stay", DELETE, [f"{plan.arn}/*"], to={"AWS": "*"})]),
            ],
        )
        return after(made.bucket.bucket, *made.guards)

    def _store(self, name: str, args: StoresArgs, store: StoreName, logs: pulumi.Output[str]) -> Store:
        plan = self._plan(name, args, store.value, args.keys[PURPOSE_OF[store]])
        made = guarded_bucket(
            plan,
            self,
            logs=logs,
            noncurrent_days=args.retention_days,
            statements=[_only_from(args, plan.arn), _never_over(plan.arn)],
        )
        grants = [
            self._grant(name, args, plan.arn, made.bucket, each) for each in table() if each.store is store
        ]
        guards = (*made.guards, *grants)
        return Store(
            name=store,
            id=after(made.bucket.bucket, *guards),
            uri=after(pulumi.Output.concat("s3://", made.bucket.bucket), *guards),
        )

    def _plan(self, name: str, args: StoresArgs, what: str, key: Key | None) -> BucketPlan:
        return BucketPlan(
            place=args.place,
            name=f"{name}-{what}",
            key=key,
            labels={**args.labels, "store": what},
            protected=args.protected,
            force_destroy=args.torn_down,
        )

    def _grant(self, name: str, args: StoresArgs, arn: str, bucket: Bucket, access: Access) -> RolePolicy:
        objects = f"{arn}/{access.under or ''}*"
        return RolePolicy(
            f"{name}-{access.store}-{access.workload}-{access.right}",
            name=f"{access.store}-{access.right}",
            role=args.identities[access.workload].id,
            policy=policy(allow("Objects", ACTIONS_OF[access.right], [objects]), allow("Names", LIST, [arn])),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[bucket]),
        )


def _only_from(args: StoresArgs, arn: str) -> dict[str, Any]:
    """Objects are used through the account's endpoints, except by the deployer, AWS's services and Macie.

    Never denied is changing this policy: whoever locks themselves out here locks everyone out.
    """
    macie = args.place.role("aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie")
    others = [args.identities[Workload.DEPLOYER].principal, *([macie] if args.sensitive else [])]
    return deny(
        "OnlyFromTheNetwork",
        ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        [arn, f"{arn}/*"],
        to={"AWS": "*"},
        when={
            "StringNotEqualsIfExists": {"aws:VpceAccount": args.place.account},
            "ArnNotEqualsIfExists": {"aws:PrincipalArn": others},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
        },
    )


def _never_over(arn: str) -> dict[str, Any]:
    """Writing needs the condition that no object has the name yet; a part of an upload has none."""
    return deny(
        "NeverOver",
        ["s3:PutObject"],
        [f"{arn}/*"],
        to={"AWS": "*"},
        when={"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
    )

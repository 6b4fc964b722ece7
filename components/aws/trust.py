"""Whose certificates clients of the edge must show: a trust store for the load balancer.

Builds a bucket with the authorities' certificates as PEM, and the store made from it.

Guarantees: what `buckets.py` guarantees; a change of the certificates is a change of the plan.

Leaves out: the authority (`authority.py`), and revocation lists, which an outside authority may need.
Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws.lb.trust_store import TrustStore
from pulumi_aws.s3.bucket_objectv2 import BucketObjectv2
from pydantic import BaseModel, ConfigDict, Field

from components.aws.buckets import BucketPlan, guarded_bucket
from components.aws.place import Place
from components.contracts import Key

REPLACED_DAYS = 30
LONGEST = 32


class TrustArgs(BaseModel):
    """Where the store lives, the authorities' certificates as PEM, the bucket's key and its access logs'
    place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    certificates: str | pulumi.Output[str]
    key: Key
    access_logs: pulumi.Output[str]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    torn_down: bool = False


class Trust(pulumi.ComponentResource):
    """`store` is the ARN of the store, for the edge."""

    store: pulumi.Output[str]

    def __init__(self, name: str, args: TrustArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Trust", name, None, opts)
        plan = BucketPlan(
            place=args.place,
            name=name,
            key=args.key,
            labels=args.labels,
            protected=False,
            force_destroy=args.torn_down,
        )
        made = guarded_bucket(plan, self, statements=[], logs=args.access_logs, noncurrent_days=REPLACED_DAYS)
        bundle = BucketObjectv2(
            name,
            bucket=made.bucket.id,
            key="authorities.pem",
            content=args.certificates,
            content_type="application/x-pem-file",
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(made.guards)),
        )
        store = TrustStore(
            name,
            name=name[:LONGEST],
            ca_certificates_bundle_s3_bucket=made.bucket.id,
            ca_certificates_bundle_s3_key=bundle.key,
            ca_certificates_bundle_s3_object_version=bundle.version_id,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.store = store.arn
        self.register_outputs({"store": store.arn})

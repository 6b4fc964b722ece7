"""The audit trail: every access to data is recorded, and the records outlive whoever would rather not.

Builds the project's audit configuration, a log bucket under the customer's key, and the sink that fills it.

Guarantees: reads and writes of data are logged for all services and all callers, without an exempted member;
audit, network, name, load-balancer and workload logs land in the bucket without exclusions and stay for
`log_days`; once `locked`, nobody can shorten that or delete the bucket, the stack included: on a teardown it
is left standing until its records are old enough. `bucket` resolves once the sink may write and the lock
holds.

Leaves out: Google's own bucket `_Default`, which no customer key can protect and which keeps its copy for 30
days; an organisation turns that sink off for all projects (cloud.google.com/logging/docs/default-settings).
A project has one audit configuration: with `writes_audit_config` false, another stack writes it.
Sources: cloud.google.com/logging/docs/audit/configure-data-access, cloud.google.com/logging/docs/buckets.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_gcp.logging.project_bucket_config import ProjectBucketConfig
from pulumi_gcp.logging.project_sink import ProjectSink
from pulumi_gcp.projects.iam_audit_config import IAMAuditConfig
from pulumi_gcp.projects.iam_member import IAMMember
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Key
from components.ready import after

RECORDED = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")


class AuditArgs(BaseModel):
    """Where records live, how long, and under which key.

    `locked` makes retention final. With `writes_audit_config` false another stack of the project writes the
    one audit configuration. `protected` is False only while a stack is torn down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    region: str
    key: Key
    # Cloud Logging takes 1 to 3650 days. Source: cloud.google.com/logging/docs/buckets#custom-retention.
    log_days: int = Field(ge=90, le=3650)
    locked: bool
    writes_audit_config: bool = True
    protected: bool = True


@cache
def recorded_logs() -> str:
    """The sink's filter, from `audit_logs.yaml`."""
    text = Path(__file__).with_name("audit_logs.yaml").read_text(encoding="utf-8")
    return " OR ".join(f"({entry['filter']})" for entry in yaml.safe_load(text)["logs"])


class Audit(pulumi.ComponentResource):
    """`bucket` is the log bucket's full name."""

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: AuditArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Audit", name, None, opts)
        bucket = self._bucket(name, args)
        guards: list[pulumi.Resource] = [*self._sink(name, args, bucket)]
        if args.writes_audit_config:
            guards.append(self._config(name, args))
        self.bucket = after(bucket.id, *guards)
        self.register_outputs({"bucket": self.bucket})

    def _config(self, name: str, args: AuditArgs) -> IAMAuditConfig:
        return IAMAuditConfig(
            f"{name}-data-access",
            project=args.project,
            service="allServices",
            audit_log_configs=[{"log_type": kind} for kind in RECORDED],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _bucket(self, name: str, args: AuditArgs) -> ProjectBucketConfig:
        return ProjectBucketConfig(
            f"{name}-audit",
            project=args.project,
            location=args.region,
            bucket_id=f"{name}-audit",
            description="Security records; see components/gcp/audit.py.",
            retention_days=args.log_days,
            locked=args.locked,
            enable_analytics=True,
            cmek_settings={"kms_key_name": args.key.id},
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protected, retain_on_delete=args.locked or None
            ),
        )

    def _sink(self, name: str, args: AuditArgs, bucket: ProjectBucketConfig) -> list[pulumi.Resource]:
        sink = ProjectSink(
            f"{name}-audit",
            name=f"{name}-audit",
            project=args.project,
            description="What the security of the platform is judged by.",
            destination=pulumi.Output.concat("logging.googleapis.com/", bucket.id),
            filter=recorded_logs(),
            unique_writer_identity=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # On the project, since a log bucket has no IAM policy; the condition names the one bucket.
        # Source: cloud.google.com/logging/docs/export/configure_export_v2#dest-auth.
        writes = IAMMember(
            f"{name}-audit-writer",
            project=args.project,
            role="roles/logging.bucketWriter",
            member=sink.writer_identity,
            condition={
                "title": "only the audit bucket",
                "expression": bucket.id.apply(lambda full: f'resource.name.endsWith("{full}")'),
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [sink, writes]

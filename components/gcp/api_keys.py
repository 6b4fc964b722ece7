"""API keys of callers that can neither sign in nor hold a certificate, replaced on a schedule.

Builds one secret per caller, and a topic that reminds of its rotation.

Guarantees: the customer's key, in one region; a reminder at every rotation; only the model server's identity
reads them; no value in any state: whoever rotates adds a version, and destroys the one before the last.

Leaves out: making the values. `docs/mirror.md` is about software; for keys, the reminder's text names the
secret: `openssl rand -base64 33 | gcloud secrets versions add NAME --data-file=-`.
Source: cloud.google.com/secret-manager/regional-secrets/create-regional-secret, .../docs/secret-rotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

import pulumi
from pulumi_gcp.projects.service_identity import ServiceIdentity
from pulumi_gcp.pubsub.topic import Topic
from pulumi_gcp.pubsub.topic_iam_member import TopicIAMMember
from pulumi_gcp.secretmanager.regional_secret import RegionalSecret
from pulumi_gcp.secretmanager.regional_secret_iam_member import RegionalSecretIamMember
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Identity, Key
from components.gcp.grants import not_public
from components.ready import after

DAY = 86_400


class ApiKeysArgs(BaseModel):
    """Callers with the days between rotations of their keys, who reads the keys, and what encrypts them.

    `rotation_days` maps a caller to at most 90. The first reminder comes one rotation after `today`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    region: str
    rotation_days: Mapping[str, Annotated[int, Field(ge=1, le=90)]]
    reader: Identity
    secrets_key: Key
    messages_key: Key
    today: date
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class ApiKeys(pulumi.ComponentResource):
    """`secrets` by caller: full names, once they may be read."""

    secrets: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ApiKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:ApiKeys", name, None, opts)
        topic = self._reminders(name, args)
        self.secrets = {caller: self._secret(name, args, caller, topic) for caller in args.rotation_days}
        self.register_outputs({"secrets": dict(self.secrets)})

    def _reminders(self, name: str, args: ApiKeysArgs) -> pulumi.Output[str]:
        topic = Topic(
            f"{name}-rotation",
            name=f"{name}-rotation",
            project=args.project,
            kms_key_name=args.messages_key.id,
            message_storage_policy={
                "allowed_persistence_regions": [args.region],
                "enforce_in_transit": True,
            },
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        agent = ServiceIdentity(
            f"{name}-secretmanager",
            project=args.project,
            service="secretmanager.googleapis.com",
            opts=pulumi.ResourceOptions(parent=self),
        )
        publishes = TopicIAMMember(
            f"{name}-rotation",
            project=args.project,
            topic=topic.name,
            role="roles/pubsub.publisher",
            member=agent.member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return after(topic.id, publishes)

    def _secret(
        self, name: str, args: ApiKeysArgs, caller: str, topic: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        days = args.rotation_days[caller]
        secret = RegionalSecret(
            f"{name}-{caller}",
            secret_id=f"{name}-{caller}",
            project=args.project,
            location=args.region,
            customer_managed_encryption={"kms_key_name": args.secrets_key.id},
            rotation={
                "rotation_period": f"{days * DAY}s",
                "next_rotation_time": f"{args.today + timedelta(days=days)}T00:00:00Z",
            },
            topics=[{"name": topic}],
            # A replaced key can be brought back for a day, then it is gone.
            version_destroy_ttl=f"{DAY}s",
            labels={**args.labels, "caller": caller},
            # The service moves the next rotation on by itself.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["rotation.nextRotationTime"]),
        )
        reads = RegionalSecretIamMember(
            f"{name}-{caller}",
            project=args.project,
            location=args.region,
            secret_id=secret.secret_id,
            role="roles/secretmanager.secretAccessor",
            member=args.reader.principal.apply(not_public),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return after(secret.id, reads)

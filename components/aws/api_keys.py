"""API keys of callers that can get no token, replaced on a schedule.

Builds one secret per caller, who may read it, and a rule that reminds of its rotation.

Guarantees: the customer's key, in one region; only the model server's role reads them, from inside the
network; a reminder at every rotation; a secret can be restored for 30 days; no value in any state: whoever
rotates adds a version. The version before stays readable by its label, so that a caller changes over
without a gap.

Leaves out: making the values: `openssl rand -base64 33`, then `aws secretsmanager put-secret-value`, as
docs/mirror.md is about software only.
Sources: docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html,
docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pulumi
from pulumi_aws.iam.role_policy import RolePolicy
from pulumi_aws.secretsmanager.secret import Secret
from pydantic import BaseModel, ConfigDict, Field

from components.aws.documents import allow, deny, policy
from components.aws.place import Place
from components.aws.topic import Channel, Message, tell
from components.contracts import Identity, Key
from components.ready import after

RESTORE_DAYS = 30
READ = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]


class ApiKeysArgs(BaseModel):
    """Callers with the days between rotations of their keys, who reads the keys, and what encrypts them.

    `rotation_days` maps a caller to at most 90. `channel` is where reminders are told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    rotation_days: Mapping[str, Annotated[int, Field(ge=1, le=90)]]
    reader: Identity
    key: Key
    channel: Channel
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class ApiKeys(pulumi.ComponentResource):
    """`secrets` by caller: names, once they may be read."""

    secrets: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ApiKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:ApiKeys", name, None, opts)
        made = {caller: self._secret(name, args, caller) for caller in args.rotation_days}
        reads = RolePolicy(
            f"{name}-read",
            name="api-keys",
            role=args.reader.id,
            policy=policy(allow("Read", READ, [secret.arn for secret in made.values()])),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for caller, days in args.rotation_days.items():
            due = Message(
                f"The API key of {caller} is due.",
                every=f"rate({days} {'day' if days == 1 else 'days'})",
                words=f"Replace the API key of {caller}: secret {name}-{caller}.",
            )
            tell(f"{name}-{caller}", args.channel, due, args.labels, self)
        self.secrets = {caller: after(secret.name, reads) for caller, secret in made.items()}
        self.register_outputs({"secrets": dict(self.secrets)})

    def _secret(self, name: str, args: ApiKeysArgs, caller: str) -> Secret:
        others = {"ArnNotEquals": {"aws:PrincipalArn": args.reader.principal}}
        return Secret(
            f"{name}-{caller}",
            name=f"{name}-{caller}",
            description=f"API key of {caller}, replaced every {args.rotation_days[caller]} days.",
            kms_key_id=args.key.id,
            recovery_window_in_days=RESTORE_DAYS,
            policy=policy(
                deny("OnlyTheServer", ["secretsmanager:GetSecretValue"], ["*"], to={"AWS": "*"}, when=others)
            ),
            tags={**args.labels, "caller": caller},
            opts=pulumi.ResourceOptions(parent=self),
        )

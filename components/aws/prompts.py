"""A Bedrock guardrail: what a prompt may ask and an answer may tell.

Builds the guardrail, a version of it, and the right of the model server's role to ask by it.

Guarantees: prompt attacks, hate, insults, sexual content, violence and misconduct are found from medium
strength on, and secrets and personal identifiers at all; the customer's key; prompts go through the private
endpoint to the region's own service, which keeps none; a change is a new version.

Leaves out: the question itself. The gateway in the cluster asks and refuses what is found, or what could not
be asked (docs/adr/0009).
Source: docs.aws.amazon.com/bedrock/latest/userguide/guardrails-create.html,
guardrails-use-independent-api.html.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws.bedrock._inputs import (
    GuardrailContentPolicyConfigArgs,
    GuardrailSensitiveInformationPolicyConfigArgs,
)
from pulumi_aws.bedrock.guardrail import Guardrail
from pulumi_aws.bedrock.guardrail_version import GuardrailVersion
from pulumi_aws.iam.role_policy import RolePolicy
from pydantic import BaseModel, ConfigDict, Field

from components.aws.documents import allow, policy
from components.aws.place import Place
from components.contracts import Identity, Key
from components.ready import after

KINDS = ("HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT")
STRENGTH = "MEDIUM"
# Identifiers that no prompt needs:
# docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html.
IDENTIFIERS = (
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CREDIT_DEBIT_CARD_NUMBER",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "PASSWORD",
    "PIN",
    "US_SOCIAL_SECURITY_NUMBER",
)
REFUSAL = "This service does not answer that."


class PromptsArgs(BaseModel):
    """Where prompts are judged, what encrypts the guardrail, and who asks."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    key: Key
    asker: Identity
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Prompts(pulumi.ComponentResource):
    """`guardrail` is `<id>/version/<number>`, `host` the regional service's; both once they may be asked."""

    guardrail: pulumi.Output[str]
    host: pulumi.Output[str]

    def __init__(self, name: str, args: PromptsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Prompts", name, None, opts)
        guardrail = Guardrail(
            name,
            name=name,
            description="Judges prompts of the models of this platform.",
            blocked_input_messaging=REFUSAL,
            blocked_outputs_messaging=REFUSAL,
            content_policy_config=GuardrailContentPolicyConfigArgs(**_content()),
            sensitive_information_policy_config=GuardrailSensitiveInformationPolicyConfigArgs(**_sensitive()),
            kms_key_arn=args.key.id,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        version = GuardrailVersion(
            name,
            guardrail_arn=guardrail.guardrail_arn,
            # A version is a copy: it is made anew when what it copies says something else.
            description=f"What is in force: {_digest()}.",
            opts=pulumi.ResourceOptions(parent=self),
        )
        asks = RolePolicy(
            name,
            name="prompts",
            role=args.asker.id,
            policy=policy(
                allow("Ask", ["bedrock:ApplyGuardrail"], [guardrail.guardrail_arn]),
                allow("Open", ["kms:Decrypt"], [args.key.id]),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.guardrail = after(
            pulumi.Output.concat(guardrail.guardrail_id, "/version/", version.version), asks
        )
        self.host = after(f"bedrock-runtime.{args.place.region}.amazonaws.com", asks)
        self.register_outputs({"guardrail": self.guardrail})


def _digest() -> str:
    """Of everything that a version copies."""
    said = json.dumps([_content(), _sensitive(), REFUSAL], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _content() -> dict[str, Any]:
    kinds = [{"type": kind, "input_strength": STRENGTH, "output_strength": STRENGTH} for kind in KINDS]
    # An attack is in the prompt; the service refuses the filter for answers.
    attack = {"type": "PROMPT_ATTACK", "input_strength": STRENGTH, "output_strength": "NONE"}
    return {"filters_configs": [*kinds, attack]}


def _sensitive() -> dict[str, Any]:
    return {"pii_entities_configs": [{"type": kind, "action": "BLOCK"} for kind in IDENTIFIERS]}

"""Foundry: models that Azure itself runs, asked by model servers only.

Builds an account, its private endpoint, a policy of what models refuse (`foundry.yaml`), a deployment of each
model, and the right of the model servers' identity to ask them.

Guarantees: what `ai_accounts.py` guarantees; each model is of one version, which changes when a stack file
says so, and answers in the account's location or its data zone (the argument takes no other kind); what is
found by the policy is refused, before an answer is shown; no projects and no agents. Callers have no way to
the account: they ask the gateway of a model server, which checks, counts and screens, and sends on what asks
for one of these models (`components/kubernetes/hosted.py`).

Leaves out: watching for abuse. Microsoft may keep prompts and answers that its own filters point out for 30
days and have people read them, under keys of its own, unless the subscription is exempt on request
(learn.microsoft.com/azure/ai-foundry/responsible-ai/openai/data-privacy). Models of other makers than OpenAI,
which need another role.
Sources: learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types,
learn.microsoft.com/azure/ai-foundry/openai/how-to/role-based-access-control.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_azure_native.cognitiveservices._inputs import (
    DeploymentModelArgs,
    DeploymentPropertiesArgs,
    RaiPolicyContentFilterArgs,
    RaiPolicyPropertiesArgs,
    SkuArgs,
)
from pulumi_azure_native.cognitiveservices.deployment import Deployment
from pulumi_azure_native.cognitiveservices.rai_policy import RaiPolicy
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from components.azure.ai_accounts import AccountPlan, AiAccount, AiAccountArgs, ai_account
from components.azure.grants import settled
from components.ready import after

POLICY = "palisade"


class Sku(StrEnum):
    """Where a model answers, and how it is paid: by token, or by throughput that is reserved.

    In the account's location, or in the data zone around it (the European Union, the United States). Kinds
    that answer anywhere in the world are left out.
    """

    STANDARD = "Standard"
    PROVISIONED = "ProvisionedManaged"
    ZONE_STANDARD = "DataZoneStandard"
    ZONE_PROVISIONED = "DataZoneProvisionedManaged"


class FoundryModel(BaseModel):
    """A model: the name that callers ask for, which model of which version that is, and how much it answers.

    `capacity` is in thousands of tokens a minute, or in units of reserved throughput.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{1,63}$")
    model: str
    version: str
    sku: Sku
    capacity: int = Field(ge=1)


class FoundryArgs(AiAccountArgs):
    """Where models answer, which ones, what encrypts what is kept, who asks, and where that is recorded."""

    models: tuple[FoundryModel, ...] = Field(min_length=1)


class Filter(BaseModel):
    """A filter of `foundry.yaml`: what it looks for, in prompts or in answers, and from what severity on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    threshold: str | None = None


@cache
def filters() -> tuple[Filter, ...]:
    """`foundry.yaml`, read once."""
    text = Path(__file__).with_name("foundry.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Filter, ...]).validate_python(yaml.safe_load(text)["filters"])


class Foundry(pulumi.ComponentResource):
    """`host` is where the models answer, once they may be asked, and `models` what they are asked for by."""

    host: pulumi.Output[str]
    models: tuple[str, ...]

    def __init__(self, name: str, args: FoundryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Foundry", name, None, opts)
        plan = AccountPlan(name, "foundry", "AIServices", "models", "cognitive-services-openai-user")
        account = ai_account(plan, args, self)
        # An account takes one change of its children at a time.
        children: list[pulumi.Resource] = [*account.guards, self._policy(name, args, account)]
        for model in args.models:
            children.append(self._deployment(name, args, account, model, children))
        self.host = settled(after(f"{account.own}.openai.azure.com", *children), account.may)
        self.models = tuple(model.name for model in args.models)
        self.register_outputs({"host": self.host})

    def _policy(self, name: str, args: FoundryArgs, account: AiAccount) -> RaiPolicy:
        return RaiPolicy(
            name,
            resource_group_name=args.place.group,
            account_name=after(account.own, account.resource),
            rai_policy_name=POLICY,
            properties=RaiPolicyPropertiesArgs(
                base_policy_name="Microsoft.DefaultV2",
                # Answers are held back until they are judged.
                mode="Blocking",
                content_filters=[
                    RaiPolicyContentFilterArgs(
                        name=each.name,
                        source=each.source,
                        severity_threshold=each.threshold,
                        enabled=True,
                        blocking=True,
                    )
                    for each in filters()
                ],
            ),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(account.guards)),
        )

    def _deployment(
        self,
        name: str,
        args: FoundryArgs,
        account: AiAccount,
        model: FoundryModel,
        before: Sequence[pulumi.Resource],
    ) -> Deployment:
        return Deployment(
            f"{name}-{model.name}",
            resource_group_name=args.place.group,
            account_name=after(account.own, account.resource),
            deployment_name=model.name,
            sku=SkuArgs(name=model.sku.value, capacity=model.capacity),
            properties=DeploymentPropertiesArgs(
                model=DeploymentModelArgs(format="OpenAI", name=model.model, version=model.version),
                rai_policy_name=POLICY,
                version_upgrade_option="NoAutoUpgrade",
            ),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(before)),
        )

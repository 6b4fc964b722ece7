"""Content Safety: what judges prompts before a model reads them.

Builds the account, its private endpoint, and the right of the model server's identity to ask it.

Guarantees: what `ai_accounts.py` guarantees.

Leaves out: the question itself. The gateway in the cluster asks for attacks on the model (Prompt Shields) and
for hate, sexual content, violence and self-harm, and refuses what is found, or what could not be asked
(docs/adr/0009). Personal identifiers are found by no question of this service.
Sources: learn.microsoft.com/azure/ai-services/content-safety/concepts/jailbreak-detection,
learn.microsoft.com/azure/ai-services/content-safety/how-to/encrypt-data-at-rest.
"""

from __future__ import annotations

import pulumi

from components.azure.ai_accounts import AccountPlan, AiAccountArgs, ai_account
from components.azure.grants import settled
from components.ready import after

# The version of the service that is asked.
API = "2024-09-01"


class PromptsArgs(AiAccountArgs):
    """Where prompts are judged, what encrypts what is kept, who asks, and where that is recorded."""


class Prompts(pulumi.ComponentResource):
    """`host` is where the service answers, once it may be asked, and `api` the version of what is asked."""

    host: pulumi.Output[str]
    api: pulumi.Output[str]

    def __init__(self, name: str, args: PromptsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Prompts", name, None, opts)
        plan = AccountPlan(name, "prompts", "ContentSafety", "screen", "cognitive-services-user")
        account = ai_account(plan, args, self)
        host = after(f"{account.own}.cognitiveservices.azure.com", *account.guards)
        self.host = settled(host, account.may)
        self.api = pulumi.Output.from_input(API)
        self.register_outputs({"host": self.host})

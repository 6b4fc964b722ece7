"""Alerts about what a cluster's pods print: who is told of what runtime detection and the gateway see.

Builds a counter over the log group of what containers print and an alarm for each entry of `alerts.yaml`
under `pods`, and for those under `prompts` where models are served.

Guarantees: what runtime detection finds is told to the topic within minutes, whichever pod it is about; so
are prompts that are blocked, or could not be screened, in numbers. No argument leaves out what runtime
detection finds.

Leaves out: who writes to the group (`addons.py`), what is looked for
(`components/kubernetes/runtime_security.py`), and alerts about the account (`alerts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pydantic import BaseModel, ConfigDict, Field

from components.aws.alerts import Told, count, table


class PodAlertsArgs(BaseModel):
    """The log group of what pods print, by name, and the topic that alarms go to (its ARN).

    `serves` says whether models are served in the cluster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    group: pulumi.Output[str]
    topic: pulumi.Output[str]
    serves: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class PodAlerts(pulumi.ComponentResource):
    """The alarms of one cluster."""

    def __init__(self, name: str, args: PodAlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:PodAlerts", name, None, opts)
        told = Told(args.topic, args.labels, self)
        told_of = {**table().pods, **(table().prompts if args.serves else {})}
        for what, matched in told_of.items():
            count(f"{name}-{what}", told, args.group, matched)
        self.register_outputs({})

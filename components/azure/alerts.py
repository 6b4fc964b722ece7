"""Alerts: who is told, and about what.

Builds one group of mailboxes, an alert for each list of operations of `alerts.yaml`, and one for each of its
queries.

Guarantees: changes of keys, rights, policies, network, firewall, audit, registry, clusters and stores are
told to the group at once, whoever makes them; so are secrets and certificates that end, and what runtime
detection sees in pods. No argument leaves an alert out.

Leaves out: what a person does then, and alerts about costs and capacity. A mailbox is told once that it is in
the group.
Sources: learn.microsoft.com/azure/azure-monitor/alerts/activity-log-alerts and
alerts-create-log-alert-rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_azure_native.monitor._inputs import (
    ActionGroupArgs,
    ActionListArgs,
    ConditionArgs,
    ScheduledQueryRuleCriteriaArgs,
)
from pulumi_azure_native.monitor.action_group import ActionGroup
from pulumi_azure_native.monitor.activity_log_alert import ActivityLogAlert
from pulumi_azure_native.monitor.scheduled_query_rule import ScheduledQueryRule
from pydantic import BaseModel, ConfigDict, Field

from components.azure.diagnostics import Logs
from components.azure.place import Place

WINDOW = "PT5M"
# Of 0, the worst, to 4.
SEVERITY = 1
# What an action group is called in messages: 12 characters at the most.
SHORT = 12


class Done(BaseModel):
    """An alert on operations, by their names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(max_length=200)
    operations: tuple[str, ...] = Field(min_length=1)


class Counted(BaseModel):
    """An alert on records that a query finds, `above` a number within five minutes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(max_length=200)
    query: str
    above: int = Field(ge=0)


class Table(BaseModel):
    """`alerts.yaml`, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    activities: Mapping[str, Done]
    log: Mapping[str, Counted]
    edge: Mapping[str, Counted]


@cache
def table() -> Table:
    """`alerts.yaml`, read once."""
    text = Path(__file__).with_name("alerts.yaml").read_text(encoding="utf-8")
    return Table.model_validate(yaml.safe_load(text))


class AlertsArgs(BaseModel):
    """Where records are, and the mailboxes that are told, by what they are for. `serves` says whether models
    are served.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    logs: Logs
    mailboxes: Mapping[str, str] = Field(min_length=1)
    serves: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Alerts(pulumi.ComponentResource):
    """`group` is the id of the mailboxes' group, for whatever else tells them."""

    group: pulumi.Output[str]

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Alerts", name, None, opts)
        group = self._group(name, args)
        for what, done in table().activities.items():
            self._done(f"{name}-{what}", args, done, group)
        counted = {**table().log, **({f"edge-{what}": each for what, each in table().edge.items()})}
        for what, each in counted.items():
            if args.serves or what in table().log:
                self._counted(f"{name}-{what}", args, each, group)
        self.group = group.id
        self.register_outputs({"group": self.group})

    def _group(self, name: str, args: AlertsArgs) -> ActionGroup:
        return ActionGroup(
            name,
            action_group_name=name,
            group_short_name=name[:SHORT],
            resource_group_name=args.place.group,
            location="global",
            enabled=True,
            email_receivers=[
                {"name": whose, "email_address": address, "use_common_alert_schema": True}
                for whose, address in args.mailboxes.items()
            ],
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _done(self, name: str, args: AlertsArgs, done: Done, group: ActionGroup) -> None:
        ActivityLogAlert(
            name,
            activity_log_alert_name=name,
            resource_group_name=args.place.group,
            location="global",
            description=done.title,
            enabled=True,
            scopes=[args.place.subscription_id],
            condition={
                "all_of": [
                    {
                        "any_of": [
                            {"field": "category", "equals": "Administrative"},
                            {"field": "category", "equals": "Policy"},
                        ]
                    },
                    {"any_of": [{"field": "operationName", "equals": each} for each in done.operations]},
                ]
            },
            actions=ActionListArgs(action_groups=[ActionGroupArgs(action_group_id=group.id)]),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _counted(self, name: str, args: AlertsArgs, counted: Counted, group: ActionGroup) -> None:
        ScheduledQueryRule(
            name,
            rule_name=name,
            resource_group_name=args.place.group,
            location=args.place.location,
            description=counted.title,
            display_name=counted.title,
            enabled=True,
            severity=SEVERITY,
            scopes=[args.logs.workspace],
            evaluation_frequency=WINDOW,
            window_size=WINDOW,
            criteria=ScheduledQueryRuleCriteriaArgs(
                all_of=[
                    ConditionArgs(
                        query=counted.query,
                        time_aggregation="Count",
                        operator="GreaterThan",
                        threshold=counted.above,
                    )
                ]
            ),
            auto_mitigate=False,
            # A table that nothing was written to yet is no reason to refuse the rule.
            skip_query_validation=True,
            actions={"action_groups": [group.id]},
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )

"""What Azure finds by itself: Defender for Cloud, and Sentinel over all records.

Builds the subscription's plans of Defender by a nested deployment, its contact, what sends its findings to
the workspace, and Sentinel there, with Microsoft's threat intelligence.

Plans are one at a time and always exist, so that a resource of their own cannot be made or deleted
(learn.microsoft.com/rest/api/defenderforcloud/pricings): a template writes them. Destroying the stack leaves
them on.

Guarantees: threats to clusters, stores, vaults, models and the subscription itself are looked for; findings
of medium severity and worse reach the mailbox for security and the workspace; Sentinel correlates records
with what is known of attackers.

Leaves out: what a person does then, and rules of one's own. A subscription has one set of plans: with
`azure.defender: elsewhere` another stack has it. Sensors in clusters are the clusters' (`cluster.py`).
Sources: learn.microsoft.com/azure/defender-for-cloud/defender-for-cloud-introduction,
learn.microsoft.com/azure/sentinel/threat-intelligence-integration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_azure_native.resources._enums import DeploymentMode
from pulumi_azure_native.resources._inputs import DeploymentPropertiesArgs
from pulumi_azure_native.resources.deployment_at_subscription_scope import DeploymentAtSubscriptionScope
from pulumi_azure_native.security._inputs import (
    AutomationActionWorkspaceArgs,
    AutomationScopeArgs,
    AutomationSourceArgs,
    NotificationsSourceAlertArgs,
)
from pulumi_azure_native.security.automation import Automation
from pulumi_azure_native.security.security_contact import SecurityContact
from pulumi_azure_native.securityinsights._inputs import (
    MSTIDataConnectorDataTypesArgs,
    MSTIDataConnectorDataTypesMicrosoftEmergingThreatFeedArgs,
)
from pulumi_azure_native.securityinsights.asc_data_connector import ASCDataConnector
from pulumi_azure_native.securityinsights.msti_data_connector import MSTIDataConnector
from pulumi_azure_native.securityinsights.sentinel_onboarding_state import SentinelOnboardingState
from pydantic import BaseModel, ConfigDict, Field

from components.azure.diagnostics import Logs
from components.azure.place import Place

# Plans, and what they add that is off by default. Switched on, all are paid by use.
# Source: learn.microsoft.com/azure/templates/microsoft.security/pricings.
PLANS: Mapping[str, tuple[str, ...]] = {
    "CloudPosture": ("SensitiveDataDiscovery", "ContainerRegistriesVulnerabilityAssessments"),
    "Containers": ("ContainerRegistriesVulnerabilityAssessments", "ContainerSensor"),
    "StorageAccounts": ("OnUploadMalwareScanning", "SensitiveDataDiscovery"),
    "KeyVaults": (),
    "Arm": (),
    "Api": (),
    "AI": ("AIPromptEvidence",),
}
SUBPLANS = {
    "StorageAccounts": "DefenderForStorageV2",
    "KeyVaults": "PerKeyVault",
    "Arm": "PerSubscription",
    "Api": "P1",
}
TEMPLATE = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
# Emerging threats are looked up in records as old as this.
SINCE = "1970-01-01T00:00:00Z"


class FindingsArgs(BaseModel):
    """Where records are, and who is told. `plans` says whether this stack has the subscription's plans."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    logs: Logs
    contact: str
    plans: bool = True
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Findings(pulumi.ComponentResource):
    """The watchers."""

    def __init__(self, name: str, args: FindingsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Findings", name, None, opts)
        if args.plans:
            self._plans(name, args)
        self._exported(name, args)
        self._sentinel(name, args)
        self.register_outputs({})

    def _plans(self, name: str, args: FindingsArgs) -> None:
        DeploymentAtSubscriptionScope(
            f"{name}-plans",
            deployment_name=f"{name}-plans",
            location=args.place.location,
            properties=DeploymentPropertiesArgs(mode=DeploymentMode.INCREMENTAL, template=template()),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        SecurityContact(
            name,
            security_contact_name="default",
            is_enabled=True,
            emails=args.contact,
            notifications_sources=[
                NotificationsSourceAlertArgs(source_type="Alert", minimal_severity="Medium")
            ],
            notifications_by_role={"state": "On", "roles": ["Owner"]},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _exported(self, name: str, args: FindingsArgs) -> None:
        """Alerts and assessments become records, which queries and Sentinel read."""
        Automation(
            name,
            automation_name=name,
            resource_group_name=args.place.group,
            location=args.place.location,
            is_enabled=True,
            scopes=[AutomationScopeArgs(scope_path=args.place.subscription_id)],
            sources=[AutomationSourceArgs(event_source=source) for source in ("Alerts", "Assessments")],
            actions=[
                AutomationActionWorkspaceArgs(
                    action_type="Workspace", workspace_resource_id=args.logs.workspace
                )
            ],
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _sentinel(self, name: str, args: FindingsArgs) -> None:
        workspace = args.logs.workspace.apply(lambda id_: id_.rpartition("/")[2])
        on = SentinelOnboardingState(
            name,
            sentinel_onboarding_state_name="default",
            resource_group_name=args.place.group,
            workspace_name=workspace,
            opts=pulumi.ResourceOptions(parent=self),
        )
        read = pulumi.ResourceOptions(parent=self, depends_on=[on])
        ASCDataConnector(
            f"{name}-defender",
            data_connector_id=f"{name}-defender",
            kind="AzureSecurityCenter",
            resource_group_name=args.place.group,
            workspace_name=workspace,
            subscription_id=args.place.subscription,
            data_types={"alerts": {"state": "Enabled"}},
            opts=read,
        )
        MSTIDataConnector(
            f"{name}-threats",
            data_connector_id=f"{name}-threats",
            kind="MicrosoftThreatIntelligence",
            resource_group_name=args.place.group,
            workspace_name=workspace,
            tenant_id=args.place.tenant,
            data_types=MSTIDataConnectorDataTypesArgs(
                microsoft_emerging_threat_feed=MSTIDataConnectorDataTypesMicrosoftEmergingThreatFeedArgs(
                    state="Enabled", lookback_period=SINCE
                )
            ),
            opts=read,
        )


def template() -> dict[str, Any]:
    """Every plan, each after the one before it: Azure takes one change of them at a time."""
    plans: list[dict[str, Any]] = []
    for plan, extensions in PLANS.items():
        made: dict[str, Any] = {
            "type": "Microsoft.Security/pricings",
            "apiVersion": "2024-01-01",
            "name": plan,
            "properties": {
                "pricingTier": "Standard",
                **({"subPlan": SUBPLANS[plan]} if plan in SUBPLANS else {}),
                # The service takes truth as text.
                "extensions": [{"name": each, "isEnabled": "True"} for each in extensions],
            },
        }
        if plans:
            before = plans[-1]["name"]
            made["dependsOn"] = [f"[subscriptionResourceId('Microsoft.Security/pricings', '{before}')]"]
        plans.append(made)
    return {"$schema": TEMPLATE, "contentVersion": "1.0.0.0", "resources": plans}

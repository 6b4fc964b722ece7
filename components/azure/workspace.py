"""Where records go: a Log Analytics workspace that is reached from inside the network only.

Builds the workspace, the private link scope through which the network asks it, who asked it what, and in the
same scope what tells clusters' agents to send what pods print (`pod_logs.py`).

Guarantees: nobody reads or writes by a key; neither machines nor people reach it from the internet; a reader
sees only records of resources that they may see; records stay as long as the stack file says.

It comes first of all, since everything else is recorded in it from birth on. What Azure's services write of
themselves comes by Azure's own ways, which a private link scope does not close.

Leaves out: the private endpoint (`network.py`), the customer's key (`audit.py`, by setting), and what may not
be changed (`audit.py`).
Sources: learn.microsoft.com/azure/azure-monitor/fundamentals/private-link-security,
learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native.monitor.private_link_scope import PrivateLinkScope
from pulumi_azure_native.monitor.private_link_scoped_resource import PrivateLinkScopedResource
from pulumi_azure_native.operationalinsights.workspace import Workspace as LogAnalytics
from pydantic import BaseModel, ConfigDict, Field

from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.place import Place
from components.azure.pod_logs import ENDPOINT, Collection, agents_endpoint, collecting
from components.azure.subnets import Ground
from components.ready import after

WORKSPACE = "Microsoft.OperationalInsights/workspaces"
SCOPE = "Microsoft.Insights/privateLinkScopes"
# Days that records can be asked at once; longer ones are in the store that `audit.py` makes.
SHORTEST, LONGEST = 30, 730


class WorkspaceArgs(BaseModel):
    """Where the workspace is, and how long records can be asked, in days.

    `protected` is False only while a stack is torn down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Place
    log_days: int
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Workspace(pulumi.ComponentResource):
    """`logs` for whatever is recorded, `scope` for the network's private endpoint: its id; `collection` for
    clusters, whose agents ask inside that scope.
    """

    logs: Logs
    scope: pulumi.Output[str]
    collection: Collection

    def __init__(self, name: str, args: WorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Workspace", name, None, opts)
        workspace = self._workspace(name, args)
        link = PrivateLinkScope(
            name,
            scope_name=name,
            resource_group_name=args.place.group,
            location="global",
            # The network asks its own workspace, and no other.
            access_mode_settings={
                "ingestion_access_mode": "PrivateOnly",
                "query_access_mode": "PrivateOnly",
            },
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        linked = self._linked(name, args, link, workspace.id)
        self.logs = Logs(after(args.place.id(WORKSPACE, name), workspace))
        asked = recorded(f"{name}-asked", Kind.WORKSPACE, workspace.id, self.logs, self)

        agents = Ground(f"{name}-agents", args.place, args.labels, self)
        endpoint = agents_endpoint(agents)
        # One after the other: a scope that is being changed takes no other change.
        # Source: github.com/hashicorp/terraform-provider-azurerm/issues/22236.
        within = self._linked(agents.name, args, link, endpoint.id, linked)
        reached = after(args.place.id(ENDPOINT, agents.name), endpoint, within)
        self.collection = collecting(agents, reached, self.logs)
        self.scope = after(args.place.id(SCOPE, name), link, linked, within, asked)
        self.register_outputs({"workspace": self.logs.workspace})

    def _linked(
        self,
        name: str,
        args: WorkspaceArgs,
        scope: PrivateLinkScope,
        resource: pulumi.Output[str],
        *before: pulumi.Resource,
    ) -> PrivateLinkScopedResource:
        """A resource, by its id, put into the scope."""
        return PrivateLinkScopedResource(
            name,
            name=name,
            scope_name=scope.name,
            resource_group_name=args.place.group,
            kind="Resource",
            linked_resource_id=resource,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )

    def _workspace(self, name: str, args: WorkspaceArgs) -> LogAnalytics:
        return LogAnalytics(
            name,
            workspace_name=name,
            resource_group_name=args.place.group,
            location=args.place.location,
            sku={"name": "PerGB2018"},
            retention_in_days=min(max(args.log_days, SHORTEST), LONGEST),
            features={
                "disable_local_auth": True,
                "enable_log_access_using_only_resource_permissions": True,
            },
            public_network_access_for_ingestion="Disabled",
            public_network_access_for_query="Disabled",
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )

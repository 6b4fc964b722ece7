"""The resource group that holds everything of a stack.

Guarantees: it refuses to be deleted unless the stack is being torn down, since whatever deletes it deletes
what it holds.

Leaves out: the group that AKS makes for each cluster's nodes, whose name the cluster says.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native.resources.resource_group import ResourceGroup as Group
from pydantic import BaseModel, ConfigDict, Field

from components.azure.place import Place


class ResourceGroupArgs(BaseModel):
    """Where the group is. `protected` is False only while a stack is torn down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Place
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class ResourceGroup(pulumi.ComponentResource):
    """The group. Other components depend on it as a whole."""

    def __init__(
        self, name: str, args: ResourceGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:ResourceGroup", name, None, opts)
        Group(
            name,
            resource_group_name=args.place.group,
            location=args.place.location,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        self.register_outputs({})

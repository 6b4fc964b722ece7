"""The catalogue: what each store holds, how sensitive it is, why it may be used, and where that is looked up.

Builds a shared query over the entries of all stores, and, by setting, a Purview account with its private
endpoints.

Purview's classic catalogue takes no new customers, and its successor is made for a whole tenant by no
template (learn.microsoft.com/purview/data-governance-overview). So an entry is a set of tags on the store
itself (`entry`), which nobody changes without changing the store, whose change is told (`alerts.yaml`), and
which the query lists for everybody who may see the store. Whoever has a Purview account gives its id or lets
the stack make one: it reads the same stores.

Guarantees: every store states its class, its source and its lawful basis; an account of ours answers inside
the network only, acts as an identity of its own, and what it does is recorded.

Leaves out: lineage, which runs write as OpenLineage events, for which Purview needs an adapter, and what lies
in a store, which Defender looks into where data is personal (`findings.py`).
Sources: learn.microsoft.com/azure/governance/resource-graph/samples/starter,
learn.microsoft.com/azure/azure-resource-manager/management/tag-resources (256 characters a value).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native.purview._inputs import AccountSkuArgs, IdentityArgs
from pulumi_azure_native.purview.account import Account
from pulumi_azure_native.resourcegraph.graph_query import GraphQuery
from pydantic import BaseModel, ConfigDict, Field

from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.place import Place
from components.contracts import Store, StoreName
from components.ready import after

PURVIEW = "Microsoft.Purview/accounts"
# What an entry states; `store` names it.
STATED = ("store", "classification", "source", "owner", "lawful-basis", "purpose", "retention-days")


class Facts(BaseModel):
    """What a stack can say of its stores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classification: str
    retention_days: int
    lawful_basis: str
    purpose: str = Field(max_length=256)
    owner: str


def entry(store: StoreName, facts: Facts) -> dict[str, str]:
    """A store's entry, as tags for it."""
    return {
        "store": store.value,
        "classification": facts.classification,
        "source": f"store {store} of this platform",
        "owner": facts.owner,
        "lawful-basis": facts.lawful_basis,
        "purpose": facts.purpose,
        "retention-days": str(facts.retention_days),
    }


class CatalogArgs(BaseModel):
    """Which stores are catalogued. `purview` makes an account, `existing` is the id of another one's."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    stores: Mapping[StoreName, Store]
    logs: Logs
    purview: bool = False
    existing: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Catalog(pulumi.ComponentResource):
    """`account` is the id of the Purview account, where there is one: the network's endpoints lead to it."""

    account: pulumi.Output[str] | None

    def __init__(self, name: str, args: CatalogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Catalog", name, None, opts)
        GraphQuery(
            name,
            resource_name_=f"{name}-catalog",
            resource_group_name=args.place.group,
            # Shared queries are in no location.
            location="global",
            description=f"What the stores of {name} hold, why, and who answers for it.",
            query=_query(args),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.account = pulumi.Output.from_input(args.existing) if args.existing else None
        if args.purview:
            self.account = self._account(name, args)
        self.register_outputs({})

    def _account(self, name: str, args: CatalogArgs) -> pulumi.Output[str]:
        made = Account(
            name,
            account_name=name,
            resource_group_name=args.place.group,
            location=args.place.location,
            identity=IdentityArgs(type="SystemAssigned"),
            sku=AccountSkuArgs(name="Standard", capacity=1),
            public_network_access="Disabled",
            managed_resources_public_network_access="Disabled",
            managed_event_hub_state="Disabled",
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        told = recorded(f"{name}-catalogue", Kind.CATALOGUE, made.id, args.logs, self)
        return after(args.place.id(PURVIEW, name), made, told)


def _query(args: CatalogArgs) -> str:
    tags = ", ".join(f"{each.replace('-', '_')} = tostring(tags['{each}'])" for each in STATED)
    return (
        "Resources | where type =~ 'microsoft.storage/storageaccounts' "
        f"and resourceGroup =~ '{args.place.group}' and isnotempty(tags['store']) "
        f"| project {tags}, id"
    )

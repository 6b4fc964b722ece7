"""Who acts: one user-assigned identity per workload, and who may act as the deployer.

Builds the identities of `Workload`, and a federated credential on the deployer's for each of the enterprise's
pipelines that may act as it. Pods act as workloads through `workload_bindings.py`.

Guarantees: no secret and no certificate exists, since a user-assigned identity has neither; whatever one may
do is granted by the component that makes the resource, on that resource (`grants.py`).

Leaves out: people (the enterprise's directory), and the identities that services encrypt as, which belong to
their keys (`keys.py`).
Sources: learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview,
learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native.managedidentity.federated_identity_credential import FederatedIdentityCredential
from pulumi_azure_native.managedidentity.user_assigned_identity import UserAssignedIdentity
from pydantic import BaseModel, ConfigDict, Field

from components.azure.place import Place
from components.contracts import Identity, Workload
from components.ready import after

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
# What a token that is exchanged is for. Source: the second page above.
AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True)
class Actor:
    """A user-assigned identity.

    `id` is what a resource runs as, `principal` (an object id) what a grant names, and `client` what asks for
    its tokens.
    """

    id: pulumi.Output[str]
    principal: pulumi.Output[str]
    client: pulumi.Output[str]

    def after(self, *guards: pulumi.Resource) -> Actor:
        """The same, once every guard exists."""
        return Actor(after(self.id, *guards), after(self.principal, *guards), after(self.client, *guards))


class Federation(BaseModel):
    """Who outside may act as an identity: tokens of an issuer about a subject."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    issuer: str
    subject: str


class IdentitiesArgs(BaseModel):
    """Where the identities live, and which pipelines may act as the deployer: at most 20."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Place
    deployers: tuple[Federation, ...] = Field(default=(), max_length=20)
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Identities(pulumi.ComponentResource):
    """`handles` by workload, and the same as `actors`, for what asks an identity's client id besides."""

    handles: Mapping[Workload, Identity]
    actors: Mapping[Workload, Actor]

    def __init__(self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Identities", name, None, opts)
        made = {each: actor(f"{name}-{each}", args.place, args.labels, self) for each in Workload}
        guards: Mapping[Workload, list[pulumi.Resource]]
        guards = {Workload.DEPLOYER: self._federations(name, args, made[Workload.DEPLOYER])}
        self.actors = {each: own.after(*guards.get(each, ())) for each, own in made.items()}
        self.handles = {each: Identity(each, own.id, own.principal) for each, own in self.actors.items()}
        self.register_outputs({"identities": {each.value: own.id for each, own in self.handles.items()}})

    def _federations(self, name: str, args: IdentitiesArgs, deployer: Actor) -> list[pulumi.Resource]:
        """One after the other, since an identity takes one change of its credentials at a time."""
        made: list[pulumi.Resource] = []
        for each in args.deployers:
            made.append(
                FederatedIdentityCredential(
                    f"{name}-deployer-{each.name}",
                    resource_group_name=args.place.group,
                    resource_name_=deployer.id.apply(lambda id_: id_.rpartition("/")[2]),
                    federated_identity_credential_resource_name=each.name,
                    issuer=each.issuer,
                    subject=each.subject,
                    audiences=[AUDIENCE],
                    opts=pulumi.ResourceOptions(parent=self, depends_on=made[-1:]),
                )
            )
        return made


def actor(name: str, place: Place, labels: Mapping[str, str], parent: pulumi.Resource) -> Actor:
    """An identity by its name, for a workload or for a service of Azure's."""
    identity = UserAssignedIdentity(
        name,
        resource_group_name=place.group,
        resource_name_=name,
        location=place.location,
        tags=labels,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return Actor(after(place.id(IDENTITY, name), identity), identity.principal_id, identity.client_id)

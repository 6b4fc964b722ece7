"""A whole platform on Azure, top to bottom.

Each component gets what it needs as handles, so the order here is the order of needs, and nothing else.
"""

from __future__ import annotations

import pulumi
from pulumi_azure_native.provider import Provider

from components.azure.endpoints import Target
from components.azure.identity import Identities
from components.azure.keys import Keys
from components.azure.network import Network
from components.azure.resource_group import ResourceGroup
from stacks.azure import data_args, network_args
from stacks.azure.base import Base, azure
from stacks.settings import Settings


def build(settings: Settings) -> None:
    """Registers everything, and exports what a person needs next."""
    name = settings.prefix
    provider = _provider(settings)
    group = ResourceGroup(
        name, data_args.resource_group(settings), pulumi.ResourceOptions(providers=[provider])
    )
    opts = pulumi.ResourceOptions(providers=[provider], depends_on=[group])

    identities = Identities(name, data_args.identities(settings), opts)
    vault = Keys(name, data_args.keys(settings, identities.handles), opts)
    base = Base(settings, identities.handles, identities.actors, vault.handles, vault.seals)
    reached = {"keys": Target("vault", vault.vault.id)}
    network = Network(name, network_args.network(base, reached), opts)

    pulumi.export("network", network.handle.id)
    pulumi.export("keys", {purpose.value: key.id for purpose, key in vault.handles.items()})
    pulumi.export("identities", {each.value: own.id for each, own in identities.handles.items()})


def _provider(settings: Settings) -> Provider:
    given = azure(settings)
    return Provider(
        "azure",
        subscription_id=given.subscription,
        tenant_id=given.tenant,
        location=given.location,
        # Nothing is told to Microsoft about which tool made what.
        disable_pulumi_partner_id=True,
    )

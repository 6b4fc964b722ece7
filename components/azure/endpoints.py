"""Private endpoints: services at addresses of the data segment, and the private zones of their names.

Builds a private zone for each zone of `endpoints.yaml` with its link to the network, and on request an
endpoint of one resource with its names.

Guarantees: an endpoint leads to one resource, not to a service, so that nobody else's account is reachable
through it; each is in an application security group that the data segment's rules let traffic into, and no
machine is; what only model servers ask is in one that only they are let into; machines' own names are not
registered in the zones.

Leaves out: services that are not listed. Their names resolve to public addresses, to which no route leads.
Sources: learn.microsoft.com/azure/private-link/private-endpoint-overview and private-endpoint-dns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_azure_native.network import _inputs as inputs
from pulumi_azure_native.network.private_dns_zone_group import PrivateDnsZoneGroup
from pulumi_azure_native.network.private_endpoint import PrivateEndpoint
from pulumi_azure_native.privatedns.private_zone import PrivateZone
from pulumi_azure_native.privatedns.virtual_network_link import VirtualNetworkLink
from pydantic import BaseModel, ConfigDict, TypeAdapter

from components.azure.place import Place
from components.azure.subnets import Ground
from components.ready import after

ZONE = "Microsoft.Network/privateDnsZones"
ENDPOINT = "Microsoft.Network/privateEndpoints"


class Service(BaseModel):
    """A service of `endpoints.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str
    zones: tuple[str, ...]
    why: str
    models_only: bool = False


@dataclass(frozen=True)
class Reach:
    """What a private endpoint needs of the network: the data segment's subnet, the application security
    groups by which rules know endpoints and those that only model servers ask, and ids of zones by name.
    """

    subnet: pulumi.Output[str]
    group: pulumi.Output[str]
    model_group: pulumi.Output[str]
    zones: Mapping[str, pulumi.Output[str]]


@dataclass(frozen=True)
class Target:
    """A resource to be reached: its service, as `endpoints.yaml` calls it, and its id."""

    service: str
    id: pulumi.Output[str]


@cache
def services() -> Mapping[str, Service]:
    """`endpoints.yaml`, read once."""
    text = Path(__file__).with_name("endpoints.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Service]).validate_python(yaml.safe_load(text)["services"])


def zone_names(place: Place, service: str | None = None) -> tuple[str, ...]:
    """The private zones of a service, or of all."""
    wanted = services().values() if service is None else [services()[service]]
    names = [zone.format(location=place.location) for each in wanted for zone in each.zones]
    return tuple(dict.fromkeys(names))


def private_zones(ground: Ground, network_id: pulumi.Output[str]) -> Mapping[str, pulumi.Output[str]]:
    """The ids of all zones by name, once the network's machines ask them."""
    place, made = ground.place, dict[str, pulumi.Output[str]]()
    for zone in zone_names(place):
        resource = PrivateZone(
            f"{ground.name}-{zone}",
            resource_group_name=place.group,
            private_zone_name=zone,
            location="global",
            tags=ground.labels,
            opts=pulumi.ResourceOptions(parent=ground.parent),
        )
        link = VirtualNetworkLink(
            f"{ground.name}-{zone}",
            resource_group_name=place.group,
            private_zone_name=resource.name,
            virtual_network_link_name=ground.name,
            location="global",
            registration_enabled=False,
            virtual_network={"id": network_id},
            tags=ground.labels,
            opts=pulumi.ResourceOptions(parent=ground.parent),
        )
        made[zone] = after(place.id(ZONE, zone), resource, link)
    return made


def private_endpoint(ground: Ground, what: str, target: Target, reach: Reach) -> list[pulumi.Resource]:
    """The endpoint of one resource and its names: what must exist before the resource can be used."""
    place, name = ground.place, f"{ground.name}-{what}"
    service = services()[target.service]
    group = reach.model_group if service.models_only else reach.group
    connection = inputs.PrivateLinkServiceConnectionArgs(
        name=what, private_link_service_id=target.id, group_ids=[service.group]
    )
    endpoint = PrivateEndpoint(
        name,
        resource_group_name=place.group,
        private_endpoint_name=name,
        location=place.location,
        subnet=inputs.SubnetArgs(id=reach.subnet),
        custom_network_interface_name=name,
        application_security_groups=[inputs.ApplicationSecurityGroupArgs(id=group)],
        private_link_service_connections=[connection],
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )
    # One group for all zones of an endpoint: it takes no second one.
    configs = [
        inputs.PrivateDnsZoneConfigArgs(name=zone.replace(".", "-"), private_dns_zone_id=reach.zones[zone])
        for zone in zone_names(place, target.service)
    ]
    names = PrivateDnsZoneGroup(
        name,
        resource_group_name=place.group,
        private_endpoint_name=endpoint.name,
        private_dns_zone_group_name="default",
        private_dns_zone_configs=configs,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )
    return [endpoint, names]

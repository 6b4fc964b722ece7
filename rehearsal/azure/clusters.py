"""What AKS refuses because of what is already there, and names of API servers.

Registries, zones and clusters that no stack of the rehearsal made are taken as given.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.azure import formats
from rehearsal.model import Existing, Record, Refusal, Resource

_CLUSTER = "azure-native:containerservice:ManagedCluster"
_REGISTRY = "azure-native:containerregistry:Registry"
_CACHE = "azure-native:containerregistry:CacheRule"
_RULE = "aks-managed-mcr"
_DOCS = "https://learn.microsoft.com/azure/aks"


def refuse(resource: Resource, id: str, record: Record) -> Refusal | None:
    """Why a new object cannot be, if it cannot."""
    check = _CHECKS.get(resource.type)
    return check(resource, id, record) if check else None


def outputs(resource: Resource, id: str) -> Mapping[str, Any]:
    """The API server's names: its own below the private zone, and a public one where there is one."""
    access = "apiServerAccessProfile"
    if paths.get(resource.inputs, f"{access}.enablePrivateCluster") is not True:
        return {"privateFQDN": ""}
    made: dict[str, Any] = {}
    zone = _text(resource, f"{access}.privateDNSZone").rpartition("/")[2]
    own = _text(resource, "fqdnSubdomain")
    if own and zone:
        made["privateFQDN"] = f"{own}.{zone}"
    if paths.get(resource.inputs, f"{access}.enablePrivateClusterPublicFQDN") is False:
        made["fqdn"] = ""
    return made


def _refuse_cluster(resource: Resource, id: str, record: Record) -> Refusal | None:
    return _zone(resource) or _names(resource) or _bootstrap(resource, record)


def _zone(resource: Resource) -> Refusal | None:
    """The zone of an API server has one name in each location, or one below it."""
    path = "apiServerAccessProfile.privateDNSZone"
    zone = _text(resource, path)
    location = formats.short(_text(resource, "location"))
    if "/" not in zone or not location:
        return None
    kind = "private" if paths.get(resource.inputs, _INTEGRATED) is True else "privatelink"
    wanted = f"{kind}.{location}.azmk8s.io"
    name = zone.rpartition("/")[2].lower()
    if name == wanted or name.endswith(f".{wanted}"):
        return None
    problem = f"CustomPrivateDNSZoneMissingPermission: the zone {name} is none of this cluster's"
    return Refusal(path, problem, f"name a zone {wanted}", f"{_DOCS}/private-clusters")


_INTEGRATED = "apiServerAccessProfile.enableVnetIntegration"


def _names(resource: Resource) -> Refusal | None:
    """The Service for names has an address of the Services, and not their first."""
    services, own = (
        _text(resource, "networkProfile.serviceCidr"),
        _text(resource, "networkProfile.dnsServiceIP"),
    )
    if not services or not own:
        return None
    try:
        block, address = ipaddress.ip_network(services), ipaddress.ip_address(own)
    except ValueError:
        return None  # the limits of the tables have refused it already
    if address in block and address != block[1]:
        return None
    problem = f"{own} is no address that a Service for names may have in {services}"
    return Refusal(
        "networkProfile.dnsServiceIP", problem, f"write {block[10]}", f"{_DOCS}/configure-azure-cni"
    )


def _bootstrap(resource: Resource, record: Record) -> Refusal | None:
    """Nodes without a way out start from a Premium registry with the cache of AKS's own images."""
    path = "bootstrapProfile.containerRegistryId"
    registry = _find(record, _REGISTRY, _text(resource, path))
    if registry is None:
        return None
    source = f"{_DOCS}/network-isolated"
    if paths.get(registry.inputs, "sku.name") != "Premium":
        return Refusal(path, f"{registry.id} is no Premium registry", "set its sku to Premium", source)
    rules = {each.id.lower() for each in record.find(_CACHE)}
    if f"{registry.id}/cacheRules/{_RULE}".lower() not in rules:
        problem = f"{registry.id} has no cache rule {_RULE}, from which nodes could start"
        return Refusal(path, problem, f"add a CacheRule named {_RULE} before the cluster", source)
    arm = paths.get(registry.inputs, "policies.azureADAuthenticationAsArmPolicy.status")
    if arm == "disabled":
        problem = f"{registry.id} takes no tokens of Azure's control plane, with which nodes start"
        return Refusal(path, problem, "enable policies.azureADAuthenticationAsArmPolicy", source)
    return None


def _refuse_pool(resource: Resource, id: str, record: Record) -> Refusal | None:
    """Signed software only, and AKS's own driver, do not go together."""
    driver = paths.get(resource.inputs, "gpuProfile.driver")
    accelerated = re.match(r"(?i)Standard_N", _text(resource, "vmSize"))
    secure = paths.get(resource.inputs, "securityProfile.enableSecureBoot") is True
    if accelerated and secure and driver in (None, "Install"):
        problem = "Secure Boot on a GPU pool needs its driver left out"
        return Refusal(
            "securityProfile.enableSecureBoot",
            problem,
            "set it to false, or gpuProfile.driver to None",
            f"{_DOCS}/use-trusted-launch#limitations",
        )
    return None


def _refuse_binding(resource: Resource, id: str, record: Record) -> Refusal | None:
    """An identity is bound to a cluster with an issuer, whose API server is not inside the network."""
    cluster = _find(record, _CLUSTER, id.rsplit("/identityBindings/", 1)[0])
    if cluster is None:
        return None
    source = f"{_DOCS}/identity-bindings-concepts"
    if paths.get(cluster.inputs, _INTEGRATED) is True:
        problem = "identity bindings do not work with API servers inside the network"
        return Refusal(
            "resourceName", problem, "leave apiServerAccessProfile.enableVnetIntegration out", source
        )
    if paths.get(cluster.inputs, "securityProfile.workloadIdentity.enabled") is not True:
        problem = "the cluster has no workload identity"
        return Refusal(
            "resourceName", problem, "enable securityProfile.workloadIdentity of the cluster", source
        )
    return None


_CHECKS: Mapping[str, Callable[[Resource, str, Record], Refusal | None]] = {
    _CLUSTER: _refuse_cluster,
    "azure-native:containerservice:AgentPool": _refuse_pool,
    "azure-native:containerservice:IdentityBinding": _refuse_binding,
}


def _find(record: Record, type: str, id: str) -> Existing | None:
    return next((each for each in record.find(type) if each.id.lower() == id.lower()), None) if id else None


def _text(resource: Resource, path: str) -> str:
    """An input's text; empty when it is absent or not known yet."""
    value = paths.get(resource.inputs, path)
    return value if isinstance(value, str) else ""

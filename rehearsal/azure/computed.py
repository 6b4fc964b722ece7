"""Outputs that depend on several inputs at once, where a template is too small."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from rehearsal.azure import formats
from rehearsal.model import UNKNOWN, Resource

# Resources whose parts, written in line, are addressed as children: <id>/<property>/<name>.
_WITH_PARTS = {
    "azure-native:network:VirtualNetwork",
    "azure-native:network:LoadBalancer",
    "azure-native:network:ApplicationGateway",
    "azure-native:network:NetworkInterface",
    "azure-native:network:NetworkSecurityGroup",
    "azure-native:network:RouteTable",
    "azure-native:network:AzureFirewall",
    "azure-native:network:BastionHost",
    "azure-native:network:VirtualNetworkGateway",
    "azure-native:network:PrivateLinkService",
}


def outputs(resource: Resource, id: str) -> Mapping[str, Any]:
    """The extra outputs of this object; unknown while a creation is previewed."""
    planned = resource.preview and not id
    made: dict[str, Any] = {}
    if resource.type in _WITH_PARTS and not planned:
        made.update(_parts(resource, id))
    if resource.inputs.get("identity") is not None:
        made.update(_identity(resource, planned=planned))
    compute = _COMPUTED.get(resource.type)
    if compute and not planned:
        made.update(compute(resource, id))
    return made


def _parts(resource: Resource, id: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name, value in resource.inputs.items():
        for index, item in enumerate(cast("list[Any]", value) if isinstance(value, list) else []):
            part = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
            if isinstance(part.get("name"), str) and not part.get("id"):
                found[f"{name}[{index}].id"] = f"{id}/{name}/{part['name']}"
                found[f"{name}[{index}].provisioningState"] = "Succeeded"
                found[f"{name}[{index}].etag"] = f'W/"{formats.guid(resource.seed(f"{name} {index}"))}"'
    return found


def _identity(resource: Resource, *, planned: bool) -> Mapping[str, Any]:
    """`principalId` and `tenantId` of a system-assigned identity; ids of the user-assigned ones."""
    identity: Any = resource.inputs["identity"]
    if identity is UNKNOWN:
        return {}
    kind = str(identity.get("type", ""))
    made: dict[str, Any] = {}
    if "SystemAssigned" in kind:
        tenant = resource.context.config.get("tenantId") or formats.guid("tenant")
        made["identity.principalId"] = UNKNOWN if planned else formats.guid(resource.seed("principal"))
        made["identity.tenantId"] = UNKNOWN if planned else tenant
    assigned = identity.get("userAssignedIdentities")
    if assigned is not None and assigned is not UNKNOWN:
        # A list of ids goes in and a map comes out, in a preview too; ids that are unknown cannot be its keys.
        names = [str(name) for name in assigned if name is not UNKNOWN]
        made["identity.userAssignedIdentities"] = {name: _account(name) for name in names}
    return made


def _account(id: str) -> dict[str, str]:
    """The two GUIDs of a user-assigned identity, the same wherever it is named."""
    return {
        "clientId": formats.guid(formats.digest(f"client {id.lower()}")),
        "principalId": formats.guid(formats.digest(f"principal {id.lower()}")),
    }


def _user_identity(resource: Resource, id: str) -> Mapping[str, Any]:
    return _account(id)


def _public_address(resource: Resource, id: str) -> Mapping[str, Any]:
    """A static address is there at once; a dynamic one only when something uses it."""
    made: dict[str, Any] = {}
    settings: Any = resource.inputs.get("dnsSettings") or {}
    if resource.inputs.get("publicIPAllocationMethod") == "Static":
        made["ipAddress"] = formats.address(resource.seed("address"))
    if settings is not UNKNOWN and settings.get("domainNameLabel"):
        location = formats.short(resource.inputs.get("location") or "westus2")
        made["dnsSettings.fqdn"] = f"{settings['domainNameLabel']}.{location}.cloudapp.azure.com"
    return made


def _container_group(resource: Resource, id: str) -> Mapping[str, Any]:
    settings: Any = resource.inputs.get("ipAddress")
    if not settings or settings is UNKNOWN:
        return {}
    made: dict[str, Any] = {"ipAddress.ip": formats.address(resource.seed("address"))}
    if settings.get("dnsNameLabel"):
        location = formats.short(resource.inputs.get("location") or "westus2")
        made["ipAddress.fqdn"] = f"{settings['dnsNameLabel']}.{location}.azurecontainer.io"
    return made


def _container_app(resource: Resource, id: str) -> Mapping[str, Any]:
    """The host name lies under the environment's domain, which the app only knows by the environment's id."""
    environment = str(resource.inputs.get("managedEnvironmentId") or resource.inputs.get("environmentId"))
    domain = formats.environment_domain(environment, resource.inputs.get("location") or "westus2")
    name = id.rsplit("/", 1)[-1]
    made: dict[str, Any] = {
        "latestRevisionName": f"{name}--{formats.digest(id)[:7]}",
        "latestReadyRevisionName": f"{name}--{formats.digest(id)[:7]}",
        "latestRevisionFqdn": f"{name}--{formats.digest(id)[:7]}.{domain}",
    }
    configuration: Any = resource.inputs.get("configuration") or {}
    ingress = None if configuration is UNKNOWN else configuration.get("ingress")
    if ingress and ingress is not UNKNOWN:
        internal = "" if ingress.get("external") else "internal."
        made["configuration.ingress.fqdn"] = f"{name}.{internal}{domain}"
    return made


def _environment(resource: Resource, id: str) -> Mapping[str, Any]:
    location = resource.inputs.get("location") or "westus2"
    return {
        "defaultDomain": formats.environment_domain(id, location),
        "staticIp": formats.address(resource.seed("address")),
    }


_COMPUTED: Mapping[str, Callable[[Resource, str], Mapping[str, Any]]] = {
    "azure-native:managedidentity:UserAssignedIdentity": _user_identity,
    "azure-native:network:PublicIPAddress": _public_address,
    "azure-native:containerinstance:ContainerGroup": _container_group,
    "azure-native:app:ContainerApp": _container_app,
    "azure-native:app:ManagedEnvironment": _environment,
}

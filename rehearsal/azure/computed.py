"""Outputs that depend on several inputs at once, where a template is too small."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from rehearsal import paths
from rehearsal.azure import clusters, formats
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
        tenant = resource.context.config.get("tenantId")
        made["identity.principalId"] = UNKNOWN if planned else formats.guid(resource.seed("principal"))
        made["identity.tenantId"] = UNKNOWN if planned else tenant or formats.guid("tenant")
    assigned = identity.get("userAssignedIdentities")
    if assigned is not None and assigned is not UNKNOWN:
        # A list of ids goes in and a map comes out, in a preview too; an unknown id cannot be a key.
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


def _text(resource: Resource, path: str) -> str:
    """An input's text; empty when it is absent or not known yet."""
    value = paths.get(resource.inputs, path)
    return value if isinstance(value, str) else ""


def _region(resource: Resource) -> str:
    return formats.short(_text(resource, "location") or "westus2")


def _public_address(resource: Resource, id: str) -> Mapping[str, Any]:
    """A static address is there at once; a dynamic one only when something uses it."""
    made: dict[str, Any] = {}
    if _text(resource, "publicIPAllocationMethod") == "Static" and not _text(resource, "ipAddress"):
        made["ipAddress"] = formats.address(resource.seed("address"))
    label = _text(resource, "dnsSettings.domainNameLabel")
    if label:
        made["dnsSettings.fqdn"] = f"{label}.{_region(resource)}.cloudapp.azure.com"
    return made


def _container_group(resource: Resource, id: str) -> Mapping[str, Any]:
    if not isinstance(resource.inputs.get("ipAddress"), Mapping):
        return {}
    made: dict[str, Any] = {"ipAddress.ip": formats.address(resource.seed("address"))}
    label = _text(resource, "ipAddress.dnsNameLabel")
    if label:
        made["ipAddress.fqdn"] = f"{label}.{_region(resource)}.azurecontainer.io"
    return made


def _container_app(resource: Resource, id: str) -> Mapping[str, Any]:
    """The host name lies under the environment's domain, which the app only knows by the environment's id."""
    environment = _text(resource, "managedEnvironmentId") or _text(resource, "environmentId")
    domain = formats.environment_domain(environment, _region(resource))
    name = id.rsplit("/", 1)[-1]
    revision = f"{name}--{formats.digest(id)[:7]}"
    made: dict[str, Any] = {
        "latestRevisionName": revision,
        "latestReadyRevisionName": revision,
        "latestRevisionFqdn": f"{revision}.{domain}",
    }
    if isinstance(paths.get(resource.inputs, "configuration.ingress"), Mapping):
        external = paths.get(resource.inputs, "configuration.ingress.external") is True
        made["configuration.ingress.fqdn"] = f"{name}.{'' if external else 'internal.'}{domain}"
    return made


def _environment(resource: Resource, id: str) -> Mapping[str, Any]:
    address = formats.address(resource.seed("address"))
    return {"defaultDomain": formats.environment_domain(id, _region(resource)), "staticIp": address}


_COMPUTED: Mapping[str, Callable[[Resource, str], Mapping[str, Any]]] = {
    "azure-native:containerservice:ManagedCluster": clusters.outputs,
    "azure-native:managedidentity:UserAssignedIdentity": _user_identity,
    "azure-native:network:PublicIPAddress": _public_address,
    "azure-native:containerinstance:ContainerGroup": _container_group,
    "azure-native:app:ContainerApp": _container_app,
    "azure-native:app:ManagedEnvironment": _environment,
}

"""Functions of the SDK: what a `get…` finds in the record, and the keys that a `list…` hands out.

A `get…` computes the path of what is asked and looks for it; keys and tokens depend on the arguments only, so
that they stay the same from run to run.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.azure import formats, paths
from rehearsal.model import Existing, Record, Refusal
from rehearsal.sdk import Place

Arguments = Mapping[str, Any]
Config = Mapping[str, Any]
_KEYS = re.compile(r":list\w*(Keys?|Credentials?|Secrets?|SAS|Sas|ConnectionStrings?|Tokens?)\w*$")


def from_record(token: str, args: Arguments, config: Config, record: Record) -> Mapping[str, Any] | None:
    """The outputs of the object that a `get<Type>` names; `None` for a function that names no type.

    Raises Refusal as ARM answers 404 when nothing is there.
    """
    package, module, name = token.split(":", 2)
    if _KEYS.search(token):
        return secrets(token, args, config, record)
    type = f"{package}:{module}:{name.removeprefix('get')}"
    if not name.startswith("get") or paths.sdk().resource(type) is None:
        return None
    values = {"subscriptionId": config.get("subscriptionId"), **args}
    wanted = _path(type, values)
    found = find(record, type, wanted)
    if found is None:
        problem = f"Code=ResourceNotFound: the resource '{wanted}' was not found"
        raise Refusal("", problem, "create it in a stack of this rehearsal first")
    return {**found.outputs, "id": found.id}


def find(record: Record, type: str, id: str) -> Existing | None:
    """An object by its id, whose letters' case means nothing."""
    return next((item for item in record.find(type) if item.id.lower() == id.lower()), None)


def secrets(token: str, args: Arguments, config: Config, record: Record) -> dict[str, Any]:
    """Keys, passwords and connection strings for every text that the function's result declares."""
    place = paths.sdk().function(token)
    results = list(paths.sdk().getters(Place(place.file, place.cls))) if place else []
    names = [item.name for item in results]
    made: dict[str, Any] = {}
    for name in names:
        if re.search(r"(?i)connectionstring$", name):
            made[name] = f"Endpoint=https://{_own(args)}.azure.com/;AccessKey={_key(token, args, name)}"
        elif re.search(r"(?i)(key\d?|secret|password|token)$", name):
            made[name] = _key(token, args, name)
        elif re.search(r"(?i)(user)?name$", name):
            made[name] = _own(args)
    return made


def _path(type: str, values: Mapping[str, Any]) -> str:
    template = paths.of(type).template
    return re.sub(
        "/{2,}", "/", re.sub(r"\{(\w+)\}", lambda m: str(values.get(m.group(1), "default")), template)
    )


def _own(args: Arguments) -> str:
    names = [value for key, value in args.items() if key != "resourceGroupName" and isinstance(value, str)]
    return names[0] if names else "rehearsal"


def _key(token: str, args: Arguments, label: str, size: int = 32) -> str:
    asked = json.dumps([token, dict(args), label], sort_keys=True, default=str)
    return base64.b64encode(hashlib.shake_256(asked.encode()).digest(size)).decode()


def _client_config(_args: Arguments, config: Config, _record: Record) -> dict[str, Any]:
    subscription = config["subscriptionId"]
    return {
        "clientId": config.get("clientId") or formats.guid(formats.digest(f"client {subscription}")),
        "objectId": formats.guid(formats.digest(f"object {subscription}")),
        "subscriptionId": subscription,
        "tenantId": config["tenantId"],
    }


def _client_token(args: Arguments, config: Config, _record: Record) -> dict[str, Any]:
    """Three parts, as a signed token has; the last one signs nothing."""
    claims = {"aud": args.get("endpoint") or "https://management.azure.com/", "tid": config["tenantId"]}
    parts = [json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims), "rehearsal"]
    return {"token": ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)}


def _storage_keys(args: Arguments, _config: Config, _record: Record) -> dict[str, Any]:
    token = "azure-native:storage:listStorageAccountKeys"
    when = "2025-01-01T00:00:00.0000000Z"
    keys = [
        {"keyName": name, "value": _key(token, args, name, 64), "permissions": "FULL", "creationTime": when}
        for name in ("key1", "key2")
    ]
    return {"keys": keys}


def _signature(args: Arguments, _config: Config, _record: Record) -> dict[str, Any]:
    end = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"sv=2022-11-02&se={end}&sp=r&sig={_key('sas', args, 'sig')}"
    return {"accountSasToken": text, "serviceSasToken": text}


def _credentials(args: Arguments, config: Config, record: Record) -> dict[str, Any]:
    """A kubeconfig for the cluster, with client certificates of the administrator or user."""
    type = "azure-native:containerservice:ManagedCluster"
    wanted = _path(type, {"subscriptionId": config["subscriptionId"], **args})
    cluster = find(record, type, wanted)
    if cluster is None:
        problem = f"Code=ResourceNotFound: the cluster '{wanted}' was not found"
        raise Refusal("", problem, "create it in a stack of this rehearsal first")
    name = cluster.id.rsplit("/", 1)[-1]
    host = cluster.outputs.get("privateFQDN") if _private(cluster) else cluster.outputs.get("fqdn")
    seed = formats.digest(cluster.id.lower())
    user = f"clusterUser_{args['resourceGroupName']}_{name}"
    keys = {
        "client-certificate-data": formats.certificate(seed + "client"),
        "client-key-data": formats.private_key(seed + "client"),
    }
    server = {"certificate-authority-data": formats.certificate(seed), "server": f"https://{host}:443"}
    config_file: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": server}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
        "preferences": {},
        "users": [{"name": user, "user": {**keys, "token": seed}}],
    }
    text = base64.b64encode(json.dumps(config_file, indent=1).encode()).decode()
    return {"kubeconfigs": [{"name": "clusterUser", "value": text}]}


def _private(cluster: Existing) -> bool:
    profile: Any = cluster.inputs.get("apiServerAccessProfile") or {}
    return (
        bool(profile.get("enablePrivateCluster")) and profile.get("enablePrivateClusterPublicFQDN") is False
    )


def _registry(args: Arguments, _config: Config, _record: Record) -> dict[str, Any]:
    token = "azure-native:containerregistry:listRegistryCredentials"
    passwords = [{"name": name, "value": _key(token, args, name)} for name in ("password", "password2")]
    return {"username": args.get("registryName"), "passwords": passwords}


def _host_keys(args: Arguments, _config: Config, _record: Record) -> dict[str, Any]:
    token = "azure-native:web:listWebAppHostKeys"
    own = {"default": _key(token, args, "default", 40)}
    return {"functionKeys": own, "masterKey": _key(token, args, "master", 40), "systemKeys": {}}


def _publishing(args: Arguments, _config: Config, _record: Record) -> dict[str, Any]:
    name = str(args["name"])
    secret = _key("publishing", args, "password", 45).replace("/", "x").replace("+", "y")
    return {
        "name": name,
        "publishingUserName": f"${name}",
        "publishingPassword": secret,
        "scmUri": f"https://${name}:{secret}@{name.lower()}.scm.azurewebsites.net",
    }


def _cosmos_strings(args: Arguments, _config: Config, _record: Record) -> dict[str, Any]:
    name = args.get("accountName")
    key = _key("azure-native:cosmosdb:listDatabaseAccountKeys", args, "primaryMasterKey", 64)
    text = f"AccountEndpoint=https://{name}.documents.azure.com:443/;AccountKey={key};"
    described = {"connectionString": text, "description": "Primary SQL Connection String"}
    return {"connectionStrings": [described]}


def _namespace_keys(args: Arguments, _config: Config, _record: Record) -> dict[str, Any]:
    name, rule = args.get("namespaceName"), args.get("authorizationRuleName") or "RootManageSharedAccessKey"
    made: dict[str, Any] = {"keyName": rule}
    for which in ("primary", "secondary"):
        key = _key("namespace", args, which)
        made[f"{which}Key"] = key
        made[f"{which}ConnectionString"] = (
            f"Endpoint=sb://{name}.servicebus.windows.net/;SharedAccessKeyName={rule};SharedAccessKey={key}"
        )
    return made


def _shared_keys(args: Arguments, _config: Config, _record: Record) -> dict[str, Any]:
    return {f"{which}SharedKey": _key("workspace", args, which, 64) for which in ("primary", "secondary")}


FUNCTIONS: Mapping[str, Callable[[Arguments, Config, Record], Mapping[str, Any]]] = {
    "azure-native:authorization:getClientConfig": _client_config,
    "azure-native:authorization:getClientToken": _client_token,
    "azure-native:storage:listStorageAccountKeys": _storage_keys,
    "azure-native:storage:listStorageAccountSAS": _signature,
    "azure-native:storage:listStorageAccountServiceSAS": _signature,
    "azure-native:containerservice:listManagedClusterUserCredentials": _credentials,
    "azure-native:containerservice:listManagedClusterAdminCredentials": _credentials,
    "azure-native:containerregistry:listRegistryCredentials": _registry,
    "azure-native:web:listWebAppHostKeys": _host_keys,
    "azure-native:web:listWebAppPublishingCredentials": _publishing,
    "azure-native:cosmosdb:listDatabaseAccountConnectionStrings": _cosmos_strings,
    "azure-native:servicebus:listNamespaceKeys": _namespace_keys,
    "azure-native:servicebus:listQueueKeys": _namespace_keys,
    "azure-native:servicebus:listTopicKeys": _namespace_keys,
    "azure-native:eventhub:listNamespaceKeys": _namespace_keys,
    "azure-native:eventhub:listEventHubKeys": _namespace_keys,
    "azure-native:operationalinsights:getSharedKeys": _shared_keys,
}

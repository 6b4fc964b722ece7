"""Data sources of single services: GKE versions, key versions, secrets, objects, perimeter support."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rehearsal import paths
from rehearsal.gcp import places
from rehearsal.model import Asset, Context, Record, Refusal
from rehearsal.public_keys import public_key

_KEY = "gcp:kms/cryptoKey:CryptoKey"
_SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
_OBJECT = "gcp:storage/bucketObject:BucketObject"
# Newest first; each channel's default is among them. A stand-in for a list that changes weekly.
_VERSIONS = (
    "1.36.0-gke.1204000",
    "1.35.1-gke.1031000",
    "1.34.3-gke.1082000",
    "1.33.5-gke.1308000",
    "1.32.9-gke.1548000",
)
_CHANNELS = {"RAPID": 0, "REGULAR": 1, "STABLE": 2, "EXTENDED": 3}
_CREATE_FIRST = "create it in a stack of this rehearsal first"


def engine_versions(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """Versions of GKE, those that start with `versionPrefix`."""
    place = places.here(args, context, zonal=True)
    prefix = str(args.get("versionPrefix") or "")
    fitting = [version for version in _VERSIONS if version.startswith(prefix)]
    if not fitting:
        known = ", ".join(version.rsplit(".", 1)[0] for version in _VERSIONS)
        raise Refusal(
            "versionPrefix", f'the rehearsal knows no version that starts "{prefix}"', f"it knows {known}"
        )
    channels = {channel: _VERSIONS[index] for channel, index in _CHANNELS.items()}
    return {
        "id": f"projects/{place['project']}/locations/{place['location']}/serverConfig",
        "project": place["project"],
        "location": place["location"],
        "defaultClusterVersion": channels["REGULAR"],
        "latestMasterVersion": fitting[0],
        "latestNodeVersion": fitting[0],
        "validMasterVersions": fitting,
        "validNodeVersions": fitting,
        "releaseChannelDefaultVersion": channels,
        "releaseChannelLatestVersion": channels,
        "releaseChannelUpgradeTargetVersion": channels,
    }


def key_version(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """A version of a key of this record, with a public key in PEM when the key is asymmetric."""
    path = str(args["cryptoKey"])
    key = record.get(_KEY, path)
    if key is None:
        raise Refusal("cryptoKey", f"googleapi: Error 404: CryptoKey {path} not found.", _CREATE_FIRST)
    version = int(args.get("version") or 1)
    name = f"{path}/cryptoKeyVersions/{version}"
    algorithm = str(paths.get(key.outputs, "versionTemplate.algorithm"))
    asymmetric = str(key.inputs.get("purpose") or "").startswith("ASYMMETRIC")
    pem = public_key(name, algorithm) if asymmetric else ""
    return {
        "id": f"//cloudkms.googleapis.com/v1/{name}",
        "name": name,
        "version": version,
        "algorithm": algorithm,
        "protectionLevel": paths.get(key.outputs, "versionTemplate.protectionLevel"),
        "state": "ENABLED",
        "publicKeys": [{"algorithm": algorithm, "pem": pem}] if asymmetric else [],
    }


def secret_version(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """A version of a secret of this record, the newest when none is named, with what it holds."""
    secret, wanted = places.last(args["secret"]), args.get("version")
    versions = [item for item in record.find(_SECRET_VERSION) if places.last(item.inputs["secret"]) == secret]
    if wanted not in (None, "", "latest"):
        versions = [item for item in versions if str(item.outputs.get("version")) == str(wanted)]
    if not versions:
        number = places.here(args, context)["projectNumber"]
        problem = (
            f"googleapi: Error 404: Secret Version [projects/{number}/secrets/{secret}/versions/"
            f"{wanted or 'latest'}] not found."
        )
        raise Refusal("secret", problem, _CREATE_FIRST)
    newest = versions[-1]
    return {**newest.outputs, "id": newest.id, "secretData": newest.inputs.get("secretData"), "enabled": True}


def object_content(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """The text of an object of this record."""
    for item in record.find(_OBJECT):
        if places.last(item.inputs["bucket"]) == args["bucket"] and item.inputs.get("name") == args["name"]:
            text = _text(item.inputs)
            encoded = base64.b64encode(text.encode()).decode()
            return {**item.outputs, "id": item.id, "content": text, "contentBase64": encoded}
    problem = f"googleapi: Error 404: No such object: {args['bucket']}/{args['name']}, notFound"
    raise Refusal("name", problem, _CREATE_FIRST)


def _text(inputs: Mapping[str, Any]) -> str:
    source = inputs.get("source")
    if isinstance(source, Asset):
        return str(source.fields.get("text") or "")
    return str(inputs.get("content") or "")


@lru_cache(maxsize=1)
def _perimeter_services() -> tuple[str, ...]:
    content: Any = yaml.safe_load(
        (Path(__file__).parent / "data" / "perimeter.yaml").read_text(encoding="utf-8")
    )
    return tuple(content["services"])


def supported_services(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """The services that a service perimeter can restrict."""
    services = [{**_support(name), "name": name} for name in _perimeter_services()]
    return {"id": "supportedServices", "supportedServices": services}


def supported_service(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """How a service perimeter supports one service."""
    name = str(args["serviceName"])
    if name not in _perimeter_services():
        raise Refusal(
            "serviceName", f"googleapi: Error 404: {name} is no supported service", "see the list of services"
        )
    return {**_support(name), "id": name, "supportedMethods": []}


def _support(name: str) -> dict[str, Any]:
    return {
        "title": name.split(".", maxsplit=1)[0],
        "supportStage": "GA",
        "serviceSupportStage": "GA",
        "availableOnRestrictedVip": True,
        "knownLimitations": False,
    }

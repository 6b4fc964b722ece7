"""Customer keys: what a key may be, who may use it, and where it has to be.

The order that no preview tells is refused here as Google refuses it: a resource that encrypts with a key
whose service agent has no grant on it yet. Only a key of this record is judged; one from outside is taken
to be in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rehearsal import paths
from rehearsal.gcp import grants, places
from rehearsal.gcp.presence import otherwise
from rehearsal.model import UNKNOWN, Existing, Record, Refusal, Resource

_KEY = "gcp:kms/cryptoKey:CryptoKey"
_KEY_PATH = re.compile(r"projects/([^/]+)/locations/([^/]+)/keyRings/([^/]+)/cryptoKeys/([^/]+)")
_ROTATION = "https://cloud.google.com/kms/docs/key-rotation"
_STATES = "https://cloud.google.com/kms/docs/key-states"
_DURATION = re.compile(r"(\d+)(?:\.\d{1,9})?s")
_DAY = 86400
_LONGEST_WAIT = 120 * _DAY
_ALGORITHMS = {
    "ENCRYPT_DECRYPT": ("GOOGLE_SYMMETRIC_ENCRYPTION", "EXTERNAL_SYMMETRIC_ENCRYPTION"),
    "ASYMMETRIC_SIGN": ("RSA_SIGN_", "EC_SIGN_", "PQ_SIGN_"),
    "ASYMMETRIC_DECRYPT": ("RSA_DECRYPT_",),
    "MAC": ("HMAC_",),
}


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    content: Any = yaml.safe_load((Path(__file__).parent / "data" / "cmek.yaml").read_text(encoding="utf-8"))
    return content


def check(resource: Resource) -> list[Refusal]:
    """A CryptoKey: rotation, waiting time and algorithm that fit its purpose."""
    return [*_rotation(resource.inputs), *_waiting(resource.inputs), *_algorithm(resource.inputs)]


def _rotation(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    period, purpose = inputs.get("rotationPeriod"), otherwise(inputs.get("purpose"), "ENCRYPT_DECRYPT")
    if period is None or period is UNKNOWN or purpose is UNKNOWN:
        return
    match = _DURATION.fullmatch(str(period))
    if match is None:
        yield Refusal(
            "rotationPeriod", f'"{period}" is no duration', 'write seconds such as "7776000s"', _ROTATION
        )
    elif int(match[1]) < _DAY:
        yield Refusal("rotationPeriod", f"{period} is less than a day", f'write "{_DAY}s" or more', _ROTATION)
    if purpose != "ENCRYPT_DECRYPT":
        yield Refusal(
            "rotationPeriod",
            f"a key for {purpose} is not rotated by Google",
            "leave it out and make new versions by hand",
            "https://cloud.google.com/kms/docs/key-rotation#asymmetric",
        )
    if inputs.get("importOnly") is True:
        yield Refusal(
            "rotationPeriod", "an import-only key is not rotated by Google", "leave it out", _ROTATION
        )


def _waiting(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    wait = inputs.get("destroyScheduledDuration")
    if wait is None or wait is UNKNOWN:
        return
    match = _DURATION.fullmatch(str(wait))
    if match is None or not _DAY <= int(match[1]) <= _LONGEST_WAIT:
        remedy = f'write seconds from "{_DAY}s" (a day) to "{_LONGEST_WAIT}s" (120 days)'
        yield Refusal("destroyScheduledDuration", f'"{wait}" is refused', remedy, _STATES)


def _algorithm(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    purpose = otherwise(inputs.get("purpose"), "ENCRYPT_DECRYPT")
    algorithm = paths.get(inputs, "versionTemplate.algorithm")
    if purpose is UNKNOWN or algorithm is UNKNOWN or str(purpose) not in _ALGORITHMS:
        return
    source = "https://cloud.google.com/kms/docs/algorithms"
    fitting = _ALGORITHMS[str(purpose)]
    if algorithm is None:
        if purpose != "ENCRYPT_DECRYPT":
            remedy = f"write versionTemplate.algorithm, one of {', '.join(fitting)}..."
            yield Refusal("versionTemplate", f"a key for {purpose} has no default algorithm", remedy, source)
    elif not str(algorithm).startswith(fitting):
        remedy = f"write one that starts {' or '.join(fitting)}"
        yield Refusal("versionTemplate.algorithm", f"{algorithm} does not fit {purpose}", remedy, source)


def refuse(resource: Resource, id: str, record: Record) -> Refusal | None:
    """A customer key that the service's agent may not use, of the wrong purpose, or in the wrong place."""
    uses: list[Mapping[str, str]] = _table()["uses"].get(resource.type, [])
    for use in uses:
        for path, value in paths.find(resource.inputs, use["path"]):
            if not isinstance(value, str) or not (named := _KEY_PATH.search(value)):
                continue
            refusal = _misplaced(resource, path, named, use["location"]) or _unusable(
                resource, path, named[0], use, record
            )
            if refusal:
                return refusal
    return None


def _misplaced(resource: Resource, path: str, key: re.Match[str], rule: str) -> Refusal | None:
    place = places.here(resource.inputs, resource.context)
    wanted = str(resource.inputs.get("location") or place["region"] or place["location"])
    multi: Mapping[str, str] = _table()["multi_regions"]
    wanted = multi.get(wanted.upper(), places.region_of(wanted) if places.is_zone(wanted) else wanted).lower()
    elsewhere = {"same": {wanted}, "regional": {wanted, "global", *multi.values()}}.get(rule)
    if elsewhere is None or key[2].lower() in elsewhere:
        return None
    return Refusal(
        path,
        f"the key is in {key[2]}, but this resource in {wanted} needs a key in {wanted}",
        f"create the key ring in {wanted}",
        _table()["source"].split(" and ")[0],
    )


def _unusable(
    resource: Resource, path: str, key: str, use: Mapping[str, str], record: Record
) -> Refusal | None:
    own = record.get(_KEY, key)
    if own is None:
        return None
    purpose = own.inputs.get("purpose") or "ENCRYPT_DECRYPT"
    if purpose != "ENCRYPT_DECRYPT":
        return Refusal(path, f"the key {key} is for {purpose}", "use a key for ENCRYPT_DECRYPT", _STATES)
    number = places.here(resource.inputs, resource.context)["projectNumber"]
    email = places.agent(str(number), use["agent"])
    if _granted(own, email, record):
        return None
    denied = "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource"
    general = f"Cloud KMS error when using key {key}: {denied} '{key}' (or it may not exist)., forbidden"
    return Refusal(
        path,
        use.get("words") or f"googleapi: Error 403: {general}",
        f"grant serviceAccount:{email} roles/cloudkms.cryptoKeyEncrypterDecrypter on the key first, and let "
        "this resource depend on that grant",
        "https://cloud.google.com/kms/docs/cmek",
    )


def _granted(key: Existing, email: str, record: Record) -> bool:
    """Whether a grant on the key, its ring or its project lets the account use it."""
    project = key.id.split("/")[1]
    on = {
        "cryptoKeyId": [key.id],
        "keyRingId": [key.id.split("/cryptoKeys/")[0]],
        "project": [project, f"projects/{project}"],
    }
    return grants.holds(email, _table()["roles"], on, record)

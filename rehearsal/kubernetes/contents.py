"""What the API server refuses in the contents of a ConfigMap or a Secret.

Leaves out: whether a certificate, a key or a password in it is any good.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from rehearsal.kubernetes import names
from rehearsal.model import UNKNOWN, Refusal

_SECRETS: Final = "https://kubernetes.io/docs/concepts/configuration/secret/"
# https://kubernetes.io/docs/concepts/configuration/secret/#secret-types
_REQUIRED_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def judge(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Refuse keys outside the syntax, keys given twice and contents that are too large."""
    source = "https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object"
    size = 0
    seen: set[str] = set()
    for part in ("data", "binaryData", "stringData"):
        content = inputs.get(part)
        if content is UNKNOWN or not isinstance(content, Mapping):
            continue
        for key, value in cast(Mapping[str, Any], content).items():
            yield from names.judge(f'{part}["{key}"]', key, "config_key")
            size += len(value.encode()) if isinstance(value, str) else 0
            if part == "binaryData" and key in seen:
                yield Refusal(f'binaryData["{key}"]', "it is in data as well", "keep one of them", source)
            seen.add(key)
    if size > int(names.LIMITS["content_bytes"]):
        problem = f"the contents are {size} bytes together"
        yield Refusal("data", problem, f"at most {names.LIMITS['content_bytes']} are stored", source)


def judge_secret(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Refuse a Secret whose data is not base64 or lacks what its type asks for. No value is repeated."""
    yield from judge(inputs)
    data, plain = inputs.get("data"), inputs.get("stringData")
    if isinstance(data, Mapping):
        for key, value in cast(Mapping[str, Any], data).items():
            if isinstance(value, str) and not _is_base64(value):
                remedy = "encode it, or give it as stringData"
                yield Refusal(
                    f'data["{key}"]', "it is not base64", remedy, f"{_SECRETS}#restriction-names-data"
                )
    if UNKNOWN in (data, plain, inputs.get("type")):
        return
    have = {*cast(Mapping[str, Any], data or {}), *cast(Mapping[str, Any], plain or {})}
    for key in _REQUIRED_KEYS.get(str(inputs.get("type")), ()):
        if key not in have:
            problem = f"a Secret of type {inputs['type']} has no key {key!r}"
            yield Refusal("data", problem, "add the key", f"{_SECRETS}#secret-types")
    config = cast(Mapping[str, Any], plain or {}).get(".dockerconfigjson")
    if isinstance(config, str) and not _is_json(config):
        yield Refusal(
            'stringData[".dockerconfigjson"]', "it is not JSON", "give the docker configuration", _SECRETS
        )


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return False
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True

"""Ids and ARNs of types that no table describes, in the form of the SDK's own import example.

The documentation in the installed SDK says, type by type, what `pulumi import` takes: `cgw-b4dc3961`,
`arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/example`, `example`. Region, account and hex
digits are redrawn; a word that stands for a name becomes the resource's name.
Left out: ids made of several parts, which get the resource's name and digits, unless they are ARNs.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from rehearsal.model import UNKNOWN, Resource
from rehearsal.sdk import Sdk

_PREFIXED = re.compile(r"([a-z]+(?:-[a-z]+)*)-[0-9a-f]{8,17}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ARN = re.compile(r"arn:[a-z-]+:([a-z0-9-]+):([^:]*):([^:]*):([^,#|]+)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Modules whose service is called otherwise in ARNs.
_SERVICES = {
    "lb": "elasticloadbalancing",
    "alb": "elasticloadbalancing",
    "cfg": "config",
    "cloudwatch": "logs",
    "mskconnect": "kafkaconnect",
    "msk": "kafka",
    "efs": "elasticfilesystem",
    "sfn": "states",
    "opensearch": "es",
    "ebs": "ec2",
    "vpc": "ec2",
    "ec2transitgateway": "ec2",
}


def identify(resource: Resource, place: Mapping[str, Any]) -> str:
    """The id of a new object of an undescribed type; `place` has region, account and partition."""
    example = _example(resource.type)
    named = _own_name(resource)
    if example.startswith("arn:") and not re.search(r"[,#|;]", example):
        return _redraw_arn(example, resource, place)
    prefixed = _PREFIXED.fullmatch(example)
    if prefixed:
        return f"{prefixed.group(1)}-{resource.seed('id')[:17]}"
    if _UUID.fullmatch(example):
        return _uuid(resource)
    if re.fullmatch(r"\d{11,12}", example):
        return str(place["account"])
    if re.fullmatch(r"[a-z]{2}-[a-z]+-\d", example):
        return str(place["region"])
    return named or f"{resource.name}-{resource.seed('id')[:7]}"


def arn(resource: Resource, id: str, place: Mapping[str, Any]) -> Any:
    """An ARN of an object of an undescribed type."""
    if resource.preview and not id:
        return UNKNOWN
    if id.startswith("arn:"):
        return id
    example = _example(resource.type)
    if example.startswith("arn:") and not re.search(r"[,#|;]", example):
        return _redraw_arn(example, resource, place)
    module, kind = resource.type.split(":")[1].split("/")
    noun = _HUMP.sub("-", kind).lower()
    service = _SERVICES.get(module, module)
    return f"arn:{place['partition']}:{service}:{place['region']}:{place['account']}:{noun}/{id}"


def _redraw_arn(example: str, resource: Resource, place: Mapping[str, Any]) -> str:
    match = _ARN.match(example)
    if match is None:
        return example
    service, region, account, tail = match.groups()
    region = str(place["region"]) if region else ""
    account = str(place["account"]) if account not in ("", "aws") else account
    head, mark, last = re.match(r"(.*?)([/:]?)([^/:]*)$", tail).groups()  # pyright: ignore[reportOptionalMemberAccess]: it matches any text
    return f"arn:{place['partition']}:{service}:{region}:{account}:{head}{mark}{_redraw(last, resource)}"


def _redraw(word: str, resource: Resource) -> str:
    if _UUID.fullmatch(word):
        return _uuid(resource)
    prefixed = _PREFIXED.fullmatch(word)
    if prefixed:
        return f"{prefixed.group(1)}-{resource.seed('id')[:17]}"
    if re.fullmatch(r"[0-9a-f]{10,}", word):
        return resource.seed("id")[: len(word)]
    return _own_name(resource) or f"{resource.name}-{resource.seed('id')[:7]}"


def _own_name(resource: Resource) -> str:
    """The object's name: `name`, else `<type>Name`, else the first reference a dependent setting hangs on."""
    noun = resource.type.rsplit(":", 1)[-1]
    candidates = ["name", noun[:1].lower() + noun[1:] + "Name", "domainName", "identifier"]
    for key in candidates:
        value = resource.inputs.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _uuid(resource: Resource) -> str:
    digits = resource.seed("id")
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


@lru_cache(maxsize=4096)
def _example(type: str) -> str:
    """What the SDK's documentation imports for a type; empty where it shows nothing."""
    sdk = _sdk()
    place = sdk.resource(type)
    if place is None:
        return ""
    found = re.search(rf"\$ pulumi import {re.escape(type)} \S+ (\S+)", sdk.text(place.file))
    return found.group(1).strip("'\"") if found else ""


@lru_cache(maxsize=1)
def _sdk() -> Sdk:
    spec = importlib.util.find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("pulumi_aws is not installed")
    return Sdk(Path(spec.origin).parent)

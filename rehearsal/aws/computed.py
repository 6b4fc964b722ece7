"""Outputs that depend on several inputs at once, where a template is too small."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.aws import cognito, waf
from rehearsal.model import UNKNOWN, Resource


def outputs(resource: Resource, id: str) -> Mapping[str, Any]:
    """The extra outputs of this type; unknown while a creation is previewed."""
    compute = _COMPUTED.get(resource.type)
    if compute is None:
        return {}
    if resource.preview and not id:
        return dict.fromkeys(_NAMES[resource.type], UNKNOWN)
    return compute(resource)


def _validation_options(resource: Resource) -> Mapping[str, Any]:
    """One DNS record per domain: https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"""
    if any(resource.inputs.get(key) is not None for key in ("certificateAuthorityArn", "privateKey")):
        return {"domainValidationOptions": []}
    others: Any = resource.inputs.get("subjectAlternativeNames")
    if others is UNKNOWN:
        return {"domainValidationOptions": UNKNOWN}
    names: list[Any] = [resource.inputs.get("domainName"), *(() if others is None else others)]
    if UNKNOWN in names:
        return {"domainValidationOptions": UNKNOWN}
    options: list[dict[str, str]] = []
    for name in dict.fromkeys(str(name) for name in names if name is not None):
        host = name.removeprefix("*.")
        proof = hashlib.md5(f"{resource.urn} {host}".encode(), usedforsecurity=False).hexdigest()
        target = hashlib.md5(f"{resource.urn} {host} target".encode(), usedforsecurity=False).hexdigest()
        record = {
            "resourceRecordName": f"_{proof}.{host}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{target}.acm-validations.aws.",
        }
        options.append({"domainName": name, **record})
    return {"domainValidationOptions": options}


def _public_address(resource: Resource) -> Mapping[str, Any]:
    """None where the program asks for none: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html"""
    if resource.inputs.get("associatePublicIpAddress") is False:
        return {"publicIp": "", "publicDns": ""}
    return {}


def _own_password(resource: Resource) -> Mapping[str, Any]:
    """A secret only where RDS manages the password: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"""
    return {} if resource.inputs.get("manageMasterUserPassword") is True else {"masterUserSecrets": []}


_COMPUTED: Mapping[str, Callable[[Resource], Mapping[str, Any]]] = {
    "aws:acm/certificate:Certificate": _validation_options,
    "aws:ec2/instance:Instance": _public_address,
    "aws:rds/cluster:Cluster": _own_password,
    "aws:rds/instance:Instance": _own_password,
    cognito.SERVER: cognito.scopes,
    waf.ACL: lambda resource: waf.capacity(resource.inputs),
}
_NAMES: Mapping[str, tuple[str, ...]] = {
    "aws:acm/certificate:Certificate": ("domainValidationOptions",),
    "aws:ec2/instance:Instance": ("publicIp", "publicDns"),
    "aws:rds/cluster:Cluster": ("masterUserSecrets",),
    "aws:rds/instance:Instance": ("masterUserSecrets",),
    cognito.SERVER: ("scopeIdentifiers",),
    waf.ACL: ("capacity",),
}

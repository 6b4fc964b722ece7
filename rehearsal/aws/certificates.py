"""What a private authority refuses because an algorithm, a template or its own state does not fit.

Limits of a single input are in `certificates.yaml`. An unknown value refuses nothing, and an authority that
the record does not hold is taken as given.
Source: https://docs.aws.amazon.com/privateca/latest/userguide/PCACertInstall.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.model import Record, Refusal, Resource

AUTHORITY = "aws:acmpca/certificateAuthority:CertificateAuthority"
CERTIFICATE = "aws:acmpca/certificate:Certificate"
OWN = "aws:acmpca/certificateAuthorityCertificate:CertificateAuthorityCertificate"
_API = "https://docs.aws.amazon.com/privateca/latest/APIReference/"
_MODES = "https://docs.aws.amazon.com/privateca/latest/userguide/short-lived-certificates.html"
# Beginning of a key's algorithm -> end of what it signs with.
_FAMILIES = {
    "RSA_": ("WITHRSA", "WITHRSA_PSS"),
    "EC_": ("WITHECDSA",),
    "ML_DSA_": ("ML_DSA_",),
    "SM2": ("SM2",),
}
_SHORT_DAYS = 7


def authority(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A key and what it signs with are of one family."""
    path = "certificateAuthorityConfiguration"
    key, signing = (paths.get(inputs, f"{path}.{name}Algorithm") for name in ("key", "signing"))
    if isinstance(key, str) and isinstance(signing, str) and not _fits(key, signing):
        problem = f"{signing} is nothing a key of {key} signs with"
        source = f"{_API}API_CertificateAuthorityConfiguration.html"
        yield Refusal(f"{path}.signingAlgorithm", problem, "write one of its family", source)


def _fits(key: str, signing: str) -> bool:
    ends = next((ends for begins, ends in _FAMILIES.items() if key.startswith(begins)), ())
    return not ends or (signing == key if key.startswith("ML_DSA_") else signing.endswith(ends))


def refuse(resource: Resource, record: Record) -> Refusal | None:
    """A certificate of an authority that issues nothing yet, or nothing of the kind."""
    inputs = resource.inputs
    above = record.get(AUTHORITY, str(inputs.get("certificateAuthorityArn")))
    if above is None:
        return None
    algorithm = paths.get(above.inputs, "certificateAuthorityConfiguration.keyAlgorithm")
    if not _fits(str(algorithm), str(inputs.get("signingAlgorithm"))):
        problem = f"InvalidArgsException: the authority's key is {algorithm}"
        return Refusal(
            "signingAlgorithm", problem, "write one of its family", f"{_API}API_IssueCertificate.html"
        )
    root = "/RootCACertificate/" in str(inputs.get("templateArn"))
    if root and (above.inputs.get("type") or "SUBORDINATE") != "ROOT":
        problem = "InvalidArgsException: the authority is no root"
        return Refusal(
            "templateArn", problem, "name a template of its kind", f"{_API}API_IssueCertificate.html"
        )
    if not root and not record.find(OWN, {"certificateAuthorityArn": above.id}):
        problem = "InvalidStateException: the authority has no certificate of its own yet"
        return Refusal(
            "certificateAuthorityArn", problem, "install it first", f"{_API}API_IssueCertificate.html"
        )
    short = above.inputs.get("usageMode") == "SHORT_LIVED_CERTIFICATE"
    if short and not root and _days(inputs) > _SHORT_DAYS:
        problem = f"ValidationException: the authority issues certificates of at most {_SHORT_DAYS} days"
        return Refusal("validity", problem, "write a shorter life", _MODES)
    return None


def _days(inputs: Mapping[str, Any]) -> int:
    value, kind = (paths.get(inputs, f"validity.{name}") for name in ("value", "type"))
    days = {"DAYS": 1, "MONTHS": 30, "YEARS": 365}.get(str(kind), 0)
    return int(value) * days if str(value).isdecimal() else 0

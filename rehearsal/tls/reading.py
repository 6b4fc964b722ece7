"""What the `tls` provider reports of a certificate or a request: texts, identifiers, times, contents."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding


def pem(item: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """Write a certificate or a request as PEM."""
    return item.public_bytes(Encoding.PEM).decode()


def request_identifier(item: x509.CertificateSigningRequest) -> str:
    """Return a CertRequest's id: SHA-1 of the request's DER form, in hexadecimal."""
    return hashlib.sha1(item.public_bytes(Encoding.DER), usedforsecurity=False).hexdigest()


def chain_identifier(chain: Sequence[x509.Certificate]) -> str:
    """Return the id of a getCertificate answer: a hash over the chain, in hexadecimal."""
    together = hashlib.sha1(usedforsecurity=False)
    for certificate in chain:
        together.update(certificate.public_bytes(Encoding.DER))
    return together.hexdigest()


def times(certificate: x509.Certificate, early_hours: int, now: datetime) -> dict[str, Any]:
    """Return validity as the provider reports it: RFC 3339 times and whether renewal is due."""
    end = certificate.not_valid_after_utc
    return {
        "validityStartTime": _rfc3339(certificate.not_valid_before_utc),
        "validityEndTime": _rfc3339(end),
        "readyForRenewal": now >= end - timedelta(hours=early_hours),
    }


def describe(certificate: x509.Certificate) -> dict[str, Any]:
    """Describe a certificate as the function getCertificate does."""
    public = certificate.public_key()
    algorithm = "RSA"
    if isinstance(public, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        algorithm = "ECDSA" if isinstance(public, ec.EllipticCurvePublicKey) else "Ed25519"
    digest = certificate.signature_hash_algorithm
    constraints = next(
        (e.value for e in certificate.extensions if isinstance(e.value, x509.BasicConstraints)), None
    )
    der = certificate.public_bytes(Encoding.DER)
    return {
        "certPem": pem(certificate),
        "isCa": constraints.ca if constraints else False,
        "maxPathLength": -1
        if constraints is None or constraints.path_length is None
        else constraints.path_length,
        "issuer": certificate.issuer.rfc4514_string(),
        "notAfter": _rfc3339(certificate.not_valid_after_utc),
        "notBefore": _rfc3339(certificate.not_valid_before_utc),
        "publicKeyAlgorithm": algorithm,
        "serialNumber": str(certificate.serial_number),
        "sha1Fingerprint": hashlib.sha1(der, usedforsecurity=False).hexdigest(),
        # Go's names of signature algorithms: SHA256-RSA, ECDSA-SHA256, Ed25519.
        "signatureAlgorithm": _signature(certificate, digest.name.upper() if digest else ""),
        "subject": certificate.subject.rfc4514_string(),
        "version": certificate.version.value + 1,
    }


def _signature(certificate: x509.Certificate, digest: str) -> str:
    name = certificate.signature_algorithm_oid._name.lower()
    if "ecdsa" in name:
        return f"ECDSA-{digest}"
    return f"{digest}-RSA" if "rsa" in name else "Ed25519"


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

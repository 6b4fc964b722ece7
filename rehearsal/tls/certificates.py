"""X.509 requests and certificates as the `tls` provider issues them.

Guarantees: real requests and certificates that verify against their issuer, with the extensions the provider
writes, in its order of arguments.
Leaves out: revocation, and key types other than the provider's three.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from rehearsal.tls.keys import Private, Public

# RFC 5280, 4.2.1.3: the provider's word for each bit and this library's.
KEY_USAGES: Final[Mapping[str, str]] = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
# RFC 5280, 4.2.1.12, and Microsoft's and Netscape's older numbers.
EXTENDED_USAGES: Final[Mapping[str, ObjectIdentifier]] = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec_end_system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft_server_gated_crypto": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape_server_gated_crypto": ObjectIdentifier("2.16.840.1.113730.4.1"),
    "microsoft_commercial_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
    "microsoft_kernel_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
}
USAGES: Final = frozenset(KEY_USAGES) | frozenset(EXTENDED_USAGES)

_SUBJECT: Final[Sequence[tuple[str, ObjectIdentifier]]] = (
    ("country", NameOID.COUNTRY_NAME),
    ("organization", NameOID.ORGANIZATION_NAME),
    ("organizationalUnit", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("locality", NameOID.LOCALITY_NAME),
    ("province", NameOID.STATE_OR_PROVINCE_NAME),
    ("streetAddresses", NameOID.STREET_ADDRESS),
    ("postalCode", NameOID.POSTAL_CODE),
    ("commonName", NameOID.COMMON_NAME),
    ("serialNumber", NameOID.SERIAL_NUMBER),
    ("emailAddress", NameOID.EMAIL_ADDRESS),
)


@dataclass(frozen=True)
class Authority:
    """Who signs: a certificate and its own key."""

    certificate: x509.Certificate
    key: Private


def request(key: Private, inputs: Mapping[str, Any]) -> x509.CertificateSigningRequest:
    """Make a certificate request from a CertRequest's inputs."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(inputs.get("subject") or {}))
    if names := _alternative_names(inputs):
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, _digest(key))


def self_signed(key: Private, inputs: Mapping[str, Any], serial: int, now: datetime) -> x509.Certificate:
    """Issue a certificate by its own key from a SelfSignedCert's inputs."""
    name = _name(inputs.get("subject") or {})
    builder = _template(inputs, key.public_key(), serial, now).subject_name(name).issuer_name(name)
    if names := _alternative_names(inputs):
        builder = builder.add_extension(names, critical=False)
    if inputs.get("setAuthorityKeyId"):
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(key, _digest(key))


def locally_signed(
    asked: x509.CertificateSigningRequest,
    authority: Authority,
    inputs: Mapping[str, Any],
    serial: int,
    now: datetime,
) -> x509.Certificate:
    """Issue what a request asks for in an authority's name, from a LocallySignedCert's inputs.

    Raises:
        ValueError: when the request's key is none of the provider's three types.
    """
    public = asked.public_key()
    if not isinstance(public, Public):
        raise ValueError("the request's key is not RSA, ECDSA or Ed25519")
    builder = _template(inputs, public, serial, now)
    builder = builder.subject_name(asked.subject).issuer_name(authority.certificate.subject)
    for extension in asked.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            builder = builder.add_extension(extension.value, critical=False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    return builder.add_extension(identifier, critical=False).sign(authority.key, _digest(authority.key))


def _template(
    inputs: Mapping[str, Any], public: Public, serial: int, now: datetime
) -> x509.CertificateBuilder:
    is_authority = bool(inputs.get("isCaCertificate"))
    length = inputs.get("maxPathLength") if is_authority else None
    builder = (
        x509.CertificateBuilder()
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(hours=int(inputs["validityPeriodHours"])))
        .add_extension(
            x509.BasicConstraints(ca=is_authority, path_length=None if length is None else int(length)),
            critical=True,
        )
    )
    uses = list(inputs.get("allowedUses") or [])
    plain = dict.fromkeys(KEY_USAGES.values(), False)
    plain.update({KEY_USAGES[use]: True for use in uses if use in KEY_USAGES})
    # RFC 5280 gives the two "only" bits a meaning beside key agreement alone; the library refuses others.
    if not plain["key_agreement"]:
        plain["encipher_only"] = plain["decipher_only"] = False
    if any(plain.values()):
        builder = builder.add_extension(x509.KeyUsage(**plain), critical=True)
    extended = [EXTENDED_USAGES[use] for use in uses if use in EXTENDED_USAGES]
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    # RFC 5280, 4.2.1.2: an authority's certificate always has the identifier, others on request.
    if inputs.get("setSubjectKeyId") or is_authority:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    return builder


def _name(subject: Mapping[str, Any]) -> x509.Name:
    attributes: list[x509.NameAttribute[Any]] = []
    for key, identifier in _SUBJECT:
        values: Any = subject.get(key) or []
        for value in cast(list[Any], values) if isinstance(values, list) else [values]:
            attributes += [x509.NameAttribute(identifier, str(value))]
    return x509.Name(attributes)


def _alternative_names(inputs: Mapping[str, Any]) -> x509.SubjectAlternativeName | None:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in _texts(inputs, "dnsNames")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in _texts(inputs, "ipAddresses")]
    names += [x509.UniformResourceIdentifier(uri) for uri in _texts(inputs, "uris")]
    return x509.SubjectAlternativeName(names) if names else None


def _texts(inputs: Mapping[str, Any], name: str) -> list[str]:
    return cast(list[str], inputs.get(name) or [])


def _digest(key: Private) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    size = key.curve.key_size if isinstance(key, ec.EllipticCurvePrivateKey) else 0
    return hashes.SHA512() if size > 384 else hashes.SHA384() if size > 256 else hashes.SHA256()

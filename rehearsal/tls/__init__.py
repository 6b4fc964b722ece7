"""Pulumi's `tls` package in the rehearsal.

Guarantees: keys, requests and certificates are real and fit each other, so that what a program does with them
(a trust bundle, a Kubernetes secret, a server) works; PEM that cannot be read is refused before
anything is made.
Leaves out: connections (getCertificate by url answers a certificate made for the server), and secrecy
(see `rehearsal.tls.keys`).
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from cryptography import x509

from rehearsal import authority
from rehearsal.model import UNKNOWN, Checked, Context, Record, Refusal, Resource
from rehearsal.tables import TablePackage
from rehearsal.tls import certificates, keys, reading

_DOCS: Final = "https://www.pulumi.com/registry/packages/tls/api-docs"


class TlsPackage(TablePackage):
    """Keys by seed, certificates by the clock."""

    def check(self, resource: Resource, olds: Mapping[str, Any] | None, record: Record) -> Checked:
        """Refuse usages, addresses and PEM texts that the provider cannot use."""
        checked = super().check(resource, olds, record)
        return Checked(checked.inputs, [*checked.refusals, *_judge(checked.inputs)])

    def identify(self, resource: Resource) -> str:
        """Return the id: a hash of the key or request, or the certificate's serial number."""
        kind = resource.type.rpartition(":")[2]
        if kind == "PrivateKey":
            return keys.identifier(_key(resource))
        if kind == "CertRequest":
            return reading.request_identifier(_request(resource))
        return str(_serial(resource))

    def outputs(self, resource: Resource, id: str) -> Mapping[str, Any]:
        """Return the PEM texts and what is read from them; nothing is known before the creation."""
        if resource.preview and not id:
            return {}
        return _OUTPUTS[resource.type.rpartition(":")[2]](resource)

    def invoke(
        self, token: str, args: Mapping[str, Any], context: Context, record: Record
    ) -> Mapping[str, Any]:
        """Answer getPublicKey, and getCertificate for a content or a server's address."""
        name = token.rpartition(":")[2]
        if name == "getPublicKey":
            return _public_key(args)
        if name == "getCertificate":
            return _certificates(args)
        return super().invoke(token, args, context, record)


def _key(resource: Resource) -> keys.Private:
    inputs = resource.inputs
    seed = resource.seed("key")
    bits, curve = int(inputs.get("rsaBits") or 2048), str(inputs.get("ecdsaCurve") or "P224")
    return keys.derive(seed, str(inputs["algorithm"]), bits, curve)


def _own_key(resource: Resource) -> keys.Private:
    inputs = resource.inputs
    return keys.load(str(inputs.get("privateKeyPem") or inputs["privateKeyPemWo"]))


def _request(resource: Resource) -> x509.CertificateSigningRequest:
    return certificates.request(_own_key(resource), resource.inputs)


def _serial(resource: Resource) -> int:
    # RFC 5280, 4.1.2.2: positive and at most 20 octets; the provider draws 128 bits.
    return int(resource.seed("serial")[:32], 16) | 1


def _key_outputs(resource: Resource) -> Mapping[str, Any]:
    key = _key(resource)
    defaults = {"rsaBits": 2048, "ecdsaCurve": "P224"}
    return {**defaults, **keys.private_forms(key), **keys.public_forms(key)}


def _request_outputs(resource: Resource) -> Mapping[str, Any]:
    request = _request(resource)
    return {"certRequestPem": reading.pem(request), "keyAlgorithm": keys.algorithm_of(_own_key(resource))}


def _self_signed_outputs(resource: Resource) -> Mapping[str, Any]:
    key, now = _own_key(resource), datetime.now(UTC)
    issued = certificates.self_signed(key, resource.inputs, _serial(resource), now)
    return {"keyAlgorithm": keys.algorithm_of(key), **_issued(resource, issued, now)}


def _locally_signed_outputs(resource: Resource) -> Mapping[str, Any]:
    inputs, now = resource.inputs, datetime.now(UTC)
    authority_key = keys.load(str(inputs.get("caPrivateKeyPem") or inputs["caPrivateKeyPemWo"]))
    authority = x509.load_pem_x509_certificate(str(inputs["caCertPem"]).encode())
    asked = x509.load_pem_x509_csr(str(inputs["certRequestPem"]).encode())
    if authority.public_key() != authority_key.public_key():
        problem = "it does not belong to the certificate in caCertPem"
        raise Refusal(
            "caPrivateKeyPem", problem, "give the authority's own key", f"{_DOCS}/locallysignedcert/"
        )
    issued = certificates.locally_signed(
        asked, certificates.Authority(authority, authority_key), inputs, _serial(resource), now
    )
    return {"caKeyAlgorithm": keys.algorithm_of(authority_key), **_issued(resource, issued, now)}


def _issued(resource: Resource, issued: x509.Certificate, now: datetime) -> Mapping[str, Any]:
    early = int(resource.inputs.get("earlyRenewalHours") or 0)
    return {"certPem": reading.pem(issued), **reading.times(issued, early, now)}


_OUTPUTS: Final[Mapping[str, Callable[[Resource], Mapping[str, Any]]]] = {
    "PrivateKey": _key_outputs,
    "CertRequest": _request_outputs,
    "SelfSignedCert": _self_signed_outputs,
    "LocallySignedCert": _locally_signed_outputs,
}

_READERS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "privateKeyPem": (keys.load, "a private key in PEM"),
    "privateKeyPemWo": (keys.load, "a private key in PEM"),
    "caPrivateKeyPem": (keys.load, "a private key in PEM"),
    "caPrivateKeyPemWo": (keys.load, "a private key in PEM"),
    "caCertPem": (lambda text: x509.load_pem_x509_certificate(text.encode()), "a certificate in PEM"),
    "certRequestPem": (lambda text: x509.load_pem_x509_csr(text.encode()), "a certificate request in PEM"),
}


def _judge(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    for name, (read, words) in _READERS.items():
        if isinstance(text := inputs.get(name), str):
            yield from _readable(name, text, read, words)
    if isinstance(uses := inputs.get("allowedUses"), list):
        for index, use in enumerate(cast(list[Any], uses)):
            if use is not UNKNOWN and use not in certificates.USAGES:
                remedy = f"write one of {', '.join(sorted(certificates.USAGES))}"
                yield Refusal(
                    f"allowedUses[{index}]",
                    f"there is no key usage {use!r}",
                    remedy,
                    f"{_DOCS}/selfsignedcert/",
                )
    if isinstance(addresses := inputs.get("ipAddresses"), list):
        for index, address in enumerate(cast(list[Any], addresses)):
            if isinstance(address, str):
                yield from _readable(f"ipAddresses[{index}]", address, ipaddress.ip_address, "an IP address")


def _readable(path: str, text: str, read: Callable[[str], object], words: str) -> Iterator[Refusal]:
    try:
        read(text)
    except ValueError:
        # The text itself may be a key, so it is not repeated here.
        yield Refusal(path, "it cannot be read", f"give {words}")


def _public_key(args: Mapping[str, Any]) -> Mapping[str, Any]:
    given = [name for name in ("privateKeyPem", "privateKeyOpenssh") if args.get(name)]
    if len(given) != 1:
        problem = "it needs exactly one of privateKeyPem and privateKeyOpenssh"
        raise Refusal("", problem, "give one", f"{_DOCS}/getpublickey/")
    try:
        key = keys.load(str(args[given[0]]))
    except ValueError as error:
        raise Refusal(given[0], "it cannot be read", "give a private key without a passphrase") from error
    return {"id": keys.identifier(key), "algorithm": keys.algorithm_of(key), **keys.public_forms(key)}


def _certificates(args: Mapping[str, Any]) -> Mapping[str, Any]:
    url = str(args.get("url") or "")
    try:
        text = _of_server(url) if url else str(args.get("content") or "")
        chain = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise Refusal("content", "it cannot be read", "give certificates in PEM") from error
    return {
        "id": reading.chain_identifier(chain),
        # The root of the chain comes first in the answer.
        "certificates": [reading.describe(certificate) for certificate in reversed(chain)],
        "verifyChain": args.get("verifyChain", True),
    }


def _of_server(url: str) -> str:
    """One certificate of the server's name, the same for the same server; nothing is connected to."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "tls") or not parts.hostname:
        problem = f'"{url}" is no address of a server with a certificate'
        raise Refusal("url", problem, "write https://HOST or tls://HOST:PORT", f"{_DOCS}/getcertificate/")
    return authority.certificate(f"server {parts.netloc}", parts.hostname[:64])


PACKAGE = TlsPackage(Path(__file__).parent / "types", "tls")

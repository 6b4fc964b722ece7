"""The tls package: keys and certificates that other software accepts."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
)
from cryptography.x509.verification import PolicyBuilder, Store

from rehearsal.model import UNKNOWN, Context, Refusal, Resource
from rehearsal.record import CloudRecord, RealmView
from rehearsal.tls import PACKAGE

Outputs = Mapping[str, Any]


@pytest.fixture
def record(tmp_path: Path) -> RealmView:
    return RealmView(CloudRecord(tmp_path / "record"), lambda _: "")


def resource(kind: str, inputs: Outputs, name: str = "x") -> Resource:
    token = f"tls:index/{kind[0].lower()}{kind[1:]}:{kind}"
    return Resource(f"urn:pulumi:dev::p::{token}::{name}", token, name, inputs, Context("tls"))


def made(kind: str, inputs: Outputs, name: str = "x") -> Outputs:
    asked = resource(kind, inputs, name)
    id = PACKAGE.identify(asked)
    return {**inputs, "id": id, **PACKAGE.outputs(asked, id)}


ALGORITHMS = [
    ({"algorithm": "RSA"}, rsa.RSAPrivateKey, 2048, "RSA PRIVATE KEY"),
    ({"algorithm": "RSA", "rsaBits": 1024}, rsa.RSAPrivateKey, 1024, "RSA PRIVATE KEY"),
    ({"algorithm": "ECDSA"}, ec.EllipticCurvePrivateKey, 224, "EC PRIVATE KEY"),
    ({"algorithm": "ECDSA", "ecdsaCurve": "P256"}, ec.EllipticCurvePrivateKey, 256, "EC PRIVATE KEY"),
    ({"algorithm": "ECDSA", "ecdsaCurve": "P384"}, ec.EllipticCurvePrivateKey, 384, "EC PRIVATE KEY"),
    ({"algorithm": "ECDSA", "ecdsaCurve": "P521"}, ec.EllipticCurvePrivateKey, 521, "EC PRIVATE KEY"),
    ({"algorithm": "ED25519"}, ed25519.Ed25519PrivateKey, 0, "PRIVATE KEY"),
]


@pytest.mark.parametrize(("inputs", "sort", "size", "header"), ALGORITHMS)
def test_a_key_is_real_in_every_form(inputs: Outputs, sort: type, size: int, header: str) -> None:
    key = made("PrivateKey", inputs)
    assert key["privateKeyPem"].startswith(f"-----BEGIN {header}-----\n")
    assert key["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----\n")
    private = load_pem_private_key(key["privateKeyPem"].encode(), None)
    assert isinstance(private, sort)
    assert getattr(private, "key_size", 0) == size
    public = private.public_key()
    assert load_pem_private_key(key["privateKeyPemPkcs8"].encode(), None).public_key() == public
    assert load_pem_public_key(key["publicKeyPem"].encode()) == public
    if size == 224:
        assert key["privateKeyOpenssh"] == key["publicKeyOpenssh"] == key["publicKeyFingerprintSha256"] == ""
        return
    assert load_ssh_private_key(key["privateKeyOpenssh"].encode(), None).public_key() == public
    digest = hashlib.sha256(base64.b64decode(key["publicKeyOpenssh"].split()[1])).digest()
    assert key["publicKeyFingerprintSha256"] == "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def test_the_urn_decides_the_key() -> None:
    asked = {"algorithm": "RSA", "rsaBits": 1024}
    assert made("PrivateKey", asked)["privateKeyPem"] == made("PrivateKey", asked)["privateKeyPem"]
    assert made("PrivateKey", asked, "a")["privateKeyPem"] != made("PrivateKey", asked, "b")["privateKeyPem"]


def test_a_large_rsa_key_is_one_key() -> None:
    """Above the size that is derived, id and outputs must still speak of the same key."""
    asked = resource("PrivateKey", {"algorithm": "RSA", "rsaBits": 3072})
    id = PACKAGE.identify(asked)
    key = PACKAGE.outputs(asked, id)
    public = PACKAGE.invoke(
        "tls:index/getPublicKey:getPublicKey",
        {"privateKeyPem": key["privateKeyPem"]},
        Context("tls"),
        NOTHING,
    )
    assert public["id"] == id


class _Nothing:
    def get(self, type: str, id: str) -> None:
        return None

    def find(self, type: str = "", where: Mapping[str, Any] | None = None) -> list[Any]:
        return []


NOTHING = _Nothing()


@pytest.mark.parametrize("algorithm", [{"algorithm": "ECDSA", "ecdsaCurve": "P384"}, {"algorithm": "RSA"}])
def test_a_locally_signed_certificate_verifies_against_its_authority(algorithm: Outputs) -> None:
    ca_key = made("PrivateKey", algorithm, "ca")["privateKeyPem"]
    ca = made(
        "SelfSignedCert",
        {
            "privateKeyPem": ca_key,
            "isCaCertificate": True,
            "maxPathLength": 0,
            "validityPeriodHours": 48,
            "allowedUses": ["cert_signing", "crl_signing"],
            "subject": {"commonName": "Example CA", "organization": "Example", "country": "CH"},
            "setAuthorityKeyId": True,
        },
    )
    key = made("PrivateKey", {"algorithm": "ECDSA", "ecdsaCurve": "P256"}, "web")["privateKeyPem"]
    request = made(
        "CertRequest",
        {
            "privateKeyPem": key,
            "subject": {"commonName": "web", "streetAddresses": ["Road 1", "Yard 2"]},
            "dnsNames": ["web.example.com"],
            "ipAddresses": ["10.0.0.7"],
            "uris": ["spiffe://example.com/ns/web/sa/web"],
        },
    )
    issued = made(
        "LocallySignedCert",
        {
            "certRequestPem": request["certRequestPem"],
            "caPrivateKeyPem": ca_key,
            "caCertPem": ca["certPem"],
            "validityPeriodHours": 12,
            "allowedUses": ["server_auth", "digital_signature"],
        },
    )
    leaf = x509.load_pem_x509_certificate(issued["certPem"].encode())
    root = x509.load_pem_x509_certificate(ca["certPem"].encode())
    verifier = PolicyBuilder().store(Store([root])).build_server_verifier(x509.DNSName("web.example.com"))
    assert [link.subject for link in verifier.verify(leaf, [])] == [leaf.subject, root.subject]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.7"]
    assert issued["id"] == str(leaf.serial_number)
    assert issued["validityEndTime"] == leaf.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(hours=12)
    assert not issued["readyForRenewal"]
    assert abs(datetime.now(UTC) - leaf.not_valid_before_utc) < timedelta(minutes=5)


def test_a_foreign_authority_key_is_refused() -> None:
    keys = [made("PrivateKey", {"algorithm": "ED25519"}, name)["privateKeyPem"] for name in ("one", "two")]
    own = {"validityPeriodHours": 1, "allowedUses": list[str](), "subject": {"commonName": "x"}}
    ca = made("SelfSignedCert", {**own, "privateKeyPem": keys[0], "isCaCertificate": True})
    request = made("CertRequest", {"privateKeyPem": keys[0]})
    asked = {**own, "caCertPem": ca["certPem"], "caPrivateKeyPem": keys[1], **request}
    with pytest.raises(Refusal, match="does not belong to the certificate"):
        PACKAGE.outputs(resource("LocallySignedCert", asked), "1")


def test_early_renewal() -> None:
    key = made("PrivateKey", {"algorithm": "ED25519"})["privateKeyPem"]
    asked = {
        "privateKeyPem": key,
        "validityPeriodHours": 2,
        "earlyRenewalHours": 3,
        "allowedUses": ["server_auth"],
    }
    assert made("SelfSignedCert", asked)["readyForRenewal"]


def test_a_certificate_is_described() -> None:
    key = made("PrivateKey", {"algorithm": "ECDSA", "ecdsaCurve": "P256"})["privateKeyPem"]
    asked = {
        "privateKeyPem": key,
        "validityPeriodHours": 2,
        "allowedUses": ["client_auth"],
        "subject": {"commonName": "me"},
    }
    text = made("SelfSignedCert", asked)["certPem"]
    answer = PACKAGE.invoke(
        "tls:index/getCertificate:getCertificate", {"content": text}, Context("tls"), NOTHING
    )
    (shown,) = answer["certificates"]
    assert (shown["subject"], shown["issuer"], shown["isCa"]) == ("CN=me", "CN=me", False)
    assert (shown["signatureAlgorithm"], shown["publicKeyAlgorithm"]) == ("ECDSA-SHA256", "ECDSA")
    assert shown["sha1Fingerprint"] == x509.load_pem_x509_certificate(text.encode()).fingerprint(SHA1()).hex()


def test_nothing_is_known_at_preview() -> None:
    asked = replace(resource("SelfSignedCert", {"privateKeyPem": UNKNOWN}), preview=True)
    assert PACKAGE.outputs(asked, "") == {}


KEY = made("PrivateKey", {"algorithm": "ED25519"})["privateKeyPem"]
CERTIFICATE: Outputs = {"privateKeyPem": KEY, "validityPeriodHours": 1, "allowedUses": ["server_auth"]}


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "words"),
    [
        ("PrivateKey", {"algorithm": "DSA"}, "algorithm", "not a value"),
        ("PrivateKey", {"algorithm": "ECDSA", "ecdsaCurve": "P111"}, "ecdsaCurve", "not a value"),
        ("PrivateKey", {"algorithm": "RSA", "rsaBits": 512}, "rsaBits", "too small"),
        (
            "SelfSignedCert",
            {**CERTIFICATE, "allowedUses": ["server"]},
            "allowedUses[0]",
            "no key usage 'server'",
        ),
        ("SelfSignedCert", {**CERTIFICATE, "ipAddresses": ["10.0.0"]}, "ipAddresses[0]", "cannot be read"),
        ("SelfSignedCert", {**CERTIFICATE, "privateKeyPem": "secret!"}, "privateKeyPem", "cannot be read"),
        ("CertRequest", {}, "privateKeyPem", "none of"),
        ("CertRequest", {"privateKeyPemWo": KEY}, "privateKeyPemWo", "needs privateKeyPemWoVersion"),
    ],
)
def test_refusals(record: RealmView, kind: str, inputs: Outputs, path: str, words: str) -> None:
    (refusal,) = PACKAGE.check(resource(kind, inputs), None, record).refusals
    assert refusal.path == path
    assert words in refusal.problem
    assert refusal.remedy
    assert "secret!" not in refusal.sentence()


def test_a_server_has_a_certificate_of_its_name_without_a_connection() -> None:
    def ask(url: str) -> dict[str, Any]:
        token = "tls:index/getCertificate:getCertificate"
        (shown,) = PACKAGE.invoke(token, {"url": url}, Context("tls"), NOTHING)["certificates"]
        return shown

    shown = ask("https://oidc.eks.eu-west-1.amazonaws.com/id/0123")
    assert shown["subject"] == "CN=oidc.eks.eu-west-1.amazonaws.com"
    assert re.fullmatch("[0-9a-f]{40}", shown["sha1Fingerprint"])
    assert shown == ask("https://oidc.eks.eu-west-1.amazonaws.com/id/4567")
    assert shown != ask("tls://example.com:8443")
    with pytest.raises(Refusal, match="no address of a server"):
        ask("example.com")

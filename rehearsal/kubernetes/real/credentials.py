"""Certificates, keys and tokens of one cluster, made for one run and never used again.

Guarantees: every file is readable by its owner only, and every listener asks for what is made here.
"""

from __future__ import annotations

import datetime
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOOPBACK = "127.0.0.1"
_LIFE = datetime.timedelta(days=2)


@dataclass(frozen=True)
class Credentials:
    """Paths of the files in one folder, and a token for each user."""

    folder: Path
    tokens: Mapping[str, str]

    def file(self, name: str) -> str:
        """The path of one of them, as a flag takes it."""
        return str(self.folder / name)


def make(folder: Path, users: Mapping[str, Sequence[str]]) -> Credentials:
    """Write an authority, what it signs, the key of service accounts and the tokens of `users` (with groups).

    Files: `ca.crt`; `apiserver`, `etcd` and `etcd-client`, each `.crt` and `.key`; `accounts.key` and
    `accounts.pub`; `tokens.csv`.
    """
    folder.mkdir(mode=0o700, parents=True)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("palisade-rehearsal", authority_key, None, None)
    _write(folder / "ca.crt", authority.public_bytes(serialization.Encoding.PEM))
    # etcd's listener is its own client, for its gateway to itself.
    for name in ("apiserver", "etcd", "etcd-client"):
        key = ec.generate_private_key(ec.SECP256R1())
        signed = _certificate(name, key, authority, authority_key)
        _write(folder / f"{name}.crt", signed.public_bytes(serialization.Encoding.PEM))
        _write(folder / f"{name}.key", _private(key))
    accounts = ec.generate_private_key(ec.SECP256R1())
    _write(folder / "accounts.key", _private(accounts))
    public = accounts.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write(folder / "accounts.pub", public)
    tokens = {user: secrets.token_hex(32) for user in users}
    rows = [f'{tokens[user]},{user},{user},"{",".join(groups)}"\n' for user, groups in users.items()]
    _write(folder / "tokens.csv", "".join(rows).encode())
    return Credentials(folder, tokens)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A clock that was set back since must not make it a certificate of tomorrow.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = [x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("localhost")]
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256())


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)

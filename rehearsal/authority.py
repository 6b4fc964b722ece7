"""Certificates and keys that a rehearsed control plane hands out: real PEM that parses.

The same seed gives the same bytes on every machine. Nothing here is secret: the keys are derived from public
data, so what they sign is worthless outside a rehearsal.
"""

from __future__ import annotations

import datetime
import hashlib
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Order of the P-256 group (FIPS 186-4, D.1.2.3): a private key lies between 1 and this number.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_START = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
_LIFE = datetime.timedelta(days=3650)


@lru_cache(maxsize=256)
def certificate(seed: str, common_name: str) -> str:
    """A self-signed authority as PEM: P-256, valid ten years from 2025."""
    key = _key(seed)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1 + int(hashlib.sha256(f"serial {seed}".encode()).hexdigest()[:30], 16))
        .not_valid_before(_START)
        .not_valid_after(_START + _LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


@lru_cache(maxsize=256)
def signing_request(seed: str, common_name: str) -> str:
    """The request that an authority of the same seed makes for its certificate, as PEM."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    built = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = built.sign(_key(seed), hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(serialization.Encoding.PEM).decode()


@lru_cache(maxsize=256)
def private_key(seed: str) -> str:
    """The private half of the certificate of the same seed, as PKCS#8 PEM."""
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return _key(seed).private_bytes(serialization.Encoding.PEM, form, bare).decode()


def _key(seed: str) -> ec.EllipticCurvePrivateKey:
    number = int(hashlib.sha256(seed.encode()).hexdigest(), 16)
    return ec.derive_private_key(1 + number % (_ORDER - 1), ec.SECP256R1())

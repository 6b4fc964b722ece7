"""Public halves of keys that a cloud's key service holds.

Guarantees: real PEM that parses, and the same seed gives the same bytes on every machine.
Leaves out: anything secret (the keys are derived from public data, so whatever they sign is worthless outside
a rehearsal).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from rehearsal import seeds

# The order of the P-256 group (FIPS 186-4, D.1.2.3): a private key lies between 1 and this number.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@lru_cache(maxsize=256)
def public_key(seed: str, algorithm: str) -> str:
    """The public half of a key as PEM; `algorithm` begins with `RSA_` or is one of a curve.

    Elliptic curves other than P-256 are shown on P-256. An RSA key has a modulus of the right size that
    nobody factored: it parses, and verifies nothing.
    """
    if algorithm.startswith("RSA_"):
        bits = next((int(part) for part in algorithm.split("_") if part in {"2048", "3072", "4096"}), 2048)
        modulus = int.from_bytes(seeds.raw(seed, bits // 8)) | (1 << (bits - 1)) | 1
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey = rsa.RSAPublicNumbers(65537, modulus).public_key()
    else:
        key = _private_key(seed).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def _private_key(seed: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(
        1 + int(hashlib.sha256(seed.encode()).hexdigest(), 16) % (_P256_ORDER - 1), ec.SECP256R1()
    )

"""Values only Google Cloud computes, in their real formats and deterministic per seed.

Guarantees: public keys are real PEM that parses, and the same seed gives the same bytes on every machine.
Leaves out: anything secret (the keys are derived from public data, so whatever they sign is worthless outside
a rehearsal), and what all clouds share (`rehearsal.seeds`, `rehearsal.authority`).
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from rehearsal import seeds

# The order of the P-256 group (FIPS 186-4, D.1.2.3): a private key lies between 1 and this number.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def project_number(project: str) -> str:
    """The twelve-digit number of a project id; a project given by number keeps it."""
    plain = project.removeprefix("projects/")
    return plain if plain.isdecimal() else seeds.FORMATS["number"](_hash(f"project {plain}"), "12")


def unique_account_id(email: str) -> str:
    """The 21-digit unique id of a service account, the same for the resource and the data source."""
    return "1" + seeds.FORMATS["number"](_hash(f"account {email}"), "20")


def fingerprint(seed: str) -> str:
    """Eight bytes in base64, the form of Compute Engine fingerprints."""
    return base64.b64encode(seeds.raw(seed, 8)).decode()


def etag(seed: str) -> str:
    """Eight bytes in base64 that start `Bw`, the form of IAM policy etags."""
    head, *rest = seeds.raw(seed, 7)
    return base64.b64encode(bytes([7, head & 15, *rest])).decode()


@lru_cache(maxsize=256)
def public_key(seed: str, algorithm: str) -> str:
    """The public half of a key of a Cloud KMS algorithm as PEM.

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
    return ec.derive_private_key(1 + int(_hash(seed), 16) % (_P256_ORDER - 1), ec.SECP256R1())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

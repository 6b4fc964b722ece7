"""Private keys derived from a seed, and their forms as the `tls` provider writes them.

Guarantees: real keys that every library accepts, in the provider's own encodings (PKCS #1 for RSA, SEC 1 for
ECDSA, PKCS #8 for Ed25519), and the same key for the same seed (RSA: up to 2048 bits). Only the
OpenSSH form differs each time, because the format begins with a number that is drawn.
Leaves out: secrecy. Who knows the resource's name can derive the key, so it must never guard anything real.
"""

import base64
import hashlib
import math
import random
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Public = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}
EXPONENT: Final = 65537
# Above this size finding the primes here takes seconds, so the library draws the key and only the record
# remembers it: such a key is not the same in the next rehearsal.
LARGEST_DERIVED_RSA: Final = 2048


@lru_cache(maxsize=256)
def derive(seed: str, algorithm: str, rsa_bits: int = 2048, curve: str = "P224") -> Private:
    """Derive a key; the defaults are the provider's. Asked again, the same process answers with the same key.

    Args:
        seed: any text.
        algorithm: `RSA`, `ECDSA` or `ED25519`.
        rsa_bits: size of the modulus in bits.
        curve: one of `CURVES`.
    """
    dice = random.Random(seed)
    if algorithm == "ED25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(dice.randbytes(32))
    if algorithm == "ECDSA":
        chosen = CURVES[curve]
        return ec.derive_private_key(dice.getrandbits(chosen.key_size - 8) | 1, chosen)
    if rsa_bits > LARGEST_DERIVED_RSA:
        return rsa.generate_private_key(EXPONENT, rsa_bits)
    return _rsa(dice, rsa_bits)


def algorithm_of(key: Private | Public) -> str:
    """Name a key's algorithm as the provider does."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) else "ED25519"


def load(pem: str) -> Private:
    """Read a private key from PEM or OpenSSH text.

    Raises:
        ValueError: when it is no key, is locked by a passphrase, or is none of the provider's three kinds.
    """
    read = load_ssh_private_key if "OPENSSH PRIVATE KEY" in pem else load_pem_private_key
    try:
        key = read(pem.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, Private):
        raise ValueError("not an RSA, ECDSA or Ed25519 key")
    return key


def private_forms(key: Private) -> dict[str, str]:
    """Write a private key in the three encodings of a `PrivateKey` resource."""
    traditional = PrivateFormat.TraditionalOpenSSL
    if isinstance(key, ed25519.Ed25519PrivateKey):
        traditional = PrivateFormat.PKCS8
    forms = {
        "privateKeyPem": _private(key, traditional),
        "privateKeyPemPkcs8": _private(key, PrivateFormat.PKCS8),
    }
    # OpenSSH knows no P-224; the provider leaves the text empty there.
    forms["privateKeyOpenssh"] = _private(key, PrivateFormat.OpenSSH) if _has_openssh(key) else ""
    return forms


def public_forms(key: Private) -> dict[str, str]:
    """Write the public half: PEM, OpenSSH and the OpenSSH fingerprints (empty where OpenSSH has no form)."""
    public = key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    forms = {
        "publicKeyPem": pem,
        "publicKeyOpenssh": "",
        "publicKeyFingerprintMd5": "",
        "publicKeyFingerprintSha256": "",
    }
    if _has_openssh(key):
        line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        blob = base64.b64decode(line.split()[1])
        md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
        sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        forms["publicKeyOpenssh"] = line + "\n"
        forms["publicKeyFingerprintMd5"] = ":".join(md5[i : i + 2] for i in range(0, len(md5), 2))
        forms["publicKeyFingerprintSha256"] = f"SHA256:{sha256}"
    return forms


def identifier(key: Private) -> str:
    """Return the resource id: SHA-1 of the public key's DER form, in hexadecimal."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha1(der, usedforsecurity=False).hexdigest()


def _private(key: Private, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def _has_openssh(key: Private) -> bool:
    return not (isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size < 256)


def _rsa(dice: random.Random, bits: int) -> rsa.RSAPrivateKey:
    p, q = _prime(dice, bits - bits // 2), _prime(dice, bits // 2)
    if p == q:
        return _rsa(dice, bits)
    p, q = max(p, q), min(p, q)
    d = pow(EXPONENT, -1, math.lcm(p - 1, q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(EXPONENT, p * q),
    )
    return numbers.private_key()


def _prime(dice: random.Random, bits: int) -> int:
    # The two top bits are set so that the product of two primes has its full length.
    start = dice.getrandbits(bits) | (0b11 << (bits - 2)) | 1
    span = bits * 16
    candidates = bytearray([1]) * span  # candidates[i] stands for start + 2*i
    for small in _SMALL_PRIMES:
        first = (-start * ((small + 1) // 2)) % small  # the inverse of 2 modulo an odd prime is (small+1)/2
        candidates[first::small] = bytes(len(range(first, span, small)))
    for index in (i for i, open_ in enumerate(candidates) if open_):
        number = start + 2 * index
        # Two bases suffice for numbers nobody chose: the library checks the key once more on construction.
        coprime = (number - 1) % EXPONENT != 0
        if coprime and all(pow(base, number - 1, number) == 1 for base in (2, 3)):
            return number
    return _prime(dice, bits)


def _sieve(limit: int) -> list[int]:
    flags = bytearray([1]) * limit
    for number in range(2, math.isqrt(limit) + 1):
        if flags[number]:
            flags[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return [number for number in range(3, limit) if flags[number]]


_SMALL_PRIMES: Final = _sieve(20_000)

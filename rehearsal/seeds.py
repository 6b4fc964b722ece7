"""Values in a cloud's formats, made from a hex seed: the same seed gives the same value in every run.

Each format is a function of (seed, argument); `templates` calls them by name: `{seed:number:12}`. They look
random and are not: nothing here is fit to be a secret.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import string
import uuid
from collections.abc import Callable


def digits(seed: str, count: int, alphabet: str) -> str:
    """`count` characters of an alphabet, drawn from as many hashes of the seed as needed."""
    text = ""
    block = 0
    while len(text) < count:
        number = int(hashlib.sha256(f"{seed}{block}".encode()).hexdigest(), 16)
        block += 1
        while number >= len(alphabet) and len(text) < count:
            number, index = divmod(number, len(alphabet))
            text += alphabet[index]
    return text


def raw(seed: str, count: int) -> bytes:
    """`count` bytes."""
    return hashlib.shake_256(seed.encode()).digest(count)


def _hex(seed: str, argument: str) -> str:
    return digits(seed, int(argument or 16), "0123456789abcdef")


def _number(seed: str, argument: str) -> str:
    count = int(argument or 12)
    return digits(seed, 1, "123456789") + digits(seed + "n", count - 1, string.digits)


def _alnum(seed: str, argument: str) -> str:
    count = int(argument or 13)
    letters = string.ascii_lowercase
    return digits(seed, 1, letters) + digits(seed + "a", count - 1, letters + string.digits)


def _upper(seed: str, argument: str) -> str:
    return digits(seed, int(argument or 16), string.ascii_uppercase + "234567")


def _letters(seed: str, argument: str) -> str:
    return digits(seed, int(argument or 8), string.ascii_lowercase)


def _uuid(seed: str, _argument: str) -> str:
    return str(uuid.UUID(bytes=raw(seed, 16), version=4))


def _base64(seed: str, argument: str) -> str:
    return base64.b64encode(raw(seed, int(argument or 32))).decode()


def _base64url(seed: str, argument: str) -> str:
    return base64.urlsafe_b64encode(raw(seed, int(argument or 32))).decode().rstrip("=")


def _ipv4(seed: str, argument: str) -> str:
    """An address inside a CIDR block; without one, in 203.0.113.0/24, which RFC 5737 keeps for examples."""
    block = ipaddress.ip_network(argument or "203.0.113.0/24", strict=False)
    usable = max(block.num_addresses - 3, 1)
    return str(block[min(2 + int(seed[:12], 16) % usable, block.num_addresses - 1)])


def _ipv6(seed: str, _argument: str) -> str:
    """An address in 2001:db8::/32, which RFC 3849 keeps for examples."""
    return str(ipaddress.ip_address((0x20010DB8 << 96) | int(seed[:24], 16)))


def _mac(seed: str, _argument: str) -> str:
    octets = raw(seed, 5)
    return "02:" + ":".join(f"{octet:02x}" for octet in octets)


def _time(seed: str, _argument: str) -> str:
    """A moment of the first day of 2025 in RFC 3339, so that no run depends on the clock."""
    second = int(seed[:8], 16) % 86400
    return f"2025-01-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


FORMATS: dict[str, Callable[[str, str], str]] = {
    "hex": _hex,
    "number": _number,
    "alnum": _alnum,
    "upper": _upper,
    "letters": _letters,
    "uuid": _uuid,
    "base64": _base64,
    "base64url": _base64url,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "mac": _mac,
    "time": _time,
}

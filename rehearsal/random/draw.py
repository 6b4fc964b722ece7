"""What the `random` provider draws, as pure functions of a seed.

Guarantees: the formats and lengths of terraform-provider-random, and the same result for the same seed.
Leaves out: the provider's own generators, so no value here equals one that a real run draws; and secrecy: a
value that follows from a resource's name protects nothing.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import yaml

LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
UPPER: Final = LOWER.upper()
DIGITS: Final = "0123456789"
# terraform-provider-random, internal/random/string.go: the default of `override_special`.
SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"

WORDS: Final = cast(
    Mapping[str, list[str]], yaml.safe_load((Path(__file__).parent / "words.yaml").read_text("utf-8"))
)


@dataclass(frozen=True)
class Letters:
    """One class of characters of a RandomString or RandomPassword."""

    alphabet: str
    enabled: bool
    """Whether the characters beyond the least counts may come from it."""
    least: int
    """Number of characters that come from it in any case, enabled or not, as in the provider."""


def text(seed: str, length: int, classes: Sequence[Letters]) -> str:
    """Draw `length` characters: the least counts first, the rest from all enabled classes, then shuffled."""
    dice = random.Random(seed)
    drawn = [dice.choice(letters.alphabet) for letters in classes for _ in range(letters.least)]
    everything = "".join(letters.alphabet for letters in classes if letters.enabled)
    drawn += [dice.choice(everything) for _ in range(length - len(drawn))]
    dice.shuffle(drawn)
    return "".join(drawn)


def classes(settings: Mapping[str, Any]) -> list[Letters]:
    """Return the classes that a RandomString's settings, defaults filled in, describe."""
    special = str(settings.get("overrideSpecial") or SPECIAL)
    return [
        Letters(special, bool(settings["special"]), int(settings["minSpecial"])),
        Letters(UPPER, bool(settings["upper"]), int(settings["minUpper"])),
        Letters(LOWER, bool(settings["lower"]), int(settings["minLower"])),
        Letters(DIGITS, bool(settings["numeric"]), int(settings["minNumeric"])),
    ]


def octets(seed: str, length: int) -> bytes:
    """Draw `length` bytes."""
    return random.Random(seed).randbytes(length)


def pet(seed: str, length: int, prefix: str | None, separator: str) -> str:
    """Draw a name of `length` words: adverbs, then one adjective, then one animal."""
    dice = random.Random(seed)
    words = [dice.choice(WORDS["adverbs"]) for _ in range(length - 2)]
    words += [dice.choice(WORDS["adjectives"])] if length > 1 else []
    words.append(dice.choice(WORDS["names"]))
    return separator.join([prefix, *words] if prefix else words)


def integer(seed: str, least: int, greatest: int) -> int:
    """Draw a whole number, both ends included."""
    return random.Random(seed).randint(least, greatest)


def shuffled(seed: str, items: Sequence[str], count: int) -> list[str]:
    """Draw `count` items: one random order of all, then another, as long as more are asked for."""
    dice = random.Random(seed)
    result: list[str] = []
    while items and len(result) < count:
        order = list(items)
        dice.shuffle(order)
        result += order[: count - len(result)]
    return result


def uuid(seed: str, version: int) -> str:
    """Draw a UUID of version 4 or 7; the time in a version 7 is drawn as well, so that it repeats."""
    drawn = bytearray(octets(seed, 16))
    drawn[6] = (drawn[6] & 0x0F) | (version << 4)
    drawn[8] = (drawn[8] & 0x3F) | 0x80
    return str(UUID(bytes=bytes(drawn)))


def bcrypt(seed: str) -> str:
    """Draw a string of bcrypt's format at cost 10; it verifies against no password."""
    alphabet = "./" + UPPER + LOWER + DIGITS
    dice = random.Random(seed)
    return "$2a$10$" + "".join(dice.choice(alphabet) for _ in range(53))

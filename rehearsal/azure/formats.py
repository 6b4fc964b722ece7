"""Template filters for Azure's own formats: regions, GUIDs, certificates."""

from __future__ import annotations

import base64
import difflib
import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from rehearsal import authority, seeds

LOCATIONS: frozenset[str] = frozenset(
    yaml.safe_load((Path(__file__).parent / "locations.yaml").read_text(encoding="utf-8"))["package"][
        "locations"
    ]
)


def short(location: Any) -> str:
    """A region's short name: `West US 2` is `westus2`."""
    return re.sub(r"[\s()-]", "", str(location)).lower()


def known_location(location: str) -> bool:
    return short(location) in LOCATIONS


def nearest_location(location: str) -> str:
    return (difflib.get_close_matches(short(location), LOCATIONS, n=1, cutoff=0.5) or ["westeurope"])[0]


def guid(seed: str) -> str:
    """A GUID of a seed."""
    return str(uuid.UUID(bytes=seeds.raw(seed, 16), version=4))


def digest(text: str) -> str:
    """64 hex digits of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def address(seed: str) -> str:
    """A public IPv4 address of the range that is kept for examples."""
    return seeds.FORMATS["ipv4"](seed, "")


def environment_domain(id: str, location: Any) -> str:
    """The domain of a Container Apps environment: `<two words and digits>.<region>.azurecontainerapps.io`."""
    return f"calmfield-{digest(id.lower())[:8]}.{short(location)}.azurecontainerapps.io"


def certificate(seed: Any) -> str:
    """A control plane's authority as base64 of PEM."""
    return base64.b64encode(authority.certificate(str(seed), "kubernetes").encode()).decode()


def private_key(seed: Any) -> str:
    return base64.b64encode(authority.private_key(str(seed)).encode()).decode()


def _web_zone(location: Any) -> str:
    """The storage stamp in a static website's host name; each region has several, `z13` stands for them."""
    return {"westeurope": "z6", "westus2": "z5", "eastus": "z13", "northeurope": "z16"}.get(
        short(location), "z13"
    )


FILTERS: Mapping[str, Callable[[Any], Any]] = {
    "short": short,
    "certificate": certificate,
    "private_key": private_key,
    "web_zone": _web_zone,
    "alnum_only": lambda text: re.sub(r"[^a-z0-9]", "", str(text).lower()),
}

"""Keys of a stack's Managed HSM by their names, as people tell them: what settings can judge without an SDK.

A version of a key is named as `az keyvault key create` tells it (`key.kid`), in Azure's public cloud:
`https://<hsm>.managedhsm.azure.net/keys/<name>/<version>`.
Source: learn.microsoft.com/azure/key-vault/managed-hsm/access-control ("Resource endpoints").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from components.azure.place import Place

PATTERN = r"^https://[a-z0-9-]+\.managedhsm\.azure\.net/keys/[A-Za-z0-9-]{1,127}/[0-9a-f]{32}$"


@dataclass(frozen=True)
class HsmKey:
    """A version of a key, in parts; `uri` ends with a slash, as Azure tells an HSM's."""

    hsm: str
    name: str
    version: str

    @property
    def uri(self) -> str:
        return uri(self.hsm)

    @property
    def newest(self) -> str:
        """The key without a version, so that a new one is taken by itself."""
        return f"{self.uri}keys/{self.name}"

    def __str__(self) -> str:
        return f"{self.newest}/{self.version}"


def own_name(place: Place) -> str:
    """The own name of the stack's HSM, which is one in all the world."""
    return place.world_name("hsm")


def uri(hsm: str) -> str:
    """Where an HSM answers."""
    return f"https://{hsm}.managedhsm.azure.net/"


def read(place: Place, text: str) -> HsmKey:
    """A version of a key in the stack's HSM, from its text.

    Raises:
        ValueError: it is none, or one of another HSM.
    """
    if not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text} is no version of a key in an HSM")
    host, _, name, version = text.removeprefix("https://").split("/")
    key = HsmKey(host.partition(".")[0], name, version)
    if key.hsm != own_name(place):
        raise ValueError(f"{text} is in another HSM than the stack's, {own_name(place)}")
    return key

"""Where on Azure a stack lives, and the ids and names of what is there.

Every id under Azure Resource Manager is a path of names, and the stack chooses its names. So ids are known
at preview, and policies and proofs can judge them there.
"""

from __future__ import annotations

import hashlib
import re

from pydantic import BaseModel, ConfigDict, Field

_GUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
# Characters of a name that is one in all the world which come from a digest: 40 bits.
_DRAWN = 8
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


class Place(BaseModel):
    """One resource group of one subscription in one location, with the zones that nodes are in.

    `entropy` is part of what names are drawn from that are one in all the world: another one gives others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subscription: str = Field(pattern=_GUID)
    tenant: str = Field(pattern=_GUID)
    location: str = Field(pattern=r"^[a-z]+[0-9]?$")
    zones: tuple[str, ...] = Field(min_length=1, max_length=3)
    group: str = Field(pattern=r"^[a-z][a-z0-9-]{0,88}[a-z0-9]$")
    entropy: str = ""

    @property
    def subscription_id(self) -> str:
        return f"/subscriptions/{self.subscription}"

    @property
    def group_id(self) -> str:
        return f"{self.subscription_id}/resourceGroups/{self.group}"

    def id(self, type_: str, *names: str, group: str | None = None) -> str:
        """The id of a resource of this resource group (or of another `group`): its type, then its names.

        `id("Microsoft.Network/virtualNetworks/subnets", "net", "data")` ends with
        `/providers/Microsoft.Network/virtualNetworks/net/subnets/data`.

        Raises:
            ValueError: there are more or fewer names than the type has parts.
        """
        namespace, *kinds = type_.split("/")
        if len(kinds) != len(names):
            raise ValueError(
                f"{type_} has {len(kinds)} names, and {len(names)} were given: {', '.join(names)}"
            )
        path = "".join(f"/{kind}/{name}" for kind, name in zip(kinds, names, strict=True))
        scope = f"{self.subscription_id}/resourceGroups/{group}" if group else self.group_id
        return f"{scope}/providers/{namespace}{path}"

    def role(self, guid: str) -> str:
        """The id of a built-in role's definition."""
        return f"{self.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{guid}"

    def world_name(self, what: str, longest: int = 24) -> str:
        """A name that is one in all the world, of small letters and digits: `what`, then 8 drawn characters.

        Storage accounts and vaults take 24 characters, registries 50
        (learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules).
        """
        seed = "/".join((self.subscription, self.group, self.entropy, what)).encode()
        drawn = "".join(_ALPHABET[byte % 32] for byte in hashlib.sha256(seed).digest()[:_DRAWN])
        stem = re.sub(r"[^a-z0-9]", "", f"{what}{self.group}")
        return stem[: longest - _DRAWN] + drawn

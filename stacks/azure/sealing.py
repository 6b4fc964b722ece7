"""What stores, disks and records are sealed by on Azure: keys of the vault, or of an HSM where there is one.

An HSM comes in two steps, since people activate it and make its keys: an `up` that makes it, and one that
names its keys (`azure.managed_hsm`, README).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.azure.diagnostics import Logs
from components.azure.endpoints import Target
from components.azure.hsm import Hsm
from components.azure.keys import EXPIRY, ROTATION, Keys, Seal
from components.contracts import Key, Purpose
from stacks.azure import data_args
from stacks.settings import Settings

# As `az keyvault key rotation-policy update` takes it. An HSM tells nobody that a key ends.
# Source: learn.microsoft.com/azure/key-vault/managed-hsm/key-rotation.
ROTATION_POLICY = {
    "lifetimeActions": [{"trigger": {"timeAfterCreate": ROTATION}, "action": {"type": "Rotate"}}],
    "attributes": {"expiryTime": EXPIRY},
}


class Sealing:
    """`seals` and `keys` by purpose as they count, `vaulted` those of the vault."""

    seals: Mapping[Purpose, Seal]
    keys: Mapping[Purpose, Key]
    vaulted: Mapping[Purpose, Seal]

    def __init__(self, settings: Settings, vault: Keys, logs: Logs, opts: pulumi.ResourceOptions) -> None:
        self.vaulted = vault.seals
        args = data_args.hsm(settings, vault.seals, logs)
        self._hsm = Hsm(settings.prefix, args, opts) if args else None
        self.seals = {**vault.seals, **(self._hsm.seals if self._hsm else {})}
        self.keys = {purpose: Key(purpose, seal.uri) for purpose, seal in self.seals.items()}

    @property
    def reached(self) -> Mapping[str, Target]:
        """What the network makes reachable."""
        return {"hsm": Target("hsm", self._hsm.id)} if self._hsm else {}

    def tell(self, cluster: pulumi.Output[str] | None) -> None:
        """Exports what people need in the HSM: its name, how keys rotate, and who must get the role on each.

        `cluster` is who encrypts in the cluster of records, if there is one.
        """
        if self._hsm is None:
            return
        users = {purpose.value: user for purpose, user in self._hsm.users.items()}
        if cluster is not None:
            users["log-cluster"] = cluster
        pulumi.export("managed_hsm", {"name": self._hsm.name, "rotation": ROTATION_POLICY, "users": users})
        if not self._hsm.seals:
            pulumi.log.info(
                "the HSM seals nothing yet: activate it, make keys in it, and name them in "
                "azure.managed_hsm.keys"
            )

"""Keys the enterprise holds: one per purpose for encryption, and one that signs.

Builds a vault, in it an RSA key per purpose of `keys.yaml` and an elliptic key that signs, all in hardware;
an identity per purpose, as which services encrypt; and the grants.

Guarantees: an identity uses the one key of its purpose, and a key does only what its services ask of it; only
the signer signs; no private half leaves the hardware; a new version every 90 days, which whoever names no
version takes by itself; what `vaults.py` guarantees of the vault.

Leaves out: keys of a Managed HSM (`hsm.py`), and bringing keys from elsewhere. Keys are made through Azure's
control plane, which needs no way into the vault. Their deletion would need one, so that a destroyed stack
leaves them to the vault, which keeps them for 90 days and then loses them.
Sources: learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation,
learn.microsoft.com/azure/key-vault/general/rbac-guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_azure_native.keyvault import _inputs as inputs
from pulumi_azure_native.keyvault._enums import KeyRotationPolicyActionType
from pulumi_azure_native.keyvault.key import Key as VaultKey
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from components.azure.diagnostics import Logs
from components.azure.grants import Granted, grant, settled
from components.azure.identity import Actor, actor
from components.azure.place import Place
from components.azure.vaults import VAULT, Vault, VaultPlan, guarded_vault
from components.contracts import Identity, Key, Purpose, SigningKey, Workload
from components.ready import after

ROTATION = "P90D"
EXPIRY = "P1Y"
WARNING = "P30D"


class KeysArgs(BaseModel):
    """Where the keys live and who signs. `protected` is False only while a stack is torn down.

    `signing_key` is the public half of the signing key, as PEM text: the vault tells it to those inside the
    network only. `logs` is where their use is recorded. `recover` takes a deleted vault of the same name
    back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    identities: Mapping[Workload, Identity]
    signing_key: str
    logs: Logs
    recover: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Kind(BaseModel):
    """What a purpose's key is like: its bits, what it does, and the role of whoever encrypts with it.

    `hsm` says whether its services take a key of a Managed HSM as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bits: int
    does: tuple[str, ...] = ("wrapKey", "unwrapKey")
    role: str = "key-vault-crypto-service-encryption-user"
    hsm: bool = False


@dataclass(frozen=True)
class Seal:
    """What a service needs to encrypt with a key: the key, and the identity that may use it.

    `uri` names the key without a version, so that a new one is taken by itself, `version` a version, for what
    cannot do without; `id` and `vault_id` are of Azure's control plane, and stay the vault's where the key is
    in an HSM (`hsm.py`). All resolve once `actor` may use the vault's key.
    """

    name: str
    uri: pulumi.Output[str]
    version: pulumi.Output[str]
    id: pulumi.Output[str]
    vault_id: pulumi.Output[str]
    vault_uri: pulumi.Output[str]
    actor: Actor


class Keys(pulumi.ComponentResource):
    """`seals` by purpose for whatever encrypts, and `signing` for releases.

    `handles` by purpose are the same keys, whose `id` is the URI without a version. The network makes `vault`
    reachable.
    """

    handles: Mapping[Purpose, Key]
    seals: Mapping[Purpose, Seal]
    signing: SigningKey
    vault: Vault

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Keys", name, None, opts)
        plan = VaultPlan(name, args.place, "keys", args.logs, args.labels, args.protected, args.recover)
        self.vault = guarded_vault(plan, self)
        self.seals = {purpose: self._seal(plan, purpose, kind) for purpose, kind in kinds().items()}
        self.handles = {purpose: Key(purpose=purpose, id=seal.uri) for purpose, seal in self.seals.items()}
        self.signing = self._signing(plan, args)
        self.register_outputs({"keys": {purpose.value: key.id for purpose, key in self.handles.items()}})

    def _seal(self, plan: VaultPlan, purpose: Purpose, kind: Kind) -> Seal:
        properties = inputs.KeyPropertiesArgs(
            kty="RSA-HSM",
            key_size=kind.bits,
            key_ops=list(kind.does),
            attributes=inputs.KeyAttributesArgs(enabled=True, exportable=False),
            rotation_policy=_rotation(),
        )
        key = self._key(plan, purpose.value, properties)
        own = actor(f"{plan.name}-key-{purpose}", plan.place, plan.labels, self)
        id_ = after(plan.place.id(f"{VAULT}/keys", plan.own_name, purpose.value), key)
        use = grant(f"{plan.name}-key-{purpose}", plan.place, Granted(kind.role, own.principal, id_), self)
        return Seal(
            name=purpose.value,
            uri=settled(f"{plan.uri}/keys/{purpose}", use),
            version=settled(key.key_uri_with_version, use),
            id=settled(id_, use),
            vault_id=settled(self.vault.id, use),
            vault_uri=settled(self.vault.uri, use),
            actor=Actor(settled(own.id, use), settled(own.principal, use), settled(own.client, use)),
        )

    def _signing(self, plan: VaultPlan, args: KeysArgs) -> SigningKey:
        properties = inputs.KeyPropertiesArgs(
            kty="EC-HSM",
            curve_name="P-256",
            key_ops=["sign", "verify"],
            # No rotation: verifiers pin its public half.
            attributes=inputs.KeyAttributesArgs(enabled=True, exportable=False),
        )
        key = self._key(plan, "signing", properties)
        id_ = after(plan.place.id(f"{VAULT}/keys", plan.own_name, "signing"), key)
        signer = args.identities[Workload.SIGNER].principal
        may = Granted("key-vault-crypto-user", signer, id_)
        sign = grant(f"{plan.name}-signing-signer", plan.place, may, self)
        return SigningKey(
            id=settled(f"{plan.uri}/keys/signing", sign),
            version_id=settled(key.key_uri_with_version, sign),
            public_key=settled(args.signing_key, sign),
        )

    def _key(self, plan: VaultPlan, what: str, properties: inputs.KeyPropertiesArgs) -> VaultKey:
        return VaultKey(
            f"{plan.name}-{what}",
            resource_group_name=plan.place.group,
            vault_name=plan.own_name,
            key_name=what,
            properties=properties,
            tags={**plan.labels, "purpose": what},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[self.vault.resource],
                protect=plan.protected,
                # The provider deletes a key through the vault itself, which nobody outside reaches.
                retain_on_delete=True,
            ),
        )


def _rotation() -> inputs.RotationPolicyArgs:
    rotate = inputs.LifetimeActionArgs(
        action=inputs.ActionArgs(type=KeyRotationPolicyActionType.ROTATE),
        trigger=inputs.TriggerArgs(time_after_create=ROTATION),
    )
    warn = inputs.LifetimeActionArgs(
        action=inputs.ActionArgs(type=KeyRotationPolicyActionType.NOTIFY),
        trigger=inputs.TriggerArgs(time_before_expiry=WARNING),
    )
    return inputs.RotationPolicyArgs(
        attributes=inputs.KeyRotationPolicyAttributesArgs(expiry_time=EXPIRY), lifetime_actions=[rotate, warn]
    )


@cache
def kinds() -> Mapping[Purpose, Kind]:
    """What each purpose's key is like, as `keys.yaml` says."""
    return TypeAdapter(dict[Purpose, Kind]).validate_python(_data()["keys"])


def example_public_key() -> str:
    """A public half for rehearsals, whose private half nobody has."""
    return _data()["example_public_key"]


@cache
def _data() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("keys.yaml").read_text(encoding="utf-8"))

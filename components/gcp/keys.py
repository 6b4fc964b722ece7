"""Keys the enterprise holds: one per purpose for encryption, one for signing, one for its authority.

Builds a key ring in the stack's region, an encryption key per `Purpose`, two asymmetric keys, and the grants
by which they are used: each encryption key by exactly the agents that need it (`agents.yaml`), the signing
key by the signer's identity, the authority's by the agent of Google's certificate authority service.

Guarantees: hardware protection in production; rotation every 90 days; 30 days between a key's destruction
and its loss; no deletion unless the stack is being torn down; a handle resolves only once the grants its
users need hold. No argument weakens any of this except `protected`, which `teardown` in a stack file sets.

Leaves out: external and imported keys, and access to keys for people. A ring and its keys can never be
removed from a project, only their versions destroyed; so the ring has a generated suffix, and a stack that is
built anew gets a new ring.

Whoever runs the update needs `roles/cloudkms.publicKeyViewer` beside the right to administer keys, which does
not hold it: the provider reads the signing version together with its public half.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp.kms.crypto_key import CryptoKey
from pulumi_gcp.kms.get_kms_crypto_key_version import get_kms_crypto_key_version_output
from pulumi_gcp.kms.key_ring import KeyRing
from pulumi_gcp.projects.service_identity import ServiceIdentity
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Identity, Key, Purpose, SigningKey
from components.gcp.agents import members, users_of
from components.gcp.grants import key_grant, settled

DAY = 86_400
ENCRYPT = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
SIGN = "roles/cloudkms.signerVerifier"
# An authority whose key is its owner's needs both.
# Source: cloud.google.com/certificate-authority-service/docs/requesting-roles-customer-managed-keys.
AUTHORITY_ROLES = {"signs": SIGN, "views": "roles/cloudkms.viewer"}


class KeysArgs(BaseModel):
    """Where the keys live and who signs.

    `production` puts keys into hardware. `protected` is False only while a stack is torn down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    region: str
    production: bool
    signer: Identity
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Keys(pulumi.ComponentResource):
    """`handles` by purpose for whatever encrypts, `signing` for releases, `authority` for certificates."""

    handles: Mapping[Purpose, Key]
    signing: SigningKey
    authority: SigningKey

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Keys", name, None, opts)
        ring = self._ring(name, args)
        agents = members(name, args.project, self)
        self.handles = {purpose: self._key(name, args, ring, purpose, agents) for purpose in Purpose}
        self.signing = self._signing_key(
            name, args, ring, "signing", {"signer": (args.signer.principal, SIGN)}
        )
        self.authority = self._signing_key(name, args, ring, "authority", self._authority_users(name, args))
        self.register_outputs({"keys": {purpose.value: key.id for purpose, key in self.handles.items()}})

    def _ring(self, name: str, args: KeysArgs) -> KeyRing:
        return KeyRing(
            name,
            project=args.project,
            location=args.region,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )

    def _key(
        self,
        name: str,
        args: KeysArgs,
        ring: KeyRing,
        purpose: Purpose,
        agents: Mapping[str, pulumi.Output[str]],
    ) -> Key:
        key = CryptoKey(
            f"{name}-{purpose}",
            name=purpose.value,
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            version_template={
                "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
                "protection_level": _protection(args),
            },
            rotation_period=f"{90 * DAY}s",
            destroy_scheduled_duration=f"{30 * DAY}s",
            labels={**args.labels, "purpose": purpose.value},
            deletion_policy=_deletion_policy(args),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        grants = [
            key_grant(f"{name}-{purpose}-{service}", key.id, ENCRYPT, agents[service], self)
            for service in users_of(purpose)
        ]
        return Key(purpose=purpose, id=settled(key.id, *grants))

    def _authority_users(self, name: str, args: KeysArgs) -> Mapping[str, tuple[pulumi.Output[str], str]]:
        agent = ServiceIdentity(
            f"{name}-privateca",
            project=args.project,
            service="privateca.googleapis.com",
            opts=pulumi.ResourceOptions(parent=self),
        )
        return {f"privateca-{what}": (agent.member, role) for what, role in AUTHORITY_ROLES.items()}

    def _signing_key(
        self,
        name: str,
        args: KeysArgs,
        ring: KeyRing,
        what: str,
        users: Mapping[str, tuple[pulumi.Output[str], str]],
    ) -> SigningKey:
        key = CryptoKey(
            f"{name}-{what}",
            name=what,
            key_ring=ring.id,
            purpose="ASYMMETRIC_SIGN",
            # No rotation period: the service refuses one on an asymmetric key, whose verifiers pin a version.
            version_template={"algorithm": "EC_SIGN_P256_SHA256", "protection_level": _protection(args)},
            destroy_scheduled_duration=f"{30 * DAY}s",
            labels={**args.labels, "purpose": what},
            deletion_policy=_deletion_policy(args),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        grants = [
            key_grant(f"{name}-{what}-{user}", key.id, role, member, self)
            for user, (member, role) in users.items()
        ]
        version = get_kms_crypto_key_version_output(
            crypto_key=key.id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return SigningKey(
            id=settled(key.id, *grants),
            version_id=settled(version.name, key, *grants),
            public_key=settled(version.public_keys.apply(lambda keys: keys[0].pem), key, *grants),
        )


def _protection(args: KeysArgs) -> str:
    return "HSM" if args.production else "SOFTWARE"


def _deletion_policy(args: KeysArgs) -> str:
    return "PREVENT" if args.protected else "DELETE"

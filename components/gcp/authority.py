"""The private certificate authority: who issues the certificates that clients of the models show.

Builds a pool with an issuance policy and one root whose key is the customer's (`keys.authority`).

Guarantees: the key never leaves the key service, in hardware in production; leaves live a month at most, are
for TLS only, name their holder as a SPIFFE identity of one trust domain, and can issue nothing themselves;
what is revoked is published; no request is granted to anybody here but those named.

Leaves out: issuing, which a caller's own automation asks for (cert-manager, or the API), and a second root
for the years in which the first comes to its end: add another stack's before, and trust both.
Sources: cloud.google.com/certificate-authority-service/docs/creating-certificate-authorities-cmek,
cloud.google.com/certificate-authority-service/docs/use-issuance-policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_gcp.certificateauthority._inputs import CaPoolIssuancePolicyArgs
from pulumi_gcp.certificateauthority.authority import Authority
from pulumi_gcp.certificateauthority.ca_pool import CaPool
from pulumi_gcp.certificateauthority.ca_pool_iam_member import CaPoolIamMember
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.contracts import SigningKey
from components.gcp.grants import not_public
from components.ready import after

DAY = 86_400
LEAF_DAYS = 30
ROOT_DAYS = 3650


class PrivateAuthorityArgs(BaseModel):
    """Where the authority lives, its key, its trust domain, and who may ask it for certificates.

    `protected` is False only while a stack is torn down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    region: str
    key: SigningKey
    organization: str
    trust_domain: str = Field(pattern=r"^[a-z0-9.-]+$")
    requesters: Sequence[str] = ()
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class PrivateAuthority(pulumi.ComponentResource):
    """`handle` for whoever verifies."""

    handle: contracts.Authority

    def __init__(
        self, name: str, args: PrivateAuthorityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:PrivateAuthority", name, None, opts)
        pool = self._pool(name, args)
        root = self._root(name, args, pool)
        for requester in args.requesters:
            CaPoolIamMember(
                f"{name}-{requester}",
                ca_pool=pool.id,
                role="roles/privateca.certificateRequester",
                member=not_public(requester),
                opts=pulumi.ResourceOptions(parent=self),
            )
        certificate = root.pem_ca_certificates.apply(lambda chain: chain[0])
        self.handle = contracts.Authority(id=after(root.id, pool), certificate=certificate)
        self.register_outputs({"id": self.handle.id})

    def _pool(self, name: str, args: PrivateAuthorityArgs) -> CaPool:
        return CaPool(
            name,
            name=name,
            project=args.project,
            location=args.region,
            tier="ENTERPRISE",
            publishing_options={"publish_ca_cert": True, "publish_crl": True},
            issuance_policy=_issuance(args.trust_domain),
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _root(self, name: str, args: PrivateAuthorityArgs, pool: CaPool) -> Authority:
        return Authority(
            name,
            certificate_authority_id=f"{name}-root",
            project=args.project,
            location=args.region,
            pool=pool.name,
            type="SELF_SIGNED",
            lifetime=f"{ROOT_DAYS * DAY}s",
            key_spec={"cloud_kms_key_version": args.key.version_id},
            config={
                "subject_config": {
                    "subject": {"common_name": f"{name} root", "organization": args.organization}
                },
                "x509_config": {
                    # No authority below this one.
                    "ca_options": {"is_ca": True, "zero_max_issuer_path_length": True},
                    "key_usage": {
                        "base_key_usage": {"cert_sign": True, "crl_sign": True},
                        "extended_key_usage": {},
                    },
                },
            },
            deletion_protection=args.protected,
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )


def _issuance(trust_domain: str) -> CaPoolIssuancePolicyArgs:
    """What the pool issues, whoever asks."""
    policy: dict[str, Any] = {
        "maximum_lifetime": f"{LEAF_DAYS * DAY}s",
        "allowed_key_types": [{"elliptic_curve": {"signature_algorithm": "ECDSA_P256"}}],
        "allowed_issuance_modes": {"allow_csr_based_issuance": True, "allow_config_based_issuance": False},
        "identity_constraints": {
            "allow_subject_passthrough": False,
            "allow_subject_alt_names_passthrough": True,
            "cel_expression": {
                "title": "identities of one trust domain",
                "expression": "subject_alt_names.all(san, san.type == URI && "
                f"san.value.startsWith('spiffe://{trust_domain}/'))",
            },
        },
        "baseline_values": {
            "ca_options": {"is_ca": False},
            "key_usage": {
                "base_key_usage": {"digital_signature": True},
                "extended_key_usage": {"client_auth": True, "server_auth": True},
            },
        },
    }
    return CaPoolIssuancePolicyArgs(**policy)

"""The private certificate authority: who issues the certificates that clients of the models show.

Builds a root whose key AWS Private CA holds in hardware, its own certificate, and a policy for those who may
ask it for certificates.

Guarantees: the key never leaves the service; leaves live a week at most, so that none needs revoking; whoever
holds the policy gets certificates for TLS clients and nothing else, and none that issues others.

Leaves out: issuing, which a caller's own automation asks for (cert-manager, or the API), and who is given the
policy, since callers' roles are the enterprise's. The service cannot bind names to one trust domain, nor take
a key of ours. A short-lived authority costs USD 50 a month (aws.amazon.com/private-ca/pricing).
Sources: docs.aws.amazon.com/privateca/latest/userguide/short-lived-certificates.html, UsingTemplates.html
beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws.acmpca.certificate import Certificate
from pulumi_aws.acmpca.certificate_authority import CertificateAuthority
from pulumi_aws.acmpca.certificate_authority_certificate import CertificateAuthorityCertificate
from pulumi_aws.iam.policy import Policy
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.aws.documents import allow, policy
from components.aws.place import Place
from components.ready import after

ROOT_YEARS = "10"
RESTORE_DAYS = 30
SIGNING = "SHA256WITHECDSA"
LOOK = [
    "acm-pca:DescribeCertificateAuthority",
    "acm-pca:GetCertificate",
    "acm-pca:GetCertificateAuthorityCertificate",
]


class PrivateAuthorityArgs(BaseModel):
    """Where the authority lives, and for whom. `protected` is False only while a stack is torn down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Place
    organization: str
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class PrivateAuthority(pulumi.ComponentResource):
    """`handle` for whoever verifies, `requests` is the ARN of the policy for whoever asks."""

    handle: contracts.Authority
    requests: pulumi.Output[str]

    def __init__(
        self, name: str, args: PrivateAuthorityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:PrivateAuthority", name, None, opts)
        root = CertificateAuthority(
            name,
            type="ROOT",
            usage_mode="SHORT_LIVED_CERTIFICATE",
            key_storage_security_standard="FIPS_140_2_LEVEL_3_OR_HIGHER",
            certificate_authority_configuration={
                "key_algorithm": "EC_prime256v1",
                "signing_algorithm": SIGNING,
                "subject": {"common_name": f"{name} root", "organization": args.organization},
            },
            permanent_deletion_time_in_days=RESTORE_DAYS,
            tags={**args.labels, "Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        signed = self._signed(name, args, root)
        self.requests = self._requests(name, args, root).arn
        self.handle = contracts.Authority(
            id=after(root.arn, signed), certificate=after(signed.certificate.apply(str), signed)
        )
        self.register_outputs({"id": self.handle.id})

    def _signed(
        self, name: str, args: PrivateAuthorityArgs, root: CertificateAuthority
    ) -> CertificateAuthorityCertificate:
        """The root's own certificate, without which it issues nothing. No authority comes below it."""
        opts = pulumi.ResourceOptions(parent=self)
        own = Certificate(
            name,
            certificate_authority_arn=root.arn,
            certificate_signing_request=root.certificate_signing_request,
            signing_algorithm=SIGNING,
            template_arn=_template(args.place, "RootCACertificate"),
            validity={"type": "YEARS", "value": ROOT_YEARS},
            opts=opts,
        )
        return CertificateAuthorityCertificate(
            name,
            certificate_authority_arn=root.arn,
            certificate=own.certificate,
            certificate_chain=own.certificate_chain,
            opts=opts,
        )

    def _requests(self, name: str, args: PrivateAuthorityArgs, root: CertificateAuthority) -> Policy:
        template = _template(args.place, "EndEntityClientAuthCertificate")
        only: dict[str, Any] = {"StringEquals": {"acm-pca:TemplateArn": template}}
        return Policy(
            f"{name}-requests",
            name=f"{name}-requests",
            description="Asks the private authority for certificates of TLS clients.",
            policy=policy(
                allow("Ask", ["acm-pca:IssueCertificate"], [root.arn], when=only),
                allow("Fetch", LOOK, [root.arn]),
            ),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _template(place: Place, name: str) -> str:
    return f"arn:{place.partition}:acm-pca:::template/{name}/V1"

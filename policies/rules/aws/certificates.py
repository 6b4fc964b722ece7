"""Certificates and authorities: AWS's side of `policies/rules/certificates.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_not_be
from policies.framework.resource import Resource
from policies.framework.rule import Finding, NotApplicable, check

CERTIFICATE = "aws:acm/certificate:Certificate"
AUTHORITY = "aws:acmpca/certificateAuthority:CertificateAuthority"


@check("certificates-are-managed", CERTIFICATE)
def is_managed(certificate: Resource) -> Iterator[Finding]:
    yield from must_be_absent(certificate.at("privateKey"))
    yield from must_be_absent(certificate.at("certificateBody"))
    if certificate.at("certificateAuthorityArn").missing:
        yield from must_be(certificate.at("validationMethod"), "DNS")


@check("certificates-are-managed", "aws:iam/serverCertificate:ServerCertificate")
def is_kept_by_hand(_certificate: Resource) -> Iterator[Finding]:
    yield Finding("it is uploaded by hand, and nobody renews it")


@check("authorities-issue-short-lives", AUTHORITY)
def issues_short_lives(authority: Resource) -> Iterator[Finding]:
    yield from must_be(authority.at("usageMode"), "SHORT_LIVED_CERTIFICATE")


@check("authorities-keep-their-keys-in-the-key-service", AUTHORITY)
def keeps_its_key(authority: Resource) -> Iterator[Finding]:
    """AWS Private CA holds keys in hardware itself; only the weaker standard is a choice."""
    if authority.at("keyStorageSecurityStandard").missing:
        raise NotApplicable("the service's own default is hardware of level 3")
    yield from must_not_be(authority.at("keyStorageSecurityStandard"), "FIPS_140_2_LEVEL_2_OR_HIGHER")

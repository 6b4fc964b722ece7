"""Certificates: Google Cloud's side of `policies/rules/certificates.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_be_set
from policies.framework.resource import Resource
from policies.framework.rule import Finding, NotApplicable, check

CERTIFICATE = "gcp:certificatemanager/certificate:Certificate"
BY_HAND = (
    "gcp:compute/sSLCertificate:SSLCertificate",
    "gcp:compute/regionSslCertificate:RegionSslCertificate",
)
POOL = "gcp:certificateauthority/caPool:CaPool"
AUTHORITY = "gcp:certificateauthority/authority:Authority"
MOST_SECONDS = 30 * 86_400


@check("certificates-are-managed", CERTIFICATE)
def is_managed(certificate: Resource) -> Iterator[Finding]:
    yield from must_be_absent(certificate.at("selfManaged"))
    yield from must_be_set(certificate.at("managed"))


@check("certificates-are-managed", *BY_HAND)
def is_by_hand(_certificate: Resource) -> Iterator[Finding]:
    yield Finding("its private key is in the state")


@check("authorities-issue-short-lives", POOL)
def issues_short_lives(pool: Resource) -> Iterator[Finding]:
    yield from must_be(pool.at("tier"), "ENTERPRISE")
    lifetime = pool.at("issuancePolicy.maximumLifetime")
    if lifetime.missing:
        yield Finding(f"{lifetime.path} is missing")
    elif float(lifetime.text.removesuffix("s")) > MOST_SECONDS:
        yield Finding(f"{lifetime.path} is above {MOST_SECONDS}s")
    yield from must_be(pool.at("issuancePolicy.baselineValues.caOptions.isCa"), False)
    yield from must_be_set(pool.at("issuancePolicy.allowedKeyTypes"))


@check("authorities-keep-their-keys-in-the-key-service", AUTHORITY)
def keeps_its_key(authority: Resource) -> Iterator[Finding]:
    if authority.at("type").text == "SUBORDINATE" and authority.at("keySpec").missing:
        raise NotApplicable("its key is its issuer's to name")
    yield from must_be_set(authority.at("keySpec.cloudKmsKeyVersion"))
    yield from must_be_absent(authority.at("keySpec.algorithm"))

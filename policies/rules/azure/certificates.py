"""Certificates: Azure's side of `policies/rules/certificates.yaml`. Azure has no private authority."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be_absent
from policies.framework.resource import Resource
from policies.framework.rule import Finding, check
from policies.rules.azure.edge import GATEWAY

# A secret of a vault without a version: with one, a renewed certificate is never shown.
NEWEST = re.compile(r"^https://[^/]+/secrets/[^/]+/?$")


@check("certificates-are-managed", GATEWAY)
def shows_certificates_of_a_vault(gateway: Resource) -> Iterator[Finding]:
    for certificate in gateway.at("sslCertificates").items():
        yield from must_be_absent(certificate.at("data"))
        secret = certificate.at("keyVaultSecretId")
        if secret.missing or not NEWEST.match(secret.text):
            yield Finding(f"{secret.path} names no secret of a vault without its version")


@check("certificates-are-managed", "azure-native:web:Certificate")
def is_kept_by_hand(certificate: Resource) -> Iterator[Finding]:
    yield from must_be_absent(certificate.at("pfxBlob"))
    yield from must_be_absent(certificate.at("password"))

"""Where software comes from and what may run: Google Cloud's side of `policies/rules/supply.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import View
from policies.rules.gcp.machines import CLUSTER

REPOSITORY = "gcp:artifactregistry/repository:Repository"
ATTESTOR = "gcp:binaryauthorization/attestor:Attestor"
POLICY = "gcp:binaryauthorization/policy:Policy"
KEY_VERSION = re.compile(r"projects/.+/cryptoKeys/.+/cryptoKeyVersions/\d+$")
KEYS = ("gcp:kms/cryptoKey:CryptoKey", "gcp:kms/cryptoKeyVersion:CryptoKeyVersion")


@check("repository-tags-never-move", REPOSITORY)
def tags_never_move(repository: Resource) -> Iterator[Finding]:
    if repository.at("format").text != "DOCKER":
        raise NotApplicable("only repositories of images have tags")
    yield from must_be(repository.at("dockerConfig.immutableTags"), True)


@check("repositories-scan-what-they-hold", REPOSITORY)
def scans(repository: Resource) -> Iterator[Finding]:
    if repository.at("format").text != "DOCKER":
        raise NotApplicable("Google scans images only")
    yield from must_not_be(repository.at("vulnerabilityScanningConfig.enablementConfig"), "DISABLED")


@check("repositories-are-no-way-to-public-registries", REPOSITORY)
def fetches_nothing(repository: Resource) -> Iterator[Finding]:
    mode = repository.at("mode")
    if not mode.missing:
        yield from must_be(mode, "STANDARD_REPOSITORY")
    yield from must_be_absent(repository.at("remoteRepositoryConfig"))


@check("only-attested-images-run", POLICY)
def admits_attested_images(policy: Resource) -> Iterator[Finding]:
    for rule in (policy.at("defaultAdmissionRule"), *policy.at("clusterAdmissionRules").items()):
        yield from _blocks(rule)


def _blocks(rule: View) -> Iterator[Finding]:
    yield from must_be(rule.at("evaluationMode"), "REQUIRE_ATTESTATION", "ALWAYS_DENY")
    yield from must_be(rule.at("enforcementMode"), "ENFORCED_BLOCK_AND_AUDIT_LOG")


@check("image-policy-exempts-no-image", POLICY)
def exempts_no_image(policy: Resource) -> Iterator[Finding]:
    yield from must_be_absent(policy.at("admissionWhitelistPatterns"))


@check("attestors-trust-one-key-of-ours", ATTESTOR)
def trusts_pinned_keys(attestor: Resource) -> Iterator[Finding]:
    keys = list(attestor.at("attestationAuthorityNote.publicKeys").items())
    if not keys:
        yield Finding("attestationAuthorityNote.publicKeys is empty")
    for key in keys:
        yield from must_be_absent(key.at("asciiArmoredPgpPublicKey"))
        identity = key.at("id")
        if identity.unknown:
            identity.comes_from(*KEYS)
        elif not KEY_VERSION.search(identity.text):
            yield Finding(f"{identity.path} names no version of a key in the key service")


@stack_check("clusters-come-with-an-image-policy", CLUSTER)
def has_an_image_policy(stack: Stack) -> Iterator[Finding]:
    if stack.situation.image_policy_elsewhere:
        raise NotApplicable("google.image_policy is elsewhere")
    if not any(True for _ in stack.of_type(POLICY)):
        yield Finding("the stack has a cluster and no image policy")

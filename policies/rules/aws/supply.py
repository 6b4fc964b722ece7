"""Where software comes from and who brings it in: AWS's side of `policies/rules/supply.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check
from policies.rules.aws.statements import Statement, statements

REPOSITORY = "aws:ecr/repository:Repository"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
CACHE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
PROFILE = "aws:signer/signingProfile:SigningProfile"
# What brings an image in, by its last step.
PUSH = ("ecr:PutImage", "ecr:*", "*")
CALLER = "aws:principalarn"


@check("repository-tags-never-move", REPOSITORY)
def tags_never_move(repository: Resource) -> Iterator[Finding]:
    yield from must_be(repository.at("imageTagMutability"), "IMMUTABLE")


@check("repositories-scan-what-they-hold", REPOSITORY)
def scans(repository: Resource) -> Iterator[Finding]:
    yield from must_be(repository.at("imageScanningConfiguration.scanOnPush"), True)


@check("repositories-scan-what-they-hold", SCANNING)
def scans_again(scanning: Resource) -> Iterator[Finding]:
    yield from must_be(scanning.at("scanType"), "ENHANCED")
    if not list(scanning.at("rules").items()):
        yield Finding("rules is empty, so nothing is scanned")


@check("repositories-are-no-way-to-public-registries", CACHE)
def fetches_nothing(_rule: Resource) -> Iterator[Finding]:
    yield Finding("it fetches from another registry what nobody brought in")


@check("attestors-trust-one-key-of-ours", PROFILE)
def signs_with_keys_of_the_service(profile: Resource) -> Iterator[Finding]:
    yield from must_be(profile.at("platformId"), "Notation-OCI-SHA384-ECDSA")
    yield from must_be_absent(profile.at("signingMaterial"))


@stack_check("repositories-name-who-may-push", REPOSITORY)
def names_who_may_push(stack: Stack) -> Iterator[Finding]:
    for repository in stack.of_type(REPOSITORY):
        own = stack.pointing_at(repository, REPOSITORY_POLICY, "repository")
        if not any(_refuses_others(each) for policy in own for each in statements(policy.at("policy"))):
            yield Finding(
                f"{repository.label} has no policy that denies pushes to others", urn=repository.urn
            )


def _refuses_others(statement: Statement) -> bool:
    return (
        not statement.allows
        and statement.for_anyone
        and any(action in PUSH for action in statement.actions)
        and any(
            operator in ("ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike")
            and CALLER in {key.lower() for key in keys}
            for operator, keys in statement.conditions.items()
        )
    )

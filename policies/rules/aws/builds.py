"""Builds, which deploy from inside the network: AWS's side of the rules about builds in `supply.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_not_be, must_refer_to
from policies.framework.resource import Resource
from policies.framework.rule import Finding, check

PROJECT = "aws:codebuild/project:Project"
REPOSITORIES = ("aws:ecr/repository:Repository",)
REGISTRY_IMAGE = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+")
# Sources of the account itself: docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html.
OWN_SOURCES = ("S3", "CODECOMMIT", "CODEPIPELINE", "NO_SOURCE")
NETWORK = ("vpcId", "subnets", "securityGroupIds")


@check("builds-run-inside-the-network", PROJECT)
def runs_inside(project: Resource) -> Iterator[Finding]:
    for name in NETWORK:
        part = project.at(f"vpcConfig.{name}")
        if part.missing or (not part.unknown and not any(True for _ in part.items())):
            yield Finding(f"{part.path} is missing")


@check("builds-run-without-privileges", PROJECT)
def runs_without_privileges(project: Resource) -> Iterator[Finding]:
    yield from must_not_be(project.at("environment.privilegedMode"), True)
    yield from must_not_be(project.at("projectVisibility"), "PUBLIC_READ")
    for path in ("environment.registryCredential", "environment.dockerServer"):
        yield from must_be_absent(project.at(path))


@check("builds-run-what-the-enterprise-holds", PROJECT)
def runs_what_is_held(project: Resource) -> Iterator[Finding]:
    image = project.at("environment.image")
    yield from must_refer_to(image, *REPOSITORIES, form=REGISTRY_IMAGE)
    yield from must_be(project.at("environment.imagePullCredentialsType"), "SERVICE_ROLE")
    for source in [project.at("source"), *project.at("secondarySources").items()]:
        yield from must_be(source.at("type"), *OWN_SOURCES)
        yield from must_not_be(source.at("insecureSsl"), True)

"""The registry on AWS: its exact children, who may do what, and what no account has twice."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_aws.ssm.parameter import Parameter
from pydantic import ValidationError

from components.aws.registry import Registry, RegistryArgs
from components.contracts import Purpose, Workload
from tests.components.aws.platform import NAME, PLACE, identity, key
from tests.components.recorder import Made, build, differences, value

REPOSITORY, SETTINGS = "aws:ecr/repository:Repository", "aws:cloudcontrol/resource:Resource"


def args(**changes: Any) -> RegistryArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "key": key(Purpose.REGISTRY),
        "images": ("trainer", "vllm"),
        "charts": ("keda",),
        "identities": {workload: identity(workload) for workload in Workload},
        "labels": {"platform": "palisade"},
    }
    return RegistryArgs(**{**given, **changes})


def made_by(**changes: Any) -> list[Made]:
    return build(lambda: Registry(NAME, args(**changes)))


@cache
def usual() -> tuple[Made, ...]:
    return tuple(made_by())


def of(made: tuple[Made, ...] | list[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def statements(made: Made) -> dict[str, dict[str, Any]]:
    return {each["Sid"]: each for each in json.loads(value(made, "policy"))["Statement"]}


def pushers(kind: str) -> set[str]:
    """Whom the repositories of a kind let push."""
    found = [each for each in of(usual(), "RepositoryPolicy") if f"-{kind}-" in each.name]
    assert found
    named = [statements(each)["OtherPushes"]["Condition"]["ArnNotEquals"] for each in found]
    assert all(each == named[0] for each in named)
    return {arn.rpartition(f"{NAME}-")[2] for arn in named[0]["aws:PrincipalArn"]}


def test_inventory() -> None:
    assert differences(list(usual()), "aws-registry") == []


def test_only_who_is_named_pushes() -> None:
    # A signature lies beside its image, so the signer adds it there.
    assert pushers("images") == pushers("charts") == {"deployer", "signer"}
    assert pushers("models") == {"pipeline"}


def test_only_the_signer_signs() -> None:
    signs = {each.name for each in of(usual(), "RolePolicy") if "signer:SignPayload" in value(each, "policy")}
    assert signs == {f"{NAME}-registry-signer"}


def test_nobody_deletes_or_moves_a_tag() -> None:
    for each in of(usual(), "RolePolicy"):
        allowed = {action for one in statements(each).values() for action in one["Action"]}
        assert not {action for action in allowed if "Delete" in action or "Mutability" in action}


def test_nothing_is_pulled_before_repositories_are_guarded() -> None:
    def program() -> None:
        Parameter("user", type="String", value=Registry(NAME, args()).handle.images)

    made = build(program)
    user = next(each for each in made if each.name == "user")
    guards = {each.urn for each in made if each.type.endswith((":RepositoryPolicy", ":LifecyclePolicy"))}
    assert len(guards) == 2 * len(of(made, "Repository")) == 8
    assert guards <= set(user.property_dependencies["value"])


def test_names_are_those_that_clusters_pull() -> None:
    seen: list[str] = []

    def program() -> None:
        pulumi.Output.concat(Registry(NAME, args()).handle.images, "vllm").apply(seen.append)

    names = {value(each, "name") for each in of(build(program), "Repository")}
    (image,) = seen
    assert image.partition("/")[2] in names


def test_another_stack_may_write_the_accounts_settings() -> None:
    made = made_by(writes_settings=False)
    assert not of(made, "Enabler") + of(made, "RegistryScanningConfiguration") + of(made, "Resource")
    assert all(value(each, "imageScanningConfiguration.scanOnPush") for each in of(made, "Repository"))


def test_protection_ends_with_a_teardown() -> None:
    for protected in (True, False):
        for each in of(made_by(protected=protected, torn_down=not protected), "Repository"):
            assert each.protect is protected
            assert value(each, "forceDelete") is not protected


@pytest.mark.parametrize("argument", ["exemptions", "mutable_tags", "upstream", "scan_on_push"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        args(**{argument: True})

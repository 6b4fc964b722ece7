"""The registry: its exact children, who may do what, and that nothing runs unsigned."""

from __future__ import annotations

from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_gcp.container.cluster import Cluster
from pydantic import ValidationError

from components.contracts import Purpose, SigningKey, Workload
from components.gcp.registry import Registry, RegistryArgs
from components.registry_access import table
from tests.components.gcp.platform import NAME, PROJECT, REGION, identity, key
from tests.components.recorder import Made, build, differences, value

VERSION = "projects/acme-ai-test/locations/europe-west4/keyRings/r/cryptoKeys/signing/cryptoKeyVersions/1"


def args(**changes: Any) -> RegistryArgs:
    text = pulumi.Output.from_input
    given: dict[str, Any] = {
        "project": PROJECT,
        "region": REGION,
        "key": key(Purpose.REGISTRY),
        "signing": SigningKey(text("signing"), text(VERSION), text("-----BEGIN PUBLIC KEY-----")),
        "identities": {workload: identity(workload) for workload in Workload},
        "labels": {"platform": "palisade"},
    }
    return RegistryArgs(**{**given, **changes})


@cache
def usual() -> tuple[Made, ...]:
    return tuple(made_by())


def made_by(**changes: Any) -> list[Made]:
    return build(lambda: Registry(NAME, args(**changes)))


def of(made: tuple[Made, ...] | list[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def test_inventory() -> None:
    assert differences(list(usual()), "registry") == []


def test_who_pushes_images_cannot_sign_them() -> None:
    adds = {each.workload for each in table() if each.right == "add" and each.repository != "models"}
    assert adds == {Workload.DEPLOYER}
    signs = {
        value(each, "member") for each in of(usual(), "NoteIamMember") + of(usual(), "AttestorIamMember")
    }
    assert signs == {"serviceAccount:signer@acme-ai-test.iam.gserviceaccount.com"}


def test_nothing_is_pulled_before_the_policy_blocks() -> None:
    def program() -> None:
        Cluster("user", description=Registry(NAME, args()).handle.images)

    made = build(program)
    user = next(each for each in made if each.name == "user")
    guards = {each.urn for each in made if each.type.endswith((":Policy", ":RepositoryIamMember"))}
    assert len(guards) == len(table()) + 1
    assert guards <= set(user.property_dependencies["description"])


def test_another_stack_may_write_the_one_policy_of_a_project() -> None:
    assert not of(made_by(writes_image_policy=False), "Policy")
    assert len(of(usual(), "Attestor")) == 1


def test_protection_ends_with_a_teardown() -> None:
    for protected in (True, False):
        for repository in of(made_by(protected=protected), "Repository"):
            assert repository.protect is protected
            assert value(repository, "deletionPolicy") == ("PREVENT" if protected else "DELETE")


@pytest.mark.parametrize("argument", ["exemptions", "immutable_tags", "evaluation_mode", "upstream"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        args(**{argument: True})

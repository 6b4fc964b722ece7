"""Identities on AWS: exact roles, whom each trusts, and the most that pods may do."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.accounts import INFERENCE_ACCOUNTS, TRAINING_ACCOUNTS
from components.aws.documents import allow
from components.aws.identity import Identities, IdentitiesArgs
from tests.components.aws.platform import NAME, PLACE, identities
from tests.components.recorder import build, differences, value

ROLE = "aws:iam/role:Role"


def trusts(program: Any = identities) -> dict[str, list[dict[str, Any]]]:
    return {
        each.name.removeprefix(f"{NAME}-"): json.loads(value(each, "assumeRolePolicy"))["Statement"]
        for each in build(program)
        if each.type == ROLE
    }


def test_inventory() -> None:
    assert differences(build(identities), "aws-identities") == []


def test_a_pods_role_trusts_its_one_account_in_clusters_of_this_account() -> None:
    for workload, account in {**TRAINING_ACCOUNTS, **INFERENCE_ACCOUNTS}.items():
        (statement,) = trusts()[workload]
        condition = statement["Condition"]
        assert condition["StringEquals"] == {
            "aws:SourceAccount": PLACE.account,
            "aws:RequestTag/kubernetes-namespace": account.namespace,
            "aws:RequestTag/kubernetes-service-account": account.name,
        }
        assert condition["ArnLike"] == {"aws:SourceArn": PLACE.arn("eks", "cluster/*")}


def test_pods_never_get_beyond_the_boundary() -> None:
    roles = [each for each in build(identities) if each.type == ROLE]
    bounded = {each.name for each in roles if value(each, "permissionsBoundary")}
    assert bounded == {f"{NAME}-{workload}" for workload in {**TRAINING_ACCOUNTS, **INFERENCE_ACCOUNTS}}


def test_no_user_and_no_key_exists() -> None:
    kinds = {each.type for each in build(identities)}
    assert not {kind for kind in kinds if "user" in kind.lower() or "accessKey" in kind}


def test_without_named_deployers_only_builds_become_the_deployer() -> None:
    statements = trusts(lambda: Identities(NAME, IdentitiesArgs(place=PLACE)))["deployer"]
    assert [each["Principal"] for each in statements] == [{"Service": "codebuild.amazonaws.com"}]


def test_an_allowance_to_anyone_needs_a_condition() -> None:
    with pytest.raises(ValueError, match="Open: an allowance to anyone needs a condition"):
        allow("Open", ["kms:Decrypt"], [pulumi.Output.from_input("*")], to={"AWS": "*"})

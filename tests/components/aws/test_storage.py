"""Stores on AWS: exact buckets and grants, and what their policies refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.aws.storage import Stores
from tests.components.aws.platform import NAME, PLACE, stores_args
from tests.components.recorder import Made, build, differences, value

POLICY = "aws:s3/bucketPolicy:BucketPolicy"


def made(**changes: Any) -> list[Made]:
    return build(lambda: Stores(NAME, stores_args(**changes)))


def denials(resources: list[Made]) -> dict[str, dict[str, dict[str, Any]]]:
    """By bucket and by the statement's name."""
    return {
        each.name.removeprefix(f"{NAME}-"): {
            statement["Sid"]: statement
            for statement in json.loads(value(each, "policy"))["Statement"]
            if statement["Effect"] == "Deny"
        }
        for each in resources
        if each.type == POLICY
    }


def test_inventory() -> None:
    assert differences(made(), "aws-stores") == []


def test_every_bucket_takes_tls_and_its_own_key_only() -> None:
    named = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    for refused in denials(made()).values():
        assert refused["OnlyTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert refused["NoNamedKey"]["Condition"] == {"Null": {named: "false"}}
        assert {"NoOtherKind", "NoBroughtKey"} <= refused.keys()


@pytest.mark.parametrize("store", ["datasets", "models", "outputs"])
def test_objects_are_reached_from_the_network_only_and_never_overwritten(store: str) -> None:
    refused = denials(made())[store]
    condition = refused["OnlyFromTheNetwork"]["Condition"]
    assert condition["StringNotEqualsIfExists"] == {"aws:VpceAccount": PLACE.account}
    assert refused["NeverOver"]["Condition"]["Null"] == {"s3:if-none-match": "true"}


def test_nobody_can_lock_themselves_out_of_a_policy() -> None:
    actions = {
        action
        for refused in denials(made()).values()
        for sid, statement in refused.items()
        if sid != "OnlyTls"
        for action in statement["Action"]
    }
    assert not {action for action in actions if "Policy" in action or action in {"*", "s3:*"}}


def test_access_logs_are_deleted_by_time_only_and_are_locked_by_nothing() -> None:
    assert not [each for each in made() if "ObjectLock" in each.type]
    stays = [
        statement
        for each in made()
        if each.type == "aws:s3/bucketPolicy:BucketPolicy"
        for statement in json.loads(value(each, "policy"))["Statement"]
        if statement["Sid"] == "Stay"
    ]
    assert [each["Action"] for each in stays] == [["s3:DeleteObject", "s3:DeleteObjectVersion"]]
    ends = [
        rule["expiration"]["days"]
        for each in made()
        if each.type == "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        for rule in value(each, "rules")
        if "expiration" in rule
    ]
    assert ends == [2192]


def test_macie_looks_into_stores_where_personal_data_is() -> None:
    for sensitive in (True, False):
        policies = [
            value(each, "policy")
            for each in made(sensitive=sensitive)
            if each.type == "aws:s3/bucketPolicy:BucketPolicy"
        ]
        assert any("AWSServiceRoleForAmazonMacie" in text for text in policies) is sensitive


def test_no_grant_allows_deleting() -> None:
    grants = [value(each, "policy") for each in made() if each.type == "aws:iam/rolePolicy:RolePolicy"]
    assert grants
    assert not [grant for grant in grants if "Delete" in grant]


def test_a_bucket_carries_the_account_in_its_name() -> None:
    names = {value(each, "bucket") for each in made() if each.type == "aws:s3/bucket:Bucket"}
    assert all(name.startswith(f"{PLACE.account}-") for name in names)

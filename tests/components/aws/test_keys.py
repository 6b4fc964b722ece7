"""Keys on AWS: exact children and values, who may use which key, and that no argument weakens them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.aws.keys import Keys
from components.contracts import Purpose
from components.store_access import PURPOSE_OF, table
from tests.components.aws.platform import ANSWERS, NAME, PLACE, keys_args
from tests.components.recorder import Made, build, differences, value

KEY = "aws:kms/key:Key"
# What only the key's users may do.
USES = ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt", "kms:Sign")


def made(**changes: Any) -> list[Made]:
    return build(lambda: Keys(NAME, keys_args(**changes)), ANSWERS)


def policies(resources: list[Made]) -> dict[str, list[dict[str, Any]]]:
    return {
        each.name.removeprefix(f"{NAME}-"): json.loads(value(each, "policy"))["Statement"]
        for each in resources
        if each.type == KEY
    }


def test_inventory() -> None:
    assert differences(made(), "aws-keys") == []


def test_administrators_care_for_keys_and_never_use_them() -> None:
    for statements in policies(made()).values():
        root = [each for each in statements if each["Principal"] == {"AWS": PLACE.root}]
        assert len(root) == 1
        assert not [action for action in root[0]["Action"] if action.startswith(USES)]


def test_nobody_at_large_uses_a_key_but_through_a_service_of_this_account() -> None:
    for statements in policies(made()).values():
        for each in statements:
            if each["Principal"] == {"AWS": "*"}:
                equals = each["Condition"]["StringEquals"]
                assert equals["kms:CallerAccount"] == PLACE.account
                assert equals["kms:ViaService"].endswith(f".{PLACE.region}.amazonaws.com")


def test_a_service_uses_a_key_for_this_account_only() -> None:
    for statements in policies(made()).values():
        for each in statements:
            if "Service" in each["Principal"]:
                assert PLACE.account in json.dumps(each["Condition"])


@pytest.mark.parametrize("purpose", sorted(set(PURPOSE_OF.values())))
def test_a_key_of_stores_is_used_by_their_workloads_and_nobody_else(purpose: Purpose) -> None:
    roles = {
        str(each["Principal"]["AWS"]).rpartition(f"{NAME}-")[2]
        for each in policies(made())[purpose]
        if "role/" in str(each["Principal"])
    }
    assert roles == {each.workload.value for each in table() if PURPOSE_OF[each.store] is purpose}


def test_a_grant_is_for_resources_of_aws_only() -> None:
    granting = [
        each
        for statements in policies(made()).values()
        for each in statements
        if "kms:CreateGrant" in each["Action"]
    ]
    assert granting
    assert {each["Condition"]["Bool"]["kms:GrantIsForAWSResource"] for each in granting} == {"true"}


@pytest.mark.parametrize("protected", [True, False])
def test_no_argument_weakens_a_key(protected: bool) -> None:
    for each in made(protected=protected):
        if each.type == KEY:
            assert value(each, "deletionWindowInDays") == 30
            assert each.protect is protected


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ValidationError, match="rotation"):
        keys_args(rotation=3650)

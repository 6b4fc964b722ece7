"""Stores: exact children and values, who may do what, and that no argument weakens a bucket."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from components.contracts import StoreName, Workload
from components.gcp.storage import Stores
from components.store_access import Right, table
from tests.components.gcp.platform import NAME, PROJECT, stores_args
from tests.components.recorder import Made, build, differences, value

BUCKET = "gcp:storage/bucket:Bucket"
GRANT = "gcp:storage/bucketIAMMember:BucketIAMMember"


def made(preview: bool = False, **changes: Any) -> list[Made]:
    return build(lambda: Stores(NAME, stores_args(**changes)), preview=preview)


def of(resources: list[Made], kind: str) -> dict[str, Made]:
    return {each.name.removeprefix(f"{NAME}-"): each for each in resources if each.type == kind}


def test_production_stores_are_the_inventory() -> None:
    assert differences(made(), "stores") == []


def test_everything_is_known_at_preview() -> None:
    assert differences(made(preview=True), "stores") == []


@pytest.mark.parametrize(("production", "sensitive", "protected"), list(product([True, False], repeat=3)))
def test_no_argument_weakens_a_bucket(production: bool, sensitive: bool, protected: bool) -> None:
    changes = {"production": production, "sensitive": sensitive, "protected": protected}
    for name, bucket in of(made(**changes), BUCKET).items():
        assert value(bucket, "encryption.defaultKmsKeyName")
        for others in ("googleManaged", "customerSupplied"):
            mode = f"encryption.{others}EncryptionEnforcementConfig.restrictionMode"
            assert value(bucket, mode) == "FullyRestricted"
        assert value(bucket, "uniformBucketLevelAccess") is True
        assert value(bucket, "publicAccessPrevention") == "enforced"
        assert value(bucket, "softDeletePolicy.retentionDurationSeconds") >= 7 * 86_400
        assert value(bucket, "forceDestroy") is False
        assert value(bucket, "deletionPolicy") == ("PREVENT" if protected else "DELETE")
        assert bucket.protect is protected
        if name == "access-logs":
            assert value(bucket, "retentionPolicy.isLocked") is (production and sensitive)
        else:
            assert value(bucket, "versioning.enabled") is True
            assert value(bucket, "logging.logBucket") == f"{PROJECT}-{NAME}-access-logs"


def test_objects_go_with_their_bucket_only_in_a_teardown() -> None:
    def emptied(**changes: Any) -> set[str]:
        return {name for name, each in of(made(**changes), BUCKET).items() if value(each, "forceDestroy")}

    stores = {str(store) for store in StoreName}
    assert emptied() == emptied(protected=False) == set()
    assert emptied(torn_down=True, production=False) == {*stores, "access-logs"}
    assert emptied(torn_down=True) == stores, "locked records stay"


def test_logs_stay_exactly_as_long_as_they_must() -> None:
    logs = of(made(log_days=400), BUCKET)["access-logs"]
    assert value(logs, "retentionPolicy.retentionPeriod") == str(400 * 86_400)
    assert value(logs, "lifecycleRules[0].condition.age") == 400


def test_grants_are_the_table_and_the_log_writers() -> None:
    names = {f"{access.store}-{access.workload}-{access.right}" for access in table()}
    assert set(of(made(), GRANT)) == names | {"access-logs-writer"}


def test_no_role_deletes_or_administers() -> None:
    """Neither role holds storage.objects.delete (cloud.google.com/storage/docs/access-control/iam-roles)."""
    roles = {value(grant, "role") for grant in of(made(), GRANT).values()}
    assert roles == {"roles/storage.objectViewer", "roles/storage.objectCreator"}


def test_who_may_do_what() -> None:
    rights = {(access.workload, access.store, access.right, access.under) for access in table()}
    may_add = {(workload, store, under) for workload, store, right, under in rights if right is Right.ADD}
    assert may_add == {
        (Workload.TRAINER, StoreName.OUTPUTS, None),
        (Workload.PIPELINE, StoreName.DATASETS, None),
        (Workload.PIPELINE, StoreName.MODELS, "candidates/"),
        (Workload.SIGNER, StoreName.MODELS, "released/"),
    }
    # What answers and what trains sees released models only.
    for workload in (Workload.INFERENCE, Workload.TRAINER):
        assert {under for who, store, _, under in rights if (who, store) == (workload, StoreName.MODELS)} == {
            "released/"
        }
    assert not {Workload.NODES, Workload.DEPLOYER} & {workload for workload, *_ in rights}


def test_a_prefix_confines_objects_and_leaves_listing() -> None:
    grant = of(made(), GRANT)["models-inference-read"]
    assert value(grant, "condition.expression") == (
        'resource.type == "storage.googleapis.com/Bucket" || '
        f'resource.name.startsWith("projects/_/buckets/{PROJECT}-{NAME}-models/objects/released/")'
    )


def test_bucket_names_fit_the_longest_names() -> None:
    """A bucket's name ends at 63 characters (cloud.google.com/storage/docs/buckets#naming)."""
    longest = f"{'p' * 12}-staging"
    buckets = build(lambda: Stores(longest, stores_args(project="a" * 30)))
    assert all(len(value(each, "name")) <= 63 for each in buckets if each.type == BUCKET)


@pytest.mark.parametrize("days", [0, 6, 91])
def test_soft_delete_has_the_services_bounds(days: int) -> None:
    with pytest.raises(ValidationError, match="soft_delete_days"):
        stores_args(soft_delete_days=days)


@pytest.mark.parametrize("argument", ["force_destroy", "public", "versioning", "encryption", "locked"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        stores_args(**{argument: False})

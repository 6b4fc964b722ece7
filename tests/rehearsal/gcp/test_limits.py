"""Documented limits: each case is refused at preview, at its path, in words that say what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal.gcp import PACKAGE
from rehearsal.model import UNKNOWN
from tests.rehearsal.gcp.conftest import Cloud, cases

REFUSED = cases("limits", "refused")
TAKEN = cases("limits", "taken")


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["path"])
def test_refused(cloud: Cloud, case: Mapping[str, Any]) -> None:
    refusals = cloud.refusals(case["type"], case["inputs"])
    fitting = [refusal for refusal in refusals if refusal.path == case["path"]]
    assert fitting, [refusal.sentence() for refusal in refusals]
    assert any(case["words"] in refusal.sentence() for refusal in fitting), [r.sentence() for r in fitting]
    assert all(refusal.source for refusal in fitting), "a limit says where it is documented"


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case["type"].rsplit(":", 1)[-1])
def test_taken(cloud: Cloud, case: Mapping[str, Any]) -> None:
    assert [refusal.sentence() for refusal in cloud.refusals(case["type"], case["inputs"])] == []


def test_long_texts_and_many_labels(cloud: Cloud) -> None:
    [refusal] = cloud.refusals("gcp:compute/network:Network", {"description": "x" * 2049})
    assert (refusal.path, "2048" in refusal.sentence()) == ("description", True)
    labels = {f"key{number}": "" for number in range(65)}
    [refusal] = cloud.refusals("gcp:storage/bucket:Bucket", {"location": "EU", "labels": labels})
    assert (refusal.path, "64" in refusal.sentence()) == ("labels", True)


@pytest.mark.parametrize(
    ("seconds", "taken"), [(0, True), (604799, False), (604800, True), (7776000, True), (7776001, False)]
)
def test_soft_delete_lasts_none_or_7_to_90_days(cloud: Cloud, seconds: int, taken: bool) -> None:
    policy = {"retentionDurationSeconds": seconds}
    refusals = cloud.refusals("gcp:storage/bucket:Bucket", {"location": "EU", "softDeletePolicy": policy})
    assert (refusals == []) is taken


def test_what_is_unknown_is_not_judged(cloud: Cloud) -> None:
    inputs = {"location": "EU", "name": UNKNOWN, "labels": {"team": UNKNOWN}, "retentionPolicy": UNKNOWN}
    assert cloud.refusals("gcp:storage/bucket:Bucket", inputs) == []


def test_a_place_that_nothing_says_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    [refusal] = cloud.refusals("gcp:compute/network:Network", {}, config={})
    assert refusal.path == "project"
    assert "gcp:project" in refusal.sentence()
    monkeypatch.setenv("GOOGLE_PROJECT", "from-the-environment")
    assert cloud.refusals("gcp:compute/network:Network", {}, config={}) == []


def test_provider_configuration_is_checked() -> None:
    refusals = PACKAGE.configure(
        {"project": "Acme Dev", "region": "europe-west4-a", "zone": "europe-west4"}
    ).refusals
    assert [refusal.path for refusal in refusals] == ["project", "region", "zone"]

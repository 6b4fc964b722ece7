"""Released digests on a real API server: what runs, what no longer does, and who writes the list.

The server cannot verify a signature; whoever writes the list did. A change of it takes a moment to bite.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from components.kubernetes.admission import table
from components.kubernetes.image_lists import HOME, REGISTRIES
from rehearsal.kubernetes.real.api import Ref
from rehearsal.model import Refusal
from tests.components.kubernetes.samples import PREFIX
from tests.rehearsal.kubernetes.real_platform import RELEASED_LIST, Ground, running
from tools.servers import NEWEST, lacking

DIGITS = "b" * 64
IMAGE = f"{PREFIX}-images/team@sha256:{DIGITS}"
MESSAGE = table()["released"].validations[0].message
WRITERS, ENTRIES = (each.message for each in table()["image-lists"].validations)
BITES_SECONDS = 20
# Of the 1 MiB that an object may hold, nearly all.
MANY = 8000


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    why = lacking()
    if why:
        pytest.skip(f"no API server to ask: {why}")
    with running(NEWEST, tmp_path_factory.mktemp("releases")) as ready:
        yield ready


def pod(ground: Ground) -> dict[str, Any]:
    spec = ground.pod_of("Job training/trainer")
    spec["containers"][0]["image"] = IMAGE
    return spec


def refused(ask: Callable[[], object]) -> str:
    """Why the server refuses, once it does."""
    end = time.monotonic() + BITES_SECONDS
    while time.monotonic() < end:
        try:
            ask()
        except Refusal as refusal:
            return refusal.problem
        time.sleep(0.1)
    raise AssertionError("the server refuses nothing")


def admitted(ask: Callable[[], object]) -> None:
    """Return once the server admits it. Raises Refusal: it does not."""
    end = time.monotonic() + BITES_SECONDS
    while True:
        try:
            ask()
        except Refusal:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def entered(ground: Ground, digits: str = DIGITS) -> Generator[None]:
    """The signer enters a digest, and takes it off again."""
    ground.signer.merge(RELEASED_LIST, {"data": {digits: "team 1.0, verified"}})
    try:
        yield
    finally:
        ground.signer.merge(RELEASED_LIST, {"data": {digits: None}})


def test_a_digest_runs_while_the_signer_lists_it(ground: Ground) -> None:
    def ask() -> None:
        ground.try_pod(pod(ground), "training", {})

    assert MESSAGE in refused(ask)
    with entered(ground):
        admitted(ask)
    assert MESSAGE in refused(ask)


def test_templates_of_the_next_update_are_planned_before_their_digests_are_released(ground: Ground) -> None:
    admitted(lambda: ground.try_deployment(pod(ground), "training", {}))


def test_a_pod_whose_digest_was_taken_off_can_still_be_let_go(ground: Ground) -> None:
    ref = Ref("v1", "Pod", "old", "training")
    spec = pod(ground)
    # No controller counts down what a quota holds against a namespace: what is stored asks for little.
    for container in (*spec["containers"], *spec["initContainers"]):
        container["resources"] = {kind: {"cpu": "1m", "memory": "1Mi"} for kind in ("limits", "requests")}
    spec.setdefault("volumes", []).append({"name": "data", "image": {"reference": IMAGE}})
    with entered(ground):
        admitted(lambda: ground.deployer.apply(ref, {"spec": spec}, "test"))
    refused(lambda: ground.try_pod(pod(ground), "training", {}))
    ground.deployer.merge(ref, {"metadata": {"labels": {"seen": "true"}}})
    ground.deployer.delete(ref)
    assert ground.deployer.get(ref) is None


def test_an_update_of_the_platform_leaves_entries_as_they_are(ground: Ground) -> None:
    with entered(ground):
        ground.deployer.apply(RELEASED_LIST, {"metadata": {"labels": {"a": "b"}}}, "pulumi-kubernetes-1")
        found = ground.deployer.get(RELEASED_LIST)
        assert found is not None
        assert found["data"] == {DIGITS: "team 1.0, verified"}


def test_nobody_else_writes_the_lists_whatever_rights_they_have(ground: Ground) -> None:
    entry = {"data": {DIGITS: "mine"}}
    registries = Ref("v1", "ConfigMap", REGISTRIES, HOME)
    for ref, change in ((RELEASED_LIST, entry), (registries, {"data": {"images": "docker.io/"}})):
        with pytest.raises(Refusal) as found:
            ground.somebody.apply(ref, change, "test", dry=True, force=True)
        assert WRITERS in found.value.problem
    ground.somebody.apply(Ref("v1", "ConfigMap", "other", HOME), entry, "test", dry=True)


def test_the_signer_writes_one_list_and_nothing_else(ground: Ground) -> None:
    for ref, change in (
        (Ref("v1", "ConfigMap", REGISTRIES, HOME), {"data": {"images": "docker.io/"}}),
        (Ref("v1", "Pod", "tried", "training"), {"spec": pod(ground)}),
    ):
        with pytest.raises(Refusal, match="forbidden"):
            ground.signer.apply(ref, change, "test", dry=True, force=True)
    with pytest.raises(Refusal, match="forbidden"):
        ground.signer.delete(RELEASED_LIST)


@pytest.mark.parametrize("key", ["b" * 63, "B" * 64, "vllm"])
def test_an_entry_is_a_digest(key: str, ground: Ground) -> None:
    with pytest.raises(Refusal) as found:
        ground.signer.merge(RELEASED_LIST, {"data": {key: "team"}})
    assert ENTRIES in found.value.problem


def test_thousands_of_digests_and_a_pod_of_many_containers_stay_within_the_servers_limits(
    ground: Ground,
) -> None:
    many = {f"{number:064x}": "team 1.0, verified for a test of size" for number in range(MANY)}
    ground.signer.merge(RELEASED_LIST, {"data": {**many, DIGITS: "team"}})
    spec = pod(ground)
    (container,) = spec["containers"]
    container["resources"] = {kind: {"cpu": "1m", "memory": "1Mi"} for kind in ("limits", "requests")}
    spec["containers"] = [
        {**container, "name": f"c{number}", "image": f"{PREFIX}-images/team-{number}@sha256:{number:064x}"}
        for number in range(200)
    ]
    try:
        admitted(lambda: ground.try_pod(spec, "training", {}))
        spec["containers"][-1]["image"] = f"{PREFIX}-images/team@sha256:{'c' * 64}"
        assert MESSAGE in refused(lambda: ground.try_pod(spec, "training", {}))
    finally:
        ground.signer.merge(RELEASED_LIST, {"data": None})


def test_without_the_list_nothing_runs_and_only_the_deployer_makes_it(ground: Ground) -> None:
    def ours() -> None:
        ground.try_pod(ground.pod_of("Job training/trainer"), "training", {})

    admitted(ours)
    ground.somebody.delete(RELEASED_LIST)
    try:
        assert "no params found" in refused(ours)
        with pytest.raises(Refusal) as found:
            ground.somebody.apply(RELEASED_LIST, {"data": {DIGITS: "mine"}}, "test")
        assert WRITERS in found.value.problem
    finally:
        ground.deployer.apply(RELEASED_LIST, {}, "pulumi-kubernetes-1")
    admitted(ours)

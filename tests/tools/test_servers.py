"""The servers' pins: two neighbouring versions, each complete, and definitions of the charts we install."""

from __future__ import annotations

import pytest

from components.kubernetes.software import catalogue
from rehearsal.kubernetes.real.definitions import sources
from tools.servers import NEWEST, VERSIONS, ServersError, ensure
from tools.servers.recipes import FOLDER, ApiServer, Etcd


def test_the_newest_and_the_one_before() -> None:
    minors = [int(version.removeprefix("1.")) for version in VERSIONS]
    assert minors == [minors[0], minors[0] - 1]
    assert VERSIONS[0] == NEWEST


@pytest.mark.parametrize("version", VERSIONS)
def test_a_folder_holds_its_version(version: str) -> None:
    pinned = ApiServer(FOLDER / f"kubernetes-{version}")
    assert pinned.version.startswith(f"v{version}.")
    assert pinned.symbols["k8s.io/component-base/version.gitVersion"] == pinned.version
    staging = pinned.version.replace("v1.", "v0.", 1)
    replaced = [line for line in (pinned.module / "go.mod").read_text().splitlines() if "=> k8s.io/" in line]
    assert replaced
    assert all(line.endswith(f" {staging}") for line in replaced)
    assert not any("kube-openapi" in line for line in replaced)


def test_etcd_is_pinned() -> None:
    assert Etcd().version.startswith("v3.6.")


def test_an_unknown_version_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ServersError, match=rf"there is no Kubernetes 1\.2 here; .* {VERSIONS[0]}, {VERSIONS[1]}"
    ):
        ensure("1.2")


def test_definitions_are_those_of_the_charts() -> None:
    charts = catalogue().charts
    of_charts = [source for source in sources() if source.chart]
    assert {"cert-manager", "trust-manager", "kueue", "keda"} == {source.chart for source in of_charts}
    for source in of_charts:
        assert charts[source.chart].version.removeprefix("v") == source.version.removeprefix("v")


def test_whatever_comes_from_elsewhere_has_a_hash() -> None:
    assert all(source.sum.startswith("h1:") for source in sources() if source.module)

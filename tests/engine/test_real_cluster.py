"""Stacks whose clusters answer as Kubernetes does: the engine, the rehearsal, real servers together.

One rehearsal with one cluster serves the small programs; where there is no API server the reason is printed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from lightkube.config.kubeconfig import KubeConfig

from rehearsal.kubernetes.real import report
from rehearsal.kubernetes.real.api import Api, Ref
from rehearsal.session import Session, temporary
from tests.engine.conftest import one_line, processes_of
from tests.rehearsal.engine import Stack, resource
from tools.clusters import REAL, Asked, Chosen, choose
from tools.engine import Engine
from tools.gobuild.recipe import Recipe
from tools.servers import Servers, lacking

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SERVICE = "kubernetes:core/v1:Service"
POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
FLAVOR = "kubernetes:kueue.x-k8s.io/v1beta2:ResourceFlavor"
RELEASE = "kubernetes:helm.sh/v3:Release"
GONE_SECONDS = 15


@pytest.fixture(scope="module")
def servers() -> Servers:
    why = lacking()
    if why:
        pytest.skip(f"no API server to ask: {why}")
    chosen = choose(Asked(REAL), print)
    assert chosen.servers is not None
    return chosen.servers


@pytest.fixture(scope="module")
def real(engine: Engine, servers: Servers) -> Iterator[Session]:
    with temporary(servers=servers) as session:
        yield session
    assert processes_of(session.folder) == []
    assert not session.folder.exists()


def named(name: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default"}, **more}


def policy(expression: str) -> dict[str, Any]:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    spec = {
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": expression, "message": "no"}],
    }
    return {"metadata": {"name": "tried"}, "spec": spec}


def test_outputs_are_what_the_server_returned(real: Session) -> None:
    stack = Stack(real, "outputs")

    def program() -> None:
        resource(SERVICE, "front", named("front", spec={"selector": {"a": "b"}, "ports": [{"port": 80}]}))

    assert stack.changes(program) == {"created": 2}
    stored = stack.state()["front"]["outputs"]
    assert stored["spec"]["clusterIP"].startswith("10.")
    assert stored["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    managers = {entry["manager"] for entry in stored["metadata"]["managedFields"]}
    assert any(manager.startswith("pulumi-kubernetes-") for manager in managers)
    assert stack.changes(program) == {}

    def changed() -> None:
        resource(SERVICE, "front", named("front", spec={"selector": {"a": "c"}, "ports": [{"port": 80}]}))

    assert stack.changes(changed) == {"updated": 1}
    assert stack.state()["front"]["outputs"]["spec"]["clusterIP"] == stored["spec"]["clusterIP"]
    stack.destroy()
    assert "Service default/front" in report.read(real.folder)[""].deleted


def test_a_preview_is_a_dry_run(real: Session) -> None:
    """The shape of the policy fits; only a server that compiles its expression knows better."""
    stack = Stack(real, "preview")
    refused = stack.preview(lambda: resource(POLICY, "policy", policy("object.spec.containers.all(")))
    assert refused.returncode
    assert "compilation failed" in one_line(refused.stdout)
    assert "answered by kube-apiserver" in one_line(refused.stdout)
    before = report.read(real.folder)[""].dry_runs
    accepted = stack.preview(lambda: resource(POLICY, "policy", policy("object.spec.containers.size() < 9")))
    assert accepted.returncode == 0, accepted.stdout
    assert report.read(real.folder)[""].dry_runs == before + 1
    assert stack.objects() == []


def test_definitions_come_before_custom_resources(real: Session) -> None:
    stack = Stack(real, "custom")
    flavor = {"metadata": {"name": "gpu"}, "spec": {"nodeLabels": {"pool": "gpu"}}}
    assert stack.changes(lambda: resource(FLAVOR, "flavor", flavor)) == {"created": 2}
    wrong = {**flavor, "spec": {"nodeLabels": ["pool"]}}
    refused = stack.up(lambda: resource(FLAVOR, "flavor", wrong))
    assert refused.returncode
    assert "spec.nodeLabels" in one_line(refused.stdout)
    assert report.read(real.folder)[""].definitions["kueue.x-k8s.io"].startswith("sigs.k8s.io/kueue v")


def test_a_release_without_its_chart_is_told(real: Session) -> None:
    stack = Stack(real, "release")
    release = {"name": "falco", "namespace": "default", "chart": "oci://registry.example.com/falco"}
    assert stack.changes(lambda: resource(RELEASE, "falco", release)) == {"created": 2}
    assert "default/falco" in report.read(real.folder)[""].not_rendered


def test_a_release_with_its_chart_is_rendered(real: Session, tmp_path: Path) -> None:
    if shutil.which("helm") is None:
        pytest.skip("no helm on PATH to render a chart with")
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: small\nversion: 1.0.0\n")
    (tmp_path / "templates" / "map.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-map}\n"
        "data: {key: {{ .Values.key }}}\n"
    )
    stack = Stack(real, "rendered")
    release = {"name": "small", "namespace": "default", "chart": str(tmp_path), "values": {"key": "value"}}
    assert stack.changes(lambda: resource(RELEASE, "small", release)) == {"created": 2}
    told = report.read(real.folder)[""]
    assert told.rendered == ["default/small (1 objects)"]
    api = Api(KubeConfig.from_file(told.kubeconfig))
    stored = api.get(Ref("v1", "ConfigMap", "small-map", "default"))
    assert stored is not None
    assert stored["data"] == {"key": "value"}
    stack.destroy()
    assert api.get(Ref("v1", "ConfigMap", "small-map", "default")) is None
    api.close()


def test_what_stood_before_is_stored_again(engine: Engine, servers: Servers, tmp_path: Path) -> None:
    def program() -> None:
        first = resource(CONFIG_MAP, "first", named("first", data={"key": "value"}))
        resource(CONFIG_MAP, "second", named("second"), pulumi.ResourceOptions(depends_on=[first]))

    with Session(tmp_path, engine=engine) as by_shape:
        stack = Stack(by_shape, "kept")
        assert stack.changes(program) == {"created": 3}
    assert not report.read(tmp_path)
    with Session(tmp_path, engine=engine, servers=servers) as session:
        stack.session = session
        assert stack.changes(program) == {}
        stack.changes(lambda: resource(CONFIG_MAP, "first", named("first", data={"key": "other"})))
        told = report.read(tmp_path)[""]
        assert (told.restored, told.refused) == (2, [])
        # Another content is another ConfigMap.
        assert told.stored == ["ConfigMap default/first"]
        assert sorted(told.deleted) == ["ConfigMap default/first", "ConfigMap default/second"]
    assert processes_of(tmp_path) == []
    assert not (tmp_path / "clusters").exists()


def test_a_killed_rehearsal_leaves_nothing(engine: Engine, servers: Servers, tmp_path: Path) -> None:
    with Session(tmp_path, engine=engine, servers=servers) as session:
        stack = Stack(session, "killed")
        stack.changes(lambda: resource(CONFIG_MAP, "first", named("first")))
        assert len(processes_of(tmp_path)) == 2
        session.kill()
        end = time.monotonic() + GONE_SECONDS
        while processes_of(tmp_path) or any((tmp_path / "clusters").iterdir()):
            assert time.monotonic() < end, processes_of(tmp_path)
            time.sleep(0.1)


def never(_recipe: Recipe) -> bool:
    return False


def test_without_go_the_shape_stays_and_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(Recipe, "is_built", never)
    chosen = choose(Asked(REAL), print)
    assert chosen == Chosen(None, chosen.why)
    assert "there is no Go on PATH to build etcd with" in chosen.why

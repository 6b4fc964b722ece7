"""The command as it is typed: output, exit status, owners, and one sentence for each kind of bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isolation.__main__ import main

TEMPLATE = "{metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}"
DEPLOYMENT = (
    f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{template: {TEMPLATE}}}}}"
)
POLICY = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: %s}"
OWNED = """
apiVersion: v1
kind: PodList
items:
- metadata:
    name: web-5d4f-x
    labels: {app: web, pod-template-hash: 5d4f}
    ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-5d4f, controller: true}]
  spec: {containers: [{name: c}]}
"""
EVERYONE = "0.0.0.0-255.255.255.255"


def run(folder: Path, text: str, *more: str) -> int:
    (folder / "nested").mkdir(exist_ok=True)
    (folder / "nested" / "x.yaml").write_text(text)
    return main(["connectivity", "--kubernetes", str(folder), *more])


def test_json_and_text_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = DEPLOYMENT + "\n---\n---\n" + POLICY % "{policyTypes: [Egress], podSelector: {}}"
    assert run(tmp_path, text, "--json") == 0
    row = {"src": EVERYONE, "dst": "default/web", "connections": ["ALL"]}
    assert json.loads(capsys.readouterr().out) == [row]
    assert run(tmp_path, text) == 0
    assert capsys.readouterr().out == f"{EVERYONE} -> default/web: ALL\n"


@pytest.mark.parametrize("text", [OWNED, OWNED + "---\n" + DEPLOYMENT])
def test_pods_count_for_their_deployment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert run(tmp_path, text, "--json") == 0
    assert {row["src"] for row in json.loads(capsys.readouterr().out)} == {EVERYONE, "default/web"}


def workload(kind: str, api: str, name: str, spec: str) -> str:
    return f"{{apiVersion: {api}, kind: {kind}, metadata: {{name: {name}}}, spec: {spec}}}"


def test_every_kind_of_workload_is_a_peer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = f"{{template: {TEMPLATE}}}"
    texts = [
        workload(kind, "apps/v1", kind.lower(), spec) for kind in ("StatefulSet", "DaemonSet", "ReplicaSet")
    ]
    texts.append(workload("Job", "batch/v1", "job", spec))
    texts.append(workload("CronJob", "batch/v1", "cronjob", f"{{jobTemplate: {{spec: {spec}}}}}"))
    texts.append(workload("StatefulSet", "apps/v1", "job", spec))
    assert run(tmp_path, "\n---\n".join(texts), "--json") == 0
    assert {row["src"] for row in json.loads(capsys.readouterr().out)} == {
        EVERYONE,
        *(f"default/{name}" for name in ("statefulset", "daemonset", "replicaset", "cronjob")),
        "default/job[Job]",
        "default/job[StatefulSet]",
    }


OUTSIDE = "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}]}]}"
BAD = {
    "a: [": "not YAML",
    "[1, 2]": "is no object; write apiVersion, kind and metadata",
    "a: 1": "has no kind; write one",
    "{{ .Values.x }}": "not YAML",
    "{apiVersion: v1, kind: List, items: 3}": "items of List is no list",
    "{apiVersion: v1, kind: Pod, metadata: {name: p}}": "spec: ",
    "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {v: 1}}}": "labels.v: must be text; put it",
    POLICY % "{podSelector: {}, igress: []}": "spec.igress: is no field of this object",
    POLICY % "{podSelector: {}, policyTypes: [Inbound]}": "spec.policyTypes[0]: ",
    POLICY % "{podSelector: {matchExpressions: [{key: a, operator: Is}]}}": "matchExpressions[0].operator: ",
    POLICY
    % "{podSelector: {matchExpressions: [{key: a, operator: In}]}}": "In needs values; write at least one",
    POLICY % "{ingress: [{from: [{}]}]}": "a peer is either selectors or an ipBlock",
    POLICY % "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]}": "has no prefix length; write",
    POLICY % OUTSIDE: "is no part of 10.0.0.0/8",
    POLICY % "{ingress: [{ports: [{port: 0}]}]}": "spec.ingress[0].ports[0].port: ",
    POLICY % "{ingress: [{ports: [{port: '80'}]}]}": "'80' is no port name",
    POLICY % "{ingress: [{ports: [{port: 90, endPort: 80}]}]}": "endPort 80 needs a number as port",
    POLICY % "{ingress: [{ports: [{protocol: ICMP}]}]}": "spec.ingress[0].ports[0].protocol: ",
    "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}}": "spec is missing",
    DEPLOYMENT
    + "\n---\n"
    + DEPLOYMENT.replace("app: web", "app: other"): "declares it differently; keep one",
    "[" * 3000: "",
}


@pytest.mark.parametrize(("text", "sentence"), BAD.items(), ids=range(len(BAD)))
def test_bad_input_ends_in_one_sentence_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    assert run(tmp_path, text) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.startswith("nested/x.yaml: ")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_a_folder_that_is_missing_or_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connectivity", "--kubernetes", str(tmp_path / "none")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert main(["connectivity", "--kubernetes", str(tmp_path)]) == 2
    assert "no file ends in .yaml" in capsys.readouterr().err

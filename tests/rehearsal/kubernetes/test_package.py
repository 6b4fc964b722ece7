"""The package as the engine's requests meet it: names, clusters, replacement, computed values, manifests."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rehearsal.kubernetes import PACKAGE
from rehearsal.model import UNKNOWN, Context, Existing, Refusal, Resource
from rehearsal.record import CloudRecord, RealmView

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


@pytest.fixture
def cloud(tmp_path: Path) -> CloudRecord:
    return CloudRecord(tmp_path / "record")


@pytest.fixture
def record(cloud: CloudRecord) -> RealmView:
    return RealmView(cloud, lambda _: "")


def kubeconfig(server: str = "https://one.example.com", **changes: Any) -> str:
    context = {"cluster": "c", "user": "u", **changes}
    parts = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "x", "context": context}],
        "current-context": "x",
    }
    return json.dumps(parts)


def resource(token: str, inputs: Mapping[str, Any], name: str = "web", **config: Any) -> Resource:
    urn = f"urn:pulumi:dev::p::{token}::{name}"
    return Resource(urn, token, name, inputs, Context("kubernetes", config))


def made(asked: Resource, record: RealmView) -> tuple[str, Mapping[str, Any]]:
    checked = PACKAGE.check(asked, None, record)
    assert not checked.refusals
    named = replace(asked, inputs=checked.inputs)
    id = PACKAGE.identify(named)
    return id, PACKAGE.outputs(named, id)


# Names


def test_an_automatic_name_is_marked_and_stays(record: RealmView) -> None:
    first = PACKAGE.check(resource(CONFIG_MAP, {}), None, record).inputs
    assert first["metadata"]["name"].startswith("web-")
    assert len(first["metadata"]["name"]) == len("web-") + 8
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    later = replace(resource(CONFIG_MAP, {"data": {"a": "b"}}), generation=1)
    assert PACKAGE.check(later, first, record).inputs["metadata"] == first["metadata"]
    assert not PACKAGE.delete_before_replace(replace(later, inputs=first), first)


def test_a_name_of_the_program_goes_first_when_it_is_replaced(record: RealmView) -> None:
    named = PACKAGE.check(resource(CONFIG_MAP, {"metadata": {"name": "fixed"}}), None, record).inputs
    assert "annotations" not in named["metadata"]
    assert PACKAGE.delete_before_replace(resource(CONFIG_MAP, named), named)
    moved = {"metadata": {"name": "fixed", "namespace": "other"}}
    assert not PACKAGE.delete_before_replace(resource(CONFIG_MAP, moved), named)


def test_the_engine_may_propose_a_name(record: RealmView) -> None:
    asked = replace(resource(CONFIG_MAP, {}), proposed_name="proposed")
    assert PACKAGE.check(asked, None, record).inputs["metadata"]["name"] == "proposed"


def test_a_patch_needs_the_name_of_its_object(record: RealmView) -> None:
    asked = resource("kubernetes:core/v1:ServiceAccountPatch", {"automountServiceAccountToken": False})
    (refusal,) = PACKAGE.check(asked, None, record).refusals
    assert refusal.path == "metadata.name"
    assert PACKAGE.adopts(asked.type)
    assert not PACKAGE.adopts("kubernetes:core/v1:ServiceAccount")


@pytest.mark.parametrize(
    ("config", "id"),
    [
        ({}, "default/x"),
        ({"namespace": "mine"}, "mine/x"),
        ({"kubeconfig": kubeconfig(namespace="apps")}, "apps/x"),
        ({"kubeconfig": kubeconfig(namespace="apps"), "namespace": "mine"}, "mine/x"),
    ],
)
def test_the_namespace_of_the_provider(record: RealmView, config: dict[str, Any], id: str) -> None:
    assert made(resource(CONFIG_MAP, {"metadata": {"name": "x"}}, **config), record)[0] == id


def test_cluster_scoped_kinds_have_no_namespace(cloud: CloudRecord, record: RealmView) -> None:
    metadata = {"metadata": {"name": "x"}}
    assert made(resource("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", metadata), record)[0] == "x"
    assert made(resource("kubernetes:cert-manager.io/v1:ClusterIssuer", metadata), record)[0] == "x"
    own = resource("kubernetes:example.com/v1:Planet", metadata)
    assert made(own, record)[0] == "default/x"
    names = {"kind": "Planet", "plural": "planets"}
    spec = {"group": "example.com", "names": names, "scope": "Cluster"}
    token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    cloud.create(Existing(token, "planets.example.com", "", {"spec": spec}, {}))
    assert made(own, record)[0] == "x"


# Refusals of whole objects


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("extensions/v1beta1:Deployment", "use apps/v1"),
        ("extensions/v1beta1:Ingress", "use networking.k8s.io/v1"),
        ("batch/v1beta1:CronJob", "use batch/v1"),
    ],
)
def test_removed_versions(record: RealmView, token: str, words: str) -> None:
    refusals = PACKAGE.check(
        resource(f"kubernetes:{token}", {"metadata": {"name": "x"}}), None, record
    ).refusals
    assert words in [refusal.remedy for refusal in refusals]


def test_lists_are_no_objects(record: RealmView) -> None:
    (refusal,) = PACKAGE.check(
        resource("kubernetes:core/v1:ConfigMapList", {"items": []}), None, record
    ).refusals
    assert refusal.remedy == "declare each ConfigMap by itself"


def test_a_namespace_must_be_there(cloud: CloudRecord, record: RealmView) -> None:
    asked = resource(CONFIG_MAP, {"metadata": {"name": "x", "namespace": "apps"}})
    refusal = PACKAGE.refuse_create(asked, "apps/x", record)
    assert refusal
    assert "'apps' does not exist" in refusal.problem
    cloud.create(Existing("kubernetes:core/v1:Namespace", "apps", "", {}, {}))
    assert PACKAGE.refuse_create(asked, "apps/x", record) is None


# Clusters


def test_a_kubeconfig_is_read() -> None:
    assert not PACKAGE.configure({"kubeconfig": kubeconfig()}).refusals
    assert not PACKAGE.configure({"kubeconfig": UNKNOWN}).refusals
    assert not PACKAGE.configure({}).refusals


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"kubeconfig": "no-such-file"}, "no file 'no-such-file'"),
        ({"kubeconfig": "{a: ["}, "not YAML"),
        ({"kubeconfig": "{a: b}"}, "no list `clusters`"),
        ({"kubeconfig": kubeconfig(), "context": "y"}, "no context named 'y'"),
        ({"kubeconfig": kubeconfig(cluster="z")}, "no cluster named 'z'"),
    ],
)
def test_a_broken_kubeconfig_is_refused(config: dict[str, Any], words: str) -> None:
    (refusal,) = PACKAGE.configure(config).refusals
    assert words in refusal.problem
    assert refusal.path == "kubeconfig"


def test_a_kubeconfig_may_be_a_path(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(kubeconfig("https://two.example.com"), "utf-8")
    by_path = PACKAGE.realm(CONFIG_MAP, Context("kubernetes", {"kubeconfig": str(file)}))
    by_text = PACKAGE.realm(CONFIG_MAP, Context("kubernetes", {"kubeconfig": file.read_text("utf-8")}))
    other = PACKAGE.realm(CONFIG_MAP, Context("kubernetes", {"kubeconfig": kubeconfig()}))
    assert by_path == by_text != other


@pytest.mark.parametrize(
    ("olds", "news", "keys"),
    [
        ({"kubeconfig": kubeconfig("a")}, {"kubeconfig": kubeconfig("a", user="v")}, []),
        ({"kubeconfig": kubeconfig("a")}, {"kubeconfig": kubeconfig("b")}, ["kubeconfig"]),
        ({"kubeconfig": kubeconfig("a")}, {"kubeconfig": UNKNOWN}, ["kubeconfig"]),
        (
            {"kubeconfig": kubeconfig("a"), "clusterIdentifier": "one"},
            {"kubeconfig": UNKNOWN, "clusterIdentifier": "one"},
            [],
        ),
        ({"clusterIdentifier": "one"}, {"clusterIdentifier": "two"}, ["clusterIdentifier"]),
    ],
)
def test_what_replaces_a_cluster(olds: dict[str, Any], news: dict[str, Any], keys: list[str]) -> None:
    assert list(PACKAGE.config_replaces(olds, news)) == keys


# Replacement


@pytest.mark.parametrize(
    ("config", "inputs", "mutable"),
    [
        ({}, {}, False),
        ({"enableConfigMapMutable": True}, {}, True),
        ({"enableConfigMapMutable": True}, {"immutable": True}, False),
    ],
)
def test_contents_replace_unless_they_are_mutable(
    config: dict[str, Any], inputs: dict[str, Any], mutable: bool
) -> None:
    paths = PACKAGE.replaced_by(resource(CONFIG_MAP, inputs, **config), {})
    assert ("data" not in paths) == mutable


def test_immutable_parts() -> None:
    assert "spec.selector" in PACKAGE.immutable("kubernetes:apps/v1:Deployment")
    assert "spec.template" in PACKAGE.immutable("kubernetes:batch/v1:Job")
    assert PACKAGE.immutable("kubernetes:apps/v1:DeploymentPatch") == {"metadata.name", "metadata.namespace"}


# Computed values


def test_a_load_balancer_has_the_clouds_kind_of_address(record: RealmView) -> None:
    spec = {"spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}
    service = "kubernetes:core/v1:Service"
    gke = made(resource(service, spec, kubeconfig=kubeconfig("https://203.0.113.9")), record)[1]
    assert set(gke["status"]["loadBalancer"]["ingress"][0]) == {"ip", "ipMode"}
    address = "https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com"
    eks = made(resource(service, spec, kubeconfig=kubeconfig(address)), record)[1]
    assert eks["status"]["loadBalancer"]["ingress"][0]["hostname"].endswith(".eu-west-1.elb.amazonaws.com")
    assert 30000 <= gke["spec.ports[0].nodePort"] <= 32767


def test_services_keep_the_address_they_ask_for(record: RealmView) -> None:
    spec = {"spec": {"clusterIP": "None", "ports": [{"port": 80}]}}
    outputs = made(resource("kubernetes:core/v1:Service", spec), record)[1]
    assert outputs["spec.clusterIP"] == "None"
    assert outputs["status"] == {"loadBalancer": {}}


def test_a_secret_shows_its_texts_encoded(record: RealmView) -> None:
    asked = resource("kubernetes:core/v1:Secret", {"data": {"a": "YQ=="}, "stringData": {"b": "bee"}})
    outputs = made(asked, record)[1]
    assert {key: base64.b64decode(value) for key, value in outputs["data"].items()} == {
        "a": b"a",
        "b": b"bee",
    }


def test_before_creation_status_and_addresses_are_unknown(record: RealmView) -> None:
    asked = resource(
        "kubernetes:core/v1:Service", {"metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}}
    )
    planned = PACKAGE.outputs(replace(asked, preview=True), "")
    assert planned["status"] is UNKNOWN
    assert planned["spec.clusterIP"] is UNKNOWN
    assert "metadata.uid" in planned
    unclear = replace(asked, inputs={"metadata": {"name": UNKNOWN}}, preview=True)
    assert "metadata.uid" not in PACKAGE.outputs(unclear, "")


@pytest.mark.parametrize(
    ("token", "spec", "status"),
    [
        ("apps/v1:Deployment", {"replicas": 3}, {"readyReplicas": 3, "availableReplicas": 3}),
        ("apps/v1:Deployment", {"replicas": 0}, {"readyReplicas": 0}),
        ("apps/v1:StatefulSet", {}, {"replicas": 1}),
        ("batch/v1:Job", {"completions": 4}, {"succeeded": 4}),
        ("core/v1:Pod", {}, {"phase": "Running"}),
        ("core/v1:Namespace", {}, {"phase": "Active"}),
        ("core/v1:PersistentVolumeClaim", {"accessModes": ["ReadWriteOnce"]}, {"phase": "Bound"}),
        ("policy/v1:PodDisruptionBudget", {}, {}),
    ],
)
def test_status(token: str, spec: dict[str, Any], status: dict[str, Any]) -> None:
    asked = resource(f"kubernetes:{token}", {"metadata": {"name": "x"}, "spec": spec})
    assert PACKAGE.outputs(asked, "default/x")["status"].items() >= status.items()


# Functions and components


def test_yaml_is_decoded(record: RealmView) -> None:
    text = "a: 2020-01-01\n---\n---\nkind: List\n1: x\n"
    args = {"text": text, "defaultNamespace": "apps"}
    answer = PACKAGE.invoke("kubernetes:yaml:decode", args, Context("kubernetes"), record)
    metadata = {"namespace": "apps"}
    assert answer == {
        "result": [
            {"a": "2020-01-01", "metadata": metadata},
            {"kind": "List", "1": "x", "metadata": metadata},
        ]
    }


@pytest.mark.parametrize(
    ("token", "args", "words"),
    [
        ("kubernetes:yaml:decode", {"text": "a: ["}, "not YAML"),
        ("kubernetes:yaml:decode", {"text": "- a"}, "document 1 is a list"),
        ("kubernetes:helm:template", {}, "helm.v3.Chart needs Helm's own templates"),
        ("kubernetes:kustomize:directory", {}, "does not run Kustomize"),
        ("kubernetes:other:thing", {}, "no function kubernetes:other:thing"),
    ],
)
def test_refused_functions(record: RealmView, token: str, args: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words.replace(".", r"\.")):
        PACKAGE.invoke(token, args, Context("kubernetes"), record)


def test_a_manifest_is_taken_apart() -> None:
    text = """
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: apps}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Namespace, metadata: {name: apps}}
"""
    children = PACKAGE.expand("kubernetes:yaml/v2:ConfigGroup", "all", {"yaml": text, "skipAwait": True})
    assert [child.type for child in children] == ["kubernetes:core/v1:Namespace", "kubernetes:core/v1:Secret"]
    assert [child.name for child in children] == ["all:apps", "all:apps/s"]
    assert (children[1].depends_on, children[1].secrets) == ([0], {"data", "stringData"})
    assert children[1].inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert PACKAGE.expand("kubernetes:yaml/v2:ConfigGroup", "all", {"yaml": UNKNOWN}) == []


@pytest.mark.parametrize(
    ("token", "inputs", "words"),
    [
        ("kubernetes:helm.sh/v4:Chart", {}, "helm.v4.Chart"),
        ("kubernetes:kustomize/v2:Directory", {}, "Kustomize"),
        ("kubernetes:yaml/v2:ConfigFile", {"file": "missing.yaml"}, "no file missing.yaml"),
        ("kubernetes:yaml/v2:ConfigFile", {"file": "https://example.com/a.yaml"}, "does not fetch"),
        ("kubernetes:yaml/v2:ConfigGroup", {"objs": [{"kind": "Pod"}]}, "no apiVersion"),
    ],
)
def test_refused_components(token: str, inputs: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words.replace(".", r"\.")):
        PACKAGE.expand(token, "x", inputs)


# Helm


def test_a_release_is_taken_at_its_word(record: RealmView) -> None:
    asked = resource(
        "kubernetes:helm.sh/v3:Release", {"chart": "oci://example.com/charts/nginx", "version": "1.2"}
    )
    id, outputs = made(asked, record)
    assert id.startswith("default/web-")
    assert outputs["status"]["status"] == "deployed"
    assert (outputs["status"]["chart"], outputs["version"]) == ("nginx", "1.2")
    assert PACKAGE.outputs(replace(asked, preview=True), "")["status"] is UNKNOWN


def test_a_release_name_has_its_own_limit(record: RealmView) -> None:
    asked = resource("kubernetes:helm.sh/v3:Release", {"chart": "nginx", "name": "n" * 54})
    (refusal,) = PACKAGE.check(asked, None, record).refusals
    assert refusal.remedy == "Helm takes at most 53"

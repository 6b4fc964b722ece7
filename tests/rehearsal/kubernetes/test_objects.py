"""What the API server refuses, one case per rule: the path, the words, and that there is a way out."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.kubernetes import kinds, names, objects, pods
from rehearsal.model import UNKNOWN

LABELS = {"app": "web"}


def pod(**changes: Any) -> dict[str, Any]:
    return {"containers": [{"name": "web", "image": "nginx", **changes}]}


def workload(
    spec: Mapping[str, Any] | None = None, labels: Mapping[str, Any] = LABELS, **more: Any
) -> dict[str, Any]:
    template = {"metadata": {"labels": labels}, "spec": spec or pod()}
    return {
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": LABELS}, "template": template, **more},
    }


def named(name: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **more}


def service(*ports: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return named("web", spec={"ports": list(ports), **more})


CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("core/v1:ConfigMap", named("My_Map"), "metadata.name", "'My_Map' is not allowed"),
    ("core/v1:Namespace", named("a.b"), "metadata.name", "not allowed"),
    ("core/v1:Service", named("1st", spec={"clusterIP": "None"}), "metadata.name", "not allowed"),
    (
        "core/v1:ConfigMap",
        {"metadata": {"name": "x", "labels": {"-a": "b"}}},
        "metadata.labels.-a",
        "not allowed",
    ),
    (
        "core/v1:ConfigMap",
        {"metadata": {"name": "x", "labels": {"a": "b c"}}},
        "metadata.labels.a",
        "not allowed",
    ),
    (
        "core/v1:ConfigMap",
        {"metadata": {"name": "x", "labels": {"a": True}}},
        "metadata.labels.a",
        "not a text",
    ),
    ("core/v1:ConfigMap", named("x", data={"a b": "c"}), 'data["a b"]', "not allowed"),
    ("core/v1:ConfigMap", named("x", data={"a": "x" * 1048577}), "data", "1048577 bytes"),
    (
        "core/v1:ConfigMap",
        named("x", data={"a": "b"}, binaryData={"a": "Yg=="}),
        'binaryData["a"]',
        "in data as well",
    ),
    ("core/v1:Secret", named("x", data={"a": "no base64!"}), 'data["a"]', "not base64"),
    (
        "core/v1:Secret",
        named("x", type="kubernetes.io/tls", stringData={"tls.crt": "c"}),
        "data",
        "no key 'tls.key'",
    ),
    ("apps/v1:Deployment", workload(labels={"app": "x"}), "spec.template.metadata.labels", "has app=x"),
    ("apps/v1:StatefulSet", workload(labels={}), "spec.template.metadata.labels", "no label app"),
    ("apps/v1:Deployment", workload(selector={}), "spec.selector", "empty"),
    ("apps/v1:Deployment", workload(replicas=-1), "spec.replicas", "too small"),
    (
        "apps/v1:Deployment",
        workload({**pod(), "restartPolicy": "Never"}),
        "spec.template.spec.restartPolicy",
        "Never",
    ),
    (
        "batch/v1:Job",
        named("x", spec={"template": {"spec": pod()}}),
        "spec.template.spec.restartPolicy",
        "missing",
    ),
    (
        "batch/v1:CronJob",
        named(
            "x",
            spec={
                "schedule": "daily",
                "jobTemplate": {"spec": {"template": {"spec": {**pod(), "restartPolicy": "Never"}}}},
            },
        ),
        "spec.schedule",
        "daily",
    ),
    ("core/v1:Pod", named("x", spec={"containers": []}), "spec.containers", "too few"),
    ("core/v1:Pod", named("x", spec=pod(name="Web")), "spec.containers[0].name", "not allowed"),
    ("core/v1:Pod", named("x", spec=pod(image="")), "spec.containers[0].image", "0 characters"),
    (
        "core/v1:Pod",
        named("x", spec={"containers": [*pod()["containers"], *pod()["containers"]]}),
        "spec.containers",
        "'web' is there twice",
    ),
    (
        "core/v1:Pod",
        named("x", spec=pod(ports=[{"containerPort": 0}])),
        "spec.containers[0].ports[0].containerPort",
        "too small",
    ),
    (
        "core/v1:Pod",
        named("x", spec=pod(ports=[{"containerPort": 1, "name": "a-very-long-name"}])),
        "spec.containers[0].ports[0].name",
        "16 characters",
    ),
    (
        "core/v1:Pod",
        named("x", spec=pod(volumeMounts=[{"name": "v", "mountPath": "/v"}])),
        "spec.containers[0].volumeMounts[0].name",
        "no volume 'v'",
    ),
    (
        "core/v1:Pod",
        named("x", spec=pod(env=[{"name": "a=b"}])),
        "spec.containers[0].env[0].name",
        "no variable name",
    ),
    (
        "core/v1:Pod",
        named("x", spec=pod(env=[{"name": "a", "value": "b", "valueFrom": {}}])),
        "spec.containers[0].env[0]",
        "both",
    ),
    (
        "core/v1:Pod",
        named("x", spec=pod(resources={"requests": {"memory": "2Gi"}, "limits": {"memory": "2G"}})),
        "spec.containers[0].resources.requests",
        "2Gi memory",
    ),
    (
        "core/v1:Pod",
        named("x", spec=pod(resources={"limits": {"cpu": "lots"}})),
        'spec.containers[0].resources.limits["cpu"]',
        "'lots'",
    ),
    (
        "core/v1:Pod",
        named("x", spec=pod(livenessProbe={"periodSeconds": 3})),
        "spec.containers[0].livenessProbe",
        "nothing",
    ),
    ("core/v1:Service", service({"port": 0}), "spec.ports[0].port", "too small"),
    ("core/v1:Service", service({"port": 1}, {"port": 2, "name": "b"}), "spec.ports[0].name", "missing"),
    (
        "core/v1:Service",
        service({"port": 1, "name": "a"}, {"port": 2, "name": "a"}),
        "spec.ports",
        "'a' is there twice",
    ),
    ("core/v1:Service", service({"port": 80, "nodePort": 80}), "spec.ports[0].nodePort", "too small"),
    ("core/v1:Service", service({"port": 80}, clusterIP="web"), "spec.clusterIP", "no address"),
    ("core/v1:Service", service({"port": 80}, type="External"), "spec.type", "External"),
    (
        "core/v1:Service",
        service({"port": 80}, externalTrafficPolicy="Local"),
        "spec.externalTrafficPolicy",
        "not taken",
    ),
    ("core/v1:Service", named("x", spec={"selector": LABELS}), "spec.ports", "missing"),
    (
        "core/v1:Namespace",
        {"metadata": {"name": "x", "labels": {"pod-security.kubernetes.io/enforce": "strict"}}},
        'metadata.labels["pod-security.kubernetes.io/enforce"]',
        "no level 'strict'",
    ),
    ("core/v1:ResourceQuota", named("x", spec={"hard": {"pods": "many"}}), 'spec.hard["pods"]', "'many'"),
    (
        "core/v1:PersistentVolumeClaim",
        named("x", spec={"accessModes": ["ReadWriteOnce"]}),
        "spec.resources.requests.storage",
        "missing",
    ),
    (
        "autoscaling/v2:HorizontalPodAutoscaler",
        named("x", spec={"minReplicas": 5, "maxReplicas": 3}),
        "spec.minReplicas",
        "more than maxReplicas 3",
    ),
    (
        "policy/v1:PodDisruptionBudget",
        named("x", spec={"minAvailable": 1, "maxUnavailable": 1}),
        "spec.minAvailable",
        "together",
    ),
    (
        "rbac.authorization.k8s.io/v1:RoleBinding",
        named("x", subjects=[{"kind": "ServiceAccount", "name": "a"}], roleRef={"kind": "Role"}),
        "subjects[0].namespace",
        "missing",
    ),
    (
        "networking.k8s.io/v1:NetworkPolicy",
        named(
            "x", spec={"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}]}
        ),
        "spec.egress[0].to[0].ipBlock.except[0]",
        "not a part of 10.0.0.0/8",
    ),
    (
        "networking.k8s.io/v1:NetworkPolicy",
        named("x", spec={"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/33"}}]}]}),
        "spec.egress[0].to[0].ipBlock.cidr",
        "no address range",
    ),
    (
        "networking.k8s.io/v1:Ingress",
        named("x", spec={"rules": [{"http": {"paths": [{"path": "a", "pathType": "Prefix"}]}}]}),
        "spec.rules[0].http.paths[0].path",
        "refused",
    ),
]


@pytest.mark.parametrize(("token", "inputs", "path", "words"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_refused(token: str, inputs: dict[str, Any], path: str, words: str) -> None:
    kind = kinds.parse(f"kubernetes:{token}")
    assert kind
    (refusal,) = objects.judge(kind, inputs)
    assert refusal.path == path
    assert words in refusal.problem
    assert refusal.remedy


@pytest.mark.parametrize(("token", "inputs", "path", "words"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_unknown_parts_are_passed_over(token: str, inputs: dict[str, Any], path: str, words: str) -> None:
    """The same objects with every leaf unknown, and with every top-level part unknown: nothing may raise."""
    kind = kinds.parse(f"kubernetes:{token}")
    assert kind
    # Names of keys stay known, so a case about one is refused all the same, and nothing else is.
    assert {refusal.path for refusal in objects.judge(kind, _blurred(inputs))} <= {path}
    assert not list(objects.judge(kind, dict.fromkeys(inputs, UNKNOWN)))
    assert words


def _blurred(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _blurred(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_blurred(item) for item in cast("list[Any]", value)]
    return UNKNOWN


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("apps/v1:Deployment", workload()),
    ("apps/v1:Deployment", workload(replicas=0)),
    ("core/v1:Service", named("web", spec={"clusterIP": "None", "selector": LABELS})),
    ("core/v1:Service", named("web", spec={"type": "ExternalName", "externalName": "db.example.com"})),
    ("core/v1:Service", service({"port": 80, "nodePort": 30080}, type="NodePort")),
    ("rbac.authorization.k8s.io/v1:ClusterRole", named("system:reader")),
    ("core/v1:Pod", named("x", spec=pod(resources={"requests": {"cpu": "0.5"}, "limits": {"cpu": "500m"}}))),
    ("core/v1:Pod", named("x", spec=pod(resources={"limits": {"nvidia.com/gpu": 1}}))),
    ("core/v1:Secret", named("x", data={"a": "Yg=="}, stringData={"b": "c"})),
    (
        "batch/v1:CronJob",
        named(
            "x",
            spec={
                "schedule": "*/5 1-3 * * mon",
                "jobTemplate": {"spec": {"template": {"spec": {**pod(), "restartPolicy": "OnFailure"}}}},
            },
        ),
    ),
    ("core/v1:ServiceAccountPatch", named("default")),
    ("cert-manager.io/v1:Certificate", named("web", spec={"anything": ["goes"]})),
    (
        "apps/v1:StatefulSet",
        workload(
            pod(volumeMounts=[{"name": "data", "mountPath": "/data"}]),
            volumeClaimTemplates=[{"metadata": {"name": "data"}}],
        ),
    ),
]


@pytest.mark.parametrize(("token", "inputs"), ACCEPTED)
def test_accepted(token: str, inputs: dict[str, Any]) -> None:
    kind = kinds.parse(f"kubernetes:{token}")
    assert kind
    assert [refusal.sentence() for refusal in objects.judge(kind, inputs)] == []


@given(st.integers(0, 10**9), st.sampled_from(["Ki", "Mi", "Gi", "Ti"]))
def test_binary_quantities(number: int, suffix: str) -> None:
    assert pods.quantity(f"{number}{suffix}") == number * 1024 ** (["Ki", "Mi", "Gi", "Ti"].index(suffix) + 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1500m", "1.5"), ("2k", "2000"), ("1e3", "1000"), (".5", "0.5"), ("x", None), (UNKNOWN, None)],
)
def test_quantities(text: Any, value: str | None) -> None:
    amount = pods.quantity(text)
    assert (None if amount is None else float(amount)) == (None if value is None else float(value))


@given(st.from_regex(r"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z"))
def test_every_dns_label_is_a_label_value(text: str) -> None:
    """RFC 1123 labels are what the documentation's syntax of values contains."""
    assert names.FORMATS["label"].fits(text)
    assert names.FORMATS["label_value"].fits(text)
    assert names.FORMATS["subdomain"].fits(f"{text}.{text}")

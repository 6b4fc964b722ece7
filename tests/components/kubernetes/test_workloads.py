"""Workloads: exact objects, hardened pods, weights that are verified before anything reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from components.kubernetes import gateway, runtime_security, weights
from components.kubernetes.autoscaling import Autoscaling, AutoscalingArgs
from components.kubernetes.gpu_metrics import GpuMetrics, GpuMetricsArgs
from components.kubernetes.model_server import Front, KeyStore, ModelServer
from components.kubernetes.model_tests import ModelTests, ModelTestsArgs
from components.kubernetes.queueing import Queueing, QueueingArgs
from components.kubernetes.runtime_security import RuntimeSecurity, RuntimeSecurityArgs
from components.kubernetes.tenants import Role
from components.kubernetes.training_job import TrainingJob
from tests.components.kubernetes.samples import NAME, NODES, ground, job_args, server_args, stores
from tests.components.recorder import Made, build, differences, value

POD_OF = {
    "kubernetes:apps/v1:Deployment": "spec.template.spec",
    "kubernetes:batch/v1:Job": "spec.template.spec",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
}


def workloads(made: list[Made]) -> list[Made]:
    """Without the ground they stand on."""
    ground_urn = next(each.urn for each in made if each.type == "palisade:index:Platform")
    return [each for each in made if ground_urn not in (each.urn, each.parent)]


@cache
def training() -> tuple[Made, ...]:
    def program() -> None:
        ready = ground(Role.TRAINING)
        args = QueueingArgs(ready=ready, gpus=16, cpus=128, memory_gib=1024, node_labels=NODES)
        queue = Queueing(f"{NAME}-queueing", args).queue
        TrainingJob(f"{NAME}-trainer", job_args(ready, queue))
        ModelTests(f"{NAME}-tests", ModelTestsArgs(ready=ready, stores=stores(), nightly=True))
        RuntimeSecurity(f"{NAME}-runtime", RuntimeSecurityArgs(ready=ready))
        monitored = GpuMetricsArgs(ready=ready, node_labels=NODES, monitor="monitoring.googleapis.com/v1")
        GpuMetrics(f"{NAME}-gpus", monitored)

    return tuple(workloads(build(program)))


def inference(**changes: Any) -> list[Made]:
    def program() -> None:
        ready = ground(Role.INFERENCE)
        scaler = Autoscaling(f"{NAME}-autoscaling", AutoscalingArgs(ready=ready)).scaler
        ModelServer(f"{NAME}-models", server_args(ready, scaler, **changes))

    return workloads(build(program))


@cache
def usual() -> tuple[Made, ...]:
    return tuple(inference())


def of(made: list[Made] | tuple[Made, ...], kind: str) -> list[Made]:
    return [each for each in made if each.type.rpartition(":")[2] == kind]


def pods(made: tuple[Made, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in made:
        if each.type in POD_OF:
            yield each.name, value(each, POD_OF[each.type])


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def test_inventories() -> None:
    assert differences(list(training()), "training-workloads") == []
    assert differences(list(usual()), "inference-workloads") == []


@pytest.mark.parametrize(("name", "pod"), [*pods(training()), *pods(usual())])
def test_every_pod_is_hardened(name: str, pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 2000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert not [volume for volume in volumes.values() if "hostPath" in volume]
    for container in containers(pod):
        own = container["securityContext"]
        assert own == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert container["resources"]["limits"] == container["resources"]["requests"]
        assert {"cpu", "memory", "ephemeral-storage"} <= set(container["resources"]["limits"])
        assert "@sha256:" in container["image"]
        assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes)


@pytest.mark.parametrize("made", [training(), usual()], ids=["training", "inference"])
def test_weights_are_verified_in_the_pod_and_read_only_after_that(made: tuple[Made, ...]) -> None:
    checked = 0
    for _, pod in pods(made):
        first = pod.get("initContainers", [{}])[0]
        if first.get("name") != "weights":
            continue
        checked += 1
        assert "--key" in first["args"]
        for container in containers(pod)[1:]:
            for mount in container["volumeMounts"]:
                if mount["name"] == weights.WEIGHTS_VOLUME:
                    assert mount["readOnly"] is True
        (volume,) = [each for each in pod["volumes"] if each["name"] == weights.WEIGHTS_VOLUME]
        assert "emptyDir" in volume
    assert checked == 1


def test_a_broken_signature_ends_the_job_and_the_job_stays_when_it_is_done() -> None:
    (job,) = of(training(), "Job")
    rules = value(job, "spec.podFailurePolicy.rules")
    assert rules[0]["action"] == "FailJob"
    assert rules[0]["onExitCodes"]["values"] == [weights.TAMPERED]
    assert value(job, "spec.ttlSecondsAfterFinished") is None
    assert value(job, "spec.suspend") is True
    assert job.ignore_changes == ("spec.suspend",)


def test_the_server_listens_on_loopback_and_only_the_gateway_has_a_port() -> None:
    (deployment,) = of(usual(), "Deployment")
    pod = value(deployment, POD_OF[deployment.type])
    (server,) = pod["containers"]
    assert server["args"][server["args"].index("--host") + 1] == "127.0.0.1"
    assert "ports" not in server
    held = server["args"][server["args"].index("--override-generation-config") + 1]
    assert json.loads(held) == {"max_new_tokens": 2048}
    (front,) = [each for each in pod["initContainers"] if each["name"] == "gateway"]
    assert front["restartPolicy"] == "Always"
    assert [port["containerPort"] for port in front["ports"]] == [gateway.PORT]
    assert value(deployment, "spec.replicas") is None


def test_the_gateway_knows_each_callers_budget_and_where_its_name_is() -> None:
    (held,) = [each for each in of(usual(), "ConfigMap") if "envoy.json" in (value(each, "data") or {})]
    text = value(held, "data")["envoy.json"]
    assert "TOKENS_PER_MINUTE = 100000\\n" in text
    assert 'TOKEN_HEADER = \\"x-goog-iap-jwt-assertion\\"' in text


def test_without_api_keys_or_a_screen_nothing_of_them_is_there() -> None:
    made = inference(callers=(), keys=None, screen_host=None, screen_template=None)
    assert not of(made, "SecretProviderClass")
    (deployment,) = of(made, "Deployment")
    volumes = {each["name"] for each in value(deployment, POD_OF[deployment.type])["volumes"]}
    assert "keys" not in volumes


def test_a_pod_that_goes_has_time_to_finish() -> None:
    (deployment,) = of(usual(), "Deployment")
    pod = value(deployment, POD_OF[deployment.type])
    (server,) = pod["containers"]
    drain = server["lifecycle"]["preStop"]["sleep"]["seconds"]
    finish = int(server["args"][server["args"].index("--shutdown-timeout") + 1])
    assert drain + finish < pod["terminationGracePeriodSeconds"]


def test_detection_fetches_nothing_and_its_rules_can_be_read() -> None:
    (release,) = [each for each in of(training(), "Release") if value(each, "name") == "falco"]
    values = value(release, "values")
    assert values["driver"]["loader"]["enabled"] is False
    assert values["falcoctl"]["artifact"] == {"install": {"enabled": False}, "follow": {"enabled": False}}
    rules = yaml.safe_load(values["customRules"]["palisade.yaml"])
    assert {"macro", "rule"} == {key for entry in rules for key in entry if key in {"macro", "rule"}}
    assert runtime_security.NAMESPACE == "guard"


def test_every_chart_comes_from_the_registry_by_digest() -> None:
    for release in [*of(training(), "Release"), *of(usual(), "Release")]:
        assert value(release, "chart").startswith("oci://europe-west4-docker.pkg.dev/acme-ai-test/")
        assert "@sha256:" in value(release, "chart")
        assert value(release, "createNamespace") is False


@pytest.mark.parametrize("argument", ["host", "privileged", "image", "skip_verification"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        inference(**{argument: "x"})


def test_an_edge_outside_reaches_servers_by_an_address_of_the_network_only() -> None:
    store = KeyStore("driver.example.com", "azure", "secrets-store.csi.x-k8s.io/v1", {"objects": "[]"})
    inside = Front(address="10.64.159.254", host="inside.example.com", store=store)

    def program() -> None:
        ready = ground(Role.INFERENCE)
        scaler = Autoscaling(f"{NAME}-autoscaling", AutoscalingArgs(ready=ready)).scaler
        ModelServer(f"{NAME}-models", server_args(ready, scaler, front=inside))

    made = workloads(build(program))
    services = [each for each in made if each.type == "kubernetes:core/v1:Service"]
    assert sorted(value(each, "spec.type") for each in services) == ["ClusterIP", "LoadBalancer"]
    (front,) = [each for each in services if value(each, "spec.type") == "LoadBalancer"]
    annotations = value(front, "metadata.annotations")
    assert annotations["service.beta.kubernetes.io/azure-load-balancer-ipv4"] == inside.address
    assert value(front, "spec.externalTrafficPolicy") == "Local"
    assert value(front, "spec.allocateLoadBalancerNodePorts") is False
    classes = {value(each, "metadata.name") for each in made if each.type.endswith(":SecretProviderClass")}
    assert classes == {"api-keys", "front"}

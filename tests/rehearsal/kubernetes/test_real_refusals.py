"""What a real API server refuses and admits of the guarantees of `components/kubernetes`, in our words.

One server of each pinned version is started for all tests here; where it cannot be had, the reason is
printed. Pods are asked for by dry run, which goes through all of admission and stores nothing. Pod Security
comes before our policies, so what both refuse is asked for as a pod template, which only our policies judge.
The server tells one policy's refusal, any of them: each pod here breaks one, or is asked for as a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from components.kubernetes.admission import table
from components.kubernetes.software import catalogue
from rehearsal.kubernetes.real.api import Ref
from rehearsal.model import Refusal
from tests.components.kubernetes.samples import PREFIX
from tests.rehearsal.kubernetes.real_platform import Ground, objects, running
from tools.servers import NEWEST, VERSIONS, is_built, lacking

DIGEST = f"sha256:{'a' * 64}"
# A released digest does not make a foreign registry ours.
TRAINER = catalogue().images["trainer"].digest
UNSIGNED = f"{PREFIX}-images/trainer@{DIGEST}"
JOB, SERVER = "Job training/trainer", "Deployment inference/models"
Spec = dict[str, Any]


@pytest.fixture(scope="module", params=VERSIONS)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The server with our platform on it."""
    version = str(request.param)
    built = version == NEWEST or is_built(version)
    why = lacking(version) if built else f"`python -m tools.servers {version}` builds it"
    if why:
        pytest.skip(f"no API server {version} to ask: {why}")
    with running(version, tmp_path_factory.mktemp("real")) as ready:
        yield ready


@dataclass(frozen=True)
class Case:
    """One insecure pod, made of our own trainer's, and the policy that must refuse it."""

    name: str
    policy: str
    words: str
    """Where the policy's message begins, to find the whole of it."""
    change: Callable[[Spec], object]
    as_template: bool = False
    namespace: str = "training"
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def message(self) -> str:
        """The policy's own message."""
        found = [each.message for each in table()[self.policy].validations]
        return next(message for message in found if message.startswith(self.words))


def first(spec: Spec) -> Spec:
    return spec["containers"][0]


def nothing(_spec: Spec) -> None:
    """The pod as it is; the place or a label is what is wrong."""


def without_gpus(spec: Spec) -> None:
    for container in [*spec["containers"], *spec["initContainers"]]:
        for kind in ("limits", "requests"):
            container["resources"][kind].pop("nvidia.com/gpu", None)


def volume(spec: Spec, source: Mapping[str, Any]) -> None:
    spec.setdefault("volumes", []).append({"name": "added", **source})


TOKEN = {"projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "other"}}]}}
CASES = [
    Case(
        "a privileged pod",
        "hardening",
        "a container is privileged",
        lambda spec: first(spec)["securityContext"].update(privileged=True, allowPrivilegeEscalation=True),
        as_template=True,
    ),
    Case(
        "a host path",
        "hardening",
        "the pod reaches its node",
        lambda spec: volume(spec, {"hostPath": {"path": "/"}}),
        True,
    ),
    Case(
        "the host's network",
        "hardening",
        "the pod reaches its node",
        lambda spec: spec.update(hostNetwork=True),
        True,
    ),
    Case(
        "a root that can be written",
        "hardening",
        "a container can write",
        lambda spec: first(spec)["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    Case(
        "a tag",
        "images",
        "an image has no digest",
        lambda spec: first(spec).update(image=f"{PREFIX}-images/trainer:1.0"),
        as_template=True,
    ),
    Case(
        "a foreign registry",
        "images",
        "an image comes from elsewhere",
        lambda spec: first(spec).update(image=f"docker.io/library/trainer@{TRAINER}"),
    ),
    Case(
        "a foreign image volume",
        "images",
        "an image comes from elsewhere",
        lambda spec: volume(spec, {"image": {"reference": f"docker.io/library/data@{TRAINER}"}}),
    ),
    Case(
        "an unsigned digest",
        "released",
        "an image is not released",
        lambda spec: first(spec).update(image=UNSIGNED),
    ),
    Case(
        "an unsigned digest that prepares",
        "released",
        "an image is not released",
        lambda spec: spec["initContainers"][0].update(image=UNSIGNED),
    ),
    Case(
        "an unsigned image volume",
        "released",
        "an image is not released",
        lambda spec: volume(spec, {"image": {"reference": UNSIGNED}}),
    ),
    Case(
        "accelerators in the wrong namespace", "gpus", "accelerators are not", nothing, namespace="pipeline"
    ),
    Case(
        "a namespace without guards",
        "places",
        "the namespace has no guards",
        without_gpus,
        namespace="default",
    ),
    Case(
        "a mounted token",
        "tokens",
        "the pod would hold a token",
        lambda spec: spec.update(automountServiceAccountToken=True),
    ),
    Case("a token mounted by hand", "tokens", "a token is mounted by hand", lambda spec: volume(spec, TOKEN)),
    Case(
        "passing over signatures",
        "break-glass",
        "the break-glass label",
        nothing,
        labels={"image-policy.k8s.io/break-glass": "true"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_refused(case: Case, ground: Ground) -> None:
    spec = ground.pod_of(JOB)
    if case.namespace != "training":
        spec["serviceAccountName"] = spec["serviceAccount"] = "default"
    case.change(spec)
    ask = ground.try_deployment if case.as_template else ground.try_pod
    with pytest.raises(Refusal) as refused:
        ask(spec, case.namespace, case.labels)
    assert case.message in refused.value.problem


@pytest.mark.parametrize("workload", [JOB, SERVER])
def test_what_is_ours_is_stored_and_its_pods_are_admitted(workload: str, ground: Ground) -> None:
    stored = ground.stored[workload]
    assert stored["metadata"]["uid"]
    namespace = stored["metadata"]["namespace"]
    spec = {**ground.pod_of(workload), "restartPolicy": "Never"}
    ground.try_pod(spec, namespace, stored["spec"]["template"]["metadata"]["labels"])


def test_everything_the_components_build_is_stored(ground: Ground) -> None:
    assert {each.type.rpartition(":")[2] for each in objects()} == {key.split()[0] for key in ground.stored}


BARE: Mapping[str, Callable[[Spec], object]] = {
    "privileged": CASES[0].change,
    "host path": CASES[1].change,
    "root": lambda spec: spec["securityContext"].update(runAsNonRoot=False, runAsUser=0),
}


@pytest.mark.parametrize("change", BARE.values(), ids=BARE)
def test_pod_security_refuses_the_pod_itself(change: Callable[[Spec], object], ground: Ground) -> None:
    spec = ground.pod_of(JOB)
    change(spec)
    with pytest.raises(Refusal, match=r'violates PodSecurity "restricted:v1\.34"'):
        ground.try_pod(spec, "training", {})


def test_the_quota_holds_accelerators(ground: Ground) -> None:
    spec = ground.pod_of(JOB)
    for kind in ("limits", "requests"):
        first(spec)["resources"][kind]["nvidia.com/gpu"] = "9"
    with pytest.raises(Refusal, match=r"exceeded quota: quota, requested: requests.nvidia.com/gpu=9"):
        ground.try_pod(spec, "training", {})


def test_only_the_deployer_changes_guard_labels(ground: Ground) -> None:
    message = table()["guard-labels"].validations[0].message
    ref = Ref("v1", "Namespace", "training")
    change = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
    with pytest.raises(Refusal) as refused:
        ground.somebody.apply(ref, change, "test", dry=True, force=True)
    assert message in refused.value.problem
    ground.deployer.apply(ref, change, "test", dry=True, force=True)


def test_an_open_network_policy_is_refused(ground: Ground) -> None:
    messages = [each.message for each in table()["network-policies"].validations]
    open_to_all: Spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}
    ref = Ref("networking.k8s.io/v1", "NetworkPolicy", "tried", "training")
    with pytest.raises(Refusal) as refused:
        ground.deployer.apply(ref, {"spec": open_to_all}, "test", dry=True)
    assert any(message in refused.value.problem for message in messages), refused.value.problem


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"dnsNames": ["models.identity.svc"]}, "a certificate names what lies in another namespace"),
        ({"dnsNames": ["models.inference.svc"], "isCA": True}, "a workload's certificate is no authority"),
    ],
    ids=["another namespace's name", "an authority"],
)
def test_a_certificate_beyond_its_namespace_is_refused(spec: Spec, words: str, ground: Ground) -> None:
    ref = Ref("cert-manager.io/v1", "Certificate", "tried", "inference")
    issuer = {"secretName": "tried", "issuerRef": {"name": "cluster", "kind": "ClusterIssuer"}}
    with pytest.raises(Refusal, match=words):
        ground.deployer.apply(ref, {"spec": {**issuer, **spec}}, "test", dry=True)

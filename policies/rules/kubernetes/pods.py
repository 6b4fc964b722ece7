"""What pods may be: the part of `policies/rules/kubernetes.yaml` about pods and whatever makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource
from policies.framework.rule import Finding, NotApplicable, Phase, check
from policies.framework.values import View

# Where each kind keeps the specification of its pods.
POD_OF = {
    "kubernetes:core/v1:Pod": "spec",
    "kubernetes:core/v1:ReplicationController": "spec.template.spec",
    "kubernetes:apps/v1:Deployment": "spec.template.spec",
    "kubernetes:apps/v1:StatefulSet": "spec.template.spec",
    "kubernetes:apps/v1:DaemonSet": "spec.template.spec",
    "kubernetes:apps/v1:ReplicaSet": "spec.template.spec",
    "kubernetes:batch/v1:Job": "spec.template.spec",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
}
JOB = "kubernetes:batch/v1:Job"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
DIGEST = re.compile(r"[^@\s]+@sha256:[a-f0-9]{64}")
# What a pod may say for all of its containers.
SHARED = {"runAsNonRoot": (True,), "seccompProfile.type": ("RuntimeDefault", "Localhost")}
NOISE = "GRADIENT_NOISE"
ACCELERATORS = ("nvidia.com/", "amd.com/", "google.com/tpu", "aws.amazon.com/neuron")


def _pod(resource: Resource) -> View:
    return resource.at(POD_OF[resource.type])


def _containers(pod: View) -> Iterator[View]:
    for path in ("initContainers", "containers"):
        yield from pod.at(path).items()


def _asks_for_accelerators(container: View) -> bool:
    asked = [container.at(f"resources.{path}").keys() for path in ("limits", "requests")]
    return any(key.startswith(ACCELERATORS) for keys in asked for key in keys)


@check("pods-run-as-nobody", *POD_OF)
def runs_as_nobody(resource: Resource) -> Iterator[Finding]:
    pod = _pod(resource)
    for container in _containers(pod):
        own = container.at("securityContext")
        yield from must_be(own.at("allowPrivilegeEscalation"), False)
        yield from must_be(own.at("readOnlyRootFilesystem"), True)
        if "ALL" not in (own.at("capabilities.drop").value or []):
            yield Finding(f"{own.path}.capabilities.drop lacks ALL")
        yield from must_be_absent(own.at("capabilities.add"))
        for name, wanted in SHARED.items():
            # A container's own word comes before its pod's.
            said = own.at(name) if not own.at(name).missing else pod.at(f"securityContext.{name}")
            yield from must_be(said, *wanted)


@check("pods-do-not-reach-their-node", *POD_OF)
def does_not_reach_its_node(resource: Resource) -> Iterator[Finding]:
    pod = _pod(resource)
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        yield from must_not_be(pod.at(name), True)
    for volume in pod.at("volumes").items():
        yield from must_be_absent(volume.at("hostPath"))
    for container in _containers(pod):
        yield from must_not_be(container.at("securityContext.privileged"), True)
        for port in container.at("ports").items():
            yield from must_be_absent(port.at("hostPort"))


@check("pods-hold-no-token", *POD_OF)
def holds_no_token(resource: Resource) -> Iterator[Finding]:
    pod = _pod(resource)
    yield from must_be(pod.at("automountServiceAccountToken"), False)
    for volume in pod.at("volumes").items():
        for source in volume.at("projected.sources").items():
            token = source.at("serviceAccountToken")
            if not token.missing and token.at("audience").missing:
                yield Finding(f"{token.path} is a token of the API server")


@check("pods-hold-no-token", ACCOUNT)
def account_mounts_no_token(account: Resource) -> Iterator[Finding]:
    yield from must_be(account.at("automountServiceAccountToken"), False)


@check("images-are-named-by-digest", *POD_OF)
def names_images_by_digest(resource: Resource) -> Iterator[Finding]:
    for container in _containers(_pod(resource)):
        image = container.at("image")
        yield from must_be_set(image)
        if not image.missing and not DIGEST.fullmatch(image.text):
            yield Finding(f"{image.path} has no digest")


@check("containers-have-limits", *POD_OF)
def has_limits(resource: Resource) -> Iterator[Finding]:
    for container in _containers(_pod(resource)):
        for name in ("cpu", "memory"):
            yield from must_be_set(container.at(f"resources.limits.{name}"))


@check("training-verifies-its-weights", *POD_OF)
def verifies_its_weights(resource: Resource) -> Iterator[Finding]:
    pod = _pod(resource)
    with_accelerators = [each for each in pod.at("containers").items() if _asks_for_accelerators(each)]
    if not with_accelerators:
        raise NotApplicable("it asks for no accelerator")
    verified = {
        mount.at("name").text
        for container in pod.at("initContainers").items()
        if container.at("name").text == "weights"
        for mount in container.at("volumeMounts").items()
        if mount.at("readOnly").value is not True
    }
    volumes = pod.at("volumes").items()
    own = {volume.at("name").text for volume in volumes if not volume.at("emptyDir").missing}
    for container in with_accelerators:
        read_only = {
            mount.at("name").text
            for mount in container.at("volumeMounts").items()
            if mount.at("readOnly").value is True
        }
        if not verified & own & read_only:
            yield Finding(
                f"{container.path} mounts nothing, read-only, that an init container `weights` filled"
            )


@check("jobs-keep-their-record", JOB)
def keeps_its_record(job: Resource) -> Iterator[Finding]:
    yield from must_be_absent(job.at("spec.ttlSecondsAfterFinished"))


@check("private-training-adds-noise", JOB)
def adds_noise(job: Resource) -> Iterator[Finding]:
    if not job.situation.sensitive:
        raise NotApplicable("no personal data is on the platform")
    if not Phase.ADVANCED.reached(job.situation.phase):
        raise NotApplicable("it begins with phase advanced")
    training = [each for each in _pod(job).at("containers").items() if _asks_for_accelerators(each)]
    if not training:
        raise NotApplicable("it asks for no accelerator, so it trains nothing")
    for container in training:
        named = [each for each in container.at("env").items() if each.at("name").text == NOISE]
        if not any(_positive(each.at("value")) for each in named):
            yield Finding(f"{container.path}.env has no {NOISE} above 0")


def _positive(noise: View) -> bool:
    try:
        return float(noise.text or 0) > 0
    except ValueError:
        return False

"""What controllers and nodes report of workloads: replicas, phases, conditions.

Leaves out: whether an image exists or a program starts. Every replica is ready, every Job has completed.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from rehearsal import paths, seeds
from rehearsal.model import Resource

# The moment every rehearsed object was made, so that no run depends on the clock.
CREATED: Final = "2025-01-01T00:00:00Z"
# The pod range of a kubeadm cluster with flannel, and a node range inside 10.0.0.0/8.
_PODS: Final = "10.244.0.0/16"
_NODES: Final = "10.128.0.0/20"


def deployment(resource: Resource) -> dict[str, Any]:
    """Return replica counts and conditions of a Deployment that is complete."""
    total = count(resource)
    numbers = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "updatedReplicas"), total)
    reasons = {"Available": "MinimumReplicasAvailable", "Progressing": "NewReplicaSetAvailable"}
    return {
        "spec.replicas": total,
        "spec.revisionHistoryLimit": 10,
        "spec.progressDeadlineSeconds": 600,
        "status": {"observedGeneration": 1, **numbers, "conditions": conditions(reasons)},
    }


def replica_set(resource: Resource) -> dict[str, Any]:
    """Return replica counts of a ReplicaSet."""
    total = count(resource)
    numbers = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "fullyLabeledReplicas"), total)
    return {"spec.replicas": total, "status": {"observedGeneration": 1, **numbers}}


def stateful_set(resource: Resource) -> dict[str, Any]:
    """Return replica counts and the revision of a StatefulSet."""
    total = count(resource)
    names = ("replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas")
    revision = f"{paths.get(resource.inputs, 'metadata.name')}-{resource.seed('revision')[:10]}"
    revisions = dict.fromkeys(("currentRevision", "updateRevision"), revision)
    status = {"observedGeneration": 1, **dict.fromkeys(names, total), **revisions}
    return {"spec.replicas": total, "spec.podManagementPolicy": "OrderedReady", "status": status}


def daemon_set(_resource: Resource) -> dict[str, Any]:
    """Return the counts of a DaemonSet on a cluster of one node."""
    ready = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "numberAvailable")
    status = {"observedGeneration": 1, **dict.fromkeys(ready, 1), "numberMisscheduled": 0}
    return {"status": {**status, "updatedNumberScheduled": 1}}


def pod(resource: Resource) -> dict[str, Any]:
    """Return addresses and conditions of a running Pod."""
    address = seeded(resource, "ipv4", _PODS, "podIP")
    reasons: dict[str, str] = dict.fromkeys(("Initialized", "Ready", "ContainersReady", "PodScheduled"), "")
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "startTime": CREATED}
    host = seeded(resource, "ipv4", "10.128.0.0/20", "hostIP")
    return {
        "spec.serviceAccountName": "default",
        "spec.restartPolicy": "Always",
        "status": {**status, "hostIP": host, "qosClass": "Burstable", "conditions": conditions(reasons)},
    }


def job(resource: Resource) -> dict[str, Any]:
    """Return the end of a Job, or its suspension."""
    spec = cast(Mapping[str, Any], resource.inputs.get("spec") or {})
    if spec.get("suspend"):
        return {"status": {"conditions": conditions({"Suspended": "JobSuspended"})}}
    done = spec.get("completions", spec.get("parallelism", 1))
    times = {"startTime": CREATED, "completionTime": CREATED}
    return {
        "status": {"succeeded": done, **times, "conditions": conditions({"Complete": "CompletionsReached"})}
    }


def count(resource: Resource) -> int:
    """Return the number of replicas, one when none is given."""
    wanted = paths.get(resource.inputs, "spec.replicas")
    return 1 if wanted is None else int(wanted)


def conditions(reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """Return conditions that all hold, from each type's reason (empty for none)."""
    moment = {"lastTransitionTime": CREATED}
    return [
        {"type": sort, "status": "True", **moment, **({"reason": reason} if reason else {})}
        for sort, reason in reasons.items()
    ]


def seeded(resource: Resource, form: str, argument: str, label: str) -> str:
    """Return a value in one of `rehearsal.seeds.FORMATS`, the same for the same resource and label."""
    return seeds.FORMATS[form](resource.seed(label), argument)

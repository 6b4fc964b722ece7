"""The Kubernetes service accounts as which workloads run, by cluster; the same on every cloud.

`components/kubernetes` makes them, and each cloud's bindings let them act as an identity of that cloud.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Workload


class KubernetesAccount(BaseModel):
    """A Kubernetes service account, by its namespace and name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")


TRAINING_ACCOUNTS = {
    Workload.TRAINER: KubernetesAccount(namespace="training", name="trainer"),
    Workload.PIPELINE: KubernetesAccount(namespace="pipeline", name="pipeline"),
    Workload.SIGNER: KubernetesAccount(namespace="pipeline", name="signer"),
}
INFERENCE_ACCOUNTS = {
    Workload.INFERENCE: KubernetesAccount(namespace="inference", name="inference"),
}
# The group as which clusters know the deployer, where a cloud gives its sessions names of their own.
DEPLOYERS = "palisade:deployers"


def refuse_unbound(workload: Workload) -> None:
    """Raises ValueError: the workload runs in no pod, so that no account acts as it."""
    if workload in {Workload.NODES, Workload.DEPLOYER}:
        raise ValueError(f"{workload} does not run in pods; bind a workload that does")

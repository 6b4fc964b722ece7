"""A namespace: how strict its pods are held, how much they may use, and an account that can do nothing.

Guarantees: Pod Security at the tenant's level, pinned to a version whose `restricted` admits no root; a quota
on everything and on accelerators; defaults and ceilings for every container; a `default` account whose token
is not mounted.

Leaves out: network policies (`network_policies.py`) and admission policies (`admission.py`).
Sources: kubernetes.io/docs/concepts/security/pod-security-standards, .../policy/resource-quotas.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.core.v1.LimitRange import LimitRange
from pulumi_kubernetes.core.v1.Namespace import Namespace
from pulumi_kubernetes.core.v1.ResourceQuota import ResourceQuota
from pulumi_kubernetes.core.v1.ServiceAccountPatch import ServiceAccountPatch

from components.kubernetes.scope import Scope
from components.kubernetes.tenants import Allow, Tenant

# From v1.35 on, the restricted profile admits root in pods with a user namespace of their own.
POD_SECURITY = "v1.34"
GUARD_LABEL = "pod-security.kubernetes.io"
WORKLOADS = "palisade/workloads"
GPUS = "palisade/gpus"


def labels(tenant: Tenant) -> Mapping[str, str]:
    """What the API server reads of a namespace: Pod Security's level, and ours."""
    made: dict[str, str] = {}
    for mode in ("enforce", "audit", "warn"):
        made[f"{GUARD_LABEL}/{mode}"] = tenant.level
        made[f"{GUARD_LABEL}/{mode}-version"] = POD_SECURITY
    made[WORKLOADS] = "true" if tenant.workloads else "false"
    made[GPUS] = "allowed" if tenant.gpus else "denied"
    return made


def namespace(scope: Scope, name: str, tenant: Tenant, gpus: int) -> tuple[Namespace, list[pulumi.Resource]]:
    """The namespace, and what guards it. `gpus` are the accelerators of the cluster."""
    made = Namespace(
        scope.name(name), metadata={"name": name, "labels": dict(labels(tenant))}, opts=scope.opts()
    )
    hard: dict[str, str] = {
        "requests.cpu": tenant.quota.cpu,
        "requests.memory": tenant.quota.memory,
        "pods": str(tenant.quota.pods),
        # One, where the edge reaches pods by a load balancer inside the network; nobody else opens a way in.
        "services.loadbalancers": "1" if _has_front(scope, tenant) else "0",
        "services.nodeports": "0",
    }
    # Only this form counts; a bare or a `limits.` key is taken and never enforced.
    hard[f"requests.{scope.profile.cloud.gpu_resource}"] = str(gpus if tenant.gpus else 0)
    quota = ResourceQuota(
        scope.name(name),
        metadata={"name": "quota", "namespace": name},
        spec={"hard": hard},
        opts=scope.opts(made),
    )
    limits = LimitRange(
        scope.name(name),
        metadata={"name": "limits", "namespace": name},
        spec={
            "limits": [
                {
                    "type": "Container",
                    "default": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "2Gi"},
                    "default_request": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "1Gi"},
                }
            ]
        },
        opts=scope.opts(made),
    )
    account = ServiceAccountPatch(
        scope.name(f"{name}-default"),
        metadata={"name": "default", "namespace": name},
        automount_service_account_token=False,
        opts=scope.opts(made),
    )
    return made, [quota, limits, account]


def _has_front(scope: Scope, tenant: Tenant) -> bool:
    return bool(scope.profile.cloud.internal_balancer) and Allow.GATEWAY in tenant.allows

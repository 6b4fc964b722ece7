"""AWS's own software in an EKS cluster, as `eks.yaml` lists it: network, names, credentials, logs.

Guarantees: network policies are enforced; each add-on that calls AWS acts as a role of its own, which only
its account in clusters of this account takes; what it logs goes to groups under the customer's key.

Leaves out: disks for pods (nothing here keeps state in a cluster), and what is not AWS's
(`components/kubernetes`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws.cloudwatch.log_group import LogGroup
from pulumi_aws.eks._inputs import AddonPodIdentityAssociationArgs
from pulumi_aws.eks.addon import Addon
from pulumi_aws.eks.cluster import Cluster

from components.accounts import KubernetesAccount
from components.aws.cluster import ClusterArgs, eks
from components.aws.identity import pod_trust
from components.aws.log_groups import log_group
from components.aws.roles import Acting, acting_role
from components.aws.subnets import Ground

# The log group of what containers print.
PRINTED = "application"


def addons(
    ground: Ground,
    cluster: Cluster,
    *waited: pulumi.Resource,
    before_nodes: bool,
    mounts_secrets: bool = False,
) -> list[pulumi.Resource]:
    """Those that nodes need, or those that need nodes, which then are `waited` for."""
    return [
        _addon(ground, cluster, record, waited)
        for record in eks()["addons"]
        if record.get("before_nodes", False) is before_nodes
        and (mounts_secrets or record.get("only") != "secrets")
    ]


def _addon(
    ground: Ground,
    cluster: Cluster,
    record: Mapping[str, Any],
    waited: tuple[pulumi.Resource, ...],
) -> Addon:
    settings = record.get("settings")
    return Addon(
        f"{ground.name}-{record['name']}",
        cluster_name=cluster.name,
        addon_name=record["name"],
        configuration_values=json.dumps(settings, sort_keys=True) if settings else None,
        pod_identity_associations=[_identity(ground, record)] if "account" in record else None,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent, depends_on=list(waited)),
    )


def _identity(ground: Ground, record: Mapping[str, Any]) -> AddonPodIdentityAssociationArgs:
    """The add-on's role, with the policy that AWS manages for it."""
    namespace, _, account = record["account"].partition("/")
    acts = Acting(
        f"The add-on {record['name']} in {ground.name}.",
        pod_trust(ground.place, KubernetesAccount(namespace=namespace, name=account)),
        managed=record["policy"],
    )
    arn = acting_role(ground, record["name"], acts)
    return AddonPodIdentityAssociationArgs(role_arn=arn, service_account=account)


def container_logs(ground: Ground, args: ClusterArgs) -> dict[str, LogGroup]:
    """The groups of what nodes and containers log, by what they hold."""
    path = f"/aws/containerinsights/{ground.name}"
    return {
        what: log_group(ground, what, f"{path}/{what}", args.logs_key, args.log_days)
        for what in eks()["log_groups"]
    }

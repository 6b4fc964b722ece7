"""How a stack talks to one of its clusters.

Guarantees: one explicit provider per cluster, known by a name that does not depend on its address, so that an
address that is not known yet plans no replacement of everything in the cluster; objects are applied by the
server, fields that somebody else manages are not taken by force, and objects that exist already are an error
rather than ours; what cannot be reached is not forgotten.

Leaves out: credentials. The kubeconfig asks for them at run time.
Source: pulumi.com/registry/packages/kubernetes/api-docs/provider.
"""

from __future__ import annotations

from pulumi_kubernetes.provider import Provider

from components.contracts import Cluster


def cluster_provider(name: str, cluster: Cluster, identifier: str) -> Provider:
    """The provider of a cluster. `identifier` is any text that stays the same for the cluster's life."""
    return Provider(
        name,
        kubeconfig=cluster.kubeconfig,
        cluster_identifier=identifier,
        enable_server_side_apply=True,
        enable_patch_force=False,
        upsert_existing_objects=False,
        delete_unreachable=False,
        skip_update_unreachable=False,
    )

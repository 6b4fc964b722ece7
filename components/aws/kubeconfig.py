"""How to reach a cluster's API server: at its private endpoint, from inside the network.

The endpoint's name is made with the cluster, so it is not known at the first preview. The kubeconfig holds no
token: `aws eks get-token` makes one at run time, for whoever has an access entry (`cluster_access.py`).
Source: docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi_aws.eks.cluster import Cluster


def kubeconfig(name: str, region: str, cluster: Cluster) -> pulumi.Output[str]:
    """A kubeconfig for the cluster `name`."""

    def render(made: list[str]) -> str:
        server, authority = made
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": name, "cluster": {"server": server, "certificate-authority-data": authority}}
            ],
            "users": [{"name": name, "user": {"exec": _login(name, region)}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
        return json.dumps(config)

    authority = cluster.certificate_authority.data.apply(lambda data: data or "")
    return pulumi.Output.all(cluster.endpoint, authority).apply(render)


def _login(name: str, region: str) -> dict[str, Any]:
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", name],
        "interactiveMode": "IfAvailable",
        "installHint": "Install the AWS command line: docs.aws.amazon.com/cli",
    }

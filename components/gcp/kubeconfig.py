"""How to reach a cluster's API server: by the Connect gateway, an API of Google that asks IAM.

The gateway's address follows from the project's number, the region and the cluster's name, so that it is
known before the cluster exists. The kubeconfig holds no token: `gke-gcloud-auth-plugin` asks for one at run
time.

A user needs `roles/gkehub.gatewayEditor` and `roles/gkehub.viewer`, and rights in the cluster itself.
Source: cloud.google.com/kubernetes-engine/enterprise/multicluster-management/gateway/setup.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi


def kubeconfig(name: str, region: str, project_number: str | pulumi.Output[str]) -> pulumi.Output[str]:
    """A kubeconfig for the cluster `name`. No authority in it: the gateway's certificate is Google's."""

    def render(number: str) -> str:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": gateway(name, region, number)}}],
            "users": [{"name": name, "user": {"exec": _login()}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
        return json.dumps(config)

    return pulumi.Output.from_input(project_number).apply(render)


def gateway(name: str, region: str, project_number: str) -> str:
    """The gateway's address of a cluster, whose fleet membership has the cluster's own name and region."""
    host = f"https://{region}-connectgateway.googleapis.com"
    return f"{host}/v1/projects/{project_number}/locations/{region}/gkeMemberships/{name}"


def _login() -> dict[str, Any]:
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "provideClusterInfo": True,
        "interactiveMode": "IfAvailable",
        "installHint": "Run: gcloud components install gke-gcloud-auth-plugin",
    }

"""How to reach a cluster's API server: by its private name, from inside the network.

The name is the stack's own choice, so it is known at preview. The authority that its certificate is from is
told by Azure once the cluster exists, and by Azure's API only: whoever deploys without a way to that API is
given it (`azure.authorities` in the stack file). The kubeconfig holds no token: `kubelogin` asks Entra for
one at run time, as the identity of the machine that it runs on, which needs no way to the internet.
Sources: learn.microsoft.com/azure/aks/kubelogin-authentication, azure.github.io/kubelogin/cli/get-token.html.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pulumi
import yaml
from pulumi_azure_native.containerservice.list_managed_cluster_user_credentials import (
    list_managed_cluster_user_credentials_output,
)
from pulumi_azure_native.containerservice.managed_cluster import ManagedCluster

from components.azure.cluster import fqdn
from components.azure.place import Place

# The application that every AKS cluster with Entra is in Entra's eyes. Source: the first page above.
SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"


def kubeconfig(
    name: str,
    place: Place,
    cluster: ManagedCluster,
    client: pulumi.Output[str],
    known_authority: str | None = None,
) -> pulumi.Output[str]:
    """A kubeconfig for the cluster `name`. `client` is the client id of the identity that logs in."""
    authority = pulumi.Output.from_input(known_authority) if known_authority else authority_of(place, cluster)

    def render(known: list[str]) -> str:
        certificate, identity = known
        server = {
            "server": f"https://{fqdn(name, place.location)}:443",
            "certificate-authority-data": certificate,
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": server}],
            "users": [{"name": name, "user": {"exec": _login(identity)}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
        return json.dumps(config)

    return pulumi.Output.all(authority, client).apply(render)


def authority_of(place: Place, cluster: ManagedCluster) -> pulumi.Output[str]:
    """The authority of a cluster's certificates in PEM text, as base64, once the cluster exists."""
    found = list_managed_cluster_user_credentials_output(
        resource_group_name=place.group,
        resource_name=cluster.name,
        opts=pulumi.InvokeOutputOptions(parent=cluster),
    )
    return found.kubeconfigs.apply(lambda given: _authority(given[0].value if given else ""))


def _authority(text: str) -> str:
    """The authority in a kubeconfig of Azure's, which holds a login too: that is left behind."""
    config: dict[str, Any] = yaml.safe_load(base64.b64decode(text)) or {}
    clusters: list[dict[str, Any]] = config.get("clusters") or [{}]
    return str(clusters[0].get("cluster", {}).get("certificate-authority-data", ""))


def _login(client: str) -> dict[str, Any]:
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "kubelogin",
        "args": ["get-token", "--login", "msi", "--client-id", client, "--server-id", SERVER],
        "interactiveMode": "Never",
        "provideClusterInfo": False,
        "installHint": "Install kubelogin: azure.github.io/kubelogin",
    }

"""The same objects in two clusters, each by a provider of its own."""

import json

import pulumi
import pulumi_kubernetes as k8s


def kubeconfig(name):
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example.com"}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "apps"}}],
            "current-context": name,
            "users": [{"name": name, "user": {"token": "none"}}],
        }
    )


for name in ("east", "west"):
    provider = k8s.Provider(name, kubeconfig=kubeconfig(name), cluster_identifier=name)
    space = k8s.core.v1.Namespace(
        f"{name}-apps", metadata={"name": "apps"}, opts=pulumi.ResourceOptions(provider=provider)
    )
    settings = k8s.core.v1.ConfigMap(
        f"{name}-settings",
        metadata={"name": "settings"},
        data={"cluster": name},
        opts=pulumi.ResourceOptions(provider=provider, depends_on=[space]),
    )
    pulumi.export(name, settings.id)

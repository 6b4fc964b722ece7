"""Objects from YAML: a file, a group of texts with a transformation, and custom resources."""

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.yaml import ConfigFile, ConfigGroup


def label(item, opts):
    item.setdefault("metadata", {}).setdefault("labels", {})["managed-with"] = "pulumi"


guestbook = ConfigFile("app", file="app.yaml", transformations=[label])

group = ConfigGroup(
    "extras",
    yaml=[
        """
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  mode: fast
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: more
  namespace: kube-system
data: {}
"""
    ],
    resource_prefix="x",
)

certificate = CustomResource(
    "certificate",
    api_version="cert-manager.io/v1",
    kind="Certificate",
    metadata={"name": "web"},
    spec={
        "secretName": "web-tls",
        "dnsNames": ["web.example.com"],
        "issuerRef": {"name": "ca", "kind": "ClusterIssuer"},
    },
    opts=pulumi.ResourceOptions(depends_on=[guestbook]),
)

service = guestbook.get_resource("v1/Service", "web")
pulumi.export("cluster_ip", service.apply(lambda resource: resource.spec.cluster_ip))
pulumi.export("certificate", certificate.id)

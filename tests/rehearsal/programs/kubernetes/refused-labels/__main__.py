"""A selector that does not match its own pods, and a port out of range."""

from pulumi_kubernetes.apps.v1 import Deployment

Deployment(
    "web",
    spec={
        "selector": {"match_labels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "wbe"}},
            "spec": {"containers": [{"name": "web", "image": "nginx", "ports": [{"container_port": 80000}]}]},
        },
    },
)

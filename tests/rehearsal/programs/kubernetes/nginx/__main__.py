"""A Deployment and nothing else."""

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment

labels = {"app": "nginx"}

deployment = Deployment(
    "nginx",
    spec={
        "selector": {"match_labels": labels},
        "replicas": pulumi.Config().get_int("replicas") or 1,
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "nginx", "image": "nginx"}]},
        },
    },
)

pulumi.export("name", deployment.metadata["name"])
pulumi.export("ready", deployment.status["ready_replicas"])

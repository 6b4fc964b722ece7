"""A configuration file whose change rolls out the Deployment that mounts it."""

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, Secret, Service

labels = {"app": "proxy"}
greeting = pulumi.Config().get("greeting") or "hello"

config = ConfigMap("nginx-config", data={"default.conf": f"return 200 '{greeting}';"})
secret = Secret("nginx-credentials", string_data={"password": "swordfish"})
config_name = config.metadata["name"]

deployment = Deployment(
    "nginx",
    metadata={"labels": labels},
    spec={
        "replicas": 1,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "image": "nginx:1.27-alpine",
                        "name": "nginx",
                        "volume_mounts": [{"name": "conf", "mount_path": "/etc/nginx/conf.d"}],
                        "env": [
                            {
                                "name": "PASSWORD",
                                "value_from": {
                                    "secret_key_ref": {"name": secret.metadata["name"], "key": "password"}
                                },
                            }
                        ],
                    }
                ],
                "volumes": [{"name": "conf", "config_map": {"name": config_name}}],
            },
        },
    },
)
service = Service("nginx", metadata={"labels": labels}, spec={"ports": [{"port": 80}], "selector": labels})

pulumi.export("config", config_name)
pulumi.export("password", secret.data["password"])

"""The newer YAML resources, which the provider itself takes apart."""

from pathlib import Path

import pulumi
from pulumi_kubernetes.yaml.v2 import ConfigFile, ConfigGroup

here = Path(__file__).parent
app = ConfigFile("app", file=str(here / "app.yaml"))

settings = ConfigGroup(
    "settings",
    objs=[
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "token", "namespace": "apps"},
            "stringData": {"token": "swordfish"},
        }
    ],
    yaml="""
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: apps
data:
  mode: fast
""",
    opts=pulumi.ResourceOptions(depends_on=[app]),
)

pulumi.export("count", app.resources.apply(len))
pulumi.export("group", settings.resources.apply(len))

"""An object in a namespace that nobody created."""

from pulumi_kubernetes.core.v1 import ConfigMap

ConfigMap("settings", metadata={"namespace": "nowhere"}, data={"a": "b"})

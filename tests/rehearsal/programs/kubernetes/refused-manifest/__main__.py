"""A manifest with a mistake inside the provider's own component."""

from pulumi_kubernetes.yaml.v2 import ConfigGroup

ConfigGroup(
    "broken",
    yaml="""
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
    - port: 99999
""",
)

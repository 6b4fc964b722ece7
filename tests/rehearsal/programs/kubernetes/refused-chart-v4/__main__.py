"""A chart that the provider would render."""

from pulumi_kubernetes.helm.v4 import Chart

Chart("nginx", chart="oci://registry.example.com/charts/nginx", version="15.0.0")

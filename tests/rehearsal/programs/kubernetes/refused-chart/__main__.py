"""A chart that only Helm could render."""

from pulumi_kubernetes.helm.v3 import Chart, ChartOpts, FetchOpts

Chart(
    "nginx",
    ChartOpts(chart="nginx", version="15.0.0", fetch_opts=FetchOpts(repo="https://charts.example.com")),
)

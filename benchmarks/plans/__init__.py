"""Plans of a stated size, whose claims are all proven, for measuring what a proof costs.

Each has the five segments of the flow table, each a /16, and what they need: two clusters with control planes
and pods, a gateway with a web application firewall, private APIs, operators. Of every ten resources two are
rules, a twentieth are subnets, a twentieth machines and a tenth workloads with pods; the rest carry no
packets. The same for every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from isolation.claims import Expect
from isolation.resources import Resource
from isolation.table import Question, StackData, question

FLOWS = Path(__file__).parents[2] / "stacks" / "flows.yaml"
SEGMENTS = ("training", "inference", "edge", "data", "operations")
ENTERPRISE = "172.16.0.0/12"
SERVING = 8443


def made(type_: str, name: str, *, provider: str = "", **properties: Any) -> Resource:
    """A resource whose id is its name."""
    urn = f"urn:pulumi:bench::bench::{type_}::{name}"
    named = properties if provider else {"name": name, **properties}
    return Resource.of(urn, type_, named, id_=name, provider=provider)


def block(segment: str) -> str:
    """A segment's range."""
    return f"10.{SEGMENTS.index(segment)}.0.0/16"


def part(segment: str, index: int) -> str:
    """One of the 256 ranges of /24 of a segment."""
    return f"10.{SEGMENTS.index(segment)}.{index % 256}.0/24"


def asked(control_plane_ports: Sequence[str], *, positive: bool = True) -> Question:
    """The claims of the flow table, with those that something is reached or without.

    A cloud's control planes listen on some of the table's ports only.
    """
    table = yaml.safe_load(FLOWS.read_text(encoding="utf-8"))
    flows = [
        {**flow, "ports": list(control_plane_ports)} if flow["carrier"] == "control-plane" else flow
        for flow in table["flows"]
    ]
    ranges = {name: [block(name)] for name in SEGMENTS}
    found = question(StackData(ranges, [ENTERPRISE], flows, table["never"]))
    kept = (one for one in found.claims if positive or one.expect is not Expect.REACHES)
    return Question(found.scope, tuple(kept))


def workloads(count: int, cluster: str) -> list[Resource]:
    """Deployments of a cluster, and for every tenth a NetworkPolicy that lets out what its peers need."""
    found: list[Resource] = []
    provider = f"urn:pulumi:bench::bench::pulumi:providers:kubernetes::{cluster}::id"
    for index in range(count):
        labels = {"app": f"a{index % 50}"}
        body = {
            "metadata": {"name": f"w{index}", "namespace": f"n{index % 20}"},
            "spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c"}]}}},
        }
        found.append(made("kubernetes:apps/v1:Deployment", f"{cluster}-w{index}", provider=provider, **body))
    for index in range(count // 10):
        body = {
            "metadata": {"name": f"p{index}", "namespace": f"n{index % 20}"},
            "spec": {
                "podSelector": {"matchLabels": {"app": f"a{index % 50}"}},
                "policyTypes": ["Egress"],
                "egress": [
                    {
                        "to": [{"podSelector": {"matchLabels": {"app": f"a{(index + 1) % 50}"}}}],
                        "ports": [{"protocol": "TCP", "port": 8000 + index % 100}],
                    }
                ],
            },
        }
        type_ = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
        found.append(made(type_, f"{cluster}-p{index}", provider=provider, **body))
    return found

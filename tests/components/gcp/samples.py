"""What the tests of these components are built from: one project, one address plan, the real flows."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from components.contracts import SegmentName
from components.gcp.network import NetworkArgs
from components.segments import SegmentRanges
from stacks.addresses import derive
from stacks.flows import table
from tests.components.recorder import PROJECT_NUMBER

PROJECT = "acme-ai-test"
REGION = "europe-west4"
ENTERPRISE = ("10.0.0.0/12", "192.168.0.0/16")


def ranges(plan: str = "10.64.0.0/16") -> dict[SegmentName, SegmentRanges]:
    """The ranges of all segments, as a stack derives them."""

    def text(network: IPv4Network | None) -> str | None:
        return str(network) if network else None

    return {
        segment: SegmentRanges(nodes=str(each.nodes), pods=text(each.pods), services=text(each.services))
        for segment, each in derive(IPv4Network(plan)).items()
    }


def network_args(**changes: Any) -> NetworkArgs:
    """A network's arguments, with changes."""
    args: dict[str, Any] = {
        "project": PROJECT,
        "project_number": PROJECT_NUMBER,
        "region": REGION,
        "ranges": ranges(),
        "flows": table().flows,
        "enterprise_ranges": ENTERPRISE,
    }
    return NetworkArgs(**{**args, **changes})

"""What the isolation proof asks of a stack: its flow table, address plan, exceptions and own claims, as plain
data in the form that `isolation.table` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.contracts import Carrier, Flow
from isolation.table import StackData
from stacks.flows import FlowTable, table
from stacks.model.choices import Cloud
from stacks.model.problems import SettingsError
from stacks.segments import segment_ranges
from stacks.settings import Settings, own_fields

__all__ = ["SettingsError", "data_of_file", "stack_data"]


# The tunnel by which an API server reaches into its cluster is not everywhere a port of its own: EKS and AKS
# listen on 443 only. Sources: docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html,
# learn.microsoft.com/azure/aks/outbound-rules-control-egress (other ports are not for Konnectivity's agent).
CONTROL_PLANE_PORTS = {Cloud.AWS: ("443",), Cloud.AZURE: ("443",)}


def stack_data(settings: Settings, flows: FlowTable | None = None) -> StackData:
    """The data of a stack."""
    flows = flows or table()
    return StackData(
        segments={segment.value: ranges.machines for segment, ranges in segment_ranges(settings).items()},
        enterprise=settings.network.enterprise_ranges,
        flows=[
            {
                "name": flow.name,
                "from": str(flow.source),
                "to": str(flow.destination),
                "carrier": str(flow.carrier),
                "protocol": flow.protocol,
                "ports": list(_ports(flow, settings.cloud)),
                "models": flow.models,
                "why": flow.reason,
            }
            for flow in flows.flows
        ],
        never=[
            {"from": str(never.source), "to": str(never.destination), "why": never.reason}
            for never in flows.never
        ],
        allow=[
            {
                "name": entry.name,
                "from": entry.source,
                "to": entry.destination,
                "protocol": entry.protocol,
                "ports": list(entry.ports),
            }
            for entry in settings.allow
        ],
        claims=[
            {"from": claim.source, "to": claim.destination, "why": claim.reason or ""}
            for claim in settings.never
        ],
    )


def _ports(flow: Flow, cloud: Cloud) -> Sequence[str]:
    """The ports of a flow as this cloud carries it."""
    if flow.carrier is Carrier.CONTROL_PLANE and cloud in CONTROL_PLANE_PORTS:
        return [port for port in flow.ports if port in CONTROL_PLANE_PORTS[cloud]]
    return flow.ports


def data_of_file(stack_file: Mapping[str, Any]) -> StackData:
    """The data of a stack file that is read as YAML.

    Raises:
        SettingsError: the file is refused, with every problem.
    """
    return stack_data(Settings.load(own_fields(stack_file.get("config") or {})))

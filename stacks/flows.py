"""Loads the flow table, `stacks/flows.yaml`, typed and checked.

Firewall rules of every cloud are made from `table().flows`; the isolation proof claims `table().never` and
holds everything else against `flows`. Exceptions of a stack file are not here: see `Settings.allow`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from components.contracts import Carrier, Flow, Outside, SegmentName

End = SegmentName | Outside


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NeverRecord(Record):
    source: End = Field(alias="from")
    destination: End = Field(alias="to")
    why: str = Field(min_length=10)


class FlowRecord(NeverRecord):
    name: str = Field(pattern=r"^[a-z][a-z0-9-]+$")
    carrier: Carrier
    protocol: Literal["tcp", "udp", "all"]
    ports: tuple[int, ...] = ()
    models: bool = False

    @model_validator(mode="after")
    def _ports_match_protocol(self) -> Self:
        if (self.protocol == "all") == bool(self.ports):
            raise ValueError(f"flow {self.name}: protocol `all` has no ports, every other has some")
        if self.models and self.carrier is not Carrier.PRIVATE_APIS:
            raise ValueError(f"flow {self.name}: models are private APIs")
        if not all(1 <= port <= 65535 for port in self.ports):
            raise ValueError(f"flow {self.name}: a port is 1 to 65535")
        return self


class TableRecord(Record):
    flows: tuple[FlowRecord, ...]
    never: tuple[NeverRecord, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [flow.name for flow in self.flows]
        if len(set(names)) < len(names):
            raise ValueError("two flows have the same name")
        forbidden = {(never.source, never.destination) for never in self.never}
        for flow in self.flows:
            if (flow.source, flow.destination) in forbidden:
                raise ValueError(f"flow {flow.name} from {flow.source} to {flow.destination} must never be")
        return self


@dataclass(frozen=True)
class Never:
    """Two ends that must not reach each other, by any path."""

    source: End
    destination: End
    reason: str


@dataclass(frozen=True)
class FlowTable:
    """The whole table. No flow contradicts a `never`."""

    flows: tuple[Flow, ...]
    never: tuple[Never, ...]


def parse(text: str) -> FlowTable:
    """A flow table from the text of its file.

    Raises:
        pydantic.ValidationError: the text is not a consistent table.
    """
    record = TableRecord.model_validate(yaml.safe_load(text))
    flows = tuple(
        Flow(
            name=flow.name,
            source=flow.source,
            destination=flow.destination,
            carrier=flow.carrier,
            protocol=flow.protocol,
            ports=tuple(str(port) for port in flow.ports),
            reason=flow.why,
            models=flow.models,
        )
        for flow in record.flows
    )
    return FlowTable(flows, tuple(Never(each.source, each.destination, each.why) for each in record.never))


@cache
def table() -> FlowTable:
    """The project's flow table, read once."""
    return parse(Path(__file__).with_name("flows.yaml").read_text(encoding="utf-8"))

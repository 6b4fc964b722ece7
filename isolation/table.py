"""The claims of a stack, from its flow table as plain data.

- every pair of `never` is claimed *never*, open only to entries of the allow-list;
- every other pair of segments, or of a segment and an outside, is claimed *only*: by its flows and entries;
- every flow that nodes and clients depend on is claimed *reaches*, and what goes in by the gateway, through
  it;
- a stack's own `never` entries are claimed on top, and no entry of the allow-list opens them.

`stacks/proof.py` writes the data of a stack file, in the form of `StackData`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from isolation.addresses import addresses
from isolation.claims import Claim, End, Expect, Opening
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import ENTERPRISE, INTERNET, Kind, Scope
from isolation.traffic import ALL_TRAFFIC, traffic

OUTSIDES = (INTERNET, ENTERPRISE)
MACHINES = frozenset({Kind.MACHINE, Kind.POD})
APIS = frozenset({Kind.PRIVATE_API, Kind.PRIVATE_ENDPOINT})


@dataclass(frozen=True)
class StackData:
    """What a stack file says that claims depend on, as plain data.

    Attributes:
        segments: the ranges of each segment's machines, as text.
        enterprise: the enterprise network's ranges.
        flows: entries of the flow table: name, from, to, carrier, protocol, ports, models, why.
        never: entries of the flow table: from, to, why.
        allow: entries of the allow-list: name, from, to, protocol, ports.
        claims: the stack's own `never` entries: from, to, why; an end may be a range.
    """

    segments: Mapping[str, Sequence[str]]
    enterprise: Sequence[str] = ()
    flows: Sequence[Mapping[str, Any]] = ()
    never: Sequence[Mapping[str, Any]] = ()
    allow: Sequence[Mapping[str, Any]] = ()
    claims: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@dataclass(frozen=True)
class Question:
    """What is asked of a plan."""

    scope: Scope
    claims: tuple[Claim, ...]


def question(data: StackData) -> Question:
    """The scope and the claims of a stack."""
    scope = Scope(
        {name: addresses(*ranges) for name, ranges in data.segments.items()}, addresses(*data.enterprise)
    )
    claims = [*_never(data), *_only(data), *_reaches(data), *_own(data)]
    return Question(scope, tuple(claims))


def end(text: str, names: Sequence[str]) -> End:
    """A segment or an outside by its name, any other text as a range.

    Raises:
        ValueError: it is none of them.
    """
    if text in names or text in OUTSIDES:
        return End.of(text)
    return End(text, within=addresses(text))


def _never(data: StackData) -> Iterator[Claim]:
    for entry in data.never:
        source, destination = str(entry["from"]), str(entry["to"])
        yield Claim(
            f"never-{source}-{destination}",
            Expect.NEVER,
            End.of(source),
            End.of(destination),
            str(entry["why"]),
            openings=tuple(_entries(data, source, destination)),
        )


def _only(data: StackData) -> Iterator[Claim]:
    forbidden = {(str(entry["from"]), str(entry["to"])) for entry in data.never}
    names = [*OUTSIDES, *data.segments]
    for source in names:
        for destination in names:
            outside = source in OUTSIDES and destination in OUTSIDES
            if outside or source == destination or (source, destination) in forbidden:
                continue
            flows = [one for one in data.flows if (one["from"], one["to"]) == (source, destination)]
            openings = [*map(_flow_opening, flows), *_entries(data, source, destination)]
            yield Claim(
                f"only-{source}-{destination}",
                Expect.ONLY if openings else Expect.NEVER,
                End.of(source),
                End.of(destination),
                "What the flow table does not name is denied.",
                openings=tuple(openings),
            )


def _reaches(data: StackData) -> Iterator[Claim]:
    for flow in data.flows:
        source, destination = _kinds(flow)
        if flow["carrier"] == "control-plane" and flow["from"] != flow["to"]:
            # People's way to an API server is the cloud's affair: an address, or its API.
            continue
        yield Claim(
            f"reaches-{flow['name']}",
            Expect.REACHES,
            # Pods have policies of their own, by namespace; a segment's needs are said of its machines.
            End(str(flow["from"]), str(flow["from"]), source - {Kind.POD}),
            End(_called(flow), str(flow["to"]), destination - {Kind.POD}),
            str(flow["why"]),
            _traffic(flow),
        )
    inwards = [one for one in data.flows if one["carrier"] == "gateway"]
    for first in inwards:
        for second in inwards:
            if first["from"] in OUTSIDES and first["to"] == second["from"]:
                yield Claim(
                    f"reaches-{first['from']}-{second['to']}-through-gateway",
                    Expect.REACHES,
                    End.of(str(first["from"])),
                    End(str(second["to"]), str(second["to"]), MACHINES - {Kind.POD}),
                    "Clients reach the models, through the web application firewall.",
                    _traffic(second),
                    through_gateway=True,
                )


def _own(data: StackData) -> Iterator[Claim]:
    names = tuple(data.segments)
    for entry in data.claims:
        source, destination = str(entry["from"]), str(entry["to"])
        yield Claim(
            f"stack-never-{source}-{destination}",
            Expect.NEVER,
            end(source, names),
            end(destination, names),
            str(entry.get("why") or "The stack file claims it."),
        )


def _called(flow: Mapping[str, Any]) -> str:
    names = {"private-apis": "private APIs", "control-plane": f"control plane of {flow['to']}"}
    return names.get(str(flow["carrier"]), str(flow["to"]))


def _kinds(flow: Mapping[str, Any]) -> tuple[frozenset[Kind], frozenset[Kind]]:
    """Which endpoints open and take the connections of a flow, by its carrier."""
    outside = frozenset({Kind.OUTSIDE})
    source = outside if flow["from"] in OUTSIDES else MACHINES
    match flow["carrier"]:
        case "gateway":
            proxy = frozenset({Kind.PROXY})
            return (outside, proxy) if flow["from"] in OUTSIDES else (proxy, MACHINES)
        case "private-apis":
            return source, APIS | {Kind.MODEL_ENDPOINT} if flow.get("models") else APIS
        case "control-plane":
            return source, frozenset({Kind.CONTROL_PLANE})
        case _:
            return source, MACHINES


def _flow_opening(flow: Mapping[str, Any]) -> Opening:
    source, destination = _kinds(flow)
    return Opening(str(flow["name"]), _traffic(flow), source, destination)


def _entries(data: StackData, source: str, destination: str) -> Iterator[Opening]:
    """The entries of the allow-list that open a pair; an end that is a range opens whatever it covers."""
    for entry in data.allow:
        mine, its = str(entry["from"]), str(entry["to"])
        ends = [(text, EMPTY if text in data.segments else addresses(text)) for text in (mine, its)]
        if all(
            wanted or text == pair for (text, wanted), pair in zip(ends, (source, destination), strict=True)
        ):
            yield Opening(
                str(entry["name"]),
                _traffic(entry),
                source_addresses=ends[0][1] or None,
                destination_addresses=ends[1][1] or None,
            )


def _traffic(flow: Mapping[str, Any]) -> IntervalSet:
    protocol = str(flow["protocol"])
    if protocol == "all":
        return ALL_TRAFFIC
    ports = [str(port).partition("-") for port in flow.get("ports") or ()]
    if not ports:
        return traffic(protocol)
    return IntervalSet.union(traffic(protocol, int(first), int(last or first)) for first, _, last in ports)

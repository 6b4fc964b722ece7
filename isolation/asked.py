"""Which claims are asked of a file: those of the stack it comes from, or those its subnets' names tell.

A stack file answers best. Without one, the stack's name in the URNs finds `stacks/Pulumi.<stack>.yaml`.
Without that either, subnets named after the segments stand for them, and only what must never be is claimed:
which ports a stranger's services need, nobody here can know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import yaml

from isolation.addresses import address_texts, addresses
from isolation.exports import Unreadable
from isolation.intervals import EMPTY, IntervalSet
from isolation.resources import Graph, Resource, Value, is_unknown
from isolation.table import StackData

ROOT = Path(__file__).resolve().parent.parent
SEGMENTS = ("edge", "inference", "training", "data", "operations")
_NAMES = ("name", "subnetName", "tags.Name")
_RANGES = ("ipCidrRange", "cidrBlock", "ipv6CidrBlock", "addressPrefix", "addressPrefixes")


def data_for(graph: Graph, stack_file: Path | None = None) -> tuple[StackData, str]:
    """What is asked, and where it comes from.

    Raises:
        Unreadable: there is no stack file of that name, it is refused, or no subnet is named after a segment.
    """
    if stack_file is None:
        found = ROOT / "stacks" / f"Pulumi.{stack_of(graph)}.yaml"
        stack_file = found if found.is_file() else None
    if stack_file is not None:
        return stack_file_data(stack_file), f"claims of {stack_file.name}"
    segments = named_segments(graph)
    if not segments:
        raise Unreadable(
            "no subnet is named after a segment (edge, inference, training, data, operations); write "
            "--stack-file with the stack's file"
        )
    return never_of(segments), f"segments by the names of subnets: {', '.join(segments)}"


def never_of(segments: Mapping[str, IntervalSet]) -> StackData:
    """What must never be, by the flow table, of segments that nothing else is known of."""
    flows = yaml.safe_load((ROOT / "stacks" / "flows.yaml").read_text(encoding="utf-8"))
    texts = {name: address_texts(ranges) for name, ranges in segments.items()}
    return StackData(texts, never=flows["never"])


def stack_of(graph: Graph) -> str:
    """The stack's name, from the first URN."""
    parts = graph.resources[0].urn.split(":") if graph.resources else []
    return parts[2] if len(parts) > 3 else ""


def named_segments(graph: Graph) -> dict[str, IntervalSet]:
    """The ranges of the subnets that have a segment's name as a part of theirs."""
    found: dict[str, IntervalSet] = {}
    for resource in graph.resources:
        for value, words in _subnets(resource):
            for segment in words & frozenset(SEGMENTS):
                found[segment] = found.get(segment, EMPTY) | _ranges(value)
    return {name: found[name] for name in SEGMENTS if found.get(name)}


def stack_file_data(path: Path) -> StackData:
    """What a stack file of this project asks.

    Raises:
        Unreadable: it is not there, or refused.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise Unreadable(f"{path}: {problem.strerror}; write the path of a stack file") from None
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        raise Unreadable(f"{path}: it is no YAML; write the path of a stack file") from None
    if not isinstance(content, dict):
        raise Unreadable(f"{path}: it has no section `config`; write the path of a stack file")
    # Only here, and only for a stack of this project, its settings are read, which know Pulumi.
    module = import_module("stacks.proof")
    reader = cast("Callable[[Mapping[str, Any]], StackData]", module.data_of_file)
    refused = cast("type[Exception]", module.SettingsError)
    try:
        return reader(cast("Mapping[str, Any]", content))
    except refused as problem:
        raise Unreadable(f"{path}: {problem}") from None


def _subnets(resource: Resource) -> Iterator[tuple[Value, frozenset[str]]]:
    """The subnet that a resource is, or those that it has in a list, each with the words of its names."""
    kind = resource.type.rpartition(":")[2].lower()
    if kind in ("subnet", "subnetwork"):
        value = Value(resource.properties, f"{resource.label}: ")
        yield value, _words(resource.name, *(value.at(path).text() for path in _NAMES))
    elif kind == "virtualnetwork":
        for each in resource.at("subnets").items():
            yield each, _words(each.at("name").text())


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in re.split(r"[^a-z]+", text.lower()))


def _ranges(subnet: Value) -> IntervalSet:
    values = [each for path in _RANGES for each in subnet.at(path).items()]
    values += [each.at("ipCidrRange") for each in subnet.at("secondaryIpRanges").items()]
    return addresses(*(text for value in values if (text := _known(value))))


def _known(value: Value) -> str:
    return "" if is_unknown(value.raw) else value.text()

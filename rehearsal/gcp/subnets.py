"""Subnetworks: ranges that do not overlap, inside one subnetwork and across a network.

Source: https://cloud.google.com/vpc/docs/subnets#valid-ranges and the field descriptions of
mmv1/products/compute/Subnetwork.yaml in GoogleCloudPlatform/magic-modules.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import lookup, paths
from rehearsal.gcp import places
from rehearsal.gcp.presence import given
from rehearsal.model import Existing, Record, Refusal, Resource

_RANGES = "https://cloud.google.com/vpc/docs/subnets#valid-ranges"
_PATHS = ("ipCidrRange", "secondaryIpRanges[*].ipCidrRange")
# https://cloud.google.com/vpc/docs/subnets#prohibited-ranges
_PROHIBITED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "199.36.153.4/30", "199.36.153.8/30", "224.0.0.0/4",
        "255.255.255.255/32", "192.0.0.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
    )
)  # fmt: skip
_TYPE = "gcp:compute/subnetwork:Subnetwork"

Range = ipaddress.IPv4Network | ipaddress.IPv6Network


def check(resource: Resource) -> list[Refusal]:
    """Ranges that overlap each other or are never given out, and a range name used twice."""
    ranges = list(_ranges(resource.inputs))
    refusals = [refusal for path, block in ranges for refusal in _prohibited(path, block)]
    for index, (path, block) in enumerate(ranges):
        for other_path, other in ranges[:index]:
            if _overlap(block, other):
                problem = f"{block} overlaps {other} of {other_path}"
                refusals.append(Refusal(path, problem, "choose ranges that share no address", _RANGES))
    names = [name for _, name in paths.find(resource.inputs, "secondaryIpRanges[*].rangeName") if given(name)]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        refusals.append(
            Refusal("secondaryIpRanges", f'the range name "{twice[0]}" is there twice', "rename one", _RANGES)
        )
    return refusals


def refuse(resource: Resource, id: str, record: Record) -> Refusal | None:
    """A range that overlaps one of another subnetwork of the same network."""
    place = places.here(resource.inputs, resource.context)
    network = places.reference(str(resource.inputs["network"]), "global/networks", place)
    for other in record.find(_TYPE):
        if other.id == id or not _in_network(other, network):
            continue
        for path, block in _ranges(resource.inputs):
            for _, taken in _ranges(other.inputs):
                if _overlap(block, taken):
                    whose = f"'{places.last(other.id)}' in region '{other.outputs.get('region')}'"
                    problem = (
                        f"googleapi: Error 400: Invalid IPCidrRange: {block} conflicts with existing "
                        f"subnetwork {whose}., badRequest"
                    )
                    return Refusal(path, problem, f"choose a range outside {taken}", _RANGES)
    return None


def replaced_by(resource: Resource, olds: Mapping[str, Any]) -> frozenset[str]:
    """A range grows in place; one that does not hold the old one makes a new subnetwork."""
    if resource.type != _TYPE:
        return frozenset()
    old, new = (dict(_ranges(inputs)).get("ipCidrRange") for inputs in (olds, resource.inputs))
    if old is None or new is None:
        return frozenset()
    grows = (
        isinstance(old, ipaddress.IPv4Network)
        and isinstance(new, ipaddress.IPv4Network)
        and old.subnet_of(new)
    )
    return frozenset() if grows else frozenset({"ipCidrRange"})


def secondary_ranges(subnetwork: str, record: Record) -> Mapping[str, str] | None:
    """Range name -> CIDR of a subnetwork in the record; `None` for one outside of it."""
    for existing in record.find(_TYPE):
        if lookup.names(existing, subnetwork) or existing.id == places.path_of(subnetwork):
            found: list[Mapping[str, str]] = paths.get(existing.inputs, "secondaryIpRanges") or []
            return {item["rangeName"]: item.get("ipCidrRange", "") for item in found}
    return None


def _in_network(existing: Existing, network: str) -> bool:
    value = str(existing.outputs.get("network") or existing.inputs.get("network"))
    return places.path_of(value) == network or value == places.last(network)


def _ranges(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Range]]:
    for pattern in _PATHS:
        for path, text in paths.find(inputs, pattern):
            if not isinstance(text, str):
                continue
            try:
                yield path, ipaddress.ip_network(text)
            except ValueError:
                continue  # The tables' own limit on the same path says what is wrong with it.


def _prohibited(path: str, block: Range) -> Iterator[Refusal]:
    for taken in _PROHIBITED:
        if _overlap(block, taken):
            source = "https://cloud.google.com/vpc/docs/subnets#prohibited-ranges"
            yield Refusal(
                path,
                f"{block} lies in {taken}, which no subnetwork may use",
                "choose a private range",
                source,
            )


def _overlap(one: Range, other: Range) -> bool:
    return one.version == other.version and one.overlaps(other)

"""What the network resource provider refuses because of what is already there.

A subnet outside its network or over another one. Networks that no stack of the rehearsal made are taken as
given.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.model import Record, Refusal, Resource

_SUBNET = "azure-native:network:Subnet"
_VNET = "azure-native:network:VirtualNetwork"
_SOURCE = "https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def refuse(resource: Resource, id: str, record: Record) -> Refusal | None:
    """Why a new object has no place, if it has none."""
    if resource.type == _VNET:
        return _refuse_inline(resource)
    return _refuse_subnet(resource, id, record) if resource.type == _SUBNET else None


def _refuse_inline(resource: Resource) -> Refusal | None:
    spaces = _blocks(paths.get(resource.inputs, "addressSpace.addressPrefixes") or [])
    taken: list[Network] = []
    subnets: list[Mapping[str, Any]] = resource.inputs.get("subnets") or []
    for index, item in enumerate(subnets):
        for block in _prefixes(item):
            refusal = _misplaced(f"subnets[{index}].addressPrefix", block, spaces, taken, "another subnet")
            if refusal:
                return refusal
            taken.append(block)
    return None


def _refuse_subnet(resource: Resource, id: str, record: Record) -> Refusal | None:
    vnet = id.rsplit("/subnets/", 1)[0]
    found = next((item for item in record.find(_VNET) if item.id.lower() == vnet.lower()), None)
    if found is None:
        return None
    spaces = _blocks(paths.get(found.inputs, "addressSpace.addressPrefixes") or [])
    taken: list[Network] = []
    for other in record.find(_SUBNET):
        if other.id.lower().startswith(vnet.lower() + "/subnets/") and other.urn != resource.urn:
            taken += _prefixes(other.inputs)
    inlines: list[Mapping[str, Any]] = found.inputs.get("subnets") or []
    for inline in inlines:
        if str(inline.get("name", "")).lower() != id.rsplit("/", 1)[-1].lower():
            taken += _prefixes(inline)
    for block in _prefixes(resource.inputs):
        refusal = _misplaced("addressPrefix", block, spaces, taken, found.id)
        if refusal:
            return refusal
    return None


def _misplaced(
    path: str, block: Network, spaces: list[Network], taken: list[Network], where: str
) -> Refusal | None:
    if spaces and not any(block.version == space.version and block.subnet_of(space) for space in spaces):  # pyright: ignore[reportArgumentType]: the versions are the same
        shown = ", ".join(map(str, spaces))
        problem = f"NetcfgSubnetRangeOutsideVnet: {block} lies outside the network's {shown}"
        return Refusal(path, problem, "choose a part of the network's address space", _SOURCE)
    for other in taken:
        if other.version == block.version and other.overlaps(block):
            problem = f"NetcfgSubnetRangesOverlap: {block} overlaps {other} in {where}"
            return Refusal(path, problem, "choose a range that is free", _SOURCE)
    return None


def _prefixes(subnet: Mapping[str, Any]) -> list[Network]:
    single = [subnet["addressPrefix"]] if subnet.get("addressPrefix") else []
    return list(_blocks([*single, *(subnet.get("addressPrefixes") or [])]))


def _blocks(texts: Any) -> list[Network]:
    return list(_parsed(texts))


def _parsed(texts: Any) -> Iterator[Network]:
    for text in texts:
        try:
            yield ipaddress.ip_network(str(text), strict=False)
        except ValueError:
            continue  # the limits of the tables have refused it already

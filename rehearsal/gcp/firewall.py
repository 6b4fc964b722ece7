"""Firewall rules, of a VPC and of policies: protocols, ports, and what cannot stand together.

Sources: mmv1/products/compute/Firewall.yaml and NetworkFirewallPolicyRule.yaml in
GoogleCloudPlatform/magic-modules; https://cloud.google.com/firewall/docs/firewall-policies-rule-details.
What a table can say is in compute-firewall.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.gcp import places
from rehearsal.gcp.presence import as_list, as_mapping, otherwise
from rehearsal.model import UNKNOWN, Record, Refusal, Resource

_RULES = "https://cloud.google.com/firewall/docs/firewalls#protocols_and_ports"
_DETAILS = "https://cloud.google.com/firewall/docs/firewall-policies-rule-details"
_PROTOCOLS = frozenset({"tcp", "udp", "icmp", "esp", "ah", "ipip", "sctp", "all"})
_WITH_PORTS = frozenset({"tcp", "udp", "sctp", "6", "17", "132"})
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_HIGHEST_PORT = 65535


def check_rule(resource: Resource) -> list[Refusal]:
    """A VPC firewall rule."""
    inputs = resource.inputs
    refusals = [*_layer4(inputs, "allows[*]", "protocol"), *_layer4(inputs, "denies[*]", "protocol")]
    sources = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
    given = [name for name in sources if inputs.get(name) not in (None, [])]
    direction = otherwise(inputs.get("direction"), "INGRESS")
    if direction == "INGRESS" and not given and inputs.get("disabled") is not True:
        refusals.append(
            Refusal(
                "",
                "one of sourceRanges, sourceTags or sourceServiceAccounts is required for INGRESS traffic",
                "give one of them",
                _RULES,
            )
        )
    if direction == "EGRESS" and given:
        refusals.append(
            Refusal(given[0], "an EGRESS rule takes no source", "write destinationRanges", _RULES)
        )
    return refusals


def check_policy_rule(resource: Resource) -> list[Refusal]:
    """A rule of a global, regional or hierarchical firewall policy."""
    inputs = resource.inputs
    refusals = [*_layer4(inputs, "match.layer4Configs[*]", "ipProtocol")]
    if paths.get(inputs, "match.layer4Configs") == []:
        problem = "a rule has to say which protocols it matches"
        refusals.append(Refusal("match.layer4Configs", problem, 'write [{ipProtocol: "all"}]', _DETAILS))
    if inputs.get("direction") == "EGRESS":
        for name in ("srcSecureTags", "srcFqdns", "srcRegionCodes", "srcThreatIntelligences"):
            if paths.get(inputs, f"match.{name}") not in (None, []):
                problem = "it is taken by INGRESS rules only"
                refusals.append(Refusal(f"match.{name}", problem, "match the destination instead", _DETAILS))
    if inputs.get("direction") == "INGRESS":
        for name in ("destFqdns", "destRegionCodes", "destThreatIntelligences"):
            if paths.get(inputs, f"match.{name}") not in (None, []):
                problem = "it is taken by EGRESS rules only"
                refusals.append(Refusal(f"match.{name}", problem, "match the source instead", _DETAILS))
    return refusals


def refuse_policy_rule(resource: Resource, id: str, record: Record) -> Refusal | None:
    """A secure tag made for another network, or for no network at all."""
    tags = [value for _, value in paths.find(resource.inputs, "targetSecureTags[*].name")]
    tags += [value for _, value in paths.find(resource.inputs, "match.srcSecureTags[*].name")]
    for tag in tags:
        key = _key_of(str(tag), record)
        if key is not None and key.get("purpose") != "GCE_FIREWALL":
            return Refusal(
                "targetSecureTags",
                f'the tag value "{tag}" belongs to a key whose purpose is not GCE_FIREWALL',
                "create its key with purpose GCE_FIREWALL and purposeData.network",
                "https://cloud.google.com/firewall/docs/tags-firewalls-overview",
            )
    return None


def _key_of(tag: str, record: Record) -> Mapping[str, Any] | None:
    """The tag key of a tag value, when both are in the record."""
    for value in record.find("gcp:tags/tagValue:TagValue"):
        if places.last(value.id) == places.last(tag):
            for key in record.find("gcp:tags/tagKey:TagKey"):
                if places.last(key.id) == places.last(str(value.inputs.get("parent"))):
                    return key.inputs
    return None


def _layer4(inputs: Mapping[str, Any], where: str, name: str) -> Iterator[Refusal]:
    for path, item in paths.find(inputs, where):
        protocol = (as_mapping(item) or {}).get(name)
        if not isinstance(protocol, str):
            continue
        plain = protocol.lower()
        if plain not in _PROTOCOLS and not (plain.isdecimal() and int(plain) <= 255):
            remedy = f"write one of {', '.join(sorted(_PROTOCOLS))} or a number from 0 to 255"
            yield Refusal(f"{path}.{name}", f'"{protocol}" is no protocol', remedy, _RULES)
        ports = as_list(paths.get(item, "ports"))
        if ports and plain not in _WITH_PORTS:
            remedy = "leave ports out, or write tcp, udp or sctp"
            yield Refusal(f"{path}.ports", f"{protocol} has no ports", remedy, _RULES)
        for index, port in enumerate(ports):
            if port is not UNKNOWN and not _is_port(str(port)):
                remedy = f"write a port or a range such as 8000-8080, up to {_HIGHEST_PORT}"
                yield Refusal(f"{path}.ports[{index}]", f'"{port}" is no port', remedy, _RULES)


def _is_port(text: str) -> bool:
    match = _PORTS.fullmatch(text)
    if match is None:
        return False
    low, high = int(match[1]), int(match[2] or match[1])
    return low <= high <= _HIGHEST_PORT

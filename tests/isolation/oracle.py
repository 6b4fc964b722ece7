"""NetworkPolicies judged one packet at a time from plain dictionaries, written from the API reference.

It shares nothing with `isolation/`: addresses come from the standard library, a packet is a protocol and a
port, and each question is asked anew.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]
End = Data | str  # a pod as {"namespace", "labels", "ports"}, or an outside address


def may_talk(
    policies: Sequence[Data], spaces: Mapping[str, Data], src: End, dst: End, packet: tuple[str, int]
) -> bool:
    """Whether the caller's egress and the called one's ingress both let the packet pass."""
    return _passes(policies, spaces, "Egress", (src, dst, dst), packet) and _passes(
        policies, spaces, "Ingress", (dst, src, dst), packet
    )


def _passes(
    policies: Sequence[Data],
    spaces: Mapping[str, Data],
    way: str,
    ends: tuple[End, End, End],
    packet: tuple[str, int],
) -> bool:
    me, other, dst = ends
    if isinstance(me, str):
        return True
    mine = [p for p in policies if way in _ways(p) and p["metadata"]["namespace"] == me["namespace"]]
    mine = [p for p in mine if _selects(p["spec"].get("podSelector") or {}, me["labels"])]
    if not mine:
        return True
    field, peers = ("ingress", "from") if way == "Ingress" else ("egress", "to")
    for policy in mine:
        for rule in _list(policy["spec"], field):
            who = not rule.get(peers) or any(_is(policy, spaces, peer, other) for peer in _list(rule, peers))
            what = not rule.get("ports") or any(_port(port, dst, packet) for port in _list(rule, "ports"))
            if who and what:
                return True
    return False


def _ways(policy: Data) -> list[str]:
    spec = policy["spec"]
    return spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])


def _is(policy: Data, spaces: Mapping[str, Data], peer: Data, other: End) -> bool:
    if "ipBlock" in peer:
        if not isinstance(other, str):
            return False
        address, block = ipaddress.ip_address(other), peer["ipBlock"]
        inside = address in ipaddress.ip_network(block["cidr"])
        return inside and not any(address in ipaddress.ip_network(cut) for cut in block.get("except", []))
    if isinstance(other, str):
        return False
    space = other["namespace"]
    if "namespaceSelector" in peer:
        labels = {**spaces.get(space, {}), "kubernetes.io/metadata.name": space}
        if not _selects(peer["namespaceSelector"], labels):
            return False
    elif space != policy["metadata"]["namespace"]:
        return False
    return "podSelector" not in peer or _selects(peer["podSelector"], other["labels"])


def _selects(selector: Data, labels: Data) -> bool:
    pairs: Data = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in pairs.items()):
        return False
    for wanted in _list(selector, "matchExpressions"):
        key: str = wanted["key"]
        has = key in labels
        verdict = {
            "Exists": has,
            "DoesNotExist": not has,
            "In": has and labels[key] in wanted.get("values", []),
            "NotIn": not has or labels[key] not in wanted.get("values", []),
        }[wanted["operator"]]
        if not verdict:
            return False
    return True


def _port(port: Data, dst: End, packet: tuple[str, int]) -> bool:
    protocol, number = packet
    if port.get("protocol", "TCP") != protocol:
        return False
    wanted = port.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return not isinstance(dst, str) and (wanted, protocol, number) in dst["ports"]
    return wanted <= number <= port.get("endPort", wanted)


def _list(data: Data, key: str) -> Sequence[Data]:
    return data.get(key) or []

"""Whole clusters at random: every pair, every packet, against the oracle."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolation.kubernetes.cluster import read_cluster
from isolation.kubernetes.connectivity import connectivity
from isolation.kubernetes.documents import read_folder
from tests.isolation.oracle import End, may_talk

Data = dict[str, Any]
LABELS = st.dictionaries(st.sampled_from("xy"), st.sampled_from("12"), max_size=2)


def expression(key: str, operator: str, values: list[str]) -> Data:
    """A selector's requirement; Exists and DoesNotExist take no values."""
    return {"key": key, "operator": operator} | ({"values": values} if operator in ("In", "NotIn") else {})


EXPRESSIONS = st.builds(
    expression,
    st.sampled_from("xy"),
    st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
    st.lists(st.sampled_from("12"), min_size=1, max_size=2),
)
SELECTORS = st.fixed_dictionaries(
    {}, optional={"matchLabels": LABELS, "matchExpressions": st.lists(EXPRESSIONS, max_size=2)}
)
BLOCKS = st.sampled_from(
    [
        {"cidr": "10.0.0.0/8"},
        {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]},
        {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/9", "192.0.2.0/24"]},
        {"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]},
        {"cidr": "::/0"},
    ]
)
PEERS = st.one_of(
    st.fixed_dictionaries({"podSelector": SELECTORS}),
    st.fixed_dictionaries({"namespaceSelector": SELECTORS}),
    st.fixed_dictionaries({"podSelector": SELECTORS, "namespaceSelector": SELECTORS}),
    st.fixed_dictionaries({"ipBlock": BLOCKS}),
)
PROTOCOLS = st.sampled_from(["TCP", "UDP", "SCTP"])
PORTS = st.one_of(
    st.fixed_dictionaries({"protocol": PROTOCOLS}),
    st.fixed_dictionaries(
        {"port": st.sampled_from([80, 81, "http", "dns"])}, optional={"protocol": PROTOCOLS}
    ),
    st.just({"port": 80, "endPort": 90, "protocol": "UDP"}),
)


def rules(peers: str) -> st.SearchStrategy[list[Data]]:
    one = st.fixed_dictionaries(
        {}, optional={peers: st.lists(PEERS, max_size=2), "ports": st.lists(PORTS, max_size=2)}
    )
    return st.lists(one, max_size=2)


SPECS = st.fixed_dictionaries(
    {"podSelector": SELECTORS},
    optional={
        "policyTypes": st.sampled_from([[], ["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": rules("from"),
        "egress": rules("to"),
    },
)
SPACES = ("default", "prod")
PODS = st.tuples(
    st.sampled_from(SPACES),
    LABELS,
    st.sets(st.sampled_from([("http", "TCP", 80), ("http", "TCP", 8080), ("dns", "UDP", 53)]), max_size=2),
)
PACKETS = [
    (protocol, port) for protocol in ("TCP", "UDP", "SCTP") for port in (1, 53, 80, 81, 85, 90, 8080, 65535)
]
OUTSIDE = ("0.0.0.0", "10.0.0.1", "10.1.2.3", "10.200.0.1", "192.0.2.7", "255.255.255.255", "2001:db8::1")
OUTSIDE_AND_SIX = (*OUTSIDE, "2001:db8:1::1", "::1")


def pod(name: str, namespace: str, labels: Data, ports: set[tuple[str, str, int]]) -> Data:
    listed = [{"name": n, "protocol": p, "containerPort": number} for n, p, number in sorted(ports)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"containers": [{"name": f"c{i}", "ports": [port]} for i, port in enumerate(listed)]},
    }


def says(connections: tuple[str, ...], packet: tuple[str, int]) -> bool:
    """Whether printed connections name the packet."""
    for text in connections:
        protocol, _, span = text.partition(" ")
        first, _, last = span.partition("-")
        if text == "ALL" or (protocol == packet[0] and int(first) <= packet[1] <= int(last or first)):
            return True
    return False


def holds(peer: str, end: End, names: dict[str, Data]) -> bool:
    """Whether a printed peer is the end: a workload by name, or a range with the address in it."""
    if not isinstance(end, str):
        return names.get(peer) is end
    if "/" in peer:
        return False
    first, last = (ipaddress.ip_address(text) for text in peer.split("-"))
    address = ipaddress.ip_address(end)
    return address.version == first.version and int(first) <= int(address) <= int(last)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(PODS, min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from(SPACES), SPECS), max_size=3),
    LABELS,
)
def test_every_pair_and_packet_agrees_with_the_oracle(
    tmp_path: Path, pods: list[Any], specs: list[tuple[str, Data]], prod: Data
) -> None:
    documents: list[Data] = [pod(f"p{i}", *one) for i, one in enumerate(pods)]
    documents.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod", "labels": prod}})
    policies: list[Data] = [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"n{index}", "namespace": space},
            "spec": spec,
        }
        for index, (space, spec) in enumerate(specs)
    ]
    (tmp_path / "all.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [*documents, *policies]})
    )
    found = connectivity(read_cluster(read_folder(tmp_path)), ipv6=True)
    names: dict[str, Data] = {
        f"{space}/p{i}": {"namespace": space, "labels": labels, "ports": ports}
        for i, (space, labels, ports) in enumerate(pods)
    }
    inside, outside = list(names.values()), list(OUTSIDE_AND_SIX)
    pairs = [(a, b) for a in [*inside, *outside] for b in [*inside, *outside]]
    for src, dst in pairs:
        if src is dst or (isinstance(src, str) and isinstance(dst, str)):
            continue
        rows = [row for row in found if holds(row.src, src, names) and holds(row.dst, dst, names)]
        assert len(rows) <= 1, "an address belongs to one range for each pair"
        for packet in PACKETS:
            expected = may_talk(policies, {"prod": prod}, src, dst, packet)
            assert any(says(row.connections, packet) for row in rows) == expected, (src, dst, packet)

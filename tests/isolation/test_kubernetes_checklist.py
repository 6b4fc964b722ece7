"""NetworkPolicy's traps: for each one a cluster where the pair talks and a twin where it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isolation.kubernetes.cluster import read_cluster
from isolation.kubernetes.connectivity import Connection, connectivity
from isolation.kubernetes.documents import Unreadable, read_folder

Data = dict[str, Any]
ALL = ("ALL",)


def pod(name: str, namespace: str = "default", **extra: Any) -> Data:
    container = {"name": "main", "ports": extra.pop("ports", [])}
    status = extra.pop("status", {})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"containers": [container], **extra},
        "status": status,
    }


def policy(name: str = "policy", **spec: Any) -> Data:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": {"matchLabels": {"app": "b"}}, **spec},
    }


def app(name: str) -> Data:
    return {"podSelector": {"matchLabels": {"app": name}}}


class Pairs:
    """The pairs of pods `a`, `b`, `c` in the default namespace and `a` in the namespace `prod`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self, *documents: Data, **options: Any) -> list[Connection]:
        standard = [pod("a"), pod("c"), pod("a", "prod")]
        given = {(d["metadata"]["name"], d["kind"], d["metadata"].get("namespace")) for d in documents}
        standard += [] if ("b", "Pod", "default") in given else [pod("b")]
        items = [*documents, *standard]
        (self.folder / "all.json").write_text(
            json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        )
        return connectivity(read_cluster(read_folder(self.folder)), **options)

    def __call__(self, src: str, dst: str, *documents: Data, **options: Any) -> tuple[str, ...]:
        found = [one for one in self.rows(*documents, **options) if (one.src, one.dst) == (src, dst)]
        return found[0].connections if found else ()


@pytest.fixture
def pairs(tmp_path: Path) -> Pairs:
    return Pairs(tmp_path)


def test_41_an_unselected_pod_allows_everything(pairs: Pairs) -> None:
    assert pairs("default/a", "default/c", policy()) == ALL
    assert pairs("default/a", "default/b", policy()) == ()


def test_41_isolation_is_per_direction(pairs: Pairs) -> None:
    assert pairs("default/b", "default/a", policy(policyTypes=["Ingress"])) == ALL
    assert pairs("default/b", "default/a", policy(policyTypes=["Egress"])) == ()
    assert pairs("default/a", "default/b", policy(policyTypes=["Egress"])) == ALL


def test_41_without_policy_types_egress_is_isolated_only_by_an_egress_rule(pairs: Pairs) -> None:
    assert pairs("default/b", "default/a", policy(egress=[])) == ALL
    assert pairs("default/b", "default/a", policy(egress=[{"to": [app("c")]}])) == ()
    assert pairs("default/a", "default/b", policy(egress=[{}])) == ()


def test_42_an_empty_list_of_rules_denies_and_an_empty_rule_allows(pairs: Pairs) -> None:
    assert pairs("default/a", "default/b", policy(ingress=[])) == ()
    assert pairs("default/a", "default/b", policy(ingress=[{}])) == ALL
    assert pairs("default/a", "default/b", policy(ingress=[{"from": [], "ports": []}])) == ALL


def test_43_two_selectors_in_a_peer_must_both_hold(pairs: Pairs) -> None:
    prod = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "prod"}}}
    both = policy(ingress=[{"from": [{**app("a"), **prod}]}])
    assert pairs("prod/a", "default/b", both) == ALL
    assert pairs("default/a", "default/b", both) == ()
    assert pairs("prod/a", "default/b", policy(ingress=[{"from": [app("a")]}])) == ()


def test_43_of_two_peers_one_is_enough(pairs: Pairs) -> None:
    prod = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "prod"}}}
    either = policy(ingress=[{"from": [app("a"), prod]}])
    assert pairs("prod/a", "default/b", either) == pairs("default/a", "default/b", either) == ALL
    assert pairs("default/c", "default/b", either) == ()


def test_44_except_is_cut_out_and_the_rest_is_joined(pairs: Pairs) -> None:
    blocks = [
        {"ipBlock": {"cidr": "10.0.0.0/15", "except": ["10.0.128.0/17"]}},
        {"ipBlock": {"cidr": "10.2.0.0/16"}},
    ]
    rows = pairs.rows(policy(ingress=[{"from": blocks}]))
    assert [one.src for one in rows if one.dst == "default/b"] == [
        "10.0.0.0-10.0.127.255",
        "10.1.0.0-10.2.255.255",
    ]


def test_44_a_block_in_ipv6(pairs: Pairs) -> None:
    blocks = [{"ipBlock": {"cidr": "2001:db8::/32", "except": ["2001:db8:8000::/33"]}}]
    rows = pairs.rows(policy(ingress=[{"from": blocks}]))
    assert [one.src for one in rows if one.dst == "default/b"] == [
        "2001:db8::-2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"
    ]
    assert not any(":" in one.src for one in pairs.rows(policy()))


def test_44_whether_a_block_holds_pods_is_read_both_ways(pairs: Pairs) -> None:
    block = policy(ingress=[{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}])
    assert pairs("default/a", "default/b", block) == ()
    assert pairs("default/a", "default/b", block, blocks_cover_pods=True) == ALL
    calls = policy(policyTypes=["Egress"], egress=[{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}])
    known = pod("d", status={"podIP": "172.16.0.1", "podIPs": [{"ip": "172.16.0.1"}]})
    assert pairs("default/b", "default/d", calls, known, blocks_cover_pods=True) == ()


def test_45_a_named_port_that_no_container_declares_matches_nothing(pairs: Pairs) -> None:
    named = policy(ingress=[{"ports": [{"port": "http"}]}])
    http = {"name": "http", "containerPort": 8080}
    assert pairs("default/a", "default/b", named) == ()
    assert pairs("default/a", "default/b", named, pod("b", ports=[{**http, "protocol": "UDP"}])) == ()
    assert pairs("default/a", "default/b", named, pod("b", ports=[http])) == ("TCP 8080",)


def test_45_the_named_port_of_an_egress_rule_is_that_of_the_called_pod(pairs: Pairs) -> None:
    named = policy(policyTypes=["Egress"], egress=[{"ports": [{"port": "http"}]}])
    own = pod("b", ports=[{"name": "http", "containerPort": 8080}])
    called = pod("d", ports=[{"name": "http", "containerPort": 9090}])
    assert pairs("default/b", "default/d", named, own, called) == ("TCP 9090",)
    assert pairs("default/b", "default/a", named, own, called) == ()
    assert pairs("default/b", "0.0.0.0-255.255.255.255", named, own, called) == ()


def test_46_a_range_of_ports(pairs: Pairs) -> None:
    ranged = policy(ingress=[{"ports": [{"port": 80, "endPort": 90}, {"port": 53, "protocol": "UDP"}]}])
    assert pairs("default/a", "default/b", ranged) == ("TCP 80-90", "UDP 53")
    assert pairs("default/a", "default/b", policy(ingress=[{"ports": [{"port": 80}]}])) == ("TCP 80",)


def test_46_all_is_three_protocols(pairs: Pairs) -> None:
    every = [{"protocol": protocol} for protocol in ("TCP", "UDP", "SCTP")]
    assert pairs("default/a", "default/b", policy(ingress=[{"ports": every}])) == ALL
    assert pairs("default/a", "default/b", policy(ingress=[{"ports": every[:2]}])) == (
        "TCP 1-65535",
        "UDP 1-65535",
    )


def test_47_a_workload_and_itself_are_no_pair_unless_asked_for(pairs: Pairs) -> None:
    template = {"metadata": {"labels": {"app": "b"}}, "spec": {"containers": [{"name": "main"}]}}
    train: Data = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "train"}}
    train["spec"] = {"template": template}
    assert pairs("default/train", "default/train", train) == ()
    assert pairs("default/train", "default/train", train, within_workloads=True) == ALL
    assert pairs("default/train", "default/train", train, policy(), within_workloads=True) == ()
    assert pairs("default/a", "default/a", within_workloads=True) == ()


def cilium(name: str = "c", **spec: Any) -> Data:
    """A CiliumNetworkPolicy of the default namespace, for all its pods unless it selects some."""
    body: Data = {"endpointSelector": {}, **spec}
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": name},
        "spec": body,
    }


def labelled(name: str, **more: str) -> Data:
    return {"matchLabels": {"app": name, **more}}


FROM_A = {"fromEndpoints": [labelled("a")]}
WEB = {"toPorts": [{"ports": [{"port": "80", "protocol": "TCP"}]}]}


def test_48_of_cilium_a_deny_beats_every_allow(pairs: Pairs) -> None:
    to_b = {"endpointSelector": labelled("b")}
    allow, deny = cilium("allow", **to_b, ingress=[FROM_A]), cilium("deny", **to_b, ingressDeny=[FROM_A])
    assert pairs("default/a", "default/b", allow) == ALL
    assert pairs("default/a", "default/b", allow, deny) == ()
    assert pairs("default/a", "default/b", policy(ingress=[{}]), deny) == (), "a NetworkPolicy's allow, too"
    but_web = cilium("deny", **to_b, ingressDeny=[{**FROM_A, **WEB}])
    left = ("TCP 1-79", "TCP 81-65535", "UDP 1-65535", "SCTP 1-65535")
    assert pairs("default/a", "default/b", allow, but_web) == left


def test_48_of_cilium_a_default_deny_can_be_left_out(pairs: Pairs) -> None:
    for rules in ("ingress", "ingressDeny"):
        asked: Data = {rules: [FROM_A], "endpointSelector": labelled("b")}
        assert pairs("default/c", "default/b", cilium("c", **asked)) == ()
        kept = cilium("c", **asked, enableDefaultDeny={"ingress": False})
        assert pairs("default/c", "default/b", kept) == ALL
    empty = cilium(ingress=[{}])
    assert pairs("default/a", "default/b", empty) == (), "an empty rule isolates and allows nothing"
    assert pairs("default/a", "default/b", cilium(ingress=[])) == ALL, "no rule is none"
    assert pairs("default/a", "default/b", cilium(ingress=[WEB])) == ("TCP 80",), (
        "ports alone are from everyone"
    )


def test_48_of_ciliums_peers(pairs: Pairs) -> None:
    outward = cilium(egress=[{"toCIDRSet": [{"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}]}])
    assert pairs("default/a", "11.0.0.0-255.255.255.255", outward) == ALL
    assert pairs("default/a", "default/b", outward) == (), "addresses hold no pods"
    assert pairs("default/a", "default/b", cilium(egress=[{"toEntities": ["cluster"]}])) == ALL
    assert pairs("default/a", "0.0.0.0-255.255.255.255", cilium(egress=[{"toEntities": ["world"]}])) == ALL
    there = {"fromEndpoints": [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "other"}}]}
    far = {**pod("d"), "metadata": {"name": "d", "namespace": "other", "labels": {"app": "d"}}}
    assert pairs("other/d", "default/b", cilium(ingress=[there]), far) == ALL
    assert pairs("other/d", "default/b", cilium(ingress=[{"fromEndpoints": [{}]}]), far) == (), (
        "its namespace only"
    )
    whole = {**cilium(ingress=[{"fromEndpoints": [{}]}]), "kind": "CiliumClusterwideNetworkPolicy"}
    assert pairs("other/d", "default/b", whole, far) == ALL


def test_48_what_is_not_modelled_is_refused_not_ignored(pairs: Pairs) -> None:
    with pytest.raises(Unreadable, match="toFQDNs"):
        pairs.rows(cilium(egress=[{"toFQDNs": [{"matchName": "example.com"}]}]))
    with pytest.raises(Unreadable, match="'http' is no number"):
        pairs.rows(cilium(ingress=[{"toPorts": [{"ports": [{"port": "http"}]}]}]))
    with pytest.raises(Unreadable, match=r"projectcalico\.org/v3 decides about packets too"):
        pairs.rows({**policy(), "apiVersion": "projectcalico.org/v3"})
    assert pairs.rows({**policy(), "apiVersion": "cilium.io/v2", "kind": "CiliumEndpoint"})


def test_the_nodes_network_is_beyond_policies(pairs: Pairs) -> None:
    assert pairs("default/a", "default/b", policy(), pod("b", hostNetwork=True)) == ALL
    only_b = policy(podSelector={}, policyTypes=["Egress"], egress=[{"to": [app("b")]}])
    assert pairs("default/a", "default/b", only_b) == ALL
    assert pairs("default/a", "default/b", only_b, pod("b", hostNetwork=True)) == ()

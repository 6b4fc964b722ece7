"""Who may talk to whom inside a cluster: nobody, but for the flows of a tenant.

Turns the flows of `tenants.yaml` and a cluster's profile into NetworkPolicies: one that denies everything
both ways, and one per flow, so that a review reads them one by one.

Guarantees: no rule is open to everywhere; addresses outside the cluster are named as ranges, pods by their
labels, because data planes differ in whether a range matches a pod.

Leaves out: the network underneath (the cloud's firewall says the same again), and probes of the kubelet on
the same node, which every data plane lets through.
Source: kubernetes.io/docs/concepts/services-networking/network-policies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes.networking.v1._inputs import NetworkPolicySpecArgs
from pulumi_kubernetes.networking.v1.NetworkPolicy import NetworkPolicy

from components.kubernetes.profile import Peer, Profile
from components.kubernetes.scope import Scope
from components.kubernetes.tenants import Allow, Tenant

SERVING_PORT = 8443
# Webhooks of cert-manager and trust-manager, Kueue and KEDA, and KEDA's metrics API (each chart's values).
WEBHOOK_PORTS = (10250, 6443, 9443)
# Pods that train together carry it.
COLLECTIVE = {"palisade/role": "trainer"}

Rule = dict[str, Any]
DENY: Rule = {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}


def policies(scope: Scope, name: str, tenant: Tenant, home: pulumi.Resource) -> list[pulumi.Resource]:
    """Every policy of a namespace, the default deny first. `home` is the namespace."""
    opened = flows(scope.profile)
    rules = {"default-deny": DENY, **{allow.value: opened[allow] for allow in tenant.allows}}
    return [
        NetworkPolicy(
            scope.name(f"{name}-{what}"),
            metadata={"name": what, "namespace": name},
            spec=NetworkPolicySpecArgs(**rule),
            opts=scope.opts(home),
        )
        for what, rule in rules.items()
    ]


def flows(profile: Profile) -> Mapping[Allow, Rule]:
    """What each flow opens in one cluster."""
    callers = [peer.model_copy(update={"tcp": WEBHOOK_PORTS}) for peer in profile.webhook_callers]
    same: Rule = {"pod_selector": {"match_labels": COLLECTIVE}}
    return {
        Allow.NAMES: _egress(profile.names),
        Allow.CREDENTIALS: _egress(profile.credentials),
        Allow.PRIVATE_APIS: _egress([Peer(ranges=profile.private_apis, tcp=(443,))]),
        Allow.API_SERVER: _egress([Peer(ranges=profile.api_servers, tcp=(443,))]),
        Allow.WEBHOOKS: _ingress(callers),
        Allow.GATEWAY: _ingress([Peer(ranges=profile.load_balancers, tcp=(SERVING_PORT,))]),
        Allow.MEASURED: _ingress([Peer(namespace="scaling", tcp=(SERVING_PORT,))]),
        Allow.MEASURES: _egress([Peer(namespace="inference", tcp=(SERVING_PORT,))]),
        Allow.COLLECTIVES: {
            **same,
            "policy_types": ["Ingress", "Egress"],
            "ingress": [{"from_": [same]}],
            "egress": [{"to": [same]}],
        },
    }


def _egress(peers: Sequence[Peer]) -> Rule:
    rules = [{"to": _ends(peer), "ports": _ports(peer)} for peer in peers]
    return {"pod_selector": {}, "policy_types": ["Egress"], "egress": rules}


def _ingress(peers: Sequence[Peer]) -> Rule:
    rules = [{"from_": _ends(peer), "ports": _ports(peer)} for peer in peers]
    return {"pod_selector": {}, "policy_types": ["Ingress"], "ingress": rules}


def _ends(peer: Peer) -> list[Rule]:
    if peer.namespace is None:
        return [{"ip_block": {"cidr": cidr}} for cidr in peer.ranges]
    end: Rule = {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": peer.namespace}}}
    if peer.labels:
        end["pod_selector"] = {
            "match_expressions": [
                {"key": key, "operator": "In", "values": list(values)} for key, values in peer.labels.items()
            ]
        }
    return [end]


def _ports(peer: Peer) -> list[Mapping[str, Any]]:
    ports = [("TCP", port) for port in peer.tcp] + [("UDP", port) for port in peer.udp]
    return [{"protocol": protocol, "port": port} for protocol, port in ports]

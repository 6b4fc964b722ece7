"""Pods of EKS: which subnets and groups they have, and whether NetworkPolicies bind them.

The VPC's own network plugin gives a pod an address, or one of a prefix, of its node's subnet and its node's
groups. Custom networking gives pods a subnet and groups of an ENIConfig, security groups for pods the groups
of a SecurityGroupPolicy; what leaves the VPC may still go by the node's own interface. Which pods a selector
chooses is not asked here: each pod of such a cluster may stand in any of these places.
NetworkPolicies bind nobody until the plugin is told to enforce them, and never on Fargate.

Sources: docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html, security-groups-for-pods.html,
cni-network-policy.html, auto-net-pol.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import yaml

from isolation.aws import types
from isolation.aws.clusters import called, clusters_of, nodes_of
from isolation.aws.groups import Groups
from isolation.aws.interfaces import Interface, Interfaces
from isolation.aws.places import Places
from isolation.intervals import IntervalSet
from isolation.kubernetes.joined import is_provider_of
from isolation.model import ClusterPlace, Kind, Unmodelled
from isolation.resources import Graph, Resource

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
# Network plugins of others, by the charts that install them: their agents enforce policies by default.
OTHER_PLUGINS = ("cilium", "tigera-operator", "calico")


class PodReader:
    """Reads places of pods that are not those of nodes into `interfaces`."""

    def __init__(self, graph: Graph, places: Places, groups: Groups, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._groups = groups
        self._interfaces = interfaces
        self.unmodelled: list[Unmodelled] = []

    def read(self) -> None:
        """Every place, after those of nodes."""
        for config in self._graph.of(types.INTERFACE_CONFIG):
            for cluster in self._clusters(config):
                for subnet in self._places.of_subnet(config, config.at("spec.subnet")):
                    groups = self._groups.of(config, config.at("spec.securityGroups"), subnet.vpc)
                    name = f"pods by ENIConfig {config.name} in {subnet.name}"
                    one = Interface(name, Kind.POD, subnet, groups, origin=config.urn)
                    self._interfaces.add(one, _pods_of(cluster))
        for policy in self._graph.of(types.POD_GROUPS):
            for cluster in self._clusters(policy):
                nodes = self._interfaces.of(nodes_of(cluster))
                for subnet in dict.fromkeys(one.subnet for one in nodes):
                    groups = self._groups.of(policy, policy.at("spec.securityGroups.groupIds"), subnet.vpc)
                    name = f"pods by SecurityGroupPolicy {policy.name} in {subnet.name}"
                    one = Interface(name, Kind.POD, subnet, groups, origin=policy.urn)
                    self._interfaces.add(one, _pods_of(cluster))

    def places(self) -> Iterator[ClusterPlace]:
        """Where the pods of each cluster stand."""
        for cluster in self._graph.of(types.CLUSTER):
            found = self._interfaces.of(nodes_of(cluster), _pods_of(cluster))
            if not found:
                continue
            enforced, unknown = self._enforces(cluster)
            unenforced = frozenset(one.name for one in found if not enforced or self._is_fargate(one))
            yield ClusterPlace(
                called(cluster),
                tuple(one.name for one in found),
                IntervalSet.union(one.addresses for one in found),
                cluster.urn,
                unenforced,
                unknown,
            )

    def _clusters(self, placed: Resource) -> list[Resource]:
        """The cluster that an object is in; one that is nowhere in the plan may be anybody's."""
        found = list(clusters_of(self._graph, placed))
        if not found:
            why = "its provider is none of a cluster of this plan, so nobody knows whose pods it moves"
            self.unmodelled.append(Unmodelled(placed.label, why, origin=placed.urn))
        return found

    def _is_fargate(self, one: Interface) -> bool:
        origin = self._graph.by_urn.get(one.origin)
        return origin is not None and origin.type == types.FARGATE

    def _enforces(self, cluster: Resource) -> tuple[bool, tuple[str, ...]]:
        """Whether NetworkPolicies bind on the machines of a cluster, and what that hangs on."""
        for addon in self._graph.of(types.ADDON):
            if addon.at("addonName").text() != "vpc-cni":
                continue
            if cluster not in self._graph.refer(addon, addon.at("clusterName"), types.CLUSTER).resources:
                continue
            settings = addon.at("configurationValues")
            if settings.partly_unknown:
                return False, (settings.where,)
            if _setting(settings.text(), "enableNetworkPolicy"):
                return True, ()
        for one in self._graph.resources:
            if not is_provider_of(self._graph, one.provider, called(cluster), cluster.urn):
                continue
            if "helm" in one.type and one.at("chart").text().rpartition("/")[2] in OTHER_PLUGINS:
                return True, ()
            if one.type == CONFIG_MAP and one.at("metadata.name").text() == "amazon-vpc-cni":
                asked = one.at("data.enable-network-policy-controller")
                if asked.flag() or asked.unknown:
                    return asked.flag(), (asked.where,) if asked.unknown else ()
        return False, ()


def _pods_of(cluster: Resource) -> str:
    return f"pods of {cluster.urn}"


def _setting(text: str, name: str) -> bool:
    """Whether a setting of an add-on is true; its values are JSON or YAML in a text."""
    try:
        values: object = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    found = cast("dict[str, object]", values).get(name) if isinstance(values, dict) else None
    return str(found).lower() == "true"

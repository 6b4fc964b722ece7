"""Training stays alone: Google Cloud's side of `policies/rules/training.yaml`, over the whole stack.

A training network is one in which any machine with accelerators stands: GKE nodes, instances, TPUs.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, stack_check
from policies.framework.values import Undecided, View
from policies.rules.gcp.filters import FILTERS, NETWORK, Filter, filters_of
from policies.rules.gcp.machines import (
    CLUSTER,
    INSTANCES,
    NODE_POOL,
    TPU,
    accelerated,
    cluster_of,
    node_configs,
)
from policies.rules.gcp.network import NAT, ROUTE, SUBNET, internet_route
from policies.rules.ranges import overlap

ROUTER = "gcp:compute/router:Router"
LEARNED_ROUTES = (
    "gcp:compute/routerPeer:RouterPeer",
    "gcp:compute/vPNTunnel:VPNTunnel",
    "gcp:compute/interconnectAttachment:InterconnectAttachment",
)
MACHINES = (CLUSTER, NODE_POOL, *INSTANCES, TPU)


@stack_check("training-has-no-internet-route", *MACHINES)
def has_no_way_out(stack: Stack) -> Iterator[Finding]:
    networks = _training_networks(stack)
    if not networks:
        raise NotApplicable("no machine has accelerators")
    for network in stack.of_type(NETWORK):
        if network.urn in networks and network.at("deleteDefaultRoutesOnCreate").value is not True:
            yield Finding(f"{network.label}, where training runs, keeps its default route", urn=network.urn)
    for route in stack.of_type(ROUTE):
        if _key(stack, route.at("network"), route) in networks:
            for finding in internet_route(route):
                yield Finding(f"{route.label} in the training network: {finding.problem}", urn=route.urn)
    yield from _by_router(stack, networks)
    yield from _by_address(stack, networks)


def _by_router(stack: Stack, networks: set[str]) -> Iterator[Finding]:
    """NAT, and routes that a neighbour announces and no plan can know."""
    for nat in stack.of_type(NAT, *LEARNED_ROUTES):
        router = stack.target(nat.at("router"), nat, ROUTER)
        here = not isinstance(router, Resource) or _key(stack, router.at("network"), router) in networks
        private = nat.type == NAT and nat.at("type").value == "PRIVATE"
        if here and not private:
            what = "translates addresses" if nat.type == NAT else "brings in routes that no plan tells"
            yield Finding(f"{nat.label} {what} in the training network", urn=nat.urn)


def _by_address(stack: Stack, networks: set[str]) -> Iterator[Finding]:
    """Any machine with a public address in the network could pass traffic on."""
    for machine in stack.of_type(*INSTANCES):
        for interface in machine.at("networkInterfaces").items():
            public = any(True for _ in interface.at("accessConfigs").items())
            if public and _interface_key(stack, interface, machine) in networks:
                yield Finding(
                    f"{machine.label} has a public address in the training network", urn=machine.urn
                )


@stack_check("enterprise-networks-never-reach-gpu-nodes", *FILTERS)
def never_reaches_gpu_nodes(stack: Stack) -> Iterator[Finding]:
    ranges = stack.situation.enterprise_ranges
    if not ranges:
        raise NotApplicable("no enterprise ranges are given")
    gpus = [resource for resource, config in node_configs(stack) if accelerated(config)]
    gpus += [machine for machine in stack.of_type(*INSTANCES) if accelerated(machine.root)]
    gpus += list(stack.of_type(TPU))
    if not gpus:
        raise NotApplicable("no machine has accelerators")
    for resource in stack.of_type(*FILTERS):
        for rule in filters_of(resource):
            if _admits(rule, ranges) and any(_applies(stack, rule, gpu) for gpu in gpus):
                yield Finding(f"{rule.label} admits the enterprise network to GPU nodes", urn=resource.urn)


def _admits(rule: Filter, ranges: tuple[str, ...]) -> bool:
    if not (rule.enabled and rule.action == "allow" and rule.direction == "INGRESS"):
        return False
    return overlap(rule.ranges, ranges) if rule.ranges else not rule.other_end_narrowed


def _applies(stack: Stack, rule: Filter, machine: Resource) -> bool:
    """Whether a rule's targets name the machine. What cannot be told counts as naming it."""
    if not rule.targets:
        return True
    config = machine.at("nodeConfig") if machine.type in (CLUSTER, NODE_POOL) else machine.root
    for target in rule.targets:
        marks = _marks(target)
        if marks is None:
            tagged = {source.urn for source in stack.sources(rule.resource, target.path)}
            worn = {
                source.urn
                for top in ("nodeConfig", "resourceManagerTags", "params", "serviceAccount")
                for source in stack.sources(machine, top)
            }
            if not tagged or tagged & worn:
                return True
        elif marks & _worn(config) or _some_unknown(config):
            return True
    return False


def _marks(target: View) -> set[str] | None:
    """The tags or accounts of a target, `None` when any is unknown."""
    try:
        return {view.text or view.at("name").text for view in _named(target)}
    except Undecided:
        return None


def _named(target: View) -> Iterator[View]:
    for view in target.items():
        yield view.at("name") if view.keys() else view


def _worn(config: View) -> set[str]:
    """The tags and accounts of a machine, as far as they are known."""
    tags = config.at("resourceManagerTags")
    worn = [] if tags.unknown else [tags.at(key) for key in tags.keys()]  # noqa: SIM118 a view is no mapping
    worn += [] if config.at("tags").unknown else list(config.at("tags").items())
    account = config.at("serviceAccount")
    worn += [account.at("email") if _is_block(account) else account]
    return {view.text for view in worn if not view.unknown and not view.missing}


def _is_block(view: View) -> bool:
    return not view.unknown and bool(view.keys())


def _some_unknown(config: View) -> bool:
    return any(config.at(path).unknown for path in ("tags", "resourceManagerTags"))


def _training_networks(stack: Stack) -> set[str]:
    """The networks of machines with accelerators: a URN, or the text of one outside the stack."""
    found: set[str] = set()
    for resource, config in node_configs(stack):
        if accelerated(config):
            cluster = resource if resource.type == CLUSTER else cluster_of(stack, resource)
            if isinstance(cluster, Resource):
                found.add(_machine_key(stack, cluster.at("network"), cluster.at("subnetwork"), cluster))
    for machine in stack.of_type(*INSTANCES):
        if accelerated(machine.root):
            found |= {_interface_key(stack, nic, machine) for nic in machine.at("networkInterfaces").items()}
    for tpu in stack.of_type(TPU):
        config = tpu.at("networkConfig")
        found.add(_machine_key(stack, config.at("network"), config.at("subnetwork"), tpu))
    return found


def _interface_key(stack: Stack, interface: View, machine: Resource) -> str:
    return _machine_key(stack, interface.at("network"), interface.at("subnetwork"), machine)


def _machine_key(stack: Stack, network: View, subnet: View, resource: Resource) -> str:
    """The network a machine stands in, by the network it names or by its subnet's."""
    if network.missing and not subnet.missing:
        target = stack.target(subnet, resource, SUBNET)
        if isinstance(target, Resource):
            return _key(stack, target.at("network"), target)
        return str(target)
    return _key(stack, network, resource)


def _key(stack: Stack, view: View, resource: Resource) -> str:
    target = stack.target(view, resource, NETWORK)
    return target.urn if isinstance(target, Resource) else str(target or "default")

"""What clusters of an AWS stack are like for their workloads, and what EKS leaves to them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

import pulumi

from components.accounts import DEPLOYERS
from components.aws.controllers import Controllers
from components.aws.machines import machines
from components.aws.subnets import control_ranges, zone_ranges
from components.contracts import Cluster, SegmentName
from components.kubernetes.cloud_controllers import NodeScaler, NodeScalerArgs
from components.kubernetes.device_plugins import EFA, DevicePlugins, DevicePluginsArgs
from components.kubernetes.model_server import KeyStore
from components.kubernetes.profile import Profile, defaults
from stacks.aws.base import Base
from stacks.model.choices import Accelerator
from stacks.model.sections import Inference, Training
from stacks.segments import segment_ranges
from stacks.workloads import Grounded, Inside, node_labels

SECRETS_DRIVER, SECRETS_PROVIDER = "secrets-store.csi.k8s.io", "aws"
SECRETS_API = "secrets-store.csi.x-k8s.io/v1"
# Where a cluster's Services for the API server and for names are in their range.
# Source: docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html.
API_SERVICE, NAMES_SERVICE = 1, 10


def inside(
    name: str, base: Base, segment: SegmentName, cluster: Cluster, rights: tuple[pulumi.Resource, ...]
) -> Inside:
    """The cluster `name` of a segment. `rights` are waited for before anything is put in."""
    place = base.place
    return Inside(
        cluster=cluster,
        identifier=f"{place.account}/{place.region}/{name}",
        trust_domain=f"{name}.{place.account}",
        profile=_profile(base, segment),
        administrators=(DEPLOYERS,),
        # The add-on for logs brings an exporter of its own: one agent per accelerator.
        measures_gpus=True,
        rights=rights,
    )


def equip(ground: Grounded, base: Base, asked: Training | Inference, rights: Controllers) -> None:
    """What EKS leaves to the cluster: the autoscaler of its nodes, and its device plugins."""
    name = ground.name
    scaler = NodeScalerArgs(
        ready=ground.ready, cluster_name=name, region=base.place.region, rights=rights.ready
    )
    NodeScaler(f"{name}-nodes", scaler, ground.opts)
    if asked.accelerator is not Accelerator.NONE:
        devices = DevicePluginsArgs(
            ready=ground.ready,
            node_labels=node_labels(asked.accelerator),
            adapters=bool(adapters(asked)),
        )
        DevicePlugins(f"{name}-devices", devices, ground.opts)


def adapters(asked: Training | Inference) -> Mapping[str, int]:
    """A node's adapters for collectives, by resource name."""
    if asked.accelerator is Accelerator.NONE:
        return {}
    machine = machines().accelerators[asked.accelerator].machines[asked.accelerators_per_node]
    return {EFA: machine.efa_cards} if machine.efa_cards > 1 else {}


def key_store(secrets: Mapping[str, pulumi.Output[str]]) -> KeyStore | None:
    """How pods mount callers' API keys, by caller, if there are any."""
    if not secrets:
        return None
    entries = [
        pulumi.Output.format(
            '- objectName: "{0}"\n  objectType: secretsmanager\n  objectAlias: "{1}"\n', secret, caller
        )
        for caller, secret in secrets.items()
    ]
    parameters = {"objects": pulumi.Output.concat(*entries), "usePodIdentity": "true"}
    return KeyStore(SECRETS_DRIVER, SECRETS_PROVIDER, SECRETS_API, parameters)


def _profile(base: Base, segment: SegmentName) -> Profile:
    ranges = segment_ranges(base.settings)
    own, zones = ranges[segment], base.place.zones
    services = IPv4Network(own.services or "")
    edge = ranges[SegmentName.EDGE].nodes
    return Profile(
        cloud=defaults("aws"),
        private_apis=(ranges[SegmentName.DATA].nodes,),
        api_server=tuple(control_ranges(segment, own.pods or own.nodes, zones).values()),
        load_balancers=tuple(zone_ranges(SegmentName.EDGE, edge, zones).values()),
        api_service=f"{services[API_SERVICE]}/32",
        names_service=f"{services[NAMES_SERVICE]}/32",
    )

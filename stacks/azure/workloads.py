"""What clusters of an Azure stack are like for their workloads, and what AKS leaves to them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

import pulumi

from components.accounts import INFERENCE_ACCOUNTS, TRAINING_ACCOUNTS, KubernetesAccount
from components.contracts import Cluster, SegmentName, Workload
from components.kubernetes.device_plugins import DevicePlugins, DevicePluginsArgs
from components.kubernetes.managed_identities import ManagedIdentities, ManagedIdentitiesArgs
from components.kubernetes.model_server import KeyStore
from components.kubernetes.profile import Profile, defaults
from stacks.azure.base import Base
from stacks.model.choices import Accelerator
from stacks.model.sections import Inference, Training
from stacks.segments import segment_ranges
from stacks.settings import Settings
from stacks.workloads import Grounded, Inside, node_labels

IDENTITY_ANNOTATION = "azure.workload.identity/client-id"
SECRETS_DRIVER, SECRETS_PROVIDER = "secrets-store.csi.k8s.io", "azure"
SECRETS_API = "secrets-store.csi.x-k8s.io/v1"


def inside(name: str, base: Base, segment: SegmentName, cluster: Cluster) -> Inside:
    """The cluster `name` of a segment. Its kubeconfig resolves once the deployer may act in it."""
    place = base.place
    accounts = {**TRAINING_ACCOUNTS, **INFERENCE_ACCOUNTS}
    return Inside(
        cluster=cluster,
        identifier=f"{place.subscription}/{place.location}/{name}",
        # A name in a certificate ends at 64 characters.
        trust_domain=f"{name}.{place.subscription[-12:]}",
        profile=_profile(base.settings, segment),
        # An identity is known to API servers by its object id.
        administrators=(base.identities[Workload.DEPLOYER].principal,),
        identities={workload: base.actors[workload].client for workload in accounts},
    )


def equip(
    ground: Grounded,
    base: Base,
    asked: Training | Inference,
    accounts: Mapping[Workload, KubernetesAccount],
) -> None:
    """What AKS leaves to the cluster: who acts as whom, and the device plugin."""
    name = ground.name
    acting = ManagedIdentitiesArgs(
        ready=ground.ready, accounts=accounts, clients={each: base.actors[each].client for each in accounts}
    )
    ManagedIdentities(f"{name}-identities", acting, ground.opts)
    if asked.accelerator is not Accelerator.NONE:
        devices = DevicePluginsArgs(ready=ground.ready, node_labels=node_labels(asked.accelerator))
        DevicePlugins(f"{name}-devices", devices, ground.opts)


def answering_address(settings: Settings) -> str:
    """Where pods answer the edge: the last address of the segment's machines, which get the first ones."""
    return str(IPv4Network(segment_ranges(settings)[SegmentName.INFERENCE].nodes)[-2])


def key_store(base: Base, vault: str, secrets: Mapping[str, pulumi.Output[str]]) -> KeyStore | None:
    """How pods mount secrets of a vault, by the names of the files, if there are any."""
    if not secrets:
        return None
    entries = [
        pulumi.Output.format(
            '  - |\n    objectName: "{0}"\n    objectType: secret\n    objectAlias: "{1}"\n', secret, file
        )
        for file, secret in secrets.items()
    ]
    parameters: dict[str, str | pulumi.Output[str]] = {
        "clientID": base.actors[Workload.INFERENCE].client,
        "keyvaultName": vault,
        "objects": pulumi.Output.concat("array:\n", *entries),
        "tenantId": base.place.tenant,
        # Tokens come from beside the API server (docs/adr/0017).
        "useAzureTokenProxy": "true",
    }
    return KeyStore(SECRETS_DRIVER, SECRETS_PROVIDER, SECRETS_API, parameters)


def _profile(settings: Settings, segment: SegmentName) -> Profile:
    ranges = segment_ranges(settings)
    return Profile(
        cloud=defaults("azure"),
        private_apis=(ranges[SegmentName.DATA].nodes,),
        # The API server's endpoint takes an address of the segment's machines.
        api_server=(ranges[segment].nodes,),
        load_balancers=(ranges[SegmentName.EDGE].nodes,),
        identity_annotation=IDENTITY_ANNOTATION,
    )

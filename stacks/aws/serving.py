"""What serves a model on AWS: certificates, callers, the edge, the cluster, and what judges prompts.

Built only where the stack file has the section `inference`. The edge comes before the pods: they are
registered behind it as they come.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.accounts import INFERENCE_ACCOUNTS
from components.aws.api_keys import ApiKeys
from components.aws.authority import PrivateAuthority
from components.aws.callers import Callers, Issuer
from components.aws.certificates import Certificates
from components.aws.cluster_access import ClusterAccess
from components.aws.controllers import Controllers
from components.aws.edge import Edge
from components.aws.inference import InferenceCluster
from components.aws.network import Network
from components.aws.pod_alerts import PodAlerts
from components.aws.prompts import Prompts
from components.aws.topic import Topic
from components.aws.trust import Trust
from components.aws.workload_bindings import WorkloadBindings
from components.contracts import Endpoint, SegmentName
from components.kubernetes import gateway, model_server
from components.kubernetes.cloud_controllers import Registrar, RegistrarArgs
from components.kubernetes.tenants import Role
from stacks.aws import cluster_args, edge_args, records_args
from stacks.aws.base import Base, amazon
from stacks.aws.workloads import equip, inside, key_store
from stacks.model.choices import Phase
from stacks.model.sections import Inference
from stacks.workloads import Released, Screening, Serving, lay_ground, run_models


@dataclass(frozen=True)
class Surroundings:
    """What serving needs besides the base. `access_logs` is the bucket of access logs."""

    network: Network
    topic: Topic
    access_logs: pulumi.Output[str]
    released: Released


def serve(base: Base, asked: Inference, around: Surroundings, opts: pulumi.ResourceOptions) -> Endpoint:
    """Everything from the address to the pods, and its exports."""
    name = base.settings.prefix
    certificates = Certificates(f"{name}-models", edge_args.certificates(base, asked, around.topic.arn), opts)
    known = edge_args.Known(certificates.handle, _issuer(base, opts), _trust_store(base, asked, around, opts))
    placement = around.network.placements[SegmentName.EDGE]
    edge = Edge(f"{name}-edge", edge_args.edge(base, asked, placement, known), opts)
    _answer(base, asked, around, edge, opts)
    pulumi.export("models", dict.fromkeys(asked.hosts, edge.handle.address))
    pulumi.export("certificate_records", dict(certificates.records))
    return edge.handle


def _issuer(base: Base, opts: pulumi.ResourceOptions) -> Issuer:
    """Whose tokens count: the enterprise's issuer, or a user pool of ours."""
    if given := amazon(base.settings).issuer:
        return Issuer(
            pulumi.Output.from_input(given.url), pulumi.Output.from_input(given.keys_url), given.scope
        )
    callers = Callers(f"{base.settings.prefix}-callers", edge_args.callers(base), opts)
    pulumi.export("callers", {"tokens": callers.tokens, "clients": dict(callers.clients)})
    return callers.issuer


def _trust_store(
    base: Base, asked: Inference, around: Surroundings, opts: pulumi.ResourceOptions
) -> pulumi.Output[str] | None:
    name, given = base.settings.prefix, asked.access.client_ca
    if given is None:
        return None
    certificates: str | pulumi.Output[str] = given
    if given == "own":
        authority = PrivateAuthority(f"{name}-authority", edge_args.authority(base), opts)
        pulumi.export("certificate_requests", authority.requests)
        certificates = authority.handle.certificate
    return Trust(f"{name}-trust", edge_args.trust(base, certificates, around.access_logs), opts).store


def _answer(
    base: Base, asked: Inference, around: Surroundings, edge: Edge, opts: pulumi.ResourceOptions
) -> None:
    """The inference cluster, who acts in and for it, and what answers in it."""
    settings, name = base.settings, f"{base.settings.prefix}-inference"
    placement = around.network.placements[SegmentName.INFERENCE]
    serving = _serving(base, asked, around, opts)
    made = InferenceCluster(name, cluster_args.inference(base, asked, placement), opts)
    PodAlerts(name, records_args.pod_alerts(base, made.printed, around.topic.arn, serves=True), opts)
    cluster = made.handle
    WorkloadBindings(name, cluster_args.bindings(base, cluster, INFERENCE_ACCOUNTS), opts)
    access = ClusterAccess(name, cluster_args.access(base, cluster), opts)
    rights = Controllers(name, cluster_args.controllers(base, name, cluster, edge.target_group), opts)
    if settings.teardown or not amazon(settings).fill_clusters:
        return
    within = inside(name, base, SegmentName.INFERENCE, cluster, (access.deployer,))
    ground = lay_ground(name, settings, within, around.released, Role.INFERENCE)
    equip(ground, base, asked, rights)
    registrar = RegistrarArgs(
        ready=ground.ready,
        cluster_name=name,
        region=base.place.region,
        network_id=placement.network_id,
        rights=rights.ready,
        target_group=edge.target_group,
        namespace=model_server.NAMESPACE,
        service=model_server.SERVICE,
        port=gateway.PORT,
    )
    Registrar(f"{name}-registrar", registrar, ground.opts)
    run_models(ground, asked, around.released, serving)


def _serving(base: Base, asked: Inference, around: Surroundings, opts: pulumi.ResourceOptions) -> Serving:
    name = base.settings.prefix
    keys = None
    if asked.access.api_keys:
        keys = ApiKeys(f"{name}-keys", edge_args.api_keys(base, asked, around.topic.channel), opts)
    screened = base.settings.phase is not Phase.FOUNDATION
    prompts = Prompts(f"{name}-prompts", edge_args.prompts(base), opts) if screened else None
    return Serving(
        screening=Screening(prompts.host, prompts.guardrail) if prompts else None,
        keys=key_store(keys.secrets) if keys else None,
    )

"""What serves a model on Google Cloud: its cluster, what judges prompts, certificates, and the edge.

Built only where the stack file has the section `inference`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pulumi

from components.accounts import INFERENCE_ACCOUNTS
from components.contracts import Cluster, Endpoint, Purpose, SegmentName, SigningKey, Workload
from components.gcp import inference
from components.gcp.api_keys import ApiKeys, ApiKeysArgs
from components.gcp.armor import ArmorArgs
from components.gcp.authority import PrivateAuthority, PrivateAuthorityArgs
from components.gcp.certificates import Certificates, CertificatesArgs
from components.gcp.edge import Edge, EdgeArgs, SignIn
from components.gcp.inference import InferenceCluster
from components.gcp.network import Network, Placement
from components.gcp.prompts import Prompts, PromptsArgs
from components.gcp.workload_bindings import WorkloadBindings
from components.kubernetes import gateway
from components.kubernetes.tenants import Role
from stacks.gcp import cluster_args
from stacks.gcp.base import Base
from stacks.gcp.workloads import inside, key_store
from stacks.model.choices import Phase
from stacks.model.sections import Inference
from stacks.workloads import Released, Screening, Serving, lay_ground, run_models


@dataclass(frozen=True)
class Surroundings:
    """What serving needs besides the base."""

    network: Network
    placement: Placement
    authority_key: SigningKey
    channels: list[pulumi.Output[str]]
    released: Released


def serve(base: Base, asked: Inference, around: Surroundings, opts: pulumi.ResourceOptions) -> Endpoint:
    """Everything from the pods to the address, and its exports."""
    name = base.settings.prefix
    certificates = Certificates(f"{name}-models", _certificates(base, asked, around), opts)
    authority = _authority(base, asked, around, opts)
    pods = inference.Serving(f"{name}-models", gateway.PORT, gateway.table().health_path)
    serving = _serving(base, asked, around, pods, opts)

    cluster = InferenceCluster(
        f"{name}-inference", cluster_args.inference(base, asked, around.placement), opts
    )
    bindings = cluster_args.bindings(base, cluster.handle, INFERENCE_ACCOUNTS)
    WorkloadBindings(f"{name}-inference", bindings, opts)
    torn_down = base.settings.teardown is not None
    server = cluster if torn_down else _models(base, asked, cluster.handle, around.released, serving)

    edge = Edge(
        f"{name}-edge",
        EdgeArgs(
            project=base.place.project,
            backend=pods.backend(base.place.project, base.place.zones, server),
            certificate=certificates.handle,
            firewall=_firewall(base, asked),
            callers=base.place.callers,
            client_ca=authority.handle.certificate if authority else asked.access.client_ca,
            sign_in=_sign_in(asked),
            api_keys=bool(asked.access.api_keys),
            labels=base.settings.all_labels,
        ),
        opts,
    )
    pulumi.export("models", dict.fromkeys(asked.hosts, edge.handle.address))
    pulumi.export("certificate_records", dict(certificates.records))
    return edge.handle


def _serving(
    base: Base,
    asked: Inference,
    around: Surroundings,
    pods: inference.Serving,
    opts: pulumi.ResourceOptions,
) -> Serving:
    name = base.settings.prefix
    keys = ApiKeys(f"{name}-keys", _api_keys(base, asked), opts) if asked.access.api_keys else None
    screened = base.settings.phase is not Phase.FOUNDATION
    prompts = Prompts(f"{name}-prompts", _prompts(base, around), opts) if screened else None
    return Serving(
        screening=Screening(prompts.host, prompts.template) if prompts else None,
        keys=key_store(keys.secrets) if keys else None,
        service_annotations=pods.annotations,
    )


def _models(
    base: Base, asked: Inference, cluster: Cluster, released: Released, serving: Serving
) -> pulumi.Resource:
    """What answers in the inference cluster."""
    name = f"{base.settings.prefix}-inference"
    around = inside(name, base, SegmentName.INFERENCE, cluster)
    ground = lay_ground(name, base.settings, around, released, Role.INFERENCE)
    return run_models(ground, asked, released, serving)


def _certificates(base: Base, asked: Inference, around: Surroundings) -> CertificatesArgs:
    return CertificatesArgs(
        project=base.place.project,
        hosts=asked.hosts,
        channels=around.channels,
        public_zone=base.place.public_zone,
        labels=base.settings.all_labels,
    )


def _authority(
    base: Base, asked: Inference, around: Surroundings, opts: pulumi.ResourceOptions
) -> PrivateAuthority | None:
    name = base.settings.prefix
    if asked.access.client_ca != "own":
        return None
    return PrivateAuthority(
        f"{name}-authority",
        PrivateAuthorityArgs(
            project=base.place.project,
            region=base.place.region,
            key=around.authority_key,
            organization=base.settings.name,
            trust_domain=f"{name}.{base.place.project}",
            requesters=base.place.callers,
            labels=base.settings.all_labels,
            protected=base.settings.protected,
        ),
        opts,
    )


def _api_keys(base: Base, asked: Inference) -> ApiKeysArgs:
    return ApiKeysArgs(
        project=base.place.project,
        region=base.place.region,
        rotation_days={key.name: key.rotation_days for key in asked.access.api_keys},
        reader=base.identities[Workload.INFERENCE],
        secrets_key=base.keys[Purpose.SECRETS],
        messages_key=base.keys[Purpose.MESSAGES],
        today=datetime.now(UTC).date(),
        labels=base.settings.all_labels,
    )


def _prompts(base: Base, around: Surroundings) -> PromptsArgs:
    return PromptsArgs(
        project=base.place.project,
        region=base.place.region,
        network=around.network.handle,
        asker=base.identities[Workload.INFERENCE],
        labels=base.settings.all_labels,
    )


def _firewall(base: Base, asked: Inference) -> ArmorArgs:
    return ArmorArgs(
        project=base.place.project,
        hosts=asked.hosts,
        body_bytes=asked.limits.body_bytes,
        requests_per_minute=asked.limits.requests_per_minute,
        enterprise=base.place.armor == "enterprise",
        labels=base.settings.all_labels,
    )


def _sign_in(asked: Inference) -> SignIn | None:
    own = asked.access.sign_in
    return SignIn(own.client_id, pulumi.Output.secret(own.client_secret)) if own else None

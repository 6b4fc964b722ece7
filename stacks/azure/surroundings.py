"""What stands around model servers on Azure: callers, keys, screen, Azure's models, certificates, the edge.

Built only where the stack file has the section `inference`. The edge waits for its certificates, for which
somebody must ask the vault once (`azure.certificates`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.azure.api_keys import ApiKeys
from components.azure.callers import Callers
from components.azure.certificates import Certificates, request_of
from components.azure.edge import Edge
from components.azure.foundry import Foundry
from components.azure.network import Network
from components.azure.prompts import Prompts
from components.azure.secrets import Secrets
from components.contracts import SegmentName
from components.kubernetes import gateway, tokens
from components.kubernetes.hosted import Hosted
from components.kubernetes.model_server import Front
from stacks.azure import edge_args
from stacks.azure.base import Base
from stacks.azure.workloads import answering_address, key_store
from stacks.model.choices import Phase
from stacks.model.sections import Inference
from stacks.workloads import Screening, Serving


@dataclass(frozen=True)
class Surroundings:
    """What serving needs besides the base."""

    network: Network
    vaults: Secrets


def surround(base: Base, asked: Inference, around: Surroundings, opts: pulumi.ResourceOptions) -> Serving:
    """Everything but the cluster, and its exports. What is told of it is for the pods."""
    name = base.settings.prefix
    callers = Callers(f"{name}-callers", edge_args.callers(base, around.vaults), opts)
    secrets: dict[str, pulumi.Output[str]] = {tokens.TOKEN_KEYS: callers.keys}
    if asked.access.api_keys:
        keys = ApiKeys(f"{name}-keys", edge_args.api_keys(base, asked, around.vaults), opts)
        secrets |= keys.secrets
    return Serving(
        screening=_screening(base, around, opts),
        keys=key_store(base, around.vaults.keys.name, secrets),
        tokens=callers.tokens,
        counts=True,
        hosted=_hosted(base, around, opts),
        front=_front(base, asked, around, opts),
    )


def _screening(base: Base, around: Surroundings, opts: pulumi.ResourceOptions) -> Screening | None:
    if base.settings.phase is Phase.FOUNDATION:
        return None
    args = edge_args.prompts(base, around.network.reach)
    prompts = Prompts(f"{base.settings.prefix}-prompts", args, opts)
    return Screening(prompts.host, prompts.api)


def _hosted(base: Base, around: Surroundings, opts: pulumi.ResourceOptions) -> pulumi.Output[Hosted] | None:
    """Azure's own models, where the stack file names some."""
    args = edge_args.foundry(base, around.network.reach)
    if args is None:
        return None
    foundry = Foundry(f"{base.settings.prefix}-foundry", args, opts)
    return foundry.host.apply(lambda host: Hosted(host, foundry.models))


def _front(base: Base, asked: Inference, around: Surroundings, opts: pulumi.ResourceOptions) -> Front | None:
    """The edge, and how it reaches pods, once there are certificates."""
    name, host = base.settings.prefix, edge_args.inside_host(base)
    args = edge_args.certificates(base, asked, around.vaults)
    if args is None:
        wanted = {"models": request_of(asked.hosts), "inside": request_of((host,))}
        pulumi.export("certificate_requests", {"vault": around.vaults.certificates.name, **wanted})
        pulumi.log.info(
            "no edge is built: ask the vault for certificates, and name them in azure.certificates"
        )
        return None
    certificates = Certificates(f"{name}-models", args, opts)
    subnet = around.network.handle.segments[SegmentName.EDGE].subnet_ids[0]
    known = edge_args.Known(certificates.handle, certificates.reader)
    edge = Edge(f"{name}-edge", edge_args.edge(base, asked, subnet, known), opts)
    pulumi.export("models", dict.fromkeys(asked.hosts, edge.handle.address))
    store = key_store(base, around.vaults.certificates.name, {gateway.FRONT: certificates.inside})
    assert store is not None
    return Front(answering_address(base.settings), host, store)

"""What differs between clouds for whatever runs in a cluster: one value, so that components never ask.

Leaves out: how a cloud's composition fills it (`stacks/`), and cloud-made defaults, which are in
`profiles.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from components.kubernetes.screening import Screener


class Peer(BaseModel):
    """One peer of a network policy: pods by labels in a namespace, or address ranges; and its ports.

    Whether a cloud's data plane matches pods by range differs, so pods go by label and the rest by range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str | None = None
    labels: Mapping[str, tuple[str, ...]] = {}
    ranges: tuple[str, ...] = ()
    tcp: tuple[int, ...] = ()
    udp: tuple[int, ...] = ()


class CloudDefaults(BaseModel):
    """What is the same in every cluster of a cloud; `profiles.yaml`, each entry with its source.

    `managed` are namespaces that the cloud runs itself. `webhook_callers` are pods that call webhooks for the
    API server; without any, it calls by itself. `credentials` are where pods get the cloud's own credentials;
    without any, that is beside the API server. `token_audiences` are those of the projected tokens that this
    takes, and `identity_labels` and `identity_annotations` mark pods that act as an identity of the cloud.
    `way_header` is what the edge tells the gateway by, `token_header` has the token that it verified, where
    it does, and `screener` judges prompts. With `own_controllers` the cloud leaves it to the cluster to size
    its nodes and to register pods behind load balancers. Where the edge reaches pods by a load balancer that
    a Service makes inside the network, `internal_balancer` are the annotations that keep it there.
    `gpu_taints` are what the cloud taints accelerated nodes with, besides us.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[Peer, ...]
    credentials: tuple[Peer, ...]
    webhook_callers: tuple[Peer, ...]
    managed: tuple[str, ...]
    token_audiences: tuple[str, ...]
    way_header: str
    token_header: str = ""
    screener: Screener
    own_controllers: bool = False
    internal_balancer: Mapping[str, str] = {}
    gpu_resource: str = "nvidia.com/gpu"
    gpu_taints: tuple[str, ...] = ()
    identity_labels: Mapping[str, str] = {}
    identity_annotations: Mapping[str, str] = {}

    @property
    def gpu_tolerations(self) -> list[dict[str, str]]:
        """What a pod on an accelerated node tolerates."""
        return [
            {"key": key, "operator": "Exists", "effect": "NoSchedule"}
            for key in (self.gpu_resource, *self.gpu_taints)
        ]

    def template_metadata(self, labels: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """A pod template's metadata, with the marks of pods that act as an identity of the cloud."""
        made = {"labels": {**labels, **self.identity_labels}}
        return {**made, "annotations": dict(self.identity_annotations)} if self.identity_annotations else made


class Profile(BaseModel):
    """One cluster's surroundings: its cloud's defaults, and what only the stack knows.

    `private_apis` are ranges of the cloud's private endpoints (TCP 443), `api_server` those of this
    cluster's control plane (TCP 443), `load_balancers` the addresses from which proxies and health checks
    come. `api_service` and `names_service` are addresses of the two Services (`10.0.0.1/32`), where policies
    judge packets before these are translated. `identity_annotation` is the key on a ServiceAccount that names
    the cloud's identity, where there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cloud: CloudDefaults
    private_apis: tuple[str, ...]
    api_server: tuple[str, ...]
    load_balancers: tuple[str, ...] = ()
    api_service: str | None = None
    names_service: str | None = None
    identity_annotation: str | None = Field(default=None, examples=["iam.gke.io/gcp-service-account"])

    @property
    def api_servers(self) -> tuple[str, ...]:
        """Where pods reach the API server."""
        return (*self.api_server, self.api_service) if self.api_service else self.api_server

    @property
    def names(self) -> tuple[Peer, ...]:
        """Whom pods ask for names."""
        own = Peer(ranges=(self.names_service,), tcp=(53,), udp=(53,)) if self.names_service else None
        return (*self.cloud.names, own) if own else self.cloud.names

    @property
    def credentials(self) -> tuple[Peer, ...]:
        """Whom pods ask for the cloud's own credentials."""
        return self.cloud.credentials or (Peer(ranges=self.api_servers, tcp=(443,)),)

    @property
    def webhook_callers(self) -> tuple[Peer, ...]:
        """Who calls webhooks."""
        return self.cloud.webhook_callers or (Peer(ranges=self.api_server),)


@cache
def defaults(cloud: str) -> CloudDefaults:
    """The defaults of `gcp`, `aws` or `azure`."""
    text = Path(__file__).with_name("profiles.yaml").read_text(encoding="utf-8")
    return CloudDefaults.model_validate(yaml.safe_load(text)[cloud])

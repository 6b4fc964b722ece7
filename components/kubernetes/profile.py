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

    `accelerator_labels` maps an accelerator of the settings to the node label that selects it. `managed`
    are namespaces that the cloud runs itself. `token_audiences` are those of projected tokens by which pods
    get the cloud's own credentials.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[Peer, ...]
    credentials: tuple[Peer, ...]
    webhook_callers: tuple[Peer, ...]
    managed: tuple[str, ...]
    token_audiences: tuple[str, ...]
    gpu_resource: str = "nvidia.com/gpu"


class Profile(BaseModel):
    """One cluster's surroundings: its cloud's defaults, and what only the stack knows.

    `private_apis` are ranges of the cloud's private endpoints (TCP 443), `api_server` those of this
    cluster's control plane (TCP 443), `load_balancers` the addresses from which proxies and health checks
    come. `identity_annotation` is the key on a ServiceAccount that names the cloud's identity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cloud: CloudDefaults
    private_apis: tuple[str, ...]
    api_server: tuple[str, ...]
    load_balancers: tuple[str, ...] = ()
    identity_annotation: str = Field(examples=["iam.gke.io/gcp-service-account"])


@cache
def defaults(cloud: str) -> CloudDefaults:
    """The defaults of `gcp`, `aws` or `azure`."""
    text = Path(__file__).with_name("profiles.yaml").read_text(encoding="utf-8")
    return CloudDefaults.model_validate(yaml.safe_load(text)[cloud])

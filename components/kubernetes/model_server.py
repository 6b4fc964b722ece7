"""A model server: vLLM behind a gateway in the same pod, from signed weights.

Builds the Deployment, its Service, its certificate, the gateway's configuration, a disruption budget, and the
rule by which it scales.

Guarantees: the server listens on the loopback address only, and everything reaches it through the gateway
(`gateway.py`), TLS with the service's own certificate included; weights are verified in every pod before
anything starts (`weights.py`); nothing is fetched from the internet, no usage is reported, no prompt is
logged; a rollout or an eviction never takes the last answer away, and a pod that goes finishes what it
answers.

Leaves out: the load balancer (the cloud's edge), and the autoscaler itself (`autoscaling.py`).
Sources: docs.vllm.ai/en/v0.11.0 (server arguments, security), keda.sh/docs/2.18/scalers/metrics-api.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions.CustomResource import CustomResource
from pulumi_kubernetes.apps.v1._inputs import DeploymentSpecArgs
from pulumi_kubernetes.apps.v1.Deployment import Deployment
from pulumi_kubernetes.core.v1.ConfigMap import ConfigMap
from pulumi_kubernetes.core.v1.Service import Service
from pulumi_kubernetes.policy.v1.PodDisruptionBudget import PodDisruptionBudget
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Store
from components.kubernetes import gateway, weights
from components.kubernetes.gateway import Rules
from components.kubernetes.hosted import Hosted
from components.kubernetes.identity import service_certificate
from components.kubernetes.platform import Ready
from components.kubernetes.scope import Scope
from components.kubernetes.screening import Screen
from components.kubernetes.server_pod import server_pod
from components.kubernetes.tokens import Tokens

NAMESPACE = "inference"
ACCOUNT = "inference"
SERVICE = "models"
LABELS = {"palisade/role": "model-server"}
# Source: learn.microsoft.com/azure/aks/internal-lb#specify-an-ip-address.
ADDRESS = "service.beta.kubernetes.io/azure-load-balancer-ipv4"
# Requests that may wait in each server before another is started.
WAITING = 4
# Weights take a while to load.
PATIENT = {"pulumi.com/timeoutSeconds": "3600"}


@dataclass(frozen=True)
class KeyStore:
    """How pods mount callers' API keys from the cloud: the driver's and provider's names, and its
    parameters.
    """

    driver: str
    provider: str
    api_version: str
    parameters: Mapping[str, str | pulumi.Output[str]]


@dataclass(frozen=True)
class Front:
    """Where and under which name an edge outside the cluster asks, that verifies whom it asks.

    `address` is one of the segment's own, for a load balancer inside the network; `host` is the name that the
    certificate is for which `store` mounts (`gateway.FRONT`).
    """

    address: str
    host: str
    store: KeyStore


class ModelServerArgs(BaseModel):
    """What answers, how it is limited, and what it runs on.

    `model` is a released model's name in the model store. `memory_gib` goes with each accelerator. `screen`
    judges prompts (`screening.Screen`, once known). `callers` have API keys, which `keys` mounts.
    `service_annotations` are for the cloud's load balancer. `autoscaler` is waited for. `node_labels`
    select the accelerator's nodes. `tokens` and `requests_per_minute` are for edges that neither verify nor
    count, `front` for one that reaches pods by an internal load balancer, `hosted` for models that the cloud
    answers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    autoscaler: pulumi.Resource
    models: Store
    public_key: pulumi.Output[str]
    model: str
    gpus: int = Field(ge=1)
    memory_gib: int = Field(ge=1)
    min_replicas: int = Field(ge=1)
    max_replicas: int = Field(ge=1)
    body_bytes: int
    max_tokens: int
    tokens_per_minute: int
    node_labels: Mapping[str, str]
    service_annotations: Mapping[str, str]
    callers: tuple[str, ...] = ()
    keys: KeyStore | None = None
    screen_host: pulumi.Output[str] | None = None
    screen_template: pulumi.Output[str] | None = None
    tokens: Tokens | None = None
    requests_per_minute: int | None = None
    front: Front | None = None
    hosted: pulumi.Output[Hosted] | None = None


class ModelServer(pulumi.ComponentResource):
    """`deployment` is there once its pods answer."""

    deployment: Deployment

    def __init__(self, name: str, args: ModelServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:ModelServer", name, None, opts)
        scope = args.ready.scope.within(name, self)
        guards = args.ready.guards[NAMESPACE]
        key = weights.signing_key(scope, NAMESPACE, args.public_key, *guards)
        rules = self._gateway(scope, args, *guards)
        certificate = service_certificate(scope, NAMESPACE, ACCOUNT, [SERVICE], args.ready.issuer, *guards)
        service = self._service(scope, args, *guards)
        if args.front:
            self._front(scope, args.front, *guards)
        mounted = self._keys(scope, args, *guards)
        self.deployment = self._deployment(scope, args, key, rules, certificate, service, *mounted)
        self._budget(scope)
        self._scaling(scope, args)
        self.register_outputs({})

    def _gateway(self, scope: Scope, args: ModelServerArgs, *guards: pulumi.Resource) -> ConfigMap:
        return ConfigMap(
            scope.name("gateway"),
            metadata={"namespace": NAMESPACE},
            data={
                "envoy.json": pulumi.Output.all(_screen(args), args.hosted).apply(
                    lambda known: gateway.configuration(_rules(args, *known))
                )
            },
            immutable=True,
            opts=scope.opts(*guards),
        )

    def _service(self, scope: Scope, args: ModelServerArgs, *guards: pulumi.Resource) -> Service:
        return Service(
            scope.name("service"),
            metadata={
                "name": SERVICE,
                "namespace": NAMESPACE,
                # It comes before its pods, so there is nothing to wait for.
                "annotations": {**args.service_annotations, "pulumi.com/skipAwait": "true"},
            },
            spec={
                "type": "ClusterIP",
                "selector": LABELS,
                "ports": [{"name": "https", "port": gateway.PORT, "target_port": gateway.PORT}],
            },
            opts=scope.opts(*guards),
        )

    def _front(self, scope: Scope, front: Front, *guards: pulumi.Resource) -> Service:
        """A load balancer inside the network, which shows pods the edge's own address."""
        return Service(
            scope.name("front"),
            metadata={
                "name": f"{SERVICE}-front",
                "namespace": NAMESPACE,
                "annotations": {
                    **scope.profile.cloud.internal_balancer,
                    ADDRESS: front.address,
                    "pulumi.com/skipAwait": "true",
                },
            },
            spec={
                "type": "LoadBalancer",
                "selector": LABELS,
                # Policies judge by the edge's range, and nodes open no ports.
                "external_traffic_policy": "Local",
                "allocate_load_balancer_node_ports": False,
                "ports": [{"name": "https", "port": gateway.PORT, "target_port": gateway.PORT}],
            },
            opts=scope.opts(*guards),
        )

    def _keys(self, scope: Scope, args: ModelServerArgs, *guards: pulumi.Resource) -> list[pulumi.Resource]:
        stores = {"keys": ("api-keys", args.keys), "front-certificate": ("front", None)}
        if args.front:
            stores["front-certificate"] = ("front", args.front.store)
        return [
            CustomResource(
                scope.name(what),
                api_version=store.api_version,
                kind="SecretProviderClass",
                metadata={"name": name, "namespace": NAMESPACE},
                spec={"provider": store.provider, "parameters": dict(store.parameters)},
                opts=scope.opts(*guards),
            )
            for what, (name, store) in stores.items()
            if store
        ]

    def _deployment(
        self, scope: Scope, args: ModelServerArgs, key: ConfigMap, rules: ConfigMap, *after: pulumi.Resource
    ) -> Deployment:
        pod = server_pod(scope, args, rules.metadata.name.apply(lambda name: name or ""), ACCOUNT)
        spec: dict[str, Any] = {
            # Without a number of replicas: the autoscaler has it.
            "selector": {"match_labels": LABELS},
            "progress_deadline_seconds": 3600,
            # Accelerators are scarce: a rollout takes a server away before it asks for another.
            "strategy": {"type": "RollingUpdate", "rolling_update": {"max_surge": 0, "max_unavailable": 1}},
            "template": {"metadata": scope.profile.cloud.template_metadata(LABELS), "spec": pod},
        }
        return Deployment(
            scope.name("server"),
            metadata={
                "name": SERVICE,
                "namespace": NAMESPACE,
                "annotations": {"pulumi.com/timeoutSeconds": "3600"},
            },
            spec=DeploymentSpecArgs(**spec),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[key, *after],
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m"),
            ),
        )

    def _budget(self, scope: Scope) -> None:
        PodDisruptionBudget(
            scope.name("budget"),
            metadata={"name": SERVICE, "namespace": NAMESPACE},
            spec={
                "max_unavailable": 1,
                "selector": {"match_labels": LABELS},
                "unhealthy_pod_eviction_policy": "AlwaysAllow",
            },
            opts=scope.opts(self.deployment),
        )

    def _scaling(self, scope: Scope, args: ModelServerArgs) -> None:
        """Servers are added while requests wait, as each of them measures."""
        host = f"https://{SERVICE}.{NAMESPACE}.svc:{gateway.PORT}{gateway.table().metrics_path}"
        CustomResource(
            scope.name("scaling"),
            api_version="keda.sh/v1alpha1",
            kind="ScaledObject",
            metadata={"name": SERVICE, "namespace": NAMESPACE},
            spec={
                "scaleTargetRef": {"name": SERVICE},
                "minReplicaCount": args.min_replicas,
                "maxReplicaCount": args.max_replicas,
                "cooldownPeriod": 600,
                "triggers": [
                    {
                        "type": "metrics-api",
                        "metadata": {
                            "url": host,
                            "format": "prometheus",
                            "valueLocation": "vllm:num_requests_waiting",
                            "targetValue": str(WAITING),
                            "aggregateFromKubeServiceEndpoints": "true",
                            # The autoscaler's chart trusts the cluster's authority (autoscaling.py).
                            "unsafeSsl": "false",
                        },
                    }
                ],
            },
            opts=scope.opts(self.deployment, args.autoscaler),
        )


def _screen(args: ModelServerArgs) -> pulumi.Output[Screen | None]:
    if args.screen_host is None or args.screen_template is None:
        return pulumi.Output.from_input(None)
    kind = args.ready.scope.profile.cloud.screener
    known = pulumi.Output.all(args.screen_host, args.screen_template)
    return known.apply(lambda both: Screen(kind, host=both[0], template=both[1]))


def _rules(args: ModelServerArgs, screen: Screen | None, hosted: Hosted | None) -> Rules:
    return Rules(
        body_bytes=args.body_bytes,
        max_tokens=args.max_tokens,
        way_header=args.ready.scope.profile.cloud.way_header,
        tokens_per_minute=args.tokens_per_minute,
        token_header=args.ready.scope.profile.cloud.token_header,
        callers=args.callers,
        screen=screen,
        tokens=args.tokens,
        requests_per_minute=args.requests_per_minute,
        front=args.front.host if args.front else None,
        hosted=hosted,
    )

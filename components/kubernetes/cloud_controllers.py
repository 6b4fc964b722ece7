"""Controllers that act on AWS for a cluster: the autoscaler of its nodes, and the registrar of its pods.

Builds both from the registry, and the binding that puts the model server's pods behind the edge's target
group.

Guarantees: they run in the namespace `cloud`, with no rights but their role's
(`components/aws/controllers.py`); the registrar makes no load balancer and opens no security group,
whatever an object in the cluster asks for.

Leaves out: clouds that run these themselves.
Sources: github.com/kubernetes/autoscaler (values of chart 9.52.1),
kubernetes-sigs.github.io/aws-load-balancer-controller/v2.14/guide/targetgroupbinding/targetgroupbinding.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions.CustomResource import CustomResource
from pydantic import BaseModel, ConfigDict

from components.kubernetes.charts import release
from components.kubernetes.platform import Ready
from components.kubernetes.scope import Scope

NAMESPACE = "cloud"


class NodeScalerArgs(BaseModel):
    """The cluster by its name, the region it is in, and what may act before the autoscaler starts."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    cluster_name: str
    region: str
    rights: tuple[pulumi.Resource, ...]


class NodeScaler(pulumi.ComponentResource):
    """The autoscaler of nodes."""

    def __init__(self, name: str, args: NodeScalerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:NodeScaler", name, None, opts)
        scope = args.ready.scope.within(name, self)
        guards = (*args.rights, *args.ready.guards[NAMESPACE])
        release(scope, "cluster-autoscaler", NAMESPACE, _scaler(scope, args), *guards)
        self.register_outputs({})


class RegistrarArgs(BaseModel):
    """The cluster by its name, region and network, and the target group of one of its Services.

    `namespace` and `service` name the Service, `port` its port.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    cluster_name: str
    region: str
    network_id: pulumi.Output[str]
    rights: tuple[pulumi.Resource, ...]
    target_group: pulumi.Output[str]
    namespace: str
    service: str
    port: int


class Registrar(pulumi.ComponentResource):
    """`binding` is there once the Service's pods are put behind the load balancer as they come."""

    binding: CustomResource

    def __init__(self, name: str, args: RegistrarArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Registrar", name, None, opts)
        scope = args.ready.scope.within(name, self)
        guards = (*args.rights, *args.ready.guards[NAMESPACE])
        controller = release(
            scope, "aws-load-balancer-controller", NAMESPACE, _registrar(scope, args), *guards
        )
        self.binding = CustomResource(
            scope.name("binding"),
            api_version="elbv2.k8s.aws/v1beta1",
            kind="TargetGroupBinding",
            metadata={"name": args.service, "namespace": args.namespace},
            spec={
                "serviceRef": {"name": args.service, "port": args.port},
                "targetGroupARN": args.target_group,
                "targetType": "ip",
                "ipAddressType": "ipv4",
            },
            opts=scope.opts(controller, *args.ready.guards[args.namespace]),
        )
        self.register_outputs({})


def _scaler(scope: Scope, args: NodeScalerArgs) -> dict[str, Any]:
    return {
        "image": {
            "repository": scope.software.repository("cluster-autoscaler"),
            "tag": scope.software.tag("cluster-autoscaler"),
        },
        "fullnameOverride": "cluster-autoscaler",
        "cloudProvider": "aws",
        "awsRegion": args.region,
        "autoDiscovery": {"clusterName": args.cluster_name},
        "rbac": {"serviceAccount": {"name": "cluster-autoscaler"}},
        "extraArgs": {"balance-similar-node-groups": True, "expander": "least-waste"},
        "replicaCount": 2,
        "containerSecurityContext": _locked(),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _registrar(scope: Scope, args: RegistrarArgs) -> dict[str, Any]:
    return {
        "image": {
            "repository": scope.software.repository("aws-load-balancer-controller"),
            "tag": scope.software.tag("aws-load-balancer-controller"),
        },
        "fullnameOverride": "aws-load-balancer-controller",
        "serviceAccount": {"name": "aws-load-balancer-controller"},
        "clusterName": args.cluster_name,
        # It cannot ask the node, whose metadata ends one hop away.
        "region": args.region,
        "vpcId": args.network_id,
        "createIngressClassResource": False,
        "ingressClassParams": {"create": False},
        "enableServiceMutatorWebhook": False,
        "enableBackendSecurityGroup": False,
        # These need APIs without a private endpoint.
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
        "enableCertManager": True,
        "securityContext": _locked(),
        "replicaCount": 2,
    }


def _locked() -> dict[str, Any]:
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
    }

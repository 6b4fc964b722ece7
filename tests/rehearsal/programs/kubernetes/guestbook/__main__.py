"""The guestbook: a leader, replicas and a front end, each a Deployment and a Service."""

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    EnvVarArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ResourceRequirementsArgs,
    Service,
    ServicePortArgs,
    ServiceSpecArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

# Minikube has no load balancers; its address is read from the service instead.
is_minikube = pulumi.Config().require_bool("isMinikube")


def tier(name, image, port, replicas=1, env=None):
    labels = {"app": name}
    deployment = Deployment(
        name,
        spec=DeploymentSpecArgs(
            selector=LabelSelectorArgs(match_labels=labels),
            replicas=replicas,
            template=PodTemplateSpecArgs(
                metadata=ObjectMetaArgs(labels=labels),
                spec=PodSpecArgs(
                    containers=[
                        ContainerArgs(
                            name=name,
                            image=image,
                            resources=ResourceRequirementsArgs(requests={"cpu": "100m", "memory": "100Mi"}),
                            env=[EnvVarArgs(name=key, value=value) for key, value in (env or {}).items()],
                            ports=[ContainerPortArgs(container_port=port)],
                        )
                    ],
                ),
            ),
        ),
    )
    return labels, deployment


leader_labels, _ = tier("redis-leader", "redis", 6379)
Service(
    "redis-leader",
    metadata=ObjectMetaArgs(name="redis-leader", labels=leader_labels),
    spec=ServiceSpecArgs(ports=[ServicePortArgs(port=6379, target_port=6379)], selector=leader_labels),
)

replica_labels, _ = tier(
    "redis-replica", "pulumi/guestbook-redis-replica", 6379, env={"GET_HOSTS_FROM": "dns"}
)
Service(
    "redis-replica",
    metadata=ObjectMetaArgs(name="redis-replica", labels=replica_labels),
    spec=ServiceSpecArgs(ports=[ServicePortArgs(port=6379, target_port=6379)], selector=replica_labels),
)

labels, _ = tier("frontend", "pulumi/guestbook-php-redis", 80, replicas=3, env={"GET_HOSTS_FROM": "dns"})
frontend = Service(
    "frontend",
    metadata=ObjectMetaArgs(name="frontend", labels=labels),
    spec=ServiceSpecArgs(
        type="ClusterIP" if is_minikube else "LoadBalancer",
        ports=[ServicePortArgs(port=80)],
        selector=labels,
    ),
)

if is_minikube:
    frontend_ip = frontend.spec.apply(lambda spec: spec.cluster_ip)
else:
    ingress = frontend.status.apply(lambda status: status.load_balancer.ingress[0])
    frontend_ip = ingress.apply(lambda entry: entry.ip or entry.hostname)
pulumi.export("frontend_ip", frontend_ip)

"""The guestbook again, with a component for each Deployment and its Service, without load balancers."""

import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()


class ServiceDeployment(pulumi.ComponentResource):
    def __init__(self, name, *, image, ports=(), replicas=1, is_minikube=False, allocate_ip=False, opts=None):
        super().__init__("k8sx:component:ServiceDeployment", name, {}, opts)
        labels = {"app": name}
        container = {
            "name": name,
            "image": image,
            "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}},
            "ports": [{"container_port": port} for port in ports],
            "env": [{"name": "GET_HOSTS_FROM", "value": "dns"}],
        }
        self.deployment = k8s.apps.v1.Deployment(
            name,
            spec={
                "selector": {"match_labels": labels},
                "replicas": replicas,
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        kind = "LoadBalancer" if allocate_ip and not is_minikube else None
        self.service = k8s.core.v1.Service(
            name,
            metadata={"name": name, "labels": self.deployment.metadata.labels},
            spec={
                "ports": [{"port": port, "target_port": port} for port in ports],
                "selector": self.deployment.spec["template"]["metadata"]["labels"],
                "type": kind,
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        if is_minikube:
            self.ip_address = self.service.spec.cluster_ip
        else:
            self.ip_address = self.service.status.apply(
                lambda status: (status.load_balancer.ingress or [None])[0]
            )
        self.register_outputs({})


minikube = config.get_bool("isMinikube")
ServiceDeployment("redis-leader", image="redis", ports=[6379])
ServiceDeployment("redis-replica", image="pulumi/guestbook-redis-replica", ports=[6379])
frontend = ServiceDeployment(
    "frontend",
    image="pulumi/guestbook-php-redis",
    replicas=3,
    ports=[80],
    allocate_ip=True,
    is_minikube=minikube,
)
pulumi.export("frontend_ip", frontend.ip_address)

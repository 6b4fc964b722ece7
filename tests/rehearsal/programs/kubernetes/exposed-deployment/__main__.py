"""A Deployment behind a load balancer, a claim, an autoscaler and an ingress, in a namespace of its own."""

import pulumi
import pulumi_kubernetes as k8s

namespace = k8s.core.v1.Namespace("apps", metadata={"labels": {"team": "web"}})
name = namespace.metadata.name
labels = {"app": "web", "tier": "front"}
metadata = k8s.meta.v1.ObjectMetaArgs(namespace=name, labels=labels)

account = k8s.core.v1.ServiceAccount("web", metadata=metadata, automount_service_account_token=False)

claim = k8s.core.v1.PersistentVolumeClaim(
    "content",
    metadata={"namespace": name},
    spec={"access_modes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
)

deployment = k8s.apps.v1.Deployment(
    "web",
    metadata=metadata,
    spec=k8s.apps.v1.DeploymentSpecArgs(
        replicas=3,
        selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels),
        template=k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels),
            spec=k8s.core.v1.PodSpecArgs(
                service_account_name=account.metadata.name,
                containers=[
                    k8s.core.v1.ContainerArgs(
                        name="web",
                        image="nginx:1.27",
                        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=8080)],
                        volume_mounts=[k8s.core.v1.VolumeMountArgs(name="content", mount_path="/srv")],
                        readiness_probe=k8s.core.v1.ProbeArgs(
                            http_get=k8s.core.v1.HTTPGetActionArgs(path="/", port="http")
                        ),
                        resources=k8s.core.v1.ResourceRequirementsArgs(
                            requests={"cpu": "50m", "memory": "64Mi"},
                            limits={"cpu": "100m", "memory": "128Mi"},
                        ),
                    )
                ],
                volumes=[
                    k8s.core.v1.VolumeArgs(
                        name="content",
                        persistent_volume_claim=k8s.core.v1.PersistentVolumeClaimVolumeSourceArgs(
                            claim_name=claim.metadata.name
                        ),
                    )
                ],
            ),
        ),
    ),
)

service = k8s.core.v1.Service(
    "web",
    metadata=metadata,
    spec=k8s.core.v1.ServiceSpecArgs(
        type="LoadBalancer",
        selector=labels,
        ports=[
            k8s.core.v1.ServicePortArgs(name="http", port=80, target_port="http"),
            k8s.core.v1.ServicePortArgs(name="https", port=443, target_port=8443),
        ],
    ),
)

k8s.autoscaling.v2.HorizontalPodAutoscaler(
    "web",
    metadata={"namespace": name},
    spec={
        "scale_target_ref": {
            "api_version": "apps/v1",
            "kind": "Deployment",
            "name": deployment.metadata.name,
        },
        "min_replicas": 3,
        "max_replicas": 10,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "average_utilization": 60}},
            }
        ],
    },
)

ingress = k8s.networking.v1.Ingress(
    "web",
    metadata={"namespace": name, "annotations": {"kubernetes.io/ingress.class": "nginx"}},
    spec={
        "rules": [
            {
                "host": "web.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "path_type": "Prefix",
                            "backend": {
                                "service": {"name": service.metadata.name, "port": {"number": 80}},
                            },
                        }
                    ]
                },
            }
        ]
    },
)

pulumi.export("namespace", name)
pulumi.export("phase", namespace.status.phase)
pulumi.export("volume", claim.spec.volume_name)
pulumi.export("bound", claim.status.phase)
pulumi.export("node_port", service.spec.ports[0].node_port)
pulumi.export("address", service.status.load_balancer.ingress[0].ip)
pulumi.export("entry", ingress.status.load_balancer.ingress[0].ip)
pulumi.export("id", deployment.id)

"""A container on Cloud Run, open to everybody."""

import pulumi
from pulumi_gcp import cloudrun, cloudrunv2

location = pulumi.Config("gcp").require("region")

service = cloudrun.Service(
    "hello",
    location=location,
    template=cloudrun.ServiceTemplateArgs(
        spec=cloudrun.ServiceTemplateSpecArgs(
            containers=[
                cloudrun.ServiceTemplateSpecContainerArgs(
                    image="gcr.io/cloudrun/hello",
                    envs=[cloudrun.ServiceTemplateSpecContainerEnvArgs(name="GREETING", value="hello")],
                )
            ],
        ),
    ),
    traffics=[cloudrun.ServiceTrafficArgs(latest_revision=True, percent=100)],
)

cloudrun.IamMember(
    "hello-everybody",
    service=service.name,
    location=service.location,
    role="roles/run.invoker",
    member="allUsers",
)

api = cloudrunv2.Service(
    "api",
    location=location,
    ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    deletion_protection=False,
    template=cloudrunv2.ServiceTemplateArgs(
        scaling=cloudrunv2.ServiceTemplateScalingArgs(max_instance_count=3),
        containers=[
            cloudrunv2.ServiceTemplateContainerArgs(
                image="us-docker.pkg.dev/cloudrun/container/hello",
                resources=cloudrunv2.ServiceTemplateContainerResourcesArgs(
                    limits={"cpu": "1", "memory": "512Mi"}
                ),
            )
        ],
    ),
)

pulumi.export("url", service.statuses[0].url)
pulumi.export("uri", api.uri)

"""A container app with logs, and a container group with a name in the DNS."""

import pulumi
from pulumi_azure_native import app, containerinstance, operationalinsights, resources

group = resources.ResourceGroup("containers")
workspace = operationalinsights.Workspace(
    "logs", resource_group_name=group.name, sku={"name": "PerGB2018"}, retention_in_days=30
)
keys = operationalinsights.get_shared_keys_output(
    resource_group_name=group.name, workspace_name=workspace.name
)
environment = app.ManagedEnvironment(
    "env",
    resource_group_name=group.name,
    app_logs_configuration=app.AppLogsConfigurationArgs(
        destination="log-analytics",
        log_analytics_configuration=app.LogAnalyticsConfigurationArgs(
            customer_id=workspace.customer_id, shared_key=keys.apply(lambda found: found.primary_shared_key)
        ),
    ),
)
hello = app.ContainerApp(
    "hello",
    resource_group_name=group.name,
    managed_environment_id=environment.id,
    configuration={"ingress": {"external": True, "target_port": 80}},
    template={"containers": [{"name": "hello", "image": "mcr.microsoft.com/k8se/quickstart:latest"}]},
)
instance = containerinstance.ContainerGroup(
    "web",
    resource_group_name=group.name,
    os_type="Linux",
    containers=[
        {
            "name": "web",
            "image": "mcr.microsoft.com/azuredocs/aci-helloworld",
            "ports": [{"port": 80}],
            "resources": {"requests": {"cpu": 1, "memory_in_gb": 1.5}},
        }
    ],
    ip_address={"ports": [{"port": 80, "protocol": "TCP"}], "type": "Public", "dns_name_label": "hello-demo"},
    restart_policy="Always",
)

pulumi.export("url", hello.configuration.ingress.fqdn.apply(lambda host: f"https://{host}"))
pulumi.export("domain", environment.default_domain)
pulumi.export("ip", instance.ip_address.apply(lambda address: address.ip))
pulumi.export("fqdn", instance.ip_address.fqdn)

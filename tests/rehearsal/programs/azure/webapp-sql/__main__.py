"""A web application with its database, insights and a function beside it."""

import pulumi
from pulumi_azure_native import applicationinsights, resources, sql, storage, web

config = pulumi.Config()
password = config.require_secret("password")
group = resources.ResourceGroup("app")
server = sql.Server(
    "sql", resource_group_name=group.name, administrator_login="pulumi", administrator_login_password=password
)
database = sql.Database("db", resource_group_name=group.name, server_name=server.name, sku={"name": "S0"})
sql.FirewallRule(
    "azure",
    resource_group_name=group.name,
    server_name=server.name,
    start_ip_address="0.0.0.0",
    end_ip_address="0.0.0.0",
)
insights = applicationinsights.Component(
    "insights",
    resource_group_name=group.name,
    kind="web",
    application_type=applicationinsights.ApplicationType.WEB,
    ingestion_mode="ApplicationInsights",
)
plan = web.AppServicePlan(
    "plan", resource_group_name=group.name, kind="App", sku={"tier": "Basic", "name": "B1"}
)
connection = pulumi.Output.all(server.fully_qualified_domain_name, database.name, password).apply(
    lambda parts: f"Server=tcp:{parts[0]};initial catalog={parts[1]};password={parts[2]};"
)
app = web.WebApp(
    "site",
    resource_group_name=group.name,
    server_farm_id=plan.id,
    https_only=True,
    identity={"type": "SystemAssigned"},
    site_config={
        "app_settings": [
            {"name": "APPINSIGHTS_INSTRUMENTATIONKEY", "value": insights.instrumentation_key},
            {"name": "APPLICATIONINSIGHTS_CONNECTION_STRING", "value": insights.connection_string},
        ],
        "connection_strings": [{"name": "db", "type": "SQLAzure", "connection_string": connection}],
    },
)
account = storage.StorageAccount(
    "funcsa", resource_group_name=group.name, kind="StorageV2", sku={"name": "Standard_LRS"}
)
function = web.WebApp(
    "function",
    resource_group_name=group.name,
    server_farm_id=plan.id,
    kind="functionapp",
    site_config={"http20_enabled": True},
)
keys = web.list_web_app_host_keys_output(resource_group_name=group.name, name=function.name)

pulumi.export("endpoint", app.default_host_name.apply(lambda host: f"https://{host}"))
pulumi.export("principal", app.identity.principal_id)
pulumi.export("sql", server.fully_qualified_domain_name)
pulumi.export("key", pulumi.Output.secret(keys.function_keys["default"]))
pulumi.export("insights", insights.instrumentation_key)

"""AKS with a registry it may pull from, and a kubeconfig."""

import base64

import pulumi
from pulumi_azure_native import authorization, containerregistry, containerservice, managedidentity, resources

client = authorization.get_client_config()
group = resources.ResourceGroup("aks")
identity = managedidentity.UserAssignedIdentity("control", resource_group_name=group.name)
registry = containerregistry.Registry(
    "registry", resource_group_name=group.name, sku={"name": "Basic"}, admin_user_enabled=True
)
cluster = containerservice.ManagedCluster(
    "cluster",
    resource_group_name=group.name,
    identity=containerservice.ManagedClusterIdentityArgs(
        type=containerservice.ResourceIdentityType.USER_ASSIGNED,
        user_assigned_identities=[identity.id],
    ),
    agent_pool_profiles=[
        {
            "count": 2,
            "mode": "System",
            "name": "agentpool",
            "os_type": "Linux",
            "type": "VirtualMachineScaleSets",
            "vm_size": "Standard_DS2_v2",
        }
    ],
    dns_prefix=group.name,
    enable_rbac=True,
    oidc_issuer_profile={"enabled": True},
)
pool = containerservice.AgentPool(
    "gpu",
    resource_group_name=group.name,
    resource_name_=cluster.name,
    count=1,
    mode="User",
    vm_size="Standard_NC24ads_A100_v4",
    node_taints=["sku=gpu:NoSchedule"],
)
kubelet = cluster.identity_profile.apply(lambda profile: profile["kubeletidentity"].object_id)
pull = authorization.RoleAssignment(
    "pull",
    principal_id=kubelet,
    principal_type="ServicePrincipal",
    role_definition_id=f"/subscriptions/{client.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d",
    scope=registry.id,
)
credentials = containerservice.list_managed_cluster_user_credentials_output(
    resource_group_name=group.name, resource_name=cluster.name
)
kubeconfig = credentials.kubeconfigs[0].value.apply(lambda text: base64.b64decode(text).decode())
login = containerregistry.list_registry_credentials_output(
    resource_group_name=group.name, registry_name=registry.name
)

pulumi.export("kubeconfig", pulumi.Output.secret(kubeconfig))
pulumi.export("server", kubeconfig.apply(lambda text: text.split('"server": "')[1].split('"')[0]))
pulumi.export("login", registry.login_server)
pulumi.export("issuer", cluster.oidc_issuer_profile.issuer_url)
pulumi.export("nodes", cluster.node_resource_group)
pulumi.export("pull", pull.id)
pulumi.export("password", pulumi.Output.secret(login.passwords[0].value))
pulumi.export("pool", pool.id)

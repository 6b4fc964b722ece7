"""AKS one guarantee at a time: Azure's side of `policies/rules/cluster.yaml`. Nodes are in `machines.py`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import Undecided, View
from policies.rules.azure.machines import CLUSTER, POOL
from policies.rules.azure.references import names, naming

ASSIGNMENT = "azure-native:authorization:RoleAssignment"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
SETTING = "azure-native:monitor:DiagnosticSetting"
BINDING = "azure-native:containerservice:IdentityBinding"
CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential"
COLLECTION = "azure-native:monitor:DataCollectionRule"
TIE = "azure-native:monitor:DataCollectionRuleAssociation"
# The oldest version that AKS supports for more than a few weeks:
# learn.microsoft.com/azure/aks/supported-kubernetes-versions.
OLDEST = 35
# What a cluster's control plane writes down: learn.microsoft.com/azure/aks/monitor-aks-reference.
LOGGED = ("kube-apiserver", "kube-audit", "kube-controller-manager", "guard")
# Streams with what containers print, the second one for much of it, and the group that the first is in:
# learn.microsoft.com/azure/azure-monitor/containers/container-insights-data-collection-configure.
PRINTED = {
    "microsoft-containerlogv2",
    "microsoft-containerlogv2-highscale",
    "microsoft-containerinsights-group-default",
}
# Roles by which one changes whom a cluster lets in, or gets its administrator's credentials, by the end of
# their id: learn.microsoft.com/azure/role-based-access-control/built-in-roles/containers.
ADMINISTRATION = {
    "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",  # Azure Kubernetes Service RBAC Cluster Admin
    "3498e952-d568-435e-9b2c-8d77e338d7f7",  # Azure Kubernetes Service RBAC Admin
    "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",  # Azure Kubernetes Service Cluster Admin Role
    "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8",  # Azure Kubernetes Service Contributor Role
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",  # Owner
    "b24988ac-6180-42a0-ab88-20f7382dd24c",  # Contributor
}
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"


@check("control-planes-are-private", CLUSTER)
def control_plane_is_private(cluster: Resource) -> Iterator[Finding]:
    """The public name is on by default, and a run command comes through ARM, past every network."""
    access = cluster.at("apiServerAccessProfile")
    yield from must_be(access.at("enablePrivateCluster"), True)
    yield from must_be(access.at("enablePrivateClusterPublicFQDN"), False)
    yield from must_be(access.at("disableRunCommand"), True)
    yield from must_not_be(cluster.at("publicNetworkAccess"), "Enabled")


@check("clusters-enforce-network-policy", CLUSTER)
def enforces_network_policy(cluster: Resource) -> Iterator[Finding]:
    policy = cluster.at("networkProfile.networkPolicy")
    yield from must_be(policy, "cilium", "calico", "azure")
    if policy.value == "cilium":
        yield from must_be(cluster.at("networkProfile.networkDataplane"), "cilium")


@check("pods-have-identities-of-their-own", CLUSTER)
def has_workload_identity(cluster: Resource) -> Iterator[Finding]:
    yield from must_be(cluster.at("oidcIssuerProfile.enabled"), True)
    yield from must_be(cluster.at("securityProfile.workloadIdentity.enabled"), True)
    yield from must_not_be(cluster.at("podIdentityProfile.enabled"), True)


@stack_check("pods-have-identities-of-their-own", BINDING, CREDENTIAL)
def no_pod_acts_as_its_node(stack: Stack) -> Iterator[Finding]:
    nodes = _node_identities(stack)
    for binding in stack.of_type(BINDING):
        if _named(stack, binding, binding.at("properties.managedIdentity.resourceId")) & nodes:
            yield Finding(f"{binding.label} lets pods act as their node", urn=binding.urn)
    for credential in stack.of_type(CREDENTIAL):
        if _named(stack, credential, credential.at("resourceName")) & nodes:
            yield Finding(f"{credential.label} lets pods act as their node", urn=credential.urn)


@check("clusters-accept-no-legacy-credentials", CLUSTER)
def accepts_entra_only(cluster: Resource) -> Iterator[Finding]:
    """A local account is a certificate of an administrator that nobody can take back."""
    yield from must_be(cluster.at("disableLocalAccounts"), True)
    yield from must_be(cluster.at("aadProfile.managed"), True)
    yield from must_be(cluster.at("aadProfile.enableAzureRBAC"), True)
    yield from must_be_absent(cluster.at("aadProfile.adminGroupObjectIDs"))
    yield from must_not_be(cluster.at("enableRBAC"), False)
    yield from must_be_absent(cluster.at("servicePrincipalProfile.secret"))


@check("clusters-are-kept-from-deletion", CLUSTER)
def is_kept(cluster: Resource) -> Iterator[Finding]:
    """Azure has no protection of its own but locks, which stop what runs as well as deletion."""
    if cluster.situation.environment == "dev":
        raise NotApplicable("the environment is dev")
    if not cluster.options.protect:
        yield Finding("the resource is not protected")


@stack_check("clusters-log-their-control-plane", CLUSTER)
def logs_its_control_plane(stack: Stack) -> Iterator[Finding]:
    for cluster in stack.of_type(CLUSTER):
        kept = {
            name for setting in stack.pointing_at(cluster, SETTING, "resourceUri") for name in _kept(setting)
        }
        missing = () if "allLogs" in kept else tuple(each for each in LOGGED if each not in kept)
        if missing:
            yield Finding(f"{cluster.label} writes down no {', '.join(missing)}", urn=cluster.urn)


@check("clusters-log-their-control-plane", CLUSTER)
def has_an_agent(cluster: Resource) -> Iterator[Finding]:
    """Without `useAADAuth` the agent sends by the workspace's key, as anybody could who has it."""
    agent = cluster.at("addonProfiles.omsagent")
    yield from must_be(agent.at("enabled"), True)
    yield from must_be(agent.at("config.useAADAuth"), "true")


@stack_check("clusters-log-their-control-plane", CLUSTER)
def keeps_what_pods_print(stack: Stack) -> Iterator[Finding]:
    """An agent sends what a rule tells it. Without a way out it learns that at an endpoint of its own."""
    keeping = [each for each in stack.of_type(COLLECTION) if _keeps_output(each)]
    for cluster in stack.of_type(CLUSTER):
        ties = list(naming(stack, cluster, TIE, "resourceUri"))
        if not any(
            names(stack, tie.at("dataCollectionRuleId"), tie, rule) for tie in ties for rule in keeping
        ):
            yield Finding(f"{cluster.label} is tied to no rule that keeps what pods print", urn=cluster.urn)
        isolated = cluster.at("networkProfile.outboundType").value == "none"
        if isolated and all(tie.at("dataCollectionEndpointId").missing for tie in ties):
            yield Finding(f"{cluster.label} is tied to no endpoint where its agents ask", urn=cluster.urn)


@check("clusters-are-kept-patched", CLUSTER)
def cluster_is_patched(cluster: Resource) -> Iterator[Finding]:
    """A network-isolated cluster takes whole images of nodes only, which bring their patches."""
    upgrades = cluster.at("autoUpgradeProfile")
    yield from must_be(upgrades.at("upgradeChannel"), "patch", "stable", "rapid")
    yield from must_be(upgrades.at("nodeOSUpgradeChannel"), "NodeImage", "SecurityPatch")
    yield from _is_supported(cluster.at("kubernetesVersion"))


@check("clusters-are-kept-patched", POOL)
def pool_is_patched(pool: Resource) -> Iterator[Finding]:
    yield from _is_supported(pool.at("orchestratorVersion"))


@stack_check("clusters-have-one-administrator", CLUSTER)
def has_one_administrator(stack: Stack) -> Iterator[Finding]:
    for cluster in stack.of_type(CLUSTER):
        first: frozenset[str] | None = None
        for grant in stack.pointing_at(cluster, ASSIGNMENT, "scope"):
            if _role(grant) not in ADMINISTRATION:
                continue
            if grant.at("principalType").text != "ServicePrincipal":
                yield Finding(f"{grant.label} makes a person or a group administrator", urn=grant.urn)
            who = frozenset(_named(stack, grant, grant.at("principalId")))
            first = first or who
            if who != first:
                yield Finding(f"{grant.label} makes one more administrator of its cluster", urn=grant.urn)


@stack_check("node-identities-only-join-and-pull", CLUSTER)
def nodes_only_pull(stack: Stack) -> Iterator[Finding]:
    nodes = _node_identities(stack)
    for cluster in stack.of_type(CLUSTER):
        if cluster.at("identityProfile").missing:
            yield Finding(f"{cluster.label} leaves its nodes' identity to Azure", urn=cluster.urn)
    for grant in stack.of_type(ASSIGNMENT):
        if _named(stack, grant, grant.at("principalId")) & nodes and _role(grant) != ACR_PULL:
            yield Finding(f"{grant.label} gives nodes more than pulling", urn=grant.urn)


def _is_supported(version: View) -> Iterator[Finding]:
    """A version that is left out is AKS's default."""
    if version.missing:
        return
    _, _, rest = version.text.partition(".")
    minor = rest.partition(".")[0]
    if not minor.isdecimal() or int(minor) < OLDEST:
        yield Finding(f"{version.path} is older than 1.{OLDEST}, or no version")


def _kept(setting: Resource) -> Iterator[str]:
    """The logs that a setting keeps, by category or by group of categories."""
    for log in setting.at("logs").items():
        if log.at("enabled").value is True:
            yield log.at("categoryGroup").text or log.at("category").text


def _keeps_output(rule: Resource) -> bool:
    """Whether what containers print flows into a workspace."""
    stores = {each.at("name").text for each in rule.at("destinations.logAnalytics").items()}
    return any(
        PRINTED & {stream.text.lower() for stream in flow.at("streams").items()}
        and stores & {each.text for each in flow.at("destinations").items()}
        for flow in rule.at("dataFlows").items()
    )


def _role(grant: Resource) -> str:
    """The id of a built-in role; every subscription spells its path otherwise."""
    return grant.at("roleDefinitionId").text.rpartition("/")[2].lower()


def _node_identities(stack: Stack) -> set[str]:
    """What nodes run as: URNs of identities of this stack, ids of others."""
    found = set[str]()
    for cluster in stack.of_type(CLUSTER):
        profile = cluster.at("identityProfile.kubeletidentity")
        if not profile.missing:
            found |= _named(stack, cluster, profile.at("resourceId"))
    return found


def _named(stack: Stack, resource: Resource, view: View) -> set[str]:
    """The identities that a property names.

    A name that is written counts for more than the identity that it may have been computed from.
    """
    if view.missing:
        return set()
    if not view.unknown:
        last = view.text.rpartition("/")[2].lower()
        for identity in stack.of_type(IDENTITY):
            own = identity.at("resourceName")
            if not own.unknown and own.text.lower() == last:
                return {identity.urn}
    found = {source.urn for source in stack.sources(resource, view.path) if source.type == IDENTITY}
    if found:
        return found
    if view.unknown:
        raise Undecided(view.path)
    return {view.text.rpartition("/")[2].lower()}

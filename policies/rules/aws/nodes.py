"""Node groups of EKS and what they run as: AWS's side of `policies/rules/cluster.yaml` about nodes."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import View
from policies.rules.aws.cluster import ADDON, is_supported
from policies.rules.aws.identity import ROLE
from policies.rules.aws.machines import NODE_GROUP, accelerated, template_of
from policies.rules.aws.statements import Statement, statements

BINDING = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INLINE = "aws:iam/rolePolicy:RolePolicy"
# What a node needs to join its cluster, to pull, and to be reached without a login key:
# docs.aws.amazon.com/eks/latest/userguide/create-node-role.html.
JOINS = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKSWorkerNodeMinimalPolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMManagedInstanceCore",
)
PODS = "pods.eks.amazonaws.com"
NAMESPACE, ACCOUNT = "aws:RequestTag/kubernetes-namespace", "aws:RequestTag/kubernetes-service-account"


@check("nodes-have-no-public-address", NODE_GROUP)
def leaves_no_address_to_subnets(group: Resource) -> Iterator[Finding]:
    yield from _has_a_template(group)


@check("nodes-hide-their-metadata-from-pods", NODE_GROUP)
def leaves_no_hops_to_defaults(group: Resource) -> Iterator[Finding]:
    """Without a template EKS allows two hops, which reach pods."""
    yield from _has_a_template(group)


@check("data-at-rest-uses-a-customer-key", NODE_GROUP)
def leaves_no_disk_to_defaults(group: Resource) -> Iterator[Finding]:
    yield from _has_a_template(group)


@check("machines-stand-in-groups-of-their-own", NODE_GROUP)
def leaves_no_groups_to_the_cluster(group: Resource) -> Iterator[Finding]:
    yield from _has_a_template(group)


@check("clusters-are-kept-patched", NODE_GROUP)
def nodes_are_patched(group: Resource) -> Iterator[Finding]:
    """EKS offers patches for its own images only, and none to a group that names one release."""
    yield from must_not_be(group.at("amiType"), "CUSTOM")
    if not group.at("releaseVersion").missing:
        yield Finding("releaseVersion holds nodes at one release")
    yield from is_supported(group.at("version"))


@stack_check("gpu-pools-are-tainted", NODE_GROUP)
def gpu_groups_are_tainted(stack: Stack) -> Iterator[Finding]:
    for group in stack.of_type(NODE_GROUP):
        if accelerated(stack, group) and not _keeps_pods_away(group):
            yield Finding(f"{group.label}: taints keeps no pod away", urn=group.urn)


@stack_check("confidential-training-encrypts-memory", NODE_GROUP)
def encrypts_memory(stack: Stack) -> Iterator[Finding]:
    if not stack.situation.confidential:
        raise NotApplicable("confidential training is not asked for")
    for group in stack.of_type(NODE_GROUP):
        if not accelerated(stack, group):
            continue
        template = template_of(stack, group)
        if isinstance(template, Resource):
            for found in must_be(template.at("cpuOptions.amdSevSnp"), "enabled"):
                yield Finding(f"{template.label}: {found.problem}", urn=template.urn)
        else:
            yield Finding(f"{group.label} has no launch template of this stack", urn=group.urn)


@stack_check("pods-have-identities-of-their-own", BINDING, ADDON)
def no_pod_acts_as_its_node(stack: Stack) -> Iterator[Finding]:
    nodes = _node_roles(stack)
    for binding in stack.of_type(BINDING):
        if _role_key(stack, binding, binding.at("roleArn")) in nodes:
            yield Finding(f"{binding.label} lets pods act as their node", urn=binding.urn)
    for addon in stack.of_type(ADDON):
        for each in addon.at("podIdentityAssociations").items():
            if _role_key(stack, addon, each.at("roleArn")) in nodes:
                yield Finding(f"{addon.label} lets pods act as their node", urn=addon.urn)


@stack_check("node-identities-only-join-and-pull", NODE_GROUP)
def nodes_only_join_and_pull(stack: Stack) -> Iterator[Finding]:
    nodes = _node_roles(stack)
    for grant in stack.of_type(ATTACHMENT):
        if _role_key(stack, grant, grant.at("role")) in nodes:
            named = grant.at("policyArn")
            if named.unknown or ":iam::aws:policy/" not in named.text or _name(named.text) not in JOINS:
                yield Finding(f"{grant.label} gives nodes more than joining and pulling", urn=grant.urn)
    for grant in stack.of_type(INLINE):
        if _role_key(stack, grant, grant.at("role")) in nodes:
            yield Finding(f"{grant.label} gives nodes a policy of its own", urn=grant.urn)


@check("workload-identity-names-one-account", ROLE)
def trusts_one_account(role: Resource) -> Iterator[Finding]:
    """A role for pods says which, whatever an association that somebody makes later says."""
    trust = role.at("assumeRolePolicy")
    for each in statements(trust):
        if not each.allows:
            continue
        if PODS in each.principals and not (_is_one(each, NAMESPACE) and _is_one(each, ACCOUNT)):
            yield Finding(f"{trust.path}: {each.name} trusts more than one account's pods")
        issuers = [name.partition(":oidc-provider/")[2] for name in each.principals]
        for issuer in filter(None, issuers):
            if ".eks." in issuer and not _is_one(each, f"{issuer}:sub"):
                yield Finding(f"{trust.path}: {each.name} trusts more than one account of a cluster")


def _has_a_template(group: Resource) -> Iterator[Finding]:
    if group.at("launchTemplate").missing:
        yield Finding("launchTemplate is missing, so EKS's defaults hold")


def _keeps_pods_away(group: Resource) -> bool:
    effects = ("NO_SCHEDULE", "NO_EXECUTE")
    return any(
        taint.at("key").value and taint.at("effect").value in effects for taint in group.at("taints").items()
    )


def _is_one(statement: Statement, key: str) -> bool:
    """Whether a condition compares the key with exactly one value; `StringEquals` knows no patterns."""
    for name, wanted in statement.conditions.get("StringEquals", {}).items():
        if name.lower() == key.lower():
            return isinstance(wanted, str) or len(wanted) == 1
    return False


def _node_roles(stack: Stack) -> set[str]:
    return {_role_key(stack, group, group.at("nodeRoleArn")) for group in stack.of_type(NODE_GROUP)}


def _role_key(stack: Stack, resource: Resource, view: View) -> str:
    """A role by its URN, or by the name in its ARN when it is none of this stack.

    A name that is written counts for more than the role that it may have been computed from.
    """
    if not view.unknown:
        for role in stack.of_type(ROLE):
            if not role.at("name").unknown and role.at("name").text == _name(view.text) != "":
                return role.urn
    target = stack.target(view, resource, ROLE)
    return target.urn if isinstance(target, Resource) else _name(target or "")


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]

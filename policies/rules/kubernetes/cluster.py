"""Namespaces, admission, network policies, roles: the rest of `policies/rules/kubernetes.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import cast

from policies.framework.expect import must_be, must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check
from policies.framework.values import View
from policies.rules.kubernetes.pods import POD_OF

NAMESPACE = "kubernetes:core/v1:Namespace"
QUOTA = "kubernetes:core/v1:ResourceQuota"
SERVICE = "kubernetes:core/v1:Service"
SECRET = "kubernetes:core/v1:Secret"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ADMISSION = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
BINDING = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"
ROLES = (
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
)
BINDINGS = (
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
)
RELEASE = "kubernetes:helm.sh/v3:Release"
PROVIDER = "pulumi:providers:kubernetes"
ENFORCE = "pod-security.kubernetes.io/enforce"
# The only namespace that may see the node, and what must run there: components/kubernetes/tenants.yaml.
PRIVILEGED = "guard"
COUNTED = {"requests.cpu", "requests.memory"}
WIDEST_V4, WIDEST_V6 = 16, 48
EVERYBODY = {"system:anonymous", "system:unauthenticated", "system:authenticated"}
CHART = re.compile(r"oci://\S+@sha256:[a-f0-9]{64}")
# The list of released digests: components/kubernetes/image_lists.py.
RELEASED = "released-images"
# Source: learn.microsoft.com/azure/aks/internal-lb.
INTERNAL = "service.beta.kubernetes.io/azure-load-balancer-internal"
# Namespaces of the cloud and of Kubernetes itself.
OTHERS = ("kube-", "gke-", "gmp-")
# What names a right by an id of its own: on AKS, an identity that pods may act as.
NAMED_RIGHTS = ("azure-native:managedidentity:UserAssignedIdentity",)


@check("namespaces-are-restricted", NAMESPACE)
def is_restricted(namespace: Resource) -> Iterator[Finding]:
    labels = namespace.at("metadata.labels")
    written = cast("Mapping[str, object]", labels.value or {})
    level = written.get(ENFORCE)
    privileged = namespace.at("metadata.name").text == PRIVILEGED
    allowed = ("restricted", "privileged") if privileged else ("restricted",)
    if level not in allowed:
        yield Finding(f"{labels.path} does not set {ENFORCE} to {' or '.join(allowed)}")


def _ours(stack: Stack) -> Iterator[tuple[Resource, str, str]]:
    """Namespaces of the stack, each with the provider of its cluster's name where that is told by a label."""
    for namespace in stack.of_type(NAMESPACE):
        name = namespace.at("metadata.name").text
        if not name.startswith(OTHERS):
            yield namespace, name, namespace.options.parent


def _inside(stack: Stack, type_: str, name: str, parent: str) -> list[Resource]:
    """Resources of one type in a namespace. Those of one component share its parent, and so its cluster."""
    return [
        each
        for each in stack.of_type(type_)
        if each.at("metadata.namespace").text == name and each.options.parent == parent
    ]


@stack_check("namespaces-deny-by-default", NAMESPACE)
def denies_by_default(stack: Stack) -> Iterator[Finding]:
    for namespace, name, parent in _ours(stack):
        if not any(_denies_all(policy) for policy in _inside(stack, POLICY, name, parent)):
            yield Finding(f"{namespace.label} has no NetworkPolicy that denies everything", urn=namespace.urn)


def _denies_all(policy: Resource) -> bool:
    spec = policy.at("spec")
    everything = not spec.at("podSelector").missing and not spec.at("podSelector").value
    both = {view.text for view in spec.at("policyTypes").items()} == {"Ingress", "Egress"}
    return everything and both and not spec.at("ingress").value and not spec.at("egress").value


@stack_check("namespaces-have-a-quota", NAMESPACE)
def has_a_quota(stack: Stack) -> Iterator[Finding]:
    for namespace, name, parent in _ours(stack):
        quotas = _inside(stack, QUOTA, name, parent)
        if not any(
            {"requests.cpu", "requests.memory"} <= set(quota.at("spec.hard").keys()) for quota in quotas
        ):
            yield Finding(f"{namespace.label} has no ResourceQuota on cpu and memory", urn=namespace.urn)


@check("network-policies-name-their-peers", POLICY)
def names_its_peers(policy: Resource) -> Iterator[Finding]:
    for direction, ends in (("ingress", "from"), ("egress", "to")):
        for rule in policy.at(f"spec.{direction}").items():
            peers = list(rule.at(ends).items())
            if not peers:
                yield Finding(f"{rule.path} is open to everywhere")
            for peer in peers:
                yield from _narrow(peer.at("ipBlock.cidr"))
                everyone = peer.at("namespaceSelector")
                if not everyone.missing and everyone.value == {} and peer.at("podSelector").missing:
                    yield Finding(f"{peer.path} is every namespace")


def _narrow(cidr: View) -> Iterator[Finding]:
    if cidr.missing:
        return
    network = ip_network(cidr.text, strict=False)
    if network.prefixlen < (WIDEST_V4 if network.version == 4 else WIDEST_V6):
        yield Finding(f"{cidr.path} is {network}")


@check("admission-policies-deny", ADMISSION)
def policy_fails_closed(policy: Resource) -> Iterator[Finding]:
    yield from must_not_be(policy.at("spec.failurePolicy"), "Ignore")


@check("admission-policies-deny", BINDING)
def binding_denies(binding: Resource) -> Iterator[Finding]:
    actions = binding.at("spec.validationActions")
    if "Deny" not in (actions.value or []):
        yield Finding(f"{actions.path} lacks Deny")
    if not binding.at("spec.paramRef").missing:
        yield from must_be(binding.at("spec.paramRef.parameterNotFoundAction"), "Deny")


@stack_check("clusters-hold-pods-to-admission", *POD_OF)
def holds_pods_to_admission(stack: Stack) -> Iterator[Finding]:
    policies = list(stack.of_type(ADMISSION))
    if not policies:
        yield Finding("pods are made, and no admission policy")
    bound = {(each.at("spec.policyName").text, each.options.parent) for each in stack.of_type(BINDING)}
    for policy in policies:
        if (policy.at("metadata.name").text, policy.options.parent) not in bound:
            yield Finding(f"{policy.label} is bound to nothing", urn=policy.urn)


@stack_check("clusters-run-released-digests-only", NAMESPACE)
def runs_released_digests_only(stack: Stack) -> Iterator[Finding]:
    policies = {
        (each.at("metadata.name").text, each.options.parent)
        for each in stack.of_type(ADMISSION)
        if not each.at("spec.paramKind").missing
    }
    held = {
        binding.options.parent
        for binding in stack.of_type(BINDING)
        if binding.at("spec.paramRef.name").text == RELEASED
        and (binding.at("spec.policyName").text, binding.options.parent) in policies
    }
    clusters = {parent: namespace for namespace, _name, parent in _ours(stack)}
    for parent, namespace in clusters.items():
        if parent not in held:
            yield Finding(
                f"the cluster of {namespace.label} binds no admission policy to the list {RELEASED}",
                urn=namespace.urn,
            )


def _stays_in_the_network(service: Resource) -> bool:
    """Whether a load balancer has an address of the network only: AKS's, by its annotation."""
    if service.at("spec.type").text != "LoadBalancer":
        return False
    annotations = cast("Mapping[str, object]", service.at("metadata.annotations").value or {})
    return annotations.get(INTERNAL) == "true"


@check("services-stay-inside", SERVICE)
def stays_inside(service: Resource) -> Iterator[Finding]:
    kind = service.at("spec.type")
    if not kind.missing and not _stays_in_the_network(service):
        yield from must_be(kind, "ClusterIP", "ExternalName")
    yield from must_be_absent(service.at("spec.externalIPs"))


@check("roles-name-what-they-allow", *ROLES)
def names_what_it_allows(role: Resource) -> Iterator[Finding]:
    for rule in role.at("rules").items():
        for name in ("verbs", "resources", "apiGroups"):
            for each in rule.at(name).items():
                if each.unknown:
                    each.comes_from(*NAMED_RIGHTS)
                elif each.value == "*":
                    yield Finding(f"{rule.path}.{name} has a wildcard")


@check("roles-name-what-they-allow", *BINDINGS)
def names_to_whom(binding: Resource) -> Iterator[Finding]:
    yield from must_not_be(binding.at("roleRef.name"), "cluster-admin")
    for subject in binding.at("subjects").items():
        if subject.at("name").text in EVERYBODY:
            yield Finding(f"{subject.path}.name is everybody")


@check("secrets-stay-out-of-state", SECRET)
def is_no_secret(_secret: Resource) -> Iterator[Finding]:
    yield Finding("its value is in the state")


@check("charts-come-from-the-registry", RELEASE)
def comes_from_the_registry(release: Resource) -> Iterator[Finding]:
    chart = release.at("chart")
    yield from must_be_set(chart)
    if not chart.missing and not CHART.fullmatch(chart.text):
        yield Finding(f"{chart.path} is no oci:// reference with a digest")
    yield from must_be_absent(release.at("repositoryOpts.repo"))


@check("clusters-are-known-by-name", PROVIDER)
def is_known_by_name(provider: Resource) -> Iterator[Finding]:
    yield from must_be_set(provider.at("clusterIdentifier"))
    yield from must_be(provider.at("enableServerSideApply"), True, "true")
    for name in ("enablePatchForce", "upsertExistingObjects", "deleteUnreachable"):
        yield from must_not_be(provider.at(name), True, "true")

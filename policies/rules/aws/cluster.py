"""EKS one guarantee at a time: AWS's side of `policies/rules/cluster.yaml`. Nodes are in `nodes.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from policies.framework.expect import must_be, must_refer_to
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import Undecided, View
from policies.rules.aws.identity import ROLE

CLUSTER = "aws:eks/cluster:Cluster"
ADDON = "aws:eks/addon:Addon"
ENTRY = "aws:eks/accessEntry:AccessEntry"
GRANT = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
LOGGED = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# The oldest version in standard support for more than a few days (1.34 leaves it on 2026-12-02):
# docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html.
OLDEST = 35
ROLE_ARN = re.compile(r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")
# Access policies that may change whom a cluster lets in:
# docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html.
ADMINISTRATION = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")


@check("control-planes-are-private", CLUSTER)
def control_plane_is_private(cluster: Resource) -> Iterator[Finding]:
    """Both have defaults, and both defaults are the wrong one."""
    yield from must_be(cluster.at("vpcConfig.endpointPublicAccess"), False)
    yield from must_be(cluster.at("vpcConfig.endpointPrivateAccess"), True)


@stack_check("clusters-enforce-network-policy", CLUSTER)
def has_a_network_add_on(stack: Stack) -> Iterator[Finding]:
    yield from _clusters_without(stack, "vpc-cni")


@check("clusters-enforce-network-policy", ADDON)
def enforces_network_policy(addon: Resource) -> Iterator[Finding]:
    if addon.at("addonName").value != "vpc-cni":
        raise NotApplicable("it carries no packets of pods")
    values = addon.at("configurationValues")
    if settings_of(values).get("enableNetworkPolicy") not in ("true", True):
        yield Finding(f"{values.path} does not set enableNetworkPolicy to true")


@stack_check("pods-have-identities-of-their-own", CLUSTER)
def has_an_identity_agent(stack: Stack) -> Iterator[Finding]:
    yield from _clusters_without(stack, "eks-pod-identity-agent")


@check("clusters-accept-no-legacy-credentials", CLUSTER)
def accepts_entries_only(cluster: Resource) -> Iterator[Finding]:
    """With the config map, whoever may change one object of the cluster lets anybody in."""
    access = cluster.at("accessConfig")
    yield from must_be(access.at("authenticationMode"), "API")
    yield from must_be(access.at("bootstrapClusterCreatorAdminPermissions"), False)


@check("clusters-accept-no-legacy-credentials", "aws:eks/identityProviderConfig:IdentityProviderConfig")
def is_no_other_directory(_config: Resource) -> Iterator[Finding]:
    yield Finding("it lets in whom another issuer names, past IAM")


@check("clusters-are-kept-from-deletion", CLUSTER)
def is_kept(cluster: Resource) -> Iterator[Finding]:
    if cluster.situation.environment == "dev":
        raise NotApplicable("the environment is dev")
    yield from must_be(cluster.at("deletionProtection"), True)


@check("clusters-log-their-control-plane", CLUSTER)
def logs_its_control_plane(cluster: Resource) -> Iterator[Finding]:
    types = cluster.at("enabledClusterLogTypes")
    kept = {view.text for view in types.items()}
    missing = [each for each in LOGGED if each not in kept]
    if missing:
        yield Finding(f"{types.path} lacks {', '.join(missing)}")


@check("clusters-are-kept-patched", CLUSTER)
def cluster_is_patched(cluster: Resource) -> Iterator[Finding]:
    """Extended support keeps a version that its authors left, and is the default."""
    yield from must_be(cluster.at("upgradePolicy.supportType"), "STANDARD")
    yield from is_supported(cluster.at("version"))


@check("clusters-have-one-administrator", ENTRY)
def lets_in_roles(entry: Resource) -> Iterator[Finding]:
    yield from must_refer_to(entry.at("principalArn"), ROLE, form=ROLE_ARN)


@stack_check("clusters-have-one-administrator", GRANT)
def has_one_administrator(stack: Stack) -> Iterator[Finding]:
    first: dict[object, object] = {}
    for grant in stack.of_type(GRANT):
        if grant.at("policyArn").text.rpartition("/")[2] not in ADMINISTRATION:
            continue
        cluster, principal = _key(stack, grant, "clusterName"), _key(stack, grant, "principalArn")
        if first.setdefault(cluster, principal) != principal:
            yield Finding(f"{grant.label} makes one more administrator of its cluster", urn=grant.urn)


@check("machines-stand-in-groups-of-their-own", CLUSTER)
def control_plane_has_groups(cluster: Resource) -> Iterator[Finding]:
    groups = cluster.at("vpcConfig.securityGroupIds")
    if not any(True for _ in groups.items()):
        yield Finding(f"{groups.path} names no group")


def is_supported(version: View) -> Iterator[Finding]:
    """A version that is left out is the newest."""
    if version.missing:
        return
    _, _, minor = version.text.partition(".")
    if not minor.isdecimal() or int(minor) < OLDEST:
        yield Finding(f"{version.path} is older than 1.{OLDEST}, or no version")


def _clusters_without(stack: Stack, name: str) -> Iterator[Finding]:
    for cluster in stack.of_type(CLUSTER):
        found = [
            addon
            for addon in stack.pointing_at(cluster, ADDON, "clusterName")
            if addon.at("addonName").value == name
        ]
        if not found:
            yield Finding(f"{cluster.label} has no add-on {name}", urn=cluster.urn)


def settings_of(values: View) -> dict[str, Any]:
    """An add-on's settings, which are JSON in a text; EKS takes YAML too, which no rule here reads."""
    try:
        settings: Any = json.loads(values.text or "{}")
    except ValueError as error:
        raise Undecided(values.path) from error
    return cast("dict[str, Any]", settings) if isinstance(settings, dict) else {}


def _key(stack: Stack, resource: Resource, path: str) -> object:
    """What tells one cluster or principal from another: its name, or what the unknown name comes from."""
    view = resource.at(path)
    if not view.unknown:
        return view.text
    sources = frozenset(source.urn for source in stack.sources(resource, path))
    if not sources:
        raise Undecided(path)
    return sources

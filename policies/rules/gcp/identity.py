"""Who may do what: Google Cloud's side of `policies/rules/identity.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import elements
from policies.framework.resource import Resource
from policies.framework.rule import Finding, NotApplicable, check
from policies.framework.values import View, shown
from policies.rules.data import read

MEMBER, BINDING, POLICY = "gcp:*I[Aa][Mm]Member", "gcp:*I[Aa][Mm]Binding", "gcp:*I[Aa][Mm]Policy"
# Grants that hold for everything below a project, folder or organisation.
CONTAINERS = tuple(
    f"gcp:{owner}/iAM{kind}:IAM{kind}"
    for owner in ("projects", "folder", "organizations")
    for kind in ("Member", "Binding")
)
# A grant on a key ring reaches every key in it.
KEY_RINGS = tuple(f"gcp:kms/keyRingIAM{kind}:KeyRingIAM{kind}" for kind in ("Member", "Binding"))
ACCESS_LISTS = tuple(
    f"gcp:storage/{kind[0].lower() + kind[1:]}:{kind}"
    for kind in ("BucketAccessControl", "DefaultObjectAccessControl", "ObjectAccessControl")
)
DATASET = "gcp:bigquery/dataset:Dataset"
DATASET_ACCESS = "gcp:bigquery/datasetAccess:DatasetAccess"
ACCOUNT = "gcp:serviceaccount/account:Account"
# What computes the e-mail or member of an identity; none of them can say allUsers.
IDENTITIES = (
    ACCOUNT,
    "gcp:projects/serviceIdentity:ServiceIdentity",
    "gcp:logging/projectSink:ProjectSink",
    "gcp:container/cluster:Cluster",
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
    "gcp:organizations/project:Project",
)
WORKLOAD_IDENTITY_USER = "roles/iam.workloadIdentityUser"
ONE_ACCOUNT = re.compile(
    r"serviceAccount:[^\[\]*]+\.svc\.id\.goog\[[^/\[\]*]+/[^/\[\]*]+\]|principal://.+/subject/[^*]+"
)
DEFAULT_ACCOUNT = re.compile(
    r"default|.*-compute@developer\.gserviceaccount\.com|.*@appspot\.gserviceaccount\.com"
)

# Where each type says which account its machines run as.
ACCOUNT_PATHS = {
    "gcp:compute/instance:Instance": "serviceAccount.email",
    "gcp:compute/instanceTemplate:InstanceTemplate": "serviceAccount.email",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": "serviceAccount.email",
    "gcp:container/cluster:Cluster": "nodeConfig.serviceAccount",
    "gcp:container/nodePool:NodePool": "nodeConfig.serviceAccount",
    "gcp:tpu/v2Vm:V2Vm": "serviceAccount.email",
    "gcp:workbench/instance:Instance": "gceSetup.serviceAccounts[].email",
    "gcp:cloudrunv2/service:Service": "template.serviceAccount",
    "gcp:cloudrunv2/job:Job": "template.template.serviceAccount",
    "gcp:cloudfunctionsv2/function:Function": "serviceConfig.serviceAccountEmail",
    "gcp:dataproc/cluster:Cluster": "clusterConfig.gceClusterConfig.serviceAccount",
    "gcp:dataflow/job:Job": "serviceAccountEmail",
}
# A plain instance without the block has no identity at all, which is as good.
MAY_HAVE_NONE = {
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
}

_ROLES = read("gcp/roles")
_BASIC = frozenset(_ROLES["basic"])
_PUBLIC = frozenset(_ROLES["public_members"])
_DATA = re.compile("|".join(f"(?:{pattern})" for pattern in _ROLES["data"]))


@check("service-accounts-have-no-keys", "gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey")
def has_no_key(_key: Resource) -> Iterator[Finding]:
    yield Finding("it is a key that can be copied and never expires")


@check("nobody-holds-a-basic-role", MEMBER, BINDING)
def is_no_basic_role(grant: Resource) -> Iterator[Finding]:
    role = grant.at("role").value
    if role in _BASIC:
        yield Finding(f"it grants {shown(role)}")


@check("nothing-is-granted-to-the-public", MEMBER)
def names_its_member(grant: Resource) -> Iterator[Finding]:
    yield from _no_public_member(grant.at("member"))


@check("nothing-is-granted-to-the-public", BINDING)
def names_its_members(grant: Resource) -> Iterator[Finding]:
    for view in elements(grant, "members[]"):
        yield from _no_public_member(view)


@check("nothing-is-granted-to-the-public", DATASET_ACCESS)
def gives_no_public_access(grant: Resource) -> Iterator[Finding]:
    for path in ("iamMember", "specialGroup"):
        yield from _no_public_member(grant.at(path))


@check("nothing-is-granted-to-the-public", DATASET)
def has_no_public_access(dataset: Resource) -> Iterator[Finding]:
    for path in ("accesses[].iamMember", "accesses[].specialGroup"):
        for view in elements(dataset, path):
            yield from _no_public_member(view)


def _no_public_member(view: View) -> Iterator[Finding]:
    if view.unknown:
        view.comes_from(*IDENTITIES)
    elif view.text.removeprefix("iamMember:") in _PUBLIC:
        yield Finding(f"{view.path} is {shown(view.value)}")


@check("nothing-is-granted-to-the-public", *ACCESS_LISTS)
def lists_no_public_entity(grant: Resource) -> Iterator[Finding]:
    if grant.at("entity").value in _PUBLIC:
        yield Finding(f"entity is {shown(grant.at('entity').value)}")


@check("data-roles-are-granted-on-single-resources", *CONTAINERS, *KEY_RINGS)
def is_no_wide_data_role(grant: Resource) -> Iterator[Finding]:
    role = grant.at("role").text
    if _DATA.fullmatch(role):
        where = (
            "every key of the ring" if grant.type in KEY_RINGS else "everything below its project or folder"
        )
        yield Finding(f"it grants {shown(role)} on {where}")


@check("grants-are-additive", BINDING, POLICY)
def is_additive(grant: Resource) -> Iterator[Finding]:
    kind = "policy" if grant.type.endswith("Policy") else "binding"
    yield Finding(f"this {kind} replaces what others granted there")


@check("workloads-never-run-as-a-default-account", *ACCOUNT_PATHS)
def runs_as_its_own_account(machine: Resource) -> Iterator[Finding]:
    path = ACCOUNT_PATHS[machine.type]
    if machine.type in MAY_HAVE_NONE and machine.at("serviceAccount").missing:
        raise NotApplicable("it has no identity")
    views = list(elements(machine, path))
    if not views:
        yield Finding(f"{path} is missing, so it runs as the default account")
    for view in views:
        yield from _own_account(view)


def _own_account(view: View) -> Iterator[Finding]:
    if view.missing:
        yield Finding(f"{view.path} is missing, so it runs as the default account")
    elif view.unknown:
        view.comes_from(ACCOUNT)
    elif DEFAULT_ACCOUNT.fullmatch(view.text):
        yield Finding(f"{view.path} is a default account")


@check("workload-identity-names-one-account", "gcp:serviceaccount/iAMMember:IAMMember")
def member_is_one_account(grant: Resource) -> Iterator[Finding]:
    _only_workload_identity(grant)
    yield from _one_account(grant.at("member"))


@check("workload-identity-names-one-account", "gcp:serviceaccount/iAMBinding:IAMBinding")
def members_are_one_account_each(grant: Resource) -> Iterator[Finding]:
    _only_workload_identity(grant)
    for view in elements(grant, "members[]"):
        yield from _one_account(view)


def _only_workload_identity(grant: Resource) -> None:
    if grant.at("role").value != WORKLOAD_IDENTITY_USER:
        raise NotApplicable("it grants another role")


def _one_account(view: View) -> Iterator[Finding]:
    if view.unknown:
        # Computed from the cluster or its project: `serviceAccount:${pool}[namespace/name]`.
        view.comes_from(*IDENTITIES)
    elif not ONE_ACCOUNT.fullmatch(view.text):
        yield Finding(f"{view.path} names more than one account")

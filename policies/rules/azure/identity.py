"""Who may act, and on what: Azure's side of `policies/rules/identity.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.resource import Resource
from policies.framework.rule import Finding, check

GRANT = "azure-native:authorization:RoleAssignment"
ROLE = "azure-native:authorization:RoleDefinition"
FEDERATED = "azure-native:managedidentity:FederatedIdentityCredential"
# Roles that reach every service, or grant.
# Source: learn.microsoft.com/azure/role-based-access-control/built-in-roles.
BASIC = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
WIDE = re.compile(
    r"/*(subscriptions/[^/]+(/resourceGroups/[^/]+)?|providers/[^/]+/managementGroups/[^/]+)?/*",
    re.IGNORECASE,
)
GRANTS = ("*", "*/write", "microsoft.authorization/")
AUDIENCE = "api://AzureADTokenExchange"


@check("nobody-holds-a-basic-role", GRANT)
def is_no_basic_role(grant: Resource) -> Iterator[Finding]:
    role = grant.at("roleDefinitionId")
    name = BASIC.get(role.text.lower().rpartition("/")[2])
    if name:
        yield Finding(f"{role.path} is {name}")


@check("nobody-holds-a-basic-role", ROLE)
def defines_no_basic_role(role: Resource) -> Iterator[Finding]:
    for permission in role.at("permissions").items():
        for kind in ("actions", "dataActions"):
            for action in permission.at(kind).items():
                if action.text.lower().startswith(GRANTS) or action.text.lower().endswith("/*"):
                    yield Finding(f"{action.path} is {action.text}")


@check("data-roles-are-granted-on-single-resources", GRANT)
def is_on_one_resource(grant: Resource) -> Iterator[Finding]:
    scope = grant.at("scope")
    if WIDE.fullmatch(scope.text):
        yield Finding(f"{scope.path} is {scope.text or 'missing'}, which holds more than one resource")


@check("workload-identity-names-one-account", FEDERATED)
def names_one_account(credential: Resource) -> Iterator[Finding]:
    subject = credential.at("subject")
    if not subject.text or "*" in subject.text:
        yield Finding(f"{subject.path} is {subject.text or 'missing'}, not one account's")
    audiences = [each.value for each in credential.at("audiences").items()]
    if audiences != [AUDIENCE]:
        yield Finding(f"audiences are {audiences}, not only {AUDIENCE}")

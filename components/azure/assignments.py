"""What Azure itself holds the stack to: built-in policies on single resources, initiatives on its group.

Guarantees: an assignment is of a built-in definition, enforced or only measured as it says; initiatives of
the frameworks in scope measure, since what they would change is this program's to change.

Leaves out: policies of one's own, which belong to whoever runs the subscription, and what only reports to a
person (Defender for Cloud's dashboard reads the measures).
Sources: learn.microsoft.com/azure/governance/policy/concepts/assignment-structure,
learn.microsoft.com/azure/governance/policy/samples (initiatives by framework).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_azure_native.authorization._inputs import ParameterValuesValueArgs
from pulumi_azure_native.authorization.policy_assignment import PolicyAssignment
from pydantic import BaseModel, ConfigDict

from components.azure.place import Place

# Names of assignments end at 64 characters on a resource group.
# Source: learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules.
LONGEST = 64
BUILT_IN = "/providers/Microsoft.Authorization"
# By framework. GDPR has none: the benchmark that Microsoft keeps stands for it.
INITIATIVES = {
    "gdpr": ("1f3afdf9-d0c9-4c3d-847f-89da613e70a8", "Microsoft cloud security benchmark"),
    "hipaa": ("a169a624-5599-4385-a696-c8d643089fab", "HITRUST/HIPAA"),
    "iso27001": ("89c6cddc-1c73-4ac1-b19c-54d1a15a42f2", "ISO 27001:2013"),
}
# Parameters of the HIPAA initiative that have no default; what they ask for exists in no stack of ours.
HIPAA_PARAMETERS: Mapping[str, Any] = {
    "installedApplicationsOnWindowsVM": "",
    "DeployDiagnosticSettingsforNetworkSecurityGroupsstoragePrefix": "none",
    "DeployDiagnosticSettingsforNetworkSecurityGroupsrgName": "none",
    "CertificateThumbprints": "",
}


@dataclass(frozen=True)
class Assigned:
    """A built-in policy by its id, what it is for, and its parameters besides the effect: to deny."""

    definition: str
    about: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


def assign(
    name: str, scope: pulumi.Output[str], assigned: Assigned, parent: pulumi.Resource
) -> PolicyAssignment:
    """The assignment of one policy, which refuses, to a resource by its id."""
    return PolicyAssignment(
        name,
        policy_assignment_name=name[:LONGEST],
        scope=scope,
        policy_definition_id=f"{BUILT_IN}/policyDefinitions/{assigned.definition}",
        display_name=assigned.about,
        enforcement_mode="Default",
        parameters=_values({**assigned.parameters, "effect": "Deny"}),
        opts=pulumi.ResourceOptions(parent=parent),
    )


class AssignmentsArgs(BaseModel):
    """Where, and which frameworks are in scope."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Place
    frameworks: tuple[str, ...]


class Assignments(pulumi.ComponentResource):
    """The initiatives of the frameworks in scope."""

    def __init__(self, name: str, args: AssignmentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Assignments", name, None, opts)
        for framework in args.frameworks:
            definition, about = INITIATIVES[framework]
            PolicyAssignment(
                f"{name}-{framework}",
                policy_assignment_name=f"{name}-{framework}"[:LONGEST],
                scope=args.place.group_id,
                policy_definition_id=f"{BUILT_IN}/policySetDefinitions/{definition}",
                display_name=about,
                enforcement_mode="DoNotEnforce",
                parameters=_values(HIPAA_PARAMETERS if framework == "hipaa" else {}),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _values(parameters: Mapping[str, Any]) -> dict[str, ParameterValuesValueArgs]:
    return {key: ParameterValuesValueArgs(value=value) for key, value in parameters.items()}

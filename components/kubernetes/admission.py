"""What a cluster's API server admits: the policies of `admission.yaml`, in force for every namespace of ours.

Builds one ValidatingAdmissionPolicy and binding per entry and kind, and the lists they read
(`image_lists.py`).

Guarantees: policies deny, they do not warn; what cannot be evaluated is refused; without its list of
registries and of released digests nothing runs; pods and whatever makes pods are held to the same, so that a
wrong template is refused when it is planned. Only the cloud's own namespaces are left out, by name.

Pods alone are held to the released digests: a preview asks the server about new templates while the policy
still lists the old digests, and would refuse every update.

Leaves out: the signatures themselves, which the cloud checks where it can (Binary Authorization). New
policies take seconds to bite, so what must be held waits for the bindings.
Source: kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_kubernetes.admissionregistration.v1._inputs import (
    ValidatingAdmissionPolicyBindingSpecArgs,
    ValidatingAdmissionPolicySpecArgs,
)
from pulumi_kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy import ValidatingAdmissionPolicy
from pulumi_kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding import (
    ValidatingAdmissionPolicyBinding,
)
from pydantic import BaseModel, ConfigDict, Field

from components.kubernetes.image_lists import HOME, Releaser, image_lists
from components.kubernetes.namespaces import WORKLOADS
from components.kubernetes.profile import Profile
from components.kubernetes.scope import Scope


class On(StrEnum):
    """What a policy judges."""

    PODS = "pods"
    TEMPLATES = "templates"
    CONNECT = "connect"
    NAMESPACES = "namespaces"
    NETWORK_POLICIES = "network-policies"
    CERTIFICATES = "certificates"
    CONFIG_MAPS = "config-maps"


class Where(StrEnum):
    """In which namespaces."""

    EVERYTHING = "everything"
    WORKLOADS = "workloads"
    CLUSTER = "cluster"
    LISTS = "lists"


class Validation(BaseModel):
    """One expression that must be true, and what to write when it is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expression: str
    message: str


class Policy(BaseModel):
    """One entry of `admission.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: tuple[On, ...]
    where: Where
    reads: str | None = None
    variables: Mapping[str, str] = Field(default_factory=dict[str, str])
    validations: tuple[Validation, ...]


@cache
def table() -> Mapping[str, Policy]:
    """`admission.yaml`, by name."""
    text = Path(__file__).with_name("admission.yaml").read_text(encoding="utf-8")
    return {name: Policy.model_validate(entry) for name, entry in yaml.safe_load(text)["policies"].items()}


# Groups, resources and operations of what is judged.
_RULES: Mapping[On, Sequence[Mapping[str, Sequence[str]]]] = {
    On.PODS: [
        {"groups": [""], "resources": ["pods"], "operations": ["CREATE", "UPDATE"]},
        {"groups": [""], "resources": ["pods/ephemeralcontainers"], "operations": ["UPDATE"]},
    ],
    On.TEMPLATES: [
        {
            "groups": ["apps"],
            "resources": ["deployments", "statefulsets", "daemonsets", "replicasets"],
            "operations": ["CREATE", "UPDATE"],
        },
        {"groups": ["batch"], "resources": ["jobs", "cronjobs"], "operations": ["CREATE", "UPDATE"]},
    ],
    On.CONNECT: [
        {
            "groups": [""],
            "resources": ["pods/exec", "pods/attach", "pods/portforward"],
            "operations": ["CONNECT"],
        }
    ],
    On.NAMESPACES: [{"groups": [""], "resources": ["namespaces"], "operations": ["CREATE", "UPDATE"]}],
    On.NETWORK_POLICIES: [
        {
            "groups": ["networking.k8s.io"],
            "resources": ["networkpolicies"],
            "operations": ["CREATE", "UPDATE"],
        }
    ],
    On.CERTIFICATES: [
        {"groups": ["cert-manager.io"], "resources": ["certificates"], "operations": ["CREATE", "UPDATE"]}
    ],
    On.CONFIG_MAPS: [{"groups": [""], "resources": ["configmaps"], "operations": ["CREATE", "UPDATE"]}],
}
# The word that stands for administrators, whom a cloud may name by ids that are not known at first.
ADMINISTRATORS = "ADMINISTRATORS"
_TEMPLATE = "object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec.template"
# What an expression finds, by what is judged.
_GIVEN: Mapping[On, Mapping[str, str]] = {
    On.PODS: {
        "pod": "object.spec",
        "before": "oldObject == null ? null : oldObject.spec",
        "labels": "object.metadata.?labels.orValue({})",
    },
    On.TEMPLATES: {
        "template": _TEMPLATE,
        "pod": "variables.template.spec",
        "before": "oldObject == null ? null : (" + _TEMPLATE.replace("object.", "oldObject.") + ").spec",
        "labels": "variables.template.?metadata.?labels.orValue({})",
    },
}


def admission(
    scope: Scope,
    administrators: Sequence[str | pulumi.Output[str]],
    releasers: Sequence[Releaser],
    home: pulumi.Resource,
) -> list[pulumi.Resource]:
    """The lists, the policies and their bindings. `home` is the namespace of the lists."""
    words = {
        "AUDIENCES": scope.profile.cloud.token_audiences,
        "RELEASERS": tuple(each.name for each in releasers),
        "RELEASED": scope.software.released(),
    }
    made = image_lists(scope, releasers, home)
    for name, policy in table().items():
        for judged in policy.on:
            spec = _spec(policy, judged, words, administrators)
            made += _in_force(scope, f"{name}-{judged}", policy, spec)
    return made


def _spec(
    policy: Policy,
    judged: On,
    words: Mapping[str, Sequence[str]],
    administrators: Sequence[str | pulumi.Output[str]],
) -> dict[str, Any]:
    """The policy for one kind of object. Expressions that name administrators wait until these are known."""
    known = [each for each in administrators if isinstance(each, str)]
    if len(known) == len(administrators):
        return policy_spec(policy, judged, {**words, ADMINISTRATORS: known})
    made, names = policy_spec(policy, judged, words), pulumi.Output.all(*administrators)
    for each in (*made["variables"], *made["validations"]):
        if f"[{ADMINISTRATORS}]" in each["expression"]:
            each["expression"] = _named(each["expression"], names)
    return made


def _named(expression: str, names: pulumi.Output[list[Any]]) -> pulumi.Output[str]:
    return names.apply(lambda found: _filled(expression, {ADMINISTRATORS: found}))


def _in_force(scope: Scope, name: str, policy: Policy, spec: dict[str, Any]) -> list[pulumi.Resource]:
    full = f"palisade-{name}"
    made = ValidatingAdmissionPolicy(
        scope.name(name),
        metadata={"name": full},
        spec=ValidatingAdmissionPolicySpecArgs(**spec),
        opts=scope.opts(),
    )
    bound = ValidatingAdmissionPolicyBinding(
        scope.name(name),
        metadata={"name": full},
        spec=ValidatingAdmissionPolicyBindingSpecArgs(**binding_spec(full, policy, scope.profile)),
        opts=scope.opts(made),
    )
    return [made, bound]


def policy_spec(policy: Policy, judged: On, words: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The policy for one kind of object. `words` replace `[WORD]` in expressions by lists of texts."""
    variables = {**_GIVEN.get(judged, {}), **policy.variables}
    made: dict[str, Any] = {
        "failure_policy": "Fail",
        "match_constraints": {
            "resource_rules": [
                {
                    "api_groups": list(rule["groups"]),
                    "api_versions": ["*"] if judged is On.CERTIFICATES else ["v1"],
                    "operations": list(rule["operations"]),
                    "resources": list(rule["resources"]),
                }
                for rule in _RULES[judged]
            ]
        },
        "variables": [
            {"name": name, "expression": _filled(expression, words)} for name, expression in variables.items()
        ],
        "validations": [
            {"expression": _filled(each.expression, words), "message": each.message}
            for each in policy.validations
        ],
    }
    if policy.reads:
        made["param_kind"] = {"api_version": "v1", "kind": "ConfigMap"}
    return made


def binding_spec(full: str, policy: Policy, profile: Profile) -> dict[str, Any]:
    """Where a policy is in force."""
    others: dict[str, Any] = {
        "match_expressions": [
            {
                "key": "kubernetes.io/metadata.name",
                "operator": "NotIn",
                "values": list(profile.cloud.managed),
            }
        ]
    }
    if policy.where is Where.WORKLOADS:
        others["match_labels"] = {WORKLOADS: "true"}
    if policy.where is Where.LISTS:
        others["match_labels"] = {"kubernetes.io/metadata.name": HOME}
    made: dict[str, Any] = {
        "policy_name": full,
        "validation_actions": ["Deny"],
        "match_resources": {"namespace_selector": others},
    }
    if policy.reads:
        made["param_ref"] = {"name": policy.reads, "namespace": HOME, "parameter_not_found_action": "Deny"}
    return made


def _filled(expression: str, words: Mapping[str, Sequence[str]]) -> str:
    for word, values in words.items():
        texts = ", ".join(f"'{value}'" for value in values)
        expression = expression.replace(f"[{word}]", f"[{texts}]")
    return expression

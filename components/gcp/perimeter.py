"""The service perimeter: Google's services answer about this project's data only from inside it.

Builds one regular perimeter around the project, in the organisation's access policy.

Guarantees: machines of the network reach restricted services only; data of the project is given to nobody
outside, whatever they are granted, but the deployers named here; operators come in as far as the clusters'
API servers. A dry run logs what it would refuse; enforced, it refuses.

Whoever runs the update itself from outside must be among the deployers before the perimeter is enforced, or
be let in by the organisation: what an identity may do here is IAM's, but the perimeter is asked first.

Leaves out: access levels (who may come from where) and bridges to other perimeters, which belong to the
organisation. Before enforcing, read the dry run's entries in the audit log for a week of normal work, image
pulls and GPU driver downloads included: those come from Google's own projects, outside this perimeter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pulumi
import yaml
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from pulumi_gcp.accesscontextmanager.service_perimeter import ServicePerimeter

# What stands between an operator and a cluster's API server.
CLUSTER_ACCESS = ("connectgateway.googleapis.com", "container.googleapis.com", "gkehub.googleapis.com")


class PerimeterArgs(BaseModel):
    """Which access policy holds the perimeter (its number), and who may work from outside of it.

    Principals are accounts, groups or federated identities, but none of GKE's workloads.
    Source: cloud.google.com/vpc-service-controls/docs/supported-identities.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    access_policy: str
    deployers: tuple[str | pulumi.Output[str], ...] = ()
    operators: tuple[str, ...] = ()
    enforced: bool = False


@cache
def restricted_services() -> tuple[str, ...]:
    """The services of `perimeter_services.yaml`."""
    text = Path(__file__).with_name("perimeter_services.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(text)["restricted_services"])


def perimeter(
    name: str, args: PerimeterArgs, project_number: pulumi.Input[str], parent: pulumi.Resource
) -> ServicePerimeter:
    """The perimeter around one project, as a dry run unless `args.enforced`."""
    # Most stacks have none, and this part of the SDK takes half a second to load.
    from pulumi_gcp.accesscontextmanager.service_perimeter import ServicePerimeter

    # A perimeter's own name takes letters, digits and underscores only.
    short_name = name.replace("-", "_")
    policy = f"accessPolicies/{args.access_policy}"
    config = {
        "resources": [pulumi.Output.format("projects/{0}", project_number)],
        "restricted_services": _checked(parent),
        "vpc_accessible_services": {
            "enable_restriction": True,
            "allowed_services": ["RESTRICTED-SERVICES"],
        },
        "ingress_policies": _ingress(args) or None,
    }
    return ServicePerimeter(
        f"{name}-perimeter",
        parent=policy,
        name=f"{policy}/servicePerimeters/{short_name}",
        title=short_name,
        description="The AI platform's data stays inside; see components/gcp/perimeter.py.",
        perimeter_type="PERIMETER_TYPE_REGULAR",
        use_explicit_dry_run_spec=not args.enforced,
        spec=None if args.enforced else cast("Any", config),
        status=cast("Any", config) if args.enforced else None,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _ingress(args: PerimeterArgs) -> list[dict[str, Any]]:
    """Who works from outside, from a CI or a desk, and on which services of this project."""
    policies: list[dict[str, Any]] = []
    if args.deployers:
        policies.append(_from_anywhere(args.deployers, [{"service_name": "*"}]))
    if args.operators:
        every = [{"method": "*"}]
        operations = [{"service_name": name, "method_selectors": every} for name in CLUSTER_ACCESS]
        policies.append(_from_anywhere(args.operators, operations))
    return policies


def _from_anywhere(
    identities: Sequence[str | pulumi.Output[str]], operations: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "ingress_from": {"identities": list(identities), "sources": [{"access_level": "*"}]},
        "ingress_to": {"resources": ["*"], "operations": list(operations)},
    }


def _checked(parent: pulumi.Resource) -> list[str]:
    """The restricted services, when Google supports every one of them in a perimeter."""
    from pulumi_gcp.accesscontextmanager.get_supported_services import get_supported_services

    supported = get_supported_services(opts=pulumi.InvokeOptions(parent=parent)).supported_services
    known = {service.name for service in supported}
    unknown = [service for service in restricted_services() if service not in known]
    if unknown:
        raise pulumi.RunError(
            f"perimeter_services.yaml: no service perimeter supports {', '.join(unknown)}; remove them"
        )
    return list(restricted_services())

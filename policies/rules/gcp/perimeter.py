"""Service perimeters: the perimeter part of `policies/rules/network.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import View
from policies.rules.data import read
from policies.rules.gcp.filters import NETWORK

PERIMETER = "gcp:accesscontextmanager/servicePerimeter:ServicePerimeter"
SERVICES: list[str] = read("gcp/public_access")["perimeter_services"]


@stack_check("service-perimeter-guards-the-project", NETWORK)
def has_a_perimeter(stack: Stack) -> Iterator[Finding]:
    if not stack.situation.organization_id:
        raise NotApplicable("no organisation is given")
    if not any(True for _ in stack.of_type(PERIMETER)):
        yield Finding("an organisation is given and no service perimeter surrounds the project")


@check("perimeters-hold-what-holds-data", PERIMETER)
def holds_what_holds_data(perimeter: Resource) -> Iterator[Finding]:
    if perimeter.at("perimeterType").value == "PERIMETER_TYPE_BRIDGE":
        raise NotApplicable("a bridge restricts nothing itself")
    config = _config(perimeter)
    listed = {view.text for view in config.at("restrictedServices").items()}
    missing = [service for service in SERVICES if service not in listed]
    if missing:
        yield Finding(f"{config.path}.restrictedServices lacks {', '.join(missing)}")
    yield from must_be(config.at("vpcAccessibleServices.enableRestriction"), True)


@check("perimeters-are-enforced", PERIMETER)
def is_enforced(perimeter: Resource) -> Iterator[Finding]:
    if perimeter.at("status").missing:
        yield Finding("status is missing, so nothing is enforced")


def _config(perimeter: Resource) -> View:
    """What is enforced, or what is rehearsed where nothing is enforced yet."""
    status = perimeter.at("status")
    return perimeter.at("spec") if status.missing else status

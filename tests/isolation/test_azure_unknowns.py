"""An unknown value never proves what a known one breaks: whatever part of a plan becomes unknown, a claim
that is violated stays violated or becomes unproven. Broken values end in a sentence, never in a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from isolation.azure import types
from isolation.claims import Claim, Expect
from isolation.resources import Resource
from isolation.verdicts import Outcome
from tests.isolation.azure_plan import (
    ALONE,
    SCOPE,
    arm,
    end,
    made,
    managed,
    onpremises,
    public_address,
    ref,
    report,
    subnet,
)
from tests.isolation.test_azure_checklist import private
from tests.isolation.test_azure_firewalls import collection, collections, hub, names, packets
from tests.isolation.unknowns import BROKEN, Path, paths, replaced, waiting

MESH = {
    "networkManagerName": "avnm",
    "configurationName": "spokes",
    "connectivityTopology": "HubAndSpoke",
    "hubs": [{"resourceId": arm("virtualNetworks/hub")}],
    "appliesToGroups": [{"networkGroupId": arm("networkManagers/avnm/networkGroups/all")}],
}
PLAN = [
    *hub(collections("own", 100, collection("Allow", 100, packets(), names("example.com")))),
    *onpremises("172.16.0.0/16"),
    *managed("Deny"),
    public_address(),
    *[one for one in private("Disabled") if one.type == types.PRIVATE_ENDPOINT],
    made(types.NAT, "nat", {"natGatewayName": "nat"}),
    subnet(
        "more",
        "10.0.5.0/24",
        serviceEndpoints=[{"service": "Microsoft.Storage"}],
        natGateway=ref("natGateways/nat"),
    ),
    made(types.CONNECTIVITY, "spokes", MESH),
]
ENDS = ("training!", "edge!", "inference!", "training", "edge", "internet", "enterprise", "=endpoint store")
CLAIMS = [
    Claim(f"{one} {other}", Expect.NEVER, end(one), end(other))
    for one in ENDS
    for other in ENDS
    if one != other and not {one, other} <= {"internet", "enterprise"}
]
# Machines are asked for by name; one whose subnet is not known stands for several.
PLACES = [
    (index, path)
    for index, one in enumerate(PLAN)
    for path in paths(dict(one.properties))
    if one.type != types.INTERFACE
]
CHANGES: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    types.SECURITY_RULE: {
        "access": ("Allow", "Deny"),
        "sourceAddressPrefix": ("*", "VirtualNetwork", "Internet", "10.0.1.0/24"),
        "destinationAddressPrefix": ("*", "VirtualNetwork", "Internet", "10.9.0.0/16"),
    },
    types.ADMIN_RULE: {"access": ("Allow", "Deny", "AlwaysAllow")},
    types.ROUTE: {"nextHopType": ("None", "Internet", "VirtualAppliance", "VnetLocal")},
    types.SUBNET: {"defaultOutboundAccess": (True, False)},
}


@st.composite
def plans(draw: st.DrawFn) -> list[Resource]:
    """The plan with other rules, routes and ways out."""
    found: list[Resource] = []
    for one in PLAN:
        changed = {
            path: draw(st.sampled_from(values))
            for path, values in CHANGES.get(one.type, {}).items()
            if draw(st.booleans())
        }
        found.append(replace(one, properties={**one.properties, **changed}))
    return found


@settings(max_examples=80, deadline=None, phases=(Phase.generate,))
@given(plans(), st.sampled_from(PLACES), st.sampled_from((ALONE, SCOPE)))
def test_an_unknown_value_never_proves_what_a_known_one_breaks(
    plan: list[Resource], place: tuple[int, Path], scope: Any
) -> None:
    index, path = place
    known = report(plan, *CLAIMS, scope=scope).verdicts
    later = report(waiting(plan, index, path), *CLAIMS, scope=scope).verdicts
    for before, after in zip(known, later, strict=True):
        if before.outcome is Outcome.VIOLATED:
            assert after.outcome is not Outcome.PROVEN, (before.claim.name, before.path, after.because)


@settings(max_examples=300, deadline=None, phases=(Phase.generate,))
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(BROKEN)), min_size=1, max_size=3))
def test_broken_values_end_in_a_verdict(changes: list[tuple[tuple[int, Path], Any]]) -> None:
    plan = list(PLAN)
    for (index, path), new in changes:
        if path in set(paths(dict(plan[index].properties))):
            plan = replaced(plan, index, path, new)
    (verdict,) = report(plan, CLAIMS[0]).verdicts
    assert verdict.outcome in Outcome
    assert all("invalid literal" not in missing for missing in verdict.missing), verdict.missing

"""Endpoints of services that answer prompts: private APIs that only some flows lead to, known or unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from isolation.azure import types
from isolation.proof import prove
from isolation.resources import UNKNOWN, Graph, Resource
from isolation.table import StackData, question
from isolation.verdicts import Outcome
from tests.isolation.azure_plan import BASE, GROUP, group, made, ref, rule, subnet, without

MODELS = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/models"
STORE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/store"
TRAINING, SERVING = "10.0.0.0/24", "10.0.1.0/24"
SERVICES, ANSWERS = "services", "answers"


def flow(source: str, **more: Any) -> dict[str, Any]:
    said = {"name": f"{source}-to-apis", "from": source, "to": "data", "carrier": "private-apis"}
    return {**said, "protocol": "tcp", "ports": [443], "why": "It needs them.", **more}


ASKED = question(
    StackData(
        segments={"training": [TRAINING], "serving": [SERVING], "data": ["10.0.2.0/24"]},
        flows=[flow("training"), flow("serving", models=True)],
    )
)


def endpoint(name: str, to: Any, asg: str, **references: Sequence[str]) -> Resource:
    asked = {
        "privateEndpointName": name,
        "subnet": ref("virtualNetworks/net/subnets/data"),
        "applicationSecurityGroups": [ref(f"applicationSecurityGroups/{asg}")],
        "privateLinkServiceConnections": [
            {"name": name, "privateLinkServiceId": to, "groupIds": ["account"]}
        ],
    }
    return made(types.PRIVATE_ENDPOINT, name, asked, "", **references)


def allowed(source: str, prefix: str, priority: int, *asgs: str) -> Resource:
    groups = [ref(f"applicationSecurityGroups/{one}") for one in asgs]
    said = f"Inbound Allow {priority}"
    return rule(
        source,
        "walls",
        said,
        source=prefix,
        port="443",
        destinationAddressPrefix=None,
        destinationApplicationSecurityGroups=groups,
    )


def plan(of_models: Resource, *more: Resource) -> list[Resource]:
    """Training is let into endpoints of services, serving into those of models, too."""
    asgs = [
        made(types.ASG, one, {"applicationSecurityGroupName": one, "location": "westeurope"})
        for one in (SERVICES, ANSWERS)
    ]
    return [
        *without(BASE, "data"),
        *asgs,
        group("walls"),
        allowed("training", TRAINING, 200, SERVICES),
        allowed("serving", SERVING, 201, SERVICES, ANSWERS),
        rule("none", "walls", "Inbound Deny 4000"),
        subnet("data", "10.0.2.0/24", nsg="walls", privateEndpointNetworkPolicies="Enabled"),
        endpoint("store", STORE, SERVICES),
        of_models,
        *more,
    ]


def outcomes(resources: Sequence[Resource]) -> dict[str, Outcome]:
    wanted = (
        "only-training-data",
        "only-serving-data",
        "reaches-training-to-apis",
        "reaches-serving-to-apis",
    )
    found = {one.claim.name: one.outcome for one in prove(Graph(resources), ASKED).verdicts}
    return {name: found[name] for name in wanted}


def test_models_are_reached_by_the_flow_that_says_so_and_by_no_other() -> None:
    assert set(outcomes(plan(endpoint("answers", MODELS, ANSWERS))).values()) == {Outcome.PROVEN}


def test_a_service_in_the_group_of_models_is_missed_by_who_needs_it() -> None:
    found = outcomes(plan(endpoint("other", STORE.replace("store", "other"), ANSWERS)))
    assert found["reaches-training-to-apis"] is Outcome.VIOLATED
    assert found["only-training-data"] is Outcome.PROVEN


def test_models_in_the_group_of_services_are_reached_by_who_may_not() -> None:
    found = outcomes(plan(endpoint("answers", MODELS.upper(), SERVICES)))
    assert found["only-training-data"] is Outcome.VIOLATED
    assert found["reaches-serving-to-apis"] is Outcome.PROVEN


def test_models_that_their_own_servers_do_not_reach_are_told() -> None:
    resources = plan(endpoint("answers", MODELS, ANSWERS))
    shut = [one for one in resources if one.name != "walls-serving"]
    found = outcomes([*shut, allowed("serving", SERVING, 201, SERVICES)])
    assert found["reaches-serving-to-apis"] is Outcome.VIOLATED


def test_a_target_that_nobody_knows_yet_may_be_models() -> None:
    found = outcomes(plan(endpoint("answers", UNKNOWN, SERVICES)))
    assert found["only-training-data"] is Outcome.UNPROVEN
    assert found["only-serving-data"] is Outcome.PROVEN


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(types.AI_ACCOUNT, Outcome.VIOLATED), ("azure-native:storage:StorageAccount", Outcome.PROVEN)],
)
def test_a_reference_tells_what_an_unknown_target_is(kind: str, expected: Outcome) -> None:
    account = made(kind, "account", {"location": "westeurope"})
    to = endpoint("answers", UNKNOWN, SERVICES, privateLinkServiceConnections=[account.urn])
    assert outcomes(plan(to, account))["only-training-data"] is expected


def test_a_connection_that_its_owner_must_agree_to_counts() -> None:
    asked = endpoint("answers", MODELS, SERVICES)
    manual = dict(asked.properties)
    manual["manualPrivateLinkServiceConnections"] = manual.pop("privateLinkServiceConnections")
    found = outcomes(plan(made(types.PRIVATE_ENDPOINT, "answers", manual)))
    assert found["only-training-data"] is Outcome.VIOLATED

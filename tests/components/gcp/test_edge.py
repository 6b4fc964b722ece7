"""The edge: its exact children, that nobody passes unknown, and that every request meets the firewall."""

from __future__ import annotations

from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_gcp.dns.record_set import RecordSet
from pydantic import ValidationError

from components.gcp.armor import WINDOWS
from components.gcp.armor_rules import DEFAULT_PRIORITY, Way
from components.gcp.edge import WAY_HEADER, Edge, SignIn
from tests.components.gcp.platform import NAME
from tests.components.gcp.serving import edge_args, firewall_args, text
from tests.components.recorder import Made, build, differences, value

# How the engine marks a secret (pulumi/sdk/python/lib/pulumi/runtime/rpc.py).
SECRET, SECRET_SIGN = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
SERVICE, ARMOR = "BackendService", "SecurityPolicy"


def made_by(**changes: Any) -> list[Made]:
    return build(lambda: Edge(NAME, edge_args(**changes)))


@cache
def usual() -> tuple[Made, ...]:
    return tuple(made_by())


def of(made: list[Made] | tuple[Made, ...], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def test_inventory() -> None:
    assert differences(list(usual()), "edge") == []


@pytest.mark.parametrize("api_keys", [True, False])
def test_every_service_has_a_firewall_of_its_own_that_denies_by_default(api_keys: bool) -> None:
    made = made_by(api_keys=api_keys)
    services = of(made, SERVICE)
    assert len(services) == len(of(made, ARMOR)) == 1 + api_keys
    for service in services:
        assert value(service, "securityPolicy") is not None
        assert value(service, "logConfig.sampleRate") == 1
    for policy in of(made, ARMOR):
        last = value(policy, "rules")[-1]
        assert last["priority"] == DEFAULT_PRIORITY
        assert last["action"] == "deny(403)"


def test_without_api_keys_everybody_signs_in() -> None:
    (service,) = of(made_by(api_keys=False), SERVICE)
    assert value(service, "iap.enabled") is True
    by_key = next(each for each in of(usual(), SERVICE) if each.name.endswith(Way.API_KEY))
    assert value(by_key, "iap.enabled") is False


def test_the_load_balancer_says_which_way_a_request_came_whatever_the_client_wrote() -> None:
    (routes,) = of(usual(), "URLMap")
    rules = value(routes, "pathMatchers[0].routeRules")
    told = {
        rule["headerAction"]["requestHeadersToAdds"][0]["headerValue"]: (
            rule["priority"],
            rule["matchRules"][0],
        )
        for rule in rules
    }
    assert set(told) == set(Way)
    assert told[Way.API_KEY][0] < told[Way.SIGNED_IN][0]
    assert "headerMatches" in told[Way.API_KEY][1]
    for rule in rules:
        (header,) = rule["headerAction"]["requestHeadersToAdds"]
        assert header["headerName"] == WAY_HEADER
        assert header["replace"] is True


def test_client_certificates_are_asked_where_there_is_an_authority() -> None:
    (policy,) = of(usual(), "ServerTlsPolicy")
    assert value(policy, "mtlsPolicy.clientValidationMode") == "REJECT_INVALID"
    assert value(policy, "allowOpen") is None
    without = made_by(client_ca=None)
    assert not of(without, "ServerTlsPolicy")
    assert value(of(without, "TargetHttpsProxy")[0], "serverTlsPolicy") is None


def test_the_window_holds_the_whole_body() -> None:
    for body in (1024, 8192, 8193, 32768, 40000, 65536):
        (policy,) = of(made_by(api_keys=False, firewall=firewall_args(body_bytes=body)), ARMOR)
        size = value(policy, "advancedOptionsConfig.requestBodyInspectionSize")
        assert int(size.removesuffix("KB")) in WINDOWS
        assert int(size.removesuffix("KB")) * 1024 >= body


def test_an_oauth_client_of_ones_own_stays_secret() -> None:
    def program() -> None:
        client = SignIn("client", pulumi.Output.secret("hush"))
        Edge(NAME, edge_args(api_keys=False, sign_in=client))

    (service,) = of(build(program), SERVICE)
    hidden = value(service, "iap")
    assert hidden[SECRET] == SECRET_SIGN
    assert hidden["value"]["oauth2ClientId"] == "client"


def test_nobody_who_is_everybody_is_a_caller() -> None:
    with pytest.raises(ValueError, match="everybody"):
        made_by(callers=("allAuthenticatedUsers",))


def test_whoever_points_a_name_at_it_waits_for_the_firewall() -> None:
    def program() -> None:
        edge = Edge(NAME, edge_args())
        RecordSet(
            "user", name="models.example.com.", type="A", managed_zone="z", rrdatas=[edge.handle.address]
        )

    made = build(program)
    user = next(each for each in made if each.name == "user")
    assert {each.urn for each in of(made, SERVICE)} <= set(user.property_dependencies["rrdatas"])


@pytest.mark.parametrize("argument", ["security_policy", "port", "iap", "min_tls_version"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        edge_args(**{argument: text("x")})

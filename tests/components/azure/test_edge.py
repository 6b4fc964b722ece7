"""The edge on Azure, its firewall, certificates, keys and screen: exact children, and what nothing undoes."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import pytest
from pydantic import ValidationError

from components.azure import callers
from components.azure.api_keys import UNSET
from components.azure.certificates import request_of
from components.azure.edge import WAY_HEADER, Edge
from components.azure.secrets import TOLD_DAYS
from components.azure.waf_rules import Asked, Rule, body_kb, rules, table
from components.kubernetes import gateway
from tests.components.azure.platform import NAME
from tests.components.azure.records import AUTHORITY, HOSTS, INSIDE, edge_args, served, waf_args
from tests.components.recorder import Made, build, differences, fails_with, value

WAF = "azure-native:network:WebApplicationFirewallPolicy"
GATEWAY = "azure-native:network:ApplicationGateway"


def made(kind: str, **changes: Any) -> Made:
    (found,) = [
        each for each in build(lambda: Edge(f"{NAME}-edge", edge_args(**changes))) if each.type == kind
    ]
    return found


def asked(**changes: Any) -> list[Rule]:
    given: dict[str, Any] = {"hosts": HOSTS, "body_bytes": 4096, "countries": (), "keys": True}
    return rules(Asked(**{**given, **changes}))


def test_inventory() -> None:
    assert differences(build(served), "azure-edge") == []


def test_nothing_is_served_but_443_by_tls_1_2_and_behind_the_firewall() -> None:
    edge = made(GATEWAY)
    assert [each["port"] for each in value(edge, "frontendPorts")] == [443]
    assert {each["protocol"] for each in value(edge, "httpListeners")} == {"Https"}
    assert value(edge, "sslPolicy.policyName") == "AppGwSslPolicy20220101S"
    assert value(edge, "sslProfiles[0].sslPolicy.policyName") == "AppGwSslPolicy20220101S"
    policy = value(edge, "firewallPolicy.id")
    assert policy
    assert {each["firewallPolicy"]["id"] for each in value(edge, "httpListeners")} == {policy}
    assert value(edge, "zones") == ["1", "2", "3"]


def test_behind_it_is_one_address_inside_asked_by_a_verified_name() -> None:
    edge = made(GATEWAY)
    assert value(edge, "backendAddressPools") == [
        {"name": "inside", "backendAddresses": [{"ipAddress": INSIDE.address}]}
    ]
    (settings,) = value(edge, "backendHttpSettingsCollection")
    assert (settings["protocol"], settings["hostName"]) == ("Https", INSIDE.host)
    assert "trustedRootCertificates" not in settings


def test_a_client_cannot_write_the_header_that_tells_the_way() -> None:
    first, second = value(made(GATEWAY), "rewriteRuleSets[0].rewriteRules")
    assert first["ruleSequence"] < second["ruleSequence"]
    assert not first.get("conditions")
    told = [each["actionSet"]["requestHeaderConfigurations"][0] for each in (first, second)]
    assert told == [
        {"headerName": WAY_HEADER, "headerValue": gateway.table().signed_in},
        {"headerName": WAY_HEADER, "headerValue": gateway.table().api_key},
    ]
    assert second["conditions"][0]["variable"] == f"http_req_{gateway.table().key_header}"


def test_every_part_that_another_names_exists() -> None:
    edge = made(GATEWAY)
    parts = {kind: cast("list[Any]", each) for kind, each in edge.inputs.items() if isinstance(each, list)}
    own = {
        f"/{kind}/{part['name']}" for kind, each in parts.items() for part in each if isinstance(part, dict)
    }
    named = {
        "/" + found.split(f"/applicationGateways/{NAME}-edge/")[1]
        for found in _ids(edge.inputs)
        if f"/applicationGateways/{NAME}-edge/" in found
    }
    assert len(named) >= 8
    assert named <= own


def _ids(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [found for each in cast("dict[str, Any]", data).values() for found in _ids(each)]
    if isinstance(data, list):
        return [found for each in cast("list[Any]", data) for found in _ids(each)]
    return [data] if isinstance(data, str) else []


@pytest.mark.parametrize("authority", [AUTHORITY, None])
def test_clients_show_certificates_where_an_authority_is_given(authority: str | None) -> None:
    edge = made(GATEWAY, client_ca=authority)
    profile = value(edge, "httpListeners[0].sslProfile")
    assert bool(profile) == bool(authority)
    if authority:
        assert base64.b64decode(value(edge, "trustedClientCertificates[0].data")).decode() == authority
        assert value(edge, "sslProfiles[0].clientAuthConfiguration.verifyClientCertIssuerDN") is True


@pytest.mark.parametrize(
    ("wanted", "settings"),
    [
        ("basic", {"protectionMode": "VirtualNetworkInherited"}),
        ("address", {"protectionMode": "Enabled"}),
        ("/plan", {"protectionMode": "Enabled", "ddosProtectionPlan": {"id": "/plan"}}),
    ],
)
def test_floods_are_held_off_as_was_paid_for(wanted: str, settings: dict[str, Any]) -> None:
    address = made("azure-native:network:PublicIPAddress", flood_protection=wanted)
    assert value(address, "ddosSettings") == settings


def test_the_firewall_prevents_and_inspects_all_that_it_lets_in() -> None:
    policy = made(WAF)
    settings = value(policy, "policySettings")
    assert (settings["mode"], settings["state"]) == ("Prevention", "Enabled")
    assert settings["requestBodyCheck"] is True
    assert settings["requestBodyEnforcement"] is True
    assert settings["maxRequestBodySizeInKb"] == settings["requestBodyInspectLimitInKB"] == 128
    sets = {each["ruleSetType"] for each in value(policy, "managedRules.managedRuleSets")}
    assert {"Microsoft_DefaultRuleSet", "Microsoft_BotManagerRuleSet"} < sets


def test_no_rule_lets_anybody_past_the_managed_ones() -> None:
    custom = value(made(WAF), "customRules")
    assert {each["action"] for each in custom} == {"Block"}
    assert {each["state"] for each in custom} == {"Enabled"}
    priorities = [each["priority"] for each in custom]
    assert priorities == sorted(set(priorities))
    assert all(1 <= each <= 100 for each in priorities)


def test_exclusions_name_single_rules_and_fields() -> None:
    exclusions = value(made(WAF), "managedRules.exclusions")
    assert {each["selector"] for each in exclusions} == set(table().prompt_fields)
    assert len(exclusions) <= table().limits.exclusions
    groups = [
        group
        for each in exclusions
        for chosen in each["exclusionManagedRuleSets"]
        for group in chosen["ruleGroups"]
    ]
    assert groups
    assert all(group["rules"] for group in groups)


def test_whoever_shows_no_credential_is_refused_and_everybody_is_counted() -> None:
    by_name = {rule.name: rule for rule in asked()}
    nothing = by_name["no-credential"].conditions
    assert [each["negation_conditon"] for each in nothing] == [True, True]
    assert len({rule.name for rule in asked(keys=False)}) == len(by_name)
    assert len(next(rule for rule in asked(keys=False) if rule.name == "no-credential").conditions) == 1
    counted = by_name["rate-per-address"]
    assert counted.rate
    assert counted.rate.per_minute <= table().limits.rate


def test_many_countries_are_conditions_that_all_must_be_unmet() -> None:
    codes = tuple(f"{first}{second}" for first in "ABC" for second in "ABCDEFGH")
    (rule,) = [each for each in asked(countries=codes) if each.name == "countries"]
    assert [len(each["match_values"]) for each in rule.conditions] == [10, 10, 4]
    assert all(each["negation_conditon"] for each in rule.conditions)


@pytest.mark.parametrize(("size", "kb"), [(1024, 8), (8192, 8), (8193, 9), (2_048_000, 2000)])
def test_a_body_is_inspected_whole(size: int, kb: int) -> None:
    assert body_kb(size) == kb


def test_what_the_firewall_cannot_do_is_refused_in_a_sentence() -> None:
    firewall = waf_args(body_bytes=2_048_001)
    said = fails_with(lambda: Edge(f"{NAME}-edge", edge_args(firewall=firewall)))
    assert "lower limits.body_bytes" in said
    with pytest.raises(ValidationError):
        waf_args(hosts=())


def test_keys_begin_as_none_and_end_after_they_were_due() -> None:
    resources = build(served)
    secrets = [each for each in resources if each.type == "azure-native:keyvault:Secret"]
    assert all(each.ignore_changes == ("properties",) for each in secrets)
    keys = [each for each in secrets if value(each, "secretName") != callers.KEYS]
    assert {value(each, "properties.value") for each in keys} == {UNSET}
    assert len(UNSET) < 32
    starts = 1767225600
    lives = {value(each, "properties.attributes.expires") - starts for each in keys}
    assert lives == {(30 + TOLD_DAYS) * 86_400, (90 + TOLD_DAYS) * 86_400}


def test_each_certificate_has_one_reader() -> None:
    resources = build(served)
    grants = [each for each in resources if each.type == "azure-native:authorization:RoleAssignment"]
    readers = {
        value(each, "scope").rpartition("/")[2]: value(each, "principalId")
        for each in grants
        if "/secrets/" in value(each, "scope")
    }
    assert readers["models"] == f"{NAME}-models-reader-principal"
    assert readers["inside"] == f"{NAME}-inference-principal"


def test_what_is_asked_of_the_vault_fits_its_policies() -> None:
    resources = build(served)
    policies = {
        each.name: value(each, "parameters")
        for each in resources
        if each.type == "azure-native:authorization:PolicyAssignment"
    }

    request = json.loads(request_of(HOSTS))
    assert request["keyProperties"]["reuseKey"] is False
    assert (
        request["keyProperties"]["keySize"]
        >= policies[f"{NAME}-certificates-key"]["minimumRSAKeySize"]["value"]
    )
    most = policies[f"{NAME}-certificates-validity"]["maximumValidityInMonths"]["value"]
    assert request["x509CertificateProperties"]["validityInMonths"] < most
    assert request["x509CertificateProperties"]["subjectAlternativeNames"]["dnsNames"] == list(HOSTS)


def test_no_token_counts_before_somebody_put_the_issuers_keys_in() -> None:
    (page,) = [
        each
        for each in build(served)
        if each.type == "azure-native:keyvault:Secret" and value(each, "secretName") == callers.KEYS
    ]
    assert json.loads(value(page, "properties.value")) == {"keys": []}

"""Certificates, the private authority, API keys and prompts: exact children, and what no argument weakens."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_gcp.storage.bucket import Bucket
from pydantic import ValidationError

from components.gcp.api_keys import ApiKeys
from components.gcp.authority import LEAF_DAYS, PrivateAuthority
from components.gcp.certificates import Certificates
from components.gcp.prompts import Prompts
from tests.components.gcp.platform import NAME
from tests.components.gcp.serving import (
    HOSTS,
    api_keys_args,
    authority_args,
    certificates_args,
    prompts_args,
)
from tests.components.recorder import Made, build, differences, value


def of(made: list[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def certificates(**changes: Any) -> list[Made]:
    return build(lambda: Certificates(NAME, certificates_args(**changes)))


def authority(**changes: Any) -> list[Made]:
    return build(lambda: PrivateAuthority(NAME, authority_args(**changes)))


def api_keys(**changes: Any) -> list[Made]:
    return build(lambda: ApiKeys(NAME, api_keys_args(**changes)))


def prompts(**changes: Any) -> list[Made]:
    return build(lambda: Prompts(NAME, prompts_args(**changes)))


def test_inventories() -> None:
    assert differences(certificates(), "certificates") == []
    assert differences(authority(), "authority") == []
    assert differences(api_keys(), "api-keys") == []
    assert differences(prompts(), "prompts") == []


def test_every_host_has_its_proof_and_its_entry_and_nothing_is_self_managed() -> None:
    made = certificates()
    assert sorted(value(each, "domain") for each in of(made, "DnsAuthorization")) == sorted(HOSTS)
    assert sorted(value(each, "hostname") for each in of(made, "CertificateMapEntry")) == sorted(HOSTS)
    (certificate,) = of(made, "Certificate")
    assert value(certificate, "selfManaged") is None


def test_whoever_serves_waits_for_every_entry() -> None:
    def program() -> None:
        Bucket("user", location="EU", name=Certificates(NAME, certificates_args()).handle.id)

    made = build(program)
    user = next(each for each in made if each.name == "user")
    assert {each.urn for each in of(made, "CertificateMapEntry")} <= set(user.property_dependencies["name"])


def test_a_private_certificate_lives_a_month_and_names_one_trust_domain() -> None:
    (pool,) = of(authority(), "CaPool")
    policy = value(pool, "issuancePolicy")
    assert policy["maximumLifetime"] == f"{LEAF_DAYS * 86400}s"
    assert policy["baselineValues"]["caOptions"]["isCa"] is False
    assert "spiffe://prod.acme.example/" in policy["identityConstraints"]["celExpression"]["expression"]
    assert policy["identityConstraints"]["allowSubjectPassthrough"] is False


def test_the_root_signs_with_the_customers_key_and_is_protected() -> None:
    for protected in (True, False):
        (root,) = of(authority(protected=protected), "Authority")
        assert value(root, "keySpec.cloudKmsKeyVersion") == "authority/cryptoKeyVersions/1"
        assert value(root, "deletionProtection") is protected
        assert root.protect is protected


def test_an_api_key_rotates_and_is_in_no_state() -> None:
    made = api_keys(rotation_days={"batch": 30, "reports": 7})
    periods = {
        value(each, "labels.caller"): value(each, "rotation.rotationPeriod")
        for each in of(made, "RegionalSecret")
    }
    assert periods == {"batch": "2592000s", "reports": "604800s"}
    assert not [each for each in made if "secretVersion" in each.type.lower()]
    for secret in of(made, "RegionalSecret"):
        assert secret.ignore_changes == ("rotation.nextRotationTime",)


def test_a_key_that_lives_longer_than_a_quarter_is_refused() -> None:
    with pytest.raises(ValidationError, match="90"):
        api_keys_args(rotation_days={"batch": 91})


def test_prompts_are_judged_in_the_region_at_a_private_address() -> None:
    made = prompts()
    (endpoint,) = of(made, "RegionalEndpoint")
    assert value(endpoint, "accessType") == "REGIONAL"
    assert value(endpoint, "subnetwork") == "subnet-data"
    (record,) = of(made, "RecordSet")
    assert value(record, "name") == "modelarmor.europe-west4.rep.googleapis.com."


@pytest.mark.parametrize("argument", ["confidence_level", "filter_config", "log_prompts"])
def test_there_is_no_argument_that_weakens_the_screen(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        prompts_args(**{argument: "HIGH"})

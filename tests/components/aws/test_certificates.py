"""Certificates, the private authority, callers, keys and the guardrail on AWS."""

from __future__ import annotations

import json
from functools import cache

from components.aws.certificates import Certificates, CertificatesArgs
from tests.components.aws.platform import NAME
from tests.components.aws.serving import TOPIC, program, text
from tests.components.recorder import Made, build, value


@cache
def made() -> tuple[Made, ...]:
    return tuple(build(program))


def of(type_: str) -> list[Made]:
    return [each for each in made() if each.type == type_]


def test_without_a_zone_the_records_are_told_and_waited_for() -> None:
    told: list[object] = []

    def elsewhere() -> None:
        args = CertificatesArgs(hosts=("models.example.com",), topic=text(TOPIC))
        for record in Certificates(f"{NAME}-models", args).records.values():
            record.apply(told.append)

    found = build(elsewhere)
    assert not [each for each in found if each.type == "aws:route53/record:Record"]
    assert [each for each in found if each.type == "aws:acm/certificateValidation:CertificateValidation"]
    assert told == ["_proof.models.example.com. CNAME _x.acm-validations.aws."]


def test_somebody_is_told_before_a_certificate_ends() -> None:
    alarms = of("aws:cloudwatch/metricAlarm:MetricAlarm")
    (alarm,) = [each for each in alarms if each.name.endswith("-expiry")]
    assert (value(alarm, "threshold"), value(alarm, "treatMissingData")) == (30, "breaching")
    assert value(alarm, "alarmActions") == [TOPIC]


def test_whoever_asks_the_authority_gets_certificates_of_clients_only() -> None:
    (requests,) = [each for each in of("aws:iam/policy:Policy") if each.name.endswith("-requests")]
    ask = json.loads(value(requests, "policy"))["Statement"][0]
    assert ask["Action"] == ["acm-pca:IssueCertificate"]
    template = ask["Condition"]["StringEquals"]["acm-pca:TemplateArn"]
    assert template == "arn:aws:acm-pca:::template/EndEntityClientAuthCertificate/V1"


def test_nobody_signs_up_and_callers_are_programs() -> None:
    (pool,) = of("aws:cognito/userPool:UserPool")
    assert value(pool, "adminCreateUserConfig.allowAdminCreateUserOnly") is True
    (client,) = of("aws:cognito/userPoolClient:UserPoolClient")
    assert value(client, "allowedOauthFlows") == ["client_credentials"]
    assert value(client, "allowedOauthScopes") == ["models/ask"]


def test_a_key_is_read_by_the_model_server_alone_and_is_in_no_state() -> None:
    (secret,) = of("aws:secretsmanager/secret:Secret")
    (denied,) = json.loads(value(secret, "policy"))["Statement"]
    reader = f"arn:aws:iam::123456789012:role/{NAME}-inference"
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"ArnNotEquals": {"aws:PrincipalArn": reader}})
    assert not of("aws:secretsmanager/secretVersion:SecretVersion")


def test_a_reminder_names_the_key_that_is_due() -> None:
    (rule,) = of("aws:cloudwatch/eventRule:EventRule")
    assert value(rule, "scheduleExpression") == "rate(30 days)"
    (target,) = of("aws:cloudwatch/eventTarget:EventTarget")
    assert f"{NAME}-keys-claims-batch" in value(target, "input")


def test_attacks_in_prompts_are_looked_for_and_answers_are_not_asked_about_them() -> None:
    (guardrail,) = of("aws:bedrock/guardrail:Guardrail")
    filters = {each["type"]: each for each in value(guardrail, "contentPolicyConfig.filtersConfigs")}
    assert filters["PROMPT_ATTACK"]["outputStrength"] == "NONE"
    assert all(each["inputStrength"] == "MEDIUM" for each in filters.values())

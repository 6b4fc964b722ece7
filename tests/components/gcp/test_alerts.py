"""Alerts and findings: exact children, whom they tell, and what they tell of."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.contracts import Purpose
from components.gcp.alerts import Alerts, AlertsArgs, table
from components.gcp.findings import Findings, FindingsArgs
from policies.rules.gcp.audit import CHANGES
from tests.components.gcp.platform import NAME, PROJECT, REGION, key
from tests.components.recorder import PROJECT_NUMBER, Made, build, differences, value

CONTACTS = {"security": "security@example.com", "privacy": "privacy@example.com"}


def args(**changes: Any) -> AlertsArgs:
    given: dict[str, Any] = {
        "project": PROJECT,
        "project_number": PROJECT_NUMBER,
        "region": REGION,
        "key": key(Purpose.MESSAGES),
        "contacts": CONTACTS,
        "serves": True,
    }
    return AlertsArgs(**{**given, **changes})


def made_by(security_center: bool = True, threat_detection: bool = True, **changes: Any) -> list[Made]:
    def program() -> None:
        alerts = Alerts(NAME, args(**changes))
        Findings(
            NAME,
            FindingsArgs(
                project=PROJECT,
                project_number=PROJECT_NUMBER,
                contacts=CONTACTS,
                topic=alerts.topic,
                security_center=security_center,
                threat_detection=threat_detection,
            ),
        )

    return build(program)


def of(made: list[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def test_inventory() -> None:
    assert differences(made_by(), "alerts") == []


def test_every_alert_reaches_the_security_contact_and_the_topic() -> None:
    made = made_by()
    for alert in of(made, "AlertPolicy"):
        assert value(alert, "notificationChannels") == [f"{NAME}-security-id", f"{NAME}-topic-id"]
        assert value(alert, "enabled") is None


def test_an_alert_on_log_entries_has_one_condition_and_a_rate_limit() -> None:
    for alert in of(made_by(), "AlertPolicy"):
        if value(alert, "conditions[0].conditionMatchedLog"):
            assert len(value(alert, "conditions")) == 1
            assert value(alert, "alertStrategy.notificationRateLimit.period") == "300s"


def test_whatever_the_rule_asks_for_is_told() -> None:
    filters = [alert.filter for alert in table().log.values()]
    for change, needles in CHANGES.items():
        assert any(all(needle in text for needle in needles) for text in filters), change


def test_without_an_edge_there_is_nothing_to_count_at_it() -> None:
    assert not of(made_by(serves=False), "Metric")
    assert len(of(made_by(), "Metric")) == len(table().edge)


def test_findings_are_forwarded_only_from_an_active_center() -> None:
    assert not of(made_by(security_center=False), "V2ProjectNotificationConfig")
    assert not of(made_by(threat_detection=False), "DnsThreatDetector")


def test_an_alert_cannot_be_left_out() -> None:
    with pytest.raises(ValidationError, match="without"):
        args(without=["keys"])

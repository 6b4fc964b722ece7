"""The audit trail: its exact children, that nothing shortens it, and when it counts as there."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_gcp.storage.bucket import Bucket
from pydantic import ValidationError

from components.contracts import Purpose
from components.gcp.audit import Audit, AuditArgs, recorded_logs
from tests.components.gcp.platform import NAME, PROJECT, REGION, key
from tests.components.recorder import Made, build, differences, value


def args(**changes: Any) -> AuditArgs:
    given: dict[str, Any] = {
        "project": PROJECT,
        "region": REGION,
        "key": key(Purpose.LOGS),
        "log_days": 2192,
        "locked": True,
    }
    return AuditArgs(**{**given, **changes})


def made_by(**changes: Any) -> list[Made]:
    return build(lambda: Audit(NAME, args(**changes)))


def of(made: list[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def test_inventory() -> None:
    assert differences(made_by(), "audit") == []


def test_the_sink_leaves_nothing_out_and_fits_its_limit() -> None:
    (sink,) = of(made_by(), "ProjectSink")
    assert value(sink, "exclusions") is None
    assert value(sink, "disabled") is None
    for log in ("activity", "data_access", "policy", "vpc_flows", "firewall", "dns_queries"):
        assert log in recorded_logs()
    # cloud.google.com/logging/quotas: 20,000 characters.
    assert len(recorded_logs()) < 20_000


def test_the_writer_may_write_to_the_one_bucket() -> None:
    (grant,) = of(made_by(), "IAMMember")
    assert "endsWith" in value(grant, "condition.expression")
    assert f"{NAME}-audit-id" in value(grant, "condition.expression")


def test_another_stack_may_write_the_one_configuration_of_a_project() -> None:
    assert not of(made_by(writes_audit_config=False), "IAMAuditConfig")


def test_the_trail_counts_as_there_once_everything_is_recorded() -> None:
    def program() -> None:
        Bucket("user", location="EU", name=Audit(NAME, args()).bucket)

    made = build(program)
    user = next(each for each in made if each.name == "user")
    guards = {
        each.urn for each in made if each.type.endswith((":ProjectSink", "IAMAuditConfig", ":IAMMember"))
    }
    assert len(guards) == 3
    assert guards <= set(user.property_dependencies["name"])


@pytest.mark.parametrize("argument", ["exclusions", "exempted_members", "retention_days"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        args(**{argument: []})


def test_records_stay_at_least_ninety_days() -> None:
    with pytest.raises(ValidationError, match="90"):
        args(log_days=30)

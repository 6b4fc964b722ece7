"""The claims of whole stacks under mocks: without an engine, all are proven as they are at preview."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from isolation.proof import prove
from isolation.resources import Graph, Resource
from isolation.table import question
from isolation.verdicts import Outcome, Report
from stacks.proof import stack_data
from stacks.settings import Settings, own_fields
from tests.components.aws.platform import ANSWERS as ON_AWS
from tests.components.azure.clusters import ANSWERS as ON_AZURE
from tests.components.gcp.platform import ANSWERS as ON_GOOGLE
from tests.components.recorder import Made, build
from tools.stack import stack_settings

ANSWERS: dict[str, Any] = {"gcp": ON_GOOGLE, "aws": ON_AWS, "azure": ON_AZURE}
STACKS = [f"{cloud}-dev" for cloud in ANSWERS]


@pytest.fixture(autouse=True)
def in_a_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests of examples are taken in a rehearsal only."""
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "aws:1")


def plain(made: Made) -> Resource:
    """A registered resource with the names that mocks hand out."""
    service = made.type.split(":")[1].partition("/")[0]
    arn = f"arn:aws:{service}:eu-central-1:123456789012:{made.name}"
    return Resource.of(
        made.urn,
        made.type,
        made.inputs,
        outputs={"arn": arn} if made.type.startswith("aws:") else {},
        references=made.property_dependencies,
        id_=f"{made.name}-id",
        parent=made.parent,
        provider=made.provider,
    )


def judged(settings: Settings, *without: str) -> Report:
    """The proof of a stack as its program registers it, but for resources of some types."""
    program = import_module(f"stacks.{settings.cloud.value}")
    made = build(lambda: program.build(settings), ANSWERS[settings.cloud.value])
    kept = [plain(each) for each in made if not each.type.endswith(without)]
    return prove(Graph(kept), question(stack_data(settings)))


@pytest.mark.parametrize("stack", STACKS)
def test_all_claims_are_proven_under_mocks(stack: str) -> None:
    settings = Settings.load(own_fields(stack_settings(stack)["config"]))
    report = judged(settings)
    assert [str(one.claim) for one in report.verdicts if one.outcome is not Outcome.PROVEN] == []
    filters = (":NetworkFirewallPolicyRule", "IngressRule", "EgressRule", ":NetworkAclRule", ":SecurityRule")
    open_ = judged(settings, *filters)
    assert any(one.outcome is not Outcome.PROVEN for one in open_.verdicts), "filters are what keeps them"

"""`prove` and `reach` as they are typed, over small plans: output, exit status, and what bad input says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from isolation.__main__ import main
from isolation.gcp import types
from isolation.resources import Resource
from tests.isolation.gcp_plan import BASE, firewall, made, nat, network, route

OPEN = [network(), *BASE, route("default"), *nat()]
CLOSED = [network(), *BASE]
SPOKE = made("gcp:networkconnectivity/spoke:Spoke", "spoke", {})


def state(folder: Path, resources: Sequence[Resource]) -> str:
    file = folder / "state.json"
    records: list[dict[str, Any]] = [
        {
            "urn": one.urn,
            "type": one.type,
            "id": one.id,
            "inputs": dict(one.properties),
            "propertyDependencies": {name: list(urns) for name, urns in one.references.items()},
        }
        for one in resources
    ]
    file.write_text(json.dumps({"deployment": {"manifest": {}, "resources": records}}))
    return str(file)


@pytest.mark.parametrize(
    ("resources", "status"),
    [(CLOSED, 0), (OPEN, 1), ([*CLOSED, SPOKE], 2)],
    ids=["closed", "open", "unknown"],
)
def test_the_exit_status_is_the_worst_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], resources: list[Resource], status: int
) -> None:
    file = state(tmp_path, resources)
    assert main(["prove", "--state", file]) == status
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1].endswith("unproven")
    assert main(["reach", "--state", file, "--from", "training", "--to", "internet"]) == status
    told = capsys.readouterr().out
    assert told.startswith(f"training {('does not reach', 'reaches', 'may reach')[status]} internet")
    assert ("default (0.0.0.0/0)" in told) == (status == 1)


def test_json_and_page_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = made(
        types.ROUTE,
        "x",
        {
            "name": "<b>left</b>",
            "network": "vpc",
            "destRange": "0.0.0.0/0",
            "nextHopGateway": "default-internet-gateway",
        },
    )
    page = tmp_path / "page.html"
    file = state(tmp_path, [*CLOSED, evil, *nat()])
    assert main(["prove", "--state", file, "--json", "--html", str(page)]) == 1
    rows = {row["claim"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["never-training-internet"]["outcome"] == "violated"
    assert any("left" in step for step in rows["never-training-internet"]["path"]["steps"])
    html = page.read_text()
    assert "&lt;b&gt;left&lt;/b&gt;" in html
    assert "<b>left" not in html
    assert 'data-pair="training internet">violated</button>' in html


@pytest.mark.parametrize("name", ["trainer", "machine trainer", "10.0.0.5"])
def test_an_end_is_a_machine_or_a_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = state(tmp_path, OPEN)
    assert main(["reach", "--state", file, "--from", name, "--to", "8.8.8.0/24"]) == 1
    assert "8.8.8.0" in capsys.readouterr().out


def test_claims_follow_the_stack_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    source = Path(__file__).parents[2] / "stacks" / "Pulumi.gcp-dev.yaml"
    text = (
        source.read_text()
        + "  palisade:never:\n    - {from: operations, to: edge}\n    - {from: edge, to: 10.0.9.0/24}\n"
    )
    stack.write_text(text)
    file = state(tmp_path, CLOSED)
    main(["prove", "--state", file, "--stack-file", str(stack), "--json"])
    claims = {row["claim"] for row in json.loads(capsys.readouterr().out)}
    assert {
        "stack-never-operations-edge",
        "stack-never-edge-10.0.9.0/24",
        "reaches-clients-to-edge",
    } <= claims
    stack.write_text(text.replace("to: edge}", "to: nowhere}"))
    assert main(["prove", "--state", file, "--stack-file", str(stack)]) == 2
    assert "`nowhere`" in (said := capsys.readouterr().err) or "'nowhere'" in said


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ([], "no subnet is named after a segment"),
        ([network(), firewall("f", "allow")], "no subnet is named after a segment"),
        (
            [made("gcp:compute/subnetwork:Subnetwork", "training", {"ipCidrRange": "x"})],
            "'x' is no address range",
        ),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], resources: list[Resource], said: str
) -> None:
    assert main(["prove", "--state", state(tmp_path, resources)]) == 2
    assert said in capsys.readouterr().err


def test_an_end_that_does_not_exist_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reach", "--state", state(tmp_path, CLOSED), "--from", "nobody", "--to", "internet"]) == 2
    assert capsys.readouterr().err.startswith("'nobody' is no segment, range or endpoint")


def test_a_bad_value_in_a_plan_leaves_claims_unproven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = state(tmp_path, [*CLOSED, firewall("f", "allow", sourceRanges=["300.0.0.0/8"])])
    assert main(["prove", "--state", file]) == 2
    assert "'300.0.0.0/8' is no address range" in capsys.readouterr().out


@pytest.mark.parametrize(("resources", "status"), [(CLOSED, 0), (OPEN, 1)], ids=["closed", "open"])
def test_a_backends_state_file_is_judged_as_the_export_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], resources: list[Resource], status: int
) -> None:
    exported = Path(state(tmp_path, resources))
    file = tmp_path / "backend.json"
    latest = json.loads(exported.read_text())["deployment"]
    file.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "s", "latest": latest}}))
    said = {}
    for one in (exported, file):
        assert main(["prove", "--state", str(one)]) == status
        said[one] = capsys.readouterr().out
        assert main(["reach", "--state", str(one), "--from", "training", "--to", "internet"]) == status
        said[one] += capsys.readouterr().out
    assert said[exported] == said[file]

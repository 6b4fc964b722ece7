"""The pack under the real engine: what passes, what is refused, what it writes, and an exported state."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rehearsal.session import Session

CHECKOUT = Path(__file__).resolve().parents[2]
PACK = CHECKOUT / "policies"
PROGRAM = Path(__file__).with_name("programs") / "bucket"


@dataclass(frozen=True)
class Project:
    """A project in a folder of its own, and the rehearsed cloud it runs against."""

    folder: Path
    session: Session
    stack: str = "policies"

    def pulumi(self, *arguments: str, report: Path | None = None) -> subprocess.CompletedProcess[str]:
        env = {**self.session.env, **({"PALISADE_POLICY_REPORT": str(report)} if report else {})}
        command = [str(self.session.engine.pulumi), *arguments, "--non-interactive", "--color=never"]
        return subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=120
        )


@pytest.fixture(scope="module")
def project(rehearsal: Session, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(PROGRAM / "__main__.py", folder)
    (folder / "Pulumi.yaml").write_text("name: policies\nruntime: python\n", encoding="utf-8")
    project = Project(folder, rehearsal)
    made = project.pulumi("stack", "init", project.stack)
    assert made.returncode == 0, made.stderr
    project.pulumi("config", "set", "gcp:project", "rehearsed", "-s", project.stack)
    yield project
    project.pulumi("stack", "rm", "--yes", "--force", "-s", project.stack)


def _account(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_reference_to_a_key_of_the_same_stack_passes(project: Project, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = project.pulumi("preview", "-s", project.stack, "--policy-pack", str(PACK), report=report)
    assert result.returncode == 0, result.stdout + result.stderr
    account = _account(report)
    assert account["complete"] is True
    assert account["summary"]["result"] == "passed"
    run = account["run"]
    assert (run["project"], run["stack"], run["mode"]) == ("policies", project.stack, "preview")
    assert run["assumed"] == ["environment", "phase", "classification", "frameworks"]
    bucket = next(entry for entry in account["resources"] if entry["urn"].endswith("::datasets"))
    assert bucket["rules"]["data-at-rest-uses-a-customer-key"] == "passed"


def test_breaches_are_refused_at_preview_by_name(project: Project, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    project.pulumi("config", "set", "test:broken", "true", "-s", project.stack)
    result = project.pulumi("preview", "-s", project.stack, "--policy-pack", str(PACK), report=report)
    assert result.returncode != 0
    said = [line.strip() for line in result.stdout.splitlines() if "Remedy: " in line]
    for rule, problem in {
        "data-at-rest-uses-a-customer-key": "Bucket bare: encryption.defaultKmsKeyName is missing",
        "routes-never-reach-the-internet": "Route out: destRange is 0.0.0.0/0 by the internet gateway",
        "keys-are-kept-from-deletion": "CryptoKey loose: the resource option protect is not set",
        "networks-deny-what-no-rule-allows": "Network network has no firewall policy attached",
    }.items():
        assert any(line.startswith(f"[{rule}] {problem}") for line in said), rule
    puzzling = "Bucket puzzling: encryption.defaultKmsKeyName is unknown before the deployment"
    assert any(line.startswith(f"[data-at-rest-uses-a-customer-key] {puzzling}") for line in said)
    account = _account(report)
    assert account["summary"]["result"] == "refused"
    assert not [finding for finding in account["findings"] if finding["urn"].endswith("::datasets")]


def test_an_update_refuses_a_resource_before_it_exists(project: Project, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    project.pulumi("config", "set", "test:broken", "true", "-s", project.stack)
    flags = ("--yes", "--skip-preview", "--policy-pack", str(PACK))
    result = project.pulumi("up", "-s", project.stack, *flags, report=report)
    assert result.returncode != 0
    # The engine stops at the first refusal; which one comes first is its own affair.
    assert "Remedy: " in result.stdout
    types = ("gcp:storage/bucket:Bucket", "gcp:kms/cryptoKey:CryptoKey", "gcp:compute/route:Route")
    found = [found for type_ in types for found in project.session.record.find(type_)]
    made = {existing.urn.rpartition("::")[2] for existing in found}
    assert not made & {"loose", "bare", "puzzling", "out"}
    account = _account(report)
    assert (account["complete"], account["summary"]["result"]) == (False, "refused")


def test_an_exported_state_is_judged_without_its_program(project: Project, tmp_path: Path) -> None:
    """Everything is known there, and the engine tells no settings, so the strictest are taken."""
    report, state = tmp_path / "report.json", tmp_path / "state.json"
    project.pulumi("config", "set", "test:broken", "false", "-s", project.stack)
    made = project.pulumi("up", "-s", project.stack, "--yes", "--skip-preview")
    assert made.returncode == 0, made.stdout + made.stderr
    project.pulumi("stack", "export", "-s", project.stack, "--file", str(state))
    arguments = ("policy", "analyze", "--policy-pack", str(PACK), "--file", str(state))
    result = project.pulumi(*arguments, report=report)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (_account(report)["run"]["mode"], _account(report)["complete"]) == ("state", True)

    public = state.read_text(encoding="utf-8").replace('"enforced"', '"inherited"')
    state.write_text(public, encoding="utf-8")
    refused = project.pulumi(*arguments)
    assert refused.returncode != 0
    assert "[buckets-refuse-public-access] Bucket datasets: " in refused.stdout

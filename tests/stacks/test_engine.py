"""Settings through the real engine: what `pulumi config set` writes and what a person types."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.session import Session
from stacks import schema

ROOT = Path(schema.__file__).parent.parent
PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import pulumi
from stacks.settings import load_from_pulumi

settings = load_from_pulumi()
pulumi.export("nodes", settings.training.nodes.max)
pulumi.export("organization", settings.google.organization_id)
pulumi.export("expires", [str(entry.expires) for entry in settings.allow])
pulumi.export("ports", [list(entry.ports) for entry in settings.allow])
pulumi.export("security", settings.contacts.security)
"""
# As a person types it: a number, a date and a port without quotes.
BY_HAND = """config:
  palisade:allow:
    - name: mirror
      owner: platform@example.com
      reason: Images are mirrored from our partner.
      from: operations
      to: 20.1.2.0/24
      protocol: tcp
      ports: [443, 8000-8010]
      expires: EXPIRES
"""


class Project:
    """A program that only reads its settings, with gcp-dev's stack file under another name."""

    def __init__(self, folder: Path, session: Session) -> None:
        self.folder, self.session = folder, session
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (folder / "Pulumi.yaml").write_text(json.dumps({"name": "palisade", "runtime": runtime}))
        (folder / "__main__.py").write_text(PROGRAM)
        self.file = folder / "Pulumi.settings.yaml"
        self.file.write_text((ROOT / "stacks/Pulumi.gcp-dev.yaml").read_text(encoding="utf-8"))
        self.run("stack", "init", "settings")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One Pulumi command on this stack, which its `init` has selected, whatever it ends with."""
        return subprocess.run(
            ["pulumi", *command],
            cwd=self.folder,
            env=self.session.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def outputs(self) -> dict[str, Any]:
        """What the program exports, after an `up` that must succeed."""
        up = self.run("up", "--yes", "--skip-preview")
        assert up.returncode == 0, up.stdout
        shown = self.run("stack", "output", "--json", "--show-secrets")
        return json.loads(shown.stdout)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, rehearsal: Session) -> Project:
    return Project(tmp_path_factory.mktemp("settings"), rehearsal)


def test_what_people_and_the_command_line_write_is_read(project: Project) -> None:
    text = project.file.read_text(encoding="utf-8")
    expires = str(datetime.now(UTC).date() + timedelta(days=90))
    text = text.replace("config:\n", BY_HAND.replace("EXPIRES", expires), 1)
    text = text.replace('    # organization_id: "123456789012"', "    organization_id: 123456789012")
    project.file.write_text(text, encoding="utf-8")
    assert project.run("config", "set", "--path", "palisade:training.nodes.max", "6").returncode == 0
    secret = ("--path", "--secret", "palisade:contacts.security", "sec@example.com")
    assert project.run("config", "set", *secret).returncode == 0

    stored = yaml.safe_load(project.file.read_text(encoding="utf-8"))
    assert set(stored["config"]["palisade:contacts"]["security"]) == {"secure"}
    assert project.outputs() == {
        "nodes": 6,
        "organization": "123456789012",
        "expires": [expires],
        "ports": [["443", "8000-8010"]],
        "security": "sec@example.com",
    }


def test_a_wrong_value_is_explained_and_nothing_else_is_said(project: Project) -> None:
    project.run("config", "set", "palisade:trainings", "5")
    project.run("config", "set", "--path", "--secret", "palisade:contacts.privacy", "not-a-mailbox-at-all")
    preview = project.run("preview", "--color", "never")
    project.run("config", "rm", "palisade:trainings")
    project.run("config", "rm", "--path", "palisade:contacts.privacy")

    said = re.sub(r"\s+", " ", preview.stdout + preview.stderr)
    assert preview.returncode != 0
    assert "palisade:trainings: there is no such field; write `training`." in said
    assert "palisade:contacts.privacy: '[secret]' is not an e-mail address" in said
    assert "not-a-mailbox-at-all" not in said
    assert "Traceback" not in said

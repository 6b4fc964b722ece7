"""The environment an engine gets: quiet, inside its folders, with the right commands first."""

from __future__ import annotations

import mmap
import os
import subprocess
from pathlib import Path

import pytest

from tools.engine import Engine
from tools.engine.environment import OFFLINE, QUIET, enclosed, path_first


def test_path_leads_with_the_folders_that_exist(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    before = {"PATH": os.pathsep.join(["/usr/bin", str(second)]), "LANG": "C"}
    after = path_first(before, [first, second, tmp_path / "absent"])
    assert after == {"PATH": os.pathsep.join([str(first), str(second), "/usr/bin"]), "LANG": "C"}
    assert path_first(after, [first, second]) == after


def test_engine_and_python_come_first(engine: Engine) -> None:
    found = subprocess.run(
        ["sh", "-c", "command -v pulumi; python -c 'import sys; print(sys.prefix)'"],
        env=engine.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert found[0] == str(engine.pulumi)
    assert Path(found[1]).name == ".venv"


def test_enclosed_engine_writes_only_into_its_folders(engine: Engine, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("home", "state", "user", "project")}
    for name in ("user", "project"):
        folders[name].mkdir()
    (folders["project"] / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (folders["project"] / "__main__.py").write_text("import pulumi\n")
    environment = {
        **engine.environment,
        **enclosed(folders["home"], folders["state"], "only for tests"),
        "HOME": str(folders["user"]),
        # Nobody answers there: whatever the engine would ask the network for fails at once.
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }
    for command in (
        ["stack", "init", "dev"],
        ["preview"],
        ["up", "--yes", "--skip-preview"],
        ["destroy", "--yes"],
    ):
        done = subprocess.run(
            [engine.pulumi, *command, "--non-interactive", "--color", "never"],
            cwd=folders["project"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert "warning" not in done.stdout
    assert list(folders["user"].rglob("*")) == []
    assert sorted(path.name for path in folders["project"].iterdir()) == [
        "Pulumi.dev.yaml",
        "Pulumi.yaml",
        "__main__.py",
    ]


def test_every_variable_is_one_the_engine_reads(engine: Engine) -> None:
    # A misspelled one would be ignored without a word.
    if not engine.built:
        pytest.skip("a Pulumi on PATH may be a wrapper script, so its file says nothing about its variables")
    with engine.pulumi.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        unread = [
            name for name in [*QUIET, *OFFLINE] if content.find(name.removeprefix("PULUMI_").encode()) < 0
        ]
    assert unread == []

"""The command line: any command, any folder, nothing of the project written, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from rehearsal.command import sdk_paths
from rehearsal.notice import LIMITS
from tests.rehearsal.engine import BUCKET
from tools.engine import Engine

REHEARSE = Path(__file__).resolve().parents[2] / "tools" / "rehearse"
PROGRAM = """
import pulumi
config = pulumi.Config()
bucket = pulumi.CustomResource("gcp:storage/bucket:Bucket", "bucket", {"location": config.require("place")})
pulumi.export("id", bucket.id)
pulumi.export("placeholder", str(config.get("token") == "rehearsal-placeholder"))
"""


@pytest.fixture
def project(tmp_path: Path, engine: Engine) -> Path:
    folder = tmp_path / "somewhere" / "project"
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: elsewhere\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    config = {"gcp:project": "demo-project", "elsewhere:place": "EU"}
    (folder / "Pulumi.dev.yaml").write_text(f"# mine\nconfig: {json.dumps(config)}\n")
    return folder


def _run(
    folder: Path, *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [REHEARSE, *arguments], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def _listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in str(path)
    }


def test_a_kept_rehearsal_is_found_again_and_the_project_stays_as_it_was(
    project: Path, tmp_path: Path
) -> None:
    before, keep = _listing(project), str(tmp_path / "kept")
    first = _run(
        project, "--keep", keep, "--", "pulumi", "up", "--yes", "--skip-preview", "--non-interactive"
    )
    assert first.returncode == 0, first.stdout + first.stderr
    assert "this is a rehearsal" in first.stderr
    assert all(limit in first.stderr for limit in LIMITS)
    assert 'no --stack is given; the rehearsal takes "dev"' in first.stderr
    again = _run(project, "--keep", keep, "--", "pulumi", "preview", "-s", "dev", "--non-interactive")
    assert "2 unchanged" in again.stdout
    record = _run(project, "record", "--keep", keep)
    (line,) = [json.loads(text) for text in record.stdout.splitlines()]
    assert (line["type"], line["state"]) == (BUCKET, "live")
    assert _run(project, "record", "--events", "--keep", keep).stdout.startswith(f"created {BUCKET} bucket-")
    assert _listing(project) == before


def test_an_encrypted_setting_that_cannot_be_read_is_a_placeholder(project: Path) -> None:
    file = project / "Pulumi.dev.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["config"]["elsewhere:token"] = {"secure": "v1:abc:def"}
    file.write_text(
        yaml.safe_dump({"secretsprovider": "gcpkms://projects/p/key", "encryptedkey": "x", **settings})
    )
    env = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
    done = _run(
        project,
        "--",
        "pulumi",
        "up",
        "--yes",
        "--skip-preview",
        "--show-secrets",
        "--non-interactive",
        env=env,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        "placeholders stand for encrypted settings that cannot be read here: elsewhere:token" in done.stderr
    )
    assert 'placeholder: "True"' in done.stdout


def test_what_was_there_before_can_be_put_there(project: Path, tmp_path: Path) -> None:
    keep = str(tmp_path / "kept")
    put = _run(project, "exists", "--keep", keep, BUCKET, "brought", "name=brought", "location=EU")
    assert put.returncode == 0, put.stderr
    (project / "__main__.py").write_text(
        "import pulumi\n"
        f"pulumi.CustomResource({BUCKET!r}, 'b', {{'name': 'brought', 'location': 'EU'}}, "
        "pulumi.ResourceOptions(import_='brought'))\n"
    )
    done = _run(project, "--keep", keep, "--", "pulumi", "up", "--yes", "--skip-preview", "--non-interactive")
    assert "1 imported" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--"], "there is no command behind --; write for example: -- pulumi preview -s dev"),
        (["--", "no-such-command"], "there is no command no-such-command"),
        (["--fault", "explode", "--", "true"], '"explode" is no kind of fault'),
        (["record", "--keep", "nowhere"], "nowhere holds no record"),
    ],
)
def test_a_wrong_call_is_one_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = _run(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_package_with_a_plugin_of_its_own_is_refused_by_name(project: Path) -> None:
    (project / "__main__.py").write_text("import pulumi_eks as eks\n")
    done = _run(project, "--", "pulumi", "preview", "--non-interactive")
    assert done.returncode == 2
    assert "__main__.py imports pulumi_eks, whose provider is a plugin of its own" in done.stderr


def test_any_command_gets_the_environment_and_gives_its_exit_code(tmp_path: Path) -> None:
    script = "import os, sys; print(os.environ['PULUMI_DEBUG_PROVIDERS']); sys.exit(7)"
    done = _run(tmp_path, "--", sys.executable, "-c", script)
    assert done.returncode == 7
    assert {entry.split(":")[0] for entry in done.stdout.strip().split(",")} >= {"gcp", "aws", "azure-native"}


def test_a_request_to_end_reaches_the_command_and_nothing_is_left(tmp_path: Path) -> None:
    script = "import os, time; print(os.environ['PULUMI_HOME'], flush=True); time.sleep(60)"
    command = [REHEARSE, "--", sys.executable, "-c", script]
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    home = Path(running.stdout.readline().strip())
    assert home.is_dir()
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=20) == 128 + signal.SIGTERM
    running.stdout.close()
    assert not home.exists()


def test_a_killed_launcher_takes_its_server_along(tmp_path: Path) -> None:
    script = "import os, time; print(os.environ['PULUMI_DEBUG_PROVIDERS'], flush=True); time.sleep(5)"
    command = [REHEARSE, "--keep", str(tmp_path), "--", sys.executable, "-c", script]
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    port = int(running.stdout.readline().split(",")[0].split(":")[1])
    assert _listens(port)
    running.kill()
    running.wait()
    running.stdout.close()
    deadline = time.monotonic() + 10
    while _listens(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _listens(port)


def test_the_programs_own_environment_is_looked_into_first(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    for name in ("venv", "other"):
        (project / name / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: x\nruntime: {name: python, options: {virtualenv: other}}\n")
    assert [path.parts[-4] for path in sdk_paths(project)] == ["other", "venv"]


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

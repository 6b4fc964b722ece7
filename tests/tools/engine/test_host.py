"""The language host as a process: it starts quickly and undisturbed, and refuses what it leaves out."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from tests.tools.engine.client import NO_ENGINE, HostClient

STARTS = 3
SECONDS_BEYOND_GRPC = 0.3


@pytest.mark.parametrize("call", ["GenerateProgram", "GenerateProject", "GeneratePackage", "Pack", "Link"])
def test_what_is_left_out_says_so(host: HostClient, call: str) -> None:
    code, sentence = host.refusal(call)
    assert code == grpc.StatusCode.UNIMPLEMENTED
    assert "install a Pulumi release (https://www.pulumi.com/docs/install/) for that" in sentence


def test_launcher_without_packages_says_what_to_do(launcher: Path, tmp_path: Path) -> None:
    alone = tmp_path / ".palisade" / "bin" / launcher.name
    alone.parent.mkdir(parents=True)
    alone.write_bytes(launcher.read_bytes())
    alone.chmod(0o755)
    done = subprocess.run([alone], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"the Python language host needs {tmp_path}/.venv; run 'make setup' in {tmp_path}, which creates it\n"
    )


def test_a_programs_own_folder_shadows_nothing_of_the_host(launcher: Path, tmp_path: Path) -> None:
    for name in ("grpc", "json", "tools"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    process = subprocess.Popen(
        [launcher, NO_ENGINE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    output, _nothing = process.communicate(b"")
    assert int(output) > 0


def test_starts_quickly(launcher: Path) -> None:
    """Every preview starts a host twice. Processor's time beyond `import grpc`, at best of three."""

    def seconds(command: list[str | Path]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.communicate(b"")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    grpc_alone = min(seconds([sys.executable, "-I", "-c", "import grpc"]) for _attempt in range(STARTS))
    whole_host = min(seconds([launcher, NO_ENGINE]) for _attempt in range(STARTS))
    assert whole_host - grpc_alone < SECONDS_BEYOND_GRPC

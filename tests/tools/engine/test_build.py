"""Building the engine: in one piece, once, by one process at a time, and with a message where it cannot be.

The go command is a stand-in here; the real one builds the engine that all other tests of this folder use.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.tools.engine.fakes import BUILD, COMPILE, FETCH, INSTALL, fake_go
from tests.tools.engine.project import wait_for
from tools.engine import EngineError, ensure
from tools.engine.pinned import CHECKOUT, Pinned

# What the stand-ins' scripts call.
SYSTEM_COMMANDS = ("chmod", "sleep")
COMPLETE = [
    "engine.key",
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
]


@pytest.fixture
def pinned(tmp_path: Path) -> Pinned:
    return Pinned(home=tmp_path / "checkout" / ".palisade")


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, so that neither a Pulumi nor a Go of this machine is found."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in SYSTEM_COMMANDS:
        found = shutil.which(name)
        assert found, f"this machine has no {name}"
        (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_builds_once_with_progress(pinned: Pinned, tools: Path) -> None:
    calls = fake_go(tools)
    told: list[str] = []
    engine = ensure(told.append, pinned)
    assert (engine.pulumi, engine.version, engine.built) == (pinned.pulumi, pinned.version, True)
    assert names(pinned.folder) == COMPLETE
    assert all(os.access(pinned.folder / name, os.X_OK) for name in COMPLETE if name != "engine.key")
    assert names(pinned.home) == ["bin", "engine.lock"]
    # Two of the three listed packages were stale, and both were compiled.
    assert any("packages compiled: 2 of 2" in line for line in told)
    build = next(line for line in calls.read_text().splitlines() if line.startswith("build"))
    assert f"version.Version={pinned.version}" in build
    assert "-mod=readonly" in build

    calls.write_text("")
    assert ensure(told.append, pinned) == engine
    assert calls.read_text() == ""


def test_another_dependency_is_another_build(pinned: Pinned, tools: Path, tmp_path: Path) -> None:
    calls = fake_go(tools)
    ensure(print, pinned)
    changed = tmp_path / "module"
    changed.mkdir()
    for name in ("go.mod", "go.sum"):
        (changed / name).write_bytes((pinned.module / name).read_bytes())
    (changed / "go.sum").write_text("")
    calls.write_text("")
    ensure(print, Pinned(module=changed, home=pinned.home))
    assert "build" in calls.read_text()


def test_a_launcher_of_an_older_checkout_is_replaced(pinned: Pinned, tools: Path) -> None:
    calls = fake_go(tools)
    ensure(print, pinned)
    calls.write_text("")
    launcher = pinned.folder / "pulumi-language-python"
    current = launcher.read_text()
    launcher.write_text("#!/bin/sh\n# older\n")
    ensure(print, pinned)
    assert launcher.read_text() == current
    assert calls.read_text() == ""


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (
            "echo go version go1.18.1 linux/amd64",
            r"cannot build the engine \(go version go1.18.1 linux/amd64\)",
        ),
        (
            "echo 'go: go.mod requires go >= 1.25.11 (running go 1.22.0; GOTOOLCHAIN=local)' >&2; exit 1",
            r"cannot build the engine \(go: go.mod requires go >= 1.25.11 \(running go 1.22.0",
        ),
    ],
)
def test_too_old_a_go(pinned: Pinned, tools: Path, version: str, message: str) -> None:
    fake_go(tools, version=version)
    with pytest.raises(EngineError, match=message) as refusal:
        ensure(print, pinned)
    assert "or newer (https://go.dev/dl/), or install a Pulumi release (https:" in str(refusal.value)
    assert not pinned.folder.exists()


def test_a_module_that_cannot_be_fetched(pinned: Pinned, tools: Path) -> None:
    failure = "go: github.com/pulumi/pulumi/pkg/v3@v3.259.0: dial tcp: lookup proxy: no such host"
    fake_go(tools, fetch=f"echo '{failure}' >&2; exit 1")
    with pytest.raises(EngineError) as refusal:
        ensure(print, pinned)
    assert str(refusal.value).startswith(
        f"the engine's Go module could not be fetched ({failure}); point GOPROXY"
    )
    assert str(refusal.value).endswith("or install a Pulumi release (https://www.pulumi.com/docs/install/)")
    assert names(pinned.home) == ["engine.lock"]


def test_a_module_that_does_not_compile(pinned: Pinned, tools: Path) -> None:
    fake_go(tools, build="echo '# example.com/one' >&2; echo 'one.go:3: no space left on device' >&2; exit 1")
    with pytest.raises(EngineError, match=r"did not compile \(one.go:3: no space left on device\)"):
        ensure(print, pinned)
    assert names(pinned.home) == ["engine.lock"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing(
    pinned: Pinned, tools: Path, tmp_path: Path, number: int
) -> None:
    begun = tmp_path / "begun"
    fake_go(tools, build=f'echo half > "$target"; echo $$ > {begun}; exec sleep 600')
    process = start(pinned)
    compiler = int(wait_for(begun))
    process.send_signal(number)
    output, _nothing = process.communicate(timeout=30)
    assert process.returncode == 130
    assert output.endswith("interrupted; nothing half-made is left, and the next run goes on from here\n")
    assert names(pinned.home) == ["engine.lock"]
    with pytest.raises(ProcessLookupError):
        os.kill(compiler, 0)


def test_a_killed_build_is_cleaned_up_by_the_next(pinned: Pinned, tools: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    fake_go(tools, build=f'echo half > "$target"; echo $$ > {begun}; exec sleep 600')
    process = start(pinned)
    compiler = int(wait_for(begun))
    process.kill()
    process.communicate()
    os.kill(compiler, signal.SIGKILL)
    assert not pinned.folder.exists()
    fake_go(tools)
    ensure(print, pinned)
    assert names(pinned.home) == ["bin", "engine.lock"]
    assert names(pinned.folder) == COMPLETE


def test_the_second_of_two_waits_and_does_not_build(pinned: Pinned, tools: Path, tmp_path: Path) -> None:
    begun, release = tmp_path / "begun", tmp_path / "release"
    calls = fake_go(tools, build=f"echo $$ > {begun}; while [ ! -e {release} ]; do sleep 0.05; done; {BUILD}")
    first = start(pinned)
    wait_for(begun)
    told: list[str] = []
    waiting = threading.Event()

    def tell(line: str) -> None:
        told.append(line)
        waiting.set()

    second = threading.Thread(target=ensure, args=(tell, pinned))
    second.start()
    assert waiting.wait(10)
    assert told == ["another process is building the engine in this checkout; waiting for it"]
    release.touch()
    second.join(timeout=30)
    first.communicate(timeout=30)
    assert first.returncode == 0
    assert not second.is_alive()
    assert calls.read_text().count("build ") == 1
    assert names(pinned.folder) == COMPLETE


def test_long_steps_are_told_while_they_last(
    pinned: Pinned, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.gobuild.progress.SECONDS_BETWEEN_LINES", 0.1)
    fake_go(tools, fetch=f"{FETCH}; sleep 0.5", build=f"{COMPILE}; sleep 0.5; {INSTALL}")
    told: list[str] = []
    ensure(told.append, pinned)
    lines = [line.split(" (")[0].strip() for line in told]
    # At least one while it lasts, and one at its end.
    assert lines.count("modules fetched: 1") >= 2
    assert lines.count("packages compiled: 2 of 2") >= 2


def start(pinned: Pinned) -> subprocess.Popen[str]:
    """The command in a process of its own, for the checkout that `pinned` describes."""
    script = f"""
from pathlib import Path
import signal
import sys
# A suite that runs in a shell's background inherits an interrupt that is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
import tools.engine.__main__ as command
from tools.engine import choice, pinned
choice.Pinned = lambda: pinned.Pinned(home=Path({str(pinned.home)!r}))
sys.exit(command.main())
"""
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )

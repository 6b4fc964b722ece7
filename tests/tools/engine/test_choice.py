"""Which engine is chosen: a Pulumi on PATH untouched, else the pinned one, else a message that helps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.engine.fakes import executable, fake_pulumi
from tools.engine import EngineError, ensure
from tools.engine.choice import describe
from tools.engine.pinned import CHECKOUT, Pinned


@pytest.fixture
def pinned(tmp_path: Path) -> Pinned:
    """The real module, and a checkout in which nothing is built yet."""
    return Pinned(home=tmp_path / "checkout" / ".palisade")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """The folder of a Pulumi release, told apart from the real one by its version."""
    folder = tmp_path / "release"
    fake_pulumi(folder, "v9.8.7")
    return folder


def only(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))


def test_a_pulumi_on_path_is_used_and_nothing_is_built(
    pinned: Pinned, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, release)
    told: list[str] = []
    engine = ensure(told.append, pinned)
    assert (engine.pulumi, engine.version, engine.built) == (release / "pulumi", "v9.8.7", False)
    assert engine.environment["PATH"].split(os.pathsep)[0] == str(release)
    assert told == []
    assert not pinned.home.exists()
    assert describe(pinned) == f"{release / 'pulumi'}, found on PATH and used as it is"


def test_it_comes_before_a_built_engine(
    pinned: Pinned, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pulumi(pinned.folder, pinned.version)
    pinned.stamp.write_text(pinned.key)
    only(monkeypatch, pinned.folder, release)
    assert ensure(print, pinned).pulumi == release / "pulumi"


def test_our_own_folder_on_path_is_not_taken_for_a_release(
    pinned: Pinned, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pulumi(pinned.folder, pinned.version)
    pinned.stamp.write_text(pinned.key)
    only(monkeypatch, pinned.folder)
    engine = ensure(print, pinned)
    assert (engine.pulumi, engine.version, engine.built) == (pinned.pulumi, pinned.version, True)


def test_an_older_release_is_used_with_a_note(
    pinned: Pinned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pulumi(tmp_path / "old", "v3.99.1")
    only(monkeypatch, tmp_path / "old")
    told: list[str] = []
    assert ensure(told.append, pinned).version == "v3.99.1"
    assert len(told) == 1
    assert "v3.99.1" in told[0]
    assert pinned.version in told[0]


def test_a_release_behind_a_symbolic_link_has_its_language_host(
    pinned: Pinned, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "pulumi").symlink_to(release / "pulumi")
    only(monkeypatch, links)
    assert ensure(print, pinned).pulumi == links / "pulumi"


def test_a_pulumi_without_python_is_refused(
    pinned: Pinned, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (release / "pulumi-language-python").unlink()
    only(monkeypatch, release)
    with pytest.raises(
        EngineError, match=r"no pulumi-language-python beside it or on PATH.*install a Pulumi"
    ):
        ensure(print, pinned)


def test_a_pulumi_that_does_not_run_is_refused(
    pinned: Pinned, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(release / "pulumi", "#!/bin/sh\nexit 3\n")
    only(monkeypatch, release)
    with pytest.raises(EngineError, match=r"`pulumi version` fails.*repair it, or take it off PATH"):
        ensure(print, pinned)


def test_neither_pulumi_nor_go(pinned: Pinned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, tmp_path)
    assert describe(pinned).startswith("none: there is no pulumi and no go on PATH")
    with pytest.raises(EngineError) as refusal:
        ensure(print, pinned)
    message = str(refusal.value)
    assert message.startswith("there is neither a Pulumi nor a Go on PATH; install")
    assert "https://www.pulumi.com/docs/install/" in message
    assert f"Go {'.'.join(map(str, pinned.go_version))} or newer (https://go.dev/dl/)" in message
    assert not pinned.folder.exists()


def test_command_prints_the_path_alone(release: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.engine"],
        cwd=CHECKOUT,
        env={**os.environ, "PATH": str(release)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{release / 'pulumi'}\n"
    assert done.stderr == ""


def test_command_needs_no_package(release: Path) -> None:
    """It runs before the project's packages are installed: no site-packages, standard library only."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "tools.engine", "--which"],
        cwd=CHECKOUT,
        env={"PATH": str(release)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{release / 'pulumi'}, found on PATH and used as it is\n"

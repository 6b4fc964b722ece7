"""The commands behind the Makefile, where they refuse; the engine tests have what they do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import __main__ as program
from tools import commands
from tools.stack import ROOT, UnknownStack, stack_settings


def test_an_unknown_stack_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["up", "gcp-nope"]) == 1
    told = capsys.readouterr().err
    assert "Pulumi.gcp-nope.yaml" in told
    assert "gcp-dev" in told
    with pytest.raises(UnknownStack):
        stack_settings("gcp-nope")


def test_a_release_needs_a_name_and_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["release", "gcp-dev", "--approved-by", " ", "--reason", ""]) == 2
    assert 'make release STACK=gcp-dev APPROVED_BY=you@example.com REASON="…"' in capsys.readouterr().err


def test_two_commands_never_share_the_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "REHEARSAL", tmp_path)
    with commands._alone(tmp_path / "lock"):
        assert program.main(["preview", "gcp-dev"]) == 1
    assert "another make command uses the rehearsal" in capsys.readouterr().err
    with commands._alone(tmp_path / "lock"):
        pass


def test_help_lists_every_target() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets == set(re.findall(r"^  make ([a-z]+)", listed, re.MULTILINE))


def test_a_python_that_is_too_old_is_told_so() -> None:
    code = (
        "import runpy, sys, collections; sys.argv = ['tools/bootstrap.py'];"
        "sys.version_info = collections.namedtuple('V', 'major minor')(3, 9);"
        "runpy.run_path('tools/bootstrap.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert "Traceback" not in done.stderr


def test_bootstrap_without_uv_and_pip_says_what_to_install() -> None:
    code = (
        "import runpy, sys, shutil; shutil.which = lambda name: None;"
        "m = runpy.run_path('tools/bootstrap.py');"
        "f = m['find_uv']; g = f.__globals__;"
        "g['HOME'] = g['Path']('does-not-exist'); g['sys'] = type('S', (), {'executable': 'false'});"
        "g['find_uv']()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "neither uv nor pip is here" in done.stderr

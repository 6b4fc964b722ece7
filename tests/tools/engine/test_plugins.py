"""Plugins written in Python: started by either entry point, heard, and ended with the engine's call."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from tests.tools.engine.client import NO_ENGINE, HostClient
from tests.tools.engine.project import assert_gone, wait_for


def test_a_plugin_with_a_main_file(host: HostClient, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import os, sys\nprint(4711)\nprint(os.environ['MARK'], sys.argv[1:], file=sys.stderr)\nsys.exit(7)\n"
    )
    answers = list(host.run_plugin(tmp_path, NO_ENGINE, MARK="a=b"))
    assert b"".join(answer.stdout for answer in answers) == b"4711\n"
    assert b"".join(answer.stderr for answer in answers) == b"a=b ['127.0.0.1:1']\n"
    assert answers[-1].exitcode == 7


def test_a_plugin_that_is_a_package_serves_until_it_is_given_up(host: HostClient, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'boxes'\nversion = '1.0'\n")
    (tmp_path / "boxes.py").write_text(
        "import os, pathlib, typing, pulumi\n"
        "class BoxArgs(typing.TypedDict):\n    size: pulumi.Input[int]\n"
        "class Box(pulumi.ComponentResource):\n"
        "    def __init__(self, name: str, args: BoxArgs, opts: pulumi.ResourceOptions | None = None):\n"
        "        super().__init__('boxes:index:Box', name, {}, opts)\n"
        "pathlib.Path('process').write_text(f'{os.getpid()}\\n')\n"
    )
    run = host.run_plugin(tmp_path, NO_ENGINE)
    assert int(next(iter(run)).stdout) > 0
    process = int(wait_for(tmp_path / "process"))
    run.give_up()
    assert_gone([process])


def test_a_plugin_that_is_neither(host: HostClient, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError, match=r"has neither __main__.py nor pyproject.toml; add one of them"):
        list(host.run_plugin(tmp_path))

"""Programs that fail: each problem is told once, in the program's own words, and the engine says so."""

from __future__ import annotations

import pytest

from tests.tools.engine.project import MakeProject

STACK_LINE = "pulumi:pulumi:Stack (small-dev):"


def told(output: str) -> str:
    """What a command tells at its end: the part below `Diagnostics:`, where each message stands once."""
    assert "Diagnostics:" in output, output
    return output.split("Diagnostics:", 1)[1]


def test_an_exception_shows_its_traceback_once(make_project: MakeProject) -> None:
    project = make_project("def deep():\n    raise ValueError('no such zone')\n\ndeep()\n")
    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        message = told(project.run(*command, code=1))
        assert message.count("Traceback (most recent call last)") == 1
        assert message.count("ValueError: no such zone") == 1
        assert '__main__.py", line 2, in deep' in message
        # Neither the host's nor the executor's frames, nor a second sentence about the first.
        assert "tools/engine" not in message
        assert "pulumi-language-python-exec" not in message
        assert "exit code" not in message


def test_an_exception_in_apply(make_project: MakeProject) -> None:
    project = make_project(
        """
        import pulumi

        pulumi.export("never", pulumi.Output.from_input(1).apply(lambda value: value / 0))
        """
    )
    assert told(project.run("preview", code=1)).count("ZeroDivisionError: division by zero") == 1


@pytest.mark.parametrize("explain", ["sys.exit(32)", "raise SystemExit(32)"])
def test_an_explained_error_stands_alone(make_project: MakeProject, explain: str) -> None:
    project = make_project(
        f"""
        import sys
        import pulumi

        pulumi.log.error("palisade:network.address_plan: 10.0.0.0/28 is too small; write a /16")
        {explain}
        """
    )
    lines = [line.strip() for line in told(project.run("preview", code=1)).splitlines() if "error:" in line]
    assert lines == ["error: palisade:network.address_plan: 10.0.0.0/28 is too small; write a /16"]


def test_another_exit_code_is_named(make_project: MakeProject) -> None:
    project = make_project("import pulumi, sys\npulumi.log.error('told already')\nsys.exit(3)\n")
    message = told(project.run("preview", code=1))
    assert message.count("error: told already") == 1
    assert message.count("Program exited with non-zero exit code: 3") == 1
    assert "Traceback" not in message


def test_a_killed_program(make_project: MakeProject) -> None:
    project = make_project("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert "ended by signal 9" in told(project.run("preview", code=1))


def test_a_syntax_error_names_the_line(make_project: MakeProject) -> None:
    project = make_project("import pulumi\npulumi.export('x', 1\n")
    message = told(project.run("preview", code=1))
    assert "SyntaxError" in message
    assert "line 2" in message


def test_no_program(make_project: MakeProject) -> None:
    project = make_project("", entry="elsewhere/__main__.py")
    message = told(project.run("preview", code=1))
    assert f"there is no __main__.py in {project.folder}; write the program there" in message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("virtualenv: missing", "/small/missing, which does not exist; run 'pulumi install' there"),
        ("virtualenv: [a]", "runtime.options.virtualenv in "),
        ("toolchain: poetry", "runtime.options.toolchain is 'poetry'"),
        ("typechecker: pylint", "runtime.options.typechecker is 'pylint'; write mypy or pyright"),
    ],
)
def test_settings_that_cannot_be_followed(make_project: MakeProject, options: str, message: str) -> None:
    project = make_project("import pulumi\n")
    project.write("Pulumi.yaml", f"name: small\nruntime:\n  name: python\n  options:\n    {options}\n")
    output = project.run("preview", code=1)
    assert message in output
    assert "Traceback" not in output


def test_the_type_checker_comes_before_the_program(make_project: MakeProject) -> None:
    project = make_project("print('the program ran')\n")
    project.write("Pulumi.yaml", "name: small\nruntime:\n  name: python\n  options:\n    typechecker: mypy\n")
    # Python finds this one before any that is installed.
    project.write("mypy.py", "import sys\nprint('line 1: not a number')\nsys.exit(1)\n")
    message = told(project.run("preview", code=1))
    assert "line 1: not a number" in message
    assert "mypy failed with exit code 1; its own messages are above" in message
    assert "the program ran" not in message
    project.write("mypy.py", "")
    assert "the program ran" in told(project.run("preview"))


def test_a_dynamic_provider_that_fails(make_project: MakeProject) -> None:
    project = make_project(
        """
        from pulumi.dynamic import Resource, ResourceProvider

        class Refusing(ResourceProvider):
            def create(self, props):
                raise ValueError("the quota is used up")

        class Refused(Resource):
            def __init__(self, name):
                super().__init__(Refusing(), name, {})

        Refused("refused")
        """
    )
    message = told(project.run("up", "--yes", "--skip-preview", code=1))
    assert "the quota is used up" in message

"""Small Pulumi projects for the real engine, each test with a home and a backend of its own."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.engine.project import STACK, MakeProject, Project
from tools.engine import Engine, ensure
from tools.engine.environment import enclosed


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that everything in the checkout uses."""
    return ensure()


@pytest.fixture
def make_project(engine: Engine, tmp_path: Path) -> Iterator[MakeProject]:
    """Make projects that share one home and backend: `make_project(program, name=..., settings=...)`."""
    environment = {
        **engine.environment,
        **enclosed(home=tmp_path / "home", backend=tmp_path / "state", passphrase="only for tests"),
    }

    made: list[Project] = []

    def make(program: str, name: str = "small", settings: str = "", entry: str = "__main__.py") -> Project:
        project = Project(tmp_path / name, engine.pulumi, environment)
        project.write("Pulumi.yaml", f"name: {name}\n" + (textwrap.dedent(settings) or "runtime: python\n"))
        project.write(entry, program)
        made.append(project)
        project.run("stack", "init", STACK)
        return project

    yield make
    for project in made:
        project.end()

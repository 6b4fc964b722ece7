"""An interrupt, or the engine's death, ends all it has started, and no traceback of ours is shown."""

from __future__ import annotations

import pytest

from tests.tools.engine.project import MakeProject, Project, assert_gone, interrupt, wait_for

# It starts a process of its own, as programs that call other tools do, and names all it belongs to.
SLEEPING = """
    import os
    import pathlib
    import subprocess
    import sys
    import time
    import pulumi

    class Box(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("test:index:Box", name)

    Box("box")
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pathlib.Path("processes").write_text(f"{os.getppid()} {os.getpid()} {other.pid}\\n")
    time.sleep(600)
"""
PACK = """
    import os
    import pathlib
    from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

    pathlib.Path("process").write_text(f"{os.getpid()}\\n")
    PolicyPack(
        "waiting",
        [ResourceValidationPolicy(name="any", description="any", validate=lambda args, report: None)],
        EnforcementLevel.MANDATORY,
    )
"""


def running(project: Project, file: str = "processes") -> list[int]:
    return [int(number) for number in wait_for(project.folder / file).split()]


@pytest.mark.parametrize("command", [["preview"], ["up", "--yes", "--skip-preview"]])
def test_interrupted_program(make_project: MakeProject, command: list[str]) -> None:
    project = make_project(SLEEPING)
    process = project.start(*command)
    processes = running(project)
    output = interrupt(process)
    assert process.returncode != 0
    assert "canceled" in output
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output
    assert_gone(processes)
    # The next command needs no clean-up.
    project.write("__main__.py", "import pulumi\n")
    project.run("up", "--yes", "--skip-preview")


def test_interrupted_policy_pack(make_project: MakeProject) -> None:
    project = make_project(SLEEPING)
    project.write("pack/PulumiPolicy.yaml", "runtime: python\n")
    project.write("pack/__main__.py", PACK)
    process = project.start("preview", "--policy-pack", "pack")
    processes = running(project) + running(project, "pack/process")
    output = interrupt(process)
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output
    assert_gone(processes)


def test_interrupted_while_the_policy_pack_loads(make_project: MakeProject) -> None:
    # The engine hears the interrupt only when the pack is up, so the pack has to come up all the same.
    project = make_project(SLEEPING)
    project.write("pack/PulumiPolicy.yaml", "runtime: python\n")
    project.write(
        "pack/__main__.py", PACK.replace("    PolicyPack(", "    import time; time.sleep(1)\n    PolicyPack(")
    )
    process = project.start("preview", "--policy-pack", "pack")
    processes = running(project, "pack/process")
    output = interrupt(process)
    assert process.returncode != 0
    assert "Traceback" not in output
    assert_gone(processes)


def test_killed_engine_leaves_nothing(make_project: MakeProject) -> None:
    project = make_project(SLEEPING)
    process = project.start("preview")
    processes = running(project)
    process.kill()
    process.communicate(timeout=30)
    assert_gone(processes)

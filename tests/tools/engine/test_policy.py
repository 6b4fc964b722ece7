"""Policy packs: found by PulumiPolicy.yaml, told the stack, and heard in every command that takes one."""

from __future__ import annotations

import json

import pytest

from tests.tools.engine.project import MakeProject, Project

PROGRAM = """
    import pulumi

    class Box(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("test:index:Box", name)

    Box(pulumi.Config().get("name") or "fine")
"""
PACK = """
    import sys
    import pulumi
    from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy

    # At import already, as a pack that builds its rules from the stack does.
    forbidden = pulumi.Config("small").get("forbidden")
    print("loaded for", pulumi.get_project(), pulumi.get_stack(), file=sys.stderr)

    def name_is_allowed(args, report):
        if args.name == forbidden:
            report(f"rename it; a dry run: {pulumi.runtime.is_dry_run()}")

    def count(args, report):
        report(f"{len(args.resources)} resources in {pulumi.get_stack()}")

    PolicyPack(
        "names",
        [
            ResourceValidationPolicy(
                name="name-is-allowed",
                description="No forbidden names.",
                validate=name_is_allowed,
                enforcement_level=EnforcementLevel.MANDATORY,
            ),
            StackValidationPolicy(
                name="count",
                description="Counts.",
                validate=count,
                enforcement_level=EnforcementLevel.ADVISORY,
            ),
        ],
    )
"""


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    made = make_project(PROGRAM)
    made.write("pack/PulumiPolicy.yaml", "runtime: python\nversion: 0.3.0\n")
    made.write("pack/__main__.py", PACK)
    made.run("config", "set", "forbidden", "wrong")
    return made


def test_a_kept_rule_lets_the_update_pass(project: Project) -> None:
    preview = project.run("preview", "--policy-pack", "pack")
    assert "names@v0.3.0" in preview
    assert "2 resources in dev" in preview
    assert preview.split("Diagnostics:")[1].count("loaded for small dev") == 1
    project.run("up", "--yes", "--skip-preview", "--policy-pack", "pack")


def test_a_broken_rule_stops_preview_and_update(project: Project) -> None:
    project.run("config", "set", "name", "wrong")
    assert "rename it; a dry run: True" in project.run("preview", "--policy-pack", "pack", code=1)
    output = project.run("up", "--yes", "--skip-preview", "--policy-pack", "pack", code=1)
    assert "rename it; a dry run: False" in output
    assert "test:index:Box" not in project.run("stack", "export")


def test_json_preview_ends_with_the_packs_verdict(project: Project) -> None:
    # The JSON holds the plan; a forbidden one is told by the exit code.
    plan = json.loads(project.run("preview", "--json", "--policy-pack", "pack"))
    assert plan["changeSummary"] == {"create": 2}
    project.run("config", "set", "name", "wrong")
    project.run("preview", "--json", "--policy-pack", "pack", code=1)


def test_analyze_of_an_exported_state(project: Project) -> None:
    project.run("config", "set", "name", "wrong")
    project.run("up", "--yes", "--skip-preview")
    project.write("state.json", project.run("stack", "export"))
    # Here the engine knows no stack: neither configuration nor names reach the pack.
    output = project.run("policy", "analyze", "--policy-pack", "pack", "--file", "state.json")
    assert "2 resources in stack" in output
    project.write("pack/__main__.py", PACK.replace('pulumi.Config("small").get("forbidden")', '"wrong"'))
    output = project.run("policy", "analyze", "--policy-pack", "pack", "--file", "state.json", code=1)
    assert "rename it" in output


def test_a_pack_that_raises(project: Project) -> None:
    project.write("pack/__main__.py", "raise ValueError('no catalogue')\n")
    output = project.run("preview", "--policy-pack", "pack", code=1)
    assert output.split("Diagnostics:")[1].count("ValueError: no catalogue") == 1
    assert "pack ended before it was ready (exit code 1); its own messages say why" in output
    assert "tools/engine" not in output


def test_a_pack_that_prints_where_its_port_belongs(project: Project) -> None:
    project.write("pack/__main__.py", "print('hello')\n" + "import time\ntime.sleep(600)\n")
    output = project.run("preview", "--policy-pack", "pack", code=1)
    assert "printed 'hello' where the engine expects only its port" in output


def test_a_rule_that_raises(project: Project) -> None:
    project.write("pack/__main__.py", PACK.replace("if args.name == forbidden:", "if args.no_such_field:"))
    output = project.run("preview", "--policy-pack", "pack", code=1)
    assert "no_such_field" in output

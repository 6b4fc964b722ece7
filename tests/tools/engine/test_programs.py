"""Programs that succeed: what they are told, what they build, and how often the engine may run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.tools.engine.project import MakeProject


def test_components_and_outputs(make_project: MakeProject) -> None:
    project = make_project(
        """
        import pulumi

        class Box(pulumi.ComponentResource):
            def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
                super().__init__("test:index:Box", name, None, opts)
                self.register_outputs({})

        outer = Box("outer")
        Box("inner", pulumi.ResourceOptions(parent=outer))
        print("a dry run:", pulumi.runtime.is_dry_run())
        pulumi.export("sum", pulumi.Output.from_input(20).apply(lambda value: value + 22))
        """
    )
    preview = project.run("preview")
    assert "3 to create" in preview
    assert "a dry run: True" in preview
    assert "a dry run: False" in project.run("up", "--yes", "--skip-preview")
    assert project.outputs() == {"sum": 42}
    state = json.loads(project.run("stack", "export"))
    parents = {
        item["urn"].split("::")[-1]: item.get("parent", "") for item in state["deployment"]["resources"]
    }
    assert parents["inner"].endswith("::outer")
    assert "3 unchanged" in project.run("preview", "--expect-no-changes")
    project.run("destroy", "--yes", "--skip-preview")
    assert json.loads(project.run("stack", "export"))["deployment"].get("resources", []) == []


def test_configuration_and_secrets(make_project: MakeProject) -> None:
    project = make_project(
        """
        import pulumi
        from pulumi.runtime.config import is_config_secret

        config = pulumi.Config()
        pulumi.export("plain", config.require("plain"))
        pulumi.export("structured", config.require_object("structured"))
        pulumi.export("token", config.require_secret("token"))
        pulumi.export("secret keys", [key for key in ["small:plain", "small:token"] if is_config_secret(key)])
        pulumi.export("where", [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])
        pulumi.export("root", pulumi.get_root_directory())
        """
    )
    project.run("config", "set", "plain", "word with 'quotes' and \u00fcmlauts")
    project.run("config", "set", "--path", "structured.items[0]", "7")
    project.run("config", "set", "--secret", "token", "hunter2")
    shown = project.run("up", "--yes", "--skip-preview")
    assert "hunter2" not in shown
    assert "hunter2" not in project.run("stack", "export")
    assert project.outputs() == {
        "plain": "word with 'quotes' and \u00fcmlauts",
        "structured": {"items": [7]},
        "token": "hunter2",
        "secret keys": ["small:token"],
        "where": ["small", "dev", "organization"],
        "root": str(project.folder),
    }


def test_stack_reference(make_project: MakeProject) -> None:
    first = make_project("import pulumi\npulumi.export('range', '10.0.0.0/16')\n", name="first")
    first.run("up", "--yes", "--skip-preview")
    second = make_project(
        """
        import pulumi

        other = pulumi.StackReference("organization/first/dev")
        pulumi.export("range", other.require_output("range"))
        """,
        name="second",
    )
    second.run("up", "--yes", "--skip-preview")
    assert second.outputs() == {"range": "10.0.0.0/16"}


def test_dynamic_provider_creates_updates_and_deletes(make_project: MakeProject) -> None:
    project = make_project(
        """
        import pathlib
        import pulumi
        from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

        class FileProvider(ResourceProvider):
            def create(self, props):
                pathlib.Path(props["path"]).write_text(props["text"])
                return CreateResult(props["path"], {**props, "size": len(props["text"])})

            def update(self, _id, _olds, news):
                pathlib.Path(news["path"]).write_text(news["text"])
                return UpdateResult({**news, "size": len(news["text"])})

            def delete(self, id, props):
                pathlib.Path(id).unlink()

        class File(Resource):
            size: pulumi.Output[int]

            def __init__(self, name, path, text):
                super().__init__(FileProvider(), name, {"path": path, "text": text, "size": None})

        file = File("file", str(pathlib.Path("made.txt").absolute()), pulumi.Config().require("text"))
        pulumi.export("size", file.size)
        """
    )
    made = project.folder / "made.txt"
    project.run("config", "set", "text", "one")
    project.run("preview")
    assert not made.exists()
    project.run("up", "--yes", "--skip-preview")
    assert made.read_text() == "one"
    project.run("config", "set", "text", "three")
    project.run("up", "--yes", "--skip-preview")
    assert made.read_text() == "three"
    assert project.outputs() == {"size": 5}
    project.run("destroy", "--yes", "--skip-preview")
    assert not made.exists()


def test_main_and_stack_config_dir(make_project: MakeProject) -> None:
    project = make_project(
        """
        import os
        import helper
        import pulumi

        pulumi.export("helper", helper.WORD)
        pulumi.export("folder", os.path.basename(os.getcwd()))
        pulumi.export("colour", pulumi.Config().require("colour"))
        """,
        settings="""
        runtime: python
        main: infra/
        stackConfigDir: stacks
        """,
        entry="infra/__main__.py",
    )
    project.write("infra/helper.py", "WORD = 'found beside the program'\n")
    project.run("config", "set", "colour", "blue")
    assert (project.folder / "stacks" / "Pulumi.dev.yaml").exists()
    project.run("up", "--yes", "--skip-preview")
    assert project.outputs() == {"helper": "found beside the program", "folder": "infra", "colour": "blue"}


def test_main_may_name_a_file(make_project: MakeProject) -> None:
    project = make_project(
        "import pulumi\npulumi.export('file', __file__.rpartition('/')[2])\n",
        settings="runtime: python\nmain: other.py\n",
        entry="other.py",
    )
    project.run("up", "--yes", "--skip-preview")
    assert project.outputs() == {"file": "other.py"}


def test_virtualenv_of_the_project(make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project(
        "import sys, pulumi\npulumi.export('prefix', sys.prefix)\n",
        settings="""
        runtime:
          name: python
          options:
            virtualenv: ../own
        """,
    )
    own = tmp_path / "own"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", own], check=True)
    # It borrows the checkout's packages instead of installing its own.
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    (
        own / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages" / "own.pth"
    ).write_text(packages + os.linesep)
    project.run("up", "--yes", "--skip-preview")
    assert project.outputs() == {"prefix": str(own)}

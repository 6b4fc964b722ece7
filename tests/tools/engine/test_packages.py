"""What the host finds installed for a program, and what it installs."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import grpc
import pytest

from tests.tools.engine.client import HostClient, program
from tests.tools.engine.project import MakeProject


def python_environment(folder: Path) -> Path:
    """A virtual environment with nothing in it. Returns its site-packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return next(folder.glob("lib/python*/site-packages"))


def test_required_packages_are_those_installed(host: HostClient, tmp_path: Path) -> None:
    found = host.required(program(tmp_path))
    assert {package.kind for package in found} == {"resource"}
    # Provider SDKs and their plugins share one version; the policy SDK and the core SDK have no plugin.
    installed = {
        distribution.metadata["Name"].removeprefix("pulumi_").replace("_", "-"): f"v{distribution.version}"
        for distribution in importlib.metadata.distributions()
        if re.fullmatch(r"pulumi_(?!policy)\w+", distribution.metadata["Name"])
    }
    assert {"gcp", "aws", "azure-native", "kubernetes", "random", "tls"} <= set(installed)
    assert {package.name: package.version for package in found} == installed


@pytest.mark.parametrize(
    ("version", "plugin", "expected"),
    [
        ("1.2.3", {"resource": True, "name": "own", "version": "4.5.6"}, ("own", "v4.5.6")),
        ("1.2.3", {"resource": True, "name": "own", "version": "v4.5.6"}, ("own", "v4.5.6")),
        ("1.2.3", {"resource": True}, ("two-words", "v1.2.3")),
        ("1.2", {"resource": True}, ("two-words", "v1.2.0")),
        ("3.1.0rc4", {"resource": True}, ("two-words", "v3.1.0-rc.4")),
        ("3.1.0a17", {"resource": True}, ("two-words", "v3.1.0-alpha.17")),
        ("1!2.0", {"resource": True}, None),
        ("1.2.3", {"resource": False, "name": "own", "version": "4.5.6"}, None),
        ("1.2.3", {}, None),
    ],
)
def test_a_package_tells_its_plugin(
    host: HostClient,
    tmp_path: Path,
    version: str,
    plugin: dict[str, object],
    expected: tuple[str, str] | None,
) -> None:
    packages = python_environment(tmp_path / "own")
    (packages / "pulumi_two_words").mkdir()
    (packages / "pulumi_two_words" / "pulumi-plugin.json").write_text(json.dumps(plugin))
    (packages / f"pulumi_two_words-{version}.dist-info").mkdir()
    found = [
        (package.name, package.version) for package in host.required(program(tmp_path, virtualenv="own"))
    ]
    assert found == ([expected] if expected else [])


def test_a_parameterized_package(host: HostClient, tmp_path: Path) -> None:
    packages = python_environment(tmp_path / "own")
    (packages / "pulumi_bridged").mkdir()
    (packages / "pulumi_bridged" / "pulumi-plugin.json").write_text(
        json.dumps(
            {
                "resource": True,
                "name": "terraform-provider",
                "version": "0.8.0",
                "server": "https://example.com/plugins",
                "parameterization": {"name": "bridged", "version": "2.0.0", "value": "eyJ9"},
            }
        )
    )
    (package,) = host.required(program(tmp_path, virtualenv="own"))
    assert (package.name, package.version, package.server) == (
        "terraform-provider",
        "v0.8.0",
        "https://example.com/plugins",
    )
    parameterization = package.parameterization
    assert (parameterization.name, parameterization.version, parameterization.value) == (
        "bridged",
        "2.0.0",
        b'{"}',
    )


def test_dependencies(host: HostClient, tmp_path: Path) -> None:
    everything = host.dependencies(program(tmp_path), transitive=True)
    assert everything["pulumi-gcp"] == importlib.metadata.version("pulumi-gcp")
    assert everything["grpcio"] == importlib.metadata.version("grpcio")
    direct = host.dependencies(program(tmp_path), transitive=False)
    assert "pulumi-gcp" in direct
    assert "grpcio" not in direct
    assert direct.items() <= everything.items()


def test_install_makes_and_fills_the_virtual_environment(host: HostClient, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "WORD = 'installed'\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    (tmp_path / "requirements.txt").write_text("./tiny-1.0-py3-none-any.whl\n")
    told = host.install(program(tmp_path, virtualenv="own"))
    assert f"Creating the virtual environment {tmp_path / 'own'}" in told
    word = subprocess.run(
        [tmp_path / "own/bin/python", "-c", "import tiny; print(tiny.WORD)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert word.stdout == "installed\n"
    # What it cannot install it says, after pip's own words.
    (tmp_path / "requirements.txt").write_text("./no-such-package\n")
    with pytest.raises(grpc.RpcError, match=r"-r \S+requirements.txt' failed with exit code 1"):
        host.install(program(tmp_path, virtualenv="own"))


def test_install_leaves_the_python_on_path_alone(host: HostClient, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("./no-such-package\n")
    told = host.install(program(tmp_path))
    assert "names no virtual environment" in told


def test_about_and_install_through_the_engine(make_project: MakeProject) -> None:
    project = make_project("import pulumi\n")
    about = json.loads(project.run("about", "--json"))
    assert {"name": "gcp", "version": importlib.metadata.version("pulumi-gcp")}.items() <= next(
        plugin for plugin in about["plugins"] if plugin["name"] == "gcp"
    ).items()
    assert about["runtime"]["language"] == "python"
    assert about["runtime"]["version"] == ".".join(map(str, sys.version_info[:3]))

"""Manifests in files: the provider reads them from the program's folder."""

from pathlib import Path

import pytest

from rehearsal.session import temporary
from tests.rehearsal.inline import pulumi

PROGRAM = """
from pulumi_kubernetes.yaml.v2 import ConfigGroup
ConfigGroup("all", files=["manifests/*.yaml"])
"""
MANIFEST = "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}}"


def test_a_pattern_is_relative_to_the_programs_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("{name: files, runtime: python}", "utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, "utf-8")
    # A program's modules may have any name; the rehearsal in its folder must not take them for its own.
    (tmp_path / "yaml.py").write_text("raise RuntimeError", "utf-8")
    (tmp_path / "manifests").mkdir()
    for name in ("one", "two"):
        (tmp_path / "manifests" / f"{name}.yaml").write_text(MANIFEST % name, "utf-8")
    monkeypatch.chdir(tmp_path)
    with temporary() as session:
        assert pulumi(["stack", "init", "dev"], tmp_path, session.env).returncode == 0
        (tmp_path / "yaml.py").rename(tmp_path / "other.py")
        done = pulumi(["preview", "-s", "dev"], tmp_path, session.env, inline=True)
    assert done.returncode == 0, done.stdout
    for name in ("one", "two"):
        assert f"kubernetes:core/v1:ConfigMap all:{name}" in done.stdout

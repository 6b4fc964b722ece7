"""The life of every stack by the commands that a person types: up, up again, changed, destroyed, released.

Its isolation is proven on the way: over the plan, over what stands, and over a plan that changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from isolation.exports import parse
from isolation.proof import prove
from isolation.table import question
from isolation.verdicts import Outcome, Report
from rehearsal.model import Existing
from rehearsal.record import CloudRecord
from rehearsal.session import Session
from stacks.proof import data_of_file
from tests.engine.conftest import Typed, one_line, processes_of
from tools import commands
from tools.clusters import REAL, SHAPE, Asked, choose, users
from tools.commands import PLAIN
from tools.proofs import of_preview
from tools.servers import lacking
from tools.stack import ROOT, Stack, report_file, stack_settings
from tools.summary import resources_by_component

STACKS = ("gcp-dev", "gcp-prod", "aws-dev", "aws-prod", "azure-dev", "azure-prod")
# What no teardown lets go, because the cloud does not.
KEYS = {"gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey"}
VAULTS = {"azure-native:keyvault:Vault", "azure-native:keyvault:Key"}
KEPT_FOR_GOOD = {
    "gcp-dev": KEYS,
    "gcp-prod": KEYS | {"gcp:logging/projectBucketConfig:ProjectBucketConfig"},
    "aws-dev": set[str](),
    "aws-prod": set[str](),
    "azure-dev": VAULTS,
    "azure-prod": VAULTS,
}
# What is protected: in production also what cannot be made again, and the clusters.
KEPT = {
    "gcp-dev": KEYS,
    "gcp-prod": KEPT_FOR_GOOD["gcp-prod"]
    | {
        "gcp:artifactregistry/repository:Repository",
        "gcp:certificateauthority/authority:Authority",
        "gcp:container/cluster:Cluster",
        "gcp:storage/bucket:Bucket",
    },
    "aws-dev": {"aws:kms/key:Key"},
    "aws-prod": {
        "aws:acmpca/certificateAuthority:CertificateAuthority",
        "aws:cognito/userPool:UserPool",
        "aws:ecr/repository:Repository",
        "aws:eks/cluster:Cluster",
        "aws:kms/key:Key",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:s3/bucket:Bucket",
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
    },
    "azure-dev": VAULTS,
    "azure-prod": VAULTS
    | {
        "azure-native:containerregistry:Registry",
        "azure-native:containerservice:ManagedCluster",
        "azure-native:network:ApplicationGateway",
        "azure-native:network:PublicIPAddress",
        "azure-native:operationalinsights:Workspace",
        "azure-native:resources:ResourceGroup",
        "azure-native:storage:BlobContainer",
        "azure-native:storage:StorageAccount",
    },
}
# A stack in production has one for training and one for inference.
CLUSTERS = 2
# More nodes: the pool itself, and what the cluster's queue and quota give out.
QUEUED = {"kubernetes:core/v1:ResourceQuota", "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue"}
MORE_NODES = {
    "gcp": QUEUED | {"gcp:container/nodePool:NodePool"},
    "aws": QUEUED | {"aws:eks/nodeGroup:NodeGroup"},
    "azure": QUEUED | {"azure-native:containerservice:AgentPool"},
}


def cloud_of(stack: str) -> str:
    return stack.partition("-")[0]


def standing(folder: Path) -> Sequence[Existing]:
    record = CloudRecord(folder / "record.sqlite")
    found = record.find()
    record.close()
    return found


@pytest.mark.parametrize("stack", [name for name in STACKS if name.endswith("-dev")])
def test_the_life_of_a_stack_in_development(stack: str, typed: Typed, tmp_path: Path) -> None:
    planned = planned_proof(stack, tmp_path, {"create"})
    assert not standing(tmp_path), "a preview creates nothing"
    printed = assert_it_comes_up(stack, typed, tmp_path)
    proven = proof_of_what_stands(stack, tmp_path)
    assert verdicts(planned) == verdicts(proven)
    again = planned_proof(stack, tmp_path, {"same"})
    assert verdicts(again) == verdicts(proven), "a preview of what stands says the same"
    if stack == "gcp-dev":
        assert_readme_shows(printed)
        assert_it_stays_as_it_is(stack, typed)
    assert_it_comes_down(stack, typed, tmp_path)


@pytest.mark.parametrize("stack", [name for name in STACKS if name.endswith("-prod")])
def test_the_life_of_a_stack_in_production(stack: str, typed: Typed, tmp_path: Path) -> None:
    """With real API servers where there can be any: each holds every object, and none outlives a command.

    Only what was asked for changes, which also says that an update without a change has none. The first
    preview finds nothing, so every claim is proven then (`isolation-claims-hold`), as over what stands.
    """
    asked = Asked(SHAPE if lacking() else REAL)
    servers = choose(asked, print).servers
    printed = assert_it_comes_up(stack, typed, tmp_path, asked)
    if servers:
        stored = re.findall(rf"kube-apiserver {servers.version} stores (\d+) of (\d+) objects", printed)
        assert len(stored) == CLUSTERS
        assert all(held == all_ != "0" for held, all_ in stored), stored
    assert processes_of(tmp_path) == []
    proven = proof_of_what_stands(stack, tmp_path)
    with Session(tmp_path, servers=servers, users=users(stack_settings(stack))) as session:
        changed = assert_a_change_is_made_in_place(Stack(stack, session), tmp_path)
    assert verdicts(changed) == verdicts(proven), "a preview over what stands says the same"
    assert_it_comes_down(stack, typed, tmp_path, asked)
    assert processes_of(tmp_path) == []
    assert not (tmp_path / "clusters").exists()


def assert_it_comes_up(stack: str, typed: Typed, folder: Path, asked: Asked = PLAIN) -> str:
    """What `make up` prints."""
    printed = typed(lambda: commands.up(stack, asked))
    assert "passed: " in printed
    assert " proven, 0 violated, 0 unproven" in printed
    assert "What a rehearsal cannot tell" in printed
    assert_nothing_is_found(stack, folder)
    with Session(folder) as session:
        assert_state_and_record_agree(Stack(stack, session), session)
    return printed


def assert_it_comes_down(stack: str, typed: Typed, folder: Path, asked: Asked = PLAIN) -> None:
    destroyed = typed(lambda: commands.destroy(stack, asked))
    with Session(folder) as session:
        assert protected_types(Stack(stack, session)) == KEPT[stack], destroyed
    assert f"make release STACK={stack}" in destroyed
    assert "not kept by design" not in destroyed

    reason = "The test is over, nothing is kept."
    released = typed(lambda: commands.release(stack, "owner@example.com", reason, asked))
    assert {each.type for each in standing(folder)} == KEPT_FOR_GOOD[stack], released
    assert "not kept by design" not in released


def assert_readme_shows(printed: str) -> None:
    """What README says `make up` ends with is what it prints; three dots stand for more of the same."""
    shown = (ROOT / "README.md").read_text(encoding="utf-8").partition("`make up` ends with what stands:")[2]
    for line in shown.split("```")[1].strip().splitlines():
        assert line.partition("...")[0].rstrip() in printed


def assert_it_stays_as_it_is(stack: str, typed: Typed) -> None:
    again = one_line(typed(lambda: commands.up(stack)))
    assert " created" not in again.partition("2/2 up")[2].partition("Duration")[0]


def planned_proof(name: str, folder: Path, steps: set[str]) -> Report:
    """The proof over a preview that does nothing but `steps`, apart from reading."""
    with Session(folder) as session:
        stack = Stack(name, session)
        stack.configure(stack_settings(name))
        told = stack.run("preview", "--json", "--show-sames", capture=True).stdout
    planned: dict[str, Any] = json.loads(told[told.index("{") :])
    assert {step["op"] for step in planned["steps"]} - {"read"} == steps, planned["changeSummary"]
    return of_preview(name, told, folder / "isolation")


def proof_of_what_stands(name: str, folder: Path) -> Report:
    with Session(folder) as session:
        state = Stack(name, session).export()
    report = prove(parse(state), question(data_of_file(stack_settings(name))))
    assert {one.outcome for one in report.verdicts} == {Outcome.PROVEN}
    return report


def verdicts(report: Report) -> Mapping[str, str]:
    return {one.claim.name: one.outcome.value for one in report.verdicts}


def protected_types(stack: Stack) -> set[str]:
    return {each["type"] for each in stack.export()["deployment"]["resources"] if each.get("protect")}


def assert_nothing_is_found(stack: str, folder: Path) -> None:
    report = json.loads(report_file(folder, stack).read_text())
    assert report["summary"]["result"] == "passed"
    assert not report["findings"], "neither a breach nor an advisory is left unexplained"


def assert_state_and_record_agree(stack: Stack, session: Session) -> None:
    """Whatever the engine believes to exist does exist, and nothing else."""
    deployment = stack.export()
    believed: set[tuple[str, str]] = {
        (r["type"], r["id"])
        for r in deployment["deployment"]["resources"]
        if r.get("custom") and not r["type"].startswith("pulumi:") and not r.get("external")
    }
    assert believed == {(existing.type, existing.id) for existing in session.record.find()}
    components = {name.split()[0] for name in resources_by_component(deployment)}
    assert {"Keys", "Network", "Identities", "Stores", "TrainingCluster"} <= components


def assert_a_change_is_made_in_place(stack: Stack, folder: Path) -> Report:
    """The proof over the plan of the change, in which most stays as it is."""
    settings = stack_settings(stack.name)
    settings["config"]["palisade:training"]["nodes"]["max"] += 1
    stack.configure(settings)
    done = stack.run("preview", "--json", "--show-sames", capture=True)
    assert done.returncode == 0, done.stdout
    planned: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    assert set(planned["changeSummary"]) == {"same", "update"}, planned["changeSummary"]
    changing = {
        step["urn"].rsplit("::", 2)[1].rsplit("$", 1)[-1]
        for step in planned["steps"]
        if step["op"] == "update"
    }
    assert changing == MORE_NODES[cloud_of(stack.name)]
    changed = stack.up(capture=True)
    assert changed.returncode == 0, changed.stdout
    return of_preview(stack.name, done.stdout, folder / "isolation")

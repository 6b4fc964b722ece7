"""What the servers of a run hold at its end: each object of the record is asked for by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lightkube.config.kubeconfig import KubeConfig

from rehearsal.kubernetes import kinds
from rehearsal.kubernetes.real import wire
from rehearsal.kubernetes.real.api import Api, UnknownKind
from rehearsal.kubernetes.real.report import ClusterReport, read
from rehearsal.model import Existing


def lines(objects: Sequence[Existing], folder: Path) -> tuple[list[str], list[str]]:
    """Lines for a person about each cluster, and the objects that no server holds."""
    told: list[str] = []
    missing: list[str] = []
    reports = read(folder)
    for realm in dict.fromkeys([*reports, *(each.realm for each in objects)]):
        own = [each for each in objects if each.realm == realm]
        report = reports.get(realm)
        if report is None:
            absent = [f"{each.type} {each.id}: its cluster was never started" for each in own]
        else:
            absent = absentees(own, report)
            told += _about(report, len(own) - len(absent), len(own))
        missing += absent
    return [*told, *(f"  NOT STORED: {each}" for each in missing)], missing


def absentees(objects: Sequence[Existing], report: ClusterReport) -> list[str]:
    """Those of a cluster's objects that its server does not hold, asked now."""
    api = Api(KubeConfig.from_file(report.kubeconfig))
    try:
        return [_named(each, report) for each in objects if not _is_stored(api, each)]
    finally:
        api.close()


def _is_stored(api: Api, existing: Existing) -> bool:
    kind = kinds.parse(existing.type)
    assert kind is not None
    try:
        return api.get(wire.reference(kind, existing.id)) is not None
    except UnknownKind:
        return False


def _named(existing: Existing, report: ClusterReport) -> str:
    name = f"{existing.type} {existing.id}"
    return next((refused for refused in report.refused if refused.startswith(f"{name}:")), name)


def _about(report: ClusterReport, stored: int, count: int) -> list[str]:
    told = [f"  {report.name}: kube-apiserver {report.version} stores {stored} of {count} objects"]
    told += [f"    restored from earlier runs: {report.restored}"] if report.restored else []
    told += [f"    judged by dry run in the preview: {report.dry_runs}"] if report.dry_runs else []
    told += [f"    definitions of {group}: {origin}" for group, origin in sorted(report.definitions.items())]
    told += [f"    rendered release: {release}" for release in sorted(set(report.rendered))]
    names = ", ".join(sorted(report.not_rendered))
    told += [f"    releases not rendered (no chart or no helm here): {names}"] if names else []
    return told

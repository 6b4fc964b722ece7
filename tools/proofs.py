"""The isolation proof of a rehearsed stack: over its plan, or over what stands; as text and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from isolation.asked import stack_file_data
from isolation.exports import Unreadable, parse
from isolation.page import render
from isolation.proof import prove
from isolation.report import lines
from isolation.resources import Graph
from isolation.table import question
from isolation.verdicts import Outcome, Report
from tools.stack import ROOT

__all__ = ["Unreadable", "in_short", "of_preview", "of_state", "printed"]


def of_state(name: str, state: Mapping[str, Any], folder: Path) -> Report:
    """The proof over an exported state; its page is left in `folder`."""
    return _proved(name, parse(state), folder)


def of_preview(name: str, text: str, folder: Path) -> Report:
    """The proof over what `pulumi preview --json` prints; plan and page are left in `folder`.

    Raises:
        Unreadable: the preview failed, so its output is no plan.
    """
    start = text.find("{")
    try:
        plan = json.JSONDecoder().raw_decode(text[max(start, 0) :])[0]
    except json.JSONDecodeError:
        raise Unreadable("the preview printed no plan") from None
    report = _proved(name, parse(plan), folder)
    (folder / f"{name}.json").write_text(json.dumps(plan), encoding="utf-8")
    return report


def printed(report: Report, name: str, folder: Path) -> Iterator[str]:
    """What `make isolation` prints; the last line is `N proven, N violated, N unproven`."""
    *told, summary = lines(report)
    yield from told
    yield f"Page: {_near(folder / f'{name}.html')}"
    yield f"Plan: {_near(folder / f'{name}.json')}"
    yield summary


def in_short(report: Report, name: str, folder: Path) -> list[str]:
    """What `make up` prints: the sums, what is not proven, and where the page is.

    A plan that is not modelled at all leaves every claim unproven for one reason, which is told once.
    """
    page = f"  page: {_near(folder / f'{name}.html')}"
    reasons = {(one.outcome, one.missing) for one in report.verdicts}
    if len(reasons) == 1 and len(report.of(Outcome.UNPROVEN)) == len(report.verdicts):
        [(_, missing)] = reasons
        return [f"  {report.summary}", *(f"  {each}" for each in missing), page]
    told = [
        f"  {one.outcome.value}: {one.claim}" for one in report.verdicts if one.outcome is not Outcome.PROVEN
    ]
    return [f"  {report.summary}", *told, page]


def _proved(name: str, graph: Graph, folder: Path) -> Report:
    data = stack_file_data(ROOT / "stacks" / f"Pulumi.{name}.yaml")
    report = prove(graph, question(data))
    folder.mkdir(parents=True, exist_ok=True)
    page = render(report, f"Isolation of {name}", f"Claims of stacks/Pulumi.{name}.yaml")
    (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return report


def _near(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

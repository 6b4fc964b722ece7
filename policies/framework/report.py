"""The account of a run as data: every rule, every resource, every verdict, and what nobody looked at.

The file is replaced as a whole, so a reader never sees half of it. `complete` is false until the stack pass
has run: an account that is not complete proves nothing. What a rule does not apply to is listed as such, and
resource types that no rule knows are listed too. `seconds`, how long rules about the stack took,
is all that differs between two runs.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from policies.framework.rule import Severity, names
from policies.framework.session import Session
from policies.framework.verdict import BREACHES, Outcome, Verdict

FORMAT = 1


def account(session: Session) -> dict[str, Any]:
    """The account as plain data, in a stable order."""
    verdicts = [verdict for found in session.verdicts.values() for verdict in found]
    blocking = [v for v in verdicts if v.outcome in BREACHES and v.level is Severity.MANDATORY]
    rules = _rules(session, verdicts)
    applied = sum(rule["result"] != Outcome.NOT_APPLICABLE for rule in rules)
    return {
        "format": FORMAT,
        "complete": session.complete,
        "run": _run(session),
        "summary": {
            "rules": len(rules),
            "applied": applied,
            "resources": len(session.seen),
            "outcomes": dict(sorted(Counter(verdict.outcome.value for verdict in verdicts).items())),
            "blocking": len(blocking),
            "result": _result(session.complete, bool(blocking)),
        },
        "rules": rules,
        "resources": _resources(session),
        "findings": [_finding(v) for v in verdicts if v.outcome in BREACHES or v.outcome is Outcome.EXEMPTED],
        "types_not_judged": sorted(_without_rules(session)),
        "seconds": {rule: round(spent, 3) for rule, spent in sorted(session.seconds.items())},
    }


def write(session: Session, path: Path) -> None:
    """Write the account as JSON, replacing the file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_text(json.dumps(account(session), indent=1), encoding="utf-8")
    draft.replace(path)


def _result(complete: bool, blocked: bool) -> str:
    if blocked:
        return "refused"
    return "passed" if complete else "incomplete"


def _run(session: Session) -> dict[str, Any]:
    situation = session.situation
    modes = {True: "preview", False: "update", None: "state"}
    return {
        "project": situation.project,
        "stack": situation.stack,
        "mode": modes[situation.preview],
        "environment": situation.environment,
        "phase": situation.phase.value,
        "assumed": list(situation.assumed),
        "day": session.today.isoformat(),
    }


def _rules(session: Session, verdicts: list[Verdict]) -> list[dict[str, Any]]:
    by_rule: dict[str, list[Verdict]] = {rule: [] for rule in session.catalogue.rules}
    for verdict in verdicts:
        by_rule.setdefault(verdict.rule, []).append(verdict)
    worst = list(Outcome)
    return [
        {
            "id": rule,
            "level": _level(session, rule, found),
            "result": max(
                (v.outcome for v in found), key=worst.index, default=_of_nothing(session, rule)
            ).value,
            "outcomes": dict(sorted(Counter(v.outcome.value for v in found).items())),
        }
        for rule, found in sorted(by_rule.items())
    ]


def _of_nothing(session: Session, rule: str) -> Outcome:
    """The result of a rule that met no resource: kept, where that is what it asks for."""
    record = session.catalogue.rules.get(rule)
    kept = record is not None and record.forbids and session.complete
    return Outcome.PASSED if kept else Outcome.NOT_APPLICABLE


def _level(session: Session, rule: str, found: list[Verdict]) -> str:
    record = session.catalogue.rules.get(rule)
    if record is None:
        return found[0].level.value
    return record.level(session.situation.phase, session.situation.raised).value


def _resources(session: Session) -> list[dict[str, Any]]:
    worst = list(Outcome)
    found: list[dict[str, Any]] = []
    for urn in sorted({*session.seen, *filter(None, session.verdicts)}):
        results: dict[str, Outcome] = {}
        for verdict in session.verdicts.get(urn, ()):
            before = results.get(verdict.rule, verdict.outcome)
            results[verdict.rule] = max(before, verdict.outcome, key=worst.index)
        found.append(
            {"urn": urn, "rules": {rule: outcome.value for rule, outcome in sorted(results.items())}}
        )
    return found


def _finding(verdict: Verdict) -> dict[str, Any]:
    return {
        "rule": verdict.rule,
        "urn": verdict.urn,
        "outcome": verdict.outcome.value,
        "level": verdict.level.value,
        "problem": verdict.problem,
        "remedy": verdict.remedy,
        "note": verdict.note,
    }


def _without_rules(session: Session) -> set[str]:
    known = {type_ for check in session.catalogue.checks for type_ in check.types}
    return {resource.type for resource in session.seen.values() if not names(known, resource.type)}

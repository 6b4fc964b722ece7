"""What a run of the pack proves of each framework's controls, as data; `evidence_page` shows it to people.

For each control: the rules that are evidence for it, what each said about each resource, and what a person
must do. Nothing is rounded up: a rule that met no resource is `not applicable`, an unknown value `unproven`,
an exemption stands with its reason, owner and expiry, and a run that did not finish proves nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from policies.evidence_page import render
from policies.framework import catalogue, controls, exemptions
from policies.framework.controls import Control, Framework
from policies.framework.exemptions import Exemption
from policies.framework.rule import Rule
from policies.framework.verdict import Outcome

FORMAT = 1
MANUAL = "manual"
NOT_JUDGED = "not judged"
# The worst last, as in `Outcome`; what was not judged is worse than an exemption and no breach.
ORDER = ("not applicable", "passed", "exempted", NOT_JUDGED, "unproven", "violated", "failed")
EXEMPTIONS = Path(__file__).with_name("exemptions.yaml")


def evidence(
    report: Mapping[str, Any],
    frameworks: Mapping[str, Framework],
    rules: Mapping[str, Rule],
    in_scope: Collection[str],
    exempted: Sequence[Exemption] = (),
) -> dict[str, Any]:
    """The evidence as plain data.

    Args:
        report: the account of a run (`policies.framework.report.account`).
        frameworks: every framework (`controls.load`), by id.
        in_scope: ids of those that the stack file names; the others are only listed.
        exempted: the exemptions in force, which give an applied one its owner and expiry as fields.
    """
    judged = {rule: _judged(rule, record, report, exempted) for rule, record in rules.items()}
    told = [_framework(each, judged, each.id in in_scope) for each in frameworks.values()]
    return {
        "format": FORMAT,
        "run": report["run"],
        "complete": report["complete"],
        "result": report["summary"]["result"],
        "resources": report["summary"]["resources"],
        "exemptions": [_exempted(each, exempted) for each in report["findings"] if _is_exempted(each)],
        "house": [each for each in report["findings"] if each["rule"] not in rules],
        "types_not_judged": report["types_not_judged"],
        "frameworks": told,
        "rules": judged,
    }


def usable(report: Path) -> bool:
    """Whether there is a report, and the pack that wrote it had the rules and the format of today."""
    if not report.is_file():
        return False
    account: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    judged = {rule["id"] for rule in account["rules"]}
    return "types_not_judged" in account and judged.issuperset(catalogue.load().rules)


def write(stack: str, report: Path, in_scope: Collection[str], folder: Path) -> str:
    """Write `<stack>.json` and `<stack>.html` from a report's file. Returns the line for the terminal."""
    known = catalogue.load().rules
    told = evidence(
        json.loads(report.read_text(encoding="utf-8")),
        controls.load(known),
        known,
        in_scope,
        exemptions.load(EXEMPTIONS, known),
    )
    # The report names its day only; its file tells the time.
    judged = datetime.fromtimestamp(report.stat().st_mtime, UTC)
    told["judged_at"] = judged.isoformat(timespec="seconds")
    told["made_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    folder.mkdir(parents=True, exist_ok=True)
    data, page = folder / f"{stack}.json", folder / f"{stack}.html"
    data.write_text(json.dumps(told, indent=1), encoding="utf-8")
    page.write_text(render(told), encoding="utf-8")
    counts = Counter(
        control["result"] for each in told["frameworks"] if each["in_scope"] for control in each["controls"]
    )
    said = ", ".join(f"{count} {result}" for result, count in sorted(counts.items()))
    scope = ", ".join(each["name"] for each in told["frameworks"] if each["in_scope"]) or "no framework"
    return f"{page} and {data.name}: {scope}: {said or 'no control'}"


def _framework(framework: Framework, judged: Mapping[str, Any], in_scope: bool) -> dict[str, Any]:
    listed = [_control(control, judged) for control in framework.controls.values()]
    return {
        "id": framework.id,
        "name": framework.name,
        "source": framework.source,
        "in_scope": in_scope,
        "results": dict(sorted(Counter(control["result"] for control in listed).items())),
        "controls": listed,
    }


def _control(control: Control, judged: Mapping[str, Any]) -> dict[str, Any]:
    results = [judged[rule]["result"] for rule in control.rules]
    return {
        "id": control.id,
        "title": control.title,
        "kind": control.kind,
        "result": max(results, key=ORDER.index, default=MANUAL),
        "rules": list(control.rules),
        "manual": control.manual,
    }


def _judged(id_: str, rule: Rule, report: Mapping[str, Any], exempted: Sequence[Exemption]) -> dict[str, Any]:
    """What one rule said; its passes count only when the run was finished."""
    account = next((each for each in report["rules"] if each["id"] == id_), None)
    result = account["result"] if account else NOT_JUDGED
    if not report["complete"] and result in {Outcome.PASSED, Outcome.NOT_APPLICABLE}:
        result = NOT_JUDGED
    findings = [each for each in report["findings"] if each["rule"] == id_]
    return {
        "title": rule.title,
        "remedy": rule.remedy,
        "level": account["level"] if account else rule.severity.value,
        "result": result,
        "resources": {
            each["urn"]: each["rules"][id_] for each in report["resources"] if id_ in each["rules"]
        },
        "findings": [each for each in findings if not _is_exempted(each)],
        "exemptions": [_exempted(each, exempted) for each in findings if _is_exempted(each)],
    }


def _is_exempted(finding: Mapping[str, Any]) -> bool:
    return finding["outcome"] == Outcome.EXEMPTED


def _exempted(finding: Mapping[str, Any], exempted: Sequence[Exemption]) -> dict[str, Any]:
    """An exempted finding; the fields of its entry stay empty where a teardown waives the rule."""
    entry = next(
        (
            each
            for each in exempted
            if each.covers(finding["rule"], finding["urn"]) and each.sentence == finding["note"]
        ),
        None,
    )
    return {
        "rule": finding["rule"],
        "urn": finding["urn"],
        "problem": finding["problem"],
        "note": finding["note"],
        "reason": entry.reason if entry else "",
        "owner": entry.owner if entry else "",
        "expires": entry.expires.isoformat() if entry else "",
    }

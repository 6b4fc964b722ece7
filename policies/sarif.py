"""`python -m policies.sarif REPORT.json` prints a run's account as SARIF 2.1.0, for code-scanning services.

A resource of a plan has no line in a file, so results carry logical locations: the URN. Exempted findings are
results with a suppression, so that they stay visible.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.framework.catalogue import Catalogue, load
from policies.framework.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"mandatory": "error", "advisory": "warning"}


def sarif(account: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """The account (`policies.framework.report.account`) as one SARIF run."""
    findings: list[Mapping[str, Any]] = account["findings"]
    # The pack's own rules are in no catalogue; SARIF wants every rule that has a result.
    own = sorted({finding["rule"] for finding in findings} - set(catalogue.rules))
    rules = [*map(_rule, catalogue.rules.values()), *({"id": rule} for rule in own)]
    run = {
        "tool": {"driver": {"name": "palisade", "rules": rules}},
        "invocations": [{"executionSuccessful": account["complete"], "properties": dict(account["run"])}],
        "results": [_result(finding) for finding in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    controls = [f"{framework}:{control}" for framework, ids in rule.controls.items() for control in ids]
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.remedy}."},
        "defaultConfiguration": {"level": LEVELS[rule.severity.value]},
        "properties": {"tags": [rule.concern, *controls]},
    }


def _result(finding: Mapping[str, Any]) -> dict[str, Any]:
    remedy = f" Remedy: {finding['remedy'].rstrip('.')}." if finding["remedy"] else ""
    result: dict[str, Any] = {
        "ruleId": finding["rule"],
        "level": LEVELS[finding["level"]],
        "message": {"text": f"{finding['problem']}.{remedy}"},
        "properties": {"outcome": finding["outcome"]},
    }
    if finding["urn"]:
        result["locations"] = [
            {"logicalLocations": [{"fullyQualifiedName": finding["urn"], "kind": "resource"}]}
        ]
    if finding["outcome"] == "exempted":
        result["suppressions"] = [{"kind": "external", "justification": finding["note"]}]
    return result


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        sys.exit("write the report of a run, made with PALISADE_POLICY_REPORT: python -m policies.sarif FILE")
    account = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    print(json.dumps(sarif(account, load()), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])

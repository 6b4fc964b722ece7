"""The evidence says what the run said: data against a real run of the pack, the page by parsing it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from policies.evidence import evidence, usable, write
from policies.evidence_page import render
from policies.framework import catalogue, controls, report
from policies.framework.exemptions import Exemption
from policies.framework.harness import Given, run
from policies.framework.situation import Situation
from policies.framework.values import UNKNOWN

RULES = catalogue.load()
BUCKET = "gcp:storage/bucket:Bucket"
RULE = "buckets-refuse-public-access"
HOSTILE = "<script>alert('$title')</script>"
GIVEN = (
    Given(BUCKET, "good", {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": True}),
    Given(BUCKET, "open", {"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": UNKNOWN}),
)
EXEMPTION = Exemption(RULE, "*::open", HOSTILE, "data@example.com", date(2027, 1, 31))
SITUATION = Situation(preview=True, project="palisade", stack="test", frameworks=("iso27001",))


def _report(*, complete: bool = True) -> dict[str, Any]:
    session = run(GIVEN, RULES, SITUATION, (EXEMPTION,), date(2026, 11, 23)).session
    session.complete = complete
    return report.account(session)


def _evidence(account: dict[str, Any]) -> dict[str, Any]:
    return evidence(account, controls.load(RULES.rules), RULES.rules, ("iso27001",), (EXEMPTION,))


def _control(told: dict[str, Any], id_: str) -> dict[str, Any]:
    return next(each for each in _listed(told) if each["id"] == id_)


def _listed(told: dict[str, Any]) -> list[dict[str, Any]]:
    return next(each["controls"] for each in told["frameworks"] if each["id"] == "iso27001")


def test_every_result_is_the_runs_own() -> None:
    account = _report()
    told = _evidence(account)
    said = {each["id"]: each["result"] for each in account["rules"]}
    assert {id_: rule["result"] for id_, rule in told["rules"].items()} == {
        id_: result for id_, result in said.items() if id_ in RULES.rules
    }
    assert set(said.values()) >= {"not applicable", "exempted", "unproven", "violated"}
    assert told["rules"][RULE]["resources"] == {GIVEN[0].urn: "passed", GIVEN[1].urn: "exempted"}
    (control,) = [each for each in _listed(told) if each["id"] == "A.5.1"]
    assert (control["result"], control["rules"]) == ("manual", [])
    assert _control(told, "A.8.3")["result"] == "unproven"
    assert _control(told, "A.8.14")["result"] == "not applicable"


def test_an_exemption_has_its_reason_owner_and_expiry() -> None:
    (exemption,) = _evidence(_report())["exemptions"]
    assert (exemption["rule"], exemption["urn"]) == (RULE, GIVEN[1].urn)
    wanted = (EXEMPTION.reason, EXEMPTION.owner, "2027-01-31")
    assert (exemption["reason"], exemption["owner"], exemption["expires"]) == wanted


def test_a_run_that_did_not_finish_passes_nothing() -> None:
    results = {rule["result"] for rule in _evidence(_report(complete=False))["rules"].values()}
    assert "not judged" in results
    assert not results & {"passed", "not applicable"}


def test_a_rule_that_the_report_does_not_know_is_not_judged() -> None:
    new = replace(RULES.rules[RULE], id="buckets-are-new")
    rules = {**RULES.rules, new.id: new}
    told = evidence(_report(), controls.load(rules), rules, ("iso27001",))
    assert told["rules"][new.id]["result"] == "not judged"


def test_a_report_of_other_rules_or_none_is_not_used(tmp_path: Path) -> None:
    file, account = tmp_path / "test.policies.json", _report()
    assert not usable(file)
    file.write_text(json.dumps(account), encoding="utf-8")
    assert usable(file)
    account["rules"] = [each for each in account["rules"] if each["id"] != RULE]
    file.write_text(json.dumps(account), encoding="utf-8")
    assert not usable(file)


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_holds_every_control_in_scope_and_nothing_from_outside() -> None:
    text = render(_evidence(_report()))
    page = _Page(text)
    assert page.open == []
    assert [attributes["data-framework"] for tag, attributes in page.tags if tag == "section"] == ["iso27001"]
    assert sum(tag == "tr" and "data-result" in attributes for tag, attributes in page.tags) == 93
    said = "".join(page.text)
    assert "Out of scope by the stack file: GDPR, HIPAA (45 CFR)." in said
    assert f"Reason: {HOSTILE}. Owner: data@example.com. Expires: 2027-01-31" in said
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert not [tag for tag, attributes in page.tags if "src" in attributes or "href" in attributes]
    assert not re.search(r"url\(|@import|https?://", text)


def test_both_files_are_written(tmp_path: Path) -> None:
    account = tmp_path / "test.policies.json"
    account.write_text(json.dumps(_report()), encoding="utf-8")
    line = write("test", account, ("gdpr", "iso27001"), tmp_path / "evidence")
    told = json.loads((tmp_path / "evidence" / "test.json").read_text(encoding="utf-8"))
    assert [each["id"] for each in told["frameworks"] if each["in_scope"]] == ["gdpr", "iso27001"]
    assert (tmp_path / "evidence" / "test.html").read_text(encoding="utf-8") == render(told)
    manual = sum(each["results"]["manual"] for each in told["frameworks"] if each["in_scope"])
    assert f"{manual} manual" in line


def test_the_filter_works_in_a_browser(tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("there is no chromium on this machine to run the page's filter in")
    choose = "result.value = 'manual'; show();"
    page = tmp_path / "page.html"
    page.write_text(render(_evidence(_report())).replace("</script>\n</body>", f"{choose}</script></body>"))
    flags = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'home'}")
    command = [browser, *flags, "--dump-dom", page.as_uri()]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    rows = [
        attributes for tag, attributes in _Page(dumped).tags if tag == "tr" and "data-result" in attributes
    ]
    assert all(("hidden" in row) == (row["data-result"] != "manual") for row in rows)
    assert any("hidden" in row for row in rows)

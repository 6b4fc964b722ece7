"""What a run does with breaches, unknowns, faulty rules, exemptions and phases, by the SDK's servicer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from policies.framework import catalogue, report
from policies.framework.exemptions import Exemption
from policies.framework.expect import must_be, must_refer_to
from policies.framework.harness import From, Given, Secret, Verdict, run
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, Phase, Rule, Severity, check, stack_check
from policies.framework.situation import Situation, Teardown
from policies.framework.values import UNKNOWN
from policies.rules.gcp.encryption import KEY_ID

BUCKET = "gcp:storage/bucket:Bucket"
KEY = "gcp:kms/cryptoKey:CryptoKey"
PREVIEW = Situation(preview=True)
TODAY = date(2026, 11, 23)


@check("a-is-on", BUCKET)
def a_is_on(bucket: Resource) -> Iterator[Finding]:
    yield from must_be(bucket.at("a"), True)


@check("b-is-on", BUCKET)
def b_is_on(bucket: Resource) -> Iterator[Finding]:
    yield from must_be(bucket.at("b"), True)


@check("key-is-set", BUCKET)
def key_is_set(bucket: Resource) -> Iterator[Finding]:
    yield from must_refer_to(bucket.at("key"), KEY, form=KEY_ID)


@check("always-raises", BUCKET)
def always_raises(bucket: Resource) -> Iterator[Finding]:
    yield Finding("found before the fault")
    raise RuntimeError(bucket.at("password").text)


@check("never-applies", BUCKET)
def never_applies(_bucket: Resource) -> Iterator[Finding]:
    raise NotApplicable("for a reason")


@stack_check("one-bucket-at-most", BUCKET)
def one_bucket_at_most(stack: Stack) -> Iterator[Finding]:
    for bucket in list(stack.of_type(BUCKET))[1:]:
        yield Finding(f"{bucket.label} is one too many", urn=bucket.urn)


CHECKS = (a_is_on, b_is_on, key_is_set, always_raises, never_applies, one_bucket_at_most)


def _rules(*ids: str, **changes: object) -> catalogue.Catalogue:
    records = {
        rule: replace(Rule(rule, "test", "t", "w", "Turn it on", Severity.MANDATORY, {}), **changes)  # type: ignore[arg-type]
        for rule in ids
    }
    return catalogue.assemble(records, tuple(found for found in CHECKS if found.rule in ids))


def _bucket(**inputs: object) -> Given:
    return Given(BUCKET, "b", inputs)


def _messages(verdict: Verdict, level: str = "mandatory") -> list[str]:
    return [found.message for found in verdict.diagnostics if found.level == level]


def test_a_breach_names_its_rule_what_is_wrong_and_the_remedy() -> None:
    (message,) = _messages(run([_bucket(a=False)], _rules("a-is-on")))
    assert message.endswith("[a-is-on] Bucket b: a is false, not true. Remedy: Turn it on.")


def test_an_unknown_value_that_nothing_tells_blocks_at_preview() -> None:
    verdict = run([_bucket(a=UNKNOWN)], _rules("a-is-on"))
    (message,) = _messages(verdict)
    assert "a is unknown before the deployment" in message
    assert report.account(verdict.session)["summary"]["outcomes"] == {"unproven": 1}


def test_an_unknown_value_blocks_at_once_during_an_update() -> None:
    verdict = run([_bucket(a=UNKNOWN), Given(BUCKET, "c", {})], _rules("a-is-on"), Situation(preview=False))
    assert len(_messages(verdict)) == 1
    assert not verdict.session.complete


@pytest.mark.parametrize("preview", [True, False, None])
def test_a_reference_to_a_key_of_the_stack_passes_whenever_it_is_asked(preview: bool | None) -> None:
    key = Given(KEY, "k", outputs={"id": "projects/p/locations/l/keyRings/r/cryptoKeys/k"})
    assert run([key, _bucket(key=From("k"))], _rules("key-is-set"), Situation(preview=preview)).clean


def test_a_reference_to_something_else_is_unproven() -> None:
    other = Given("gcp:pubsub/topic:Topic", "t")
    assert run([other, _bucket(key=From("t"))], _rules("key-is-set")).blocked


def test_a_rule_that_raises_is_a_breach_of_that_rule_and_the_others_run() -> None:
    verdict = run([_bucket(a=False, password=Secret("hunter2"))], _rules("always-raises", "a-is-on"))
    messages = _messages(verdict)
    assert [message.partition("] ")[0].rpartition("[")[2] for message in messages] == [
        "a-is-on",
        "always-raises",
        "always-raises",
    ]
    assert "found before the fault" in messages[1]
    assert "the rule itself failed (RuntimeError at test_session.py:" in messages[2]
    assert not any("hunter2" in message for message in messages)


def test_a_resource_that_two_rules_judge_waits_for_one_only() -> None:
    verdict = run([_bucket(a=False, b=UNKNOWN)], _rules("a-is-on", "b-is-on"))
    assert [message.count("[a-is-on]") for message in _messages(verdict)] == [1, 0]


def test_what_does_not_apply_is_said_so() -> None:
    verdict = run([_bucket()], _rules("never-applies"))
    assert verdict.clean
    account = report.account(verdict.session)
    assert account["rules"][0]["result"] == "not applicable"
    assert account["summary"]["applied"] == 0


def test_a_rule_that_forbids_is_kept_by_a_stack_without_its_types() -> None:
    account = report.account(run([Given("gcp:made/up:Thing", "x")], _rules("a-is-on", forbids=True)).session)
    assert account["rules"][0]["result"] == "passed"


def test_a_stack_rule_blames_the_resource_it_means() -> None:
    verdict = run([_bucket(), Given(BUCKET, "second")], _rules("one-bucket-at-most"))
    assert [found.urn for found in verdict.diagnostics] == [Given(BUCKET, "second").urn]
    results = {entry["urn"]: entry["rules"] for entry in report.account(verdict.session)["resources"]}
    assert results[_bucket().urn] == {"one-bucket-at-most": "passed"}


def _exemption(**changes: object) -> Exemption:
    made = Exemption("a-is-on", "*::b", "a test", "owner@example.com", date(2027, 1, 31))
    return replace(made, **changes)  # type: ignore[arg-type]


def test_an_exemption_applies_and_is_printed() -> None:
    verdict = run([_bucket(a=False)], _rules("a-is-on"), PREVIEW, (_exemption(),), TODAY)
    assert not verdict.blocked
    (message,) = _messages(verdict, "advisory")
    assert "exempted until 2027-01-31 by owner@example.com: a test" in message


def test_an_exemption_holds_for_unproven_values_too() -> None:
    verdict = run([_bucket(a=UNKNOWN)], _rules("a-is-on"), PREVIEW, (_exemption(),), TODAY)
    assert not verdict.blocked
    assert _messages(verdict, "advisory")


def test_an_expired_exemption_exempts_nothing_and_is_a_breach_itself() -> None:
    expired = _exemption(expires=date(2026, 11, 22))
    messages = _messages(run([_bucket(a=False)], _rules("a-is-on"), PREVIEW, (expired,), TODAY))
    assert ["[a-is-on]" in messages[0], "[exemptions-are-in-force]" in messages[1]] == [True, True]
    # Even where nothing breaks the rule any more.
    assert run([_bucket(a=True)], _rules("a-is-on"), PREVIEW, (expired,), TODAY).blocked


def test_the_last_day_still_counts() -> None:
    last = _exemption(expires=TODAY)
    assert not run([_bucket(a=False)], _rules("a-is-on"), PREVIEW, (last,), TODAY).blocked


def test_an_exemption_that_covers_nothing_is_reported() -> None:
    elsewhere = _exemption(resource="*::another")
    verdict = run([_bucket(a=True)], _rules("a-is-on"), PREVIEW, (elsewhere,), TODAY)
    assert not verdict.blocked
    assert "[exemptions-match-something]" in _messages(verdict, "advisory")[0]


def test_a_phase_raises_a_rule_and_so_does_the_configuration() -> None:
    rules = _rules("a-is-on", severity=Severity.ADVISORY, mandatory_from=Phase.ADVANCED)
    levels = {phase: run([_bucket()], rules, Situation(preview=True, phase=phase)).blocked for phase in Phase}
    assert levels == {Phase.FOUNDATION: False, Phase.ADVANCED: True, Phase.CONTINUOUS: True}
    raised = Situation(preview=True, phase=Phase.FOUNDATION, raised=frozenset({"a-is-on"}))
    assert run([_bucket()], rules, raised).blocked


def test_a_misspelled_rule_in_the_configuration_is_refused() -> None:
    raised = Situation(preview=True, raised=frozenset({"a-is-onn"}))
    (message,) = _messages(run([_bucket(a=True)], _rules("a-is-on"), raised))
    assert "raises 'a-is-onn', which is no rule (did you mean 'a-is-on'?)" in message


def test_an_approved_teardown_waives_what_it_may_and_is_printed() -> None:
    teardown = Situation(preview=True, teardown=Teardown("head@example.com", "the pilot is over"))
    waived = run([_bucket()], _rules("a-is-on", waived_by_teardown=True), teardown)
    assert not waived.blocked
    assert "head@example.com approved: the pilot is over" in _messages(waived, "advisory")[0]
    assert run([_bucket()], _rules("a-is-on"), teardown).blocked


def test_the_account_of_a_refused_run_says_so() -> None:
    verdict = run([_bucket(a=False)], _rules("a-is-on"), PREVIEW)
    account = report.account(verdict.session)
    assert account["complete"] is True
    assert account["summary"]["result"] == "refused"
    assert account["findings"][0]["rule"] == "a-is-on"
    assert account["run"]["mode"] == "preview"


def test_types_that_no_rule_knows_are_listed() -> None:
    verdict = run([Given("gcp:made/up:Thing", "x")], _rules("a-is-on"))
    assert report.account(verdict.session)["types_not_judged"] == ["gcp:made/up:Thing"]


def test_an_account_without_a_stack_pass_proves_nothing() -> None:
    verdict = run([_bucket(a=UNKNOWN)], _rules("a-is-on"), Situation(preview=False))
    verdict.session.verdicts.clear()
    assert report.account(verdict.session)["summary"]["result"] == "incomplete"

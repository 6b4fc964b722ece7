"""What the pack refuses in its own data: records, exemptions, configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.framework import catalogue, exemptions, situation
from policies.framework.rule import Phase, Severity

RECORD = """
bucket-is-blue:
  title: A bucket is blue
  why: Because.
  remedy: Paint it
  severity: mandatory
  controls: {iso27001: [A.8.9]}
"""
EXEMPTION: dict[str, object] = {
    "rule": "bucket-is-blue",
    "resource": "*::scratch",
    "reason": "synthetic data",
    "owner": "data@example.com",
    "expires": "2027-01-31",
}


def _records(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "storage.yaml"
    path.write_text(text, encoding="utf-8")
    return [rule.id for rule in catalogue.records(path)]


def test_a_record_reads(tmp_path: Path) -> None:
    assert _records(tmp_path, RECORD) == ["bucket-is-blue"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("bucket-is-blue:", "BlueBucket:", "kebab case"),
        ("  remedy: Paint it\n", "", "bucket-is-blue.remedy: it is missing"),
        (
            "  remedy:",
            "  remdy: x\n  remedy:",
            "bucket-is-blue.remdy: unknown field (did you mean 'remedy'?)",
        ),
        (
            "iso27001:",
            "iso27002:",
            "controls.iso27002: unknown framework; write one of gdpr, hipaa, iso27001",
        ),
        (
            "severity: mandatory",
            "severity: fatal",
            "severity: 'fatal' is no level; write mandatory or advisory",
        ),
    ],
)
def test_a_bad_record_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(catalogue.BadRules) as refusal:
        _records(tmp_path, RECORD.replace(old, new))
    assert sentence in str(refusal.value)
    assert "storage.yaml" in str(refusal.value)


def test_records_and_checks_must_fit() -> None:
    rules = catalogue.load()
    with pytest.raises(catalogue.BadRules, match=r"grants-are-additive: the record has no check"):
        catalogue.assemble(rules.rules, tuple(c for c in rules.checks if c.rule != "grants-are-additive"))
    without = {id_: rule for id_, rule in rules.rules.items() if id_ != "grants-are-additive"}
    with pytest.raises(catalogue.BadRules, match=r"decides 'grants-are-additive', which has no record"):
        catalogue.assemble(without, rules.checks)
    with pytest.raises(catalogue.BadRules, match=r"did you mean 'grants-are-additive'"):
        rules.only("grants-are-additiv")


def test_every_rule_names_controls_of_every_shape() -> None:
    """Ids are written as their framework writes them, so that a catalogue can match them."""
    shapes = {"gdpr": "Art. ", "hipaa": "164.", "iso27001": "A."}
    for rule in catalogue.load().rules.values():
        for framework, ids in rule.controls.items():
            assert ids, rule.id
            assert all(control.startswith(shapes[framework]) for control in ids), rule.id


def _load(tmp_path: Path, *entries: dict[str, object]) -> tuple[exemptions.Exemption, ...]:
    path = tmp_path / "exemptions.yaml"
    # JSON is YAML, and dates are written bare.
    text = json.dumps(entries).replace('"2027-01-31"', "2027-01-31")
    path.write_text(text, encoding="utf-8")
    return exemptions.load(path, ["bucket-is-blue", "bucket-is-red"])


def test_an_exemption_reads(tmp_path: Path) -> None:
    (found,) = _load(tmp_path, EXEMPTION)
    assert found.covers("bucket-is-blue", "urn:pulumi:dev::p::gcp:storage/bucket:Bucket::scratch")
    assert not found.covers("bucket-is-red", "urn:pulumi:dev::p::gcp:storage/bucket:Bucket::scratch")
    assert not found.covers("bucket-is-blue", "urn:pulumi:dev::p::gcp:storage/bucket:Bucket::scratch2")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"rule": "bucket-is-bleu"},
            "[0].rule: there is no rule 'bucket-is-bleu' (did you mean 'bucket-is-blue'?)",
        ),
        ({"owner": ""}, "[0].owner: it is missing"),
        ({"expires": "soon"}, "[0].expires: 'soon' is no day"),
        ({"resource": "**"}, "[0].resource: '**' names every resource"),
        ({"until": "x"}, "[0].until: unknown field"),
    ],
)
def test_a_bad_exemption_is_one_sentence(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(exemptions.BadExemptions) as refusal:
        _load(tmp_path, {**EXEMPTION, **change})
    assert f"exemptions.yaml{sentence}" in str(refusal.value)


def test_the_same_exemption_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(exemptions.BadExemptions, match="already exempted"):
        _load(tmp_path, EXEMPTION, {**EXEMPTION, "reason": "another"})


def test_no_file_and_the_shipped_file_hold_no_exemption(tmp_path: Path) -> None:
    rules = catalogue.load().rules
    assert exemptions.load(tmp_path / "none.yaml", rules) == ()
    assert exemptions.load(Path(catalogue.RULES.parent, "exemptions.yaml"), rules) == ()


def test_the_situation_comes_from_the_stack() -> None:
    config = {
        "palisade:environment": "dev",
        "palisade:phase": "foundation",
        "palisade:data": '{"classification": "internal"}',
        "palisade:frameworks": '["iso27001"]',
        "palisade:network": '{"enterprise_ranges": ["10.0.0.0/12"]}',
        "palisade:google": '{"organization_id": "1"}',
        "palisade:training": '{"confidential": true}',
        "palisade:teardown": '{"approved_by": "a", "reason": "b"}',
        "gcp:project": "p",
    }
    found = situation.read(
        {"PULUMI_CONFIG": json.dumps(config), "PULUMI_DRY_RUN": "true", "PULUMI_STACK": "dev"}
    )
    assert (found.environment, found.phase, found.classification) == ("dev", Phase.FOUNDATION, "internal")
    assert found.enterprise_ranges == ("10.0.0.0/12",)
    assert (found.organization_id, found.confidential, found.preview, found.stack) == ("1", True, True, "dev")
    assert found.teardown == situation.Teardown("a", "b")
    assert found.frameworks == ("iso27001",)
    assert found.assumed == ()


def test_what_nobody_says_is_taken_at_its_strictest() -> None:
    found = situation.read({})
    assert (found.environment, found.phase, found.classification) == ("prod", Phase.CONTINUOUS, "phi")
    assert found.frameworks == ("gdpr", "hipaa", "iso27001")
    assert found.assumed == ("environment", "phase", "classification", "frameworks")
    assert found.preview is None


def test_the_packs_configuration_comes_first() -> None:
    environ = {"PULUMI_CONFIG": json.dumps({"palisade:phase": "foundation"})}
    found = situation.read(environ, {"phase": "advanced", "raise": ["a-rule"]})
    assert (found.phase, found.raised) == (Phase.ADVANCED, frozenset({"a-rule"}))


def test_a_phase_that_is_none_is_refused() -> None:
    with pytest.raises(
        ValueError, match="palisade:phase: 'beta' is no phase; write one of foundation, advanced"
    ):
        situation.read({"PULUMI_CONFIG": json.dumps({"palisade:phase": "beta"})})


def test_levels() -> None:
    assert {rule.severity for rule in catalogue.load().rules.values()} == set(Severity)

"""Every rule passes and fails what its cases say, known and unknown, through the SDK's own objects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.framework import cases, catalogue
from policies.framework.harness import after, has_computed, has_unknown, run
from policies.framework.resource import unversioned

RULES = catalogue.load()
CASES = cases.by_cloud()
KINDS = ("passes-known", "passes-unknown", "fails-known", "fails-unknown")


def _every_case() -> list[cases.Case]:
    return [case for rules in CASES.values() for found in rules.values() for case in found.cases]


def _kinds(case: cases.Case) -> set[str]:
    """A case with values computed from other resources is run both ways, so it counts twice."""
    verb = "passes" if case.passes else "fails"
    if has_unknown(case.given):
        return {f"{verb}-unknown"}
    return {f"{verb}-known", f"{verb}-unknown"} if has_computed(case.given) else {f"{verb}-known"}


@pytest.mark.parametrize("case", _every_case(), ids=lambda case: case.label)
def test_the_rule_says_what_the_case_says(case: cases.Case) -> None:
    rules = RULES.only(case.rule)
    situations = [case.situation]
    if has_computed(case.given) and not has_unknown(case.given):
        situations.append(after(case.situation))
    for situation in situations:
        verdict = run(case.given, rules, situation)
        said = [diagnostic.message for diagnostic in verdict.diagnostics]
        if case.passes:
            assert not said
        else:
            assert said
            assert all(f"[{case.rule}] " in message for message in said)
            assert not any("the rule itself failed" in message for message in said)


VERSIONED = (
    "azure-native:{module}/v20240501preview:{name}",
    "azure-native_{module}_v20240501:{module}:{name}",
)


def _in_a_version(case: cases.Case, form: str) -> cases.Case:
    """The case with every type of Azure in an API version of its own."""
    given = list(case.given)
    for index, each in enumerate(given):
        package, module, name = each.type.split(":")
        if package == "azure-native":
            given[index] = replace(each, type=form.format(module=module, name=name))
    return replace(case, given=tuple(given))


@pytest.mark.parametrize("form", VERSIONED)
@pytest.mark.parametrize("rule", sorted(CASES["azure"]))
def test_a_rule_says_the_same_of_types_in_another_api_version(rule: str, form: str) -> None:
    for case in CASES["azure"][rule].cases:
        versioned = _in_a_version(case, form)
        said = run(versioned.given, RULES.only(rule), case.situation).diagnostics
        assert bool(said) != case.passes, case.label


@pytest.mark.parametrize(
    ("type_", "known"),
    [
        ("azure-native:network/v20240501:Subnet", "azure-native:network:Subnet"),
        ("azure-native:containerservice/v20250602preview:X", "azure-native:containerservice:X"),
        ("azure-native_network_v20240501:network:Subnet", "azure-native:network:Subnet"),
        ("azure-native:network:Subnet", "azure-native:network:Subnet"),
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "kubernetes:networking.k8s.io/v1:NetworkPolicy"),
        ("gcp:kms/cryptoKey:CryptoKey", "gcp:kms/cryptoKey:CryptoKey"),
    ],
)
def test_a_type_is_known_without_its_api_version(type_: str, known: str) -> None:
    assert unversioned(type_) == known


def _rules(cloud: str) -> set[str]:
    return {check.rule for check in RULES.checks if check.cloud == cloud}


@pytest.mark.parametrize(
    ("cloud", "rule"), [(cloud, rule) for cloud in sorted(CASES) for rule in sorted(_rules(cloud))]
)
def test_every_rule_has_cases_of_every_kind(cloud: str, rule: str) -> None:
    found = CASES[cloud][rule]
    has = set[str]().union(*(_kinds(case) for case in found.cases))
    for kind in KINDS:
        assert (kind in has) != (kind in found.impossible), (
            f"{rule} on {cloud}: write a {kind} case, or why there is none"
        )


def test_every_cloud_with_checks_has_cases_and_every_case_belongs_to_one() -> None:
    assert set(CASES) == {check.cloud for check in RULES.checks}
    for cloud, found in CASES.items():
        assert set(found) == _rules(cloud), cloud


@pytest.mark.parametrize(
    ("cloud", "rule"),
    [
        (cloud, rule)
        for cloud, others in (("aws", {"gcp"}), ("azure", {"gcp", "aws"}))
        for rule in sorted(_rules(cloud) & set[str]().union(*map(_rules, others)))
    ],
)
def test_a_rule_of_several_clouds_says_what_to_write_on_each(cloud: str, rule: str) -> None:
    assert RULES.rules[rule].remedy_on(cloud) != RULES.rules[rule].remedy

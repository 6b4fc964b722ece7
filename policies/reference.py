"""`python -m policies.reference` writes docs/policies.md from the rules' records and checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from policies.framework.catalogue import Catalogue, load
from policies.framework.rule import Check, Rule
from policies.framework.session import HOUSE_RULES

TARGET = Path(__file__).resolve().parent.parent / "docs" / "policies.md"

FRAMEWORKS = {"gdpr": "GDPR", "hipaa": "HIPAA (45 CFR)", "iso27001": "ISO/IEC 27001:2022"}
# More types than this are folded away.
SHOWN_TYPES = 8

HEAD = """# Policies

Written by `python -m policies.reference` (`make policies`) from the rules themselves; do not edit.

A rule is one guarantee with one id in every cloud. It judges raw resource types, so it also catches what no
component of this project made. Every breach is printed as `[rule-id] where and what. Remedy: what to write.`

**Levels.** A *mandatory* rule blocks. An *advisory* rule tells, and becomes mandatory from the roadmap phase
that it names, or when the pack's configuration lists it under `raise`.

**When.** A rule on one resource is decided before that resource is created. A rule on the stack is decided at
the end of a preview; after an update it is decided again, when the resources exist. The preview is therefore
the gate.

**Unknown values.** At preview many values are not known yet. A rule that needs one waits for the whole plan
and follows the references of the resource there. What no reference tells is *unproven*, and counts as a
breach.

**Exemptions** are entries of `policies/exemptions.yaml`: rule, resource, reason, owner, expiry. An applied
one is printed with every run.

**Controls.** The ids of GDPR, HIPAA and ISO 27001 are those of `policies/controls/`, which list each control
and what people must do. `make evidence` shows, for each, what a run proves.

**House rules.** The pack holds its own data to these rules:
"""


def render(catalogue: Catalogue) -> str:
    """The whole page."""
    return "\n".join([*_head(), *_overview(catalogue), *_concerns(catalogue)]).rstrip() + "\n"


def main() -> None:
    TARGET.write_text(render(load()), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(Path.cwd()) if TARGET.is_relative_to(Path.cwd()) else TARGET}")


def _head() -> Iterator[str]:
    yield HEAD
    for rule, (level, remedy) in HOUSE_RULES.items():
        yield f"- `{rule}` ({level.value}): {remedy[0].lower()}{remedy[1:]}."
    yield ""


def _overview(catalogue: Catalogue) -> Iterator[str]:
    yield f"## The {len(catalogue.rules)} rules"
    yield ""
    yield "| rule | level | decided on |"
    yield "|---|---|---|"
    for rule in catalogue.rules.values():
        yield f"| [{rule.id}](#{rule.id}) | {_level(rule)} | {_scope(_checks(catalogue, rule))} |"
    yield ""


def _concerns(catalogue: Catalogue) -> Iterator[str]:
    concerns = sorted({rule.concern for rule in catalogue.rules.values()})
    for concern in concerns:
        yield f"## {concern.capitalize()}"
        yield ""
        for rule in catalogue.rules.values():
            if rule.concern == concern:
                yield from _rule(rule, _checks(catalogue, rule))


def _rule(rule: Rule, checks: list[Check]) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"**{rule.title}.** {rule.why}"
    yield ""
    yield f"- Remedy: {rule.remedy}."
    for cloud, remedy in sorted(rule.remedies.items()):
        yield f"- Remedy on {cloud.upper()}: {remedy}."
    yield f"- Level: {_level(rule)}."
    yield f"- Decided on: {_scope(checks)}."
    yield f"- Unknown values: {rule.unknown or 'followed through the plan, else unproven.'}"
    for framework, ids in rule.controls.items():
        yield f"- {FRAMEWORKS[framework]}: {', '.join(ids)}"
    if rule.waived_by_teardown:
        yield "- Waived, and printed, while an approved teardown is in the stack file."
    yield from _types(checks)
    yield ""


def _types(checks: list[Check]) -> Iterator[str]:
    by_cloud: dict[str, set[str]] = {}
    for check in checks:
        by_cloud.setdefault(check.cloud, set()).update(check.types)
    for cloud, types in sorted(by_cloud.items()):
        names = ", ".join(f"`{type_}`" for type_ in sorted(types))
        if len(types) <= SHOWN_TYPES:
            yield f"- Types ({cloud}): {names}"
        else:
            yield f"- <details><summary>Types ({cloud}): {len(types)}</summary>{names}</details>"


def _checks(catalogue: Catalogue, rule: Rule) -> list[Check]:
    return [check for check in catalogue.checks if check.rule == rule.id]


def _level(rule: Rule) -> str:
    if rule.mandatory_from is None:
        return rule.severity.value
    return f"{rule.severity.value}, mandatory from phase {rule.mandatory_from.value}"


def _scope(checks: list[Check]) -> str:
    scopes = {"each resource" if check.on_resource is not None else "the whole stack" for check in checks}
    return " and ".join(sorted(scopes))


if __name__ == "__main__":
    main()

"""One run of the pack: every resource as it comes, then the stack, then the account of it all.

The engine shows the pack each resource before it is created, and the whole stack at the end. A check that
needs an unknown value waits for the stack pass, where the graph may tell; what the graph does not tell is
*unproven*, which counts as a breach. During an update nothing may wait, because by the stack pass the
resource exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from time import perf_counter

from policies.framework.catalogue import Catalogue
from policies.framework.exemptions import Exemption, close
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Check, Finding, Rule, Severity
from policies.framework.situation import Situation
from policies.framework.verdict import BREACHES, Answer, Outcome, Verdict, ask

# What the pack itself must keep to; they have no check of their own, because they judge the run.
HOUSE_RULES = {
    "exemptions-are-in-force": (
        Severity.MANDATORY,
        "Fix the resource and remove the exemption, or have its owner set a new `expires`",
    ),
    "exemptions-match-something": (
        Severity.ADVISORY,
        "Remove the exemption, or correct its resource pattern",
    ),
    "raised-rules-exist": (
        Severity.MANDATORY,
        "Write an id of docs/policies.md under `raise` in the pack's configuration",
    ),
}


@dataclass
class Session:
    """The memory of one run. `today` decides which exemptions are still in force."""

    catalogue: Catalogue
    exemptions: tuple[Exemption, ...] = ()
    today: date = field(default_factory=date.today)
    seen: dict[str, Resource] = field(default_factory=dict[str, Resource])
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict[str, list[Verdict]])
    situation: Situation = field(default_factory=Situation)
    complete: bool = False
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """How long each rule about the stack as a whole took, by its id."""
    _waiting: dict[str, list[Check]] = field(default_factory=dict[str, list[Check]])
    _used: set[Exemption] = field(default_factory=set[Exemption])

    def resource(self, resource: Resource, situation: Situation) -> list[Verdict]:
        """Judge one resource on its inputs.

        What is undecided waits for the stack pass, except during an update.
        """
        self.situation = situation
        resource = replace(resource, situation=situation)
        self.seen[resource.urn] = resource
        self._waiting[resource.urn] = []
        verdicts: list[Verdict] = []
        for check in self.catalogue.for_type(resource.type):
            answer = ask(check, resource)
            if answer.undecided and situation.preview is not False:
                self._waiting[resource.urn].append(check)
                answer = replace(answer, undecided="")
                verdicts += self._verdicts(check, resource, answer) if answer.findings else []
            else:
                verdicts += self._verdicts(check, resource, answer)
        self.verdicts[resource.urn] = verdicts
        return verdicts

    def whole(self, resources: Iterable[Resource], situation: Situation) -> list[Verdict]:
        """Judge what waited, then the stack as a whole. Returns only what is new."""
        self.situation = situation
        stack = Stack((self._remembered(resource) for resource in resources), situation)
        fresh: list[Verdict] = []
        for resource in stack.resources:
            fresh += self._late(resource)
        for check in self.catalogue.on_stack:
            started = perf_counter()
            fresh += self._on_stack(check, stack)
            self.seconds[check.rule] = self.seconds.get(check.rule, 0.0) + perf_counter() - started
        for verdict in fresh:
            self.verdicts.setdefault(verdict.urn, []).append(verdict)
        house = self._house()
        self.verdicts.setdefault("", []).extend(house)
        self.complete = True
        return fresh + house

    def _remembered(self, resource: Resource) -> Resource:
        """The stack pass shows outputs; rules judge the inputs seen before. What was only read has none."""
        before = self.seen.get(resource.urn)
        return resource if before is None else replace(resource, inputs=before.inputs, options=before.options)

    def _late(self, resource: Resource) -> list[Verdict]:
        """What waited for the graph; everything, for a resource that was never shown on its own."""
        if resource.urn in self.seen:
            checks = tuple(self._waiting.pop(resource.urn, ()))
        else:
            checks = self.catalogue.for_type(resource.type)
        told = {(verdict.rule, verdict.problem) for verdict in self.verdicts.get(resource.urn, ())}
        found = [
            verdict for check in checks for verdict in self._verdicts(check, resource, ask(check, resource))
        ]
        return [verdict for verdict in found if (verdict.rule, verdict.problem) not in told]

    def _on_stack(self, check: Check, stack: Stack) -> list[Verdict]:
        subjects = list(stack.of_type(*sorted(check.types)))
        level = self._level(check.rule)
        if not subjects:
            return [Verdict(check.rule, "", Outcome.NOT_APPLICABLE, level, note="no resource of its types")]
        answer = ask(check, stack)
        blamed = {finding.urn for finding in answer.findings}
        verdicts = self._verdicts(check, None, answer)
        if not (answer.undecided or answer.error or answer.not_applicable is not None):
            verdicts = [verdict for verdict in verdicts if verdict.outcome is not Outcome.PASSED]
            verdicts += [
                Verdict(check.rule, s.urn, Outcome.PASSED, level) for s in subjects if s.urn not in blamed
            ]
        return verdicts

    def _verdicts(self, check: Check, resource: Resource | None, answer: Answer) -> list[Verdict]:
        """An answer as verdicts, exemptions applied."""
        rule = self.catalogue.rules[check.rule]
        level = self._level(rule.id)
        urn = resource.urn if resource else ""
        where = f"{resource.label}: " if resource else ""
        verdicts = [self._breach(check, level, resource, finding) for finding in answer.findings]
        if answer.error:
            problem = f"{where}the rule itself failed ({answer.error}), so nothing is proven"
            verdicts.append(
                Verdict(rule.id, urn, Outcome.FAILED, level, problem, "Correct the rule, or report it")
            )
        elif answer.undecided:
            problem = (
                f"{where}{answer.undecided} is unknown before the deployment and no reference tells its value"
            )
            written = rule.remedy_on(check.cloud).rstrip(".")
            remedy = f"{written}, as a known value or from a resource of this stack"
            verdict = Verdict(rule.id, urn, Outcome.UNPROVEN, level, problem, remedy)
            verdicts.append(self._exempted(rule, verdict))
        elif answer.not_applicable is not None:
            verdicts.append(Verdict(rule.id, urn, Outcome.NOT_APPLICABLE, level, note=answer.not_applicable))
        return verdicts or [Verdict(rule.id, urn, Outcome.PASSED, level)]

    def _breach(self, check: Check, level: Severity, resource: Resource | None, finding: Finding) -> Verdict:
        urn = finding.urn or (resource.urn if resource else "")
        where = f"{resource.label}: " if resource else ""
        problem = f"{where}{finding.problem.rstrip('.')}"
        rule = self.catalogue.rules[check.rule]
        remedy = finding.remedy or rule.remedy_on(check.cloud)
        verdict = Verdict(rule.id, urn, Outcome.VIOLATED, level, problem, remedy)
        return self._exempted(rule, verdict)

    def _exempted(self, rule: Rule, verdict: Verdict) -> Verdict:
        teardown = self.situation.teardown
        if rule.waived_by_teardown and teardown is not None:
            note = f"waived for the teardown that {teardown.approved_by} approved: {teardown.reason}"
            return replace(verdict, outcome=Outcome.EXEMPTED, note=note)
        for exemption in self.exemptions:
            if exemption.covers(verdict.rule, verdict.urn):
                self._used.add(exemption)
                if not exemption.expired(self.today):
                    return replace(verdict, outcome=Outcome.EXEMPTED, note=exemption.sentence)
        return verdict

    def _house(self) -> list[Verdict]:
        """What the run says about the pack's own data."""
        found: list[tuple[str, str]] = []
        for exemption in self.exemptions:
            what = f"the exemption from {exemption.rule} owned by {exemption.owner}"
            if exemption.expired(self.today):
                found.append(
                    ("exemptions-are-in-force", f"{what} expired on {exemption.expires.isoformat()}")
                )
            elif exemption not in self._used:
                found.append(("exemptions-match-something", f"{what} covers nothing in this stack"))
        for rule in sorted(self.situation.raised - set(self.catalogue.rules)):
            near = close(rule, self.catalogue.rules)
            problem = f"the pack's configuration raises {rule!r}, which is no rule{near}"
            found.append(("raised-rules-exist", problem))
        return [
            Verdict(rule, "", Outcome.VIOLATED, HOUSE_RULES[rule][0], problem, HOUSE_RULES[rule][1])
            for rule, problem in found
        ]

    def _level(self, rule: str) -> Severity:
        return self.catalogue.rules[rule].level(self.situation.phase, self.situation.raised)


Reader = Callable[[], Situation]


def breaches(verdicts: Iterable[Verdict], level: Severity) -> list[Verdict]:
    """The verdicts of a level that a person must act on."""
    return [verdict for verdict in verdicts if verdict.outcome in BREACHES and verdict.level is level]

"""The rules as SDK policies: four of them, whatever the number of rules.

The SDK deserialises a resource again for every policy, so rules are dispatched by type inside one policy
instead. Each level of enforcement needs a policy of its own: `palisade` blocks and `palisade-advice` only
tells; the two `-stack` policies do the same for the whole stack. A violation carries its rule's id and remedy
in the message.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies.framework import report
from policies.framework.resource import Options, Resource, unversioned
from policies.framework.rule import Phase, Severity
from policies.framework.session import Session, breaches
from policies.framework.situation import FRAMEWORKS, Situation, read
from policies.framework.values import plain
from policies.framework.verdict import Outcome, Verdict

# Where the machine-readable account of a run goes; nothing is written when it is not set.
REPORT_VARIABLE = "PALISADE_POLICY_REPORT"

# What the engine prints above a violation.
BLOCKS = "Refused by a rule of docs/policies.md:"
ADVISES = "Advice, or an exemption, of a rule of docs/policies.md:"

# Names of the stack file, and `raise`. The engine checks a `--policy-pack-config` file against this.
SECTIONS = ("amazon", "azure", "data", "google", "inference", "network", "retention", "teardown", "training")
CONFIG = PolicyConfigSchema(
    properties={
        "environment": {"type": "string", "enum": ["dev", "staging", "prod"]},
        "phase": {"type": "string", "enum": [phase.value for phase in Phase]},
        "frameworks": {"type": "array", "items": {"type": "string", "enum": list(FRAMEWORKS)}},
        **{name: {"type": "object"} for name in SECTIONS},
        "raise": {"type": "array", "items": {"type": "string"}},
    }
)

Reader = Callable[[Mapping[str, Any]], Situation]


def policies(session: Session, reader: Reader | None = None) -> list[Policy]:
    """The four SDK policies over one session. `reader` tells the situation from the pack's configuration."""
    situation = reader or _read
    given: dict[str, Any] = {}

    def on_resource(args: ResourceValidationArgs, violation: ReportViolation) -> None:
        given.update(args.get_config())
        verdicts = session.resource(resource_of(args), situation(given))
        _tell(violation, breaches(verdicts, Severity.MANDATORY))
        if breaches(verdicts, Severity.MANDATORY):
            _write(session)

    def advice(args: ResourceValidationArgs, violation: ReportViolation) -> None:
        _tell(violation, _soft(session.verdicts.get(args.urn, [])))

    def on_stack(args: StackValidationArgs, violation: ReportViolation) -> None:
        fresh = session.whole(map(stack_resource_of, args.resources), situation(given))
        latest[:] = fresh
        _tell(violation, breaches(fresh, Severity.MANDATORY))
        _write(session)

    def stack_advice(args: StackValidationArgs, violation: ReportViolation) -> None:
        _tell(violation, _soft(latest))

    latest: list[Verdict] = []
    mandatory, advisory = EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY
    return [
        ResourceValidationPolicy("palisade", BLOCKS, on_resource, mandatory, CONFIG),
        ResourceValidationPolicy("palisade-advice", ADVISES, advice, advisory),
        StackValidationPolicy("palisade-stack", BLOCKS, on_stack, mandatory),
        StackValidationPolicy("palisade-stack-advice", ADVISES, stack_advice, advisory),
    ]


def _read(pack: Mapping[str, Any]) -> Situation:
    return read(pack=pack)


def resource_of(args: ResourceValidationArgs) -> Resource:
    """The SDK's argument as plain data."""
    options = Options(bool(args.opts.protect), tuple(args.opts.ignore_changes), args.opts.parent or "")
    type_ = unversioned(args.resource_type)
    return Resource(args.urn, type_, args.name, plain(args.props, UnknownValueError), options)


def stack_resource_of(resource: PolicyResource) -> Resource:
    """The SDK's argument as plain data, with its references."""
    outputs = plain(resource.props, UnknownValueError)
    parent = resource.parent.urn if resource.parent else ""
    return Resource(
        urn=resource.urn,
        type=unversioned(resource.resource_type),
        name=resource.name,
        inputs=outputs,
        options=Options(bool(resource.opts.protect), tuple(resource.opts.ignore_changes), parent),
        outputs=outputs,
        references={
            name: tuple(target.urn for target in targets)
            for name, targets in resource.property_dependencies.items()
        },
        dependencies=tuple(target.urn for target in resource.dependencies),
        provider=f"{resource.provider.urn}::" if resource.provider else "",
    )


def _soft(verdicts: list[Verdict]) -> list[Verdict]:
    exempted = [verdict for verdict in verdicts if verdict.outcome is Outcome.EXEMPTED]
    return breaches(verdicts, Severity.ADVISORY) + exempted


def _tell(violation: ReportViolation, verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        violation(verdict.message, verdict.urn or None)


def _write(session: Session) -> None:
    target = os.environ.get(REPORT_VARIABLE)
    if target:
        report.write(session, Path(target))

"""The isolation proof as a rule: every claim of the stack, over all that it plans.

What is asked follows from the stack file where there is one: the flow table, its exceptions, its own claims.
Without one, subnets named after the segments stand for them, and only what must never be is claimed. The
problem that is told is the path, each hop with what allowed it. What the proof covers is in `isolation/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from isolation import resources as plain
from isolation.asked import named_segments, never_of
from isolation.proof import prove
from isolation.report import sentence
from isolation.table import StackData, question
from isolation.verdicts import Outcome
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable
from policies.framework.situation import Situation
from policies.framework.values import OPAQUE, UNKNOWN
from stacks.model.problems import SettingsError
from stacks.proof import stack_data
from stacks.settings import Settings


def unkept_claims(stack: Stack, *types: str) -> Iterator[Finding]:
    """A finding for each claim that is violated or unproven, on the first resource of the
    first of `types` that there is.

    Raises:
        NotApplicable: nothing tells which addresses the segments have.
    """
    graph = plain.Graph(map(as_plain, stack.resources))
    blamed = next(one for type_ in types for one in stack.of_type(type_))
    for verdict in prove(graph, question(_asked(graph, stack.situation))).verdicts:
        if verdict.outcome is not Outcome.PROVEN:
            yield Finding(sentence(verdict), urn=blamed.urn)


def as_plain(resource: Resource) -> plain.Resource:
    """A policy's resource in the form that the proof reads."""
    outputs = {name: _plain(value) for name, value in resource.outputs.items()}
    return plain.Resource.of(
        resource.urn,
        resource.type,
        {name: _plain(value) for name, value in resource.inputs.items()},
        outputs=outputs,
        references=resource.references,
        parent=resource.options.parent,
        provider=resource.provider,
    )


def _asked(graph: plain.Graph, situation: Situation) -> StackData:
    if "network" in situation.stack_config:
        # The program itself tells what is wrong with its stack file, and ends.
        with suppress(SettingsError):
            return stack_data(Settings.load(situation.stack_config))
    segments = named_segments(graph)
    if not segments:
        raise NotApplicable("no stack file tells the segments, and no subnet is named after one")
    return never_of(segments)


def _plain(value: Any) -> Any:
    if value is UNKNOWN:
        return plain.UNKNOWN
    if value is OPAQUE:
        return None
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[Any]", value)]
    return value

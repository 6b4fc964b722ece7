"""Run rules on resources written as plain data, through the SDK's own argument objects.

For rules of this pack and of anybody else's: resources go over the wire form the engine uses (protobuf,
unknown sentinels, secret marks) into the SDK's analyzer, which deserialises them, wraps them in its
unknown-checking proxies and calls the pack. A test therefore meets exactly what `pulumi preview` would.

    verdict = run(
        [Given("gcp:storage/bucket:Bucket", "datasets", {"uniformBucketLevelAccess": UNKNOWN})],
        catalogue.load().only("bucket-access-is-decided-by-iam-alone"),
    )
    assert verdict.blocked

Values may be plain data, `UNKNOWN`, `Secret(value)` and `From("name")`: a value computed from another given
resource, unknown at preview and its id afterwards. In YAML they are written `!unknown`, `!secret value` and
`!from name` (or `!from name.output`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

from google.protobuf import struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.framework.catalogue import Catalogue
from policies.framework.exemptions import Exemption
from policies.framework.pack import policies
from policies.framework.session import Session
from policies.framework.situation import Situation
from policies.framework.values import UNKNOWN, contains_unknown

PROJECT = "palisade"
STACK = "test"


@dataclass(frozen=True)
class Secret:
    """A value that the engine marks as secret on the wire."""

    value: Any


@dataclass(frozen=True)
class From:
    """A value computed from another given resource's output."""

    name: str
    output: str = "id"


@dataclass(frozen=True)
class Given:
    """One resource of a case. `outputs` adds what the provider computes; there is always an `id`."""

    type: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    protect: bool = False
    dependencies: Sequence[str] = ()

    @property
    def urn(self) -> str:
        return f"urn:pulumi:{STACK}::{PROJECT}::{self.type}::{self.name}"


@dataclass(frozen=True)
class Diagnostic:
    """One line the engine would print. `level` is `mandatory` or `advisory`."""

    policy: str
    level: str
    message: str
    urn: str


@dataclass(frozen=True)
class Verdict:
    """Everything the engine would print, and the session that holds every verdict."""

    diagnostics: tuple[Diagnostic, ...]
    session: Session

    @property
    def blocked(self) -> bool:
        return any(diagnostic.level == "mandatory" for diagnostic in self.diagnostics)

    @property
    def clean(self) -> bool:
        return not self.diagnostics


def run(
    given: Iterable[Given],
    catalogue: Catalogue,
    situation: Situation | None = None,
    exemptions: tuple[Exemption, ...] = (),
    today: date | None = None,
) -> Verdict:
    """Analyse each resource, then the stack, as the engine does.

    The situation's `preview` decides whether computed values are unknown (the default) or known. During an
    update the engine stops at the first refused resource, and so does this.
    """
    situation = situation or Situation(preview=True)
    session = Session(catalogue, exemptions, today or date.today())
    servicer: Any = _PolicyAnalyzerServicer(
        "harness", "0.0.0", policies(session, lambda _: situation), EnforcementLevel.MANDATORY
    )
    resources = {resource.name: resource for resource in given}
    update = situation.preview is False
    found: list[Diagnostic] = []
    for resource in resources.values():
        wire = _Wire(resources, computed=bool(situation.preview))
        request = proto.AnalyzeRequest(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            properties=wire.struct(resource.inputs),
            options=proto.AnalyzerResourceOptions(protect=resource.protect),
        )
        found += _diagnostics(servicer.Analyze(request, None))
        if update and any(diagnostic.level == "mandatory" for diagnostic in found):
            return Verdict(tuple(found), session)
    stack = proto.AnalyzeStackRequest(
        resources=[_stack_resource(r, resources, situation) for r in resources.values()]
    )
    found += _diagnostics(servicer.AnalyzeStack(stack, None))
    return Verdict(tuple(found), session)


def has_unknown(given: Iterable[Given]) -> bool:
    """Whether any given resource has an unknown value as it stands, computed values not counted."""
    return any(contains_unknown(dict(resource.inputs)) for resource in given)


def has_computed(given: Iterable[Given]) -> bool:
    """Whether any given resource has a value computed from another, unknown at preview only."""
    return any(_computed(resource.inputs) for resource in given)


def _computed(value: object) -> list[From]:
    if isinstance(value, From):
        return [value]
    if isinstance(value, Secret):
        return _computed(value.value)
    if isinstance(value, Mapping):
        return [
            found for member in cast("Mapping[str, object]", value).values() for found in _computed(member)
        ]
    if isinstance(value, list):
        return [found for member in cast("list[object]", value) for found in _computed(member)]
    return []


def _diagnostics(response: proto.AnalyzeResponse) -> list[Diagnostic]:
    names = {proto.ADVISORY: "advisory", proto.MANDATORY: "mandatory"}
    return [
        Diagnostic(item.policyName, names[item.enforcementLevel], item.message, item.urn)
        for item in response.diagnostics
    ]


def _stack_resource(
    resource: Given, resources: Mapping[str, Given], situation: Situation
) -> proto.AnalyzerResource:
    wire = _Wire(resources, computed=bool(situation.preview))
    known = {} if situation.preview else {"id": _identity(resource), **resource.outputs}
    dependencies: dict[str, list[str]] = {}
    for name, value in resource.inputs.items():
        targets = {resources[source.name].urn for source in _computed(value) if source.name in resources}
        if targets:
            dependencies[name] = sorted(targets)
    waits = {resources[name].urn for name in resource.dependencies}.union(*dependencies.values())
    return proto.AnalyzerResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=wire.struct({**resource.inputs, **known}),
        options=proto.AnalyzerResourceOptions(protect=resource.protect),
        dependencies=sorted(waits),
        propertyDependencies={
            name: proto.AnalyzerPropertyDependencies(urns=urns) for name, urns in dependencies.items()
        },
    )


def _identity(resource: Given) -> str:
    return str(
        resource.outputs.get("id") or f"projects/test/{resource.type.rpartition(':')[2]}/{resource.name}"
    )


@dataclass(frozen=True)
class _Wire:
    """Turns a case's values into the form the engine sends."""

    resources: Mapping[str, Given]
    computed: bool

    def struct(self, properties: Mapping[str, Any]) -> struct_pb2.Struct:
        result = struct_pb2.Struct()
        result.update({name: self.value(value) for name, value in properties.items()})
        return result

    def value(self, value: Any) -> Any:
        if value is UNKNOWN:
            return UNKNOWN_STRING_VALUE
        if isinstance(value, From):
            return UNKNOWN_STRING_VALUE if self.computed else self._output(value)
        if isinstance(value, Secret):
            return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": self.value(value.value)}
        if isinstance(value, Mapping):
            return {key: self.value(member) for key, member in cast("Mapping[str, Any]", value).items()}
        if isinstance(value, list):
            return [self.value(member) for member in cast("list[Any]", value)]
        return value

    def _output(self, source: From) -> Any:
        resource = self.resources[source.name]
        if source.output == "id":
            return _identity(resource)
        known = {**resource.inputs, **resource.outputs}
        return self.value(known[source.output])


def after(situation: Situation) -> Situation:
    """The same situation once everything is known, as over an exported state."""
    return replace(situation, preview=None)

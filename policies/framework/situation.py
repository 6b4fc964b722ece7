"""What the rules know about the run besides its resources: environment, phase, and what the settings say.

Sources, the first that speaks wins: the pack's configuration (`--policy-pack-config`), then the stack's
configuration, which the engine hands to the pack in `PULUMI_CONFIG`. Both use the names of the stack file.
Over an exported state there is no stack configuration. Whatever is not said is taken at its strictest (prod,
continuous, phi, every framework) and listed in `assumed`, so that a report shows it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from policies.framework.rule import Phase

NAMESPACE = "palisade"
FRAMEWORKS = ("gdpr", "hipaa", "iso27001")


@dataclass(frozen=True)
class Teardown:
    """An approved teardown: who approved it and why. It suspends the rules that forbid deletion."""

    approved_by: str
    reason: str


@dataclass(frozen=True)
class Situation:
    environment: str = "prod"
    phase: Phase = Phase.CONTINUOUS
    classification: str = "phi"
    frameworks: tuple[str, ...] = FRAMEWORKS
    enterprise_ranges: tuple[str, ...] = ()
    organization_id: str = ""
    confidential: bool = False
    image_policy_elsewhere: bool = False
    audit_config_elsewhere: bool = False
    threats_elsewhere: bool = False
    personal_data_elsewhere: bool = False
    log_days: int = 0
    body_bytes: int = 0
    teardown: Teardown | None = None
    raised: frozenset[str] = frozenset()
    # True while nothing is created yet; None when the engine does not say (an exported state).
    preview: bool | None = None
    project: str = ""
    stack: str = ""
    assumed: tuple[str, ...] = ("environment", "phase", "classification", "frameworks")
    # What the stack file says as a whole, by its names; empty over an exported state.
    stack_config: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def sensitive(self) -> bool:
        """Whether personal or health data is on the platform."""
        return self.classification in {"personal", "phi"}

    @property
    def is_prod(self) -> bool:
        return self.environment == "prod"


def read(environ: Mapping[str, str] | None = None, pack: Mapping[str, Any] | None = None) -> Situation:
    """Read the situation from the analyzer's environment and the pack's configuration.

    Raises ValueError with one sentence when a value is not of its kind.
    """
    environ = os.environ if environ is None else environ
    pack = pack or {}
    own = _stack_config(environ)
    config = {**own, **pack}
    data = _section(config, "data")
    teardown = _section(config, "teardown")
    phase = config.get("phase") or Phase.CONTINUOUS.value
    if phase not in set(Phase):
        raise ValueError(f"palisade:phase: {phase!r} is no phase; write one of {', '.join(Phase)}")
    frameworks = config.get("frameworks")
    dry_run = environ.get("PULUMI_DRY_RUN")
    return Situation(
        environment=str(config.get("environment") or "prod"),
        phase=Phase(phase),
        classification=str(data.get("classification") or "phi"),
        frameworks=FRAMEWORKS if frameworks is None else tuple(map(str, frameworks)),
        enterprise_ranges=tuple(map(str, _section(config, "network").get("enterprise_ranges") or ())),
        organization_id=str(_section(config, "google").get("organization_id") or ""),
        confidential=_section(config, "training").get("confidential") is True,
        image_policy_elsewhere=_section(config, "google").get("image_policy") == "elsewhere",
        audit_config_elsewhere="elsewhere"
        in (
            _section(config, "google").get("audit_config"),
            _section(config, "amazon").get("trail"),
            _section(config, "azure").get("activity_log"),
        ),
        threats_elsewhere=_section(config, "amazon").get("threat_detection") == "elsewhere",
        personal_data_elsewhere="elsewhere"
        in (_section(config, "amazon").get("macie"), _section(config, "azure").get("defender")),
        log_days=int(_section(config, "retention").get("logs_days") or 0),
        body_bytes=int(_section(_section(config, "inference"), "limits").get("body_bytes") or 0),
        teardown=Teardown(str(teardown["approved_by"]), str(teardown["reason"]))
        if _approved(teardown)
        else None,
        raised=frozenset(map(str, pack.get("raise") or ())),
        preview=None if dry_run is None else dry_run == "true",
        project=environ.get("PULUMI_PROJECT", ""),
        stack=environ.get("PULUMI_STACK", ""),
        assumed=tuple(_assumed(config, data)),
        stack_config=own,
    )


def _assumed(config: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in ("environment", "phase") if not config.get(name))
    if not data.get("classification"):
        yield "classification"
    if config.get("frameworks") is None:
        yield "frameworks"


def _approved(teardown: Mapping[str, Any]) -> bool:
    return bool(teardown.get("approved_by") and teardown.get("reason"))


def _stack_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """The keys of our namespace; structured values arrive as JSON text."""
    raw = environ.get("PULUMI_CONFIG", "")
    values: dict[str, Any] = json.loads(raw) if raw else {}
    ours: dict[str, Any] = {}
    for key, value in values.items():
        namespace, _, name = key.replace(":config:", ":").partition(":")
        if namespace == NAMESPACE:
            ours[name] = _structured(value)
    return ours


def _structured(value: object) -> object:
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _section(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = config.get(name)
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}

"""What Bedrock refuses of a guardrail because its filters do not fit. Limits are in `bedrock.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.model import Refusal

_API = "https://docs.aws.amazon.com/bedrock/latest/APIReference/"
_TIERS = "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tiers.html"


def guardrail(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Filters each once, of attacks for prompts only; the newer tier goes across regions."""
    kinds: list[Any] = []
    for path, each in paths.objects(inputs, "contentPolicyConfig.filtersConfigs[*]"):
        kinds.append(each.get("type"))
        answers = each.get("outputStrength")
        if each.get("type") == "PROMPT_ATTACK" and answers in ("LOW", "MEDIUM", "HIGH"):
            problem = "an attack is in a prompt, not in an answer"
            source = f"{_API}API_GuardrailContentFilterConfig.html"
            yield Refusal(f"{path}.outputStrength", problem, "write NONE", source)
    for kind in sorted({str(kind) for kind in kinds if kinds.count(kind) > 1}):
        problem = f"the filter {kind} is there twice"
        source = f"{_API}API_GuardrailContentPolicyConfig.html"
        yield Refusal("contentPolicyConfig.filtersConfigs", problem, "write each once", source)
    for part in ("contentPolicyConfig", "topicPolicyConfig"):
        tiers = [tier for _, tier in paths.find(inputs, f"{part}.tierConfigs[*].tierName")]
        if "STANDARD" in tiers and inputs.get("crossRegionConfig") is None:
            problem = "the tier STANDARD works across regions only"
            yield Refusal(f"{part}.tierConfigs", problem, "give crossRegionConfig, or write CLASSIC", _TIERS)

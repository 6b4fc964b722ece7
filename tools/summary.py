"""What a person reads after `make up`: what stands, which rules ran, what is not known, what to type next.

Reads an exported deployment and the policy pack's report; both are plain data, so no engine is needed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from rehearsal.model import Existing
from rehearsal.notice import LIMITS

COMPONENT_PREFIX = "palisade:index:"
UNEXPECTED = {
    "why": "not kept by design; the destroy did not finish",
    "release": "make destroy STACK={stack} once more; if it stays, please report it",
}


def resources_by_component(deployment: Mapping[str, Any]) -> dict[str, Counter[str]]:
    """Count a deployment's resources under the outermost component that built them.

    Args:
        deployment: what `pulumi stack export` prints: `{"deployment": {"resources": [{urn, type, parent}]}}`.

    Returns:
        component (`Network palisade-dev`) -> kind of resource (`Route`) -> count. Providers and the stack
        itself are left out; resources outside every component stand under `(no component)`.
    """
    resources: list[Mapping[str, Any]] = deployment["deployment"].get("resources") or []
    by_urn = {str(resource["urn"]): resource for resource in resources}
    counts: dict[str, Counter[str]] = {}
    for resource in resources:
        if not resource.get("custom") or str(resource["type"]).startswith("pulumi:"):
            continue
        owner = _outermost_component(resource, by_urn)
        counts.setdefault(owner, Counter())[str(resource["type"]).rpartition(":")[2]] += 1
    return counts


def _outermost_component(resource: Mapping[str, Any], by_urn: Mapping[str, Mapping[str, Any]]) -> str:
    found = "(no component)"
    current: Mapping[str, Any] | None = resource
    while current is not None:
        kind = str(current["type"])
        if kind.startswith(COMPONENT_PREFIX):
            found = f"{kind.removeprefix(COMPONENT_PREFIX)} {str(current['urn']).rpartition('::')[2]}"
        current = by_urn.get(str(current.get("parent", "")))
    return found


def component_table(counts: Mapping[str, Counter[str]]) -> list[str]:
    """One line a component: its name, how many resources, the most frequent kinds."""
    if not counts:
        return ["  nothing stands"]
    width = max(len(name) for name in counts)
    lines: list[str] = []
    for name, kinds in sorted(counts.items()):
        often = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
        most = ", ".join(f"{count} {kind}" for kind, count in often[:4])
        more = len(kinds) - 4
        lines.append(
            f"  {name:<{width}}  {kinds.total():>3}  {most}" + (f", {more} more kinds" if more > 0 else "")
        )
    total = sum(kinds.total() for kinds in counts.values())
    lines.append(f"  {'total':<{width}}  {total:>3}")
    return lines


def policy_lines(report: Mapping[str, Any]) -> list[str]:
    """The policy pack's account in a few lines; every finding with its rule."""
    told = report["summary"]
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in told["outcomes"].items())
    lines = [
        f"  {told['result']}: {told['rules']} rules, {told['applied']} of which had something to judge "
        f"among {told['resources']} resources",
        f"  verdicts: {outcomes}",
    ]
    lines += [
        f"  {finding['outcome']}: [{finding['rule']}] {finding['problem']}"
        + (f" ({finding['note']})" if finding["note"] else "")
        for finding in report["findings"]
    ]
    return lines


def after_up(
    stack: str,
    deployment: Mapping[str, Any],
    report: Mapping[str, Any],
    folder: Path,
    clusters: Sequence[str] = (),
    *,
    isolation: Sequence[str] = (),
) -> str:
    """The page under a successful `make up`. `clusters` says who judged what is in them, `isolation` what is
    proved of the network."""
    return "\n".join(
        [
            f"\n{stack} stands in the rehearsal.",
            "\nResources by component",
            *component_table(resources_by_component(deployment)),
            *(["\nClusters", *clusters] if clusters else []),
            "\nPolicies",
            *policy_lines(report),
            *(["\nIsolation", *isolation] if isolation else []),
            "\nWhat a rehearsal cannot tell",
            *(f"  - {line}" for line in LIMITS),
            "\nNext",
            f"  make up STACK={stack:<12} once more: nothing changes",
            f"  make destroy STACK={stack:<7} tears it down and lists what is kept by design",
            f"  pulumi up -s {stack} --policy-pack policies   the same program on your own account",
            f"\nThe engine's state and the rehearsal's record are in {_near(folder)}.",
        ]
    )


def after_destroy(stack: str, existing: Sequence[Existing], deployment: Mapping[str, Any]) -> str:
    """What is left of a stack in the rehearsed cloud, each kind with why it is kept and how to let it go.

    `deployment` is what the engine still holds: the rest of `existing` is kept by the cloud itself.
    """
    existing = [each for each in existing if each.urn.startswith(f"urn:pulumi:{stack}::")]
    if not existing:
        return f"\n{stack} is gone; the rehearsal's record holds nothing of it."
    reasons: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "kept.yaml").read_text())
    resources: list[Mapping[str, Any]] = deployment["deployment"].get("resources") or []
    held = {str(resource["urn"]): resource for resource in resources}
    needed = _needed(held)
    protected = [each for each in existing if held.get(each.urn, {}).get("protect")]
    lines = [f"\n{stack} is down. Kept by design:"] if protected else []
    for kind, ids in _ids_by_type(protected):
        told = reasons.get(kind, UNEXPECTED)
        lines += ["", f"  {kind}", *(f"    {id}" for id in ids), f"    why: {told['why']}"]
        lines += [f"    to let it go: {told['release'].format(stack=stack)}"]
    beside = [each for each in existing if each.urn in needed and each not in protected]
    if beside:
        counted = Counter(each.type.rpartition(":")[2] for each in beside)
        lines += ["", "What those need stays with them, and goes when they do:"]
        lines += [f"  {', '.join(f'{count} {kind}' for kind, count in sorted(counted.items()))}"]
    stray = [each for each in existing if each.urn in held and each.urn not in needed]
    for kind, ids in _ids_by_type(stray):
        lines += ["", f"  {kind}", *(f"    {id}" for id in ids), f"    why: {UNEXPECTED['why']}"]
        lines += [f"    to let it go: {UNEXPECTED['release'].format(stack=stack)}"]
    gone = [each for each in existing if each.urn not in held]
    lines += ["", f"No longer {stack}'s, and kept by the cloud itself:"] if gone else []
    for kind, ids in _ids_by_type(gone):
        lines += ["", f"  {kind}", *(f"    {id}" for id in ids)]
        lines += [f"    why: {reasons.get(kind, UNEXPECTED).get('gone', UNEXPECTED['why'])}"]
    return "\n".join(lines)


def _needed(held: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """URNs of what is protected and of everything that stands under it or that it was made from."""
    found: set[str] = set()
    waiting = [urn for urn, resource in held.items() if resource.get("protect")]
    while waiting:
        urn = waiting.pop()
        if urn in found or urn not in held:
            continue
        found.add(urn)
        resource = held[urn]
        waiting += [str(resource.get("parent", "")), *map(str, resource.get("dependencies") or ())]
    return found


def _ids_by_type(existing: Sequence[Existing]) -> list[tuple[str, list[str]]]:
    kinds: dict[str, list[str]] = {}
    for each in existing:
        kinds.setdefault(each.type, []).append(each.id)
    return [(kind, sorted(ids)) for kind, ids in sorted(kinds.items())]


def _near(folder: Path) -> str:
    return str(folder.relative_to(Path.cwd())) if folder.is_relative_to(Path.cwd()) else str(folder)

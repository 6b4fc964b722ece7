"""What a person reads after `make up`: what stands, which rules ran, what is not known, what to type next.

Reads an exported deployment and the policy pack's report; both are plain data, so no engine is needed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

COMPONENT_PREFIX = "palisade:index:"


def resources_by_component(deployment: Mapping[str, Any]) -> dict[str, Counter[str]]:
    """Count a deployment's resources under the outermost component that built them.

    Args:
        deployment: what `pulumi stack export` prints: `{"deployment": {"resources": [{urn, type, parent}]}}`.

    Returns:
        component (`Network palisade-network`) -> resource type (`compute/route:Route`) -> count. Providers and the
        stack itself are left out; resources outside every component are listed under `(no component)`.
    """
    resources: list[Mapping[str, Any]] = deployment["deployment"].get("resources") or []
    by_urn = {str(resource["urn"]): resource for resource in resources}
    counts: dict[str, Counter[str]] = {}
    for resource in resources:
        if not resource.get("custom") or str(resource["type"]).startswith("pulumi:"):
            continue
        owner = _outermost_component(resource, by_urn)
        package, _, kind = str(resource["type"]).partition(":")
        counts.setdefault(owner, Counter())[kind or package] += 1
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
        most = ", ".join(f"{count} {kind.rpartition(':')[2]}" for kind, count in kinds.most_common(4))
        more = len(kinds) - 4
        lines.append(f"  {name:<{width}}  {kinds.total():>3}  {most}" + (f", {more} more kinds" if more > 0 else ""))
    total = sum(kinds.total() for kinds in counts.values())
    lines.append(f"  {'total':<{width}}  {total:>3}")
    return lines


def section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"\n{title}", *lines])

"""Firewall rules of every form as one: VPC rules, policy rules of all three kinds, inline rules.

Left out: what GKE and Google write themselves, which is in no plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from policies.framework.resource import Resource, Stack
from policies.framework.values import View
from policies.rules.ranges import covers, is_everywhere

CLASSIC = "gcp:compute/firewall:Firewall"
RULE = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
REGION_RULE = "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"
HIERARCHICAL_RULE = "gcp:compute/firewallPolicyRule:FirewallPolicyRule"
POLICY_RULES = (RULE, REGION_RULE, HIERARCHICAL_RULE)
POLICY = "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy"
WITH_RULES = "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules"
REGION_POLICY = "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy"
REGION_WITH_RULES = "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules"
HIERARCHICAL_WITH_RULES = "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules"
INLINE = (WITH_RULES, REGION_WITH_RULES, HIERARCHICAL_WITH_RULES)
FILTERS = (CLASSIC, *POLICY_RULES, *INLINE)

EVERYWHERE = ("0.0.0.0/0",)
# What narrows a policy rule's other end besides ranges.
_NARROW = {
    "INGRESS": ("srcSecureTags", "srcAddressGroups", "srcFqdns", "srcRegionCodes", "srcThreatIntelligences"),
    "EGRESS": ("destAddressGroups", "destFqdns", "destRegionCodes", "destThreatIntelligences"),
}
_SIDE = {"INGRESS": "src", "EGRESS": "dest"}


@dataclass(frozen=True)
class Filter:
    """One rule: where it is written, and its views. Reading an unknown one raises `Undecided`."""

    resource: Resource
    view: View

    @property
    def classic(self) -> bool:
        return self.resource.type == CLASSIC

    @cached_property
    def enabled(self) -> bool:
        return self.view.at("disabled").value is not True

    @cached_property
    def direction(self) -> str:
        return self.view.at("direction").text or "INGRESS"

    @cached_property
    def action(self) -> str:
        """`allow`, `deny`, `goto_next` or an inspection."""
        if not self.classic:
            return self.view.at("action").text
        return "allow" if any(True for _ in self.view.at("allows").items()) else "deny"

    @cached_property
    def priority(self) -> int:
        """Smaller comes first. A VPC rule has 1000 unless it says otherwise."""
        value = self.view.at("priority").value
        return 1000 if value is None else int(value)

    @property
    def logged(self) -> View:
        return self.view.at("logConfig" if self.classic else "enableLogging")

    @cached_property
    def ranges(self) -> tuple[str, ...]:
        """The ranges at the other end; none when it is narrowed otherwise or not at all."""
        if self.classic:
            path = "sourceRanges" if self.direction == "INGRESS" else "destinationRanges"
        else:
            path = f"match.{_SIDE[self.direction]}IpRanges"
        return tuple(view.text for view in self.view.at(path).items())

    @cached_property
    def other_end_narrowed(self) -> bool:
        """Whether tags, accounts, names or groups narrow the other end."""
        if self.classic:
            if self.direction == "EGRESS":
                return False
            return bool(self._any("sourceTags") or self._any("sourceServiceAccounts"))
        return any(self._any(f"match.{name}") for name in _NARROW[self.direction])

    @cached_property
    def everywhere(self) -> bool:
        """Whether the other end is everybody, or half of everybody."""
        if not self.classic:
            scope = self.view.at(f"match.{_SIDE[self.direction]}NetworkScope").value
            if scope in {"INTERNET", "NON_VPC"}:
                return True
        if self.ranges:
            return is_everywhere(self.ranges)
        return not self.other_end_narrowed

    @cached_property
    def targets(self) -> list[View]:
        """What narrows the machines it applies to; none means every machine."""
        paths = (
            ("targetTags", "targetServiceAccounts")
            if self.classic
            else ("targetSecureTags", "targetServiceAccounts")
        )
        return [view for path in paths for view in [self.view.at(path)] if self._any(path)]

    @cached_property
    def protocols(self) -> frozenset[tuple[str, str]]:
        """Protocols with their ports, each a pair; `("all", "")` is everything."""
        path = "allows" if self.classic and self.action == "allow" else "denies"
        key = "protocol" if self.classic else "ipProtocol"
        found: set[tuple[str, str]] = set()
        for view in self.view.at(path if self.classic else "match.layer4Configs").items():
            ports = [port.text for port in view.at("ports").items()]
            found.update((view.at(key).text, port) for port in ports or [""])
        return frozenset(found)

    @property
    def all_protocols(self) -> bool:
        return ("all", "") in self.protocols

    def denies_everything(self) -> bool:
        """Whether nothing at all passes it: every machine, every other end, every protocol."""
        return (
            self.enabled
            and self.action == "deny"
            and not self.targets
            and self.all_protocols
            and not self.other_end_narrowed
            and (not self.ranges or covers(self.ranges, EVERYWHERE))
        )

    def hides(self, deny: Filter) -> bool:
        """Whether this allow comes before a deny and lets through everything the deny names."""
        if not (self.enabled and self.action == "allow" and self.direction == deny.direction):
            return False
        # At equal priority the deny wins.
        if self.priority >= deny.priority or self.targets or self.other_end_narrowed:
            return False
        if not (self.all_protocols or self.protocols >= deny.protocols):
            return False
        return not self.ranges or covers(self.ranges, deny.ranges or EVERYWHERE)

    def _any(self, path: str) -> bool:
        """Whether a list has elements; an unknown list counts, since somebody filled it."""
        view = self.view.at(path)
        return view.unknown or any(True for _ in view.items())

    @property
    def label(self) -> str:
        return self.resource.label + (f" {self.view.path}" if self.view.path else "")


def filters_of(resource: Resource) -> Iterator[Filter]:
    """The rules that one resource writes."""
    if resource.type in INLINE:
        for view in resource.at("rules").items():
            yield Filter(resource, view)
    else:
        yield Filter(resource, resource.root)


def home(stack: Stack, rule: Resource) -> str:
    """The policy or network that a rule stands in, as something to compare."""
    if rule.type in INLINE:
        return rule.urn
    path = "network" if rule.type == CLASSIC else "firewallPolicy"
    found = stack.target(
        rule.at(path), rule, POLICY, REGION_POLICY, "gcp:compute/firewallPolicy:FirewallPolicy", NETWORK
    )
    return found.urn if isinstance(found, Resource) else str(found)


NETWORK = "gcp:compute/network:Network"

"""Rules between fields that concern addresses and flows. Each yields the problems it finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from components.contracts import SegmentName
from stacks.addresses import NARROWEST_PLAN, WIDEST_PLAN, node_capacity, overlaps
from stacks.model.limits import figures, is_private
from stacks.model.problems import Problem
from stacks.model.sections import AllowEntry

if TYPE_CHECKING:
    from stacks.settings import Settings

INSTEAD = "another segment on the training side, or remove the entry"
CLUSTER_SEGMENTS = (SegmentName.TRAINING, SegmentName.INFERENCE)


def addresses(settings: Settings) -> Iterator[Problem]:
    """The plan has a usable size, and no two ranges in use share an address."""
    problems = [*_plan(settings), *_segment_ranges(settings)]
    yield from problems
    if problems:
        return
    yield from _pods(settings)
    named = _named_ranges(settings)
    whole = {label: network for label, network in named.items() if _path(label) == label}
    if settings.network.address_plan:
        whole["network.address_plan"] = IPv4Network(settings.network.address_plan)
    unusable = [problem for path, network in whole.items() for problem in _usable(settings, path, network)]
    yield from unusable or _apart(named)


def _apart(named: dict[str, IPv4Network]) -> Iterator[Problem]:
    """One problem for each pair of fields whose ranges overlap, however many ranges they stand for."""
    told: set[tuple[str, str]] = set()
    for first, second in overlaps(named):
        pair = (_path(first), _path(second))
        if pair not in told:
            told.add(pair)
            wrong = f"{named[second]} overlaps {first} ({named[first]})"
            yield Problem(_path(second), wrong, "a range nothing else uses")


def _plan(settings: Settings) -> Iterator[Problem]:
    write = f"a private range of /{WIDEST_PLAN} to /{NARROWEST_PLAN}, such as 10.64.0.0/14"
    text = settings.network.address_plan
    if text is None:
        if missing := [segment for segment in SegmentName if not _complete(settings, segment)]:
            yield Problem(
                "network.address_plan",
                f"it is missing, and network.ranges does not give all ranges of {', '.join(missing)}",
                write,
            )
        return
    prefix = IPv4Network(text).prefixlen
    if prefix > NARROWEST_PLAN:
        yield Problem("network.address_plan", f"/{prefix} is too small for five segments", write)
    if prefix < WIDEST_PLAN:
        yield Problem("network.address_plan", f"/{prefix} is too wide for a cluster's Services", write)


def _complete(settings: Settings, segment: SegmentName) -> bool:
    given = settings.network.ranges.get(segment)
    return given is not None and (
        segment not in CLUSTER_SEGMENTS or (given.pods is not None and given.services is not None)
    )


def _named_ranges(settings: Settings) -> dict[str, IPv4Network]:
    """Every range in use, by the field it comes from; a range cut from the plan says which it is."""
    named: dict[str, IPv4Network] = {}
    for segment, used in settings.segment_ranges.items():
        given = settings.network.ranges.get(segment)
        for field, network in used.named():
            own = given is not None and getattr(given, field) is not None
            label = f"network.ranges.{segment}.{field}" if own else f"network.address_plan {segment} {field}"
            named[label] = network
    for index, text in enumerate(settings.network.enterprise_ranges):
        named[f"network.enterprise_ranges[{index}]"] = IPv4Network(text)
    return named


def _path(label: str) -> str:
    return label.split(" ", maxsplit=1)[0]


def _usable(settings: Settings, path: str, network: IPv4Network) -> Iterator[Problem]:
    if path.startswith("network.enterprise_ranges"):
        if network.prefixlen == 0:
            yield Problem(path, f"{network} is the whole internet", "the enterprise's own ranges")
        return
    if not is_private(network):
        private = ", ".join(str(each) for each in figures().private_ranges)
        yield Problem(path, f"{network} is not private address space", f"a range inside one of {private}")
    for reserved, why in figures().reserved_ranges[settings.cloud].items():
        if network.overlaps(reserved):
            yield Problem(
                path, f"{network} holds {reserved}, which is used by the {why}", "a range without it"
            )


def _segment_ranges(settings: Settings) -> Iterator[Problem]:
    for segment, given in settings.network.ranges.items():
        path = f"network.ranges.{segment}"
        if segment not in CLUSTER_SEGMENTS and (given.pods or given.services):
            yield Problem(
                path, "no cluster runs in this segment", "`nodes` only, without `pods` and `services`"
            )
        if IPv4Network(given.nodes).prefixlen > 28:
            yield Problem(f"{path}.nodes", f"{given.nodes} is too small for nodes", "a /28 or wider")
        services = IPv4Network(given.services).prefixlen if given.services else 20
        # GKE takes /16 to /27, EKS /12 to /24, AKS /12 and narrower (each cloud's cluster documentation).
        if not 16 <= services <= 24:
            yield Problem(f"{path}.services", f"{given.services} does not fit Services", "a /16 to /24")
    existing = settings.network.existing
    for segment in SegmentName if existing else ():
        if existing and segment not in existing.subnets:
            yield Problem(
                f"network.existing.subnets.{segment}", "it is missing", "the subnet of this segment"
            )
        if segment not in settings.network.ranges:
            yield Problem(
                f"network.ranges.{segment}",
                "a brought network's ranges must be known before anything is built",
                "the ranges its subnet has",
            )


def _pods(settings: Settings) -> Iterator[Problem]:
    pods = settings.segment_ranges[SegmentName.TRAINING].pods
    room = node_capacity(pods) - figures().spare_nodes if pods else 0
    if settings.training.nodes.max > room:
        where = "ranges.training.pods" if SegmentName.TRAINING in settings.network.ranges else "address_plan"
        yield Problem(
            "training.nodes.max",
            f"{settings.training.nodes.max} nodes do not fit the pod range {pods}, "
            f"which has room for {max(room, 0)}",
            f"at most {max(room, 0)}, or a wider network.{where}",
        )


def allow(settings: Settings, today: date) -> Iterator[Problem]:
    """Exceptions to the flow table are named once, end, and never open what has no switch."""
    seen: set[str] = set()
    for index, entry in enumerate(settings.allow):
        path = f"allow[{index}]"
        if entry.name in seen:
            yield Problem(f"{path}.name", f"{entry.name} is used twice", "a name of its own")
        seen.add(entry.name)
        yield from _validity(path, entry, today)
        yield from _reach(settings, path, entry)


def _validity(path: str, entry: AllowEntry, today: date) -> Iterator[Problem]:
    last = today + timedelta(days=figures().allow_days)
    if entry.expires < today:
        yield Problem(
            f"{path}.expires",
            f"{entry.name} expired on {entry.expires}",
            f"a later day with its owner's consent, at most {last}, or remove the entry",
        )
    elif entry.expires > last:
        yield Problem(f"{path}.expires", f"{entry.expires} is more than a year ahead", f"at most {last}")


def _reach(settings: Settings, path: str, entry: AllowEntry) -> Iterator[Problem]:
    segments = {name.value for name in SegmentName}
    ends = {"from": entry.source, "to": entry.destination}
    if not segments & set(ends.values()):
        yield Problem(path, "neither end is a segment of this network", "a segment in `from` or in `to`")
        return
    for field, other in (("from", "to"), ("to", "from")):
        if ends[field] in segments:
            continue
        outside = IPv4Network(ends[field])
        if outside.prefixlen < 8:
            yield Problem(
                f"{path}.{field}", f"{outside} is no exception but a gate", "the few addresses needed"
            )
        elif ends[other] == SegmentName.TRAINING:
            yield from _training(settings, f"{path}.{field}", outside)
        elif not is_private(outside) and outside.prefixlen < 24:
            yield Problem(
                f"{path}.{field}", f"{outside} is too wide outside private address space", "a /24 or narrower"
            )


def _training(settings: Settings, path: str, outside: IPv4Network) -> Iterator[Problem]:
    """Training has no way to the internet and none to the enterprise, and no switch for either."""
    if not is_private(outside):
        yield Problem(path, f"{outside} lies on the internet, and training never reaches it", INSTEAD)
    for text in settings.network.enterprise_ranges:
        if outside.overlaps(IPv4Network(text)):
            why = f"{outside} lies in the enterprise network, and neither it nor training reaches the other"
            yield Problem(path, why, INSTEAD)

"""What the isolation proofs cost: a stack's claims over a plan of up to 10,000 resources, and the matching
core.

First the claims: of every ten resources two are firewall rules, a twentieth are subnets and a tenth machines
with pods; the rest carry no packets. Everything counts: reading references, translating, and all claims of
the flow table. 10,000 resources may take 2 seconds of one core and 500 MB.

Then the core: all pairs of 512 subnets under many rules. Prints, for 1,000 to 10,000 rules, the seconds for
262,144 pairs and their growth against the growth of the
rules: below 1 means better than linear. `narrow` rules name prefixes of /15 to /19, as segments do; `broad`
ones go up to /8, so that about every ninth rule matches a pair. Run it as `python -m benchmarks.isolation`.
"""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path
from typing import Any

import yaml

from isolation.addresses import addresses
from isolation.matching import Matcher, Side
from isolation.proof import prove
from isolation.resources import Graph, Resource
from isolation.rules import Action, Filter, Match, Rule
from isolation.table import Question, StackData, question
from isolation.traffic import traffic

FLOWS = Path(__file__).parent.parent / "stacks" / "flows.yaml"
SUBNETS = tuple(f"10.{index // 8}.{index % 8 * 32}.0/19" for index in range(512))
SIZES = {"narrow": (1000, 2000, 3000, 10000), "broad": (1000, 2000)}
WIDEST = {"narrow": 15, "broad": 8}


def rules(count: int, widest: int) -> tuple[Rule, ...]:
    """Allows and denies between random prefixes on random ports; the same for every run."""
    draw = random.Random(count)
    return tuple(
        Rule(
            f"rule {index}",
            draw.choice((Action.ALLOW, Action.DENY)),
            Match(addresses(_prefix(draw, widest))),
            Match(addresses(_prefix(draw, widest))),
            traffic(
                draw.choice(("TCP", "UDP")), port := draw.randrange(1, 60000), port + draw.randrange(500)
            ),
            priority=draw.randrange(1000),
        )
        for index in range(count)
    )


def seconds(count: int, widest: int) -> float:
    """One cold judgement of every pair, compiling the filter included."""
    one = Filter("vpc", rules(count, widest), Action.DENY)
    started = time.perf_counter()
    matcher = Matcher([one])
    sides = [
        [Side(signature) for signature in matcher.signatures.classes(addresses(subnet))] for subnet in SUBNETS
    ]
    for source in sides:
        for destination in sides:
            for caller in source:
                for called in destination:
                    matcher.passed(one, caller, called, frozenset())
    return time.perf_counter() - started


def plan(count: int) -> Graph:
    """A plan of Google Cloud with `count` resources: of 10,000, 1,000 machines, 500 subnets, 2,000 rules."""
    draw = random.Random(count)
    subnets, machines, filters = count // 20, count // 10, count // 5
    found = [
        _made(
            "gcp:compute/network:Network",
            "vpc",
            autoCreateSubnetworks=False,
            deleteDefaultRoutesOnCreate=True,
        )
    ]
    for index in range(subnets):
        cidr = f"10.{index % 5 * 16 + index // 5 // 16}.{index // 5 % 16 * 16}.0/20"
        found.append(
            _made(
                "gcp:compute/subnetwork:Subnetwork", f"s{index}", network="vpc", ipCidrRange=cidr, region="r"
            )
        )
    for index in range(machines):
        inside = found[1 + index % subnets]
        base = str(inside.properties["ipCidrRange"]).rpartition(".")[0].rpartition(".")
        address = f"{base[0]}.{int(base[2]) + index // subnets % 16}.{2 + index % 200}"
        interface = {"subnetwork": f"s{index % subnets}", "networkIp": address}
        tags = [f"t{index % 20}"]
        found.append(
            _made("gcp:compute/instance:Instance", f"m{index}", networkInterfaces=[interface], tags=tags)
        )
    for index in range(filters):
        side = draw.choice(("sourceRanges", "destinationRanges"))
        mine, its = draw.sample(range(5), 2) if draw.random() < 0.05 else (0, 0)
        action = "allows" if mine == its and draw.random() < 0.5 else "denies"
        found.append(
            _made(
                "gcp:compute/firewall:Firewall",
                f"f{index}",
                network="vpc",
                priority=draw.randrange(1000),
                direction="INGRESS" if side == "sourceRanges" else "EGRESS",
                targetTags=[f"t{draw.randrange(20)}"] if draw.random() < 0.5 else [],
                **{
                    side: [f"10.{its * 16 + draw.randrange(16)}.{draw.randrange(16) * 16}.0/20"],
                    action: [{"protocol": "tcp", "ports": [str(draw.randrange(1, 60000))]}],
                },
            )
        )
    found.append(
        _made(
            "gcp:compute/firewall:Firewall",
            "last",
            network="vpc",
            priority=65000,
            direction="EGRESS",
            denies=[{"protocol": "all"}],
        )
    )
    while len(found) < count:
        found.append(
            _made("gcp:serviceaccount/account:Account", f"a{len(found)}", accountId=f"a{len(found)}")
        )
    return Graph(found)


def asked() -> Question:
    """The claims of the flow table over segments that are five /12 ranges."""
    names = ("training", "inference", "edge", "data", "operations")
    flows = yaml.safe_load(FLOWS.read_text(encoding="utf-8"))
    segments = {name: [f"10.{index * 16}.0.0/12"] for index, name in enumerate(names)}
    return question(StackData(segments, ["172.16.0.0/12"], flows["flows"], flows["never"]))


def _made(type_: str, name: str, **properties: Any) -> Resource:
    urn = f"urn:pulumi:bench::bench::{type_}::{name}"
    return Resource.of(urn, type_, {"name": name, **properties}, id_=name)


def claims() -> None:
    """Print what all claims of a stack cost."""
    wanted, first = asked(), 0.0
    for size in (1000, 3000, 10000):
        graph = plan(size)
        started = time.process_time()
        report = prove(graph, wanted)
        spent = time.process_time() - started
        first = first or spent
        growth = (spent / first) / (size / 1000)
        print(f"{size:6} resources: {spent:6.2f} s, growth {growth:4.2f} of linear ({report.summary})")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def main() -> None:
    """Print both tables."""
    claims()
    for shape, sizes in SIZES.items():
        first = 0.0
        for size in sizes:
            spent = seconds(size, WIDEST[shape])
            first = first or spent
            growth = (spent / first) / (size / sizes[0])
            print(f"{size:6} {shape} rules: {spent:6.2f} s, growth {growth:4.2f} of linear")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _prefix(draw: random.Random, widest: int) -> str:
    """A prefix up to /19, so that each subnet lies wholly inside or outside."""
    return f"10.{draw.randrange(64)}.{draw.randrange(8) * 32}.0/{draw.randrange(widest, 20)}"


if __name__ == "__main__":
    main()

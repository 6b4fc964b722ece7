"""What the isolation proofs cost: a stack's claims over plans of 10,000 resources, and the matching core.

First the claims, on plans of Google Cloud and of AWS (`benchmarks.plans`): 10,000 resources are 2,000 rules,
500 subnets, 1,000 workloads with pods and 500 machines. Everything counts: reading references, translating,
and all claims of the flow table, which are all proven; then the same without the positive ones, which need
every machine and the answers. All of it may take 2 seconds of one core and 500 MB.

Then the core: all pairs of 512 subnets under many rules. Prints, for 1,000 to 10,000 rules, the seconds for
262,144 pairs and their growth against the growth of the
rules: below 1 means better than linear. `narrow` rules name prefixes of /15 to /19, as segments do; `broad`
ones go up to /8, so that about every ninth rule matches a pair. Run it as `python -m benchmarks.isolation`.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Callable

from benchmarks.plans import amazon, asked, google
from isolation.addresses import addresses
from isolation.matching import Matcher, Side
from isolation.proof import prove
from isolation.resources import Graph
from isolation.rules import Action, Filter, Match, Rule
from isolation.table import Question
from isolation.traffic import traffic

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


def claims() -> None:
    """Print what all claims of a stack cost, and what the positive ones have of it."""
    clouds: dict[str, tuple[Callable[[int], Graph], tuple[str, ...]]] = {
        "Google Cloud": (google.plan, google.CONTROL_PLANE_PORTS),
        "AWS": (amazon.plan, amazon.CONTROL_PLANE_PORTS),
    }
    print("  resources   all claims   growth   without the positive ones   verdicts")
    for cloud, (plan, ports) in clouds.items():
        print(cloud)
        first = 0.0
        for size in (1000, 3000, 10000):
            graph = plan(size)
            spent, summary = _judged(graph, asked(ports))
            less, _ = _judged(graph, asked(ports, positive=False))
            first = first or spent
            growth = (spent / first) / (size / 1000)
            print(f"  {size:9}   {spent:8.2f} s   {growth:6.2f}   {less:23.2f} s   {summary}")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _judged(graph: Graph, question: Question) -> tuple[float, str]:
    """Seconds of the processor for one cold proof, the quickest of three, and its summary."""
    found: list[tuple[float, str]] = []
    for _ in range(3):
        # What a graph remembers of references counts, too.
        fresh = Graph(graph.resources)
        started = time.process_time()
        report = prove(fresh, question)
        found.append((time.process_time() - started, report.summary))
    return min(found)


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

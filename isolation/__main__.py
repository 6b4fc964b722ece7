"""The command line: proofs over an exported plan or state, and who can talk to whom in plain Kubernetes YAML.

    python -m isolation prove --state FILE [--stack-file FILE] [--html FILE] [--json]
    python -m isolation reach --state FILE --from X --to Y [--stack-file FILE]
    python -m isolation connectivity --kubernetes DIR [--json]

`FILE` is an exported state, a backend's state file, the JSON of a preview, or a saved plan. `X` and `Y` are a
segment, `internet`, `enterprise`, a range, or the name of a machine, pool, subnet or other endpoint. Exit
status 0: every claim is proven, or nothing gets from X to Y; 1: a claim is violated, or something does; 2:
unproven, or unreadable, with one sentence on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from isolation.asked import data_for, stack_of
from isolation.claims import End
from isolation.exports import Unreadable, read
from isolation.kubernetes.cluster import read_cluster
from isolation.kubernetes.connectivity import connectivity
from isolation.kubernetes.documents import Unreadable as UnreadableYaml
from isolation.kubernetes.documents import read_folder
from isolation.model import Inconsistent
from isolation.page import render
from isolation.proof import model_of, prove, reach
from isolation.report import lines, verdict_lines
from isolation.resources import Graph
from isolation.table import end, question
from isolation.verdicts import Report, Verdict, status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "prove":
                return _prove(options)
            case "reach":
                return _reach(options)
            case _:
                return _connectivity(options)
    except (Unreadable, UnreadableYaml, Inconsistent, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 2


def _prove(options: argparse.Namespace) -> int:
    graph = read(options.state)
    data, origin = data_for(graph, options.stack_file)
    report = prove(graph, question(data))
    if options.json:
        print(json.dumps([_row(one) for one in report.verdicts], indent=2))
    else:
        print("\n".join(lines(report)))
    if options.html:
        title = f"Isolation of {stack_of(graph) or options.state.name}"
        options.html.write_text(render(report, title, origin), encoding="utf-8")
    return _status(report)


def _status(report: Report) -> int:
    return report.status if report.verdicts else 2


def _reach(options: argparse.Namespace) -> int:
    graph = read(options.state)
    data, _ = data_for(graph, options.stack_file)
    asked = question(data)
    names = tuple(data.segments)
    known = {one.name for one in model_of(graph, asked.scope).endpoints}
    ends = [_end(graph, text, names, known) for text in (options.source, options.destination)]
    verdict = reach(graph, asked.scope, *ends)
    said = {0: "does not reach", 1: "reaches", 2: "may reach"}[status([verdict])]
    print(f"{ends[0]} {said} {ends[1]}")
    print("\n".join(list(verdict_lines(verdict))[1:]))
    return status([verdict])


def _end(graph: Graph, text: str, segments: tuple[str, ...], known: set[str]) -> End:
    """A segment, an outside or a range; else the endpoints whose name has the text."""
    chosen = {name for name in known if name == text or name.endswith(f" {text}")} or {
        name for name in known if text in name
    }
    try:
        return end(text, segments)
    except ValueError:
        if chosen:
            return End(text, names=frozenset(chosen))
    some = ", ".join(sorted(known)[:8])
    raise Unreadable(
        f"{text!r} is no segment, range or endpoint of {stack_of(graph) or 'the plan'}; write one of "
        f"{', '.join([*segments, 'internet', 'enterprise'])}, a range, or an endpoint such as {some}"
    )


def _row(verdict: Verdict) -> dict[str, object]:
    claim, path = verdict.claim, verdict.path
    return {
        "claim": claim.name,
        "says": str(claim),
        "outcome": verdict.outcome.value,
        "because": list(verdict.because),
        "missing": list(verdict.missing),
        "path": asdict(path) if path else None,
    }


def _connectivity(options: argparse.Namespace) -> int:
    cluster = read_cluster(read_folder(options.kubernetes))
    for note in cluster.notes:
        print(f"note: {note}", file=sys.stderr)
    found = connectivity(
        cluster,
        blocks_cover_pods=options.blocks_cover_pods,
        within_workloads=options.within_workloads,
        ipv6=True if options.ipv6 else None,
    )
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
    else:
        for one in found:
            print(f"{one.src} -> {one.dst}: {', '.join(one.connections)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m isolation", description="Who can reach whom.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    proof = commands.add_parser("prove", help="judge a stack's claims over a state, preview or plan")
    _state(proof)
    proof.add_argument("--html", type=Path, metavar="FILE", help="write the proof as a page, too")
    proof.add_argument("--json", action="store_true", help="print JSON")
    ask = commands.add_parser("reach", help="whether anything gets from X to Y, and how")
    _state(ask)
    ask.add_argument("--from", dest="source", required=True, metavar="X")
    ask.add_argument("--to", dest="destination", required=True, metavar="Y")
    pairs = commands.add_parser("connectivity", help="list who can talk to whom in Kubernetes YAML")
    pairs.add_argument("--kubernetes", type=Path, required=True, metavar="DIR", help="a folder of YAML")
    pairs.add_argument("--json", action="store_true", help="print JSON")
    pairs.add_argument(
        "--within-workloads", action="store_true", help="list also the pods of one workload among themselves"
    )
    pairs.add_argument(
        "--blocks-cover-pods",
        action="store_true",
        help="read ipBlocks as holding pods too (the network plugin decides; this reading allows most)",
    )
    pairs.add_argument(
        "--ipv6", action="store_true", help="list IPv6 addresses even where no object mentions the family"
    )
    return parser


def _state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        type=Path,
        required=True,
        metavar="FILE",
        help="an exported state, a backend's state file, a preview's JSON or a plan",
    )
    parser.add_argument(
        "--stack-file", type=Path, metavar="FILE", help="the stack's file; else found by the stack's name"
    )


if __name__ == "__main__":
    sys.exit(main())

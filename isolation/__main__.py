"""`python -m isolation connectivity --kubernetes DIR [--json]`: who can talk to whom, from plain YAML.

Prints one pair a line, or JSON. Exit status 0, or 2 with one sentence on standard error for what cannot be
read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from isolation.kubernetes.cluster import read_cluster
from isolation.kubernetes.connectivity import connectivity
from isolation.kubernetes.documents import Unreadable, read_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        cluster = read_cluster(read_folder(options.kubernetes))
    except Unreadable as problem:
        print(problem, file=sys.stderr)
        return 2
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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
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


if __name__ == "__main__":
    sys.exit(main())

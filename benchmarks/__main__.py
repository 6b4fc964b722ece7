"""`python -m benchmarks STACK [--rounds N]`: what components and policies cost, as ratios within one run.

Previews the stack, a flat program that registers the same resources, and the stack under the policy pack, in
turns, and compares the medians; the pack itself tells how long the proof of isolation took. Absolute times
say more about the machine than about the code.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from subprocess import CompletedProcess

from benchmarks import Preview, done, measure
from benchmarks.flat import FLAT_PROJECT, write_flat_program
from rehearsal.session import Session, temporary
from tools.stack import Stack, stack_settings

PROOF = "isolation-claims-hold"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("stack")
    parser.add_argument("--rounds", type=int, default=5, help="previews of each kind (default 5)")
    asked = parser.parse_args(arguments)
    with temporary() as session, tempfile.TemporaryDirectory() as folder:
        flat, resources = _flat(asked.stack, session, Path(folder))
        stack = Stack(asked.stack, session)
        stack.configure(stack_settings(asked.stack))
        proofs: list[float] = []

        def under_policies() -> CompletedProcess[str]:
            run = stack.preview(capture=True)
            if run.returncode == 0:
                proofs.append(stack.report()["seconds"].get(PROOF, 0.0))
            return run

        kinds: dict[str, Preview] = {
            "flat": lambda: flat.run("preview", capture=True),
            "stack": lambda: stack.run("preview", capture=True),
            "policies": under_policies,
        }
        seconds = measure(kinds, asked.rounds)
    print(f"{asked.stack}: {resources} resources, {asked.rounds} rounds, {os.cpu_count()} cores")
    for kind, times in seconds.items():
        print(f"  {kind:<9} {statistics.median(times):6.2f} s   ({min(times):.2f} to {max(times):.2f})")
    median = {kind: statistics.median(times) for kind, times in seconds.items()}
    ratio = median["stack"] / median["flat"]
    print(f"  preview of the stack / of a flat program   {ratio:.2f}   (aim: 1.2 or less)")
    added = (median["policies"] - median["stack"]) / median["stack"]
    print(f"  time the policies add / preview            {added:.2f}   (aim: 0.25 or less)")
    share = statistics.median(proofs) / median["policies"]
    print(f"  proof of isolation / preview under them    {share:.2f}   (aim: 0.10 or less)")
    return 0


def _flat(name: str, session: Session, folder: Path) -> tuple[Stack, int]:
    """The flat program with the resources that an update of the stack ends up with."""
    with temporary() as elsewhere:
        model = Stack(name, elsewhere)
        model.configure(stack_settings(name))
        done(model.up(capture=True))
        (folder / "Pulumi.yaml").write_text(FLAT_PROJECT, encoding="utf-8")
        resources = write_flat_program(model.export(), folder)
    flat = Stack("flat", session, folder)
    flat.configure({"config": {}})
    return flat, resources


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m benchmarks.pack [STACK] [--rounds N]`: what the policy pack costs as a program grows.

Previews flat programs of 100, 300 and 900 resources with the pack and without, in turns. The resources are
the stack's own, in its order; past its end they come again under other names. What is cut out of a stack
breaks rules about the whole, so here every rule only advises.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import done, measure
from benchmarks.flat import FLAT_PROJECT, write_flat_program
from rehearsal.session import Session, temporary
from tools.stack import REPORT_VARIABLE, Stack, stack_settings

SIZES = (100, 300, 900)


def sized(deployment: Mapping[str, Any], size: int) -> dict[str, Any]:
    """The deployment cut, or repeated under other names, to `size` resources; providers stay as they are."""
    resources: list[dict[str, Any]] = deployment["deployment"]["resources"]
    providers = [each for each in resources if each["type"].startswith("pulumi:providers:")]
    own = [each for each in resources if each.get("custom") and not each["type"].startswith("pulumi:")]
    if not own:
        raise ValueError("the deployment has no resources to take from")
    taken: list[dict[str, Any]] = []
    for index in range(size):
        turn, place = divmod(index, len(own))
        taken.append({**own[place], "urn": own[place]["urn"] + (f"-{turn + 1}" if turn else "")})
    return {"deployment": {"resources": providers + taken}}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pack", description=__doc__)
    parser.add_argument("stack", nargs="?", default="gcp-prod")
    parser.add_argument("--rounds", type=int, default=3, help="previews of each kind (default 3)")
    asked = parser.parse_args(arguments)
    with temporary() as session, tempfile.TemporaryDirectory() as folder:
        model = Stack(asked.stack, session)
        model.configure(stack_settings(asked.stack))
        done(model.up(capture=True))
        deployment = model.export()
        advise = Path(folder, "advise.json")
        advise.write_text(json.dumps({"all": "advisory"}), encoding="utf-8")
        print(f"{asked.stack} cut and repeated, {asked.rounds} rounds, {os.cpu_count()} cores")
        print("  resources   preview   the pack adds   added / preview   each resource")
        for size in SIZES:
            flat = _program(sized(deployment, size), size, session, Path(folder))
            seconds = measure(
                {
                    "preview": lambda flat=flat: flat.run("preview", capture=True),
                    "policies": lambda flat=flat: flat.preview(
                        "--policy-pack-config", str(advise), capture=True
                    ),
                },
                asked.rounds,
            )
            preview, judged = (statistics.median(seconds[kind]) for kind in ("preview", "policies"))
            added = judged - preview
            print(
                f"  {size:9}   {preview:5.2f} s   {added:11.2f} s   {added / preview:15.2f}   "
                f"{1000 * added / size:10.1f} ms"
            )
    return 0


def _program(deployment: Mapping[str, Any], size: int, session: Session, folder: Path) -> Stack:
    home = folder / str(size)
    home.mkdir()
    (home / "Pulumi.yaml").write_text(FLAT_PROJECT, encoding="utf-8")
    write_flat_program(deployment, home)
    flat = Stack(f"flat-{size}", session, home)
    flat.configure({"config": {}})
    # A report after each finding is what a person wants of a breach, and would be measured here.
    flat.env[REPORT_VARIABLE] = ""
    return flat


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

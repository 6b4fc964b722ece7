"""The policy pack's entry point: everything is elsewhere, because `PolicyPack` serves and never returns."""

import sys
from importlib import import_module
from pathlib import Path
from threading import Thread

# The engine starts a pack in its own folder; `policies` is a package of the checkout above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi_policy import PolicyPack

from policies.framework import catalogue, exemptions
from policies.framework.pack import policies
from policies.framework.session import Session

EXEMPTIONS = Path(__file__).with_name("exemptions.yaml")


def main() -> None:
    try:
        rules = catalogue.load()
        exempted = exemptions.load(EXEMPTIONS, rules.rules)
    except ValueError as refusal:
        sys.exit(f"policies: {refusal}")
    # The engine waits for the pack before it starts the program, and asks for the proof when that has ended.
    Thread(target=import_module, args=("policies.claims",), daemon=True).start()
    PolicyPack("palisade", policies(Session(rules, exempted)))


main()

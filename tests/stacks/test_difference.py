"""What production asks for beyond development is read in one screen."""

from __future__ import annotations

import difflib

from tools.stack import ROOT

SCREEN = 80
"""Lines that a tall terminal shows."""


def test_the_difference_of_dev_and_prod_fits_a_screen() -> None:
    dev, prod = (
        (ROOT / "stacks" / f"Pulumi.gcp-{name}.yaml").read_text(encoding="utf-8").splitlines()
        for name in ("dev", "prod")
    )
    changed = [line for line in difflib.ndiff(dev, prod) if line.startswith(("+ ", "- "))]
    assert 0 < len(changed) <= SCREEN

"""Builds the platform that the stack's settings describe, on the cloud they name.

Only the chosen cloud's composition is imported, and with it only that cloud's SDK.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pulumi

from stacks.registrations import registered
from stacks.settings import EXPLAINED, load_from_pulumi

settings = load_from_pulumi()
composition = f"stacks.{settings.cloud}"
if find_spec(composition) is None:
    pulumi.log.error(f"palisade:cloud: there is no {composition.replace('.', '/')} yet; write `gcp`.")
    raise SystemExit(EXPLAINED)
import_module(composition).build(settings)
pulumi.run(registered)

"""`python -m policies.settings STACK_FILE` prints the pack's configuration for a stack that is not running.

`pulumi policy analyze` judges an exported state and knows no stack configuration, so the pack assumes the
strictest. With this, it is told:

    python -m policies.settings stacks/Pulumi.gcp-dev.yaml > config.json
    pulumi policy analyze --policy-pack policies --policy-pack-config config.json --file state.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from policies.framework.pack import CONFIG
from policies.framework.situation import NAMESPACE


def pack_configuration(stack_file: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a stack file says that the rules ask for, in the form of a `--policy-pack-config` file."""
    prefix = f"{NAMESPACE}:"
    config: Mapping[str, Any] = stack_file.get("config") or {}
    ours = {name.removeprefix(prefix): value for name, value in config.items() if name.startswith(prefix)}
    return {NAMESPACE: {name: value for name, value in ours.items() if name in CONFIG.properties}}


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("write one stack file: python -m policies.settings stacks/Pulumi.<stack>.yaml")
    path = Path(arguments[0])
    if not path.is_file():
        sys.exit(f"{path}: there is no such stack file")
    print(json.dumps(pack_configuration(yaml.safe_load(path.read_text(encoding="utf-8"))), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])

"""The environment variables that keep an engine quiet, offline and inside one folder: one table for all
callers.

Every name was looked up in the engine's own list (`sdk/go/common/env` at the pinned version).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

# Harmless everywhere, real accounts included: they only silence what is not about the user's stack.
QUIET: Mapping[str, str] = MappingProxyType(
    {
        # No look-up of newer releases.
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # No advertisement of a hosted assistant below an error.
        "PULUMI_SUPPRESS_NEO_LINK": "true",
    }
)

# For a run that must not reach the network: what is missing is then an error and never a download.
OFFLINE: Mapping[str, str] = MappingProxyType(
    {
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        # Package names are not looked up in Pulumi's registry.
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
    }
)


def enclosed(home: Path, backend: Path, passphrase: str) -> dict[str, str]:
    """Variables that keep everything an engine writes in two folders and off the network.

    `home` gets the engine's settings and logs, `backend` the state of stacks, whose secrets
    `passphrase` encrypts. Both folders are created. Not for a real account: its backend and secrets
    provider are the team's own choice.
    """
    home.mkdir(parents=True, exist_ok=True)
    backend.mkdir(parents=True, exist_ok=True)
    return {
        **QUIET,
        **OFFLINE,
        "PULUMI_HOME": str(home.absolute()),
        "PULUMI_BACKEND_URL": backend.absolute().as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": passphrase,
    }


def path_first(environment: Mapping[str, str], folders: Iterable[Path]) -> dict[str, str]:
    """A copy of `environment` whose PATH leads with those of `folders` that exist, each named once."""
    leading = [str(folder) for folder in folders if folder.is_dir()]
    others = environment.get("PATH", os.defpath).split(os.pathsep)
    return {
        **environment,
        "PATH": os.pathsep.join([*leading, *(entry for entry in others if entry not in leading)]),
    }

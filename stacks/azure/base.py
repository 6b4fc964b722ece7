"""What every part of an Azure composition stands on: its section of the settings, identities, keys.

`actors` are the identities with their client ids, `seals` the keys as services take them, `vaulted` the
vault's, also where another in an HSM counts, and `logs` where records go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.azure.diagnostics import Logs
from components.azure.identity import Actor
from components.azure.keys import Seal
from components.azure.place import Place
from components.contracts import Identity, Key, Purpose, Workload
from stacks.model.azure import Azure
from stacks.settings import Settings

Identities = Mapping[Workload, Identity]
Actors = Mapping[Workload, Actor]
Keys = Mapping[Purpose, Key]
Seals = Mapping[Purpose, Seal]


def azure(settings: Settings) -> Azure:
    """The section of this cloud, which the settings' own rules require."""
    assert settings.azure is not None
    return settings.azure


def place(settings: Settings) -> Place:
    """The subscription, location, zones and resource group of the stack."""
    return azure(settings).place(settings.prefix)


@dataclass(frozen=True)
class Base:
    """What nearly every component of a stack stands on."""

    settings: Settings
    identities: Identities
    actors: Actors
    keys: Keys
    seals: Seals
    vaulted: Seals
    logs: Logs

    @property
    def place(self) -> Place:
        return place(self.settings)

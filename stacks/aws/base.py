"""What every part of an AWS composition stands on: its section of the settings, identities, keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.aws.place import Place
from components.contracts import Identity, Key, Purpose, Workload
from stacks.model.amazon import Amazon
from stacks.settings import Settings

Identities = Mapping[Workload, Identity]
Keys = Mapping[Purpose, Key]


def amazon(settings: Settings) -> Amazon:
    """The section of this cloud, which the settings' own rules require."""
    assert settings.amazon is not None
    return settings.amazon


def place(settings: Settings) -> Place:
    """The account, region and zones of the stack."""
    given = amazon(settings)
    return Place(account=given.account, region=given.region, zones=given.zones)


@dataclass(frozen=True)
class Base:
    """What nearly every component of a stack stands on."""

    settings: Settings
    identities: Identities
    keys: Keys

    @property
    def place(self) -> Place:
        return place(self.settings)

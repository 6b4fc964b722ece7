"""What every part of a Google Cloud composition stands on: its section of the settings, identities, keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.contracts import (
    Identity,
    Key,
    Purpose,
    Workload,
)
from stacks.model.google import Google
from stacks.settings import Settings

Identities = Mapping[Workload, Identity]
Keys = Mapping[Purpose, Key]


def google(settings: Settings) -> Google:
    """The section of this cloud, which the settings' own rules require."""
    assert settings.google is not None
    return settings.google


@dataclass(frozen=True)
class Base:
    """What nearly every component of a stack stands on."""

    settings: Settings
    number: pulumi.Output[str]
    identities: Identities
    keys: Keys

    @property
    def place(self) -> Google:
        return google(self.settings)

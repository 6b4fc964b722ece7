"""Arguments of what keeps data, keys and accounts, from a stack's settings."""

from __future__ import annotations

from components.aws.identity import IdentitiesArgs
from components.aws.keys import KeysArgs
from components.aws.registry import RegistryArgs
from components.aws.storage import StoresArgs
from components.contracts import Purpose
from components.kubernetes.software import catalogue
from stacks.aws.base import Base, Identities, amazon, place
from stacks.settings import Settings


def identities(settings: Settings) -> IdentitiesArgs:
    return IdentitiesArgs(place=place(settings), deployers=amazon(settings).deployers)


def keys(settings: Settings, identities: Identities) -> KeysArgs:
    return KeysArgs(
        place=place(settings),
        identities=identities,
        labels=settings.all_labels,
        protected=settings.protected,
    )


def stores(base: Base) -> StoresArgs:
    settings = base.settings
    return StoresArgs(
        place=base.place,
        sensitive=settings.sensitive,
        retention_days=settings.data.retention_days + settings.data.soft_delete_days,
        log_days=settings.retention.logs_days,
        keys=base.keys,
        identities=base.identities,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
        torn_down=settings.teardown is not None,
    )


def registry(base: Base) -> RegistryArgs:
    settings = base.settings
    return RegistryArgs(
        place=base.place,
        key=base.keys[Purpose.REGISTRY],
        images=tuple(catalogue().images),
        charts=tuple(catalogue().charts),
        identities=base.identities,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
        torn_down=settings.teardown is not None,
        writes_settings=amazon(settings).registry_settings == "own",
    )

"""Arguments of what keeps data, keys and accounts, from a stack's settings."""

from __future__ import annotations

from collections.abc import Mapping

from components.contracts import (
    Purpose,
    SigningKey,
    Store,
    StoreName,
    Workload,
)
from components.gcp.catalog import CatalogArgs
from components.gcp.identity import IdentitiesArgs
from components.gcp.keys import KeysArgs
from components.gcp.registry import RegistryArgs
from components.gcp.storage import StoresArgs
from stacks.gcp.base import Base, Identities, google
from stacks.settings import Settings


def identities(settings: Settings) -> IdentitiesArgs:
    place = google(settings)
    return IdentitiesArgs(project=place.project, deployers=place.deployers)


def keys(settings: Settings, identities: Identities) -> KeysArgs:
    place = google(settings)
    return KeysArgs(
        project=place.project,
        region=place.region,
        production=settings.production,
        signer=identities[Workload.SIGNER],
        labels=settings.all_labels,
        protected=settings.protected,
    )


def registry(base: Base, signing: SigningKey) -> RegistryArgs:
    return RegistryArgs(
        project=base.place.project,
        region=base.place.region,
        key=base.keys[Purpose.REGISTRY],
        signing=signing,
        identities=base.identities,
        labels=base.settings.all_labels,
        protected=base.settings.holds_valuable_data,
        writes_image_policy=base.place.image_policy == "own",
    )


def stores(base: Base) -> StoresArgs:
    settings, place = base.settings, base.place
    return StoresArgs(
        project=place.project,
        region=place.region,
        production=settings.production,
        sensitive=settings.sensitive,
        retention_days=settings.data.retention_days,
        soft_delete_days=settings.data.soft_delete_days,
        log_days=settings.retention.logs_days,
        keys=base.keys,
        identities=base.identities,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
        torn_down=settings.teardown is not None,
    )


def catalog(base: Base, stores: Mapping[StoreName, Store]) -> CatalogArgs:
    settings = base.settings
    return CatalogArgs(
        project=base.place.project,
        project_number=base.number,
        region=base.place.region,
        stores=stores,
        classification=settings.data.classification.value,
        sensitive=settings.sensitive,
        retention_days=settings.data.retention_days + settings.data.soft_delete_days,
        lawful_basis=settings.data.lawful_basis.value.upper().replace("-", "_"),
        purpose=settings.data.purpose,
        owner=settings.contacts.privacy or settings.contacts.security,
        labels=settings.all_labels,
    )

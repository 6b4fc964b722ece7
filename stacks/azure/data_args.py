"""Arguments of what keeps data, keys and accounts, from a stack's settings."""

from __future__ import annotations

from collections.abc import Mapping

from components.azure.catalog import entry
from components.azure.diagnostics import Logs
from components.azure.hsm import HsmArgs
from components.azure.identity import Federation, IdentitiesArgs
from components.azure.keys import KeysArgs, Seal, example_public_key
from components.azure.resource_group import ResourceGroupArgs
from components.azure.storage import StoresArgs
from components.contracts import Purpose, StoreName
from components.rehearsal import rehearsed
from stacks.azure import records_args
from stacks.azure.base import Base, Identities, azure, place
from stacks.settings import Settings


def resource_group(settings: Settings) -> ResourceGroupArgs:
    return ResourceGroupArgs(
        place=place(settings), labels=settings.all_labels, protected=settings.holds_valuable_data
    )


def identities(settings: Settings) -> IdentitiesArgs:
    return IdentitiesArgs(
        place=place(settings),
        deployers=tuple(Federation(**each.model_dump()) for each in azure(settings).deployers),
        labels=settings.all_labels,
    )


def keys(settings: Settings, identities: Identities, logs: Logs) -> KeysArgs:
    return KeysArgs(
        place=place(settings),
        identities=identities,
        signing_key=_signing_key(settings),
        logs=logs,
        recover=azure(settings).recover_vault,
        labels=settings.all_labels,
        protected=settings.protected,
    )


def hsm(settings: Settings, vaulted: Mapping[Purpose, Seal], logs: Logs) -> HsmArgs | None:
    """Nothing unless the stack file asks for one."""
    given = azure(settings)
    if given.managed_hsm is None:
        return None
    return HsmArgs(
        place=place(settings),
        administrators=given.managed_hsm.administrators,
        vaulted=vaulted,
        keys={Purpose(purpose): key for purpose, key in given.managed_hsm.keys.items()},
        logs=logs,
        recover=given.recover_vault,
        labels=settings.all_labels,
        protected=settings.protected,
    )


def _signing_key(settings: Settings) -> str:
    """The signing key's public half; none while clusters stay empty, and an example in a rehearsal.

    Raises:
        ValueError: clusters are to be filled, and nothing could be verified in them.
    """
    given = azure(settings)
    if given.signing_key:
        return given.signing_key
    if rehearsed():
        return example_public_key()
    if settings.teardown or not given.fill_clusters:
        return ""
    raise ValueError(
        "palisade:azure.signing_key is missing, and pods verify releases with it; write what "
        "`az keyvault key download --encoding PEM` tells inside the network, and until then "
        "palisade:azure.fill_clusters: false"
    )


def stores(base: Base) -> StoresArgs:
    settings = base.settings
    return StoresArgs(
        place=base.place,
        sensitive=settings.sensitive,
        retention_days=settings.data.retention_days + settings.data.soft_delete_days,
        seals=base.seals,
        identities=base.identities,
        logs=base.logs,
        entries={store: entry(store, records_args.facts(settings)) for store in StoreName},
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
        torn_down=settings.teardown is not None,
    )

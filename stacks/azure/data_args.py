"""Arguments of what keeps data, keys and accounts, from a stack's settings."""

from __future__ import annotations

from components.azure.identity import Federation, IdentitiesArgs
from components.azure.resource_group import ResourceGroupArgs
from stacks.azure.base import azure, place
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

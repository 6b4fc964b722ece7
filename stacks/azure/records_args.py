"""Arguments of what is recorded, from a stack's settings."""

from __future__ import annotations

from components.azure.workspace import WorkspaceArgs
from stacks.azure.base import place
from stacks.settings import Settings


def workspace(settings: Settings) -> WorkspaceArgs:
    return WorkspaceArgs(
        place=place(settings),
        log_days=settings.retention.logs_days,
        labels=settings.all_labels,
        protected=settings.protected,
    )

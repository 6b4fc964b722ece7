"""What a rehearsal is and what it cannot tell: every run prints it."""

from __future__ import annotations

LIMITS = (
    "whether the account's permissions, quotas, organisation policies and enabled services allow it",
    "whether a name that is unique in the whole world is free, and whether the capacity is there",
    "how long a real run takes, and what it costs",
    "limits that a cloud enforces and documents nowhere, or that the rehearsal's tables do not have yet",
    "what the running system does: no machine boots, no packet flows, no container starts",
)
"""One line each, to go behind "it cannot tell"."""

HEADLINE = (
    "this is a rehearsal: an emulated cloud, no account, no credential, nothing real is created or changed"
)


def notice() -> str:
    """The lines for a person."""
    return "\n".join(
        [f"rehearsal: {HEADLINE}.", "rehearsal: it cannot tell", *(f"  - {line}" for line in LIMITS)]
    )

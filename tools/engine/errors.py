"""What goes wrong on the way to an engine, how progress is told, and the two ways every refusal ends with."""

from collections.abc import Callable

# Takes one line of progress for the user.
Log = Callable[[str], None]

RELEASE = "a Pulumi release (https://www.pulumi.com/docs/install/)"
GO_DOWNLOADS = "https://go.dev/dl/"


class EngineError(Exception):
    """No engine can be had; the message says why and what else works."""

"""What goes wrong on the way to an engine, and how progress is told."""

from collections.abc import Callable

# Takes one line of progress for the user.
Log = Callable[[str], None]


class EngineError(Exception):
    """No engine can be had; the message says why and what else works."""

"""What goes wrong on the way to an engine, and the way out that every refusal ends with."""

RELEASE = "a Pulumi release (https://www.pulumi.com/docs/install/)"


class EngineError(Exception):
    """No engine can be had; the message says why and what else works."""

"""How the Pulumi engine gets onto a machine that has none.

`ensure()` answers with an engine that can run Python programs. A Pulumi on PATH is used as it is. Otherwise
the engine that `go.mod` pins is built from its Go module, once, into the checkout's `.palisade/bin`, and
`tools.engine.host` beside it stands in for the Python language host, which the module proxy does not serve.

Guarantees: nothing outside the checkout is written (Go's own caches aside), an interrupted build leaves
nothing behind that could be taken for an engine, and every refusal says what else would work.

Left out: provider plugins (the engine fetches them from Pulumi, or the rehearsal stands in for them),
languages other than Python, and Windows.
"""

from tools.engine.choice import Engine, ensure
from tools.engine.errors import EngineError

__all__ = ["Engine", "EngineError", "ensure"]

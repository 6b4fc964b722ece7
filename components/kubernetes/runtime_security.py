"""Runtime detection: Falco on every node, with rules for what model servers and training jobs never do.

Builds Falco from the registry, with the rules of `falco_rules.yaml` beside its own.

Guarantees: one agent per node, GPU nodes included; it loads no kernel module and fetches nothing; what it
sees goes to the cluster's log as JSON, where an alert waits for it.

Leaves out: stopping what it sees. It runs in the namespace `guard`, the only one that may see the node.
Source: github.com/falcosecurity/charts (values of chart 9.1.0), falco.org/docs/concepts/event-sources/kernel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
from pydantic import BaseModel, ConfigDict

from components.kubernetes.charts import release
from components.kubernetes.platform import Ready
from components.kubernetes.scope import Scope

NAMESPACE = "guard"


class RuntimeSecurityArgs(BaseModel):
    """The cluster."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready


class RuntimeSecurity(pulumi.ComponentResource):
    """The agent."""

    def __init__(
        self, name: str, args: RuntimeSecurityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:RuntimeSecurity", name, None, opts)
        scope = args.ready.scope.within(name, self)
        release(scope, "falco", NAMESPACE, _values(scope), *args.ready.guards[NAMESPACE])
        self.register_outputs({})


def _values(scope: Scope) -> dict[str, Any]:
    software = scope.software
    rules = Path(__file__).with_name("falco_rules.yaml").read_text(encoding="utf-8")
    return {
        "image": {
            "registry": software.repository("falco").apply(lambda full: full.partition("/")[0]),
            "repository": software.repository("falco").apply(lambda full: full.partition("/")[2]),
            "tag": software.tag("falco"),
        },
        "driver": {
            "kind": "modern_ebpf",
            "loader": {"enabled": False},
            "modernEbpf": {"leastPrivileged": True},
        },
        # Nothing is downloaded: rules and plug-ins are in the image and below.
        "falcoctl": {"artifact": {"install": {"enabled": False}, "follow": {"enabled": False}}},
        "collectors": {"enabled": False},
        "tolerations": [{"operator": "Exists"}],
        "falco": {
            "json_output": True,
            "json_include_output_property": True,
            "stdout_output": {"enabled": True},
        },
        "customRules": {"palisade.yaml": rules},
    }

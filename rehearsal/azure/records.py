"""What Azure Monitor refuses in a data collection rule: a flow to a destination that the rule does not name.

Source: learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-rule-structure.
"""

from __future__ import annotations

from rehearsal import paths
from rehearsal.model import Refusal, Resource

_RULE = "azure-native:monitor:DataCollectionRule"
_SOURCE = "https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-rule-structure"


def refuse(resource: Resource) -> Refusal | None:
    """Why a new object cannot be, if it cannot."""
    if resource.type != _RULE:
        return None
    # Of most kinds a rule has several destinations, and of measures one.
    where = ("destinations[*][*].name", "destinations[*].name")
    named = {name for path in where for _, name in paths.find(resource.inputs, path) if name}
    for path, wanted in paths.find(resource.inputs, "dataFlows[*].destinations[*]"):
        if wanted not in named:
            known = ", ".join(sorted(map(str, named))) or "a destination's name"
            return Refusal(path, f"the rule has no destination {wanted}", f"write one of {known}", _SOURCE)
    return None

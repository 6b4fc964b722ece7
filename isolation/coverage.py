"""Which resources of a plan a translator knows: a type that may carry packets is never passed over.

Each cloud's `types.yaml` says which modules are about networks, and which of their types are modelled, carry
no packets, or are known and not modelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from isolation.model import Unmodelled
from isolation.resources import Resource


def not_modelled(resources: Iterable[Resource], cloud: str, lists: Mapping[str, Any]) -> Iterator[Unmodelled]:
    """Every resource of a cloud that may carry packets unseen.

    Args:
        resources: with types such as `aws:ec2/vpc:Vpc` or `azure-native:network:Subnet`.
        cloud: what types of the cloud begin with, before the colon.
        lists: `modules`, and by module `modelled` and `silent`; `unmodelled` tells why by type, and names of
            types that contain one of `grants` are grants.
    """
    reasons, grants = lists.get("unmodelled", {}), lists.get("grants", ())
    for resource in resources:
        if why := reasons.get(resource.type):
            yield Unmodelled(resource.label, why, origin=resource.urn)
            continue
        package, _, rest = resource.type.partition(":")
        module, kind = rest.replace(":", "/").partition("/")[0], rest.rpartition(":")[2]
        if package != cloud or module not in lists["modules"] or any(one in kind for one in grants):
            continue
        if kind not in {*lists["modelled"].get(module, ()), *lists["silent"].get(module, ())}:
            yield Unmodelled(resource.label, f"{resource.type} may carry packets", origin=resource.urn)

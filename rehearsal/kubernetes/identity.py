"""Name, namespace and id of an object, as the provider gives them.

Guarantees: an automatic name stays as long as the object does, and carries the annotation of the provider.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from rehearsal import paths
from rehearsal.kubernetes.kinds import Kind
from rehearsal.model import UNKNOWN, Refusal, Resource

_AUTONAMED: Final = "pulumi.com/autonamed"
_PATCHES: Final = "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/"


def fill(
    kind: Kind, resource: Resource, inputs: dict[str, Any], olds: Mapping[str, Any] | None
) -> list[Refusal]:
    """Give an object without a name its automatic one, in place: the logical name and eight hex digits."""
    if inputs.get("metadata") is UNKNOWN:
        return []
    given = cast(dict[str, Any], inputs.get("metadata") or {})
    inputs["metadata"] = given
    if given.get("name") is not None or given.get("generateName") is not None:
        return []
    if kind.is_patch:
        return [Refusal("metadata.name", "it is missing", "name the object that the patch is for", _PATCHES)]
    old = paths.get(olds, "metadata.name") if olds and is_automatic(olds) else None
    given["name"] = old or resource.proposed_name or f"{resource.name}-{resource.seed('name')[:8]}"
    annotations = given.get("annotations")
    if annotations is not UNKNOWN:
        given["annotations"] = {**cast(Mapping[str, Any], annotations or {}), _AUTONAMED: "true"}
    return []


def place(inputs: dict[str, Any], namespace: Any) -> None:
    """Give an object without a namespace the provider's, in place."""
    metadata = inputs.get("metadata")
    if isinstance(metadata, dict):
        cast(dict[str, Any], metadata).setdefault("namespace", namespace)


def is_automatic(inputs: Mapping[str, Any]) -> bool:
    """Whether the provider made the name."""
    return paths.get(inputs, f'metadata.annotations["{_AUTONAMED}"]') == "true"


def of(resource: Resource) -> str:
    """Return the id: `namespace/name`, or the name alone outside namespaces."""
    metadata = cast(Mapping[str, Any], resource.inputs.get("metadata") or {})
    name = metadata.get("name") or f"{metadata.get('generateName', '')}{resource.seed('generateName')[:5]}"
    return f"{metadata['namespace']}/{name}" if metadata.get("namespace") else str(name)

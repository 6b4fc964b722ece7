"""Between an object as Pulumi's SDK has it and as the API has it.

Guarantees: names that the SDK cannot spell (`$ref`, `x-kubernetes-…`) arrive as the API spells them, and come
back as the SDK does. Whatever a controller would report stays with the rehearsal's own tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from rehearsal.kubernetes.kinds import Kind
from rehearsal.kubernetes.real.api import Ref

# pulumi-kubernetes, provider/pkg/gen/properties.go.
_DOLLAR: Final = {"_ref": "$ref", "_schema": "$schema"}
_EXTENSION: Final = ("x_kubernetes_", "x-kubernetes-")
# Property names there are the schema's; anywhere else such a key is somebody's data.
_SCHEMATIC: Final = "CustomResourceDefinition"


def reference(kind: Kind, id: str) -> Ref:
    """The object's place, by its id: `namespace/name` or `name`."""
    namespace, _, name = id.rpartition("/")
    return Ref(kind.version, kind.kind, name, namespace)


def manager(urn: str, generation: int) -> str:
    """The field manager of one resource: a patch must not let go of what the whole object holds."""
    return f"pulumi-kubernetes-{hashlib.sha256(f'{urn} {generation}'.encode()).hexdigest()[:8]}"


def body(ref: Ref, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The object as the API takes it."""
    given = {key: value for key, value in inputs.items() if not key.startswith("__")}
    metadata = {**cast(Mapping[str, Any], given.get("metadata") or {}), "name": ref.name}
    metadata.pop("generateName", None)
    made = _clean({**given, "metadata": metadata})
    return _renamed(made, _to_api) if ref.kind == _SCHEMATIC else made


def outputs(ref: Ref, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What the server returned, as the SDK has it; an empty status is left out, for nobody reported one."""
    shown = dict(stored)
    if not shown.get("status"):
        shown.pop("status", None)
    return _renamed(shown, _to_sdk) if ref.kind == _SCHEMATIC else shown


def _clean(value: Any) -> Any:
    """Without what is `None`: an apply takes that for a field of ours without a value."""
    if isinstance(value, Mapping):
        items = cast(Mapping[str, Any], value).items()
        return {key: _clean(item) for key, item in items if item is not None}
    if isinstance(value, list):
        return [_clean(item) for item in cast(list[Any], value)]
    return value


def _renamed(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        items = cast(Mapping[str, Any], value).items()
        return {rename(key): _renamed(item, rename) for key, item in items}
    if isinstance(value, list):
        return [_renamed(item, rename) for item in cast(list[Any], value)]
    return value


def _to_api(key: str) -> str:
    sdk, api = _EXTENSION
    if key.startswith(sdk):
        return api + key.removeprefix(sdk).replace("_", "-")
    return _DOLLAR.get(key, key)


def _to_sdk(key: str) -> str:
    sdk, api = _EXTENSION
    if key.startswith(api):
        return sdk + key.removeprefix(api).replace("-", "_")
    return next((mine for mine, theirs in _DOLLAR.items() if theirs == key), key)

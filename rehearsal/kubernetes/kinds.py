"""What a type token says about a Kubernetes object: API version, kind, scope, immutable parts.

Leaves out the objects themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import yaml

from rehearsal.model import Record

_DATA: Final = cast(
    Mapping[str, Any], yaml.safe_load((Path(__file__).parent / "kinds.yaml").read_text("utf-8"))
)
_CLUSTER_SCOPED: Final = frozenset(cast(list[str], _DATA["cluster_scoped"]))
_CUSTOM_CLUSTER_SCOPED: Final = frozenset(cast(list[str], _DATA["custom_cluster_scoped"]))
_IMMUTABLE: Final = cast(Mapping[str, list[str]], _DATA["immutable"])
_REMOVED: Final = cast(Mapping[str, str | Mapping[str, str]], _DATA["removed"])

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
DEFINITION: Final = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
# Modules of the SDK that hold no API objects.
_NOT_OBJECTS: Final = frozenset({"helm.sh/v3", "helm.sh/v4", "yaml", "yaml/v2", "kustomize", "kustomize/v2"})


@dataclass(frozen=True)
class Kind:
    """One kind of object."""

    version: str
    """`v1` or `group/version`, as in `apiVersion`."""
    kind: str
    """Without `Patch`, as in `kind`."""
    is_patch: bool = False
    """Whether the resource changes fields of an object that someone else owns."""

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.version.rpartition("/")[0]

    @property
    def is_list(self) -> bool:
        """Whether it is a list of objects, which the API answers with and never stores."""
        return self.kind.endswith("List")

    @property
    def immutable(self) -> frozenset[str]:
        """Property paths whose change replaces the object; a patch keeps only its name and namespace."""
        own = [] if self.is_patch else _IMMUTABLE.get(self.kind, [])
        return frozenset(["metadata.name", "metadata.namespace", *own])

    @property
    def removed(self) -> str | None:
        """What took the place of a version that no supported API server serves; `None` for a living one."""
        entry = _REMOVED.get(self.version)
        if entry is None or isinstance(entry, str):
            return entry
        return entry.get(self.kind, entry.get("*"))

    def namespaced(self, record: Record) -> bool:
        """Whether its objects live in a namespace.

        A custom kind takes its scope from its definition in the record; one that nobody defined is
        namespaced, as the provider assumes.
        """
        built_in = "." not in self.group or self.group.endswith("k8s.io")
        if built_in and self.kind in _CLUSTER_SCOPED:
            return False
        if f"{self.group}:{self.kind}" in _CUSTOM_CLUSTER_SCOPED:
            return False
        for definition in record.find(DEFINITION):
            spec = cast(Mapping[str, Any], definition.inputs.get("spec") or {})
            names = cast(Mapping[str, Any], spec.get("names") or {})
            if spec.get("group") == self.group and names.get("kind") == self.kind:
                return spec.get("scope") != "Cluster"
        return True


@lru_cache(maxsize=1024)
def parse(token: str) -> Kind | None:
    """Read a type token such as `kubernetes:apps/v1:Deployment`; `None` for one that is no API object."""
    package, _, rest = token.partition(":")
    version, _, kind = rest.rpartition(":")
    if package != "kubernetes" or not version or not kind or version in _NOT_OBJECTS:
        return None
    # The SDK calls the core group `core`, the API calls it nothing.
    version = version.removeprefix("core/")
    is_patch = kind.endswith("Patch") and kind != "Patch"
    return Kind(version, kind.removesuffix("Patch") if is_patch else kind, is_patch)

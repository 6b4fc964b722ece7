"""What the rehearsal asks of an API server: apply, look, delete, for objects of any kind as plain data.

Guarantees: objects go in and come out whole, whatever the client library knows of their kind; what the server
refuses arrives as a `Refusal` in the server's own words.

Left out: watches, and waiting for what controllers do.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx2
from lightkube import ApiError, Client, generic_resource
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import LoadResourceError
from lightkube.core.resource import ApiInfo, NamespacedResource, api_info
from lightkube.core.resource_registry import resource_registry
from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource
from lightkube.types import PatchType

from rehearsal.model import Refusal

# The library leaves parts of them untyped.
_CLIENT: Final[Any] = generic_resource
_REGISTRY: Final[Any] = resource_registry
NOT_FOUND: Final = 404
_NOT_YET: Final = (NOT_FOUND, 429, 503)
_READY_SECONDS: Final = 30.0
_DEFINITION: Final = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


@dataclass(frozen=True)
class Ref:
    """An object's place: `version` is its apiVersion; `namespace` is empty outside namespaces."""

    version: str
    kind: str
    name: str
    namespace: str = ""

    @property
    def group(self) -> str:
        """Its API group; empty for the core group."""
        return self.version.rpartition("/")[0]

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where}"


class UnknownKind(Exception):
    """A kind that neither the server nor a definition in it has."""


class Api:
    """One user's client. Threads may share it."""

    def __init__(self, config: KubeConfig) -> None:
        # What the client declares of objects is partial, and here they are plain data.
        self._client: Any = Client(config, timeout=httpx2.Timeout(60), trust_env=False)
        self._classes: dict[tuple[str, str], Any] = {}

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def is_ready(self) -> bool:
        """Whether the server answers, and has made the namespaces that it makes by itself."""
        try:
            return self.get(Ref("v1", "Namespace", "kube-system")) is not None and (
                self.get(Ref("v1", "Namespace", "default")) is not None
            )
        except (httpx2.TransportError, ApiError, Refusal):
            # Before it is ready it refuses connections, then everybody, then answers 500.
            return False

    def apply(
        self, ref: Ref, body: Mapping[str, Any], manager: str, *, dry: bool = False, force: bool = False
    ) -> dict[str, Any]:
        """Server-side apply; what the server made of it. Raises Refusal."""
        metadata = {**body.get("metadata", {}), "name": ref.name}
        data = {**body, "apiVersion": ref.version, "kind": ref.kind, "metadata": metadata}
        try:
            made = self._client.patch(
                self._class(ref),
                ref.name,
                data,
                namespace=ref.namespace or None,
                patch_type=PatchType.APPLY,
                field_manager=manager,
                force=force,
                dry_run=dry,
            )
        except ApiError as error:
            raise _refusal(error) from error
        return dict(made)

    def patch_status(self, ref: Ref, status: Mapping[str, Any]) -> None:
        """Set the status of an object, which is a controller's to set. Raises Refusal."""
        try:
            self._client.patch(
                self._class(ref).Status,
                ref.name,
                {"status": dict(status)},
                namespace=ref.namespace or None,
                patch_type=PatchType.MERGE,
            )
        except ApiError as error:
            raise _refusal(error) from error

    def merge(self, ref: Ref, change: Mapping[str, Any]) -> None:
        """Change some fields. Raises Refusal."""
        try:
            self._client.patch(
                self._class(ref),
                ref.name,
                dict(change),
                namespace=ref.namespace or None,
                patch_type=PatchType.MERGE,
            )
        except ApiError as error:
            raise _refusal(error) from error

    def get(self, ref: Ref) -> dict[str, Any] | None:
        """The object, `None` if it is not there. Raises Refusal."""
        try:
            return dict(self._client.get(self._class(ref), ref.name, namespace=ref.namespace or None))
        except ApiError as error:
            if error.status.code == NOT_FOUND:
                return None
            raise _refusal(error) from error

    def delete(self, ref: Ref) -> None:
        """Delete the object; one that is not there is deleted already. Raises Refusal."""
        try:
            self._client.delete(self._class(ref), ref.name, namespace=ref.namespace or None)
        except ApiError as error:
            if error.status.code != NOT_FOUND:
                raise _refusal(error) from error

    def finalize_namespace(self, name: str) -> None:
        """Let go of a namespace that is being deleted. Raises Refusal."""
        ref = Ref("v1", "Namespace", name)
        found = self.get(ref)
        if found is None:
            return
        finalize = self._class(ref).Finalize
        found["spec"] = {**(found.get("spec") or {}), "finalizers": []}
        try:
            self._client.replace(finalize(found), name)
        except ApiError as error:
            if error.status.code != NOT_FOUND:
                raise _refusal(error) from error

    def define(self, definition: Mapping[str, Any], manager: str) -> None:
        """Install a CustomResourceDefinition and wait until the server serves its kinds. Raises Refusal."""
        ref = Ref(*_DEFINITION, definition["metadata"]["name"])
        self.apply(ref, definition, manager)
        self.await_definition(ref)

    def await_definition(self, ref: Ref) -> None:
        """Wait until the kinds of a CustomResourceDefinition are served. Raises Refusal."""
        end = time.monotonic() + _READY_SECONDS
        while not self._serves(ref):
            if time.monotonic() > end:
                raise Refusal(
                    "", f"the server does not serve {ref.name} {_READY_SECONDS:.0f} s after it came"
                )
            time.sleep(0.05)

    def namespaced(self, ref: Ref) -> bool:
        """Whether objects of this kind live in namespaces. Raises UnknownKind."""
        return issubclass(self._class(ref), GenericNamespacedResource)

    def _serves(self, ref: Ref) -> bool:
        stored = self.get(ref)
        conditions: list[Mapping[str, Any]] = (stored or {}).get("status", {}).get("conditions") or []
        if stored is None or not any(
            each["type"] == "Established" and each["status"] == "True" for each in conditions
        ):
            return False
        spec = stored["spec"]
        for version in spec["versions"]:
            if not version["served"]:
                continue
            listed = _class(
                f"{spec['group']}/{version['name']}",
                spec["names"]["kind"],
                spec["names"]["plural"],
                namespaced=False,
            )
            try:
                for _ in self._client.list(listed):
                    break
            except ApiError as error:
                # Established is told a moment before the handler is there, and its cache a moment later.
                if error.status.code in _NOT_YET:
                    return False
                raise _refusal(error) from error
        return True

    def _class(self, ref: Ref) -> Any:
        """The client's class of a kind: its path, and nothing about its content."""
        key = (ref.version, ref.kind)
        if key not in self._classes:
            self._classes[key] = self._built_in(ref) or self._defined(ref)
        return self._classes[key]

    def _built_in(self, ref: Ref) -> Any:
        try:
            known = _REGISTRY.load(ref.version, ref.kind)
        except (LoadResourceError, ImportError):
            return None
        namespaced = issubclass(known, NamespacedResource)
        return _class(ref.version, ref.kind, api_info(known).plural, namespaced=namespaced)

    def _defined(self, ref: Ref) -> Any:
        definitions = _class(*_DEFINITION, "customresourcedefinitions", namespaced=False)
        for found in self._client.list(definitions):
            spec = cast(Mapping[str, Any], found["spec"])
            if (spec["group"], spec["names"]["kind"]) == (ref.group, ref.kind):
                namespaced = spec["scope"] == "Namespaced"
                return _class(ref.version, ref.kind, spec["names"]["plural"], namespaced=namespaced)
        raise UnknownKind(f"{ref.version} {ref.kind}")


def _class(version: str, kind: str, plural: str, *, namespaced: bool) -> Any:
    group, _, number = version.rpartition("/")
    base: Any = GenericNamespacedResource if namespaced else GenericGlobalResource
    info = _CLIENT.create_api_info(group, number, kind, plural)
    actions = {
        action.capitalize(): type(
            f"{kind}{action.capitalize()}",
            (base,),
            {"_api_info": ApiInfo(info.resource, plural, verbs, parent=info.resource, action=action)},
        )
        for action, verbs in (("status", ["patch"]), ("finalize", ["put"]))
    }
    return type(kind, (base,), {"_api_info": info, **actions})


class ServerRefusal(Refusal):
    """What a server refused: `code` is the HTTP status."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__("", message, "", "answered by kube-apiserver")
        self.code = code


def _refusal(error: ApiError) -> ServerRefusal:
    """What the server said; its message names the fields already."""
    return ServerRefusal(" ".join((error.status.message or str(error)).split()), error.status.code or 0)

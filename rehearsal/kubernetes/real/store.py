"""One cluster's objects: what a resource of a program becomes on the server, and what it leaves there.

Guarantees: an object's definition is there before it; an object that exists is not taken over; a patch
changes its own fields only and lets go of them at the end.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from rehearsal.kubernetes import kinds
from rehearsal.kubernetes.kinds import Kind
from rehearsal.kubernetes.real import definitions, stand_ins, wire
from rehearsal.kubernetes.real.api import NOT_FOUND, Api, Ref, ServerRefusal, UnknownKind
from rehearsal.kubernetes.real.report import Told
from rehearsal.model import Refusal, Resource

MANAGER: Final = "rehearsal"


class Store:
    """Takes resources of any kind but Helm's; `told` learns what happened."""

    def __init__(self, api: Api, told: Told) -> None:
        self._api = api
        self._told = told
        self._defining = threading.Lock()
        self._groups: set[str] = set()

    def plan(self, resource: Resource, id: str) -> dict[str, Any] | None:
        """What an apply would make, asked of the server without storing it.

        `None` where it cannot be asked yet: a namespace or definition is planned only.
        """
        kind = _kind(resource.type)
        ref = wire.reference(kind, id)
        try:
            self._define(kind)
            stored = self._apply(resource, ref, dry=True)
        except ServerRefusal as refusal:
            if refusal.code == NOT_FOUND:
                return None
            raise
        except UnknownKind:
            return None
        self._told.dry_run()
        return wire.outputs(ref, stored)

    def create(self, resource: Resource, id: str) -> dict[str, Any]:
        """Store a new object. Raises Refusal."""
        kind = _kind(resource.type)
        ref = wire.reference(kind, id)
        self._define(kind)
        try:
            if not kind.is_patch and self._api.get(ref) is not None:
                raise Refusal("", f"{ref} already exists in the cluster", "import it, or give another name")
            return self._store(resource, ref)
        except UnknownKind as error:
            raise _no_definition(ref) from error

    def update(self, resource: Resource, id: str) -> dict[str, Any]:
        """Change an object in place. Raises Refusal."""
        kind = _kind(resource.type)
        self._define(kind)
        return self._store(resource, wire.reference(kind, id))

    def delete(self, resource: Resource, id: str) -> None:
        """Delete an object, or let go of a patch's fields. Raises Refusal."""
        kind = _kind(resource.type)
        ref = wire.reference(kind, id)
        try:
            if not kind.is_patch:
                self._api.delete(ref)
                stand_ins.after_delete(self._api, ref)
            elif self._api.get(ref) is not None:
                manager = wire.manager(resource.urn, resource.generation)
                self._api.apply(ref, {"metadata": {"name": ref.name}}, manager)
        except UnknownKind:
            # Its definition went before it, and the server deleted its objects with it.
            return
        self._told.deleted(str(ref))

    def _store(self, resource: Resource, ref: Ref) -> dict[str, Any]:
        stored = self._apply(resource, ref, dry=False)
        if resource.type == kinds.DEFINITION:
            self._api.await_definition(ref)
        stand_ins.after_apply(self._api, ref, stored)
        self._told.stored(str(ref))
        return wire.outputs(ref, stored)

    def _apply(self, resource: Resource, ref: Ref, *, dry: bool) -> dict[str, Any]:
        manager = wire.manager(resource.urn, resource.generation)
        return self._api.apply(ref, wire.body(ref, resource.inputs), manager, dry=dry)

    def _define(self, kind: Kind) -> None:
        """Install the definitions of a group, once, where the table knows them."""
        source = definitions.source_of(kind.group)
        if source is None:
            return
        with self._defining:
            if kind.group in self._groups:
                return
            for definition in source.load():
                self._api.define(definition, MANAGER)
            self._groups |= set(source.groups)
            self._told.defined(source.groups[0], source.origin)


def _kind(token: str) -> Kind:
    kind = kinds.parse(token)
    if kind is None:
        raise Refusal("", f"{token} is no Kubernetes object", "use one of the package's resource classes")
    return kind


def _no_definition(ref: Ref) -> Refusal:
    return Refusal(
        "apiVersion",
        f"the server has no kind {ref.kind} in {ref.version}",
        "create its CustomResourceDefinition first, or name its source in "
        "rehearsal/kubernetes/real/definitions.yaml",
        "answered by kube-apiserver",
    )

"""What happens to one object of the rehearsed cloud: create, read, update, delete, under faults.

Plain data in, plain data out; the protocol is `rehearsal.provider`'s. The record is changed before the engine
is told, as in a real cloud, so a death in between leaves a half-done creation.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rehearsal.faults import ATTEMPTS, FaultList
from rehearsal.model import Context, Existing, Live, Refusal, Resource, is_known
from rehearsal.packages import Served
from rehearsal.record import AlreadyExists, CloudRecord, Event, RealmView

DEATH = 70
"""Exit code of a server that an injected fault ended."""


class Operations:
    """The operations of one package on the record."""

    def __init__(
        self, served: Served, record: CloudRecord, faults: FaultList, live: Live | None = None
    ) -> None:
        self._served = served
        self._record = record
        self._faults = faults
        self._live = live

    def meet(self, context: Context) -> None:
        """A provider of this configuration is there."""
        if self._live:
            self._live.meet(context)

    def view(self, context: Context) -> RealmView:
        """The record as a provider of this configuration sees it."""
        return RealmView(self._record, lambda type: self._served.knowledge.realm(type, context))

    def create(self, resource: Resource, cancelled: threading.Event) -> tuple[str, dict[str, Any]]:
        """Create an object; its id and outputs. In a preview nothing is changed and the id is empty."""
        knowledge, shape = self._served.knowledge, self._served.shape(resource.type)
        resource = replace(resource, generation=self._record.next_generation(resource.urn))
        if resource.preview:
            planned = self._served.filler.outputs(resource, shape, "")
            return "", self._planned(resource, planned)
        death = self._suffer("create", resource.type, resource.urn, cancelled)
        id = knowledge.identify(resource)
        refusal = knowledge.refuse_create(resource, id, self.view(resource.context))
        if refusal:
            raise refusal
        outputs = self._served.filler.outputs(resource, shape, id)
        if self._live:
            outputs = {**outputs, **(self._live.create(resource, id) or {})}
        new = Existing(resource.type, id, resource.urn, resource.inputs, outputs, resource.generation)
        realm = knowledge.realm(resource.type, resource.context)
        try:
            self._record.create(replace(new, half_done=death), knowledge.unique(resource, id), realm)
        except AlreadyExists as error:
            there = error.existing
            if there.id == id and knowledge.adopts(resource.type):
                self._record.update(replace(new, half_done=death), realm)
                return id, outputs
            owner = f"it was created for {there.urn}" if there.urn else "it was there before"
            if there.kept:
                owner = f"{owner} and deleted, and the cloud keeps it all the same"
            raise Refusal("", knowledge.already_exists(resource.type, there.id), owner) from error
        if death:
            self._die("create", resource.type, id, resource.urn)
        return id, outputs

    def read(self, resource: Resource, id: str, cancelled: threading.Event) -> Existing | None:
        """The object as it is, with the inputs a read reports; `None` when it is not there."""
        self._suffer("read", resource.type, resource.urn, cancelled)
        existing = self._existing(resource, id)
        return replace(existing, inputs=self._served.knowledge.import_inputs(existing)) if existing else None

    def update(
        self,
        resource: Resource,
        id: str,
        olds: Mapping[str, Any],
        old_inputs: Mapping[str, Any],
        cancelled: threading.Event,
    ) -> dict[str, Any]:
        """Update an object in place; its outputs. In a preview nothing is changed."""
        existing = self._existing(resource, id)
        generation = existing.generation if existing else 0
        after = replace(resource, generation=generation)
        before = replace(after, inputs=old_inputs or olds)
        shape = self._served.shape(resource.type)
        outputs = self._served.filler.updated(before, after, shape, id, olds)
        if resource.preview:
            return self._planned(after, outputs, id)
        death = self._suffer("update", resource.type, resource.urn, cancelled)
        if existing is None:
            raise Refusal("", f"{id} is not in the cloud any more", "run pulumi refresh")
        refusal = self._served.knowledge.refuse_update(existing, resource.inputs)
        if refusal:
            raise refusal
        if self._live:
            outputs = {**outputs, **(self._live.update(after, id) or {})}
        changed = replace(existing, urn=resource.urn, inputs=resource.inputs, outputs=outputs)
        self._record.update(changed, existing.realm)
        if death:
            self._die("update", resource.type, id, resource.urn)
        return outputs

    def delete(self, resource: Resource, id: str, cancelled: threading.Event) -> None:
        """Delete an object. One that is not there is deleted already."""
        death = self._suffer("delete", resource.type, resource.urn, cancelled)
        existing = self._existing(resource, id)
        if existing is None or existing.kept:
            return
        refusal = self._served.knowledge.refuse_delete(existing, self.view(resource.context))
        if refusal:
            raise refusal
        if self._live:
            gone = replace(resource, inputs=existing.inputs, generation=existing.generation)
            self._live.delete(gone, id)
        keep = self._served.knowledge.keeps(existing)
        self._record.delete(existing, existing.realm, keep=keep)
        if death:
            self._die("delete", resource.type, id, resource.urn)

    def _planned(self, resource: Resource, outputs: dict[str, Any], id: str = "") -> dict[str, Any]:
        """Planned outputs, with what a real server would make of the object where it can be asked."""
        if self._live is None or not is_known(resource.inputs):
            return outputs
        plan = self._live.plan(resource, id or self._served.knowledge.identify(resource)) or {}
        # What a dry run says of identity and status is of that dry run only.
        return {**outputs, **{key: plan[key] for key in plan if key not in ("metadata", "status")}}

    def suffer_invoke(self, token: str, cancelled: threading.Event) -> None:
        """Faults of data sources."""
        self._suffer("invoke", token, "", cancelled)

    def _existing(self, resource: Resource, id: str) -> Existing | None:
        realm = self._served.knowledge.realm(resource.type, resource.context)
        found = self._record.get(resource.type, id, realm)
        if found:
            return found
        # The provider's region or cluster may have changed since; the object has not moved.
        elsewhere = self._record.find(resource.type)
        return next((item for item in elsewhere if item.id == id and item.urn == resource.urn), None)

    def _suffer(self, operation: str, type: str, urn: str, cancelled: threading.Event) -> bool:
        """Let faults strike; True when the process is to die after the change."""
        attempt = 1
        while self._faults.take(("throttle",), operation, type, urn):
            self._record.note(Event("throttled", type, "", urn, f"attempt {attempt}"))
            if attempt == ATTEMPTS:
                words = self._served.knowledge.throttled(type)
                raise Refusal("", words, f"it was still so after {attempt} attempts; try again later")
            _wait(min(0.01 * 2**attempt, 0.5), cancelled)
            attempt += 1
        dies_after = False
        for fault in self._faults.take(("slow", "refuse", "die"), operation, type, urn):
            if fault.kind == "slow":
                _wait(fault.seconds, cancelled)
            elif fault.kind == "refuse":
                self._record.note(Event("refused", type, "", urn, fault.message))
                raise Refusal("", fault.message)
            elif fault.when == "before":
                self._die(operation, type, "", urn)
            else:
                dies_after = True
        return dies_after

    def _die(self, operation: str, type: str, id: str, urn: str) -> None:
        self._record.note(Event("died", type, id, urn, operation))
        os._exit(DEATH)


def _wait(seconds: float, cancelled: threading.Event) -> None:
    started = time.monotonic()
    if cancelled.wait(seconds):
        raise Refusal("", f"the operation was cancelled after {time.monotonic() - started:.1f} s")

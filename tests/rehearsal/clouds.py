"""A package of the rehearsal called as the core calls it, without server or engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from rehearsal.model import Context, Existing, Resource
from rehearsal.packages import Served


class Cloud:
    """A record of the objects given to it."""

    def __init__(self, *objects: Existing) -> None:
        self.objects = objects

    def get(self, type: str, id: str) -> Existing | None:
        return next((item for item in self.objects if (item.type, item.id) == (type, id)), None)

    def find(self, type: str = "", where: Mapping[str, Any] | None = None) -> Sequence[Existing]:
        def fits(item: Existing) -> bool:
            values = {**item.inputs, **item.outputs}
            return all(values.get(key) == value for key, value in (where or {}).items())

        return [item for item in self.objects if fnmatchcase(item.type, type or "*") and fits(item)]


EMPTY = Cloud()


@dataclass(frozen=True)
class Caller:
    """One package in one place."""

    package: Served
    context: Context
    record: Cloud = EMPTY

    def resource(self, type: str, name: str, inputs: Mapping[str, Any], *, preview: bool = False) -> Resource:
        """A resource as the engine hands it over."""
        shape = self.package.shape(type)
        assert shape is not None, type
        names = frozenset(shape.inputs)
        urn = f"urn:pulumi:dev::app::{type}::{name}"
        return Resource(urn, type, name, inputs, self.context, preview=preview, input_names=names)

    def created(self, type: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Checked, identified and computed: the outputs with the id."""
        knowledge, shape = self.package.knowledge, self.package.shape(type)
        checked = knowledge.check(self.resource(type, name, inputs), None, self.record)
        assert [refusal.sentence() for refusal in checked.refusals] == []
        made = self.resource(type, name, checked.inputs)
        id = knowledge.identify(made)
        return {"id": id, **self.package.filler.outputs(made, shape, id)}

    def existing(self, type: str, name: str, inputs: Mapping[str, Any]) -> Existing:
        """The same as an object of the record."""
        outputs = self.created(type, name, inputs)
        return Existing(type, outputs["id"], f"urn:pulumi:dev::app::{type}::{name}", inputs, outputs)

    def refused(self, type: str, inputs: Mapping[str, Any]) -> dict[str, str]:
        """Path -> the sentence about it."""
        checked = self.package.knowledge.check(self.resource(type, "thing", inputs), None, self.record)
        return {refusal.path: refusal.sentence() for refusal in checked.refusals}

    def ask(self, token: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer of a data source."""
        return self.package.knowledge.invoke(token, args, self.context, self.record)

"""A rehearsed Google Cloud without an engine: the real package, shapes and record, and nothing in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.gcp import PACKAGE
from rehearsal.model import Context, Existing, Refusal, Resource
from rehearsal.packages import Served
from rehearsal.record import AlreadyExists, CloudRecord, RealmView


def cases(file: str, section: str) -> list[Any]:
    """The cases of one section of a file in `cases/`."""
    content: Any = yaml.safe_load(
        (Path(__file__).parent / "cases" / f"{file}.yaml").read_text(encoding="utf-8")
    )
    return content[section]


CONFIG = {"project": "acme-dev", "region": "europe-west4", "zone": "europe-west4-a"}


class Cloud:
    """Objects made and deleted as the server does it. `make` raises the first Refusal."""

    def __init__(self, folder: Path) -> None:
        self.served = Served("gcp", ())
        self.record = CloudRecord(folder / "record.sqlite")

    def view(self, config: Mapping[str, Any] = CONFIG) -> RealmView:
        context = Context("gcp", config)
        return RealmView(self.record, lambda type: PACKAGE.realm(type, context))

    def resource(
        self, type: str, name: str, inputs: Mapping[str, Any], config: Mapping[str, Any] = CONFIG
    ) -> Resource:
        shape = self.served.shape(type)
        assert shape is not None, f"the SDK has no type {type}"
        urn = f"urn:pulumi:dev::gcp::{type}::{name}"
        return Resource(urn, type, name, inputs, Context("gcp", config), input_names=frozenset(shape.inputs))

    def refusals(self, type: str, inputs: Mapping[str, Any], **options: Any) -> list[Refusal]:
        """What a preview would refuse."""
        made = self.resource(type, "made", inputs, **options)
        return list(PACKAGE.check(made, None, self.view()).refusals)

    def make(self, type: str, name: str, inputs: Mapping[str, Any], **options: Any) -> Existing:
        """Check, create and record an object."""
        asked = self.resource(type, name, inputs, **options)
        view = self.view()
        checked = PACKAGE.check(asked, None, view)
        for refusal in checked.refusals:
            raise refusal
        made = replace(asked, inputs=checked.inputs)
        id = PACKAGE.identify(made)
        refused = PACKAGE.refuse_create(made, id, view)
        if refused:
            raise refused
        outputs = self.served.filler.outputs(made, self.served.shape(type), id)
        new = Existing(type, id, made.urn, made.inputs, outputs)
        try:
            self.record.create(new, PACKAGE.unique(made, id))
        except AlreadyExists as error:
            raise Refusal("", PACKAGE.already_exists(type, error.existing.id)) from error
        return new

    def delete(self, existing: Existing) -> None:
        """Delete an object, or raise what refuses it."""
        refused = PACKAGE.refuse_delete(existing, self.view())
        if refused:
            raise refused
        self.record.delete(existing, keep=PACKAGE.keeps(existing))

    def ask(
        self, token: str, args: Mapping[str, Any] | None = None, config: Mapping[str, Any] = CONFIG
    ) -> Any:
        """The answer of a data source."""
        return PACKAGE.invoke(token, args or {}, Context("gcp", config), self.view())


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """An empty cloud."""
    cloud = Cloud(tmp_path)
    yield cloud
    cloud.record.close()


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealmView]:
    """A record in which nothing is."""
    cloud = Cloud(tmp_path_factory.mktemp("empty"))
    yield cloud.view()
    cloud.record.close()

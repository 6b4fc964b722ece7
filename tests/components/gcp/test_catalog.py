"""The catalogue: its exact children, the templates of its aspects, and what its entries state."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.contracts import Store, StoreName
from components.gcp.catalog import REQUIRED, Catalog, CatalogArgs
from components.gcp.catalog_aspects import AspectField, aspects
from stacks.model.choices import Classification, LawfulBasis
from tests.components.gcp.platform import NAME, PROJECT, REGION
from tests.components.recorder import PROJECT_NUMBER, Made, build, differences, value


def args(**changes: Any) -> CatalogArgs:
    text = pulumi.Output.from_input
    stores = {each: Store(each, text(f"acme-{each}"), text(f"gs://acme-{each}")) for each in StoreName}
    given: dict[str, Any] = {
        "project": PROJECT,
        "project_number": PROJECT_NUMBER,
        "region": REGION,
        "stores": stores,
        "classification": "phi",
        "sensitive": True,
        "retention_days": 28,
        "lawful_basis": "CONTRACT",
        "purpose": "Answering questions about claims",
        "owner": "privacy@example.com",
    }
    return CatalogArgs(**{**given, **changes})


def made_by(**changes: Any) -> list[Made]:
    return build(lambda: Catalog(NAME, args(**changes)))


def of(made: list[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def test_inventory() -> None:
    assert differences(made_by(), "catalog") == []


def test_every_template_is_a_record_with_permanent_numbers() -> None:
    for kind in of(made_by(), "AspectType"):
        template = json.loads(value(kind, "metadataTemplate"))
        assert template["type"] == "record"
        numbers = [field["index"] for field in template["recordFields"]]
        assert numbers[0] == 1
        assert all(second == first + 1 for first, second in pairwise(numbers))
        for field in template["recordFields"]:
            assert (field["type"] == "enum") == ("enumValues" in field)
            assert (field["type"] == "array") == ("arrayItems" in field)


def test_an_entry_states_everything_that_its_type_requires() -> None:
    for entry in of(made_by(), "Entry"):
        stated = {
            each["aspectKey"].rpartition(f"{NAME}-")[2]: json.loads(each["aspect"]["data"])
            for each in value(entry, "aspects")
        }
        assert set(stated) == set(REQUIRED)
        for key, data in stated.items():
            fields = {field.name: field for field in aspects()[key].fields}
            assert set(data) <= set(fields)
            assert {name for name, field in fields.items() if field.required} <= set(data)
            for name, said in data.items():
                assert not fields[name].of or said in fields[name].of


def test_the_aspects_know_every_class_and_basis_of_a_stack_file() -> None:
    fields = {field.name: field for key in REQUIRED for field in aspects()[key].fields}
    assert set(fields["class"].of) == {each.value.upper() for each in Classification}
    assert set(fields["basis"].of) == {each.value.upper().replace("-", "_") for each in LawfulBasis}


def test_personal_data_is_looked_for_where_it_may_be() -> None:
    (config,) = of(made_by(), "PreventionDiscoveryConfig")
    assert value(config, "status") == "RUNNING"
    assert value(config, "targets[0].cloudStorageTarget.filter.others") == {}
    assert not of(made_by(sensitive=False, classification="internal"), "PreventionDiscoveryConfig")


def test_a_choice_without_values_is_refused() -> None:
    with pytest.raises(ValidationError, match="a choice has values"):
        AspectField.model_validate({"name": "class", "kind": "choice", "about": "How sensitive it is."})

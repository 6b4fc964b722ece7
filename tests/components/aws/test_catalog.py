"""The catalogue on AWS: exact children, what every entry states, and who may see it."""

from __future__ import annotations

from typing import Any

import pulumi

from components.aws.catalog import Catalog, CatalogArgs
from components.contracts import Purpose, Store, StoreName, Workload
from tests.components.aws.platform import NAME, PLACE, identity, key
from tests.components.recorder import Made, build, differences, value


def store(name: StoreName) -> Store:
    bucket = f"123456789012-{NAME}-{name}"
    return Store(name, pulumi.Output.from_input(bucket), pulumi.Output.from_input(f"s3://{bucket}"))


def made(**changes: Any) -> list[Made]:
    given: dict[str, Any] = {
        "place": PLACE,
        "key": key(Purpose.CATALOG),
        "stores": {name: store(name) for name in StoreName},
        "identities": {each: identity(each) for each in Workload},
        "classification": "phi",
        "retention_days": 21,
        "lawful_basis": "contract",
        "purpose": "Answering patients' questions",
        "owner": "privacy@example.com",
        "domain": True,
    }
    return build(lambda: Catalog(NAME, CatalogArgs(**{**given, **changes})))


def test_inventory() -> None:
    assert differences(made(), "aws-catalog") == []


def test_every_store_has_an_entry_that_states_why_it_may_be_used() -> None:
    entries = [each for each in made() if each.type == "aws:glue/catalogTable:CatalogTable"]
    assert {value(each, "name") for each in entries} == {name.value for name in StoreName}
    for entry in entries:
        stated = value(entry, "parameters")
        assert (stated["classification"], stated["lawful-basis"]) == ("phi", "contract")


def test_nobody_sees_an_entry_by_being_in_the_account() -> None:
    (lake,) = [each for each in made() if "DataLakeSettings" in each.type]
    assert value(lake, "createTableDefaultPermissions") == []
    assert value(lake, "createDatabaseDefaultPermissions") == []
    given = [each for each in made() if each.type == "aws:lakeformation/permissions:Permissions"]
    assert all(":role/" in value(each, "principal") for each in given)


def test_the_domain_and_the_accounts_settings_are_made_where_they_are_asked_for() -> None:
    kinds = {each.type for each in made(domain=False, owns_settings=False)}
    assert not {kind for kind in kinds if "datazone" in kind or "Settings" in kind}

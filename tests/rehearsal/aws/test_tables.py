"""The tables against the installed SDK, and the fallback for every type they leave out."""

import re
from typing import cast

from rehearsal import paths
from rehearsal.aws import PACKAGE, documents, sources
from rehearsal.model import Context, Resource
from tests.rehearsal.sdk_shapes import served, strangers

AWS = served("aws")


def test_every_type_and_property_of_the_tables_is_in_the_sdk() -> None:
    assert list(strangers("aws")) == []


def test_every_computed_function_is_in_the_sdk() -> None:
    assert [token for token in sources.FUNCTIONS if AWS.sdk.function(token) is None] == []


def test_documents_are_inputs_of_their_types() -> None:
    for token, kinds in PACKAGE.known.package["documents"].items():
        shape = AWS.shape(token)
        assert shape is not None, token
        assert {str(paths.parse(path)[0]) for path in kinds} <= set(shape.inputs), token
        for said in kinds.values():
            kind = cast("dict[str, str]", said)["kind"] if isinstance(said, dict) else said
            assert kind in documents.KINDS, token


def test_every_type_gets_an_id_and_an_arn_of_its_place() -> None:
    context = Context("aws", {"region": "eu-west-3"})
    for token in AWS.sdk.resources:
        if not token.startswith("aws:") or token.startswith("pulumi:"):
            continue
        resource = Resource(f"urn:pulumi:d::p::{token}::thing", token, "thing", {"name": "thing"}, context)
        id = PACKAGE.identify(resource)
        assert id, token
        assert "{" not in id, (token, id)
        assert "us-west-2" not in id, (token, id)
        arn = PACKAGE.guess(resource, id, "arn", "string")
        assert re.fullmatch(r"arn:aws:[a-z0-9-]+:([a-z]+-[a-z]+-\d)?:(\d{12}|aws)?:.+", arn), (token, arn)
        assert "us-east-1" not in arn, (token, arn)

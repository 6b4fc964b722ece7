"""The schema that `pulumi import` asks for: the types in the record, as the engine reads them."""

from __future__ import annotations

from rehearsal.packages import serve
from rehearsal.schema import package_schema

BUCKET = "gcp:storage/bucket:Bucket"


def test_a_types_properties_come_from_the_sdk() -> None:
    served = serve([])["gcp"]
    shape = served.shapes.resource(BUCKET)
    assert shape is not None
    bucket = package_schema("gcp", "10.2.0", {BUCKET: shape})["resources"][BUCKET]
    assert bucket["requiredInputs"] == ["location"]
    assert bucket["inputProperties"]["location"] == {"type": "string"}
    assert bucket["inputProperties"]["labels"] == {
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
    assert bucket["inputProperties"]["cors"]["items"]["type"] == "object"
    assert "selfLink" in bucket["properties"]
    assert not {"id", "urn"} & bucket["properties"].keys()

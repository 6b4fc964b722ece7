"""Loads `catalog_aspects.yaml` and turns each aspect into the metadata template that Dataplex takes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator


class Kind(StrEnum):
    TEXT = "text"
    TIME = "time"
    NUMBER = "number"
    CHOICE = "choice"
    LIST = "list"


# The types of metadata templates.
# Source: cloud.google.com/dataplex/docs/reference/rest/v1/projects.locations.aspectTypes.
TYPE_OF = {
    Kind.TEXT: "string",
    Kind.TIME: "datetime",
    Kind.NUMBER: "double",
    Kind.CHOICE: "enum",
    Kind.LIST: "array",
}


class AspectField(BaseModel):
    """One field. `of` lists the values of a choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    kind: Kind
    about: str
    required: bool = False
    of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _choices_have_values(self) -> Self:
        if (self.kind is Kind.CHOICE) != bool(self.of):
            raise ValueError(f"{self.name}: a choice has values in `of`, and nothing else has")
        return self

    def template(self, index: int) -> dict[str, Any]:
        made: dict[str, Any] = {
            "name": self.name,
            "type": TYPE_OF[self.kind],
            "index": index,
            "constraints": {"required": self.required},
            "annotations": {"description": self.about},
        }
        if self.kind is Kind.CHOICE:
            made["enumValues"] = [{"name": value, "index": at} for at, value in enumerate(self.of, 1)]
        if self.kind is Kind.LIST:
            made["arrayItems"] = {"name": "item", "type": "string"}
        return made


class Aspect(BaseModel):
    """One aspect: what it says, and its fields in their permanent order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    fields: tuple[AspectField, ...]

    def template(self, name: str) -> dict[str, Any]:
        """The metadata template. A field's index is its place in the file."""
        fields = [each.template(index) for index, each in enumerate(self.fields, 1)]
        return {"name": name, "type": "record", "recordFields": fields}


@cache
def aspects() -> Mapping[str, Aspect]:
    """`catalog_aspects.yaml`, by name."""
    text = Path(__file__).with_name("catalog_aspects.yaml").read_text(encoding="utf-8")
    return {key: Aspect.model_validate(entry) for key, entry in yaml.safe_load(text).items()}

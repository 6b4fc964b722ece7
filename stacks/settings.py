"""The one place where configuration enters: what a stack file may say, whole.

Each top-level field of `Settings` is a key of the namespace `palisade` in `stacks/Pulumi.<stack>.yaml`.
A stack file is data only: a fork is a copy of one file, under any name, with no change of code.

Guarantees: an unknown key, a wrong type or a combination that cannot work is refused before anything is
registered, every problem at once, each in one sentence with its path and what to write. A secret value
never shows up in such a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, TypeVar, cast

import pulumi
from pulumi.runtime.config import get_config_env, get_config_secret_keys_env
from pydantic import Field, StringConstraints, ValidationError

from components.contracts import SegmentName
from stacks import addresses
from stacks.model.amazon import Amazon
from stacks.model.azure import Azure
from stacks.model.choices import Classification, Cloud, Environment, Framework, Phase
from stacks.model.fields import Digest, Section
from stacks.model.google import Google
from stacks.model.problems import NAMESPACE, SettingsError, all_from_pydantic
from stacks.model.rules import problems_of
from stacks.model.sections import (
    AllowEntry,
    Contacts,
    Data,
    Inference,
    NetworkSection,
    NeverEntry,
    Retention,
    Teardown,
    Training,
)

# A program that explained its own failure ends with this, and the engine adds nothing.
# Source: PYTHON_PROCESS_EXITED_AFTER_SHOWING_USER_ACTIONABLE_MESSAGE_CODE in pulumi-language-python.
EXPLAINED = 32

_PREFIX = NAMESPACE + ":"

T = TypeVar("T")

# Labels must suit all three clouds; Google Cloud's are the strictest.
# Source: cloud.google.com/compute/docs/labeling-resources.
LabelKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
LabelValue = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,63}$")]


class Settings(Section):
    """Everything a stack file may say."""

    cloud: Cloud = Field(description="The cloud this stack is built on.")
    environment: Environment = Field(description="What the stack is for; `prod` has rules of its own.")
    phase: Phase = Field(
        default=Phase.FOUNDATION, description="How far along the roadmap; a later phase adds to it."
    )
    name: str = Field(
        default="palisade",
        # Bucket names end at 63 characters and service account ids at 30, both with this in front.
        pattern=r"^[a-z][a-z0-9-]{1,10}[a-z0-9]$",
        description="Short name of the platform, in front of every resource's name: 3 to 12 characters.",
        examples=["palisade"],
    )
    google: Google | None = Field(default=None, description="Where on Google Cloud (cloud: gcp).")
    amazon: Amazon | None = Field(default=None, description="Where on AWS (cloud: aws).")
    azure: Azure | None = Field(default=None, description="Where on Azure (cloud: azure).")
    network: NetworkSection = Field(description="Addresses of the network.")
    training: Training = Field(default_factory=Training, description="The cluster that trains models.")
    inference: Inference | None = Field(default=None, description="The service that answers with a model.")
    data: Data = Field(description="What the data is, and how long it stays.")
    frameworks: tuple[Framework, ...] = Field(
        default=(), description="Frameworks in scope; they raise what is asked of the stack."
    )
    retention: Retention = Field(default_factory=Retention, description="How long records stay.")
    contacts: Contacts = Field(description="Whom the cloud and the alerts write to.")
    allow: tuple[AllowEntry, ...] = Field(
        default=(), description="Flows beyond the flow table, each with an owner and an end."
    )
    never: tuple[NeverEntry, ...] = Field(
        default=(),
        description="Claims of the isolation proof beyond the flow table's: what must never be reached.",
        examples=[[{"from": "operations", "to": "edge"}]],
    )
    software: Mapping[Annotated[str, StringConstraints(pattern=r"^(charts/)?[a-z][a-z0-9-]*$")], Digest] = (
        Field(
            default_factory=dict,
            description=(
                "Digests that your registry holds, by the names in components/kubernetes/software.yaml; "
                "charts as charts/NAME."
            ),
        )
    )
    labels: Mapping[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels for every resource that takes them."
    )
    teardown: Teardown | None = Field(
        default=None, description="Turns deletion protection off, so that the stack can be destroyed."
    )

    @property
    def prefix(self) -> str:
        """What every component's name begins with: platform and environment."""
        return f"{self.name}-{self.environment}"

    @property
    def region(self) -> str:
        """The region on the chosen cloud; empty when its section is missing."""
        place = {
            Cloud.GCP: self.google.region if self.google else "",
            Cloud.AWS: self.amazon.region if self.amazon else "",
            Cloud.AZURE: self.azure.location if self.azure else "",
        }
        return place[self.cloud]

    @property
    def segment_ranges(self) -> Mapping[SegmentName, addresses.Ranges]:
        """The address ranges of the five segments."""
        return addresses.ranges(self.network)

    @property
    def production(self) -> bool:
        """Whether the stack serves production."""
        return self.environment is Environment.PROD

    @property
    def sensitive(self) -> bool:
        """Whether personal data is among the data."""
        return self.data.classification in {Classification.PERSONAL, Classification.PHI}

    @property
    def protected(self) -> bool:
        """Whether what holds data or keys refuses to be deleted: always, unless `teardown` is written."""
        return self.teardown is None

    @property
    def protects_clusters(self) -> bool:
        """Whether clusters refuse to be deleted. Those of a dev stack come and go."""
        return self.protected and self.environment is not Environment.DEV

    @property
    def holds_valuable_data(self) -> bool:
        """Whether stores refuse to be deleted: in production, and wherever the data is about people."""
        return self.protected and (self.production or self.sensitive)

    @property
    def all_labels(self) -> Mapping[str, str]:
        """The stack's labels and the platform's own."""
        own = {"platform": self.name, "environment": self.environment.value, "managed-by": "pulumi"}
        return {**self.labels, **own}

    @classmethod
    def load(cls, config: Mapping[str, Any], today: date | None = None) -> Settings:
        """Settings from plain data: the keys of the namespace, without it.

        Raises:
            SettingsError: with every problem found, each one sentence.
        """
        try:
            settings = cls.model_validate_json(json.dumps(config))
        except ValidationError as error:
            schema = json_schema()
            raise SettingsError(all_from_pydantic(error.errors(), schema)) from None
        problems = tuple(problems_of(settings, today or datetime.now(UTC).date()))
        if problems:
            raise SettingsError(problems)
        return settings


@cache
def json_schema() -> Mapping[str, Any]:
    """The model's JSON Schema, by the names that stack files use."""
    return Settings.model_json_schema(by_alias=True)


def own_fields(config: Mapping[str, T]) -> dict[str, T]:
    """What a stack's configuration says under this project's namespace, by the names of `Settings`."""
    return {key.removeprefix(_PREFIX): config[key] for key in config if key.startswith(_PREFIX)}


def from_configuration(raw: Mapping[str, str], secret_keys: Set[str] = frozenset()) -> Settings:
    """Settings from a program's whole configuration as the engine hands it over.

    `raw` has full keys (`palisade:network`) and text values; a section is JSON text, whether it was written
    in the file or by `pulumi config set --path`. Other namespaces are left alone.

    Raises:
        SettingsError: with every problem found; no sentence holds a secret value.
    """
    own = own_fields(raw)
    config = {key: _parse(key, text) for key, text in own.items()}
    try:
        return Settings.load(config)
    except SettingsError as error:
        secrets = [text for key in own if _PREFIX + key in secret_keys for text in _texts(config[key])]
        raise error.without(secrets) from None


def _parse(key: str, text: str) -> Any:
    """A top-level value: text for a field that is text, else the JSON it must be."""
    place = json_schema()["properties"].get(key, {})
    sections = ("object", "array")
    parts = [place, *place.get("anyOf", [])]
    kinds = [json_schema()["$defs"][p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p for p in parts]
    if not any(kind.get("type") in sections for kind in kinds):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _texts(value: Any) -> Iterator[str]:
    """Every leaf of a value, as text."""
    if isinstance(value, dict):
        for each in cast("dict[str, Any]", value).values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _texts(each)
    else:
        yield str(value)


def load_from_pulumi() -> Settings:
    """The running program's settings. Prints every problem and ends the program when there is one."""
    try:
        return from_configuration(get_config_env(), frozenset(get_config_secret_keys_env()))
    except SettingsError as error:
        for problem in error.problems:
            pulumi.log.error(str(problem))
        raise SystemExit(EXPLAINED) from None

"""The interface between the core of the rehearsal and what one cloud knows.

The core calls a `Package` for everything that differs from cloud to cloud; the package sees resources as
plain data and the record of what exists as a read-only view. Most packages are a
`rehearsal.tables.TablePackage` over YAML files with a few overridden methods.

Plain data: `None`, `bool`, `int`, `float`, `str`, `list`, `dict`, `Asset`, and `UNKNOWN` for a value that
only the real run can tell. Property names are camelCase, as on the wire. Secrets arrive here unwrapped; the
core keeps their paths, wraps them again on the way out and masks them in every message.

Left out: gRPC, protobuf and the shape of types. Packages never touch them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast


class Unknown:
    """The type of `UNKNOWN`. There is one value of it; test with `value is UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false; test it with `is UNKNOWN` first")

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Unknown:
        return self


UNKNOWN: Final = Unknown()


def is_known(value: Any) -> bool:
    """Whether no part of plain data waits for the real run."""
    if isinstance(value, Mapping):
        return all(is_known(item) for item in cast("Mapping[str, Any]", value).values())
    if isinstance(value, list):
        return all(is_known(item) for item in cast("list[Any]", value))
    return value is not UNKNOWN


@dataclass(frozen=True)
class Asset:
    """A `pulumi.Asset` or `pulumi.Archive` as on the wire; `fields` holds text, path, uri, hash or assets."""

    is_archive: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """What the provider's configuration and the run say about where a resource lives."""

    package: str
    """Name of the Pulumi package, such as `gcp`."""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Configuration of this provider instance: `project`, `region`, ... Values may be `UNKNOWN`."""


@dataclass(frozen=True)
class Resource:
    """One resource of a program, as the engine hands it over."""

    urn: str
    type: str
    """Type token, such as `gcp:compute/network:Network`."""
    name: str
    """Logical name: the last part of the URN."""
    inputs: Mapping[str, Any]
    """camelCase plain data; `UNKNOWN` anywhere during a preview."""
    context: Context
    generation: int = 0
    """0 for the first object of this URN, higher while a replacement and the replaced one both exist."""
    proposed_name: str | None = None
    """The name that the project's `pulumi:autonaming` setting proposes, if there is one."""
    preview: bool = False
    input_names: frozenset[str] = frozenset()
    """Top-level input properties that the SDK declares for this type; empty for an open type."""

    def seed(self, label: str = "") -> str:
        """64 hex digits, the same for the same URN, generation and label in every run."""
        text = f"{self.urn}\n{self.generation}\n{label}"
        return hashlib.sha256(text.encode()).hexdigest()


class Refusal(Exception):
    """What the real cloud or provider would refuse; the core renders one sentence with the resource in front.

    `problem` is what is wrong, `remedy` what would be right, `source` where that is documented:
    `network (gcp:compute/network:Network): name: "My_Net" has capital letters; write 1-63 ... (https://...)`.
    """

    def __init__(self, path: str, problem: str, remedy: str = "", source: str = "") -> None:
        super().__init__(problem)
        self.path = path
        self.problem = problem
        self.remedy = remedy
        self.source = source

    def sentence(self) -> str:
        """`path: problem; remedy (source)`, without the parts that are empty."""
        text = f"{self.path}: {self.problem}" if self.path else self.problem
        if self.remedy:
            text = f"{text}; {self.remedy}"
        return f"{text} ({self.source})" if self.source else text


@dataclass(frozen=True)
class Existing:
    """One object of the rehearsed cloud, as the record knows it."""

    type: str
    id: str
    urn: str
    """The URN it was created for; empty for an object that was put there by hand."""
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    generation: int = 0
    half_done: bool = False
    """True after the provider died between creating the object and answering the engine."""
    kept: bool = False
    """True when its resource was deleted and the cloud keeps it all the same."""
    realm: str = ""
    """The account or cluster it is in; see `Package.realm`."""


class Record(Protocol):
    """The read-only view of what exists, across all stacks of this rehearsal."""

    def get(self, type: str, id: str) -> Existing | None:
        """The object of this type and provider id."""
        ...

    def find(self, type: str = "", where: Mapping[str, Any] | None = None) -> Sequence[Existing]:
        """Objects in order of creation.

        `type` is a token or a pattern (`aws:ec2/*`), empty for all. `where` maps top-level output or input
        names to the exact value they must have.
        """
        ...


@dataclass(frozen=True)
class Checked:
    """What `Package.check` answers: inputs with defaults and names filled in, and what is refused."""

    inputs: Mapping[str, Any]
    refusals: Sequence[Refusal] = ()


@dataclass(frozen=True)
class Child:
    """A resource inside a component that its provider builds."""

    type: str
    name: str
    """Logical name."""
    inputs: Mapping[str, Any]
    secrets: frozenset[str] = frozenset()
    """Top-level inputs that are secret."""
    depends_on: Sequence[int] = ()
    """Positions of earlier children that have to be there first."""


class Package(Protocol):
    """What one provider package knows. `rehearsal/<folder>/__init__.py` exports it as `PACKAGE`.

    Called from several threads at once; keep no state in it. Anything it raises other than `Refusal` is
    reported to the user as a defect of the rehearsal.
    """

    @property
    def name(self) -> str:
        """Pulumi's package name: `gcp`, `aws`, `azure-native`, `kubernetes`, `random`, `tls`."""
        ...

    def configure(self, config: Mapping[str, Any]) -> Checked:
        """CheckConfig: the provider's own configuration, with the defaults the real provider takes."""
        ...

    def config_replaces(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Sequence[str]:
        """DiffConfig: configuration keys whose change replaces everything the provider manages."""
        ...

    def accepts(self, type: str) -> bool:
        """Whether a type that the SDK does not declare is a real one all the same (custom resources)."""
        ...

    def realm(self, type: str, context: Context) -> str:
        """What an id of this type is unique within, such as a cluster or a region; empty for everywhere."""
        ...

    def check(self, resource: Resource, olds: Mapping[str, Any] | None, record: Record) -> Checked:
        """Fill defaults and the automatic name, check documented limits. Shape was checked before.

        `olds` are the checked inputs of the last run, `None` for a new object (a replacement too): an
        automatic name stays as it was there.
        """
        ...

    def immutable(self, type: str) -> frozenset[str]:
        """Property paths whose change means replacement: `location`, `spec.selector`, `rules[*].port`.

        A path covers everything below it.
        """
        ...

    def replaced_by(self, resource: Resource, olds: Mapping[str, Any]) -> frozenset[str]:
        """Paths whose change replaces in this case only, such as a range that shrinks."""
        ...

    def delete_before_replace(self, resource: Resource, olds: Mapping[str, Any]) -> bool:
        """Whether the old object has to go first because both would have the same name."""
        ...

    def identify(self, resource: Resource) -> str:
        """The provider's id of the object once created. All inputs are known."""
        ...

    def unique(self, resource: Resource, id: str) -> Sequence[str]:
        """Keys that no two objects of this type may share besides the id, such as a name within a network."""
        ...

    def adopts(self, type: str) -> bool:
        """Whether creating an object that is there takes it over: grants, and settings there is one of."""
        ...

    def outputs(self, resource: Resource, id: str) -> Mapping[str, Any]:
        """Outputs the provider computes, in their real formats; the core fills the rest by shape.

        Keys are top-level names or paths (`networkInterfaces[*].networkIp`: set on each item that lacks it).
        During a preview `id` is empty and inputs may be `UNKNOWN`: whatever depends on either is `UNKNOWN`.
        """
        ...

    def guess(self, resource: Resource, id: str, path: str, kind: str) -> Any:
        """A plausible value for a declared output that `outputs` left out; `None` leaves it to the core.

        `path` is like `masterAuth.clusterCaCertificate`; `kind` is string, integer, number or boolean.
        """
        ...

    def refuse_create(self, resource: Resource, id: str, record: Record) -> Refusal | None:
        """What only the cloud can refuse at creation, such as a parent that does not exist."""
        ...

    def refuse_update(self, existing: Existing, inputs: Mapping[str, Any]) -> Refusal | None:
        """What the cloud refuses to change in place once it is so: a lock, and what the lock holds."""
        ...

    def refuse_delete(self, existing: Existing, record: Record) -> Refusal | None:
        """What the cloud or provider refuses at deletion: deletion protection, something still inside."""
        ...

    def keeps(self, existing: Existing) -> bool:
        """Whether the object stays in the cloud when its resource is deleted (`deletionPolicy: ABANDON`)."""
        ...

    def already_exists(self, type: str, id: str) -> str:
        """The real provider's words for a second creation of the same object."""
        ...

    def throttled(self, type: str) -> str:
        """The real provider's words for too many requests."""
        ...

    def import_inputs(self, existing: Existing) -> Mapping[str, Any]:
        """What a read reports as inputs of an object: usually those it was created with."""
        ...

    def invoke(
        self, token: str, args: Mapping[str, Any], context: Context, record: Record
    ) -> Mapping[str, Any]:
        """The answer of a data source. Results it leaves out are filled by shape.

        Raise `Refusal` for one that is not known, or whose object does not exist.
        """
        ...

    def expand(self, type: str, name: str, inputs: Mapping[str, Any]) -> Sequence[Child]:
        """The resources inside a component that the provider builds, in order of creation.

        Raise `Refusal` for a component that is not known.
        """
        ...


class Live(Protocol):
    """A real server behind a package: it stores what the record notes, and its answers are the outputs.

    Each method raises `Refusal` for what the server refuses, and is called before the record changes.
    """

    def meet(self, context: Context) -> None:
        """A provider with this configuration is there; what it talks to may start."""
        ...

    def plan(self, resource: Resource, id: str) -> Mapping[str, Any] | None:
        """What storing a resource would make, in a preview; `None` where the server was not asked."""
        ...

    def create(self, resource: Resource, id: str) -> Mapping[str, Any] | None:
        """Store a new object; what the server made of it, `None` where it was not asked."""
        ...

    def update(self, resource: Resource, id: str) -> Mapping[str, Any] | None:
        """Change an object in place; as `create`."""
        ...

    def delete(self, resource: Resource, id: str) -> None:
        """Delete an object."""
        ...

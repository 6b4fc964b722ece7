"""What objects name: order of creation, wrong places, and deletion of what still holds something.

Whether a named object exists outside this rehearsal cannot be known, so an absent one is no error by itself.
Two things the record does prove, and they are refused:

- an object is created after another that names it: Google would have answered that other one with a 404;
- a reference names a place where there is no such object, while another place has one of that name.

Both read `in_use_by` of the tables, which says who names whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from rehearsal import knowledge, lookup, paths
from rehearsal.gcp import places
from rehearsal.model import Existing, Record, Refusal, Resource

_NOT_FOUND = "googleapi: Error 404: The resource '{path}' was not found, notFound"
# Container -> (contents, their property, the argument that lets them go too, what the cloud says).
_CONTENTS = {
    "gcp:storage/bucket:Bucket": (
        "gcp:storage/bucketObject:BucketObject",
        "bucket",
        "forceDestroy",
        "googleapi: Error 409: The bucket you tried to delete is not empty., conflict",
    ),
    "gcp:dns/managedZone:ManagedZone": (
        "gcp:dns/recordSet:RecordSet",
        "managedZone",
        "forceDestroy",
        "googleapi: Error 400: The resource named '{name}' cannot be deleted because it contains one or more "
        "'resource records'., containerNotEmpty",
    ),
    "gcp:bigquery/dataset:Dataset": (
        "gcp:bigquery/table:Table",
        "datasetId",
        "deleteContentsOnDestroy",
        "googleapi: Error 400: Dataset {name} is still in use, resourceInUse",
    ),
}


@lru_cache(maxsize=1)
def _users() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Type -> (type that names it, property path)."""
    tables = knowledge.load(Path(__file__).parent)
    return {
        type: tuple((entry["type"], entry["path"]) for entry in known["in_use_by"])
        for type, known in tables.types.items()
        if "in_use_by" in known
    }


@lru_cache(maxsize=1)
def _named() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Type -> (property path, type that it names)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for type, users in _users().items():
        for user, path in users:
            found.setdefault(user, []).append((path, type))
    return {user: tuple(entries) for user, entries in found.items()}


def refuse(resource: Resource, id: str, record: Record) -> Refusal | None:
    """A creation that comes too late, or that names an object in the wrong place."""
    return next(_too_late(resource, id, record), None) or next(_misplaced(resource, record), None)


def _too_late(resource: Resource, id: str, record: Record) -> Iterator[Refusal]:
    users = _users().get(resource.type, ())
    if not users:
        return
    link = f"{places.COMPUTE}{id}"
    outputs = {"selfLink": link, "name": places.last(id)}
    this = Existing(type=resource.type, id=id, urn=resource.urn, inputs=resource.inputs, outputs=outputs)
    for type, path in users:
        for user in record.find(type):
            where = next(
                (at for at, value in paths.find(user.inputs, path) if lookup.names(this, value)), None
            )
            if where and user.urn != resource.urn and same_place(user, id):
                who = f"{user.urn.rsplit('::', 1)[-1]} ({user.type})"
                yield Refusal(
                    "",
                    f"it is created after {who}, which names it in {where}: " + _NOT_FOUND.format(path=id),
                    "pass this resource's output there instead of its name, or add depends_on",
                )


def same_place(user: Existing, id: str) -> bool:
    """A bare name means an object of the user's own project and, where it has one, region or zone."""
    parts = id.split("/")
    own = user.id.split("/")
    for segment in ("projects", "regions", "locations"):
        both = segment in parts[:-1] and segment in own[:-1]
        if both and parts[parts.index(segment) + 1] != own[own.index(segment) + 1]:
            return False
    return True


def _misplaced(resource: Resource, record: Record) -> Iterator[Refusal]:
    for path, type in _named().get(resource.type, ()):
        for at, value in paths.find(resource.inputs, path):
            if not isinstance(value, str) or "projects/" not in value:
                continue
            found = record.find(type)
            wanted = places.path_of(value)
            if any(existing.id == wanted or lookup.names(existing, value) for existing in found):
                continue
            twin = next((other.id for other in found if places.last(other.id) == places.last(wanted)), None)
            if twin and twin.split("/")[:2] == wanted.split("/")[:2]:
                yield Refusal(at, _NOT_FOUND.format(path=wanted), f"there is {twin}; name that one")


def refuse_delete(existing: Existing, record: Record) -> Refusal | None:
    """A container that still holds something and was not told to let it go."""
    contents = _CONTENTS.get(existing.type)
    if contents is None:
        return None
    type, name, force, words = contents
    if existing.inputs.get(force) is True:
        return None
    for inside in record.find(type):
        if not same_place(inside, existing.id):
            continue
        value = inside.inputs.get(name)
        if lookup.names(existing, value) or value == places.last(existing.id):
            problem = words.format(name=places.last(existing.id))
            return Refusal("", problem, f"delete {inside.id} first, or set {force}")
    return None

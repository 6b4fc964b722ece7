"""Pulumi's `random` package in the rehearsal.

Guarantees: every resource of the package has results of the real format and length, the same in every run,
and any change of an argument replaces it, `keepers` included.
Leaves out: the values of a real run, and the check of a bcrypt hash (see `rehearsal.random.draw`).
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rehearsal.model import UNKNOWN, Checked, Record, Refusal, Resource
from rehearsal.random import draw
from rehearsal.tables import TablePackage

# terraform-provider-random, internal/provider/resource_string.go: defaults of the computed arguments.
_SWITCHES: Final = ("lower", "upper", "special")
_COUNTS: Final = ("minLower", "minUpper", "minNumeric", "minSpecial")
_DOCS: Final = "https://www.pulumi.com/registry/packages/random/api-docs"


class RandomPackage(TablePackage):
    """Results drawn from the URN's seed."""

    def check(self, resource: Resource, olds: Mapping[str, Any] | None, record: Record) -> Checked:
        """Refuse what the provider's own plan refuses."""
        checked = super().check(resource, olds, record)
        kind = resource.type.rpartition(":")[2]
        more: list[Refusal] = []
        if UNKNOWN not in checked.inputs.values():
            if kind in ("RandomString", "RandomPassword"):
                more = list(_judge_text(_settings(checked.inputs)))
            elif kind == "RandomInteger":
                more = list(_judge_range(checked.inputs))
        return Checked(checked.inputs, [*checked.refusals, *more])

    def identify(self, resource: Resource) -> str:
        """Return the id: the result where the provider makes it public, otherwise its fixed word."""
        kind = resource.type.rpartition(":")[2]
        drawn = _drawn(resource)
        if kind == "RandomPassword":
            return "none"
        if kind == "RandomShuffle":
            return "-"
        public = ("base64",) if kind == "RandomBytes" else ("id", "result")
        return str(next(drawn[key] for key in public if key in drawn))

    def outputs(self, resource: Resource, id: str) -> Mapping[str, Any]:
        """Return what was drawn; nothing is known before the creation."""
        if resource.preview and not id:
            return {}
        return {name: value for name, value in _drawn(resource).items() if name != "id"}


def _drawn(resource: Resource) -> Mapping[str, Any]:
    return _DRAWS[resource.type.rpartition(":")[2]](resource)


def _text(resource: Resource) -> Mapping[str, Any]:
    settings = _settings(resource.inputs)
    result = draw.text(resource.seed("result"), int(settings["length"]), draw.classes(settings))
    return {**settings, "result": result}


def _password(resource: Resource) -> Mapping[str, Any]:
    return {**_text(resource), "bcryptHash": draw.bcrypt(resource.seed("bcrypt"))}


def _id(resource: Resource) -> Mapping[str, Any]:
    drawn = draw.octets(resource.seed("result"), int(resource.inputs["byteLength"]))
    prefix = str(resource.inputs.get("prefix") or "")
    url = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
    return {
        "id": url,
        "b64Url": prefix + url,
        "b64Std": prefix + base64.b64encode(drawn).decode(),
        "hex": prefix + drawn.hex(),
        "dec": prefix + str(int.from_bytes(drawn, "big")),
    }


def _bytes(resource: Resource) -> Mapping[str, Any]:
    drawn = draw.octets(resource.seed("result"), int(resource.inputs["length"]))
    return {"base64": base64.b64encode(drawn).decode(), "hex": drawn.hex()}


def _pet(resource: Resource) -> Mapping[str, Any]:
    inputs = resource.inputs
    length, separator = int(inputs.get("length", 2)), str(inputs.get("separator", "-"))
    name = draw.pet(resource.seed("result"), length, inputs.get("prefix"), separator)
    return {"id": name, "length": length, "separator": separator}


def _integer(resource: Resource) -> Mapping[str, Any]:
    inputs = resource.inputs
    seed = str(inputs.get("seed") or resource.seed("result"))
    return {"result": draw.integer(seed, int(inputs["min"]), int(inputs["max"]))}


def _shuffle(resource: Resource) -> Mapping[str, Any]:
    items = list(resource.inputs["inputs"])
    count = int(resource.inputs.get("resultCount", len(items)))
    seed = str(resource.inputs.get("seed") or resource.seed("result"))
    return {"results": draw.shuffled(seed, items, count), "resultCount": count}


def _uuid(version: int) -> Callable[[Resource], Mapping[str, Any]]:
    return lambda resource: {"result": draw.uuid(resource.seed("result"), version)}


_DRAWS: Final[Mapping[str, Callable[[Resource], Mapping[str, Any]]]] = {
    "RandomString": _text,
    "RandomPassword": _password,
    "RandomId": _id,
    "RandomBytes": _bytes,
    "RandomPet": _pet,
    "RandomInteger": _integer,
    "RandomShuffle": _shuffle,
    "RandomUuid": _uuid(4),
    "RandomUuid4": _uuid(4),
    "RandomUuid7": _uuid(7),
}


def _settings(inputs: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = dict.fromkeys(_SWITCHES, True)
    settings.update(dict.fromkeys(_COUNTS, 0))
    settings.update({name: value for name, value in inputs.items() if value is not None})
    # `number` is the old name of `numeric`.
    settings["numeric"] = settings["number"] = settings.get("numeric", settings.get("number", True))
    return settings


def _judge_text(settings: Mapping[str, Any]) -> Iterator[Refusal]:
    source = f"{_DOCS}/randomstring/"
    least = sum(int(settings[name]) for name in _COUNTS)
    if int(settings["length"]) < least:
        problem = (
            f"{settings['length']} is less than the {least} characters that the minimum counts add up to"
        )
        yield Refusal("length", problem, f"write {least} or more, or lower the counts", source)
    if not any(settings[name] for name in (*_SWITCHES, "numeric")):
        problem = "special, upper, lower and numeric are all false, so there is nothing to draw from"
        yield Refusal("", problem, "leave at least one of them true", source)


def _judge_range(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    if int(inputs["min"]) > int(inputs["max"]):
        problem = f"{inputs['min']} is greater than the maximum {inputs['max']}"
        yield Refusal("min", problem, "write one that is not", f"{_DOCS}/randominteger/")


PACKAGE = RandomPackage(Path(__file__).parent / "types", "random")

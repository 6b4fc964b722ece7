"""Values on the wire (protobuf `Struct`) to plain data and back, with secrets kept by path.

The signatures are those of Pulumi's property values:
https://pulumi-developer-docs.readthedocs.io/latest/developer-docs/providers/implementers-guide.html

Guarantees: what is decoded and encoded again is the same value, secret wherever it was secret before. Whole
numbers come out as `int`. Left out: the dependencies of output values; providers do not ask for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value

from rehearsal.model import UNKNOWN, Asset, Unknown
from rehearsal.paths import Step

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""One per kind of value; old engines send them, new ones only the first."""

Path = tuple[Step, ...]
# Providers mark these as secret because a label may repeat one; to hide every label's text would leave no
# message readable, and a label that repeats a secret input is hidden on that input's account.
_LABELS = frozenset({"effectiveLabels", "pulumiLabels", "effectiveAnnotations"})
# A shorter text, such as "1" or "EU", is found in outputs that have nothing to do with it.
_TELLING = 6


@dataclass(frozen=True)
class Decoded:
    """Plain data and the paths in it that are secret."""

    data: dict[str, Any]
    secrets: frozenset[Path] = field(default_factory=frozenset[Path])

    def secrets_in(self, outputs: Mapping[str, Any]) -> frozenset[Path]:
        """The secret paths, and every output that shows a secret, such as labels that a provider repeats."""
        hidden = [text for text in self.secret_texts() if len(text) >= _TELLING]
        echoed = {path[0] for path in self.secrets}
        shown = [
            (name,)
            for name, value in outputs.items()
            if hidden
            and name not in echoed
            and any(text in leaf for leaf in _leaves(value) for text in hidden)
        ]
        return self.secrets | frozenset(shown)

    def secret_texts(self) -> list[str]:
        """Every text and number under a secret path, longest first: what no message may show."""
        hidden = [path for path in self.secrets if path[0] not in _LABELS]
        texts = {text for path in hidden for text in _leaves(_at(self.data, path)) if text}
        return sorted(texts, key=len, reverse=True)


def decode(struct: Struct) -> Decoded:
    """Plain data of a message's properties."""
    secrets: set[Path] = set()
    data = {key: _decode(value, (key,), secrets) for key, value in struct.fields.items()}
    return Decoded(data, frozenset(secrets))


def encode(data: Mapping[str, Any], secrets: Iterable[Path] = ()) -> Struct:
    """The message of plain data. Paths in `secrets` that are not in the data are passed over."""
    marked = frozenset(secrets)
    struct = Struct()
    for key, value in data.items():
        struct.fields[key].CopyFrom(_encode(value, (key,), marked))
    return struct


def mask(text: str, secrets: Iterable[str]) -> str:
    """A message without the secrets that a refused value brought into it."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return text


def _decode(value: Value, path: Path, secrets: set[Path]) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            result = UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
        case "number_value":
            number = value.number_value
            result = int(number) if number.is_integer() and abs(number) < 2**53 else number
        case "bool_value":
            result = value.bool_value
        case "list_value":
            items = value.list_value.values
            result = [_decode(item, (*path, index), secrets) for index, item in enumerate(items)]
        case "struct_value" if SIGNATURE in value.struct_value.fields:
            result = _decode_special(value.struct_value.fields, path, secrets)
        case "struct_value":
            fields = value.struct_value.fields
            result = {key: _decode(item, (*path, key), secrets) for key, item in fields.items()}
        case _:
            result = None
    return result


def _decode_special(fields: Mapping[str, Value], path: Path, secrets: set[Path]) -> Any:
    signature = fields[SIGNATURE].string_value
    if signature == SECRET:
        secrets.add(path)
        return _decode(fields["value"], path, secrets)
    if signature == OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.add(path)
        return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    if signature == RESOURCE:
        # A resource that is passed as a value counts as its id; a component has none and counts as its URN.
        return _decode(fields["id" if "id" in fields else "urn"], path, secrets)
    plain = {key: _decode(item, path, secrets) for key, item in fields.items() if key != SIGNATURE}
    if signature in (ASSET, ARCHIVE):
        return Asset(signature == ARCHIVE, plain)
    return plain


def _encode(value: Any, path: Path, secrets: frozenset[Path]) -> Value:
    encoded = _encode_plain(value, path, secrets)
    if path not in secrets:
        return encoded
    wrapped = Struct()
    wrapped.fields[SIGNATURE].string_value = SECRET
    wrapped.fields["value"].CopyFrom(encoded)
    return Value(struct_value=wrapped)


def _encode_plain(value: Any, path: Path, secrets: frozenset[Path]) -> Value:
    match value:
        case None:
            encoded = Value(null_value=NullValue.NULL_VALUE)
        case Unknown():
            encoded = Value(string_value=UNKNOWN_TEXT)
        case bool():
            encoded = Value(bool_value=value)
        case str():
            encoded = Value(string_value=value)
        case int() | float():
            encoded = Value(number_value=value)
        case Asset():
            marked = {SIGNATURE: ARCHIVE if value.is_archive else ASSET, **value.fields}
            encoded = Value(struct_value=encode(marked))
        case Mapping():
            items = cast("Mapping[str, Any]", value).items()
            fields = {str(key): _encode(item, (*path, str(key)), secrets) for key, item in items}
            encoded = Value(struct_value=Struct(fields=fields))
        case list() | tuple():
            listed = enumerate(cast("list[Any]", value))
            encoded = Value(list_value=ListValue(values=[_encode(v, (*path, i), secrets) for i, v in listed]))
        case _:
            raise TypeError(f"{type(value).__name__} at {path} is no plain data")
    return encoded


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _leaves(item)
    elif isinstance(value, Asset):
        yield from _leaves(value.fields)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)

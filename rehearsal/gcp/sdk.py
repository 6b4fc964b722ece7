"""What the installed pulumi-gcp SDK documents about a resource type, read from its source text.

Every resource class carries the formats it can be imported by, and says of many properties that they cannot
be changed. That is enough for an id, the immutable properties and the computed outputs of the types for which
no table says better. Only the one file of a type is read, once; nothing is imported.

Leaves out: types and required properties; `rehearsal.shape` knows those.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_IMPORT_FORMAT = re.compile(r"^        \* `?([^`\n]*\{\{[^`\n]*?\}\}[^`\n]*?)`?$", re.MULTILINE)
_ARGUMENTS = re.compile(r"^class \w+Args:\n    def __init__\(__self__(.*?)\):$", re.DOTALL | re.MULTILINE)
_STATE = re.compile(r"^class _\w+State:\n    def __init__\(__self__(.*?)\):$", re.DOTALL | re.MULTILINE)
_PARAMETER = re.compile(r"^\s+(\w+): (.*?)(?:,|$)", re.MULTILINE)
_DOCUMENTED = re.compile(
    r"^        :param pulumi\.Input\[.*?\] (\w+): (.*?)(?=^        :param|^        \"\"\")",
    re.DOTALL | re.MULTILINE,
)
_CANNOT_CHANGE = re.compile(
    r"forces? (?:a )?(?:new|recreat)|\bimmutable\b|(?:cannot|can't|can not) be (?:changed|updated|modified)|"
    r"can only be (?:set|specified) (?:at|during) (?:\w+ )?creation|recreation of the resource|"
    r"trigger replacement",
    re.IGNORECASE,
)
# Where something lives is never changed in place; these are immutable wherever they are arguments.
_PLACES = frozenset({"project", "location", "region", "zone", "parent", "folder", "orgId"})


@dataclass(frozen=True)
class Documented:
    """What the SDK says of one type. Property names are camelCase."""

    import_formats: tuple[str, ...]
    """Such as `projects/{project}/global/networks/{name}`, in the order of the documentation."""
    arguments: frozenset[str]
    required: frozenset[str]
    computed: frozenset[str]
    """Outputs that are no arguments."""
    immutable: frozenset[str]


def camel(name: str) -> str:
    """`ip_cidr_range` -> `ipCidrRange`, the way Pulumi names properties on the wire."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


@lru_cache(maxsize=1)
def _root() -> Path:
    found = importlib.util.find_spec("pulumi_gcp")
    if found is None or found.origin is None:
        raise RuntimeError(
            "the package pulumi-gcp is not installed, so its resource types cannot be rehearsed"
        )
    return Path(found.origin).parent


@lru_cache(maxsize=64)
def _files(module: str) -> dict[str, Path]:
    """File per squashed class name, since `SSLPolicy` lives in `ssl_policy.py`."""
    folder = _root() / module
    return {path.stem.replace("_", ""): path for path in folder.glob("*.py")} if folder.is_dir() else {}


def _source(type: str) -> str:
    _, module_and_file, name = type.split(":", 2)
    path = _files(module_and_file.split("/", 1)[0].lower()).get(name.lower())
    return path.read_text(encoding="utf-8") if path else ""


def _formats(source: str) -> Iterator[str]:
    seen: set[str] = set()
    for text in _IMPORT_FORMAT.findall(source):
        plain = re.sub(r"\{\{%?(\w+)\}\}", lambda match: "{" + camel(match[1]) + "}", text)
        if plain not in seen and " " not in plain and "{{" not in plain:
            seen.add(plain)
            yield plain


@lru_cache(maxsize=512)
def documented(type: str) -> Documented:
    """What the SDK's source says of the type; empty for a type that it does not declare."""
    source = _source(type)
    arguments = (
        {camel(name): kind for name, kind in _PARAMETER.findall(found[1])}
        if (found := _ARGUMENTS.search(source))
        else {}
    )
    state = (
        {camel(name) for name, _ in _PARAMETER.findall(found[1])}
        if (found := _STATE.search(source))
        else set[str]()
    )
    formats = tuple(_formats(source))
    in_path = {name for text in formats[:1] for name in re.findall(r"\{(\w+)\}", text)}
    said = {camel(name) for name, text in _DOCUMENTED.findall(source) if _CANNOT_CHANGE.search(text)}
    return Documented(
        import_formats=formats,
        arguments=frozenset(arguments),
        required=frozenset(name for name, kind in arguments.items() if "Optional[" not in kind),
        computed=frozenset(state - arguments.keys()),
        immutable=frozenset((in_path | said | _PLACES) & arguments.keys()),
    )

"""A folder of Kubernetes YAML as plain objects: several documents in a file, lists of objects, nested
folders.

Guarantees that nothing in a `.yaml`, `.yml` or `.json` file is passed over in silence: what is no Kubernetes
object ends in one sentence (`Unreadable`). Scalars are read as Kubernetes reads them, so a date stays text.
Leaves out templates (Helm, Kustomize): render them first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

_SUFFIXES = (".yaml", ".yml", ".json")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class Unreadable(Exception):
    """Input that cannot be judged; the text is one sentence: where, what is wrong, what to write."""


@dataclass(frozen=True, slots=True)
class Document:
    """One Kubernetes object and the file it was read from."""

    file: str
    api: str
    kind: str
    body: Mapping[str, Any]

    @property
    def label(self) -> str:
        """How a sentence names the object: its file, kind and name."""
        metadata: object = self.body.get("metadata")
        found = cast("Mapping[str, Any]", metadata if isinstance(metadata, Mapping) else {})
        space = found.get("namespace")
        name = f"{space}/{found.get('name')}" if space else f"{found.get('name')}"
        return f"{self.file}: {self.kind} {name}"


class _Loader(yaml.SafeLoader):
    """The safe loader without dates: Kubernetes has no such type, so an unquoted date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_folder(folder: Path) -> list[Document]:
    """Every object below `folder`, files in the order of their paths.

    Raises:
        Unreadable: no such folder, no YAML in it, a file that is no YAML, or a document that is no object.
    """
    if not folder.is_dir():
        raise Unreadable(f"{folder}: there is no such folder; write one that holds Kubernetes YAML")
    files = sorted(
        Path(parent, name)
        for parent, _, names in os.walk(folder, onerror=_refuse_folder)
        for name in names
        if name.lower().endswith(_SUFFIXES)
    )
    if not files:
        raise Unreadable(
            f"{folder}: no file ends in {', '.join(_SUFFIXES)}; write a folder of Kubernetes YAML"
        )
    return [document for file in files for document in _read_file(file, file.relative_to(folder).as_posix())]


def _refuse_folder(problem: OSError) -> None:
    raise Unreadable(f"{problem.filename}: {_reason(problem)}; make the folder readable") from problem


def _read_file(path: Path, shown: str) -> Iterator[Document]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        bodies = list(yaml.load_all(text, Loader=_Loader))
    except OSError as problem:
        raise Unreadable(f"{shown}: {_reason(problem)}; make the file readable") from problem
    except UnicodeDecodeError as problem:
        raise Unreadable(f"{shown}: the file is not UTF-8 text; save it as UTF-8") from problem
    except RecursionError as problem:
        raise Unreadable(f"{shown}: the YAML is nested too deeply; flatten it") from problem
    except (yaml.YAMLError, ValueError) as problem:
        raise Unreadable(
            f"{shown}: not YAML ({_one_line(problem)}); mend it, or render the template"
        ) from problem
    for number, body in enumerate(bodies, start=1):
        if body is not None:
            yield from _objects(body, shown, f"document {number}", "")


def _objects(body: object, file: str, where: str, implied: str) -> Iterator[Document]:
    """The object itself, or the items of a list; `implied` is the kind that a typed list gives its items."""
    if not isinstance(body, Mapping):
        raise Unreadable(f"{file}: {where} is no object; write apiVersion, kind and metadata")
    found = cast("Mapping[str, Any]", body)
    kind, api = found.get("kind", implied or None), found.get("apiVersion", "" if implied else None)
    for field, value in (("kind", kind), ("apiVersion", api)):
        if not isinstance(value, str):
            raise Unreadable(
                f"{file}: {where} has no {field}; write one, or keep other YAML out of the folder"
            )
    kind, api = str(kind), str(api)
    if kind.endswith("List") and "items" in found:
        items: object = found["items"] if found["items"] is not None else []
        if not isinstance(items, list):
            raise Unreadable(f"{file}: {where}: items of {kind} is no list; write a list of objects")
        for index, item in enumerate(cast("list[object]", items)):
            yield from _objects(item, file, f"{where}, items[{index}]", kind.removesuffix("List"))
        return
    yield Document(file, api, kind, found)


def _reason(problem: OSError) -> str:
    return (problem.strerror or "it cannot be read").lower()


def _one_line(problem: Exception) -> str:
    mark: object = getattr(problem, "problem_mark", None)
    at = f", line {getattr(mark, 'line', 0) + 1}" if mark is not None else ""
    text = str(getattr(problem, "problem", None) or problem)
    return re.sub(r"\s+", " ", text).strip() + at

"""The source text of one installed Pulumi SDK: where a class stands and what its getters say.

Nothing is imported: `pulumi_gcp.compute._inputs` alone is 4.8 MB and takes seconds to load. A file is indexed
by its `class` lines, and only the classes that are asked for are parsed.

Guarantees: the answer comes from the SDK that is installed, whatever its version. Leaves out what the
generated code does not say: which values a cloud takes, which outputs a cloud leaves empty.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_CLASS = re.compile(r"^class (\w+)\b", re.MULTILINE)
_REGISTERED = re.compile(r'resource_modules="""\s*(\[.*?\])\s*"""', re.DOTALL)
_FIRST_GETTER = re.compile(r"^    @(?:_builtins\.)?property$", re.MULTILINE)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Getter:
    """One property of a generated class."""

    name: str
    """Name on the wire (camelCase)."""
    annotation: ast.expr
    doc: str


@dataclass(frozen=True)
class Place:
    """A class in a file, the path relative to the SDK's folder: `compute/network.py`, `Network`."""

    file: str
    cls: str

    @property
    def folder(self) -> str:
        return self.file.rpartition("/")[0]


class Sdk:
    """One installed SDK, such as the folder `pulumi_gcp`. Raises FileNotFoundError where there is none."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not (root / "__init__.py").is_file():
            raise FileNotFoundError(f"{root} holds no Pulumi SDK")
        self._texts: dict[str, str] = {}
        self._indices: dict[str, dict[str, tuple[int, int]]] = {}

    @cached_property
    def version(self) -> str:
        """The version of the SDK and so of the provider it was generated for."""
        return str(json.loads((self.root / "pulumi-plugin.json").read_text(encoding="utf-8"))["version"])

    @cached_property
    def resources(self) -> dict[str, tuple[str, str]]:
        """Type token -> (folder, class name), as the SDK registers them."""
        found = _REGISTERED.search(self.text("__init__.py"))
        modules: list[dict[str, Any]] = json.loads(found.group(1)) if found else []
        places: dict[str, tuple[str, str]] = {}
        for module in modules:
            folder = "/".join(str(module["fqn"]).split(".")[1:])
            places.update({token: (folder, cls) for token, cls in module["classes"].items()})
        return places

    def resource(self, token: str) -> Place | None:
        """Where the class of a resource type stands."""
        if token not in self.resources:
            return None
        folder, cls = self.resources[token]
        marks = (f'type_token("{token}")', f"class {cls}(")
        for file in self._candidates(folder, cls):
            if all(mark in self.text(file) for mark in marks):
                return Place(file, cls)
        return None

    def function(self, token: str) -> Place | None:
        """Where the result class of a function (data source) stands."""
        _, module, name = token.split(":", 2)
        folder = module.split("/", 1)[0].removeprefix("index")
        # Python's keyword gave the folder of AWS Lambda its underscore.
        folder = folder if (self.root / folder).is_dir() else f"{folder}_"
        if not (self.root / folder).is_dir():
            return None
        for file in self._candidates(folder, name[:1].upper() + name[1:]):
            if f"'{token}'" in self.text(file):
                results = [
                    cls for cls in self.index(file) if cls.endswith("Result") and "Awaitable" not in cls
                ]
                return Place(file, results[0]) if results else None
        return None

    def arguments(self, place: Place) -> tuple[str, ...]:
        """Names on the wire of the arguments a function takes."""
        return tuple(dict.fromkeys(re.findall(r"__args__\['([^']+)'\] =", self.text(place.file))))

    def getters(self, place: Place) -> Iterator[Getter]:
        """The properties of a class, in the order of the source."""
        if place.cls not in self.index(place.file):
            return
        start, end = self.index(place.file)[place.cls]
        body = self.text(place.file)[start:end]
        first = _FIRST_GETTER.search(body)
        if first is None:
            return
        tree = ast.parse("class _:\n" + body[first.start() :])
        for node in tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else ():
            if isinstance(node, ast.FunctionDef) and node.returns is not None:
                name = _wire_name(node)
                if name:
                    yield Getter(name, node.returns, ast.get_docstring(node, clean=False) or "")

    def enum_values(self, place: Place) -> tuple[str | int | float, ...]:
        """The values of an enum class."""
        start, end = self.index(place.file)[place.cls]
        tree = ast.parse(self.text(place.file)[start:end])
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        assigned = [node.value for node in body if isinstance(node, ast.Assign)]
        constants = [value.value for value in assigned if isinstance(value, ast.Constant)]
        return tuple(value for value in constants if isinstance(value, (str, int, float)))

    def text(self, file: str) -> str:
        """A file's text; empty when there is no such file."""
        if file not in self._texts:
            path = self.root / file
            self._texts[file] = path.read_text(encoding="utf-8") if path.is_file() else ""
        return self._texts[file]

    def index(self, file: str) -> dict[str, tuple[int, int]]:
        """Class name -> (start, end) in the file's text."""
        if file not in self._indices:
            text = self.text(file)
            found = [(match.group(1), match.start()) for match in _CLASS.finditer(text)]
            starts = [start for _, start in found]
            self._indices[file] = {
                name: (start, _without_decorators(text, start, end))
                for (name, start), end in zip(found, [*starts[1:], len(text)], strict=False)
            }
        return self._indices[file]

    def _candidates(self, folder: str, cls: str) -> Iterator[str]:
        """Files that may hold a class: by its name in either form first, then all of the folder."""
        prefix = f"{folder}/" if folder else ""
        guesses = [f"{prefix}{_HUMP.sub('_', cls).lower()}.py", f"{prefix}{cls}.py"]
        yield from guesses
        for path in sorted((self.root / folder).glob("*.py")):
            file = f"{prefix}{path.name}"
            if file not in guesses and not path.name.startswith("_"):
                yield file


def _without_decorators(text: str, start: int, end: int) -> int:
    """Where a class really ends: before a decorator or function at the left margin."""
    margin = re.compile(r"^(?=[@\w])", re.MULTILINE)
    match = margin.search(text, text.index("\n", start) + 1, end)
    return match.start() if match else end


def _wire_name(node: ast.FunctionDef) -> str | None:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
            if decorator.func.attr == "getter":
                for keyword in decorator.keywords:
                    if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                        return str(keyword.value.value)
                return node.name
        elif isinstance(decorator, ast.Attribute) and decorator.attr == "getter":
            return node.name
    return None

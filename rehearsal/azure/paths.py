"""Resource ids: the path of every type under Azure Resource Manager.

`paths.yaml` has the types whose path cannot be told from the SDK. For all others the SDK's own `get` function
says which parameters the path has; the order follows from which type owns each of them, and a segment is the
type's name in the plural: `subnets`, `firewallRules`. What the SDK does not say may differ from the real path
in such a segment, never in the parameters.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rehearsal.sdk import Place, Sdk

_NOT_IN_PATH = {"expand", "filter", "subscriptionId", "top", "skip", "select", "ifNoneMatch", "apiVersion"}
_ROOTS = ("resourceGroupName", "scope", "resourceUri")
_ARGUMENTS = re.compile(r"__args__\['([^']+)'\] =")
_INVOKED = re.compile(r"invoke\('azure-native:[\w]+:get(\w+)'")


@dataclass(frozen=True)
class TypePath:
    """The path of one type: `template` with `{parameters}`, its `own` name's parameter, and its ARM type."""

    template: str
    own: str
    type: str

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.template))

    @property
    def nested(self) -> bool:
        """Whether it is a child of another resource, which takes its automatic name as it is."""
        return self.type.count("/") > 1


@lru_cache(maxsize=4096)
def of(token: str) -> TypePath:
    """The path of a type token such as `azure-native:network:Subnet`."""
    _, module, cls = token.split(":", 2)
    known: str | None = _tables()["paths"].get(f"{module}:{cls}")
    namespace = _namespace(module)
    if known is None:
        return _derived(module, cls, namespace)
    group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
    template = known if known.startswith("/") else f"{group}/providers/{namespace}/{known}"
    names = re.findall(r"\{(\w+)\}", template)
    own = names[-1] if template.endswith("}") else ""
    return TypePath(template, own, _arm_type(template))


def _namespace(module: str) -> str:
    return _tables()["namespaces"].get(module, f"Microsoft.{module[:1].upper()}{module[1:]}")


def _arm_type(template: str) -> str:
    """`Microsoft.Network/virtualNetworks/subnets` from a path."""
    if "/providers/" not in template:
        return "Microsoft.Resources/resourceGroups"
    namespace, *rest = template.rsplit("/providers/", 1)[1].split("/")
    return "/".join([namespace, *rest[::2]])


def _derived(module: str, cls: str, namespace: str) -> TypePath:
    functions = _functions(module)
    inputs = _inputs(f"azure-native:{module}:{cls}")
    parameters = tuple(name for name in functions.get(cls, ()) if name in inputs or not inputs)
    if not parameters:
        owned = {_own(other, names) for other, names in functions.items() if other != cls}
        parameters = tuple(name for name in inputs if name in owned | {"resourceGroupName", "scope"})
    own = _own(cls, parameters) if cls in functions else ""
    rest = frozenset(parameters) - {own}
    parents = [other for other, names in functions.items() if other != cls and frozenset(names) == rest]
    if own and rest - {"resourceGroupName", "scope"} and parents:
        parent = min(parents, key=lambda other: (not cls.startswith(other), len(other)))
        base, stem = of(f"azure-native:{module}:{parent}").template, parent
    else:
        base, stem = _chain(parameters, own, functions, namespace), ""
    noun = cls.removeprefix(stem) or cls
    template = f"{base}/{_plural(noun)}/{{{own}}}" if own else f"{base}/{_plural(noun)}/default"
    return TypePath(template, own, _arm_type(template))


def _chain(
    parameters: tuple[str, ...], own: str, functions: Mapping[str, tuple[str, ...]], namespace: str
) -> str:
    """The path above an object whose parent is no type of its own: owners with short paths come first."""
    above = [name for name in parameters if name not in {own, *_ROOTS}]
    owners = {name: _owner(name, functions) for name in above}
    above.sort(key=lambda name: len(functions.get(owners[name], ())) or 99)
    segments = [f"/{_plural(owners[name] or name.removesuffix('Name'))}/{{{name}}}" for name in above]
    for root in ("scope", "resourceUri"):
        if root in parameters:
            return f"/{{{root}}}/providers/{namespace}{''.join(segments)}"
    group = "/resourceGroups/{resourceGroupName}" if "resourceGroupName" in parameters else ""
    return f"/subscriptions/{{subscriptionId}}{group}/providers/{namespace}{''.join(segments)}"


def _own(cls: str, parameters: tuple[str, ...]) -> str:
    """The parameter that is the object's own name: the one called like the class, else the last that fits."""
    candidates = [name for name in parameters if name not in _ROOTS]
    noun = cls[:1].lower() + cls[1:]
    for wanted in (f"{noun}Name", f"{noun}Id", noun):
        if wanted in candidates:
            return wanted
    tail = [name for name in candidates if noun.lower().endswith(re.sub("(Name|Id)$", "", name).lower())]
    if tail:
        return max(tail, key=len)
    return candidates[0] if len(candidates) == 1 else candidates[-1] if candidates else ""


def _owner(parameter: str, functions: Mapping[str, tuple[str, ...]]) -> str:
    """The class of the module whose own name a parameter is: the one with the shortest path."""
    owners = [cls for cls, names in functions.items() if parameter in names and _own(cls, names) == parameter]
    return min(owners, key=lambda cls: (len(functions[cls]), len(cls)), default="")


def _plural(noun: str) -> str:
    word = noun[:1].lower() + noun[1:]
    if re.search(r"(s|settings|data|information)$", word) and not re.search(r"(ss|us|is)$", word):
        return word
    if word.endswith("y") and not re.search(r"[aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|ch|sh)$", word) else f"{word}s"


@lru_cache(maxsize=512)
def _functions(module: str) -> dict[str, tuple[str, ...]]:
    """Class -> path parameters, from the module's `get` functions in the installed SDK."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((sdk().root / module).glob("get_*.py")):
        text = file.read_text(encoding="utf-8")
        invoked = _INVOKED.search(text)
        if invoked:
            names = dict.fromkeys(_ARGUMENTS.findall(text))
            found[invoked.group(1)] = tuple(name for name in names if name not in _NOT_IN_PATH)
    return found


@lru_cache(maxsize=4096)
def _inputs(token: str) -> tuple[str, ...]:
    """Input names of a type."""
    place = sdk().resource(token)
    return (
        tuple(field.name for field in sdk().getters(Place(place.file, f"{place.cls}Args"))) if place else ()
    )


@lru_cache(maxsize=4096)
def api_version(token: str) -> str:
    """The API version that the installed SDK uses for a type."""
    place = sdk().resource(token)
    text = sdk().text(place.file) if place else ""
    found = re.search(r"Uses Azure REST API version (\S+?)\.?\s", text)
    return found.group(1) if found else "2024-01-01"


@lru_cache(maxsize=1)
def sdk() -> Sdk:
    """The installed SDK."""
    spec = importlib.util.find_spec("pulumi_azure_native")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("pulumi_azure_native is not installed")
    return Sdk(Path(spec.origin).parent)


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "paths.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["package"]

"""The yardstick: a program without components that registers the same resources as a stack.

Writes one flat Pulumi program from an exported deployment: every custom resource once, through the same SDK
classes (what runs in clusters through none), with the inputs it ended up with. References between resources
become literals, so the flat program waits for nothing; that makes the comparison harder for us, not easier.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from rehearsal.values import SIGNATURE
from tools.stack import ROOT

FLAT_PROJECT = f"""name: flat
runtime:
  name: python
  options:
    virtualenv: {ROOT / ".venv"}
"""
# Arguments of every class; an input called `resourceName` is another one, `resource_name_` in the SDK.
OF_THE_SDK = {"__self__", "resource_name", "opts", "__props__"}
PACKAGES = {"gcp": "pulumi_gcp", "aws": "pulumi_aws", "azure-native": "pulumi_azure_native"}


def write_flat_program(deployment: Mapping[str, Any], folder: Path) -> int:
    """Write `Pulumi.yaml` and `__main__.py` into `folder` and return how many resources it registers.

    Args:
        deployment: what `pulumi stack export` prints after an `up`.
        folder: an existing folder; the program's stack configuration is empty.

    Raises:
        LookupError: a resource type whose SDK class cannot be found.
    """
    resources: list[Mapping[str, Any]] = deployment["deployment"]["resources"]
    providers: dict[str, str] = {}
    imports: set[str] = set()
    lines: list[str] = []
    registered = 0
    for resource in resources:
        type_, urn = str(resource["type"]), str(resource["urn"])
        name = urn.rpartition("::")[2]
        if type_.startswith("pulumi:providers:") and resource.get("inputs"):
            providers[urn] = f"provider_{len(providers)}"
            lines.append(f"{providers[urn]} = {_provider(type_, name, resource['inputs'])}")
        if not resource.get("custom") or type_.startswith("pulumi:"):
            continue
        opts = f"opts=ResourceOptions(provider={providers[str(resource['provider']).rpartition('::')[0]]})"
        if type_.startswith("kubernetes:"):
            # Custom resources have no class of their own; the plainest registration is the hardest yardstick.
            lines.append(f"CustomResource({type_!r}, {name!r}, {_plain(resource['inputs'])!r}, {opts})")
        else:
            cls = _sdk_class(type_)
            alias = f"{cls.__module__}.{cls.__name__}".replace(".", "_")
            imports.add(f"from {cls.__module__} import {cls.__name__} as {alias}")
            lines.append(f"{alias}({name!r}, {opts}, **{_arguments(cls, resource['inputs'])!r})")
        registered += 1
    program = [
        "from pulumi import CustomResource, ProviderResource, ResourceOptions",
        *sorted(imports),
        *lines,
        "",
    ]
    (folder / "__main__.py").write_text("\n".join(program))
    return registered


def _provider(type_: str, name: str, inputs: Mapping[str, Any]) -> str:
    given = {key: _plain(value) for key, value in inputs.items() if key != "version"}
    return f"ProviderResource({type_.rpartition(':')[2]!r}, {name!r}, {given!r})"


def _arguments(cls: type[Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Top-level inputs as keyword arguments; nested names stay as they are, the SDK passes them through."""
    accepted = inspect.signature(cls._internal_init).parameters.keys() - OF_THE_SDK
    by_letters = {name.replace("_", ""): name for name in accepted}
    arguments: dict[str, Any] = {}
    for key, value in inputs.items():
        name = by_letters.get(key.lower())
        if name and not key.startswith("__"):
            arguments[name] = _plain(value)
    return arguments


def _plain(value: Any) -> Any:
    match value:
        case {"plaintext": str() as text, **rest} if SIGNATURE in rest:
            return json.loads(text)
        case dict():
            items = cast("dict[str, Any]", value).items()
            return {key: _plain(item) for key, item in items if not key.startswith("__")}
        case list():
            return [_plain(item) for item in cast("list[Any]", value)]
        case _:
            return value


def _sdk_class(token: str) -> type[Any]:
    """The SDK class of `gcp:compute/firewall:Firewall`, imported from its leaf module."""
    package, module, name = token.split(":")
    service, _, leaf = module.partition("/")
    for candidate in (_snake(leaf or name), _snake(name)):
        try:
            found = importlib.import_module(f"{PACKAGES[package]}.{service}.{candidate}")
        except ModuleNotFoundError:
            continue
        return getattr(found, name)
    raise LookupError(
        f"{token}: no module of {PACKAGES[package]} holds it; name its file in benchmarks/flat.py"
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()

"""Pulumi's provider protocol: the generated messages and service of the installed SDK, without the SDK.

`import pulumi.runtime.proto` would run `pulumi/__init__`, which takes most of a second and is not needed to
serve the protocol. Here the same files are loaded under a package of their own.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

_NAMESPACE = "rehearsal_pulumi_protocol"


def _load(name: str) -> Any:
    if _NAMESPACE not in sys.modules:
        spec = find_spec("pulumi")
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError("the rehearsal needs the pulumi package: pip install pulumi")
        package = ModuleType(_NAMESPACE)
        package.__path__ = [str(Path(spec.submodule_search_locations[0]) / "runtime" / "proto")]
        sys.modules[_NAMESPACE] = package
    return import_module(f"{_NAMESPACE}.{name}")


if TYPE_CHECKING:
    from pulumi.runtime.proto import plugin_pb2 as plugin
    from pulumi.runtime.proto import provider_pb2 as provider
    from pulumi.runtime.proto import provider_pb2_grpc as service
    from pulumi.runtime.proto import resource_pb2 as monitor
    from pulumi.runtime.proto import resource_pb2_grpc as monitor_service
else:
    plugin = _load("plugin_pb2")
    provider = _load("provider_pb2")
    service = _load("provider_pb2_grpc")
    monitor = _load("resource_pb2")
    monitor_service = _load("resource_pb2_grpc")

__all__ = ["monitor", "monitor_service", "plugin", "provider", "service"]

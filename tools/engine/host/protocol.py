"""The engine's protocol messages, without the SDK around them.

They ship inside the SDK, as `pulumi.runtime.proto`, but importing that path runs all of `import pulumi`,
which costs more than half a second, and a host is started at every preview. So the folder is mounted as a
package of its own name.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import analyzer_pb2, language_pb2, language_pb2_grpc, plugin_pb2
else:
    spec = find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        sys.exit(
            "the Python language host needs the package 'pulumi' in the checkout's .venv; run 'make setup'"
        )
    package = ModuleType("palisade_pulumi_protocol")
    package.__path__ = [str(Path(spec.submodule_search_locations[0]) / "runtime" / "proto")]
    sys.modules[package.__name__] = package
    from palisade_pulumi_protocol import analyzer_pb2, language_pb2, language_pb2_grpc, plugin_pb2

__all__ = ["MESSAGE_OPTIONS", "analyzer_pb2", "language_pb2", "language_pb2_grpc", "plugin_pb2"]

# The SDK's own limit (`pulumi.runtime._grpc_settings`): a large stack's resources arrive in one message.
MAX_MESSAGE_BYTES = 1024 * 1024 * 400
MESSAGE_OPTIONS = [
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
]

"""Identity lists that the engine gives back as they were sent, which the SDK for Python cannot read.

Of a resource that a run leaves out (`--target`) or could not make, a program gets its own inputs back as
outputs. Azure's identities are a list of ids as inputs and a map of objects as outputs, and on meeting the
list the SDK ends the whole program. `make release` after `make destroy` is such a run: it updates what is
still there and leaves out the rest.
Source: github.com/pulumi/pulumi/issues/13163, open with pulumi 3.259.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_origin

from pulumi.runtime import rpc

_plainly = rpc._get_list_element_type


def read_lists_for_maps() -> None:
    """Take a list where a map belongs as it is, in this program, in which nothing reads such a list."""
    rpc._get_list_element_type = _element_type


def _element_type(typ: Any) -> Any:
    return None if get_origin(typ) is Mapping else _plainly(typ)

"""Names in old API versions, which the SDK gives every resource of Azure and no stack of this program needs.

Each resource comes with up to a hundred aliases, one for each API version that the provider's version 2 had
a module for, so that whoever used such a module keeps what stands. This program never did, and computing
them takes half of its time. Aliases without a version stay: types have moved from one module to another.
Source: pulumi.com/registry/packages/azure-native/from-v2-to-v3.
"""

from __future__ import annotations

import re

import pulumi
from pulumi.runtime import register_stack_transformation

_VERSIONED = re.compile(r"azure-native:[^:/]+/v\d{8}\w*:.+")


def leave_out_versioned_aliases() -> None:
    """Register resources of this stack without them, from here on."""
    register_stack_transformation(_without)


def _without(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    if not args.type_.startswith("azure-native:"):
        return None
    given = args.opts.aliases or []
    aliases = [each for each in given if not _is_versioned(each)]
    if len(aliases) == len(given):
        return None
    opts = args.opts._copy()
    opts.aliases = aliases
    return pulumi.ResourceTransformationResult(props=args.props, opts=opts)


def _is_versioned(alias: pulumi.Input[str | pulumi.Alias]) -> bool:
    if not isinstance(alias, pulumi.Alias):
        return False
    return isinstance(alias.type_, str) and _VERSIONED.fullmatch(alias.type_) is not None

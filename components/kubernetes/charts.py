"""Charts from the registry, by digest, with their images from the registry too.

Guarantees: a chart is named by `oci://` and a digest; it is installed whole or not at all; nothing of it is
taken over by force.

Leaves out: what a chart contains. Its objects meet the same admission as everybody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3.Release import Release

from components.kubernetes.scope import Scope


def release(
    scope: Scope, chart: str, namespace: str, values: Mapping[str, Any], *after: pulumi.Resource
) -> Release:
    """One chart in one namespace, which exists already."""
    wanted = scope.software.chart(chart)
    return Release(
        scope.name(chart),
        name=chart,
        namespace=namespace,
        create_namespace=False,
        chart=wanted.reference,
        values=dict(values),
        atomic=True,
        cleanup_on_fail=True,
        force_update=False,
        timeout=900,
        opts=scope.opts(*after),
    )

"""Which images may run: the lists that `admission.yaml` reads, and who may write the second.

Builds the list of registries, the list of released digests, and the right of those who release to enter
digests in it. An entry's key is the 64 hexadecimal digits of a digest whose signature was verified against
the release key; its value says what it is, and why it is there.

Guarantees: the digests of this platform's own software are part of the policy itself, so that a new cluster
starts with an empty list; updates by this program leave entries as they are; who releases may change this one
list, and neither make nor delete it. Without the list nothing runs.

Leaves out: signing and verifying, which are a pipeline's work (docs/mirror.md). The API server cannot verify
a signature: it trusts whoever wrote the list. An object holds 1 MiB, which is about 8,000 entries.
Source: kubernetes.io/docs/concepts/configuration/configmap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pulumi
from pulumi_kubernetes.core.v1.ConfigMap import ConfigMap
from pulumi_kubernetes.rbac.v1.Role import Role
from pulumi_kubernetes.rbac.v1.RoleBinding import RoleBinding
from pydantic import BaseModel, ConfigDict, Field

from components.kubernetes.scope import Scope

REGISTRIES = "image-registries"
RELEASED = "released-images"
# Where the lists live; every cluster has this namespace.
HOME = "identity"
RBAC = "rbac.authorization.k8s.io"


class Releaser(BaseModel):
    """Who enters released digests, as the API server knows them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["User", "Group"]
    name: str = Field(min_length=1)


def image_lists(scope: Scope, releasers: Sequence[Releaser], home: pulumi.Resource) -> list[pulumi.Resource]:
    """Both lists. `home` is their namespace."""
    registries = ConfigMap(
        scope.name("registries"),
        metadata={"name": REGISTRIES, "namespace": HOME},
        data={"images": scope.software.registry.images},
        opts=scope.opts(home),
    )
    released = ConfigMap(
        scope.name("released"),
        metadata={"name": RELEASED, "namespace": HOME},
        # Entries are made while the platform runs, and are not this program's to take away.
        opts=pulumi.ResourceOptions.merge(scope.opts(home), pulumi.ResourceOptions(ignore_changes=["data"])),
    )
    return [registries, released, *_rights(scope, releasers, home)]


def _rights(scope: Scope, releasers: Sequence[Releaser], home: pulumi.Resource) -> list[pulumi.Resource]:
    if not releasers:
        return []
    role = Role(
        scope.name("releases"),
        metadata={"name": "releases", "namespace": HOME},
        rules=[
            {
                "api_groups": [""],
                "resources": ["configmaps"],
                "resource_names": [RELEASED],
                "verbs": ["get", "patch", "update"],
            }
        ],
        opts=scope.opts(home),
    )
    bound = RoleBinding(
        scope.name("releases"),
        metadata={"name": "releases", "namespace": HOME},
        role_ref={"api_group": RBAC, "kind": "Role", "name": "releases"},
        subjects=[{"api_group": RBAC, "kind": each.kind, "name": each.name} for each in releasers],
        opts=scope.opts(role),
    )
    return [role, bound]

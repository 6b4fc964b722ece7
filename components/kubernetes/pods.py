"""What every pod of ours is like: it can do nothing that its work does not need.

Guarantees, whatever the workload: no root, a user of its own, no privilege gained, no capability, the
runtime's seccomp profile, a read-only root, limits equal to what was asked, no token, no environment of other
Services. Writable places are volumes of the pod, limited in size.

Source: kubernetes.io/docs/concepts/security/pod-security-standards; vLLM's image prepares UID 2000 with
GID 0, and dies under others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

USER = 2000
GROUP = 0
FILES = 2000
MODELS = "/models"

Spec = dict[str, Any]


def pod(account: str, **own: Any) -> Spec:
    """A pod's specification with what all share; `own` comes on top."""
    return {
        "service_account_name": account,
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": USER,
            "run_as_group": GROUP,
            "fs_group": FILES,
            "supplemental_groups_policy": "Strict",
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        **own,
    }


def container(name: str, image: pulumi.Output[str], resources: Mapping[str, str], **own: Any) -> Spec:
    """A container with what all share. It may use exactly `resources`, neither less nor more."""
    return {
        "name": name,
        "image": image,
        "resources": {"requests": dict(resources), "limits": dict(resources)},
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **own,
    }


def scratch(name: str, size: str, *, memory: bool = False) -> Spec:
    """A volume of the pod that ends with it. One in memory counts against the memory limit."""
    return {"name": name, "empty_dir": {"size_limit": size, **({"medium": "Memory"} if memory else {})}}


def mount(name: str, path: str, *, read_only: bool = False, sub_path: str | None = None) -> Spec:
    made: Spec = {"name": name, "mount_path": path, "read_only": read_only}
    return {**made, "sub_path": sub_path} if sub_path else made


def environment(values: Mapping[str, str | pulumi.Output[str]]) -> list[Spec]:
    return [{"name": name, "value": value} for name, value in values.items()]

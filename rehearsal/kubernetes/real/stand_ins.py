"""The few things that the controller manager does and the API server waits for; no controller runs here.

| when | what |
|---|---|
| a namespace is there | it gets its `default` account, without which no pod is admitted |
| a quota is there | its status says what is held against it, without which it binds nobody |
| a namespace is deleted | what is in it goes, and it is let go of |
| a volume claim is deleted | it is let go of |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.kubernetes.real.api import Api, Ref

MANAGER: Final = "kube-controller-manager"
# Those the server makes by itself.
FIRST_NAMESPACES: Final = ("default", "kube-system", "kube-public", "kube-node-lease")


def prepare(api: Api) -> None:
    """After a cluster's start."""
    for name in FIRST_NAMESPACES:
        # The server makes the last two a moment later than the others; an apply makes them now.
        api.apply(Ref("v1", "Namespace", name), {"metadata": {"name": name}}, MANAGER)
        _default_account(api, name)


def after_apply(api: Api, ref: Ref, stored: Mapping[str, Any]) -> None:
    """After an object was stored."""
    if (ref.version, ref.kind) == ("v1", "Namespace"):
        _default_account(api, ref.name)
    if (ref.version, ref.kind) == ("v1", "ResourceQuota"):
        hard: Mapping[str, str] = stored["spec"].get("hard") or {}
        status: Mapping[str, Any] = stored.get("status") or {}
        used: Mapping[str, str] = status.get("used") or {}
        held = {name: used.get(name, "0") for name in hard}
        api.patch_status(ref, {"hard": dict(hard), "used": held})


def after_delete(api: Api, ref: Ref) -> None:
    """After an object was deleted: some wait for a controller to let go of them."""
    if (ref.version, ref.kind) == ("v1", "Namespace"):
        api.delete(Ref("v1", "ServiceAccount", "default", ref.name))
        api.finalize_namespace(ref.name)
    if (ref.version, ref.kind) == ("v1", "PersistentVolumeClaim") and api.get(ref) is not None:
        api.merge(ref, {"metadata": {"finalizers": None}})


def _default_account(api: Api, namespace: str) -> None:
    api.apply(Ref("v1", "ServiceAccount", "default", namespace), {"metadata": {"name": "default"}}, MANAGER)

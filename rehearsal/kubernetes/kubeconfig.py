"""Kubeconfig: which cluster a provider talks to, and what is wrong with a configuration that names none.

Leaves out credentials: the rehearsed cluster lets everybody in.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from rehearsal.model import UNKNOWN, Refusal

SOURCE: Final = "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"
NOT_KNOWN: Final = "unknown"
"""The key of a cluster whose kubeconfig is not known yet."""
_REMEDY: Final = "give the text of a kubeconfig or the path of one"


def load(text: str) -> Mapping[str, Any]:
    """Read a kubeconfig given as text or as a path. Raises Refusal for one that cannot be used."""
    if "\n" not in text and not text.lstrip().startswith("{"):
        file = Path(text).expanduser()
        if not file.is_file():
            raise Refusal("kubeconfig", f"there is no file {text!r}", _REMEDY, SOURCE)
        text = file.read_text("utf-8")
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = str(error).replace("\n", " ")
        raise Refusal("kubeconfig", f"it is not YAML: {where}", _REMEDY, SOURCE) from error
    config = cast(Mapping[str, Any], data if isinstance(data, dict) else {})
    if not isinstance(config.get("clusters"), list):
        raise Refusal("kubeconfig", "it has no list `clusters`", _REMEDY, SOURCE)
    return config


def active_cluster(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the `cluster` part that a provider's configuration selects, `None` without a kubeconfig.

    Raises Refusal when the kubeconfig cannot be read or the selected names do not exist in it.
    """
    text = config.get("kubeconfig")
    if not isinstance(text, str) or not text:
        return None
    data = load(text)
    name = config.get("cluster") or _context(data, config).get("cluster")
    for entry in cast(list[Mapping[str, Any]], data["clusters"]):
        if entry.get("name") == name and isinstance(entry.get("cluster"), Mapping):
            return cast(Mapping[str, Any], entry["cluster"])
    known = ", ".join(str(entry.get("name")) for entry in cast(list[Mapping[str, Any]], data["clusters"]))
    raise Refusal("kubeconfig", f"it has no cluster named {name!r}", f"it names {known or 'none'}", SOURCE)


def namespace(config: Mapping[str, Any]) -> Any:
    """Return the namespace of objects that name none: the provider's, the context's, or `default`."""
    own = config.get("namespace")
    if own is UNKNOWN or own:
        return own
    text = config.get("kubeconfig")
    if text is UNKNOWN or not isinstance(text, str) or not text:
        return "default"
    return _context(load(text), config).get("namespace") or "default"


def cluster_key(config: Mapping[str, Any]) -> str:
    """Return a short text that two providers share exactly when they talk to the same cluster.

    Without a kubeconfig it is the one cluster of the machine, whose text is empty. A kubeconfig that is not
    known yet gives a text of its own: nothing is there before it is known.
    """
    if config.get("kubeconfig") is UNKNOWN:
        return NOT_KNOWN
    cluster = active_cluster(config)
    if cluster is None:
        return ""
    address = f"{cluster.get('server')}\n{cluster.get('certificate-authority-data', '')}"
    return hashlib.sha256(address.encode()).hexdigest()[:12]


def _context(data: Mapping[str, Any], config: Mapping[str, Any]) -> Mapping[str, Any]:
    name = config.get("context") or data.get("current-context")
    for entry in cast(list[Mapping[str, Any]], data.get("contexts") or []):
        if entry.get("name") == name and isinstance(entry.get("context"), Mapping):
            return cast(Mapping[str, Any], entry["context"])
    if config.get("cluster"):
        return {}
    raise Refusal("kubeconfig", f"it has no context named {name!r}", "name one of its contexts", SOURCE)

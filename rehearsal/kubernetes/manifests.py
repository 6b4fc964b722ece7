"""Manifests as text: the objects that `yaml.ConfigFile` and `yaml.ConfigGroup` find in YAML."""

from collections.abc import Mapping
from typing import Any, cast

import yaml

from rehearsal.model import Refusal


def decode(text: str, default_namespace: str | None = None) -> list[dict[str, Any]]:
    """Read the objects of a manifest, empty documents left out.

    Args:
        text: one or more YAML documents.
        default_namespace: given to every object that names none, when it is not `None`.

    Raises:
        Refusal: when the text is not YAML or a document is not an object.
    """
    try:
        documents = [document for document in yaml.safe_load_all(text) if document]
    except yaml.YAMLError as error:
        raise Refusal(
            "text", f"it is not YAML: {' '.join(str(error).split())}", "correct the manifest"
        ) from error
    objects: list[dict[str, Any]] = []
    for number, document in enumerate(documents, 1):
        if not isinstance(document, dict):
            kind = type(document).__name__
            raise Refusal(
                "text", f"document {number} is a {kind}, not an object", "write apiVersion and kind"
            )
        objects.append(_plain(cast(Mapping[str, Any], document)))
    if default_namespace:
        for item in objects:
            metadata = item.setdefault("metadata", {})
            metadata.setdefault("namespace", default_namespace)
    return objects


def _plain(value: Any) -> Any:
    """Return YAML data as JSON has it: keys are texts, dates are texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list):
        return [_plain(item) for item in cast(list[Any], value)]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)

"""Labels: one form for every resource that takes them.

At most 64 labels; keys of 1 to 63 characters that start with a letter, values of at most 63; lower-case
letters of any language, digits, `_` and `-`
(https://cloud.google.com/resource-manager/docs/labels-overview#requirements).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from rehearsal.model import UNKNOWN, Refusal, Resource

SOURCE = "https://cloud.google.com/resource-manager/docs/labels-overview#requirements"
_NAMES = ("labels", "resourceLabels", "userLabels")
_MOST = 64
_LONGEST = 63
# `labels` of these are something else, such as the address of a notification channel.
_OTHER_LABELS = ("gcp:monitoring/", "gcp:logging/", "gcp:gkehub/", "gcp:apigee/")


def check(resource: Resource) -> list[Refusal]:
    """Every label that Google Cloud would refuse."""
    names = _NAMES[1:] if resource.type.startswith(_OTHER_LABELS) else _NAMES
    return [refusal for name in names for refusal in _check(name, resource.inputs.get(name))]


def _check(path: str, labels: object) -> list[Refusal]:
    if not isinstance(labels, Mapping):
        return []
    given = cast("Mapping[str, object]", labels)
    refusals: list[Refusal] = []
    if len(given) > _MOST:
        refusals.append(Refusal(path, f"{len(given)} labels are too many", f"give at most {_MOST}", SOURCE))
    for key, value in given.items():
        where = f'{path}["{key}"]'
        if not _fits(key, at_least=1) or not key[:1].isalpha():
            refusals.append(
                Refusal(where, f'the key "{key}" is refused', _remedy("start with a letter, "), SOURCE)
            )
        if value is not UNKNOWN and value is not None and not _fits(str(value), at_least=0):
            refusals.append(Refusal(where, f'the value "{value}" is refused', _remedy(""), SOURCE))
    return refusals


def _fits(text: str, at_least: int) -> bool:
    plain = text.replace("_", "").replace("-", "")
    return at_least <= len(text) <= _LONGEST and text == text.lower() and (not plain or plain.isalnum())


def _remedy(extra: str) -> str:
    return f"{extra}use lower-case letters, digits, _ and -, and at most {_LONGEST} characters"

"""Names, labels and other short texts that the Kubernetes API judges by a pattern.

Guarantees that every refusal names the rule and its source. Leaves out what only a running cluster knows.
Texts that are unknown are never judged.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from rehearsal import paths
from rehearsal.model import UNKNOWN, Refusal

LIMITS: Final = cast(
    Mapping[str, Any], yaml.safe_load((Path(__file__).parent / "limits.yaml").read_text("utf-8"))
)


@dataclass(frozen=True)
class Format:
    """One pattern of `limits.yaml`."""

    pattern: re.Pattern[str]
    longest: int
    """Greatest number of characters."""
    words: str
    source: str

    def fits(self, text: str) -> bool:
        """Whether the text has the format."""
        return len(text) <= self.longest and self.pattern.fullmatch(text) is not None


FORMATS: Final = {
    name: Format(re.compile(entry["pattern"]), entry["longest"], entry["words"], entry["source"])
    for name, entry in cast(Mapping[str, Any], LIMITS["formats"]).items()
}


def judge(path: str, value: Any, format_name: str) -> Iterator[Refusal]:
    """Refuse a known value that lacks the format."""
    if value is UNKNOWN or value is None:
        return
    wanted = FORMATS[format_name]
    text = value if isinstance(value, str) else str(value)
    if not wanted.fits(text):
        length = f" ({len(text)} characters)" if len(text) > wanted.longest else ""
        yield Refusal(path, f"{text[:80]!r}{length} is not allowed", f"write {wanted.words}", wanted.source)


def judge_labels(path: str, labels: Any) -> Iterator[Refusal]:
    """Refuse label keys and values outside the syntax, as the API server does."""
    for key, value in _items(labels):
        here = f"{path}{paths.join((key,))}" if "." in key else f"{path}.{key}"
        yield from judge(here, key, "label_key")
        if isinstance(value, bool | int | float):
            yield Refusal(here, f"{value!r} is not a text", f'write "{str(value).lower()}"')
        else:
            yield from judge(here, value, "label_value")


def judge_annotations(path: str, annotations: Any) -> Iterator[Refusal]:
    """Refuse annotation keys outside the syntax and annotations that are too large together."""
    size = 0
    for key, value in _items(annotations):
        # The API server compares annotation keys without regard to capitals in the prefix.
        yield from judge(f'{path}["{key}"]', key.lower(), "label_key")
        size += len(key.encode()) + len(str(value).encode())
    most = int(LIMITS["annotations_bytes"])
    if size > most:
        yield Refusal(path, f"the annotations are {size} bytes together", f"at most {most} are stored")


def judge_metadata(kind: str, metadata: Any) -> Iterator[Refusal]:
    """Refuse a name, namespace, labels or annotations that the API server would refuse."""
    if metadata is UNKNOWN or not isinstance(metadata, Mapping):
        return
    data = cast(Mapping[str, Any], metadata)
    name_format = cast(Mapping[str, str], LIMITS["names"]).get(kind, "subdomain")
    yield from judge("metadata.name", data.get("name"), name_format)
    yield from judge("metadata.namespace", data.get("namespace"), "label")
    yield from judge_labels("metadata.labels", data.get("labels"))
    yield from judge_annotations("metadata.annotations", data.get("annotations"))


def _items(value: Any) -> list[tuple[str, Any]]:
    if value is UNKNOWN or not isinstance(value, Mapping):
        return []
    return list(cast(Mapping[str, Any], value).items())

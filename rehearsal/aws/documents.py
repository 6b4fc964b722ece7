"""JSON documents in inputs: policies, event patterns, lifecycles, container definitions.

Which inputs hold one, of which kind and of which size, is in `documents.yaml`; a policy is read by
`statements.py`, a pattern or a lifecycle by `patterns.py`. An unknown document refuses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from rehearsal import paths
from rehearsal.aws import patterns, statements
from rehearsal.model import Refusal

Reader = Callable[[str, Any], Iterator[Refusal]]
"""Path and parsed document -> what is wrong with it."""

KINDS: Mapping[str, Reader] = {
    **{name: statements.reader(form) for name, form in statements.FORMS.items()},
    "pattern": patterns.event,
    "lifecycle": patterns.lifecycle,
    "plain": lambda _path, _document: iter(()),
}
"""Kind of a document in `documents.yaml` -> what reads it."""


def check(kinds: Mapping[str, Any], inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """What is wrong with the documents; `kinds` is property path -> kind, or {kind, most, blanks, source}."""
    for path, said in kinds.items():
        entry = cast("Mapping[str, Any]", said) if isinstance(said, Mapping) else {"kind": said}
        for exact, text in paths.find(inputs, path):
            if isinstance(text, str) and text.strip():
                yield from _text(exact, text, entry)


def length(text: str, *, blanks: bool) -> int:
    """The size that counts against a limit; IAM leaves white space out."""
    return len(text) if blanks else len("".join(text.split()))


def render(document: Any) -> str:
    """The document as the provider writes it: indented by two, `<`, `>` and `&` as Go escapes them."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _text(path: str, text: str, entry: Mapping[str, Any]) -> Iterator[Refusal]:
    try:
        document = json.loads(text)
    except ValueError as error:
        yield Refusal(path, f"contains invalid JSON ({error})", "build it with json.dumps")
        return
    most = entry.get("most")
    size = length(text, blanks=entry.get("blanks", True))
    if most is not None and size > most:
        counted = "characters" if entry.get("blanks", True) else "characters without white space"
        yield Refusal(path, f"has {size} {counted}", f"write at most {most}", str(entry["source"]))
    yield from KINDS[entry["kind"]](path, document)

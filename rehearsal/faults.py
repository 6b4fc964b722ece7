"""Injected faults: what goes wrong in a real cloud, on purpose and per resource type.

A fault is a line such as `throttle,type=gcp:compute/*,times=3` or an item of a YAML list with the same keys.
Kinds:

- `throttle`: too many requests, in the real provider's words. The provider tries again as the real one does,
  so a few only take time; more than `ATTEMPTS` fail the operation.
- `slow`: the operation takes `seconds` longer.
- `refuse`: the operation fails with `message`; nothing is changed.
- `die`: the provider's process ends. `when=before` (default): before the object exists; `when=after`: when it
  exists in the cloud and the engine has not been told.

Faults and how often they struck are in the record, so one that killed the process does not kill the next.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

KINDS = ("throttle", "slow", "refuse", "die")
OPERATIONS = ("create", "update", "delete", "read", "invoke")
ATTEMPTS = 8
"""How often a throttled operation is tried before it fails; the real providers try for minutes."""
_ONCE = {"throttle": 1, "die": 1, "slow": 0, "refuse": 0}


@dataclass(frozen=True)
class Fault:
    """One fault; `times` is how often it strikes, 0 for always."""

    kind: str
    type: str = "*"
    """Pattern on the type token."""
    name: str = "*"
    """Pattern on the logical name."""
    stack: str = "*"
    """Pattern on the stack's name."""
    operation: str = "create"
    times: int = 0
    seconds: float = 1.0
    when: str = "before"
    message: str = "the request was refused by an injected fault"

    def strikes(self, operation: str, type: str, urn: str) -> bool:
        """Whether it is meant for this operation."""
        stack = urn.removeprefix("urn:pulumi:").split("::", 1)[0]
        name = urn.rsplit("::", 1)[-1]
        return (
            self.operation == operation
            and fnmatchcase(type, self.type)
            and fnmatchcase(name, self.name)
            and fnmatchcase(stack, self.stack)
        )


def parse(text: str) -> list[Fault]:
    """Faults of a `--fault` argument: one line, or the name of a YAML file with a list of them.

    Raises ValueError in one sentence.
    """
    if text.endswith((".yaml", ".yml")):
        try:
            entries = yaml.safe_load(Path(text).read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise ValueError(f"the fault file {text} cannot be read: {error}") from error
        if not isinstance(entries, list):
            raise ValueError(f"the fault file {text} must hold a list of faults")
        return [make(entry) for entry in entries]  # pyright: ignore[reportUnknownVariableType] - make checks it
    kind, *parts = text.split(",")
    pairs = [part.partition("=") for part in parts]
    for key, equals, _ in pairs:
        if not equals:
            raise ValueError(f'in the fault "{text}", "{key}" has no value; write KEY=VALUE')
    return [make({"kind": kind, **{key.strip(): value.strip() for key, _, value in pairs}})]


def make(entry: Any) -> Fault:
    """A fault from plain data. Raises ValueError in one sentence."""
    if not isinstance(entry, Mapping):
        raise ValueError(f"the fault {entry!r} must be an object such as {{kind: throttle, times: 3}}")
    values: dict[str, Any] = {str(key): value for key, value in entry.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - any YAML
    known = {field.name for field in fields(Fault)}
    strange = sorted(set(values) - known)
    if strange:
        raise ValueError(f'a fault has no "{strange[0]}"; there are {", ".join(sorted(known))}')
    kind = values.get("kind")
    if kind not in KINDS:
        raise ValueError(f'"{kind}" is no kind of fault; there are {", ".join(KINDS)}')
    try:
        values["times"] = int(values.get("times", _ONCE[kind]))
        values["seconds"] = float(values.get("seconds", 1.0))
    except ValueError as error:
        raise ValueError(f"the fault {kind} needs numbers for times and seconds: {error}") from error
    fault = Fault(**values)
    if fault.operation not in OPERATIONS:
        raise ValueError(f'"{fault.operation}" is no operation; there are {", ".join(OPERATIONS)}')
    if fault.when not in ("before", "after"):
        raise ValueError(f'a fault strikes before or after, not "{fault.when}"')
    return fault


class FaultList:
    """The faults of one record, on the same SQLite file, so that tests add some while the server runs."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def add(self, *faults: Fault) -> None:
        """Add faults; they hold at once."""
        rows = [(json.dumps(asdict(fault)),) for fault in faults]
        with self._lock:
            self._database.executemany("INSERT INTO fault (spec, used) VALUES (?, 0)", rows)

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._database.execute("DELETE FROM fault")

    def take(self, kinds: Collection[str], operation: str, type: str, urn: str) -> list[Fault]:
        """The faults of these kinds that strike this operation now; each is counted as used once."""
        struck: list[Fault] = []
        with self._lock:
            rows = self._database.execute(
                "SELECT sequence, spec, used FROM fault ORDER BY sequence"
            ).fetchall()
            for sequence, spec, used in rows:
                fault = Fault(**json.loads(spec))
                left = not fault.times or used < fault.times
                if left and fault.kind in kinds and fault.strikes(operation, type, urn):
                    self._database.execute("UPDATE fault SET used = used + 1 WHERE sequence = ?", (sequence,))
                    struck.append(fault)
        return struck

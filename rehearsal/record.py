"""The rehearsal's own record of what exists: one SQLite file, apart from Pulumi's state.

A real cloud remembers what Pulumi forgets. Tests read here what a crash left behind: orphans (here, in no
state), duplicates, half-done creations. Every change is one transaction in write-ahead mode, so a process
killed in the middle leaves a record that opens and is whole.

Left out: history of values; an event says what happened to which object, not what it looked like. Values are
in plain text, secrets too: a kept record is as confidential as the stack.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rehearsal import paths
from rehearsal.model import Asset, Existing

_SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL, id TEXT NOT NULL, realm TEXT NOT NULL, urn TEXT NOT NULL, generation INTEGER NOT NULL,
    inputs TEXT NOT NULL, outputs TEXT NOT NULL, state TEXT NOT NULL,
    UNIQUE (type, realm, id));
CREATE INDEX IF NOT EXISTS object_urn ON object (urn);
CREATE TABLE IF NOT EXISTS claim (
    type TEXT NOT NULL, realm TEXT NOT NULL, key TEXT NOT NULL,
    owner INTEGER NOT NULL REFERENCES object (sequence) ON DELETE CASCADE,
    PRIMARY KEY (type, realm, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, urn TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fault (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, spec TEXT NOT NULL, used INTEGER NOT NULL);
"""
LIVE, HALF_DONE, KEPT = "live", "half-done", "kept"
_COLUMNS = "type, id, urn, inputs, outputs, generation, state, realm"


class AlreadyExists(Exception):
    """A second object with the id or a unique key of another; `existing` is the one that was there."""

    def __init__(self, existing: Existing) -> None:
        super().__init__(existing.id)
        self.existing = existing


@dataclass(frozen=True)
class Event:
    """What happened, in order: created, updated, deleted, kept, imported, throttled, refused, died."""

    kind: str
    type: str
    id: str
    urn: str
    detail: str = ""


class CloudRecord:
    """The record as the core and tests use it. Safe to share between threads; several processes may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute("PRAGMA foreign_keys = ON")
        self._database.executescript(_SCHEMA)
        path.chmod(0o600)

    def close(self) -> None:
        """Close the file; what was answered before is on disk."""
        with self._lock:
            self._database.close()

    def get(self, type: str, id: str, realm: str | None = None) -> Existing | None:
        """The object of this type and id; `realm` narrows it to one account or cluster."""
        where, values = ("AND realm = ?", (type, id, realm)) if realm is not None else ("", (type, id))
        found = self._select(f"WHERE type = ? AND id = ? {where}", values)
        return found[0] if found else None

    def find(
        self, type: str = "", where: Mapping[str, Any] | None = None, realm: str | None = None
    ) -> Sequence[Existing]:
        """Objects in order of creation; see `rehearsal.model.Record.find`."""
        conditions = ["TRUE"]
        values: list[Any] = []
        if type:
            is_pattern = any(mark in type for mark in "*?")
            conditions.append("type GLOB ?" if is_pattern else "type = ?")
            values.append(type)
        if realm is not None:
            conditions.append("realm = ?")
            values.append(realm)
        found = self._select(f"WHERE {' AND '.join(conditions)}", values)
        return [item for item in found if _matches(item, where or {})]

    def next_generation(self, urn: str) -> int:
        """The generation of the next object of a URN: 0 unless one is still there, kept ones included."""
        with self._lock:
            query = "SELECT max(generation) FROM object WHERE urn = ?"
            row = self._database.execute(query, (urn,)).fetchone()
        return 0 if row[0] is None else int(row[0]) + 1

    def create(self, new: Existing, unique: Sequence[str] = (), realm: str = "") -> None:
        """Put an object in. Raises AlreadyExists when its id or one of its unique keys is taken."""
        with self._transaction() as database:
            for key in unique:
                query = "SELECT owner FROM claim WHERE type = ? AND realm = ? AND key = ?"
                row = database.execute(query, (new.type, realm, key)).fetchone()
                if row:
                    raise AlreadyExists(self._select("WHERE sequence = ?", (row[0],))[0])
            there = self.get(new.type, new.id, realm)
            if there:
                raise AlreadyExists(there)
            state = HALF_DONE if new.half_done else LIVE
            cursor = database.execute(
                "INSERT INTO object (type, id, realm, urn, generation, inputs, outputs, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    new.type,
                    new.id,
                    realm,
                    new.urn,
                    new.generation,
                    _dump(new.inputs),
                    _dump(new.outputs),
                    state,
                ),
            )
            claims = [(new.type, realm, key, cursor.lastrowid) for key in dict.fromkeys(unique)]
            database.executemany("INSERT INTO claim VALUES (?, ?, ?, ?)", claims)
            self._note(Event("created", new.type, new.id, new.urn, state if state != LIVE else ""))

    def update(self, changed: Existing, realm: str = "") -> bool:
        """Put new inputs and outputs on an object; False when it is not there."""
        with self._transaction() as database:
            cursor = database.execute(
                "UPDATE object SET inputs = ?, outputs = ?, state = ? "
                "WHERE type = ? AND id = ? AND realm = ?",
                (_dump(changed.inputs), _dump(changed.outputs), LIVE, changed.type, changed.id, realm),
            )
            if cursor.rowcount:
                self._note(Event("updated", changed.type, changed.id, changed.urn))
        return bool(cursor.rowcount)

    def delete(self, existing: Existing, realm: str = "", *, keep: bool = False) -> None:
        """Take an object out, or with `keep` leave it as what no stack manages any more."""
        key = (existing.type, existing.id, realm)
        with self._transaction() as database:
            if keep:
                database.execute(
                    "UPDATE object SET state = ? WHERE type = ? AND id = ? AND realm = ?", (KEPT, *key)
                )
            else:
                database.execute("DELETE FROM object WHERE type = ? AND id = ? AND realm = ?", key)
            self._note(Event("kept" if keep else "deleted", existing.type, existing.id, existing.urn))

    def note(self, event: Event) -> None:
        """Write down an event."""
        with self._transaction():
            self._note(event)

    def events(self, kind: str = "", urn: str = "") -> list[Event]:
        """Events in order, of one kind or one URN where given."""
        query = "SELECT kind, type, id, urn, detail FROM event WHERE ? IN ('', kind) AND ? IN ('', urn)"
        with self._lock:
            rows = self._database.execute(f"{query} ORDER BY sequence", (kind, urn)).fetchall()
        return [Event(*row) for row in rows]

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def _note(self, event: Event) -> None:
        self._database.execute(
            "INSERT INTO event (kind, type, id, urn, detail) VALUES (?, ?, ?, ?, ?)",
            (event.kind, event.type, event.id, event.urn, event.detail),
        )

    def _select(self, condition: str, values: Sequence[Any]) -> list[Existing]:
        query = f"SELECT {_COLUMNS} FROM object {condition} ORDER BY sequence"
        with self._lock:
            rows = self._database.execute(query, tuple(values)).fetchall()
        return [_existing(row) for row in rows]


class RealmView:
    """`rehearsal.model.Record` for the packages: what one provider configuration can see."""

    def __init__(self, record: CloudRecord, realm: Callable[[str], str]) -> None:
        self._record = record
        self._realm = realm

    def get(self, type: str, id: str) -> Existing | None:
        """See `rehearsal.model.Record.get`."""
        return self._record.get(type, id, self._realm(type))

    def find(self, type: str = "", where: Mapping[str, Any] | None = None) -> Sequence[Existing]:
        """See `rehearsal.model.Record.find`."""
        found = self._record.find(type, where)
        return [existing for existing in found if existing.realm == self._realm(existing.type)]


def _existing(row: Sequence[Any]) -> Existing:
    type, id, urn, inputs, outputs, generation, state, realm = row
    return Existing(
        type, id, urn, _parse(inputs), _parse(outputs), generation, state == HALF_DONE, state == KEPT, realm
    )


def _matches(existing: Existing, where: Mapping[str, Any]) -> bool:
    for path, value in where.items():
        if value not in (paths.get(existing.outputs, path), paths.get(existing.inputs, path)):
            return False
    return True


_ASSET = "rehearsal:asset"


def _dump(data: Mapping[str, Any]) -> str:
    return json.dumps(data, default=_asset_out, separators=(",", ":"))


def _parse(text: str) -> dict[str, Any]:
    return json.loads(text, object_hook=_asset_in)


def _asset_out(value: Any) -> Any:
    if isinstance(value, Asset):
        return {_ASSET: "archive" if value.is_archive else "asset", "fields": dict(value.fields)}
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Any]", value))
    raise TypeError(f"{type(value).__name__} cannot be recorded")


def _asset_in(value: dict[str, Any]) -> Any:
    return Asset(value[_ASSET] == "archive", value["fields"]) if _ASSET in value else value

"""Parsed shapes on disk: one SQLite file per SDK and version, shared by all processes of the checkout.

Losing it costs time, never a result: a file that cannot be read or written is done without.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

FORMAT = 1
"""Raise it when `rehearsal.shape` reads sources differently, so that older files are not used."""


class ShapeCache:
    """A map from text to JSON values."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._lock = threading.Lock()
        self._database = _open(folder / f"{name}-{FORMAT}.sqlite") if folder else None

    def get(self, key: str) -> Any:
        """The kept value, or `None`."""
        if self._database is None:
            return None
        with self._lock:
            row = self._database.execute("SELECT value FROM shape WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, key: str, value: Any) -> None:
        """Keep a value; another process may have been quicker."""
        if self._database is None:
            return
        with self._lock:
            try:
                self._database.execute("INSERT OR IGNORE INTO shape VALUES (?, ?)", (key, json.dumps(value)))
            except sqlite3.OperationalError:
                # Locked for long or a full disk: the next run parses this class again.
                return


def _open(path: Path) -> sqlite3.Connection | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE IF NOT EXISTS shape (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
    except (OSError, sqlite3.DatabaseError):
        return None
    return database

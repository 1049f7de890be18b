"""Records in a table. Every function is one step of a transaction of the writer, or one look."""

import sqlite3
from collections.abc import Sequence

from bridge.ports import Record

_COLUMNS = "kind, id, body, version, open, due_at, forget_at"
_LIVE = "(forget_at IS NULL OR forget_at > ?)"


def load(db: sqlite3.Connection, kind: str, id: str, *, now: float) -> Record | None:
    found = db.execute(f"SELECT {_COLUMNS} FROM records WHERE kind = ? AND id = ? AND {_LIVE}", (kind, id, now))
    row = found.fetchone()
    return _record(row) if row else None


def save(db: sqlite3.Connection, records: Sequence[Record], *, now: float) -> bool:
    db.execute("DELETE FROM records WHERE forget_at <= ?", (now,))
    for record in records:
        known = db.execute("SELECT version FROM records WHERE kind = ? AND id = ?", (record.kind, record.id)).fetchone()
        if record.version != (known[0] if known else 0):
            return False
    db.executemany(
        f"INSERT INTO records ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET"
        " body = excluded.body, version = excluded.version, open = excluded.open, due_at = excluded.due_at,"
        " forget_at = excluded.forget_at",
        [
            (each.kind, each.id, each.body, each.version + 1, int(each.open), each.due_at, each.forget_at)
            for each in records
        ],
    )
    return True


def opened(db: sqlite3.Connection, kind: str, *, limit: int, now: float) -> list[Record]:
    look = f"SELECT {_COLUMNS} FROM records WHERE kind = ? AND open = 1 AND {_LIVE} ORDER BY seq LIMIT ?"
    return [_record(row) for row in db.execute(look, (kind, now, limit))]


def due(db: sqlite3.Connection, kind: str, *, limit: int, now: float) -> list[Record]:
    look = f"SELECT {_COLUMNS} FROM records WHERE kind = ? AND due_at <= ? AND {_LIVE} ORDER BY due_at, seq LIMIT ?"
    return [_record(row) for row in db.execute(look, (kind, now, now, limit))]


def _record(row: tuple[str, str, str, int, int, float | None, float | None]) -> Record:
    kind, id, body, version, is_open, due_at, forget_at = row
    return Record(kind=kind, id=id, body=body, version=version, open=bool(is_open), due_at=due_at, forget_at=forget_at)

"""What is kept of a turn that has not ended, read from its rows."""

import sqlite3

from bridge.ports import Step
from bridge.stores import _rows
from bridge.types import Inbound, TurnId


def inbounds(db: sqlite3.Connection, turn_id: TurnId) -> tuple[tuple[Inbound, ...], bool]:
    """The messages of an unfinished turn that can be read, and whether those are all."""
    found = db.execute("SELECT body FROM inbox WHERE turn = ? ORDER BY seq", (turn_id,))
    return _rows.inbounds([body for (body,) in found], turn_id)


def steps(db: sqlite3.Connection, turn_id: TurnId) -> dict[str, Step]:
    """By key. One that cannot be read is as good as not written."""
    found = db.execute("SELECT body FROM steps WHERE turn = ?", (turn_id,))
    return _rows.steps([body for (body,) in found], turn_id)

"""Accounts and what is set aside in them, in tables. Every function is one step of a transaction of the writer.

An account holds one sum of what is booked and what is set aside: however many calls are under way, a look at it is one
row. The end of a lease changes no sum, since what is not booked counts as spent: only the reservation is forgotten.
"""

import json
import sqlite3
from collections.abc import Sequence

from bridge.ports import Cap


def set_aside(
    db: sqlite3.Connection, reservation: str, amount: int, caps: Sequence[Cap], *, now: float, lease_s: float
) -> Cap | None:
    db.execute("DELETE FROM reservations WHERE until <= ?", (now,))
    db.execute("DELETE FROM accounts WHERE forget_at <= ?", (now,))
    if db.execute("SELECT 1 FROM reservations WHERE id = ?", (reservation,)).fetchone():
        return None
    for cap, total in zip(caps, booked(db, [cap.account for cap in caps], now=now), strict=True):
        if total + amount > cap.limit:
            return cap
    until = now + lease_s
    names = json.dumps([cap.account for cap in caps])
    db.execute("INSERT INTO reservations VALUES (?, ?, ?, ?)", (reservation, amount, until, names))
    db.executemany(
        "INSERT INTO accounts VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET amount = amount + excluded.amount, forget_at = max(forget_at, excluded.forget_at)",
        [(cap.account, amount, until + cap.ttl_s) for cap in caps],
    )
    return None


def book(db: sqlite3.Connection, reservation: str, amount: int, *, now: float) -> None:
    known = db.execute(
        "DELETE FROM reservations WHERE id = ? AND until > ? RETURNING amount, accounts", (reservation, now)
    ).fetchone()
    if known:
        aside, names = known
        rest = [(amount - aside, name) for name in json.loads(names)]
        db.executemany("UPDATE accounts SET amount = amount + ? WHERE name = ?", rest)


def booked(db: sqlite3.Connection, accounts: Sequence[str], *, now: float) -> Sequence[int]:
    look = "SELECT amount FROM accounts WHERE name = ? AND forget_at > ?"
    rows = [db.execute(look, (account, now)).fetchone() for account in accounts]
    return [row[0] if row else 0 for row in rows]

"""Changes of a subscription, by the rules that `kb/subscriptions/` tells."""

import sqlite3
from datetime import date, datetime, timedelta

from bridge.backends.demo import rows
from bridge.backends.demo.catalogue import LEVELS
from bridge.backends.demo.seed import months_after, price
from bridge.backends.operations import ChangedSubscription, ChangeSubscription
from bridge.backends.refusals import refused

PAUSE_MONTHS_MAX = 3
WITHDRAW_DAYS = 14
NOTICE_DAYS = 14
DOWN_MONTHS = 3
"""Between two changes to a lower level."""
_YEAR_MONTHS = 12

Changes = dict[str, str | None]


def change_subscription(db: sqlite3.Connection, args: ChangeSubscription, now: datetime) -> ChangedSubscription:
    today = now.date()
    row = _row(db, args)
    status = rows.state(row, today)
    if status == "ended":
        raise refused("not_now", "it has ended")
    if args.action == "cancel":
        changes, effective, charge = _cancel(row, today)
    elif status == "ending":
        raise refused("not_now", "it ends already")
    elif status == "suspended":
        raise refused("unpaid")
    elif args.action == "pause":
        changes, effective, charge = _pause(row, today, args.months or 1)
    elif args.action == "resume":
        changes, effective, charge = _resume(row, today)
    else:
        changes, effective, charge = _change_plan(row, today, args.plan or "")
    columns = ", ".join(f"{column} = ?" for column in changes)  # our own names
    db.execute(
        f"UPDATE subscriptions SET {columns}, touched = 1 WHERE subscription_id = ?",
        (*changes.values(), args.subscription_id),
    )
    return ChangedSubscription(
        subscription=rows.subscription(_row(db, args), today),
        effective_on=effective,
        charge=rows.pounds(charge) if charge else None,
    )


def _row(db: sqlite3.Connection, args: ChangeSubscription) -> sqlite3.Row:
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM subscriptions WHERE subscription_id = ? AND customer_id = ?",
        (args.subscription_id, args.customer_id),
    ).fetchone()
    if not found:
        raise refused("missing")
    return found


def _pause(row: sqlite3.Row, today: date, months: int) -> tuple[Changes, date, int]:
    if row["family"] == "grow":
        raise refused("not_allowed", "Grow cannot be paused")
    if months > PAUSE_MONTHS_MAX:
        raise refused("not_allowed", f"a pause lasts {PAUSE_MONTHS_MAX} months at most")
    before = rows.day(row["pause_from"])
    if before and months_after(before, _YEAR_MONTHS) > today:
        raise refused("too_often", "once in 12 months")
    renews = rows.next_renewal(row, today)
    start = renews if row["period"] == "month" else _monthly(row, today)
    until = months_after(start, months)
    changes: Changes = {
        "pause_from": start.isoformat(),
        "pause_until": until.isoformat(),
        "renews_on": months_after(renews, months).isoformat(),
        "term_until": months_after(date.fromisoformat(row["term_until"]), months).isoformat(),
    }
    return changes, start, 0


def _resume(row: sqlite3.Row, today: date) -> tuple[Changes, date, int]:
    start, until = rows.day(row["pause_from"]), rows.day(row["pause_until"])
    if not start or not until or until <= today:
        raise refused("not_now", "it is not paused")
    if start > today:  # it has not begun: as if it had never been asked for
        months = (until.year - start.year) * _YEAR_MONTHS + until.month - start.month
        earlier: Changes = {
            "pause_from": None,
            "pause_until": None,
            "renews_on": months_after(rows.next_renewal(row, today), -months).isoformat(),
            "term_until": months_after(date.fromisoformat(row["term_until"]), -months).isoformat(),
        }
        return earlier, today, 0
    if row["period"] == "year":
        return {"pause_until": today.isoformat()}, today, 0
    changes: Changes = {"pause_until": today.isoformat(), "renews_on": months_after(today, 1).isoformat()}
    return changes, today, price(row["plan"], row["family"], row["subject"], row["period"])


def _cancel(row: sqlite3.Row, today: date) -> tuple[Changes, date, int]:
    if row["ends_on"]:
        raise refused("already")
    ends = today
    if date.fromisoformat(row["started_on"]) + timedelta(days=WITHDRAW_DAYS) < today:
        term = date.fromisoformat(row["term_until"])
        ends = _monthly(row, today)
        first, months = ends, 0
        while ends < term or (ends - today).days < NOTICE_DAYS:
            months += 1
            ends = months_after(first, months)
    return {"ends_on": ends.isoformat()}, ends, 0


def _change_plan(row: sqlite3.Row, today: date, wanted: str) -> tuple[Changes, date, int]:
    if row["family"] == "grow":
        raise refused("not_allowed", "a Grow bike is swapped in the shop")
    if rows.state(row, today) == "paused":
        raise refused("not_now", "it is paused")
    plan = next((level for level in LEVELS if level.casefold().split()[-1] == wanted.casefold().split()[-1]), None)
    if not plan:
        raise refused("not_offered", f"there are {', '.join(LEVELS)}")
    current = rows.subscription(row, today).plan
    if plan in (current, row["next_plan"]):
        raise refused("already")
    renews = rows.next_renewal(row, today)
    if LEVELS.index(plan) < LEVELS.index(current):
        before = rows.day(row["changed_down_on"])
        if before and months_after(before, DOWN_MONTHS) > today:
            raise refused("too_often", f"once in {DOWN_MONTHS} months")
        lower: Changes = {
            "plan": current,
            "next_plan": plan,
            "next_plan_on": renews.isoformat(),
            "changed_down_on": today.isoformat(),
        }
        return lower, renews, 0
    higher, lower_price = (price(name, row["family"], row["subject"], row["period"]) for name in (plan, current))
    whole = (renews - months_after(renews, -12 if row["period"] == "year" else -1)).days
    charge = round((higher - lower_price) * (renews - today).days / whole)
    return {"plan": plan, "next_plan": None, "next_plan_on": None}, today, charge


def _monthly(row: sqlite3.Row, today: date) -> date:
    """The next day of the month on which a plan is charged, or would be if it were not paid by the year."""
    renews = rows.next_renewal(row, today)
    months = 0
    while months_after(renews, months - 1) > today and row["period"] == "year":
        months -= 1
    return months_after(renews, months)

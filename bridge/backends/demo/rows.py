"""Rows of the demo shop as what a business's system answers."""

import re
import sqlite3
from datetime import date, timedelta

from bridge.backends.demo.catalogue import BIKES, CURRENCY, FAULTY_DAYS, PRODUCTS, RETURN_DAYS, Product
from bridge.backends.demo.seed import months_after, price
from bridge.backends.operations import Customer, Money, Order, OrderItem, Parcel, Subscription, SubscriptionState
from bridge.backends.refusals import refused

_NUMBER = re.compile(r"#?(?:LW-?)?0*(\d{1,6})", re.IGNORECASE)
AT_FAULT = frozenset({"faulty", "damaged", "wrong_item"})
"""Reasons that are ours: the return costs nothing."""
HAS_IT = frozenset({"delivered", "collected"})


def pounds(pence: int) -> Money:
    return Money(amount=pence, currency=CURRENCY)


def day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def customer(db: sqlite3.Connection, customer_id: str) -> Customer:
    """May raise BackendMissing."""
    row = db.execute("SELECT * FROM customers WHERE customer_id = ?", (customer_id,)).fetchone()
    if not row:
        raise refused("missing")
    return Customer(**{key: row[key] for key in row.keys() if key != "touched"})  # noqa: SIM118


def order_row(db: sqlite3.Connection, customer_id: str, number: str) -> sqlite3.Row:
    """The customer's own order, in whatever form they write its number. May raise BackendMissing."""
    form = _NUMBER.fullmatch(number)
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM orders WHERE order_number = ? AND customer_id = ?",
        (f"LW-{int(form[1]):06d}" if form else "", customer_id),
    ).fetchone()
    if not found:
        raise refused("missing")
    return found


def items(db: sqlite3.Connection, order_number: str) -> list[sqlite3.Row]:
    return db.execute("SELECT * FROM items WHERE order_number = ? ORDER BY rowid", (order_number,)).fetchall()


def goods(rows: list[sqlite3.Row]) -> int:
    """What they cost together, in pence."""
    return sum(row["price"] * row["quantity"] for row in rows)


def order(db: sqlite3.Connection, row: sqlite3.Row) -> Order:
    """A whole order."""
    number = row["order_number"]
    bought = items(db, number)
    parcels = db.execute("SELECT * FROM parcels WHERE order_number = ? ORDER BY tracking_number DESC", (number,))
    returns = db.execute("SELECT number FROM returns WHERE order_number = ? ORDER BY number", (number,))
    return Order(
        order_number=number,
        status=row["status"],
        placed_on=row["placed_on"],
        items=tuple(_item(row, item) for item in bought),
        total=pounds(goods(bought) + row["delivery_price"] - row["discount"]),
        delivery=row["delivery"],
        expected_from=row["expected_from"],
        expected_until=row["expected_until"],
        delivered_on=row["delivered_on"],
        parcels=tuple(
            Parcel(
                carrier=parcel["carrier"],
                tracking_number=parcel["tracking_number"],
                tracking_url=f"https://larkwell.example/track/{parcel['tracking_number']}",
                step=parcel["step"],
            )
            for parcel in parcels
        ),
        returns=tuple(return_number(found["number"]) for found in returns),
        note=row["note"],
    )


def _item(row: sqlite3.Row, item: sqlite3.Row) -> OrderItem:
    product = PRODUCTS[item["sku"]]
    left = item["quantity"] - item["returned"]
    return OrderItem(
        sku=product.sku,
        name=product.name,
        size=product.size,
        quantity=item["quantity"],
        price=pounds(item["price"]),
        return_until=return_until(row, product, "changed_mind") if left and row["status"] in HAS_IT else None,
    )


def return_until(row: sqlite3.Row, product: Product, reason: str) -> date | None:
    """The last day on which a return may be started; None when it may not at all."""
    placed, delivered = day(row["placed_on"]), day(row["delivered_on"])
    if not placed or not delivered:
        return None
    days = RETURN_DAYS[product.kind]
    if reason in AT_FAULT:
        days = max(days, FAULTY_DAYS)
    if not days:
        return None
    until = delivered + timedelta(days=days)
    if (11, 15) <= (placed.month, placed.day) <= (12, 24):  # a Christmas present
        until = max(until, date(placed.year + 1, 1, 31))
    return until


def return_number(number: int) -> str:
    return f"R-{number:06d}"


def is_bike(product: Product) -> bool:
    return product.kind in BIKES


def subscription(row: sqlite3.Row, today: date) -> Subscription:
    """A plan as it is today."""
    renews = next_renewal(row, today)
    plan = row["next_plan"] if (on := day(row["next_plan_on"])) and on <= today else row["plan"]
    pause_from, pause_until = day(row["pause_from"]), day(row["pause_until"])
    notes = []
    if pause_from and pause_until and pause_from > today:
        notes.append(f"rests from {pause_from} to {pause_until}")
    if on and on > today:
        notes.append(f"becomes {row['next_plan']} on {on}")
    status = state(row, today)
    return Subscription(
        subscription_id=row["subscription_id"],
        plan=plan,
        status=status,
        subject=row["subject"],
        price=pounds(price(plan, row["family"], row["subject"], row["period"])),
        period=row["period"],
        started_on=row["started_on"],
        renews_on=None if row["ends_on"] else renews,
        term_until=row["term_until"],
        ends_on=row["ends_on"],
        paused_until=pause_until if status == "paused" else None,
        note="; ".join(notes),
    )


def state(row: sqlite3.Row, today: date) -> SubscriptionState:
    """How a plan stands."""
    ends, pause_from, pause_until = day(row["ends_on"]), day(row["pause_from"]), day(row["pause_until"])
    if ends and ends <= today:
        return "ended"
    if pause_from and pause_until and pause_from <= today < pause_until:
        return "paused"
    if row["status"] == "suspended":
        return "suspended"
    return "ending" if ends else "active"


def next_renewal(row: sqlite3.Row, today: date) -> date:
    """The next billing date."""
    renews = date.fromisoformat(row["renews_on"])
    length, first = (12 if row["period"] == "year" else 1), renews
    steps = 0
    while renews <= today:
        steps += length
        renews = months_after(first, steps)
    return renews

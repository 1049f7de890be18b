"""What the demo shop tells."""

import sqlite3
from datetime import UTC, date, datetime, timedelta

from bridge.backends.demo import rows
from bridge.backends.demo.calendar import AHEAD, LANES, busy, slot_id, times
from bridge.backends.demo.catalogue import PRODUCTS, SERVICES, Product, Service, service_named
from bridge.backends.operations import (
    AppointmentSlots,
    Customer,
    CustomerHistory,
    FindCustomer,
    History,
    HistoryEntry,
    Inventory,
    OfCustomer,
    Order,
    OrderStatus,
    Slot,
    Slots,
    Stock,
    Stocks,
    Subscriptions,
)
from bridge.backends.refusals import refused

_HISTORY = """
SELECT placed_on AS at, 'order' AS kind, order_number AS reference, status AS summary
  FROM orders WHERE customer_id = :id
UNION ALL SELECT started_on, 'return', printf('R-%06d', number), 'of ' || sku || ' from ' || order_number
  FROM returns WHERE customer_id = :id
UNION ALL SELECT substr(starts_at, 1, 10), 'appointment', printf('A-%06d', number), service
  FROM appointments WHERE customer_id = :id
UNION ALL SELECT started_on, 'subscription', subscription_id, plan || ' for ' || subject
  FROM subscriptions WHERE customer_id = :id
UNION ALL SELECT made_on, 'discount', code, 'voucher'
  FROM vouchers WHERE customer_id = :id
ORDER BY at DESC, reference DESC LIMIT :limit
"""


def find_customer(db: sqlite3.Connection, args: FindCustomer, now: datetime) -> Customer:
    column, value = (
        ("phone", args.phone)
        if args.phone
        else ("email", args.email.lower())
        if args.email
        else ("customer_id", args.customer_id)
    )
    found = db.execute(f"SELECT customer_id FROM customers WHERE {column} = ? LIMIT 2", (value,)).fetchall()
    if len(found) != 1:
        raise refused("missing")
    return rows.customer(db, found[0]["customer_id"])


def customer(db: sqlite3.Connection, args: OfCustomer, now: datetime) -> Customer:
    return rows.customer(db, args.customer_id)


def customer_history(db: sqlite3.Connection, args: CustomerHistory, now: datetime) -> History:
    rows.customer(db, args.customer_id)
    found = db.execute(_HISTORY, {"id": args.customer_id, "limit": args.limit})
    return History(
        entries=tuple(
            HistoryEntry(on=row["at"], kind=row["kind"], reference=row["reference"], summary=row["summary"])
            for row in found
        )
    )


def subscription_status(db: sqlite3.Connection, args: OfCustomer, now: datetime) -> Subscriptions:
    rows.customer(db, args.customer_id)
    found = db.execute(
        "SELECT * FROM subscriptions WHERE customer_id = ? ORDER BY subscription_id", (args.customer_id,)
    )
    return Subscriptions(subscriptions=tuple(rows.subscription(row, now.date()) for row in found))


def order_status(db: sqlite3.Connection, args: OrderStatus, now: datetime) -> Order:
    return rows.order(db, rows.order_row(db, args.customer_id, args.order_number))


def inventory(db: sqlite3.Connection, args: Inventory, now: datetime) -> Stocks:
    wanted = _words(args.product)
    size = args.size.casefold().strip()
    near = [product for product in PRODUCTS.values() if not size or product.size.casefold() == size]
    exact = [product for product in near if wanted in (_words(product.name), _words(product.sku))]
    found = exact or [product for product in near if set(wanted) <= set(_words(product.name))]
    return Stocks(products=tuple(_stock(db, product) for product in found))


def _stock(db: sqlite3.Connection, product: Product) -> Stock:
    row = db.execute("SELECT * FROM products WHERE sku = ?", (product.sku,)).fetchone()
    return Stock(
        sku=product.sku,
        name=product.name,
        size=product.size,
        price=rows.pounds(product.price),
        available=row["available"],
        due_on=row["due_on"],
    )


def _words(text: str) -> list[str]:
    """Words without case, hyphens and plurals, so that "helmets" finds a helmet."""
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words]


def appointment_slots(db: sqlite3.Connection, args: AppointmentSlots, now: datetime) -> Slots:
    service = service_named(args.service)
    if not service:
        raise refused("not_offered", f"there are {'; '.join(service.name for service in SERVICES)}")
    today = now.date()
    day = max(args.after or today, today)
    last = min(args.before or date.max, today + AHEAD)
    free: list[Slot] = []
    while day <= last and len(free) < args.limit:
        free += [_slot(service, at) for at in times(service, day) if at > now and is_free(db, service, at)]
        day += timedelta(days=1)
    return Slots(slots=tuple(free[: args.limit]))


def _slot(service: Service, at: datetime) -> Slot:
    return Slot(
        slot_id=slot_id(service, at),
        service=service.name,
        starts_at=at,
        ends_at=at + timedelta(minutes=service.minutes),
        price=rows.pounds(service.price),
    )


def is_free(db: sqlite3.Connection, service: Service, at: datetime) -> bool:
    """Whether a room has a place at this time. A stand is given by the hour at which bikes are brought."""
    if busy(service, at):
        return False
    when: tuple[str, ...]
    if service.room == "stand":
        among, when = "starts_at = ?", (utc(at),)
    else:
        among, when = "starts_at < ? AND ends_at > ?", (utc(at + timedelta(minutes=service.minutes)), utc(at))
    (booked,) = db.execute(
        f"SELECT count(*) FROM appointments WHERE room = ? AND {among}", (service.room, *when)
    ).fetchone()
    return bool(booked < LANES[service.room])


def utc(at: datetime) -> str:
    """As times are kept: in one zone, so that they compare as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

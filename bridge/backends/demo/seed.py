"""Fills the demo shop: the same customers and orders every time, with days that count from today.

On a new day it is done again over what nobody has touched, so that an order that was sent yesterday was always sent
yesterday. What was acted on grows older like anything else.
"""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from bridge.backends.demo import people
from bridge.backends.demo.calendar import shop_day
from bridge.backends.demo.catalogue import BIKES, CARE, GROW, LEVELS, PRODUCTS, YEAR_MONTHS
from bridge.backends.demo.people import KNOWN, Known, KnownOrder, KnownPlan

OTHERS = 290
"""Customers besides the known ones."""
_SEED = 20_090_314
_FIRST_OTHER = 1_101
_NEWEST_OTHER = 1_041
"""Orders of the others count down from here."""
_FREE_DELIVERY = 6_000
_PARCEL, _BIKE = 595, 2_500
_FREE_BIKE_DELIVERY = 75_000
_MONTH_DAYS = 30.44
_TERM_MONTHS = 6
# How far orders have got, by the days since they were placed.
_YOUNG = ("received", "confirmed", "being_built", "packing")
_OLD = ("delivered",) * 12 + ("collected",) * 4 + ("refunded", "cancelled")

Row = tuple[object, ...]


def fill(db: sqlite3.Connection, today: date) -> None:
    """Write what is not there and renew what nobody has touched; within the caller's transaction."""
    chance = random.Random(_SEED)
    for known in KNOWN:
        _customer(db, today, _known_row(known, today))
        for order in known.orders:
            _order(db, _customer_id(known.number), order, today)
        for plan in known.plans:
            _plan(db, _customer_id(known.number), plan, today)
    _others(db, chance, today)
    for sku, (available, due) in _stock(chance).items():
        due_on = (shop_day(today, due)).isoformat() if due else None
        db.execute(
            "INSERT INTO products VALUES (?, ?, ?) ON CONFLICT (sku) DO UPDATE SET due_on = excluded.due_on",
            (sku, available, due_on),
        )


def months_after(day: date, months: int) -> date:
    """The same day of another month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _customer_id(number: int) -> str:
    return f"C-{number}"


def _phone(number: int) -> str:
    """Of the numbers that are kept for fiction: 01632 960000 to 960999. The shop has 960142."""
    return f"+441632960{(number - 1_001 + 1) if number < _FIRST_OTHER else number - _FIRST_OTHER + 200:03d}"


def _known_row(known: Known, today: date) -> Row:
    address = f"{known.number - 1_000} Millrace Lane, Ashcombe, AC4 2LK"
    since = today - timedelta(days=900 + known.number % 7 * 31)
    phone = _phone(known.phone or known.number)
    return (_customer_id(known.number), known.name, known.email, phone, address, known.language, 1, since, 340)


def _customer(db: sqlite3.Connection, today: date, row: Row) -> None:
    db.execute(
        "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (customer_id) DO UPDATE SET"
        " since = excluded.since WHERE touched = 0",
        tuple(value.isoformat() if isinstance(value, date) else value for value in row),
    )


def _others(db: sqlite3.Connection, chance: random.Random, today: date) -> None:
    orders: list[tuple[int, str, KnownOrder]] = []
    for number in range(_FIRST_OTHER, _FIRST_OTHER + OTHERS):
        name = f"{chance.choice(people.FIRST_NAMES)} {chance.choice(people.LAST_NAMES)}"
        email = f"{name.lower().replace(' ', '.')}.{number}@{chance.choice(('mail', 'post', 'inbox'))}.example"
        address = (
            f"{chance.randint(1, 120)} {chance.choice(people.STREETS)},"
            f" {chance.choice(people.TOWNS)} {chance.randint(1, 9)}{chance.choice('ABDEFGHJ')}{chance.choice('LNPQRS')}"
        )
        language = chance.choice(("en",) * 8 + ("de", "es"))
        since = today - timedelta(days=chance.randint(200, 3_000))
        points = chance.randrange(0, 900, 5)
        row = (
            _customer_id(number),
            name,
            email,
            _phone(number),
            address,
            language,
            chance.randint(0, 1),
            since,
            points,
        )
        _customer(db, today, row)
        orders += [(placed, _customer_id(number), order) for placed, order in _some_orders(chance, number)]
        if chance.random() < 0.4:
            _plan(db, _customer_id(number), _some_plan(chance, number), today)
    taken = {order.number for known in KNOWN for order in known.orders}
    free = (number for number in range(_NEWEST_OTHER, 0, -1) if number not in taken)
    orders.sort(key=lambda placed: placed[0])
    for (_, customer_id, order), number in zip(orders, free, strict=False):
        numbered = KnownOrder(
            number=number,
            status=order.status,
            placed=order.placed,
            items=order.items,
            delivered=order.delivered,
            expected=order.expected,
            parcels=tuple((f"{tracking[:2]}{number:0{len(tracking) - 2}d}", step) for tracking, step in order.parcels),
            collect=order.collect,
        )
        _order(db, customer_id, numbered, today)


def _some_orders(chance: random.Random, number: int) -> Iterator[tuple[int, KnownOrder]]:
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        skus = chance.sample(sorted(PRODUCTS), chance.choice((1, 1, 2, 3)))
        placed = chance.choice(
            (chance.randint(0, 3), chance.randint(4, 6), *(chance.randint(14, 400) for _ in range(8)))
        )
        yield placed, _some_order(chance, placed, skus, number)


def _some_order(chance: random.Random, placed: int, skus: Sequence[str], number: int) -> KnownOrder:
    parcels: tuple[tuple[str, str], ...] = ()
    expected: tuple[int, int] | None = None
    delivered, collect = None, False
    if placed <= 3:
        status, expected = chance.choice(_YOUNG), (-2, -5)
    elif placed < 14:
        status, expected, parcels = "dispatched", (-1, -2), _tracking(skus, "In transit")
    else:
        status = chance.choice(_OLD)
        collect = status == "collected"
        delivered = None if status == "cancelled" else placed - chance.randint(2, 6)
        parcels = () if collect or status == "cancelled" else _tracking(skus, "Delivered")
    return KnownOrder(
        number=number,
        status=status,
        placed=placed,
        items=skus,
        delivered=delivered,
        expected=expected,
        parcels=parcels,
        collect=collect,
    )


def _tracking(skus: Sequence[str], step: str) -> tuple[tuple[str, str], ...]:
    """One delivery with each carrier that is needed; the digits are put in later."""
    bikes = any(PRODUCTS[sku].kind in BIKES for sku in skus)
    others = any(PRODUCTS[sku].kind not in BIKES for sku in skus)
    return (*((("TF00000000", step),) if bikes else ()), *((("HP0000000000", step),) if others else ()))


def _some_plan(chance: random.Random, number: int) -> KnownPlan:
    if chance.random() < 0.25:
        size = chance.choice(sorted(GROW))
        return KnownPlan(number=number, plan="Grow", family="grow", subject=size, months=chance.randint(1, 24))
    family = chance.choice(("city", "electric"))
    return KnownPlan(
        number=number,
        plan=chance.choice(LEVELS),
        family="city" if family == "city" else "electric",
        subject=chance.choice(("Weir", "Osier") if family == "city" else ("Weir-E", "Heron E", "Drover")),
        months=chance.randint(1, 30),
        period="year" if chance.random() < 0.3 else "month",
    )


def _order(db: sqlite3.Connection, customer_id: str, order: KnownOrder, today: date) -> None:
    number = f"LW-{order.number:06d}"
    prices = {sku: PRODUCTS[sku].price for sku in order.items}
    bikes = any(PRODUCTS[sku].kind in BIKES for sku in order.items)
    free = _FREE_BIKE_DELIVERY if bikes else _FREE_DELIVERY
    delivery_price = 0 if order.collect or sum(prices.values()) >= free else _BIKE if bikes else _PARCEL
    days = [
        day and (today - timedelta(days=day)).isoformat() if day is not None else None
        for day in (order.placed or None, *(order.expected or (None, None)), order.delivered)
    ]
    placed = days[0] or today.isoformat()
    changed = db.execute(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, 0) ON CONFLICT (order_number) DO UPDATE SET"
        " placed_on = excluded.placed_on, expected_from = excluded.expected_from,"
        " expected_until = excluded.expected_until, delivered_on = excluded.delivered_on WHERE touched = 0",
        (
            number,
            customer_id,
            order.status,
            placed,
            "click & collect" if order.collect else "delivery",
            delivery_price,
            *days[1:],
            order.note,
        ),
    )
    if changed.rowcount:
        db.executemany(
            "INSERT OR IGNORE INTO items (order_number, sku, quantity, price) VALUES (?, ?, 1, ?)",
            [(number, sku, price) for sku, price in prices.items()],
        )
        db.executemany(
            "INSERT OR IGNORE INTO parcels VALUES (?, ?, ?, ?)",
            [
                (tracking, number, "Twowheel Freight" if tracking.startswith("T") else "Harrow Parcels", step)
                for tracking, step in order.parcels
            ],
        )


def _plan(db: sqlite3.Connection, customer_id: str, plan: KnownPlan, today: date) -> None:
    started = today - timedelta(days=int(plan.months * _MONTH_DAYS) + 9)
    length = 12 if plan.period == "year" else 1
    if plan.family == "grow":  # charged on the first of a month
        renews = months_after(today.replace(day=1), 1)
    else:
        renews = next(day for n in range(1, 500) if (day := months_after(started, n * length)) > today)
    pause_from = pause_until = None
    if plan.status == "paused":
        pause_from, pause_until = months_after(renews, -1), months_after(renews, 1)
        renews = pause_until
    elif plan.paused_before:
        pause_from, pause_until = today - timedelta(days=150), today - timedelta(days=90)
    dates = [
        day.isoformat() if day else None
        for day in (started, renews, months_after(started, _TERM_MONTHS), pause_from, pause_until)
    ]
    db.execute(
        "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, NULL, NULL, NULL, 0)"
        " ON CONFLICT (subscription_id) DO UPDATE SET started_on = excluded.started_on,"
        " renews_on = excluded.renews_on, term_until = excluded.term_until, pause_from = excluded.pause_from,"
        " pause_until = excluded.pause_until WHERE touched = 0",
        (
            f"S-{plan.number}",
            customer_id,
            plan.plan,
            plan.family,
            plan.subject,
            plan.period,
            plan.status,
            *dates,
        ),
    )


def price(plan: str, family: str, subject: str, period: str) -> int:
    """Of a plan, a period, in pence."""
    if family == "grow":
        return GROW[subject]
    month = CARE[family][plan]
    return month * YEAR_MONTHS if period == "year" else month


def _stock(chance: random.Random) -> dict[str, tuple[int, int]]:
    """How many there are, and in how many shop days more come; the best-known shortages are always the same."""
    fixed = {"OSIER-L": (0, 10), "HERON-E-S": (0, 15), "HERON-E-M": (3, 0), "WEIR-M": (6, 0), "BARGE": (1, 20)}
    return {
        sku: fixed.get(sku) or ((0, chance.randint(4, 20)) if chance.random() < 0.12 else (chance.randint(1, 24), 0))
        for sku in PRODUCTS
    }

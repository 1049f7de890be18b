"""What the demo shop does, by the rules that `kb/` tells. Each function runs inside one transaction: a refusal has done
nothing."""

import secrets
import sqlite3
from datetime import date, datetime, timedelta

from bridge.backends.demo import rows
from bridge.backends.demo.calendar import AHEAD, slot
from bridge.backends.demo.catalogue import (
    COLLECTION,
    CURRENCY,
    LABEL,
    PRODUCTS,
    Product,
)
from bridge.backends.demo.reading import is_free, utc
from bridge.backends.operations import (
    Appointment,
    BookAppointment,
    Customer,
    Discount,
    Discounted,
    Return,
    StartReturn,
    UpdateSettings,
)
from bridge.backends.refusals import refused

LANGUAGES = ("en", "de", "es")
"""In which the shop writes its mails."""
VOUCHER_MAX = 25_000
VOUCHER_DAYS = 90
SEND_DAYS = 14
_NOT_LEFT = frozenset({"received", "on_hold", "confirmed", "waiting_for_stock", "being_built"})


def start_return(db: sqlite3.Connection, args: StartReturn, now: datetime) -> Return:
    today = now.date()
    order = rows.order_row(db, args.customer_id, args.order_number)
    number = order["order_number"]
    item = next((item for item in rows.items(db, number) if item["sku"] == args.sku), None)
    if not item:
        raise refused("missing", "the order holds no such item")
    if order["status"] not in rows.HAS_IT:
        raise refused("not_delivered")
    if args.quantity > item["quantity"] - item["returned"]:
        raise refused("already", "it is being returned") if item["returned"] else refused("invalid", "quantity")
    product = PRODUCTS[args.sku]
    until = rows.return_until(order, product, args.reason)
    if until is None:
        raise refused("not_returnable", "it was made to order")
    if until < today:
        raise refused("window_over", f"it ended on {until}")
    charge = 0 if args.reason in rows.AT_FAULT else _charge(product, args.method)
    _check_method(product, args.method)
    worth = item["price"] * args.quantity
    worth -= order["discount"] * worth // rows.goods(rows.items(db, number))
    made = db.execute(
        "INSERT INTO returns (order_number, customer_id, sku, quantity, reason, method, note, started_on)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (number, args.customer_id, args.sku, args.quantity, args.reason, args.method, args.note, today.isoformat()),
    )
    db.execute(
        "UPDATE items SET returned = returned + ? WHERE order_number = ? AND sku = ?", (args.quantity, number, args.sku)
    )
    db.execute("UPDATE orders SET touched = 1 WHERE order_number = ?", (number,))
    name = rows.return_number(made.lastrowid or 0)
    return Return(
        return_number=name,
        order_number=number,
        sku=args.sku,
        quantity=args.quantity,
        method=args.method,
        charge=rows.pounds(charge),
        refund=rows.pounds(max(worth - charge, 0)),
        send_by=today + timedelta(days=SEND_DAYS),
        label_url=f"https://larkwell.example/returns/{name}" if args.method == "label" else "",
    )


def _check_method(product: Product, method: str) -> None:
    bike = rows.is_bike(product)
    if bike and method == "label":
        raise refused("not_allowed", "a bike is collected or brought to the shop")
    if not bike and method == "collection":
        raise refused("not_allowed", "it is sent with a label or brought to the shop")


def _charge(product: Product, method: str) -> int:
    if method == "collection":
        return COLLECTION.get(product.kind, 0)
    return LABEL if method == "label" else 0


def discount(db: sqlite3.Connection, args: Discount, now: datetime) -> Discounted:
    amount = args.amount.amount
    if args.amount.currency != CURRENCY or amount <= 0:
        raise refused("invalid", "amount")
    rows.customer(db, args.customer_id)
    if args.order_number is None:
        return _voucher(db, args, now.date())
    order = rows.order_row(db, args.customer_id, args.order_number)
    number = order["order_number"]
    if order["status"] not in _NOT_LEFT:
        raise refused("dispatched" if order["status"] != "cancelled" else "not_now")
    if order["discount"]:
        raise refused("already")
    goods = rows.goods(rows.items(db, number))
    if amount > goods:
        raise refused("too_much")
    db.execute("UPDATE orders SET discount = ?, touched = 1 WHERE order_number = ?", (amount, number))
    total = rows.pounds(goods + order["delivery_price"] - amount)
    return Discounted(amount=args.amount, order_number=number, total=total)


def _voucher(db: sqlite3.Connection, args: Discount, today: date) -> Discounted:
    if args.amount.amount > VOUCHER_MAX:
        raise refused("too_much")
    code = f"THANKS-{secrets.token_hex(5).upper()}"
    until = today + timedelta(days=VOUCHER_DAYS)
    db.execute(
        "INSERT INTO vouchers VALUES (?, ?, ?, ?, ?, ?)",
        (code, args.customer_id, args.amount.amount, args.reason, today.isoformat(), until.isoformat()),
    )
    return Discounted(amount=args.amount, code=code, valid_until=until)


def update_settings(db: sqlite3.Connection, args: UpdateSettings, now: datetime) -> Customer:
    rows.customer(db, args.customer_id)
    changes = args.model_dump(exclude={"customer_id"}, exclude_none=True)
    if changes.get("language", "en") not in LANGUAGES:
        raise refused("not_offered", f"mails are written in {', '.join(LANGUAGES)}")
    columns = ", ".join(f"{column} = ?" for column in changes)  # names of our own model's fields
    db.execute(
        f"UPDATE customers SET {columns}, touched = 1 WHERE customer_id = ?", (*changes.values(), args.customer_id)
    )
    return rows.customer(db, args.customer_id)


def book_appointment(db: sqlite3.Connection, args: BookAppointment, now: datetime) -> Appointment:
    rows.customer(db, args.customer_id)
    found = slot(args.slot_id)
    if not found or found[1].date() > now.date() + AHEAD:
        raise refused("missing", "no such time is offered")
    service, at = found
    if at <= now:
        raise refused("past")
    end = at + timedelta(minutes=service.minutes)
    if _has_then(db, args.customer_id, at, end):
        raise refused("already", "this customer has an appointment at that time")
    if not is_free(db, service, at):
        raise refused("taken")
    made = db.execute(
        "INSERT INTO appointments (customer_id, service, room, starts_at, ends_at, note) VALUES (?, ?, ?, ?, ?, ?)",
        (args.customer_id, service.name, service.room, utc(at), utc(end), args.note),
    )
    return Appointment(
        appointment_id=f"A-{made.lastrowid:06d}",
        service=service.name,
        starts_at=at,
        ends_at=end,
        price=rows.pounds(service.price),
        deposit=rows.pounds(service.deposit) if service.deposit else None,
        note=args.note,
    )


def _has_then(db: sqlite3.Connection, customer_id: str, at: datetime, end: datetime) -> bool:
    overlapping = "SELECT 1 FROM appointments WHERE customer_id = ? AND starts_at < ? AND ends_at > ?"
    return bool(db.execute(overlapping, (customer_id, utc(end), utc(at))).fetchone())

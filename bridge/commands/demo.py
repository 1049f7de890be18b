"""`bridge demo`: look at the demo shop, or make it new."""

import argparse
import asyncio
from datetime import datetime
from typing import Any

from rich.table import Table

from bridge.backends import opening
from bridge.backends.demo.calendar import ZONE
from bridge.backends.demo.catalogue import SERVICES
from bridge.backends.demo.people import KNOWN
from bridge.backends.demo.shop import DemoShop
from bridge.commands import GOOD, out
from bridge.config import Config
from bridge.errors import BackendMissing

HELP = "show the demo shop's people, orders and free times (show), or make everything in it new (reset)"

SERVICES_SHOWN = ("Safety check", "Full service", "Comfort fit", "Test ride, e-bike or cargo bike")
SLOTS_SHOWN = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("show", "reset"), help="show it, or make it new")


def run(args: argparse.Namespace, config: Config) -> int:
    """Works also while the server runs."""
    return asyncio.run(_run(args.what, opening.demo(config.backend, str(getattr(config.store.settings, "url", "")))))


async def _run(what: str, shop: DemoShop) -> int:
    try:
        if what == "reset":
            await shop.reset()
        else:
            await _show(shop)
        out.print(await shop.check(), markup=False, soft_wrap=True)
    finally:
        await shop.aclose()
    return GOOD


async def _show(shop: DemoShop) -> None:
    people = Table("customer", "mail and telephone", "orders", "plans", "what to try", title="People")
    for known in KNOWN:
        customer_id = f"C-{known.number}"
        try:
            customer = await shop.call("customer", {"customer_id": customer_id})
        except BackendMissing:
            continue
        orders = [
            await shop.call("order_status", {"customer_id": customer_id, "order_number": f"{order.number}"})
            for order in known.orders
        ]
        plans = (await shop.call("subscription_status", {"customer_id": customer_id}))["subscriptions"]
        people.add_row(
            f"{customer['name']}\n{customer_id}",
            f"{customer['email']}\n{customer['phone']}",
            "\n".join(f"{order['order_number']} {order['status'].replace('_', ' ')}" for order in orders),
            "\n".join(f"{plan['subscription_id']} {plan['plan']}, {plan['status']}" for plan in plans),
            known.story,
        )
    out.print(people)
    times = Table("appointment", "next free times", title="Appointments")
    for service in SERVICES_SHOWN:
        slots = (await shop.call("appointment_slots", {"service": service, "limit": SLOTS_SHOWN}))["slots"]
        times.add_row(service, ", ".join(_time(slot) for slot in slots))
    out.print(times)
    others = ", ".join(service.name for service in SERVICES if service.name not in SERVICES_SHOWN)
    out.print(f"There are also: {others}.", markup=False)


def _time(slot: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(slot['starts_at']).astimezone(ZONE):%a %d %b %H:%M}"

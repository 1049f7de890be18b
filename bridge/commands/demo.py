"""`bridge demo`: look at the demo shop, or make it new."""

import argparse
import asyncio
from datetime import datetime
from typing import Any

from bridge.backends import opening
from bridge.backends.demo.calendar import ZONE
from bridge.backends.demo.catalogue import SERVICES
from bridge.backends.demo.people import KNOWN
from bridge.backends.demo.shop import DemoShop
from bridge.commands import GOOD, out
from bridge.config import Config

SLOTS_SHOWN = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("show", "reset"), help="show it, or make it new")


def run(args: argparse.Namespace, config: Config) -> int:
    """Works also while the server runs."""
    return asyncio.run(_run(args.what, opening.demo(config.backend, config.store.settings.url)))


async def _run(what: str, shop: DemoShop) -> int:
    try:
        if what == "reset":
            await shop.reset()
        else:
            await _show(shop)
        _line(await shop.check())
    finally:
        await shop.aclose()
    return GOOD


async def _show(shop: DemoShop) -> None:
    for known in KNOWN:
        customer_id = f"C-{known.number}"
        customer = await shop.call("customer", {"customer_id": customer_id})
        orders = [
            await shop.call("order_status", {"customer_id": customer_id, "order_number": str(order.number)})
            for order in known.orders
        ]
        plans = (await shop.call("subscription_status", {"customer_id": customer_id}))["subscriptions"]
        told = [f"{order['order_number']} {order['status'].replace('_', ' ')}" for order in orders]
        told += [f"{plan['subscription_id']} {plan['plan']}, {plan['status']}" for plan in plans]
        _line(f"{customer['name']}, {customer_id}, {customer['email']}, {customer['phone']}", style="bold")
        _line(f"  {known.story}")
        if told:
            _line(f"  {'; '.join(told)}")
    _line("Free times", style="bold")
    for service in SERVICES:
        slots = (await shop.call("appointment_slots", {"service": service.name, "limit": SLOTS_SHOWN}))["slots"]
        _line(f"  {service.name}: {', '.join(_time(slot) for slot in slots) or 'none'}")


def _line(text: str, style: str = "") -> None:
    out.print(text, style=style, markup=False, soft_wrap=True)


def _time(slot: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(slot['starts_at']).astimezone(ZONE):%a %d %b %H:%M}"

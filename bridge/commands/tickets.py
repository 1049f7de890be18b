"""`bridge tickets`: what people are asked to look after; also beside a server that runs, which lets others read."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge import parts, tickets
from bridge.commands import FAILED, GOOD, out
from bridge.config import Config
from bridge.errors import ConfigError, StoreTaken
from bridge.ports import Store
from bridge.tickets import Ticket
from bridge.tickets.written import written
from bridge.types import ConversationId

LISTED_MAX = 200
TURNS_MAX = 50


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", nargs="?", metavar="NUMBER", help="show this one, with what was said")
    parser.add_argument("--close", action="store_true", help="close it; on SQLite the server must not run")


def run(args: argparse.Namespace, config: Config) -> int:
    """Exit code 1 when there is no such ticket."""
    if args.close and not args.number:
        raise ConfigError(["--close: name the ticket, such as `bridge tickets ABCD-2345 --close`"])
    return asyncio.run(_run(config, args.number, close=args.close))


async def _run(config: Config, number: str | None, *, close: bool) -> int:
    async with _opened(config, alone=close) as store:
        if number is None:
            return await _list(store)
        ticket = await tickets.find(store, number)
        if ticket is None or (close and not await tickets.close(store, number, time.time())):
            _line(f"✗ there is no ticket {number}", style="red")
            return FAILED
        if close:
            _line(f"✓ {number} is closed", style="green")
        else:
            await _show(store, ticket)
    return GOOD


@asynccontextmanager
async def _opened(config: Config, *, alone: bool) -> AsyncIterator[Store]:
    """The store; unless it must be ours `alone`, a running server's to be read. May raise ConfigError."""
    opening = parts.store(config)
    try:
        store = await opening.__aenter__()
    except StoreTaken:
        looking = getattr(config.store.module, "looking", None)
        if alone or looking is None:
            raise
        async with looking(config.store.settings) as beside:
            yield beside
        return
    try:
        await tickets.move_old(store)
        yield store
    finally:
        await opening.__aexit__(None, None, None)


async def _list(store: Store) -> int:
    found = await tickets.open_ones(store, limit=LISTED_MAX)
    for ticket in found:
        gone = " ".join(f"{sink}:{theirs}" for sink, theirs in ticket.sinks.items())
        lost = " ".join(f"{sink} has not got it" for sink in ticket.failed)
        fields = (ticket.number, ticket.asked_at[:16], ticket.conversation_id.partition(":")[0], ticket.reason)
        _line("  ".join(part for part in (*fields, ticket.subject, gone, lost) if part))
    _line(f"{len(found)}{' or more' if len(found) == LISTED_MAX else ''} open", style="bold")
    return GOOD


async def _show(store: Store, ticket: Ticket) -> None:
    conversation = await store.conversation(ConversationId(ticket.conversation_id), turns_max=TURNS_MAX)
    _line(written(ticket, conversation.turns).text)
    for sink, theirs in ticket.sinks.items():
        _line(f"{sink}: {theirs}", style="green")
    for sink, why in ticket.failed.items():
        _line(f"{sink}: not passed on: {why}", style="red")
    _line(ticket.state, style="bold")


def _line(text: str, style: str = "") -> None:
    """What customers wrote is no markup, and nothing that a terminal would obey."""
    safe = "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)
    out.print(safe, style=style, markup=False, soft_wrap=True)

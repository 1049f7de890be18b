"""A day of 1,000 conversations: what it costs, against the same day with Sonnet for everything and no cache at all.

The whole brain, with its defaults and the demonstration shop, answers over HTTP from Claude's stand-in, which counts
the tokens of every request as it came (characters divided by 2.5) and keeps the prompt cache's account by the API's
rules, by the simulated clock: one message after the other, in the order of the day. The product's tools are told of in
every request, and nobody calls one. An answer has 30 to 100 words and cites what was sent along; nobody thinks, which
Opus does; the router's question to a model is answered rightly. Of a conversation's later messages two thirds lean on
what was said, so that they stay with its subject.

What it costs is the stand-in's bill at the price table's prices, with the requests that warm the cache, route,
summarise and compare; the budget's own book stands beside it. What it is compared with is the same brain on the same
messages with routing and the cache of answers switched off, billed as if nothing had been read from a prompt cache or
written there.
"""

import asyncio
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bench._billed import Bill, BilledClaude, Counted, Offered
from bench._customers import MIDNIGHT, Message, day
from bridge import config, parts
from bridge.brain.knowledge.library import open_library
from bridge.brain.prices import NANO, PriceList, PricesSettings
from bridge.commands._bar import bar
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.thinking import Thinking, thinking
from bridge.types import (
    Address,
    Conversation,
    Inbound,
    Sender,
    Turn,
    TurnId,
    new_id,
)
from tests.fakes.claude_server import KEY, ClaudeServer
from tests.fakes.claude_server import serving as claude_serving

ROOT = Path(__file__).parents[1]
CONVERSATIONS = int(os.environ.get("BENCH_DAY_CONVERSATIONS", "1000"))
SEED = 4
COMPARED = {"BRIDGE_ROUTING__ENABLED": "false", "BRIDGE_CLAUDE__TIER": "sonnet", "BRIDGE_CACHE__ENABLED": "false"}
COST_MAX, READ_MIN = 0.35, 0.70


@dataclass(slots=True)
class Day:
    """What became of the messages. Mutable."""

    bill: Bill
    booked_nano: int = 0
    by: Counter[str] = field(default_factory=Counter)
    routed: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


def run() -> None:
    """Measure and print."""
    asyncio.run(_measure())


async def _measure() -> None:
    messages = day(CONVERSATIONS, SEED)
    print(
        f"{CONVERSATIONS} conversations, {len(messages)} messages; goal: at most {COST_MAX} of the compared way's cost,"
    )
    print(f"  over {READ_MIN:.0%} of input tokens read from the prompt cache")
    with tempfile.TemporaryDirectory() as name:
        ours = await _lived(messages, Path(name), {})
        compared = await _lived(messages, Path(name), COMPARED)
    _print(ours, compared)


async def _lived(messages: Sequence[Message], folder: Path, environ: Mapping[str, str]) -> Day:
    bill = Bill(PriceList.of(PricesSettings()))
    claude = BilledClaude(bill)
    now = MIDNIGHT
    server = ClaudeServer(cache=Counted(bill), composes=claude, clock=lambda: now.timestamp())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(claude_serving(server))
        settings = config.read(ROOT / "config.toml", {**_environ(server.url, folder), **environ})
        embedder = await stack.enter_async_context(parts.embedder(settings))
        library = await open_library(settings.knowledge, embedder, lambda done, total: None)
        stack.callback(library.close)
        await library.refresh()
        store = MemoryStore(MemorySettings())
        thought = await stack.enter_async_context(thinking(settings, library, embedder, store, tools=Offered()))
        await thought.begin()
        lived, told = Day(bill), defaultdict[int, list[Turn]](list)
        with bar("messages") as progress:
            for number, message in enumerate(messages, start=1):
                now, claude.asked = message.at, message
                earlier = told[message.conversation]
                turn = await _answered(thought, message, earlier[-settings.prompt.turns_loaded :])
                earlier.append(turn)
                _note(lived, turn)
                server.requests.clear()
                progress(number, len(messages))
        assert not server.refusals, server.refusals[0]
        day_now = datetime.now(settings.business.zone).date().isoformat()
        [lived.booked_nano] = await store.booked([f"day:{day_now}"])
    return lived


def _environ(url: str, folder: Path) -> dict[str, str]:
    return {
        "ANTHROPIC_API_KEY": KEY,
        "BRIDGE_CLAUDE__BASE_URL": url,
        "BRIDGE_KNOWLEDGE__PATH": str(ROOT / "kb"),
        "BRIDGE_KNOWLEDGE__INDEX_PATH": str(folder / "index"),
        "BRIDGE_EXTRACTIVE__PIECE_S": "0",
    }


async def _answered(thought: Thinking, message: Message, earlier: Sequence[Turn]) -> Turn:
    address = Address(message.channel, str(message.conversation))
    inbound = Inbound(
        event_id=new_id(),
        address=address,
        sender=Sender(f"customer {message.conversation}"),
        text=message.text,
        received_at=message.at,
    )
    turn = Turn(id=TurnId(new_id()), conversation_id=address.conversation_id, inbounds=(inbound,))
    told = Conversation(id=address.conversation_id, turns=tuple(earlier))
    return replace(turn, reply=await thought.brain.answer(turn, told, lambda event: None))


def _note(lived: Day, turn: Turn) -> None:
    assert turn.reply is not None
    trace = turn.reply.trace
    lived.by[turn.reply.rung] += 1
    lived.failed.update(trace.failed)
    if trace.category:
        lived.routed[trace.routed_by] += 1
    if turn.reply.model:
        lived.tiers[trace.tier] += 1


def _print(ours: Day, compared: Day) -> None:
    bill = ours.bill
    cost, other = bill.nano / NANO, compared.bill.uncached_nano / NANO
    print(f"  cost {cost / other:.3f} of the compared way's: ${cost:.2f} against ${other:.2f}")
    print(f"  read from the prompt cache {bill.read_share:.1%} of {bill.usage.prompt_tokens:,} input tokens")
    print(f"  of it by routing and the cache of answers: {bill.uncached_nano / NANO / other:.3f} without prompt cache")
    print(f"  and by the prompt cache: {compared.bill.nano / NANO / other:.3f} with Sonnet for everything")
    opus = config.read(ROOT / "config.toml", {}).claude.tiers.opus.model
    thought = bill.calls[opus] * 100 * bill.prices.models[opus].output / 1_000_000
    print(f"  every 100 tokens that Opus thinks for an answer would add ${thought:.2f}")
    print(f"  booked ${ours.booked_nano / NANO:.2f} and ${compared.booked_nano / NANO:.2f}")
    for what, counted in (
        ("answered by", ours.by),
        ("asked of", ours.tiers),
        ("routed by", ours.routed),
        ("calls", bill.calls),
        ("failed first", ours.failed),
    ):
        total = sum(counted.values())
        shares = ", ".join(f"{count} {name} ({count / total:.0%})" for name, count in counted.most_common())
        print(f"  {what}: {shares or 'none'}")


if __name__ == "__main__":
    run()

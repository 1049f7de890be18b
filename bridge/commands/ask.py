"""`bridge ask`: one turn in the terminal, streamed, with how it was answered. Nothing is kept."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from bridge import parts, plugins
from bridge.brain.knowledge.library import open_library
from bridge.brain.prices import NANO, PriceList
from bridge.commands import FAILED, GOOD, out
from bridge.commands._bar import bar
from bridge.config import Config
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.thinking import thinking
from bridge.types import (
    Address,
    Conversation,
    Inbound,
    Outcome,
    Progress,
    Reply,
    ReplyEvent,
    Sender,
    TextDelta,
    TextReset,
    Turn,
    TurnId,
    new_id,
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question")
    channels = plugins.names("bridge.channels")
    parser.add_argument(
        "--channel", default="widget", choices=channels, metavar="NAME", help="answer as on this channel; widget"
    )


def run(args: argparse.Namespace, config: Config) -> int:
    """Exit code 1 when the answer failed."""
    reply = asyncio.run(_answer(config, args.question, args.channel))
    _print(reply, PriceList.of(config.prices))
    return FAILED if reply.outcome is Outcome.FAILED else GOOD


async def _answer(config: Config, text: str, channel: str) -> Reply:
    address = Address(channel, new_id())
    inbound = Inbound(
        event_id=new_id(), address=address, sender=Sender("terminal"), text=text, received_at=datetime.now(UTC)
    )
    turn = Turn(id=TurnId(new_id()), conversation_id=address.conversation_id, inbounds=(inbound,))
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(parts.embedder(config))
        with bar("reading the knowledge base") as progress:
            library = await open_library(config.knowledge, speaker, progress)
        stack.callback(library.close)
        await library.refresh()
        nothing_kept = MemoryStore(MemorySettings())
        thought = await stack.enter_async_context(thinking(config, library, speaker, nothing_kept))
        if thought.learn:
            await thought.learn()
        return await thought.brain.answer(turn, Conversation(id=address.conversation_id), _show)


def _show(event: ReplyEvent) -> None:
    match event:
        case Progress(label):
            out.print(f"… {label}", style="dim", markup=False)
        case TextDelta(text):
            out.print(_tame(text), end="", markup=False, soft_wrap=True)
        case TextReset():
            out.print("\n… starting again", style="dim")


def _tame(text: str) -> str:
    """Without what a terminal would obey: the text comes from a model or a document."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")


def _print(reply: Reply, prices: PriceList) -> None:
    out.print("\n")
    for number, passage in enumerate(reply.citations, start=1):
        where = f"{passage.title} > {passage.section}" if passage.section else passage.title
        line = f"[{number}] {where}  {passage.url}  ({passage.score:.2f})"
        out.print(_tame(line), style="cyan", markup=False, soft_wrap=True)
    usage, trace = reply.usage, reply.trace
    facts = {
        "outcome": reply.outcome.value,
        "route": f"{trace.category}, chosen by {trace.routed_by} ({trace.confidence:.2f})"
        if trace.category
        else "none",
        "tier": trace.tier or "none",
        "rung": reply.rung,
        "failed": ", ".join(trace.failed) or "none",
        "model": reply.model or "none",
        "passages": ", ".join(passage.chunk_id for passage in reply.citations) or "none",
        "tools": "none",
        "tokens": f"{usage.prompt_tokens} in, {usage.output_tokens} out",
        "cost": _cost(reply, prices),
    }
    for name, value in facts.items():
        out.print(f"{name:9} {value}", style="dim", markup=False, soft_wrap=True)
    if reply.ticket:
        out.print(f"({reply.ticket} is not kept: asked in the terminal)", style="dim", markup=False, soft_wrap=True)


def _cost(reply: Reply, prices: PriceList) -> str:
    """Of all calls for the answer, where they were counted; else of the one that it came from."""
    nano = reply.trace.cost_nano
    amount = f"${nano / NANO:.5f}" if nano else prices.dollars(reply.model, reply.usage)
    return f"{amount} ({prices.told(reply.model)})" if reply.model else amount

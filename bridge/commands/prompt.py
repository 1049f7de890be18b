"""`bridge prompt`: what a model is told, section by section, with its tokens, its version and what of it is cached."""

import argparse
import asyncio
import json
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from bridge import parts
from bridge.brain import prompt
from bridge.brain.context import History
from bridge.brain.estimates import REQUEST_TOKENS
from bridge.brain.fit import fit
from bridge.brain.knowledge.context_sizes import context
from bridge.brain.knowledge.library import open_library
from bridge.brain.pinned import Pinned
from bridge.brain.templates import SECTIONS
from bridge.brain.tokens import estimate
from bridge.commands import FAILED, GOOD, out
from bridge.commands._bar import bar
from bridge.commands._tools import offered
from bridge.config import Config
from bridge.ports import ToolSpec
from bridge.types import Address, Inbound, Passage, Sender, Turn, TurnId, new_id

CACHED_TOKENS_MIN = 512
"""A shorter beginning is not kept by any of today's models."""
_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a request."""

    name: str
    source: str
    """Where its words come from."""
    cached: bool
    tokens: int
    """Estimated."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A request as it would be sent."""

    template: str
    version: str
    tokens: int
    cached_tokens: int
    parts: list[Part]
    problems: list[str]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--question", metavar="TEXT", help="with what goes along with this question")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace, config: Config) -> int:
    """Exit code 1 when a pinned document cannot be used, or the question is too long."""
    told = asyncio.run(_told(config, args.question))
    if args.json:
        print(json.dumps(asdict(told), ensure_ascii=False, indent=2))
    else:
        _print(told)
    return FAILED if told.problems else GOOD


async def _told(config: Config, question: str | None) -> Told:
    pinned = Pinned(config.prompt, config.knowledge)
    await pinned.refresh()
    specs = await offered(config)
    system = prompt.system_prompt(config.prompt, config.business, pinned(), tools=bool(specs))
    tools = [(f"Tool {spec.name}", _use(spec), prompt.written(spec)) for spec in specs]
    cached = estimate(system, *(text for _, _, text in tools)) >= CACHED_TOKENS_MIN
    # They stand before the system prompt, where a model's cache begins.
    pieces = [_part(name, source, text, cached=cached) for name, source, text in tools]
    pieces += [_part(name, _source(config, name), text, cached=cached) for name, text in _sections(system)]
    problems = list(pinned.problems)
    if question is not None:
        turn = _turn(question)
        if prompt.too_long(turn, config.prompt):
            problems.append(
                f"the question has more than prompt.question_tokens_max = {config.prompt.question_tokens_max}"
            )
        else:
            pieces += await _beside(config, turn, system + "".join(text for _, _, text in tools))
    return Told(
        template=config.prompt.template,
        version=prompt.version(system),
        tokens=sum(part.tokens for part in pieces),
        cached_tokens=sum(part.tokens for part in pieces if part.cached),
        parts=pieces,
        problems=problems,
    )


def _use(spec: ToolSpec) -> str:
    return "looks something up" if spec.reads else "changes something"


def _sections(system: str) -> list[tuple[str, str]]:
    _, *found = _SECTION.split(system)
    return [(name, text.strip()) for name, text in zip(found[::2], found[1::2], strict=True)]


def _source(config: Config, name: str) -> str:
    if name.lower() not in SECTIONS:
        return ", ".join(config.prompt.pinned) if name == "Reference" else "always there"
    own = getattr(config.prompt, name.lower()) is not None
    return f"prompt.{name.lower()}" if own else f"template {config.prompt.template}"


def _turn(question: str) -> Turn:
    address = Address("widget", new_id())
    inbound = Inbound(
        event_id=new_id(), address=address, sender=Sender("terminal"), text=question, received_at=datetime.now(UTC)
    )
    return Turn(id=TurnId(new_id()), conversation_id=address.conversation_id, inbounds=(inbound,))


async def _beside(config: Config, turn: Turn, system: str) -> list[Part]:
    """What goes along with a first question."""
    voice = parts.voice(config)
    found = prompt.sources(await _search(config, turn.question))
    asked = prompt.question(turn, config.prompt)
    facts = prompt.facts(
        turn,
        config.business,
        voice.language(turn.question),
        found=bool(found),
        words_max=config.prompt.words_max.get(turn.address.channel),
    )
    passages, _ = fit(
        found,
        History(),
        lambda _: History(),
        fixed=estimate(system, asked, facts) + REQUEST_TOKENS,
        tokens_max=config.prompt.request_tokens_max,
    )
    return [
        *(_part(f"Search result {n}", one.doc_id, f"{_title(one)}\n{one.text}") for n, one in enumerate(passages, 1)),
        _part("Question", "the customer", asked),
        _part("Facts", "true of this turn", facts),
    ]


async def _search(config: Config, question: str) -> Sequence[Passage]:
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(parts.embedder(config))
        with bar("reading the knowledge base") as progress:
            library = await open_library(config.knowledge, speaker, progress)
        stack.callback(library.close)
        await library.refresh()
        return await context(library.retriever, question, "focused", config.knowledge)


def _title(passage: Passage) -> str:
    return f"{passage.title} > {passage.section}" if passage.section else passage.title


def _part(name: str, source: str, text: str, *, cached: bool = False) -> Part:
    return Part(name=name, source=source, cached=cached, tokens=estimate(text), text=text)


def _print(told: Told) -> None:
    for part in told.parts:
        kept = ", cached" if part.cached else ""
        out.print(f"## {part.name} ({part.tokens} tokens, {part.source}{kept})", style="bold", markup=False)
        out.print(_tame(part.text), markup=False, soft_wrap=True)
        out.print()
    out.print(f"template {told.template}, version {told.version}", markup=False)
    out.print(f"about {told.tokens} tokens, {told.cached_tokens} of them cached", markup=False)
    if not told.cached_tokens:
        out.print(f"not cached: a model keeps a beginning of {CACHED_TOKENS_MIN} tokens and more", markup=False)
    for problem in told.problems:
        out.print(f"✗ {problem}", style="red", markup=False, soft_wrap=True)


def _tame(text: str) -> str:
    """Without what a terminal would obey."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")

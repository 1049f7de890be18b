"""Router: how well messages that it has not learned from are placed, by whom, and how fast.

The classifier learns from routing/examples.jsonl with the embedded model. tests/data/routing_heldout.jsonl tells of
other situations in other words, and was looked at while examples were written; tests/data/routing_fresh.jsonl was
written afterwards by somebody who had seen neither. The least probability of a sensitive matter was chosen with both at
hand. No model is asked: what the classifier is unsure of goes to the safe default, unless said otherwise. Times are of
one message after the other, vectors known before; other work on the machine adds to them.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bridge.brain.knowledge.embedders import use
from bridge.brain.knowledge.remembering import Remembering
from bridge.brain.knowledge.retrieval import clean
from bridge.brain.route import Category, Route
from bridge.brain.routing.examples import read_examples
from bridge.brain.routing.local import Local
from bridge.brain.routing.router import Router
from bridge.brain.routing.settings import RoutingSettings
from bridge.ports import Embedder, Spender
from bridge.types import Address, ConversationId, Inbound, Outcome, Reply, Sender, Trace, Turn, TurnId

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "routing" / "examples.jsonl"
HELD_OUT = ROOT / "tests" / "data" / "routing_heldout.jsonl"
FRESH = ROOT / "tests" / "data" / "routing_fresh.jsonl"


@dataclass(frozen=True, slots=True)
class Message:
    """A held-out message, what it is, and what the router made of it."""

    text: str
    category: Category
    language: str
    route: Route
    guess: Category
    """Of the classifier alone, however unsure."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of all of them."""

    messages: Sequence[Message]
    learned_s: float

    @property
    def local(self) -> float:
        """The share that was decided without a model."""
        return _share([message.route.by in ("rule", "local") for message in self.messages])

    @property
    def sensitive_recall(self) -> float:
        return _share([self.sensitive(message) for message in self.messages if self.is_sensitive(message)])

    @property
    def sensitive_precision(self) -> float:
        return _share([self.is_sensitive(message) for message in self.messages if self.sensitive(message)])

    @staticmethod
    def is_sensitive(message: Message) -> bool:
        return message.category is Category.SENSITIVE_MATTER

    @staticmethod
    def sensitive(message: Message) -> bool:
        return message.route.category is Category.SENSITIVE_MATTER

    @property
    def forced(self) -> Mapping[Category, float]:
        """F1 by category when the router has to say something of every message: the unsure ones get the guess of the
        classifier."""
        return f1([(message.category, _said(message)) for message in self.messages])

    @property
    def decided(self) -> Mapping[Category, float]:
        """The same over what was decided here."""
        return f1([(m.category, m.route.category) for m in self.messages if m.route.by in ("rule", "local")])

    @property
    def defaulted(self) -> Mapping[Category, float]:
        """The same when a model is never there: the unsure ones are taken for simple support."""
        return f1([(message.category, message.route.category) for message in self.messages])

    @property
    def p50_s(self) -> float:
        return statistics.median(message.seconds for message in self.messages)


def f1(pairs: Sequence[tuple[Category, Category]]) -> dict[Category, float]:
    """By category, of (what it is, what was said)."""
    found = {}
    for category in Category:
        both = sum(is_ == said == category for is_, said in pairs)
        either = sum(is_ == category for is_, _ in pairs) + sum(said == category for _, said in pairs)
        found[category] = 2 * both / max(1, either)
    return found


def macro(scores: Mapping[Category, float]) -> float:
    return statistics.mean(scores.values())


async def placed(embedder: Embedder, source: Path) -> Placed:
    """Learn, and place every message of a file."""
    lines = [json.loads(line) for line in await asyncio.to_thread(_lines, source)]
    remembering = Remembering(embedder)
    with tempfile.TemporaryDirectory() as folder:
        local = Local(remembering, read_examples(EXAMPLES), Path(folder))
        started = time.perf_counter()
        await local.prepare()
        learned_s = time.perf_counter() - started
    await remembering.embed([clean(line["text"]) for line in lines], "query")
    router = Router(RoutingSettings(), tier="sonnet", local=local, by_model=None)
    return Placed([await _placed(line, router, local) for line in lines], learned_s)


async def followed(embedder: Embedder, source: Path) -> float:
    """The share of a file's sensitive messages that are found when they are said after a question about deliveries, as
    words for which the search found nothing: the worst case there is in a conversation."""
    lines = [json.loads(line) for line in await asyncio.to_thread(_lines, source)]
    messages = [line["text"] for line in lines if line["category"] == Category.SENSITIVE_MATTER.value]
    remembering = Remembering(embedder)
    with tempfile.TemporaryDirectory() as folder:
        local = Local(remembering, read_examples(EXAMPLES), Path(folder))
        await local.prepare()
    router = Router(RoutingSettings(), tier="sonnet", local=local, by_model=None)
    subject = _turn("How long does delivery take?")
    trace = Trace(category=Category.FAQ.value)
    subject = replace(subject, reply=Reply(text="Three days.", outcome=Outcome.ANSWERED, trace=trace))
    found = 0
    for text in messages:
        route = await router.route(
            _turn(text), [subject], f"{subject.question}\n{text}", Spender("t", ConversationId("bench:a"), "bench:p")
        )
        found += route.category is Category.SENSITIVE_MATTER
    return found / len(messages)


def _lines(source: Path) -> list[str]:
    return source.read_text(encoding="utf-8").splitlines()


async def _placed(line: Mapping[str, str], router: Router, local: Local) -> Message:
    text = line["text"]
    turn = _turn(text)
    spender = Spender(turn.id, turn.conversation_id, "bench:p")
    started = time.perf_counter()
    route = await router.route(turn, (), text, spender)
    seconds = time.perf_counter() - started
    chances = await local.probabilities(text) or {Category.SIMPLE_SUPPORT: 1.0}
    guess = max(chances, key=lambda category: chances[category])
    return Message(text, Category(line["category"]), line["language"], route, guess, seconds)


def _turn(text: str) -> Turn:
    inbound = Inbound(
        event_id="bench:1",
        address=Address("bench", "a"),
        sender=Sender("p"),
        text=text,
        received_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )
    return Turn(id=TurnId("t"), conversation_id=ConversationId("bench:a"), inbounds=(inbound,))


def _said(message: Message) -> Category:
    return message.guess if message.route.by == "default" else message.route.category


def _share(values: Sequence[bool]) -> float:
    return sum(values) / max(1, len(values))


def run() -> None:
    """Print every figure with how it was measured."""
    held_out, fresh, after = asyncio.run(_measured())
    print(f"{len(held_out.messages)} held-out messages; learned in {held_out.learned_s:.1f} s with their vectors")
    _print(held_out)
    print(f"  sensitive_matter, recall after another question      {after:.3f}")
    print(f"\n{len(fresh.messages)} messages by somebody who had seen no others")
    _print(fresh)


def _print(figures: Placed) -> None:
    messages = figures.messages
    print(f"  macro-F1, the unsure ones by the classifier's guess  {macro(figures.forced):.3f}   (goal 0.85)")
    print(f"  macro-F1 of what was decided here                    {macro(figures.decided):.3f}")
    print(f"  macro-F1, the unsure ones to the safe default         {macro(figures.defaulted):.3f}")
    print(f"  sensitive_matter, recall                             {figures.sensitive_recall:.3f}   (goal 0.95)")
    print(f"  sensitive_matter, precision                          {figures.sensitive_precision:.3f}")
    print(f"  decided here                                         {figures.local:.1%}   (goal 75%)")
    print(f"  beyond the embedding, p50                            {figures.p50_s * 1e3:.2f} ms (goal 3)")
    by = {name: sum(message.route.by == name for message in messages) for name in ("rule", "local", "default")}
    print(f"  by {', '.join(f'{name} {count}' for name, count in by.items())}\n")
    print(f"  {'category':18} F1     F1 of what was decided here")
    for category in Category:
        print(f"  {category:18} {figures.forced[category]:.3f}  {figures.decided[category]:.3f}")
    print(f"\n  {'language':9} messages  right  decided here  sensitive found")
    for language in sorted({message.language for message in messages}):
        own = Placed([message for message in messages if message.language == language], 0.0)
        right = _share([_said(message) == message.category for message in own.messages])
        print(f"  {language:9} {len(own.messages):8}  {right:.2f}  {own.local:12.2f}  {own.sensitive_recall:.2f}")


async def _measured() -> tuple[Placed, Placed, float]:
    embedder = use.build(use.Settings(), {})
    try:
        return await placed(embedder, HELD_OUT), await placed(embedder, FRESH), await followed(embedder, HELD_OUT)
    finally:
        await embedder.close()


if __name__ == "__main__":
    run()

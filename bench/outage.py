"""Claude refuses everything for a minute: what 300 people get meanwhile, how soon, and when Claude answers again.

The server, Claude's stand-in and the visitors are a process each; questions come over the widget's HTTP, each in a
conversation of its own, answered from the demonstration shop's knowledge base.
"""

import asyncio
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench._process import quantile, serving
from bridge.brain.phrases.small_talk import small_talk
from tests.fakes.claude_rules import Refusal
from tests.fakes.claude_server import KEY, ClaudeServer
from tests.fakes.claude_server import serving as claude_serving
from tests.fakes.widget_client import Event, Visitor

ROOT = Path(__file__).parents[1]
OUTAGE_S = float(os.environ.get("BENCH_OUTAGE_S", "60"))
MESSAGES_PER_S = 5.0
BEFORE = 20
"""Questions that Claude answers before it goes away."""
PROBE_S = 0.5
"""After the outage somebody asks so often."""
RECOVERY_S_MAX = 60.0
PATIENCE_S = 60.0
UNKNOWN_EVERY = 10
"""So many questions, and one that nothing in the knowledge base answers."""
TARGET = "target: all useful, p95 within 2 s, Claude again within 10 s"
CONTACT = "hello@larkwell.example"
"""How the shop is reached."""
SETTINGS = {
    "BRIDGE_BUSINESS__CONTACT": CONTACT,
    "ANTHROPIC_API_KEY": KEY,
    "BRIDGE_KNOWLEDGE__PATH": str(ROOT / "kb"),
    "BRIDGE_ROUTING__BASE_EXAMPLES": str(ROOT / "routing/examples.jsonl"),
    "BRIDGE_SERVER__LOG_LEVEL": "warning",
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": "100000",
}
_STRANGE = (
    "Do you rent out helicopters in Patagonia?",
    "Who won the chess world championship of 1972?",
    "Can you translate my tax return into Latin?",
)
_REFUSALS = (
    *[Refusal(529, "overloaded_error", "Overloaded")] * 12,
    *[Refusal(500, "api_error", "Internal server error")] * 3,
    *[Refusal(503, "api_error", "Service unavailable")] * 2,
    *[Refusal(429, "rate_limit_error", "Too many requests")] * 2,
    Refusal(429, "rate_limit_error", "Too many requests", {"retry-after": "1"}),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the documents that answer it; none where nothing does."""

    text: str
    docs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answered:
    """What one visitor got."""

    first_s: float
    """From the departure of the message to the first word that stayed."""
    asked: "Asked"
    outcome: str
    cited: frozenset[str]
    """Documents that it rests on."""
    text: str
    at: float
    """When it ended."""

    @property
    def useful(self) -> bool:
        """It rests on a document that answers the question, or people were told, or it says how to reach them; or it
        greets back."""
        if small_talk(self.asked.text):
            return self.outcome == "answered"
        return self.outcome == "escalated" or self.right or CONTACT in self.text

    @property
    def right(self) -> bool:
        """It rests on a document that answers the question."""
        return bool(self.cited & self.asked.docs)


_URL = re.compile(r"^url: (\S+)$", re.MULTILINE)


def _documents() -> dict[str, str]:
    """Where each document of the knowledge base stands, by the address that people are shown."""
    files = (ROOT / "kb").rglob("*.md")
    found = [(_URL.search(file.read_text(encoding="utf-8")), file) for file in files]
    return {url[1]: str(file.relative_to(ROOT / "kb")) for url, file in found if url}


_DOCS = _documents()


def run() -> None:
    """Measure and print."""
    asyncio.run(_measure())


async def _measure() -> None:
    print(f"{OUTAGE_S:.0f} s of 529, 500, 503 and 429, {MESSAGES_PER_S:.0f} messages a second; {TARGET}")
    with tempfile.TemporaryDirectory() as name, _claude() as claude:
        environ = SETTINGS | {
            "BRIDGE_CLAUDE__BASE_URL": claude.url,
            "BRIDGE_STORE__URL": f"sqlite:///{name}/bridge.db",
            "BRIDGE_KNOWLEDGE__INDEX_PATH": f"{name}/index",
        }
        with serving(Path(name), **environ) as url:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
                questions = _questions()
                before = [await _ask(http, url, next(questions)) for _ in range(BEFORE)]
                claude.refuse()
                during = await _storm(http, url, questions)
                claude.answer()
                back_s, probes = await _recovered(http, url, questions)
    _print(before, during, back_s, probes)


def _print(before: list[Answered], during: list[Answered], back_s: float, probes: list[Answered]) -> None:
    firsts = [answer.first_s for answer in during]
    p50, p95, p99 = (quantile(firsts, share) for share in (0.5, 0.95, 0.99))
    useful = sum(answer.useful for answer in during)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in Counter(a.outcome for a in during).most_common())
    healthy = quantile([answer.first_s for answer in before], 0.5)
    print(f"  before: p50 {1000 * healthy:.0f} ms to the first word, {Counter(a.outcome for a in before)}")
    right = sum(answer.right for answer in during)
    told = sum(answer.outcome == "escalated" for answer in during)
    print(f"  during: {useful} of {len(during)} useful ({outcomes})")
    others = useful - right - told
    print(f"  {right} from a document that answers, {told} to people, {others} with how to reach them, or greeted back")
    print(f"  first word p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s, max {max(firsts):.2f} s")
    print(f"  Claude's first answer {back_s:.1f} s after the end; {len(probes) - 1} local ones until then")
    for answer in (answer for answer in during if not answer.useful):
        print(f"  NOT USEFUL ({answer.outcome}): {answer.asked.text!r}: {answer.text[:100]!r}")


async def _storm(http: aiohttp.ClientSession, url: str, questions: Iterator[Asked]) -> list[Answered]:
    """Everybody who asks during the outage."""

    async def after(wait_s: float, question: Asked) -> Answered:
        await asyncio.sleep(wait_s)
        return await _ask(http, url, question)

    count = int(OUTAGE_S * MESSAGES_PER_S)
    chance = random.Random(4)
    # As people come: at any moment, and not in step.
    waits = sorted(chance.uniform(0.0, OUTAGE_S) for _ in range(count))
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(after(wait_s, next(questions))) for wait_s in waits]
        await asyncio.sleep(OUTAGE_S)
    return [task.result() for task in asking]


async def _recovered(http: aiohttp.ClientSession, url: str, questions: Iterator[Asked]) -> tuple[float, list[Answered]]:
    """Seconds until Claude answers again, and what was answered until then, that answer included."""
    started = time.monotonic()
    asking: list[asyncio.Task[Answered]] = []
    async with asyncio.TaskGroup() as group:
        while time.monotonic() - started < RECOVERY_S_MAX:
            asking.append(group.create_task(_ask(http, url, next(questions))))
            await asyncio.sleep(PROBE_S)
            if any(task.done() and task.result().outcome == "answered" for task in asking):
                break
    answers = [task.result() for task in asking]
    claudes = [answer.at - started for answer in answers if answer.outcome == "answered"]
    return min(claudes, default=float("inf")), sorted(answers, key=lambda answer: answer.at)


async def _ask(http: aiohttp.ClientSession, url: str, question: Asked) -> Answered:
    visitor = await Visitor(http, url.rstrip("/")).begin()
    asked_at = time.monotonic()
    turn_id = await visitor.say(question.text)
    first_s: float | None = None
    async with asyncio.timeout(PATIENCE_S), aclosing(visitor.events()) as events:  # type: ignore[type-var]
        async for event in events:
            if event.turn_id != turn_id:
                continue
            first_s = _first(event, first_s, asked_at)
            if event.type == "done":
                now, data = time.monotonic(), event.data
                cited = frozenset(_DOCS.get(source["url"], "") for source in data["citations"])
                return Answered(first_s or now - asked_at, question, data["outcome"], cited, data["text"], now)
    raise AssertionError("the stream ended before the answer")


def _first(event: Event, first_s: float | None, asked_at: float) -> float | None:
    """What is taken back was no word."""
    if event.type == "reset":
        return None
    return time.monotonic() - asked_at if event.type == "delta" and first_s is None else first_s


def _questions() -> Iterator[Asked]:
    """What customers of the shop ask, with some that nothing answers in between."""
    lines = (ROOT / "tests/data/kb_questions.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    known = itertools.cycle([Asked(one["q"], frozenset(one["docs"])) for one in told])
    strange = itertools.cycle([Asked(text) for text in _STRANGE])
    for number in itertools.count(1):
        yield next(strange if number % UNKNOWN_EVERY == 0 else known)


# ---------------------------------------------------------------- Claude's stand-in, a process of its own


@dataclass(frozen=True, slots=True)
class _Claude:
    """The process, told by lines what to do."""

    url: str
    process: subprocess.Popen[str]

    def refuse(self) -> None:
        self._tell("refuse")

    def answer(self) -> None:
        self._tell("answer")

    def _tell(self, word: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == word


@contextmanager
def _claude() -> Iterator[_Claude]:
    command = [sys.executable, "-m", "bench.outage", "claude"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield _Claude(process.stdout.readline().strip(), process)
        finally:
            process.terminate()


async def _play_claude() -> None:
    server = ClaudeServer()
    async with claude_serving(server):
        print(server.url, flush=True)
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            server.script.clear()
            if word == "refuse":
                server.play(*itertools.islice(itertools.cycle(_REFUSALS), 100_000))
            print(word, flush=True)


if __name__ == "__main__":
    asyncio.run(_play_claude()) if sys.argv[1:] == ["claude"] else run()

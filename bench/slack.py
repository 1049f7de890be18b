"""How answers look in Slack while they are written, against a stand-in that enforces Slack's limits.

The stand-in (30 ms a call) and its people are this process; the server is one of its own, on SQLite, and a script
writes 60 words a second. When each word showed is read from the history of the messages.
"""

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench import _claude, _words
from bench._process import cpu_s, quantile, started
from bench._words import Seen, question, seen
from tests.fakes.claude_server import KEY
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import BOT_TOKEN, SIGNING_SECRET, Message
from tests.fakes.slack_world import is_final

LATENCY_S = 0.03
QUIET_ROUNDS = 3
BUSY, BUSY_WITHIN_S, BUSY_PATIENCE_S = 60, 10.0, 150.0
EVENTS, EVENTS_PER_S = 100, 50
ANSWERS, TOGETHER = 24, 4
KB = str(Path(__file__).parents[1] / "kb")
SETTLES_S, IDLE_S = 60, 0.1
"""So long it may take to settle; a server that is idle takes less CPU than this in a second."""
LONG, SHORT = 300, 200
"""Words of an answer."""


def run() -> None:
    """Measure and print."""
    asyncio.run(_quiet())
    asyncio.run(_busy())
    asyncio.run(_events())
    asyncio.run(_cpu())


async def _quiet() -> None:
    print(f"a quiet workspace, one answer of {LONG} words, {QUIET_ROUNDS} times with a new server each;")
    print("  target: first text within 250 ms, mean lag under 350 ms, complete within 100 ms of the last word")
    for _ in range(QUIET_ROUNDS):
        async with _workspace() as (slack, _):
            if result := await _ask(slack, 1, LONG):
                print(
                    f"  first text {_ms(result.first_s)}, mean lag {_ms(result.mean_s)}, complete"
                    f" {_ms(result.complete_s)}; {_trouble(slack)}"
                )


async def _busy() -> None:
    print(f"a busy workspace, {BUSY} answers of {LONG} words, in direct messages, begun within {BUSY_WITHIN_S:.0f} s;")
    print("  target: no 429, all complete, mean lag under 3 s, last word within 1.5 s at p95")
    async with _workspace() as (slack, _):

        async def ask(number: int) -> Seen | None:
            await asyncio.sleep(number * BUSY_WITHIN_S / BUSY)
            return await _ask(slack, number, LONG)

        results = await asyncio.gather(*(ask(number) for number in range(BUSY)))
        complete = [result for result in results if result]
        edits = [call for call in slack.of("chat.update") if not call.error]
        last = [result.last_s for result in complete]
        print(
            f"  {len(complete)} of {BUSY} complete, mean lag {statistics.mean(r.mean_s for r in complete):.2f} s,"
            f" last word p50 {quantile(last, 0.5):.2f} s, p95 {quantile(last, 0.95):.2f} s, max {max(last):.2f} s;"
            f" {len(edits)} edits; {_trouble(slack)}"
        )


async def _events() -> None:
    print(f"{EVENTS} messages at {EVENTS_PER_S}/s, each answered with {LONG} words; target: acknowledged within 250 ms")
    async with _workspace() as (slack, _):

        async def ask(number: int) -> Seen | None:
            await asyncio.sleep(number / EVENTS_PER_S)
            return await _ask(slack, number, LONG)

        answers = await asyncio.gather(*(ask(number) for number in range(EVENTS)))
        taken = [delivery.seconds for delivery in slack.people.deliveries if delivery.taken]
        p50, p99 = (quantile(taken, share) for share in (0.5, 0.99))
        print(
            f"  {len(taken)} events acknowledged, those of our own messages included: p50 {_ms(p50)}, p99 {_ms(p99)},"
            f" max {_ms(max(taken))}; {sum(map(bool, answers))} answers complete, {_trouble(slack)}"
        )


async def _cpu() -> None:
    print(f"{ANSWERS} answers of {SHORT} words, {TOGETHER} at a time, without quota: each is edited twice a second;")
    print("  target: under 30 ms of the server's CPU an answer, all threads of the process counted")
    for together in (_claude.PIECE_WORDS, 1):
        server_s, edits = await _cost(together)
        alone_s = _words.cost_s(ANSWERS, TOGETHER, question(SHORT, together=together))
        print(
            f"  a script in the server writes, {together} words at a time: {_ms(server_s)}, {edits:.1f} edits each; the"
            f" same script without a server takes {_ms(alone_s)}, mostly to wake up for each piece"
        )
    with _claude.claude(SHORT) as url:
        # What its stand-in says rests on nothing, so the two checks that ask for sources are off.
        unsourced = {"BRIDGE_CHECKS__GROUNDING": "false", "BRIDGE_CHECKS__FACTS": "false"}
        claude = {"ANTHROPIC_API_KEY": KEY, "BRIDGE_CLAUDE__BASE_URL": url, "BRIDGE_KNOWLEDGE__PATH": KB}
        server_s, edits = await _cost(1, **claude, **unsourced, BRIDGE_CHECKS__LANGUAGE="false")
        alone_s = _claude.cost_s(url, ANSWERS, TOGETHER)
    print(
        f"  Claude's API writes, {_claude.PIECE_WORDS} words an event, and the whole server answers as in production:"
        f" {_ms(server_s)}, {edits:.1f} edits each; only to read the same stream takes {_ms(alone_s)}"
    )


async def _cost(together: int, **settings: str) -> tuple[float, float]:
    """The server's seconds of CPU, and edits, an answer."""
    async with _workspace(BRIDGE_CHANNELS__SLACK__UPDATES_PER_MINUTE="100000", **settings) as (slack, process):
        slack.limits.enforced = False

        async def ask(number: int) -> None:
            if not await _answer(slack, number, SHORT, together):
                raise RuntimeError("an answer did not come")

        await asyncio.gather(*(ask(number) for number in range(TOGETHER)))
        await _settled(process)
        before_s, before = cpu_s(process), len(slack.of("chat.update"))
        for start in range(0, ANSWERS, TOGETHER):
            await asyncio.gather(*(ask(100 + start + place) for place in range(TOGETHER)))
        return (cpu_s(process) - before_s) / ANSWERS, (len(slack.of("chat.update")) - before) / ANSWERS


async def _settled(process: subprocess.Popen[str]) -> None:
    """Wait until the server does nothing any more that it does once: with a new folder it learns its routing first."""
    before_s = cpu_s(process)
    for _ in range(SETTLES_S):
        await asyncio.sleep(1.0)
        before_s, last_s = cpu_s(process), before_s
        if before_s - last_s < IDLE_S:
            return


@asynccontextmanager
async def _workspace(**settings: str) -> AsyncIterator[tuple[SlackServer, subprocess.Popen[str]]]:
    """Slack, and a server that has joined it."""
    with tempfile.TemporaryDirectory() as name:
        async with SlackServer.start(latency_s=LATENCY_S) as slack:
            environ = {
                "BRIDGE_SERVER__PORT": "0",
                "BRIDGE_SERVER__LOG_LEVEL": "warning",
                "BRIDGE_SERVER__TURNS_MAX": "256",
                "BRIDGE_STORE__URL": f"sqlite:///{name}/bridge.db",
                "BRIDGE_CHANNELS__SLACK__ENABLED": "true",
                "BRIDGE_CHANNELS__SLACK__API_URL": f"{slack.url}/api/",
                "SLACK_BOT_TOKEN": BOT_TOKEN,
                "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            }
            with started(Path(name), "bench._serve", **environ | settings) as (process, url):
                slack.target = f"{url}/slack/events"
                yield slack, process


async def _ask(slack: SlackServer, number: int, words: int) -> Seen | None:
    """Ask in a direct message of one's own, and wait for the whole answer; None when it does not come."""
    asked_at = time.monotonic()
    versions = await _answer(slack, number, words)
    return seen(words, versions, asked_at, final_at=versions[-1][0]) if versions else None


async def _answer(slack: SlackServer, number: int, words: int, together: int = 1) -> list[tuple[float, str]]:
    """What showed of an answer, and when; nothing when its last word never did."""
    channel = slack.team.direct(f"U{number}").id
    patience_ends_at = time.monotonic() + BUSY_PATIENCE_S
    thread = await slack.people.say(f"U{number}", channel, question(words, together=together))
    while time.monotonic() < patience_ends_at:
        await asyncio.sleep(0.1)
        answers = slack.answers(channel, thread)
        if answers and all(map(is_final, answers)) and f"w{words - 1}" in answers[-1].shown:
            return _versions(answers)
    return []


def _versions(messages: list[Message]) -> list[tuple[float, str]]:
    return sorted((version.monotonic, version.text) for message in messages for version in message.versions)


def _trouble(slack: SlackServer) -> str:
    refusals = ", ".join(f"{count} {error}" for error, count in slack.refusals.items()) or "no refusals"
    return f"{refusals}, {len(slack.violations)} violations"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


if __name__ == "__main__":
    run()

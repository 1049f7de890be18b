"""The people of the load suite, a process of its own: `python -m bench.load.people`.

It reads one wish a line as JSON and answers each with a line of JSON: `send` offers messages at a rate, whatever
becomes of them; `talk` keeps so many conversations streaming; `watch` keeps event streams open in which nothing comes.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from bench.load.wire import PATIENCE_S, Pool, Stream, request
from bridge.types import new_id

QUESTIONS = Path(__file__).parents[2] / "tests/data/kb_questions.jsonl"
TICK_S = 0.002
"""How exactly messages leave on time."""
CONNECTIONS = 64
ACCEPTED = 202
ANSWER_S = 60.0
"""How long somebody waits for an answer."""
SAMPLE_MAX = 2_000
"""Promised turns that are told of a step, to be looked up."""


@dataclass(slots=True)
class People:
    """Mutable: who has come so far."""

    pools: Sequence[Pool]
    urls: Sequence[str]
    chance: random.Random
    questions: Sequence[str]
    senders: list[tuple[Pool, str]] = field(default_factory=list)
    """Sessions for `send`: where, and the token."""
    idle: list[Stream] = field(default_factory=list)

    async def session(self, number: int) -> tuple[int, str]:
        """A conversation of somebody's: which server, and the token."""
        place = number % len(self.urls)
        status, answer = await self.pools[place].ask(request("POST", "/widget/session", body={}))
        if status != 200:
            raise RuntimeError(f"no session: {status} {answer}")
        return place, str(answer["token"])

    # ------------------------------------------------------------ messages at a rate

    async def send(self, rate: float, seconds: float, sessions: int) -> dict[str, Any]:
        """Offer `rate` messages a second. A time counts from when the message was due, so a queue here counts too."""
        while len(self.senders) < sessions:
            place, token = await self.session(len(self.senders))
            self.senders.append((self.pools[place], token))
        total = int(rate * seconds)
        sent = Sent(every=max(1, total // SAMPLE_MAX))
        began = time.perf_counter()
        for number in range(total):
            due = began + number / rate
            while due > time.perf_counter():  # noqa: ASYNC110 - it has an end
                await asyncio.sleep(TICK_S)
            pool, token = self.senders[number % len(self.senders)]
            message = {"client_msg_id": f"{sent.run}-{number}", "text": self.questions[number % len(self.questions)]}
            sent.open += 1
            pool.send(request("POST", "/widget/messages", token, message), partial(sent.answered, number, due))
        in_time = len(sent.times)
        passed = time.perf_counter() - began
        # What still waits here when the time is over never leaves.
        not_sent = sum(len(pool.waiting) for pool in self.pools)
        for pool in self.pools:
            pool.waiting.clear()
        sent.open -= not_sent
        await sent.rest()
        return {
            "offered": rate,
            "accepted": len(sent.times),
            "per_s": round(in_time / passed, 1),
            "not_sent": not_sent,
            "unanswered": sent.open,
            "refused": {status: count for status, count in sent.statuses.items() if status != "202"},
            "ms": quantiles([1000 * t for t in sent.times]),
            "turns": sent.turns,
        }

    # ------------------------------------------------------------ conversations that stream

    async def talk(self, people: int, warm_s: float, seconds: float, spread_s: float) -> dict[str, Any]:
        """Keep so many conversations streaming: each asks anew when it has its answer. What is asked in the first
        `warm_s` does not count."""
        begins = time.perf_counter() + warm_s
        ends = begins + seconds
        found = Talk()
        tasks = [
            asyncio.create_task(self._person(n, spread_s * n / people, begins, ends, found)) for n in range(people)
        ]
        gone = await asyncio.gather(*tasks, return_exceptions=True)
        for error in gone:
            if isinstance(error, BaseException):
                found.failed[type(error).__name__] += 1
        whole = [answer for answer in found.answers if answer[2] == "answered"]
        return {
            "people": people,
            "measured_s": seconds,
            "answers": len(found.answers),
            "outcomes": dict(Counter(outcome for _, _, outcome in found.answers)),
            "failed": dict(found.failed),
            "streams_broken": found.broken,
            "first_ms": quantiles([1000 * first for first, _, _ in whole]),
            "complete_ms": quantiles([1000 * complete for _, complete, _ in whole]),
        }

    async def _person(self, number: int, wait_s: float, begins: float, ends: float, found: "Talk") -> None:
        await asyncio.sleep(wait_s)
        place, token = await self.session(number)
        reading = await Stream(self.urls[place], token).open()
        try:
            while (asked_at := time.perf_counter()) < ends:
                reading.listen()
                message = {"client_msg_id": new_id(), "text": self.chance.choice(self.questions)}
                status, _ = await self.pools[place].ask(request("POST", "/widget/messages", token, message))
                if status != ACCEPTED:
                    found.failed[str(status)] += 1
                    await asyncio.sleep(0.1)
                    continue
                try:
                    done_at, outcome = await asyncio.wait_for(reading.ended(), ANSWER_S)
                except TimeoutError:
                    found.failed["no answer"] += 1
                    return
                if begins <= asked_at < ends:
                    first_at = reading.first_at or done_at
                    found.answers.append((first_at - asked_at, done_at - asked_at, outcome))
        finally:
            found.broken += reading.broken
            reading.close()

    async def ask(self, tokens: Sequence[str], each: int) -> dict[str, Any]:
        """Have questions answered in the conversations of these tokens, one after the other in each."""
        found = Talk()
        await asyncio.gather(*(self._asking(token, each, found) for token in tokens))
        return {
            "answers": len(found.answers),
            "outcomes": dict(Counter(outcome for _, _, outcome in found.answers)),
            "first_ms": quantiles([1000 * first for first, _, _ in found.answers]),
        }

    async def _asking(self, token: str, each: int, found: "Talk") -> None:
        reading = await Stream(self.urls[0], token).open()
        for _ in range(each):
            asked_at = time.perf_counter()
            reading.listen()
            message = {"client_msg_id": new_id(), "text": self.chance.choice(self.questions)}
            status, answer = await self.pools[0].ask(request("POST", "/widget/messages", token, message))
            if status != ACCEPTED:
                raise RuntimeError(f"not accepted: {status} {answer}")
            done_at, outcome = await asyncio.wait_for(reading.ended(), ANSWER_S)
            found.answers.append(((reading.first_at or done_at) - asked_at, done_at - asked_at, outcome))
        reading.close()

    async def rest(self, seconds: float) -> dict[str, Any]:
        """Leave everybody alone for a while."""
        await asyncio.sleep(seconds)
        return {}

    # ------------------------------------------------------------ streams in which nothing comes

    async def watch(self, streams: int) -> dict[str, Any]:
        """Have so many open, all together."""
        while len(self.idle) < streams:
            place, token = await self.session(len(self.idle))
            self.idle.append(await Stream(self.urls[place], token).open())
        while len(self.idle) > streams:
            self.idle.pop().close()
        return {"streams": len(self.idle)}


@dataclass(slots=True)
class Sent:
    """What came of messages that were sent at a rate. Mutable."""

    every: int
    """Of so many promised turns one is told."""
    run: str = field(default_factory=new_id)
    times: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    turns: list[str] = field(default_factory=list)
    open: int = 0

    def answered(self, number: int, due: float, status: int, body: bytes) -> None:
        self.open -= 1
        self.statuses[str(status)] += 1
        if status == ACCEPTED:
            self.times.append(time.perf_counter() - due)
            if number % self.every == 0:
                self.turns.append(json.loads(body)["turn_id"])

    async def rest(self) -> None:
        """Wait for the last answers."""
        until = time.perf_counter() + PATIENCE_S
        while self.open > 0 and time.perf_counter() < until:  # noqa: ASYNC110 - it has an end
            await asyncio.sleep(TICK_S)


@dataclass(slots=True)
class Talk:
    """What came of a time of talking: seconds to the first text and to the end, and the outcome."""

    answers: list[tuple[float, float, str]] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    """Event streams that ended before they were left."""


def quantiles(values: list[float]) -> dict[str, float]:
    """In the unit of the values."""
    if not values:
        return {}
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)

    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": round(ordered[-1], 2)}


def questions() -> list[str]:
    """What the shop's customers ask in English, and the shop's pages answer."""
    rows = map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines())
    return [row["q"] for row in rows if row["language"] == "en" and row["docs"]]


async def main(urls: Sequence[str], seed: int) -> None:
    """Do what each line of the input wishes, one after the other, until it ends."""
    chance = random.Random(seed)
    asked = questions()
    chance.shuffle(asked)
    each = max(1, CONNECTIONS // len(urls))
    people = People([await Pool(url, each).open() for url in urls], urls, chance, asked)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        wish = json.loads(line)
        kind = wish.pop("do")
        before = time.process_time()
        told = await getattr(people, kind)(**wish)
        told["cpu_s"] = round(time.process_time() - before, 2)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[2:], int(sys.argv[1])))

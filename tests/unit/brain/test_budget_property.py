"""50 turns at once over the real store, with models that fail, break off and are cancelled, and a crash in the middle:
what the provider really bills never exceeds a limit by more than the most that one call can cost, and no money is lost
or locked up."""

import asyncio
import os
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.brain.budget import Budget, Budgeted, BudgetSettings
from bridge.brain.calls import tell
from bridge.brain.estimates import prompt_tokens
from bridge.brain.prices import NANO, TABLE, PriceList
from bridge.brain.tokens import estimate
from bridge.errors import BridgeError, CheckFailed, ModelOverloaded, ModelRefused, ModelUnavailable
from bridge.ports import Ledger, ModelReply, ModelRequest, Spender, Writer
from bridge.stores import sqlite
from bridge.types import Usage
from tests.unit.brain.made import drafted

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "0")) or 15
TURNS = 50
OUTPUT = {"claude-haiku-5-5": 800, "claude-sonnet-5-5": 1_000, "claude-opus-5-5": 4_000}
UNSEEN = {"claude-haiku-5-5": 0, "claude-sonnet-5-5": 0, "claude-opus-5-5": 3_000}
PRICES = PriceList(TABLE)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WORDS = "Why? "
SPELLED = tuple(it * 5 for it in ("😀🧿", "👩🏽‍🚒", "𓀀𓁀", "བཀྲ་", "ሰላም", "𝒜𝓂", "⠓⠑", "~^|}", "0123"))
"""What the provider's vocabulary may have to spell."""
PIECES_MAX = 400
LIMITS = ("turn", "conversation", "user_day", "day", "month")


def accounts(spender: Spender) -> list[tuple[str, str]]:
    """The limits that hold for whoever spends, and whose they are."""
    own = [("turn", spender.turn), ("conversation", spender.conversation), ("user_day", spender.user)]
    return [*own, ("day", ""), ("month", "")]


def least_tokens(question: str) -> int:
    """No vocabulary reads it as fewer: each character of what is spelled is a token."""
    return len(question) if question.startswith(SPELLED) else 0


@dataclass
class Provider:
    """Bills what it does, whether anybody hears of it or not, and looks after every token whether it is too much."""

    chance: random.Random
    limits: dict[str, int]
    most: int
    """That the dearest call can cost."""
    greedy: bool
    """Once it bills half as much again as it should."""
    cached_1h: bool = False
    """What is written into the cache is kept for an hour."""
    billed: Counter[tuple[str, str]] = field(default_factory=Counter)
    calls: int = 0
    under_way: dict[int, tuple[Spender, int]] = field(default_factory=dict)
    """The most that calls which have begun will still cost, should nobody be left to stop them."""

    def bill(self, spender: Spender, amount: int) -> None:
        for scope, whose in accounts(spender):
            self.billed[scope, whose] += amount
            too_much = self.billed[scope, whose] - self.limits[scope]
            assert too_much <= self.most, f"{scope} exceeded by {too_much / self.most:.2f} calls"


@dataclass
class Paid:
    """A Model at the provider: takes its time, and ends in any way that a model can end."""

    name: str
    provider: Provider

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        provider, chance = self.provider, self.provider.chance
        spender = request.spender
        assert spender is not None
        provider.calls += 1
        call = provider.calls
        await self._pause()
        if chance.random() < 0.1:
            raise ModelUnavailable("it cannot be reached", usage=Usage())
        prompt = prompt_tokens(request, pdf_pages_max=0)
        words = ["word " * chance.randint(1, 60) for _ in range(chance.randint(0, 6))]
        thought = chance.randint(0, UNSEEN[self.name])
        least = max(prompt // 3, least_tokens(request.question))
        reads = chance.randint(least, max(least, prompt))
        if self.provider.greedy and call == 7:
            reads = prompt * 3 // 2
        read = Usage(cache_write_1h_tokens=reads) if provider.cached_1h else Usage(cache_write_tokens=reads)
        billed = 0

        def bill(output: int) -> Usage:
            nonlocal billed
            used = read + Usage(output_tokens=min(output, OUTPUT[self.name]))
            cost = PRICES.cost(self.name, used) or 0
            provider.under_way[call] = spender, whole - cost
            provider.bill(spender, cost - billed)
            billed = cost
            return used

        whole = PRICES.cost(self.name, read + Usage(output_tokens=OUTPUT[self.name])) or 0
        try:
            used = bill(thought)
            told = read + Usage(output_tokens=1) if chance.random() < 0.8 else None
            tell(told)
            written = ""
            for piece in words:
                await self._pause()
                written += piece
                # It is already a little further than what has come here.
                used = bill(thought + ceil(estimate(written) * chance.uniform(0.5, 1.2)))
                writer.write(piece)
                self._perhaps_fail(chance, told, used)
            return ModelReply(model=self.name, usage=used)
        finally:
            provider.under_way.pop(call, None)

    async def _pause(self) -> None:
        for _ in range(self.provider.chance.randint(0, 3)):
            await asyncio.sleep(0 if self.provider.chance.random() < 0.9 else 0.002)

    def _perhaps_fail(self, chance: random.Random, told: Usage | None, used: Usage) -> None:
        match chance.randint(0, 30):
            case 0:
                raise ModelUnavailable("it broke off", usage=told)
            case 1:
                raise ModelOverloaded("in the middle", usage=told)
            case 2:
                raise ModelRefused("it declined", usage=used)
            case 3:
                raise CheckFailed("facts", "Name no price.")
            case 4:
                raise RuntimeError("a bug")


@dataclass
class Day:
    """50 people ask at once, some of them again, and some stop their answers."""

    provider: Provider
    ledger: Ledger
    settings: BudgetSettings
    chance: random.Random
    life: int = 1
    spenders: list[Spender] = field(default_factory=list)

    def models(self) -> list[Budgeted]:
        kept = Budget(
            self.ledger, PRICES, self.settings, ZoneInfo("UTC"), lease_s=300.0, pdf_pages_max=0, now=lambda: NOON
        )
        return [
            Budgeted(
                model=Paid(name, self.provider),
                name=name,
                budget=kept,
                output_tokens_max=lambda _, limit=limit: limit,  # type: ignore[misc]
                unseen_tokens_max=UNSEEN[name],
                cached_1h=self.provider.cached_1h,
            )
            for name, limit in OUTPUT.items()
        ]

    async def turn(self, number: int, models: list[Budgeted]) -> None:
        spender = Spender(f"turn-{self.life}-{number}", f"conversation-{number % 10}", f"user-{number % 5}")
        self.spenders.append(spender)
        for _ in range(self.chance.randint(1, 4)):
            with suppress(BridgeError, RuntimeError):
                piece = WORDS if self.chance.random() < 0.7 else self.chance.choice(SPELLED)
                question = piece * self.chance.randint(1, PIECES_MAX)
                asked = ModelRequest(system="Be kind.", question=question, spender=spender)
                await self.chance.choice(models).complete(asked, drafted())

    async def run(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        models = self.models()
        turns = [asyncio.create_task(self.turn(number, models)) for number in range(TURNS)]
        stopped = self.chance.sample(turns, 15)
        while not all(turn.done() for turn in turns):
            await asyncio.sleep(0.0005)
            if stopped and self.chance.random() < 0.7:
                stopped[-1].cancel()
                if self.chance.random() < 0.5:
                    stopped.pop()
            meanwhile()
        for ended in await asyncio.gather(*turns, return_exceptions=True):
            if isinstance(ended, BaseException) and not isinstance(ended, asyncio.CancelledError):
                raise ended


def _limits(calls: float, most: int, tight: str) -> BudgetSettings:
    """One scope has room for so many of the dearest calls, the others for plenty."""
    dollars = {scope: Decimal("1000") for scope in LIMITS}
    dollars[tight] = (Decimal(most) * Decimal(calls) / NANO).quantize(Decimal("0.0001"))
    return BudgetSettings.model_validate(dollars)


def _most(*, cached_1h: bool = False) -> int:
    longest = max(
        prompt_tokens(ModelRequest(system="Be kind.", question=piece * PIECES_MAX), pdf_pages_max=0)
        for piece in (WORDS, *SPELLED)
    )
    return max(PRICES.most(name, longest, output, cached_1h=cached_1h) or 0 for name, output in OUTPUT.items())


def _check_the_books(path: Path, day: Day) -> None:
    """Nothing is set aside any more, everything that is booked stands on somebody's bill, and nobody's is less than
    what the provider bills for it, but for the one call that cost too much."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM reservations").fetchone() == (0,)
        (booked,) = db.execute("SELECT amount FROM accounts WHERE name = 'day:2026-11-22'").fetchone() or (0,)
    assert booked == sum(spender.bill.nano for spender in day.spenders)
    too_little = [
        billed - spender.bill.nano
        for spender in day.spenders
        if (billed := day.provider.billed["turn", spender.turn]) > spender.bill.nano
    ]
    assert len(too_little) <= day.provider.greedy, f"{len(too_little)} turns are booked at less than they cost"
    assert sum(too_little) <= day.provider.most


STORIES = settings(max_examples=EXAMPLES, deadline=None)


@STORIES
@given(
    seed=st.integers(0, 2**32),
    calls=st.sampled_from([0.5, 1.0, 2.5, 10.0, 40.0]),
    tight=st.sampled_from(LIMITS),
    greedy=st.booleans(),
    cached_1h=st.booleans(),
)
def test_50_turns_at_once_spend_no_more_than_a_limit_and_one_call(
    seed: int, calls: float, tight: str, greedy: bool, cached_1h: bool
) -> None:
    asyncio.run(_one_day(seed, calls, tight, greedy=greedy, cached_1h=cached_1h))


async def _one_day(seed: int, calls: float, tight: str, *, greedy: bool, cached_1h: bool) -> None:
    chance, most = random.Random(seed), _most(cached_1h=cached_1h)
    kept = _limits(calls, most, tight)
    folder = Path(tempfile.mkdtemp(prefix="bridge-budget-"))
    try:
        path = folder / "bridge.db"
        limits = {scope: int(getattr(kept, scope) * NANO) for scope in LIMITS}
        provider = Provider(chance, limits, most, greedy, cached_1h)
        async with sqlite.build(sqlite.Settings(url=f"sqlite:///{path}")) as store:
            day = Day(provider, store, kept, chance)
            await day.run()
            _check_the_books(path, day)
    finally:
        shutil.rmtree(folder)


@STORIES
@given(
    seed=st.integers(0, 2**32),
    calls=st.sampled_from([2.5, 10.0, 40.0]),
    tight=st.sampled_from(("conversation", "user_day", "day", "month")),
    cached_1h=st.booleans(),
)
def test_a_crash_in_the_middle_forgets_nothing_that_was_spent(
    seed: int, calls: float, tight: str, cached_1h: bool
) -> None:
    asyncio.run(_two_lives(seed, calls, tight, cached_1h=cached_1h))


async def _two_lives(seed: int, calls: float, tight: str, *, cached_1h: bool) -> None:
    chance, most = random.Random(seed), _most(cached_1h=cached_1h)
    kept = _limits(calls, most, tight)
    limits = {scope: int(getattr(kept, scope) * NANO) for scope in LIMITS}
    folder = Path(tempfile.mkdtemp(prefix="bridge-budget-"))
    try:
        path, crashed = folder / "bridge.db", folder / "crashed.db"
        first, second = (Provider(chance, limits, most, greedy=False, cached_1h=cached_1h) for _ in range(2))
        when = chance.randint(1, 30)

        def crash() -> None:
            """What is committed now is all that the next life finds. The provider ends the calls that it has begun."""
            nonlocal when
            when -= 1
            if when == 0:
                with closing(sqlite3.connect(path)) as db, closing(sqlite3.connect(crashed)) as copy:
                    db.backup(copy)
                second.billed = first.billed.copy()
                for spender, rest in first.under_way.values():
                    second.bill(spender, rest)

        async with sqlite.build(sqlite.Settings(url=f"sqlite:///{path}")) as store:
            await Day(first, store, kept, chance).run(crash)
        if when > 0:
            return  # it was over before
        async with sqlite.build(sqlite.Settings(url=f"sqlite:///{crashed}")) as store:
            await Day(second, store, kept, chance, life=2).run()
    finally:
        shutil.rmtree(folder)


async def test_the_test_notices_who_spends_without_setting_aside(tmp_path: Path) -> None:
    """A ledger that only adds up what was booked lets 50 calls through at once."""

    class Later:
        def __init__(self, inner: Ledger) -> None:
            self.book, self.booked, self._inner = inner.book, inner.booked, inner

        async def set_aside(self, reservation: str, amount: int, caps: object, *, lease_s: float) -> None:
            await self._inner.set_aside(reservation, 0, caps, lease_s=lease_s)  # type: ignore[arg-type]

    chance, most = random.Random(5), _most()
    kept = _limits(2.5, most, "day")
    limits = {scope: int(getattr(kept, scope) * NANO) for scope in LIMITS}
    async with sqlite.build(sqlite.Settings(url=f"sqlite:///{tmp_path}/bridge.db")) as store:
        with pytest.raises(AssertionError, match="exceeded"):
            await Day(Provider(chance, limits, most, greedy=False), Later(store), kept, chance).run()

"""What may be spent on models: set aside before each call, booked after it, and less is asked for as it runs out."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import REGISTRY
from pydantic import ValidationError

from bridge.brain.budget import LOOKS_MAX, Budget, Budgeted, BudgetSettings
from bridge.brain.calls import tell
from bridge.brain.claude_answer import InvalidRequest
from bridge.brain.estimates import prompt_tokens
from bridge.brain.prices import NANO, PriceList, PricesSettings
from bridge.brain.tokens import Meter
from bridge.errors import (
    CheckFailed,
    ModelError,
    ModelOverflow,
    ModelOverloaded,
    ModelPaused,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    ModelUnreadable,
    ModelWordless,
    OverBudget,
    StoreUnavailable,
)
from bridge.ports import Cap, Ledger, Model, ModelReply, ModelRequest, Spender, ToolSpec, Writer
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.types import Passage, Usage
from tests.unit.brain.made import drafted, request

SONNET, OUTPUT, UNSEEN = "claude-sonnet-5-5", 1_000, 200
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PRICES = PriceList.of(PricesSettings.model_validate({"llama3": {"input": 0, "output": 0}}))
A_LITTLE = Usage(input_tokens=100, output_tokens=10)
DAY, MONTH, TURN = "day:2026-11-22", "month:2026-11", "turn:turn-1"


@dataclass
class Script:
    """A Model that tells what it counts, writes, then ends as it is told. `waits` is where it can be cancelled."""

    text: str = ""
    ends: BaseException | Usage = A_LITTLE
    waits: asyncio.Event | None = None
    tells: Usage | None = None
    asked: int = 0

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self.asked += 1
        if self.tells:
            tell(self.tells)
        if self.text:
            writer.write(self.text)
        if self.waits:
            await self.waits.wait()
        if isinstance(self.ends, BaseException):
            raise self.ends
        writer.cite(())
        return ModelReply(model=SONNET, usage=self.ends)


@dataclass
class Clock:
    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Away:
    """A ledger whose store does not answer; with `slow` it answers when that is set."""

    inner: Ledger
    fails: frozenset[str] = frozenset()
    slow: asyncio.Event | None = None
    calls: list[str] = field(default_factory=list)

    async def _through(self, name: str) -> None:
        self.calls.append(name)
        if self.slow:
            await self.slow.wait()
        if name in self.fails:
            raise StoreUnavailable("the disk is full")

    async def set_aside(self, reservation: str, amount: int, caps: Sequence[Cap], *, lease_s: float) -> Cap | None:
        full = await self.inner.set_aside(reservation, amount, caps, lease_s=lease_s)
        await self._through("set_aside")
        return full

    async def book(self, reservation: str, amount: int) -> None:
        await self._through("book")
        await self.inner.book(reservation, amount)

    async def booked(self, accounts: Sequence[str]) -> Sequence[int]:
        await self._through("booked")
        return await self.inner.booked(accounts)


@pytest.fixture
def ledger() -> Ledger:
    return MemoryStore(MemorySettings())


def budget(ledger: Ledger, clock: Clock | None = None, zone: str = "UTC", **limits: object) -> Budget:
    unlimited = dict.fromkeys(("turn", "conversation", "user_day", "day", "month"), "unlimited")
    settings = BudgetSettings.model_validate(unlimited | limits)
    return Budget(ledger, PRICES, settings, ZoneInfo(zone), lease_s=120.0, pdf_pages_max=30, now=clock or Clock())


def budgeted(kept: Budget, model: Model, name: str = SONNET) -> Budgeted:
    return Budgeted(model=model, name=name, budget=kept, output_tokens_max=lambda _: OUTPUT, unseen_tokens_max=UNSEEN)


def asked() -> ModelRequest:
    return replace(request(), spender=_ada())


def _ada() -> Spender:
    return Spender("turn-1", "widget:a", "widget:p1")


PROMPT = prompt_tokens(asked(), pdf_pages_max=30)
MOST = PRICES.most(SONNET, PROMPT, OUTPUT, cached_1h=False) or 0


def cost(usage: Usage) -> int:
    return PRICES.cost(SONNET, usage) or 0


# ---------------------------------------------------------------- one call


async def test_a_call_is_booked_on_every_account_and_on_the_bill(ledger: Ledger) -> None:
    usage = Usage(input_tokens=400, output_tokens=50, cache_read_tokens=1_000)
    told = asked()
    await budgeted(budget(ledger, turn=1, conversation=1, user_day=1), Script("Yes.", usage)).complete(told, drafted())
    accounts = [TURN, "conversation:widget:a:2026-11-22", "user:widget:p1:2026-11-22", DAY, MONTH]
    assert list(await ledger.booked(accounts)) == [cost(usage)] * 5
    assert told.spender
    assert (told.spender.bill.nano, told.spender.bill.usage) == (cost(usage), usage)


async def test_the_most_a_call_can_cost_is_set_aside_while_it_runs(ledger: Ledger) -> None:
    model = Script(waits=asyncio.Event())
    running = asyncio.create_task(budgeted(budget(ledger), model).complete(asked(), drafted()))
    await asyncio.sleep(0)
    assert list(await ledger.booked([DAY])) == [MOST]
    assert model.waits
    model.waits.set()
    await running
    assert list(await ledger.booked([DAY])) == [cost(A_LITTLE)]


async def test_nobody_in_particular_spends_from_the_day(ledger: Ledger) -> None:
    await budgeted(budget(ledger, day=1, turn=0), Script()).complete(request(), drafted())
    assert list(await ledger.booked([DAY])) == [cost(A_LITTLE)]


@pytest.mark.parametrize("scope", ["turn", "conversation", "user_day", "day", "month"])
async def test_a_call_that_does_not_fit_is_not_made(ledger: Ledger, scope: str) -> None:
    model = Script()
    limit = Decimal(MOST) / NANO
    too_little: dict[str, Any] = {scope: limit.quantize(Decimal("0.0001"), "ROUND_FLOOR")}
    kept = budgeted(budget(ledger, **too_little), model)
    with pytest.raises(OverBudget, match=f"raise budget.{scope}"):
        await kept.complete(asked(), drafted())
    assert model.asked == 0
    assert list(await ledger.booked([DAY, MONTH])) == [0, 0]
    enough: dict[str, Any] = {scope: limit.quantize(Decimal("0.0001"), "ROUND_CEILING")}
    await budgeted(budget(ledger, **enough), model).complete(asked(), drafted())


async def test_nothing_may_be_spent_but_what_is_free_may_answer(ledger: Ledger) -> None:
    kept = budget(ledger, day=0)
    with pytest.raises(OverBudget):
        await budgeted(kept, Script()).complete(asked(), drafted())
    assert (await budgeted(kept, Script("Yes."), "llama3").complete(asked(), drafted())).usage.output_tokens == 10


async def test_what_is_free_may_answer_also_when_too_much_is_spent(ledger: Ledger) -> None:
    await _spend(ledger, "2")
    await budgeted(budget(ledger, day=1), Script("Yes."), "llama3").complete(asked(), drafted())


async def test_a_model_without_a_price_is_not_asked_and_the_fix_is_named(ledger: Ledger) -> None:
    model = Script()
    with pytest.raises(OverBudget, match=r'\[prices."gpt-9"\]'):
        await budgeted(budget(ledger), model, "gpt-9").complete(asked(), drafted())
    assert model.asked == 0


async def test_a_server_that_counts_nothing_is_booked_by_what_it_wrote(ledger: Ledger) -> None:
    await budgeted(budget(ledger), Script("x" * 250, Usage())).complete(asked(), drafted())
    assert list(await ledger.booked([DAY])) == [cost(Usage(cache_write_tokens=PROMPT, output_tokens=120 + UNSEEN))]


@pytest.mark.parametrize(
    ("counted", "used"),
    [
        (Usage(input_tokens=700), Usage(input_tokens=700, output_tokens=120 + UNSEEN)),
        (Usage(output_tokens=500), Usage(cache_write_tokens=PROMPT, output_tokens=500)),
        (Usage(output_tokens=5), Usage(cache_write_tokens=PROMPT, output_tokens=120 + UNSEEN)),
        (Usage(input_tokens=700, output_tokens=5), Usage(input_tokens=700, output_tokens=5)),
    ],
)
async def test_what_a_server_leaves_out_of_its_count_is_estimated(ledger: Ledger, counted: Usage, used: Usage) -> None:
    await budgeted(budget(ledger), Script("x" * 250, counted)).complete(asked(), drafted())
    assert list(await ledger.booked([DAY])) == [cost(used)]


@pytest.mark.parametrize("name", [SONNET, "thrifty"])
@pytest.mark.parametrize("cached_1h", [False, True])
async def test_a_prompt_that_nobody_counted_is_booked_at_what_was_set_aside_for_it(
    ledger: Ledger, name: str, cached_1h: bool
) -> None:
    """Writing it into the cache of one hour is dearer than into that of five minutes, or it costs nothing to write."""
    prices = PriceList.of(
        PricesSettings.model_validate({"thrifty": {"input": 2, "output": 10, "cache_write": 0, "cache_write_1h": 0}})
    )
    kept = Budget(ledger, prices, BudgetSettings(), ZoneInfo("UTC"), lease_s=9.0, pdf_pages_max=30, now=Clock())
    model = replace(budgeted(kept, Script(ends=ModelUnavailable("broke off")), name), cached_1h=cached_1h)
    with pytest.raises(ModelUnavailable):
        await model.complete(asked(), drafted())
    assert list(await ledger.booked([DAY])) == [prices.most(name, PROMPT, UNSEEN, cached_1h=cached_1h)]


async def test_what_estimates_were_off_by_is_set_aside_too(ledger: Ledger) -> None:
    meter = Meter()
    for _ in range(100):
        meter.learn(asked().question, estimated=100, real=150)
    kept = Budget(
        ledger, PRICES, BudgetSettings(), ZoneInfo("UTC"), lease_s=9.0, pdf_pages_max=30, meter=meter, now=Clock()
    )
    more = kept.prompt_tokens(asked())
    assert more > PROMPT
    running = asyncio.create_task(budgeted(kept, Script(waits=asyncio.Event())).complete(asked(), drafted()))
    await asyncio.sleep(0)
    assert list(await ledger.booked([DAY])) == [PRICES.most(SONNET, more, OUTPUT, cached_1h=False)]
    running.cancel()
    await asyncio.wait([running])


async def test_warming_a_cache_is_booked_on_the_day(ledger: Ledger) -> None:
    warmed: list[tuple[str, Sequence[ToolSpec]]] = []
    look = ToolSpec(name="look", description="Looks.", schema={"type": "object"})

    async def warming(system: str, tools: Sequence[ToolSpec]) -> Usage:
        warmed.append((system, tools))
        return Usage(cache_write_tokens=900)

    kept = budget(ledger, day=1, turn=0)
    await budgeted(kept, Script()).warm(warming, "Be kind.", [look])
    assert (warmed, list(await ledger.booked([DAY]))) == (
        [("Be kind.", (look,))],
        [cost(Usage(cache_write_tokens=900))],
    )
    with pytest.raises(OverBudget):
        await budgeted(budget(ledger, day=0), Script()).warm(warming, "Be kind.")


# ---------------------------------------------------------------- calls that fail

TOLD = Usage(cache_read_tokens=2_000, input_tokens=30, output_tokens=1)
COUNTED = Usage(input_tokens=30, output_tokens=900)
NOTHING = Usage()
READ = Usage(cache_write_tokens=PROMPT, output_tokens=UNSEEN)


@pytest.mark.parametrize(
    ("text", "error", "used"),
    [
        ("", ModelUnavailable("connect", usage=Usage()), NOTHING),
        ("", ModelUnavailable("no text came"), READ),
        ("", ModelUnavailable("broke off", usage=TOLD), Usage(30, UNSEEN, 2_000)),
        ("x" * 250, ModelUnavailable("broke off"), READ + Usage(output_tokens=120)),
        ("x" * 250, ModelUnavailable("broke off", usage=TOLD), Usage(30, 120 + UNSEEN, 2_000)),
        ("x" * 250, ModelOverloaded("in the middle", usage=TOLD), Usage(30, 120 + UNSEEN, 2_000)),
        ("x" * 250, ModelOverloaded("in the middle"), READ + Usage(output_tokens=120)),
        ("", ModelOverloaded("529"), NOTHING),
        ("", ModelRejected("401"), NOTHING),
        ("", ModelOverflow("413"), NOTHING),
        ("", ModelUnreadable("400"), NOTHING),
        ("", ModelPaused("not asked"), NOTHING),
        ("", InvalidRequest("400"), NOTHING),
        ("", ModelRefused("declined", usage=COUNTED), COUNTED),
        ("", ModelRefused("declined"), READ),
        ("", ModelWordless("thought", usage=COUNTED), COUNTED),
        ("", ModelWordless("thought"), Usage(cache_write_tokens=PROMPT, output_tokens=OUTPUT)),
        ("", ModelOverflow("window", usage=COUNTED), COUNTED),
        ("x" * 250, CheckFailed("facts", "Name no price."), READ + Usage(output_tokens=120)),
        ("x" * 250, RuntimeError("a bug"), READ + Usage(output_tokens=120)),
        ("x" * 250, InvalidRequest("in the middle"), READ + Usage(output_tokens=120)),
        ("x" * 250, ModelUnavailable("500", usage=Usage()), READ + Usage(output_tokens=120)),
        ("x" * 250, ModelRefused("declined", usage=Usage(input_tokens=30)), Usage(30, 120 + UNSEEN)),
        ("x" * 99_999, ModelUnavailable("broke off"), Usage(cache_write_tokens=PROMPT, output_tokens=OUTPUT)),
    ],
)
async def test_a_call_that_fails_is_booked_by_what_is_known_of_it(
    ledger: Ledger, text: str, error: Exception, used: Usage
) -> None:
    told = asked()
    with pytest.raises(type(error)):
        await budgeted(budget(ledger), Script(text, error)).complete(told, drafted())
    assert list(await ledger.booked([DAY])) == [cost(used)]
    assert told.spender
    assert told.spender.bill.nano == cost(used)


@pytest.mark.parametrize(
    "error",
    [
        CheckFailed("facts", "Name no price."),
        asyncio.CancelledError(),
        TimeoutError(),
        RuntimeError("a bug"),
        InvalidRequest("in the middle"),
        ModelUnavailable("broke off"),
        ModelOverloaded("in the middle"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_ends_a_call_what_the_provider_told_is_booked(ledger: Ledger, error: BaseException) -> None:
    model = Script("x" * 250, error, tells=TOLD)
    with pytest.raises(type(error)):
        await budgeted(budget(ledger), model).complete(asked(), drafted())
    assert list(await ledger.booked([DAY])) == [cost(Usage(30, 120 + UNSEEN, 2_000))]


async def test_a_writer_that_wants_no_more_of_it_does_not_make_a_call_dearer(ledger: Ledger) -> None:
    class Strict:
        def write(self, text: str) -> None:
            raise CheckFailed("facts", "Name no price.")

        def cite(self, passages: Sequence[Passage]) -> None: ...

    with pytest.raises(CheckFailed):
        await budgeted(budget(ledger), Script("x" * 250, tells=TOLD)).complete(asked(), Strict())
    assert list(await ledger.booked([DAY])) == [cost(Usage(30, 120 + UNSEEN, 2_000))]


async def test_what_is_told_of_one_call_is_not_taken_for_another(ledger: Ledger) -> None:
    """Side by side, and one after the other."""
    kept, silent = budget(ledger), asked()
    waiting = Script(waits=asyncio.Event())
    running = asyncio.create_task(budgeted(kept, waiting).complete(silent, drafted()))
    await asyncio.sleep(0)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await budgeted(kept, Script(ends=RuntimeError("a bug"), tells=TOLD)).complete(asked(), drafted())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(RuntimeError):
        await budgeted(kept, Script(ends=RuntimeError("a bug"))).complete(silent, drafted())
    assert silent.spender
    assert silent.spender.bill.usage == READ + READ


async def test_a_cancelled_call_is_booked(ledger: Ledger) -> None:
    running = asyncio.create_task(
        budgeted(budget(ledger), Script("x" * 250, waits=asyncio.Event())).complete(asked(), drafted())
    )
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(await ledger.booked([DAY])) == [cost(READ + Usage(output_tokens=120))]


async def test_a_call_cancelled_again_and_again_while_it_is_booked_is_booked(ledger: Ledger) -> None:
    slow = Away(ledger)
    running = asyncio.create_task(budgeted(budget(slow), Script(waits=asyncio.Event())).complete(asked(), drafted()))
    await asyncio.sleep(0)
    slow.slow = asyncio.Event()
    for _ in range(5):
        running.cancel()
        await asyncio.sleep(0.001)
    assert not running.done()
    slow.slow.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(await ledger.booked([DAY])) == [cost(READ)]


async def test_who_is_cancelled_while_a_good_answer_is_booked_hears_of_it(ledger: Ledger) -> None:
    slow = Away(ledger)
    model = Script(waits=asyncio.Event())
    running = asyncio.create_task(budgeted(budget(slow), model).complete(asked(), drafted()))
    await asyncio.sleep(0)
    slow.slow = asyncio.Event()
    assert model.waits
    model.waits.set()
    await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.sleep(0)
    slow.slow.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(await ledger.booked([DAY])) == [cost(A_LITTLE)]


async def test_what_is_set_aside_as_its_call_is_cancelled_is_given_back(ledger: Ledger) -> None:
    """The store has written it already, and nobody has heard of it."""
    slow = Away(ledger, slow=asyncio.Event())
    model = Script()
    running = asyncio.create_task(budgeted(budget(slow), model).complete(asked(), drafted()))
    await asyncio.sleep(0)
    assert list(await ledger.booked([DAY])) == [MOST]
    running.cancel()
    await asyncio.sleep(0)
    assert slow.slow
    slow.slow.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert model.asked == 0
    assert list(await ledger.booked([DAY])) == [0]


async def test_without_a_store_nothing_is_spent(ledger: Ledger) -> None:
    model = Script()
    kept = budget(Away(ledger, frozenset({"set_aside", "book", "booked"})))
    with pytest.raises(OverBudget, match="cannot be counted"):
        await budgeted(kept, model).complete(asked(), drafted())
    assert model.asked == 0
    assert await kept.ceiling(None) == ""
    await kept.watch()


async def test_an_answer_is_given_although_it_cannot_be_booked(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    kept = budget(Away(ledger, frozenset({"book"})))
    await budgeted(kept, Script("Yes.")).complete(asked(), drafted())
    assert list(await ledger.booked([DAY])) == [MOST]
    assert "could not be booked" in caplog.text


# ---------------------------------------------------------------- how full


async def _spend(ledger: Ledger, dollars: str, account: str = DAY) -> None:
    await ledger.set_aside(
        f"{account}-{dollars}", int(Decimal(dollars) * NANO), [Cap(account, 2**60, 9e9)], lease_s=9e9
    )


@pytest.mark.parametrize(
    ("spent", "tier"),
    [
        ("0", "opus"),
        ("7.9999", "opus"),
        ("8", "sonnet"),
        ("9.4999", "sonnet"),
        ("9.5", "haiku"),
        ("9.9999", "haiku"),
        ("10", ""),
        ("11", ""),
    ],
)
async def test_the_less_is_left_the_cheaper_the_model(ledger: Ledger, spent: str, tier: str) -> None:
    await _spend(ledger, spent)
    assert await budget(ledger, day=10).ceiling(_ada()) == tier
    assert await budget(ledger, day=10).ceiling(None) == tier


async def test_the_fullest_account_decides(ledger: Ledger) -> None:
    await _spend(ledger, "9", "user:widget:p1:2026-11-22")
    kept = budget(ledger, day=1_000, user_day=10, turn=10, conversation=10)
    assert await kept.ceiling(_ada()) == "sonnet"
    assert await kept.ceiling(Spender("turn-2", "widget:b", "widget:p2")) == "opus"
    assert await budget(ledger, day=1_000, user_day=0).ceiling(_ada()) == ""


async def test_the_state_is_believed_for_a_second(ledger: Ledger) -> None:
    looked = Away(ledger)
    kept = budget(looked, day=10)
    for _ in range(5):
        assert await kept.ceiling(None) == "opus"
    assert looked.calls == ["booked"]


async def test_many_people_at_once_are_all_told(ledger: Ledger) -> None:
    """More than whose state is remembered, while the store takes its time."""
    slow = Away(ledger, slow=asyncio.Event())
    kept = budget(slow, day=10, user_day=10)
    people = [Spender(f"t{n}", f"c{n}", f"u{n}") for n in range(LOOKS_MAX + 10)]
    first = asyncio.create_task(kept.ceiling(None))
    await asyncio.sleep(0)
    assert slow.slow
    slow.slow.set()
    await first
    slow.slow = asyncio.Event()
    looks = [asyncio.create_task(kept.ceiling(spender)) for spender in people]
    await asyncio.sleep(0)
    slow.slow.set()
    assert set(await asyncio.gather(*looks)) == {"opus"}
    assert len(kept._looked) <= LOOKS_MAX


async def test_a_day_is_the_business_own_and_begins_empty(ledger: Ledger) -> None:
    clock = Clock(datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    kept = budget(ledger, clock, "Europe/London", day=10, month=11)
    await budgeted(kept, Script()).complete(asked(), drafted())
    tokyo = budget(ledger, clock, "Asia/Tokyo", day=10)
    await budgeted(tokyo, Script()).complete(asked(), drafted())
    one = cost(A_LITTLE)
    accounts = ["day:2026-11-30", "month:2026-11", "day:2026-12-01", "month:2026-12"]
    assert list(await ledger.booked(accounts)) == [one] * 4
    await _spend(ledger, "10.5", "day:2026-11-30")
    assert await kept.ceiling(None) == ""
    clock.time += timedelta(hours=1)
    assert await kept.ceiling(None) == "opus"


def _metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_a_warning_is_given_once_for_each_step_and_the_metrics_tell(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    kept = budget(ledger, day=10, month=1_000)
    caplog.set_level(logging.INFO)

    async def warnings() -> list[str]:
        caplog.clear()
        kept._looked.clear()
        await kept.watch()
        kept._looked.clear()
        await kept.ceiling(_ada())
        return [record.message for record in caplog.records]

    assert await warnings() == []
    await _spend(ledger, "8")
    assert _metric("bridge_budget_limit_dollars", scope="day") == 10
    assert await warnings() == ["a budget is nearly spent"]
    assert _metric("bridge_budget_spent_dollars", scope="day") == 8
    assert await warnings() == []
    await _spend(ledger, "1.5")
    assert await warnings() == ["a budget is nearly spent"]
    await _spend(ledger, "0.6")
    assert await warnings() == ["a budget is spent"]
    assert await warnings() == []
    assert _metric("bridge_budget_spent_dollars", scope="month") == 0


async def test_refusals_and_costs_are_counted(ledger: Ledger) -> None:
    def refused() -> float:
        return _metric("bridge_budget_refused_total", scope="month") or 0.0

    def spent() -> float:
        return _metric("bridge_model_cost_dollars_total", model=SONNET) or 0.0

    before = refused(), spent()
    with pytest.raises(ModelError):
        await budgeted(budget(ledger, month="0.0001"), Script()).complete(asked(), drafted())
    await budgeted(budget(ledger), Script()).complete(asked(), drafted())
    assert refused() == before[0] + 1
    assert spent() == pytest.approx(before[1] + 0.0003)


# ---------------------------------------------------------------- settings


def test_limits_are_dollars_or_none() -> None:
    read = BudgetSettings.model_validate({"turn": "unlimited", "day": 0, "month": "12.50"})
    assert read.turn is None
    assert [read.day, read.month, read.conversation] == [Decimal(0), Decimal("12.5"), Decimal(3)]
    for wrong in ({"day": -1}, {"day": "much"}, {"alert_share": 0.99}, {"haiku_share": 1.0}, {"tenant": 5}):
        with pytest.raises(ValidationError) as caught:
            BudgetSettings.model_validate(wrong)
        assert len(caught.value.errors()) == 1


def test_the_longest_answers_of_channels_that_are_not_named_stay() -> None:
    read = BudgetSettings.model_validate({"output_tokens_max": {"slack": 900, "telegram": 400}})
    assert read.output_tokens_max == {"whatsapp": 500, "telegram": 400, "slack": 900}
    with pytest.raises(ValidationError):
        BudgetSettings.model_validate({"output_tokens_max": {"slack": 0}})

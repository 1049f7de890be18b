"""What may be spent on models: every call sets the most that it can cost aside before it is made, and books what it
did cost afterwards. Nearly spent, only cheaper models are asked; spent, only what costs nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from bridge import metrics
from bridge.brain.calls import Heard, hearing
from bridge.brain.claude_answer import InvalidRequest
from bridge.brain.estimates import cut_short, prompt_tokens
from bridge.brain.prices import NANO, NO_PRICE, PriceList
from bridge.brain.tokens import Meter
from bridge.errors import (
    ModelError,
    ModelOverflow,
    ModelOverloaded,
    ModelPaused,
    ModelRefused,
    ModelRejected,
    ModelUnreadable,
    ModelWordless,
    OverBudget,
    StoreUnavailable,
)
from bridge.logs import event
from bridge.ports import Cap, Ledger, Model, ModelReply, ModelRequest, Spender, ToolSpec, Writer
from bridge.types import Passage, Usage, new_id

_log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How long the state of an account is believed; what is set aside is always exact."""
LOOKS_MAX = 1_000
"""Accounts whose state is remembered for so long."""
BOOK_S = 5.0
"""How long the booking of a call may hold up whoever waits for the answer."""
TURN_S, DAY_S, MONTH_S = 3_600.0, 2 * 86_400.0, 40 * 86_400.0
"""How long accounts are remembered: longer than anything is put on them."""
UNLIMITED = 2**62
"""Nano-dollars: no limit, and nothing overflows in a database that counts in 64 bits."""

Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=4)]
Limit = Annotated[Dollars | None, BeforeValidator(lambda limit: None if limit == "unlimited" else limit)]
"""None for no limit: written as "unlimited", since TOML has no word for nothing."""

OUTPUT_TOKENS_MAX = {"whatsapp": 500, "telegram": 700}


class BudgetSettings(BaseModel, frozen=True, extra="forbid"):
    """What may be spent on models, in US dollars; 0 for nothing, "unlimited" for no limit. Days and months are those of
    `business.time_zone`."""

    turn: Limit = Field(Decimal(1), description="For one answer: retries, routing and summary included.")
    conversation: Limit = Field(
        Decimal(3), description="For one conversation in one day: a chat on a messenger never ends."
    )
    user_day: Limit = Field(Decimal(5), description="For one person in one day, in all conversations.")
    day: Limit = Field(Decimal(50), description="For one day.")
    month: Limit = Field(Decimal(500), description="For one month.")
    alert_share: float = Field(
        0.8,
        gt=0,
        lt=1,
        description="From this share of any limit on, Opus is not asked any more; when it is the limit of the day or "
        "of the month, a warning is logged.",
    )
    haiku_share: float = Field(
        0.95,
        gt=0,
        lt=1,
        description="From this share of any limit on, only Haiku is asked, and the backup model where one is set.",
    )
    output_tokens_max: Mapping[str, Annotated[int, Field(ge=100, le=20_000)]] = Field(
        OUTPUT_TOKENS_MAX,
        description="The longest answer in tokens, by channel, where it is shorter than the tier's; a channel that is "
        "not named has the tier's.",
    )

    @field_validator("output_tokens_max", mode="before")
    @classmethod
    def _keep_what_is_not_named(cls, data: Any) -> Any:
        return OUTPUT_TOKENS_MAX | data if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _shares_rise(self) -> Self:
        if self.alert_share > self.haiku_share:
            raise ValueError("alert_share is above haiku_share")
        return self


@dataclass(frozen=True, slots=True)
class _Account:
    scope: str
    """The setting that limits it."""
    name: str
    limit: int
    ttl_s: float

    def share(self, amount: int) -> float:
        """How full it is; from 1 on nothing fits."""
        return amount / self.limit if self.limit else 1.0


class Budget:
    """The accounts, and how full they are. Mutable: remembers for a moment what it read, and which alerts it gave."""

    def __init__(
        self,
        ledger: Ledger,
        prices: PriceList,
        settings: BudgetSettings,
        zone: ZoneInfo,
        *,
        lease_s: float,
        pdf_pages_max: int,
        meter: Meter | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`lease_s` is longer than any call; `pdf_pages_max` are the pages of all PDFs that come with a question;
        `meter` knows how far estimates are off."""
        self.prices = prices
        self._pdf_pages_max = pdf_pages_max
        self._meter = meter or Meter()
        self._ledger = ledger
        self._settings = settings
        self._zone = zone
        self._lease_s = lease_s
        self._now = now
        self._looked: dict[str, tuple[int, float]] = {}
        self._alerted: dict[str, tuple[str, float]] = {}
        for scope in ("day", "month"):
            if (limit := self._limit(scope)) is not None:
                metrics.BUDGET_LIMIT.labels(scope).set(limit / NANO)

    async def ceiling(self, spender: Spender | None) -> str:
        """The most able tier that may be asked, by the fullest account: "opus", "sonnet" or "haiku", or "" when only
        what costs nothing may answer, also when nobody can tell."""
        accounts = self._accounts(spender)
        try:
            amounts = await self._look(accounts)
        except StoreUnavailable:
            return ""
        fullest = max((it.share(amount) for it, amount in zip(accounts, amounts, strict=True)), default=0.0)
        if fullest >= 1.0:
            return ""
        if fullest >= self._settings.haiku_share:
            return "haiku"
        return "sonnet" if fullest >= self._settings.alert_share else "opus"

    def prompt_tokens(self, request: ModelRequest) -> int:
        """The most that a model reads of it."""
        factor = self._meter.factor(request.question)
        return prompt_tokens(request, pdf_pages_max=self._pdf_pages_max, factor=factor)

    async def watch(self) -> None:
        """Bring the metrics up to date, and warn when a limit comes near: once for each account and step."""
        try:
            await self._look(self._accounts(None))
        except StoreUnavailable:
            return  # the last known values stand

    async def set_aside(self, reservation: str, amount: int, spender: Spender | None) -> None:
        """May raise OverBudget, also when nobody can count: what cannot be counted is not spent."""
        accounts = self._accounts(spender)
        caps = [Cap(it.name, it.limit, it.ttl_s) for it in accounts]
        try:
            full = await self._ledger.set_aside(reservation, amount, caps, lease_s=self._lease_s)
        except StoreUnavailable as error:
            metrics.BUDGET_REFUSED.labels("store").inc()
            raise OverBudget("what is spent cannot be counted while the store is away") from error
        except asyncio.CancelledError:
            # It may be written all the same; what is booked now comes behind it.
            await self.book(reservation, 0)
            raise
        if full:
            scope = accounts[caps.index(full)].scope
            metrics.BUDGET_REFUSED.labels(scope).inc()
            raise OverBudget(
                f"a call of up to ${amount / NANO:.4f} does not fit any more: raise budget.{scope}, or wait"
            )

    async def book(self, reservation: str, amount: int) -> None:
        """Book what a call did cost, also when the caller is cancelled meanwhile. What cannot be booked stays set aside
        and counts as spent."""
        clock = asyncio.get_running_loop().time
        booking = asyncio.create_task(self._ledger.book(reservation, amount))
        until = clock() + BOOK_S
        cancelled: asyncio.CancelledError | None = None
        while not booking.done() and (left := until - clock()) > 0:
            try:
                await asyncio.wait([booking], timeout=left)
            except asyncio.CancelledError as error:
                cancelled = error
        if not booking.done():
            booking.cancel()
        if not booking.done() or isinstance(failed := booking.exception(), StoreUnavailable):
            words = "a call to a model could not be booked, and counts as the most that it can have cost"
            event(_log, words, level=logging.WARNING)
        elif failed:
            raise failed
        if cancelled:
            raise cancelled

    async def _look(self, accounts: Sequence[_Account]) -> Sequence[int]:
        """What is booked or set aside; as it was up to LOOK_S ago. May raise StoreUnavailable."""
        now = asyncio.get_running_loop().time()
        known = {it.name: seen[0] for it in accounts if (seen := self._looked.get(it.name)) and seen[1] + LOOK_S > now}
        if stale := [it for it in accounts if it.name not in known]:
            amounts = await self._ledger.booked([it.name for it in stale])
            if len(self._looked) + len(stale) > LOOKS_MAX:
                self._looked.clear()
            for it, amount in zip(stale, amounts, strict=True):
                known[it.name] = amount
                self._looked[it.name] = amount, now
                self._note(it, amount)
        return [known[it.name] for it in accounts]

    def _note(self, account: _Account, amount: int) -> None:
        """Only what belongs to everybody is told."""
        if account.scope not in ("day", "month"):
            return
        metrics.BUDGET_SPENT.labels(account.scope).set(amount / NANO)
        steps = (self._settings.alert_share, self._settings.haiku_share, 1.0)
        reached = max((step for step in steps if account.share(amount) >= step), default=0.0)
        alerted = self._alerted.get(account.scope)
        given = alerted[1] if alerted and alerted[0] == account.name else 0.0
        if account.limit and reached > given:
            self._alerted[account.scope] = (account.name, reached)
            spent, limit = f"${amount / NANO:.2f}", f"${account.limit / NANO:.2f}"
            event(
                _log,
                "a budget is nearly spent" if reached < 1.0 else "a budget is spent",
                level=logging.WARNING,
                scope=account.scope,
                spent=spent,
                limit=limit,
                fix=f"raise budget.{account.scope}, or look who spends it",
            )

    def _accounts(self, spender: Spender | None) -> list[_Account]:
        """Those that a call is put on: nearest first. Day and month are counted also where they have no limit."""
        now = self._now().astimezone(self._zone)
        day = f"{now:%Y-%m-%d}"
        names = {"day": (f"day:{day}", DAY_S), "month": (f"month:{now:%Y-%m}", MONTH_S)}
        if spender:
            names = {
                "turn": (f"turn:{spender.turn}", TURN_S),
                "conversation": (f"conversation:{spender.conversation}:{day}", DAY_S),
                "user_day": (f"user:{spender.user}:{day}", DAY_S),
            } | names
        limits = {scope: self._limit(scope) for scope in names}
        return [
            _Account(scope, name, UNLIMITED if (limit := limits[scope]) is None else limit, ttl_s)
            for scope, (name, ttl_s) in names.items()
            if limits[scope] is not None or scope in ("day", "month")
        ]

    def _limit(self, scope: str) -> int | None:
        """Nano-dollars; None for no limit."""
        limit: Decimal | None = getattr(self._settings, scope)
        return None if limit is None else int(limit * NANO)


Warming = Callable[[str, Sequence[ToolSpec]], Awaitable[Usage]]
"""Reads a system prompt below tools; what it took. May raise ModelError."""

_NOT_DONE = (ModelPaused, ModelOverloaded, ModelRejected, ModelUnreadable, ModelOverflow, OverBudget)
"""Before the first word these mean that the request was turned away: no provider asks money for that."""
_ALL_COUNTED = (ModelRefused, ModelWordless, ModelOverflow)
"""After these the provider's count is final."""


class _Noting:
    """Passes an answer on, and remembers what came."""

    def __init__(self, writer: Writer | None) -> None:
        self._writer = writer
        self._pieces: list[str] = []

    def write(self, text: str) -> None:
        self._pieces.append(text)
        if self._writer:
            self._writer.write(text)

    def cite(self, passages: Sequence[Passage]) -> None:
        if self._writer:
            self._writer.cite(passages)

    @property
    def text(self) -> str:
        return "".join(self._pieces)


@dataclass(frozen=True, slots=True)
class _Call:
    """What is known of one call."""

    noting: _Noting
    heard: Heard
    prompt: Usage
    """The most that it can have read."""
    unseen: int
    most: int
    """It can have put out."""

    @property
    def _came(self) -> str:
        """Of the answer: its text, and what it called."""
        return self.noting.text + "".join(self.heard.besides)

    def ended(self, counted: Usage) -> Usage:
        """What it used when the provider's count is final. Some servers count nothing, or only one half."""
        complete = counted.prompt_tokens and (counted.output_tokens or not self._came)
        return counted if complete else self._broken_off(counted, self.unseen)

    def failed(self, error: BaseException) -> Usage:
        """What it used when it ended so: a failure, a stop, a writer that wants no more of it."""
        told = self.heard.usage
        turned_away = isinstance(error, InvalidRequest) and told is None
        if isinstance(error, ModelError):
            told = told if error.usage is None else error.usage
            turned_away = told == Usage() or (told is None and isinstance(error, _NOT_DONE))
        if turned_away and not self._came:
            return Usage()
        if told and isinstance(error, _ALL_COUNTED):
            return self.ended(told)
        # All that was allowed went into thinking.
        unseen = self.most if isinstance(error, ModelWordless) else self.unseen
        return self._broken_off(told, unseen)

    def _broken_off(self, told: Usage | None, unseen: int) -> Usage:
        return cut_short(told, self._came, prompt=self.prompt, unseen=unseen, most=self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """A Model around one that makes a single call: nothing is spent that does not fit into the budget."""

    model: Model
    name: str
    """By which its price is known."""
    budget: Budget
    output_tokens_max: Callable[[ModelRequest], int]
    """The most that the model puts out for a request, thinking included."""
    unseen_tokens_max: int = 0
    """The thinking that an answer which broke off may have cost, unseen."""
    cached_1h: bool = False
    """Something of a request goes into the cache of one hour."""

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """Answer, block by block, as it comes. May raise any ModelError, also after something was written; OverBudget
        before."""
        prompt = self.budget.prompt_tokens(request)
        output = self.output_tokens_max(request)
        most = self.budget.prices.most(self.name, prompt, output, cached_1h=self.cached_1h)
        if most is None:
            metrics.BUDGET_REFUSED.labels("price").inc()
            raise OverBudget(NO_PRICE.format(model=self.name))
        if most == 0:  # it costs nothing, so it may also answer when everything is spent
            return await self.model.complete(request, writer)
        reservation = new_id()
        await self.budget.set_aside(reservation, most, request.spender)
        used = Usage()
        with hearing() as heard:
            call = _Call(_Noting(writer), heard, self._dearest(prompt), self.unseen_tokens_max, output)
            try:
                reply = await self.model.complete(request, call.noting)
                used = call.ended(reply.usage)
                return reply
            except BaseException as error:
                used = call.failed(error)
                raise
            finally:
                await self._book(reservation, request.spender, used)

    async def _book(self, reservation: str, spender: Spender | None, used: Usage) -> None:
        cost = self.budget.prices.cost(self.name, used) or 0
        metrics.MODEL_COST.labels(self.name).inc(cost / NANO)
        if spender:
            spender.bill.add(cost, used)
        await self.budget.book(reservation, cost)

    def _dearest(self, prompt: int) -> Usage:
        """So long a prompt where nobody told how much of it came from a cache, or went into one."""
        written = Usage(cache_write_1h_tokens=prompt) if self.cached_1h else Usage(cache_write_tokens=prompt)
        return max(written, Usage(input_tokens=prompt), key=lambda it: self.budget.prices.cost(self.name, it) or 0)

    async def warm(self, warming: Warming, system: str, tools: Sequence[ToolSpec] = ()) -> None:
        """Put tools and a system prompt into the model's cache, on everybody's account. May raise what `warming`
        raises, and OverBudget."""
        plain = replace(self, model=_Warming(warming), output_tokens_max=lambda _: 0, unseen_tokens_max=0)
        await plain.complete(ModelRequest(system=system, question="", tools=tuple(tools)), _Noting(None))


@dataclass(frozen=True, slots=True)
class _Warming:
    """A Model that reads tools and a system prompt, and says nothing."""

    warming: Warming

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        return ModelReply(model="", usage=await self.warming(request.system, request.tools))

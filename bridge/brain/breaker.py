"""Stops asking a model that fails, and finds out by one question at a time whether it answers again."""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bridge import metrics
from bridge.errors import (
    BridgeError,
    ModelOverloaded,
    ModelPaused,
    ModelRejected,
    ModelUnavailable,
    ModelUnreadable,
    ModelWordless,
)
from bridge.logs import event
from bridge.ports import Model, ModelReply, ModelRequest, Writer
from bridge.types import Passage, Usage

_log = logging.getLogger(__name__)

WINDOW_S = 30.0
CALLS_MIN = 10
FAILURES_MIN = 5
FAILED_SHARE = 0.5
"""It opens when so many of the calls that ended within the window failed."""

OPEN_S = 15.0
OPEN_S_MAX = 300.0
"""How long nobody asks; doubled each time the question that tries fails."""
REFUSAL_S = 1.0
REFUSED_OPEN_S = 2.0
REFUSED_OPEN_S_MAX = 8.0
"""The same for a model that says no within REFUSAL_S: then trying costs nobody any time, and a storm of 529 is noticed
to be over within ten seconds."""
REJECTED_OPEN_S = 300.0
"""The same while the account is not served: a person has to act."""
PAUSE_S_MAX = 3_600.0
"""No `retry-after` is believed further than that."""

State = Literal["closed", "open", "half_open", "paused"]
GAUGE: Mapping[State, float] = {"closed": 0.0, "paused": 0.25, "half_open": 0.5, "open": 1.0}


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to ask once. What it comes to counts only while the breaker has not opened or closed since."""

    generation: int
    tries: bool
    """It finds out whether the model answers again."""


class Breaker:
    """The decision alone: every call brings the time, in seconds that only rise. Mutable. There is one for each model,
    whoever asks it.

    Every ticket is handed back once by `succeeded`, `failed`, `rejected` or `dropped`."""

    def __init__(self) -> None:
        self.rejection = ""
        """Why the account is not served; "" where that is not it."""
        self.told: State = "closed"
        """What was last said of it in the log."""
        self._generation = 0
        self._open_until: float | None = None
        self._open_s = 0.0
        self._trying = False
        self._warned = False
        """It is half open for what others found, and for nothing else."""
        self._paused_until = 0.0
        self._seconds: deque[tuple[int, int, int]] = deque()
        """Second, calls and failures that ended in it."""

    def state(self, now: float) -> State:
        if self._open_until is not None:
            return "open" if now < self._open_until else "half_open"
        return "paused" if now < self._paused_until else "closed"

    def wait_s(self, now: float) -> float:
        """So long nobody may ask."""
        return max(0.0, self._paused_until - now, (self._open_until or 0.0) - now)

    def admit(self, now: float) -> Ticket | None:
        """May somebody ask? While it is half open, one may."""
        if self.wait_s(now) > 0 or self._trying:
            return None
        self._trying = self._open_until is not None
        return Ticket(self._generation, self._trying)

    def succeeded(self, ticket: Ticket, now: float) -> None:
        """The model answered, whatever it said."""
        if ticket.generation != self._generation:
            return
        if ticket.tries:
            self._turn(None)
            self._open_s = 0.0
        else:
            self._count(now, failed=False)

    def failed(self, ticket: Ticket, now: float, *, took_s: float) -> None:
        """The model gave no answer, which took so long to learn."""
        if ticket.generation != self._generation:
            return
        if not ticket.tries:
            self._count(now, failed=True)
            if not self._too_many():
                return
        refused = took_s <= REFUSAL_S
        least, most = (REFUSED_OPEN_S, REFUSED_OPEN_S_MAX) if refused else (OPEN_S, OPEN_S_MAX)
        self._open_s = min(max(2 * self._open_s, least), most)
        self._turn(now + self._open_s)

    def rejected(self, ticket: Ticket, now: float) -> None:
        """The account is not served."""
        if ticket.generation == self._generation:
            self._turn(now + REJECTED_OPEN_S)

    def paused(self, ticket: Ticket, now: float, wait_s: float) -> None:
        """The model says when it wants to be asked again."""
        self._paused_until = max(self._paused_until, now + min(wait_s, PAUSE_S_MAX))
        self.dropped(ticket)

    def dropped(self, ticket: Ticket) -> None:
        """The call ended and tells nothing about the model."""
        if ticket.tries and ticket.generation == self._generation:
            self._trying = False

    def warned(self, now: float) -> None:
        """Another process does not ask any more: one question tries before all are sent."""
        if self.state(now) == "closed":
            self._turn(now)
            self._warned = True

    def reassured(self) -> None:
        """Nobody says any more that it fails."""
        if self._warned and not self._trying:
            self._turn(None)

    def _turn(self, open_until: float | None) -> None:
        self._generation += 1
        self._warned = False
        self._open_until = open_until
        self._trying = False
        self._seconds.clear()

    def _count(self, now: float, *, failed: bool) -> None:
        second, calls, failures = int(now), 0, 0
        if self._seconds and self._seconds[-1][0] == second:
            _, calls, failures = self._seconds.pop()
        self._seconds.append((second, calls + 1, failures + failed))
        while self._seconds[0][0] <= now - WINDOW_S:
            self._seconds.popleft()

    def _too_many(self) -> bool:
        calls = sum(calls for _, calls, _ in self._seconds)
        failures = sum(failures for *_, failures in self._seconds)
        return calls >= CALLS_MIN and failures >= FAILURES_MIN and failures >= FAILED_SHARE * calls


@dataclass(slots=True)
class Breaking:
    """A model behind a breaker, which it may share with others that ask the same model in another way."""

    model: Model
    name: str
    """Provider and model."""
    clock: Callable[[], float] = time.monotonic
    breaker: Breaker = field(default_factory=Breaker)

    def __post_init__(self) -> None:
        metrics.BREAKER_OPEN.labels(self.name).set_function(lambda: GAUGE[self.state])

    @property
    def state(self) -> State:
        return self.breaker.state(self.clock())

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """As the model; raises at once, without asking: ModelPaused while it is open, ModelRejected while it is open
        because the account is not served, ModelOverloaded while the model itself wants to be left alone."""
        ticket = self._admitted()
        began = self.clock()
        heard = _Heard(writer, lambda: self._answers(ticket)) if ticket.tries else writer
        try:
            reply = await self.model.complete(request, heard)
        except BaseException as error:
            self._learn(ticket, error, began)
            turned_away = isinstance(error, (ModelOverloaded, ModelUnavailable)) and error.usage == Usage()
            if turned_away and self.state == "open":
                # Nobody has to wait to be told the same again.
                raise ModelPaused(str(error), usage=Usage()) from error
            raise
        self._answers(ticket)
        return reply

    def _admitted(self) -> Ticket:
        now = self.clock()
        if ticket := self.breaker.admit(now):
            return ticket
        state, spent = self.breaker.state(now), Usage()
        if state == "paused":
            wait_s = self.breaker.wait_s(now)
            raise ModelOverloaded(f"{self.name} wants to be left alone for now", retry_after_s=wait_s, usage=spent)
        if self.breaker.rejection:
            raise ModelRejected(self.breaker.rejection, usage=spent)
        raise ModelPaused(f"{self.name} failed too often just now and is not asked", usage=spent)

    def _learn(self, ticket: Ticket, error: BaseException, began: float) -> None:
        now = self.clock()
        match error:
            case ModelRejected():
                self.breaker.rejection = str(error)
                self.breaker.rejected(ticket, now)
            case ModelOverloaded(retry_after_s=float(wait_s)) if wait_s > 0:
                self.breaker.paused(ticket, now, wait_s)
            case ModelWordless():
                self.breaker.succeeded(ticket, now)
            case ModelUnreadable():
                # Perhaps nothing was sent: a model that takes no files says so by itself.
                self.breaker.dropped(ticket)
            case ModelOverloaded() | ModelUnavailable():
                self.breaker.rejection = ""
                self.breaker.failed(ticket, now, took_s=now - began)
            case BridgeError():
                self.breaker.succeeded(ticket, now)
            case _:
                self.breaker.dropped(ticket)
        self._tell()

    def _answers(self, ticket: Ticket) -> None:
        self.breaker.succeeded(ticket, self.clock())
        self._tell()

    def _tell(self) -> None:
        """Say once that the model went away, and once that it is back."""
        state, breaker = self.state, self.breaker
        if state == "open" != breaker.told:
            level = logging.ERROR if breaker.rejection else logging.WARNING
            why = breaker.rejection or "it keeps failing"
            event(_log, "model_not_asked", level=level, model=self.name, message=why)
        if state == "closed" and breaker.told == "open":
            event(_log, "model_is_back", model=self.name)
            breaker.rejection = ""
        if state in ("open", "closed"):
            breaker.told = state


@dataclass(frozen=True, slots=True)
class _Heard:
    """A writer that says when the first text comes: whoever waits for the end of an answer keeps all others away from
    a model that is back."""

    writer: Writer
    begun: Callable[[], None]

    def write(self, text: str) -> None:
        self.begun()
        self.writer.write(text)

    def cite(self, passages: Sequence[Passage]) -> None:
        self.writer.cite(passages)


def states(models: Sequence[Breaking]) -> Mapping[str, State]:
    """Every model's state by its name, for /readyz."""
    return {model.name: model.state for model in models}

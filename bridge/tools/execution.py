"""Runs a tool that is allowed, within its time, and says how it ended: done, not done, or nobody knows. Whatever it
raises, nothing of that is told on, and nothing of the arguments is logged."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from bridge import metrics
from bridge.errors import BackendRefused, BackendUnavailable, LeaseLost, StoreUnavailable, ToolError
from bridge.logs import event
from bridge.ports import Backend, Retriever, ToolSession
from bridge.tools import results
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import AnyTool, Done, Tickets, Tier, ToolContext
from bridge.types import Passage

log = logging.getLogger(__name__)
T = TypeVar("T")

INSIST_S = 8.0
INSIST_REST_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a tool ended."""

    outcome: Literal["done", "failed", "unknown"]
    told: Mapping[str, Any] | str
    digest: str = ""
    passages: tuple[Passage, ...] = ()
    ends: Literal["", "person"] = ""
    does: tuple[str, ...] = ()
    again: bool = False
    """It failed for now, and nothing was done: it may be tried again."""


UNCLEAR = Ran(outcome="unknown", told=results.UNKNOWN, ends="person")
"""Nobody knows whether it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """What tools work with."""

    settings: ToolsSettings
    backend: Backend | None = None
    retriever: Retriever | None = None
    tickets: Tickets | None = None
    business: Mapping[str, Any] = field(default_factory=dict)

    @property
    def operations(self) -> frozenset[str]:
        """What tools may need: the backend's operations, and `tickets` and `search` where there are such."""
        own = {"tickets"} if self.tickets else set()
        own |= {"search"} if self.retriever else set()
        return frozenset(own) | (self.backend.operations if self.backend else frozenset())

    async def check(self, tool: AnyTool, args: Any, session: ToolSession) -> Ran | Tier:
        """Why a write could not be done, as far as that shows beforehand; else what it takes, as far as that shows
        only then. May raise LeaseLost, StoreUnavailable."""
        tiers: list[Tier] = []

        async def look() -> Done:
            if tool.check:
                tiers.append(await tool.check(args, self._context(session, "")))
            return Done(data="")

        ran = await self._ended(tool, look(), writes=False)
        return ran if ran.outcome != "done" else next(iter(tiers), tool.tier)

    async def run(self, tool: AnyTool, args: Any, session: ToolSession, key: str = "") -> Ran:
        """Do it. May raise LeaseLost, StoreUnavailable."""
        return await self._ended(tool, tool.run(args, self._context(session, key)), writes=bool(key) and not tool.again)

    def _context(self, session: ToolSession, key: str) -> ToolContext:
        return ToolContext(
            identity=session.identity,
            language=session.language,
            session=session,
            settings=self.settings,
            key=key,
            backend=self.backend,
            retriever=self.retriever,
            tickets=self.tickets,
            business=self.business,
        )

    async def _ended(self, tool: AnyTool, work: Awaitable[Done], *, writes: bool) -> Ran:
        away = Ran(outcome="failed", told=results.NOT_AVAILABLE, again=True)
        with metrics.TOOL_SECONDS.labels(tool.name).time():
            try:
                async with asyncio.timeout(self.settings.timeout_s):
                    done = await work
            except (LeaseLost, StoreUnavailable):
                raise
            except ToolError as error:
                return Ran(outcome="failed", told=results.sentence(str(error)))
            except BackendRefused as error:
                return Ran(outcome="failed", told=results.sentence(error.reason))
            except BackendUnavailable as error:
                _log(tool, error)
                return UNCLEAR if writes and error.unknown else away
            except TimeoutError as error:
                _log(tool, error)
                return UNCLEAR if writes else away
            except Exception as error:  # whatever went wrong inside, the model hears a sentence of ours
                metrics.BUGS.labels("tool").inc()
                _log(tool, error, level=logging.ERROR)
                return UNCLEAR if writes else replace(away, told=results.WENT_WRONG)
        return Ran(
            outcome="done",
            told=done.data,
            digest=done.digest,
            passages=done.passages,
            ends=done.ends,
            does=done.does,
        )


async def insist(write: Callable[[], Awaitable[T]]) -> T:
    """Write down what was done elsewhere, also when the store is away for a moment: nobody else knows it.
    May raise what `write` does; StoreUnavailable after INSIST_S."""
    until = asyncio.get_running_loop().time() + INSIST_S
    while True:
        try:
            return await write()
        except StoreUnavailable:
            if asyncio.get_running_loop().time() >= until:
                raise
        await asyncio.sleep(INSIST_REST_S)


async def uninterrupted(work: Coroutine[Any, Any, T], unheard: Callable[[T], Awaitable[None]] | None = None) -> T:
    """Do it to its end, also when whoever asked is cancelled meanwhile: then they are cancelled afterwards, and
    `unheard` is told how it ended. What is done elsewhere must be written down."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled and (task.cancelled() or task.exception() is None):
        if unheard and not task.cancelled():
            await unheard(task.result())
        raise asyncio.CancelledError
    return task.result()


def _log(tool: AnyTool, error: BaseException, *, level: int = logging.WARNING) -> None:
    """Its kind and place; its words may hold what must not be logged."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    event(log, "a tool failed", level=level, tool=tool.name, error=type(error).__name__, place=place)

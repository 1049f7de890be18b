"""Messages in, turns out: make a message safe and return at once; run one task per busy conversation."""

import asyncio
import logging
import time
from typing import Any

from bridge import metrics, wishes
from bridge.errors import LeaseLost, StoreUnavailable
from bridge.logs import event
from bridge.ports import Accepted, Claim, Store
from bridge.turn import LEASE_S, TurnRunner
from bridge.types import ConversationId, Inbound, TurnId

log = logging.getLogger(__name__)

CLAIM_WAIT_S = 0.5
"""How long one look for work takes at most."""
LOOKS_MAX = 4
"""Looks for work at once: a claim waits for its commit, and those that are made together share one."""
STORE_RETRY_S = 1.0
TURN_RETRY_S = 2.0
"""Rest before a turn that failed unexpectedly is begun again."""


class Dispatch:
    """Mutable. `turns_max` turns run at once; on close they get `drain_s` to end before they are handed over."""

    def __init__(self, store: Store, *, turns_max: int, drain_s: float) -> None:
        self._store = store
        self._places = self._turns_max = turns_max
        self._drain_s = drain_s
        self._closing = asyncio.Event()
        self._running: dict[TurnId, asyncio.Event] = {}
        self._failing = False
        """The newest look for work failed."""

    async def receive(self, inbound: Inbound) -> Accepted:
        """Keep a message; on return it survives a crash. May raise StoreUnavailable."""
        started = time.perf_counter()
        accepted = await self._store.accept(inbound)
        metrics.ACCEPT_SECONDS.observe(time.perf_counter() - started)
        metrics.MESSAGES.labels(inbound.address.channel, str(accepted.fresh).lower()).inc()
        return accepted

    async def stop(self, turn_id: TurnId) -> None:
        """End a turn's writing early, also one that has not begun or runs in another process. A message that joins a
        waiting turn later is answered all the same. May raise StoreUnavailable."""
        turn = await self._store.turn(turn_id)
        if turn and turn.reply is None:
            await wishes.stop(self._store, turn)
            self._tell(turn_id)

    async def stop_all(self, conversation_id: ConversationId) -> int:
        """Stop every unfinished turn of a conversation; how many there were. May raise StoreUnavailable."""
        unfinished = await self._store.unfinished(conversation_id)
        for turn_id in unfinished:
            await self.stop(turn_id)
        return len(unfinished)

    async def amend(self, inbound: Inbound, deleted: bool) -> None:
        """A message was changed, or taken back: an answer that is not complete is made anew, or not at all. The change
        may come before the message. May raise StoreUnavailable."""
        await wishes.amend(self._store, inbound, deleted=deleted)
        for turn_id in await self._store.unfinished(inbound.address.conversation_id):
            turn = await self._store.turn(turn_id)
            if turn and any(kept.event_id == inbound.event_id for kept in turn.inbounds):
                await wishes.again(self._store, turn)
                self._tell(turn_id)

    def _tell(self, turn_id: TurnId) -> None:
        """There is a wish about a turn; one that runs elsewhere looks for itself."""
        if running := self._running.get(turn_id):
            running.set()

    def status(self) -> dict[str, Any]:
        """For /readyz: whether turns can be claimed here, and how many run."""
        return {"ready": not self._failing, "running": len(self._running)}

    def close(self) -> None:
        """Begin no more turns; `run` returns when those that run have ended or been handed over."""
        self._closing.set()

    async def run(self, runner: TurnRunner) -> None:
        """Claim and run turns until closed."""
        tasks: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            closing = group.create_task(self._closing.wait())
            looks = min(LOOKS_MAX, self._turns_max)
            await asyncio.gather(*(self._begin_turns(group, closing, tasks, runner) for _ in range(looks)))
            if tasks:
                await asyncio.wait(tasks, timeout=self._drain_s)
            for task in tasks:
                task.cancel()

    async def _begin_turns(
        self,
        group: asyncio.TaskGroup,
        closing: asyncio.Task[bool],
        tasks: set[asyncio.Task[None]],
        runner: TurnRunner,
    ) -> None:
        """One turn after the other, while there is room among the `tasks`, until `closing`."""

        def over(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            self._places += 1

        while not closing.done():
            # A free place first: what is claimed is begun at once, never kept waiting under a lease.
            if not self._places:
                await asyncio.wait([closing, *tasks], return_when=asyncio.FIRST_COMPLETED)
                continue
            self._places -= 1
            if claim := await self._claim(group, closing):
                task = group.create_task(self._handle(claim, runner))
                tasks.add(task)
                task.add_done_callback(over)
            else:
                self._places += 1

    async def _claim(self, group: asyncio.TaskGroup, closing: asyncio.Task[bool]) -> Claim | None:
        """The next turn; None when there is none for now, or when we close."""
        looking = group.create_task(self._look())
        await asyncio.wait([closing, looking], return_when=asyncio.FIRST_COMPLETED)
        if not looking.done():
            looking.cancel()
            await asyncio.wait([looking])
        return None if looking.cancelled() else looking.result()

    async def _look(self) -> Claim | None:
        try:
            claim = await self._store.claim(lease_s=LEASE_S, wait_s=CLAIM_WAIT_S)
            self._failing = False
            return claim
        except StoreUnavailable as error:
            event(log, "cannot look for work", level=logging.WARNING, error=error)
        except Exception as error:  # one turn that cannot be begun cannot stop the others
            metrics.BUGS.labels("dispatch").inc()
            event(log, "looking for work failed", level=logging.ERROR, exc_info=error)
        self._failing = True
        await asyncio.sleep(STORE_RETRY_S)
        return None

    async def _handle(self, claim: Claim, runner: TurnRunner) -> None:
        told = self._running[claim.turn.id] = asyncio.Event()
        if claim.attempts > 1:
            metrics.TURN_RETRIES.labels("again").inc()
        metrics.TURNS_RUNNING.inc()
        try:
            await runner.run(claim, told)
        except LeaseLost as error:
            event(log, "lease lost", level=logging.WARNING, error=error)
        except asyncio.CancelledError:
            # Handed over: the next process goes on in the same message.
            await self._give_back(claim, delay_s=0.0, blame=False)
            raise
        except Exception as error:  # one conversation cannot stop the others
            metrics.BUGS.labels("dispatch").inc()
            event(log, "turn failed", level=logging.ERROR, turn=claim.turn.id, exc_info=error)
            await self._give_back(claim, delay_s=TURN_RETRY_S, blame=True)
        finally:
            metrics.TURNS_RUNNING.dec()
            self._running.pop(claim.turn.id, None)

    async def _give_back(self, claim: Claim, *, delay_s: float, blame: bool) -> None:
        try:
            await self._store.park(claim, delay_s=delay_s, blame=blame)
        except LeaseLost:
            pass  # it has an owner, or its end is being written
        except StoreUnavailable as error:
            event(log, "cannot give a turn back; its lease will end", level=logging.WARNING, error=error)

"""Messages in, turns out, on Redis: see ports.Inbox, and `lua/_boxes.lua` for how mailboxes are kept.

Every verb is one script, so one step for the server. Of a call whose answer is lost nobody knows whether it was done;
each may be made again: a message is known by its `event_id`, a turn that was finished by the same claim with the same
words is finished, and a look for work that is made again gets the claim that it had got.
"""

import asyncio
import hashlib
from collections import deque

from bridge.errors import LeaseLost, StoreUnavailable
from bridge.failpoints import reach
from bridge.ports import Accepted, Claim, Step
from bridge.stores import _rows
from bridge.stores.redis.doorbell import POLL_S, Doorbell
from bridge.stores.redis.part import Part, Settings
from bridge.stores.redis.server import Script, Server
from bridge.stores.redis.times import milliseconds
from bridge.types import ConversationId, Inbound, Outcome, Reply, Turn, TurnId, new_id

DAY_S = 24 * 3600.0

LOST_LOOKS_MAX = 16
"""Looks without an answer that are made again; the leases of others end by themselves."""

_ACCEPT = Script("accept", "_boxes")
_CLAIM = Script("claim", "_boxes")
_RENEW = Script("renew")
_RECORD = Script("record")
_FINISH = Script("finish", "_boxes")
_PARK = Script("park", "_boxes")


class Inbox(Part):
    """The part of a store that ports.Inbox describes."""

    def __init__(self, server: Server, settings: Settings) -> None:
        super().__init__(server, settings)
        self._doorbell = Doorbell(server)
        self._lost_looks: deque[str] = deque(maxlen=LOST_LOOKS_MAX)
        self._quiet_ms = milliseconds(settings.quiet_days * DAY_S)
        self._seen_ms = milliseconds(settings.seen_days * DAY_S)

    async def accept(self, inbound: Inbound) -> Accepted:
        reach("accept.before_commit")
        turn_id, fresh = await self._server.run(
            _ACCEPT,
            hashlib.sha256(inbound.event_id.encode()).hexdigest(),
            inbound.address.conversation_id,
            new_id(),
            _rows.INBOUND.write(inbound),
            self._settings.inbounds_max,
            self._seen_ms,
            milliseconds(inbound.more_within_s),
        )
        reach("accept.after_commit")
        return Accepted(TurnId(turn_id), fresh=bool(fresh))

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            claim, soon_s = await self._look(lease_s)
            if claim:
                reach("claim.after")
                return claim
            if (left := until - loop.time()) <= 0:
                return None
            await self._doorbell.wait(min(left, soon_s, POLL_S))

    async def _look(self, lease_s: float) -> tuple[Claim | None, float]:
        """A claim, or in how many seconds there may be one. A caller that goes away meanwhile keeps nothing."""
        look = self._lost_looks.popleft() if self._lost_looks else new_id()
        looking = asyncio.ensure_future(self._server.run(_CLAIM, milliseconds(lease_s), look))
        try:
            answer = await asyncio.shield(looking)
        except StoreUnavailable:
            self._lost_looks.append(look)
            raise
        except asyncio.CancelledError:
            await self._undo(looking, look)
            raise
        if not answer[0]:
            return None, POLL_S if answer[1] < 0 else answer[1] / 1000
        claim, whole = _claim(answer)
        if whole:
            return claim, 0.0
        failed = Turn(
            id=claim.turn.id,
            conversation_id=claim.turn.conversation_id,
            inbounds=claim.turn.inbounds,
            reply=Reply(text="", outcome=Outcome.FAILED),
        )
        await self._finish(claim, _rows.TURN.write(failed) if failed.inbounds else "", unread=True)
        return None, 0.0

    async def _undo(self, looking: "asyncio.Future[list[object]]", look: str) -> None:
        """Give back what a look gets that nobody waits for any more. It ends within the bounds of any call."""
        try:
            answer = await looking
            if answer[0]:
                await self.park(_claim(answer)[0], delay_s=0.0, blame=False)
        except StoreUnavailable:
            self._lost_looks.append(look)
        except LeaseLost:
            pass

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        await self._server.run(_RENEW, claim.turn.conversation_id, claim.fence, milliseconds(lease_s))

    async def record(self, claim: Claim, step: Step) -> None:
        body = _rows.STEP.write(step)
        await self._server.run(_RECORD, claim.turn.conversation_id, claim.fence, claim.turn.id, step.key, body)

    async def finish(self, claim: Claim, turn: Turn) -> None:
        reach("finish.before")
        await self._finish(claim, _rows.TURN.write(turn))
        reach("finish.after")

    async def _finish(self, claim: Claim, body: str, *, unread: bool = False) -> None:
        await self._server.run(
            _FINISH,
            claim.turn.conversation_id,
            claim.fence,
            claim.turn.id,
            body,
            self._settings.turns_max,
            self._quiet_ms,
            int(unread),
        )

    async def park(self, claim: Claim, *, delay_s: float, blame: bool = True) -> None:
        about = (claim.turn.conversation_id, claim.fence, claim.turn.id)
        await self._server.run(_PARK, *about, milliseconds(delay_s), int(blame))

    async def close(self) -> None:
        await self._doorbell.close()
        await super().close()


def _claim(answer: list[object]) -> tuple[Claim, bool]:
    """What the script gave, and whether all messages of the turn could be read."""
    _, conversation, turn, fence, attempts, texts, steps = answer
    turn_id = TurnId(str(turn))
    inbounds, whole = _rows.inbounds(list(texts), turn_id)  # type: ignore[call-overload]
    told = Turn(id=turn_id, conversation_id=ConversationId(str(conversation)), inbounds=inbounds)
    read = _rows.steps(list(steps), turn_id)  # type: ignore[call-overload]
    return Claim(turn=told, fence=int(str(fence)), attempts=int(str(attempts)), steps=read), whole

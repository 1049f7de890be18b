"""Follows messages to their end: what Twilio tells of them later, and what is done about a failure."""

import logging
from typing import Literal

from bridge import metrics
from bridge.channels.whatsapp.codes import NOT_SENT, TOO_FAST, TOO_FAST_WAIT_S, WINDOW_CLOSED
from bridge.channels.whatsapp.inbound import Told
from bridge.channels.whatsapp.ledger import Ledger, has_failed
from bridge.logs import event
from bridge.ports import ChannelContext
from bridge.types import Turn

log = logging.getLogger(__name__)

AGAIN_MAX = 3
"""How often messages of a turn are sent again because they failed after all."""
Result = Literal["again", "kept", "lost"]
_WORDS: dict[Result, str] = {
    "again": "it is sent again",
    "kept": "its text waits for the person to write again",
    "lost": "it is given up",
}


class Follower:
    """Has no state of its own. May raise StoreUnavailable throughout."""

    def __init__(self, context: ChannelContext, ledger: Ledger) -> None:
        self._context = context
        self._ledger = ledger

    async def hear(self, told: Told) -> None:
        """Take a status callback in. Whoever sent the message hears of it from the ledger while they wait; later it
        is for us to act, once."""
        await self._ledger.told(told.sid, told.status, told.error_code)
        if told.turn_id and await self._ledger.post(told.turn_id, told.page) is None:
            # The answer to the call that made it was lost, or the process that made it has died.
            await self._ledger.posted(told.turn_id, told.page, told.sid)
        if has_failed(told.status):
            await self.failed(told.sid, told.error_code)
        elif told.status in ("delivered", "read"):
            await self._ledger.unwatch(told.sid)

    async def failed(self, sid: str, code: int) -> None:
        """A message was lost after it had counted as sent: send its text again, or keep it, where that makes sense."""
        watched = await self._ledger.unwatch(sid)
        if watched is None:
            return
        turn_id, text = watched
        turn = await self._context.store.turn(turn_id)
        result = await self._rescue(turn, text, sid, code) if turn else "lost"
        metrics.DELIVERY_WRITES.labels("whatsapp", "callback", result).inc()
        level = logging.ERROR if result == "lost" else logging.WARNING
        event(log, f"a message was not delivered: {_WORDS[result]}", level=level, sid=sid, code=code, turn=turn_id)

    async def _rescue(self, turn: Turn, text: str, sid: str, code: int) -> Result:
        person = turn.address.key
        is_template = await self._ledger.knock(turn.id) == sid
        if is_template and not text:
            return "kept"
        if code == WINDOW_CLOSED:
            await self._ledger.close_window(person)
        elif is_template and not await self._ledger.window_open(person):
            await self._ledger.keep(person, turn.id, text)
            return "kept"
        worth_it = is_template or code == WINDOW_CLOSED or code in TOO_FAST or code in NOT_SENT
        if not worth_it or await self._ledger.count_again(turn.id) > AGAIN_MAX:
            return "lost"
        await self._context.send_later(turn, text, TOO_FAST_WAIT_S if code in TOO_FAST else 0.0)
        return "again"

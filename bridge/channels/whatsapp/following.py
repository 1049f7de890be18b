"""Follows messages to their end: what Twilio tells of them later, and what is done about a failure."""

import logging

from bridge import metrics
from bridge.channels.whatsapp.codes import NOT_SENT, TOO_FAST, TOO_FAST_WAIT_S, WINDOW_CLOSED
from bridge.channels.whatsapp.inbound import Told
from bridge.channels.whatsapp.ledger import Ledger, has_failed
from bridge.logs import event
from bridge.ports import ChannelContext

log = logging.getLogger(__name__)

AGAIN_MAX = 3
"""How often messages of a turn are sent again because they failed after all."""


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
        """A message was lost after it had counted as sent: send its text again where that makes sense."""
        watched = await self._ledger.unwatch(sid)
        if watched is None:
            return
        turn_id, text = watched
        metrics.DELIVERY_WRITES.labels("whatsapp", "callback", "failed").inc()
        turn = await self._context.store.turn(turn_id)
        worth_it = code == WINDOW_CLOSED or code in TOO_FAST or code in NOT_SENT
        if turn is None or not worth_it or await self._ledger.count_again(turn_id) > AGAIN_MAX:
            event(log, "a message was not delivered", level=logging.ERROR, sid=sid, code=code, turn=turn_id)
            return
        if code == WINDOW_CLOSED:
            await self._ledger.close_window(turn.address.key)
        event(log, "a message is sent again", level=logging.WARNING, sid=sid, code=code, turn=turn_id)
        await self._context.send_later(turn, text, TOO_FAST_WAIT_S if code in TOO_FAST else 0.0)

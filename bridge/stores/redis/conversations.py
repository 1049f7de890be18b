"""What was said, on Redis.

A conversation's finished turns are one list of ids and one hash of bodies, which expire together; `turn:ID` says in
which conversation a turn is, for as long after its end.
"""

from collections.abc import Sequence

from bridge.stores import _rows
from bridge.stores.redis.part import Part
from bridge.stores.redis.server import Script
from bridge.types import Conversation, ConversationId, Turn, TurnId

_CONVERSATION = Script("conversation")
_TURN = Script("turn")


class Conversations(Part):
    """See ports.Conversations. Keeps `turns_max` turns of a conversation, until it was quiet for `quiet_days`."""

    async def conversation(self, conversation_id: ConversationId, *, turns_max: int) -> Conversation:
        kept = await self._server.read(_CONVERSATION, conversation_id, turns_max)
        turns = (_rows.TURN.read(body, turn_id) for turn_id, body in kept if body)
        return Conversation(id=conversation_id, turns=tuple(turn for turn in turns if turn))

    async def turn(self, turn_id: TurnId) -> Turn | None:
        found = await self._server.run(_TURN, turn_id)
        if not found:
            return None
        conversation_id, body, texts = found
        if body:
            return _rows.TURN.read(body, turn_id)
        inbounds, _ = _rows.inbounds(texts, turn_id)
        return Turn(id=turn_id, conversation_id=conversation_id, inbounds=inbounds) if inbounds else None

    async def unfinished(self, conversation_id: ConversationId) -> Sequence[TurnId]:
        turns: list[TurnId] = await self._server.call("LRANGE", self._server.keys("turns", conversation_id), 0, -1)
        return turns

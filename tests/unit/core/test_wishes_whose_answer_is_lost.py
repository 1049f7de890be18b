"""What people want of turns that run, while the store is in trouble."""

from datetime import UTC, datetime

from bridge import wishes
from bridge.errors import StoreUnavailable
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, Inbound, Sender, Turn, TurnId


class AnswersLost(MemoryStore):
    """What is deleted is deleted, and nobody hears of it."""

    async def delete(self, key: str) -> bool:
        await super().delete(key)
        raise StoreUnavailable("the answer is lost")


async def test_a_wish_that_was_taken_without_an_answer_is_not_lost() -> None:
    address = Address("widget", "a")
    asked = Inbound(
        event_id="e1", address=address, sender=Sender("a"), text="When?", received_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    turn = Turn(id=TurnId("t1"), conversation_id=address.conversation_id, inbounds=(asked,))
    store = AnswersLost(Settings())

    await wishes.again(store, turn)

    assert await wishes.about(store, turn) == "again"
    assert await wishes.about(store, turn) is None

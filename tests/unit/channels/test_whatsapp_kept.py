"""Answers that wait for a person on WhatsApp to write again are given up only once they are on their way."""

from bridge.channels.whatsapp.ledger import TAKING_S, Ledger
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import TurnId

PERSON = "+4915112345678"


async def _taken(ledger: Ledger) -> list[tuple[str, str]]:
    return [(key, text) async for key, _, text in ledger.take_kept(PERSON)]


async def test_who_dies_with_an_answer_in_hand_leaves_it_to_the_next() -> None:
    now = 1_000.0
    ledger = Ledger(MemoryStore(Settings(), clock=lambda: now), "whatsapp:+1")
    for text in ("one", "two", "three"):
        await ledger.keep(PERSON, TurnId("t"), text)
    (first, _), (second, _), _ = await _taken(ledger)
    await ledger.sent(first)
    await ledger.not_sent(second)
    assert [text for _, text in await _taken(ledger)] == ["two"], "the others are in somebody's hand, or on their way"
    now += TAKING_S + 1.0
    assert [text for _, text in await _taken(ledger)] == ["two", "three"]
    assert [text for _, text in await ledger.kept(PERSON)] == ["two", "three"]

"""A ticket that a tool opened, as people at the desk see it."""

from bridge.tickets import Ticket
from bridge.tickets.desk import DeskSink
from bridge.tickets.written import written
from tests.fakes.desk_room import DeskChannel, Room


async def test_the_card_says_what_it_is_about_and_when_somebody_waits_for_a_call() -> None:
    room = Room()
    channel = DeskChannel(room)
    ticket = Ticket(
        number="ABCD-2345",
        reason="callback",
        conversation_id="widget:1",
        turn_id="1" * 32,
        asked_at="2026-11-23T09:00:00+00:00",
        customer_id="C-1001",
        subject="Call back 2026-11-26T10:30+00:00",
        text="My brake squeaks",
    )
    await DeskSink(lambda: channel).open(written(ticket, ()), again=False)
    [shown] = room.cards.values()
    assert shown.card.heading == "Ticket ABCD-2345"
    assert dict(shown.card.fields) == {
        "Subject": "Call back 2026-11-26T10:30+00:00",
        "Why": "callback",
        "Channel": "widget",
        "Customer": "C-1001",
    }
    assert "My brake squeaks" in shown.card.text

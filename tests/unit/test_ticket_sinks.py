"""Tickets reach help desks and webhooks once, whatever happens on the way, and say so when they never will."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bridge import tickets
from bridge.errors import ChannelError, ChannelUnavailable, ConfigError, RateLimited, Unconfirmed, Undeliverable
from bridge.ports import Card, Carrier, Parcel
from bridge.stores.memory import MemoryStore, Settings
from bridge.tickets import Ticket
from bridge.tickets.carrier import TicketCarrier, ticket_carrier
from bridge.tickets.settings import TicketsSettings, problems
from bridge.tickets.written import SUBJECT_CHARS_MAX, TEXT_CHARS_MAX, written
from bridge.types import Address, ConversationId, Inbound, MessageRef, Outcome, Reply, Sender, Turn, TurnId
from tests.fakes.helpdesk_server import AGENT, FRESHDESK_KEY, SECRET, ZENDESK_TOKEN, Failing, Helpdesk, helpdesk

NUMBER = "ABCD-2345"
SECRETS = {
    "ZENDESK_API_TOKEN": SecretStr(ZENDESK_TOKEN),
    "FRESHDESK_API_KEY": SecretStr(FRESHDESK_KEY),
    "TICKETS_WEBHOOK_SECRET": SecretStr(SECRET),
}
NAMES = {"zendesk": "zendesk", "freshdesk": "freshdesk", "webhook": "hook"}
EVERY_SINK = pytest.mark.parametrize("sink", list(NAMES))


def turn(
    id: str = "t1", question: str = "<script>alert(1)</script> My order?", answer: str = "A person looks.[1]"
) -> Turn:
    address = Address("widget", "c1")
    inbound = Inbound(
        event_id=id, address=address, sender=Sender("s"), text=question, received_at=datetime(2026, 11, 22, tzinfo=UTC)
    )
    reply = Reply(text=answer, outcome=Outcome.ESCALATED, escalation_reason="asked_for_person", ticket=NUMBER)
    return Turn(id=TurnId(id), conversation_id=ConversationId("widget:c1"), inbounds=(inbound,), reply=reply)


def settings(desk: Helpdesk, **more: Any) -> TicketsSettings:
    return TicketsSettings.model_validate(
        {
            "zendesk": {"url": f"{desk.url}/zd", "email": AGENT},
            "freshdesk": {"url": f"{desk.url}/fd"},
            "webhook": {"url": f"{desk.url}/hook"},
        }
        | more
    )


@asynccontextmanager
async def opened(sink: str, *fail: Failing, **more: Any) -> AsyncIterator[tuple[Helpdesk, TicketCarrier, MemoryStore]]:
    """A ticket that is kept, on its way to `sink`."""
    store = MemoryStore(Settings())
    record, parcels = tickets.opening(tickets.for_reply(turn(), reply(turn()), "C-1"), [sink])
    await store.save_records(record, parcels=parcels)
    async with helpdesk() as desk:
        desk.fail += fail
        carrier = ticket_carrier(store, settings(desk, **more), SECRETS)
        try:
            yield desk, carrier, store
        finally:
            await carrier.close()


def reply(of: Turn) -> Reply:
    assert of.reply
    return of.reply


async def carried(carrier: Carrier, sink: str, attempts: int = 1) -> None:
    body = {"kind": "sink", "sink": sink, "ticket": NUMBER}
    parcel = Parcel(id="p", conversation_id=ConversationId("q"), body=json.dumps(body), attempts=attempts)
    await carrier.carry(parcel, body)


async def kept(store: MemoryStore) -> Ticket:
    found = await tickets.find(store, NUMBER)
    assert found
    return found


@EVERY_SINK
async def test_a_ticket_is_opened_once_and_keeps_the_number_it_has_there(sink: str) -> None:
    async with opened(sink) as (desk, carrier, store):
        await carried(carrier, sink)
        await carried(carrier, sink, attempts=2)
        [ticket] = desk.tickets[NAMES[sink]]
        assert NUMBER in json.dumps(ticket)
        assert (await kept(store)).sinks == {sink: {"zendesk": "7000", "freshdesk": "100", "webhook": "H-1"}[sink]}


@EVERY_SINK
@pytest.mark.parametrize("failing", ["lost", "reset", "500", "garbage"])
async def test_when_nobody_knows_whether_it_was_opened_it_is_looked_for(sink: str, failing: Failing) -> None:
    if (sink, failing) == ("webhook", "garbage"):
        return  # any answer of a webhook that is not an error will do
    async with opened(sink, failing) as (desk, carrier, store):
        with pytest.raises(Unconfirmed):
            await carried(carrier, sink)
        await carried(carrier, sink, attempts=2)
        assert len(desk.tickets[NAMES[sink]]) == 1
        assert sink in (await kept(store)).sinks


REFUSALS: list[tuple[Failing, type[ChannelError]]] = [
    ("429", RateLimited),
    ("401", ChannelUnavailable),
    ("404", ChannelUnavailable),
    ("redirect", ChannelUnavailable),
    ("422", Undeliverable),
]


@EVERY_SINK
@pytest.mark.parametrize(("failing", "error"), REFUSALS)
async def test_a_refusal_says_whether_it_is_worth_another_try(
    sink: str, failing: Failing, error: type[ChannelError]
) -> None:
    async with opened(sink, failing) as (desk, carrier, _):
        with pytest.raises(error) as refused:
            await carried(carrier, sink)
        assert desk.tickets[NAMES[sink]] == []
        if isinstance(refused.value, RateLimited):
            assert refused.value.retry_after_s == 7


@EVERY_SINK
async def test_a_help_desk_that_is_not_there_is_tried_again(sink: str) -> None:
    async with opened(sink) as (_, _, store):
        away = TicketsSettings.model_validate(
            {
                "zendesk": {"url": "http://127.0.0.1:9", "email": AGENT},
                "freshdesk": {"url": "http://127.0.0.1:9"},
                "webhook": {"url": "http://127.0.0.1:9"},
            }
        )
        carrier = ticket_carrier(store, away, SECRETS)
        with pytest.raises(ChannelUnavailable):
            await carried(carrier, sink)
        await carrier.close()


async def test_what_was_said_goes_along_as_text_and_nothing_else_of_the_conversation() -> None:
    for transcript in (True, False):
        async with opened("zendesk", transcript=transcript) as (desk, carrier, store):
            for each in (turn("t0", "Hello?", "Hello."), turn(), turn("t2", "Something later")):
                await store.accept(each.inbounds[0])
                claim = await store.claim(lease_s=60, wait_s=0)
                assert claim
                await store.finish(claim, replace(each, id=claim.turn.id))
                if each.id == "t1":
                    asked = claim.turn.id
            record = await store.load_record(tickets.KIND, NUMBER)
            assert record
            await store.save_records(replace(record, body=record.body.replace('"t1"', f'"{asked}"')))
            await carried(carrier, "zendesk")
            [ticket] = desk.tickets["zendesk"]
            said = ticket["comment"]["html_body"]
            assert ticket["comment"]["public"] is False
            assert ("Customer: Hello?" in said) is transcript
            assert ("&lt;script&gt;alert(1)&lt;/script&gt; My order?" in said) is transcript
            assert ("Assistant: A person looks." in said) is transcript
            assert "Something later" not in said
            assert "Customer: C-1" in said


async def test_a_sink_that_gives_up_leaves_a_note_and_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async with opened("zendesk") as (_, carrier, store):
        body = {"kind": "sink", "sink": "zendesk", "ticket": NUMBER}
        parcel = Parcel(id="p", conversation_id=ConversationId("q"), body=json.dumps(body), attempts=101)
        await carrier.gave_up(parcel, body, "it was tried for too long")
        assert (await kept(store)).failed == {"zendesk": "it was tried for too long"}
        [line] = [record for record in caplog.records if record.levelname == "ERROR"]
        assert "order" not in json.dumps(getattr(line, "fields", {}))


@pytest.mark.parametrize("body", [{}, {"sink": "zendesk", "ticket": "ZZZZ-9999"}, {"sink": "gone", "ticket": NUMBER}])
async def test_what_leads_nowhere_is_given_up(body: dict[str, Any]) -> None:
    async with opened("zendesk") as (_, carrier, _store):
        with pytest.raises(Undeliverable):
            await carrier.carry(Parcel(id="p", conversation_id=ConversationId("q"), body="{}", attempts=1), body)


class Room:
    """The desk's room, as far as a ticket needs it: a card of the same id is the same message."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}

    async def show_card(self, card: Card, *, below: MessageRef | None, ref: MessageRef | None) -> MessageRef:
        self.cards[card.id] = card
        return MessageRef(Address("slack", "T/C"), f"m{len(self.cards)}")

    async def link(self, message: MessageRef) -> str:
        return f"https://slack.example/{message.message_id}"


async def test_a_ticket_that_a_tool_opened_is_a_card_at_the_desk() -> None:
    async with opened("desk") as (desk, _, store):
        room = Room()
        carrier = ticket_carrier(store, settings(desk), SECRETS, lambda: room)  # type: ignore[arg-type,return-value]
        await carried(carrier, "desk")
        [card] = room.cards.values()
        assert NUMBER in card.heading
        assert all(line.startswith("> ") for line in card.text.splitlines())
        assert (await kept(store)).sinks == {"desk": "https://slack.example/m1"}
        early = ticket_carrier(store, settings(desk), SECRETS, lambda: None)
        await tickets.taken(store, NUMBER, "other", "x")
        with pytest.raises(ChannelUnavailable):
            await early._sinks["desk"].open(written(await kept(store), ()), again=False)


async def test_the_operator_is_told_where_tickets_go_and_where_we_are_not_known() -> None:
    async with helpdesk() as desk:
        carrier = ticket_carrier(MemoryStore(Settings()), settings(desk), SECRETS)
        assert await carrier.check() == (
            f"zendesk (the token of {AGENT}), freshdesk (the key of an agent), webhook (signed; not tried)"
        )
        await carrier.close()
        strangers = SECRETS | {"ZENDESK_API_TOKEN": SecretStr("x"), "FRESHDESK_API_KEY": SecretStr("y")}
        carrier = ticket_carrier(MemoryStore(Settings()), settings(desk), strangers)
        with pytest.raises(ConfigError) as refused:
            await carrier.check()
        await carrier.close()
        assert refused.value.problems == [
            "zendesk does not take tickets: it knows no such agent or token; look at its address and its secret",
            "freshdesk does not take tickets: HTTP 401; look at its address and its secret",
        ]


def test_a_long_conversation_is_cut_at_its_beginning() -> None:
    ticket = tickets.for_reply(turn(), reply(turn()))
    long = written(
        replace(ticket, subject="s" * 500), [turn(f"t{n}", f"question {n} " + "x" * 3_000) for n in range(50)]
    )
    assert len(long.text) < TEXT_CHARS_MAX + 1_000
    assert "question 49" in long.text
    assert "question 0 " not in long.text
    assert len(long.subject) == SUBJECT_CHARS_MAX


def test_settings_that_cannot_work_say_so() -> None:
    assert TicketsSettings().sinks == ()
    half = TicketsSettings.model_validate(
        {"zendesk": {"url": "https://a.zendesk.com/"}, "webhook": {"url": "https://hook.example/in"}}
    )
    assert half.sinks == ("zendesk", "webhook")
    assert problems(half, {"TICKETS_WEBHOOK_SECRET"}) == [
        "tickets.zendesk: set ZENDESK_API_TOKEN in the environment or in .env",
        "tickets.zendesk.email: must be the e-mail address of the agent whose token it is",
    ]
    for url in ("a.zendesk.com", "https://me:pw@a.zendesk.com", "https://a.example/?key=1"):
        with pytest.raises(ValidationError):
            TicketsSettings.model_validate({"webhook": {"url": url}})

"""More than 24 hours after a person's last message only a template reaches them; no answer is lost."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.channels.whatsapp.ledger import KEPT_MAX, Ledger
from bridge.channels.whatsapp.written import TEMPLATE_CHARS_MAX, filled
from bridge.errors import StoreUnavailable
from bridge.ports import Claim
from bridge.stores import sqlite
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, ConversationId, Turn
from tests.contract.stores import eventually
from tests.fakes.core import until
from tests.fakes.twilio_rules import Refusal
from tests.fakes.twilio_server import PERSON, SENDER, TEMPLATE, TwilioServer
from tests.fakes.twilio_values import Refuse
from tests.fakes.whatsapp_world import NUMBER, channel_alone, claimed, final, on_whatsapp

TO = Address("whatsapp", NUMBER)
WITH_TEMPLATE = {"template_sid": TEMPLATE}
LONG = "Yes, we do. " * 100


async def late(twilio: TwilioServer, store: MemoryStore) -> Claim:
    """A turn whose question was asked 25 hours ago."""
    await twilio.says("Hi", reached=False)
    twilio.age(PERSON, 25)
    claim = await claimed(store)
    long_ago = timedelta(hours=25)
    aged = tuple(replace(inbound, received_at=inbound.received_at - long_ago) for inbound in claim.turn.inbounds)
    return replace(claim, turn=replace(claim.turn, inbounds=aged))


async def test_within_the_window_answers_are_free() -> None:
    async with channel_alone(settings=WITH_TEMPLATE) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        await channel.post(TO, final(await claimed(store), "Yes."))
        assert twilio.texts() == ["Yes."]


async def test_outside_a_template_carries_the_answer() -> None:
    async with channel_alone(settings=WITH_TEMPLATE) as (twilio, channel, store):
        claim = await late(twilio, store)
        await channel.post(TO, final(claim, "**Yes**,\n\n- to Spain\n- to Chile"))
        assert twilio.texts() == ["Hello Yes, • to Spain • to Chile, we have news."]
        (made,) = [call.form for call in twilio.calls if call.kind == "create"]
        assert "Body" not in made
        assert await Ledger(store, SENDER).kept(NUMBER) == []
        assert not twilio.violations


async def test_what_a_template_cannot_hold_is_kept_whole() -> None:
    async with channel_alone(settings=WITH_TEMPLATE) as (twilio, channel, store):
        claim = await late(twilio, store)
        await channel.post(TO, final(claim, LONG))
        (text,) = twilio.texts()
        assert len(text) < 1_024
        assert text.endswith("Yes, we do. …, we have news.")
        assert await Ledger(store, SENDER).kept(NUMBER) == [(claim.turn.id, LONG)]


async def test_only_one_template_a_turn() -> None:
    """Each costs money and patience; the rest waits."""
    async with channel_alone(settings=WITH_TEMPLATE) as (twilio, channel, store):
        claim = await late(twilio, store)
        await channel.post(TO, replace(final(claim, "One"), last=False))
        await channel.post(TO, final(claim, "Two", number=1))
        assert len(twilio.outbound()) == 1
        assert [text for _, text in await Ledger(store, SENDER).kept(NUMBER)] == ["One", "Two"]


async def test_without_a_template_the_answer_waits() -> None:
    async with channel_alone() as (twilio, channel, store):
        claim = await late(twilio, store)
        page = final(claim, "Yes.")
        ref = await channel.post(TO, page)
        assert twilio.outbound() == []
        assert await channel.find(TO, page) == ref
        assert [text for _, text in await Ledger(store, SENDER).kept(NUMBER)] == ["Yes."]


@pytest.mark.parametrize("at_once", [True, False])
async def test_whatsapps_word_on_the_window_counts_more_than_ours(at_once: bool) -> None:
    async with channel_alone(settings=WITH_TEMPLATE, window_error_on_create=at_once) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        twilio.age(PERSON, 25)
        claim = await claimed(store)
        if at_once:
            await channel.post(TO, final(claim, "Yes."))
        else:
            ref = await channel.post(TO, final(claim, "Yes."))
            assert twilio.messages[ref.message_id].content_sid == TEMPLATE
        assert twilio.texts() == ["Hello Yes., we have news."]
        made = len(twilio.outbound())
        await channel.post(TO, final(claim, "More.", number=1))
        assert len(twilio.outbound()) == made, "it is known from then on"


async def test_the_newest_message_opens_the_window() -> None:
    """Also when an older one is heard of later, and after WhatsApp said that it was closed."""
    async with channel_alone() as (_, _, store):
        ledger = Ledger(store, SENDER)
        claim = await claimed(store)
        long_ago = datetime.now(UTC) - timedelta(hours=25)
        aged = replace(claim.turn, inbounds=(replace(claim.turn.inbounds[0], received_at=long_ago),))

        assert not await ledger.window_open(NUMBER, aged)
        for at in (datetime.now(UTC) - timedelta(hours=23), long_ago):
            await ledger.heard(NUMBER, at)
        assert await ledger.window_open(NUMBER, aged)
        await ledger.close_window(NUMBER)
        assert not await ledger.window_open(NUMBER, claim.turn)
        await ledger.heard(NUMBER, datetime.now(UTC))
        assert await ledger.window_open(NUMBER, aged)


async def test_a_window_that_turns_out_closed_later_brings_the_template() -> None:
    """The answer counted as sent; then its callback says no."""
    settings = {"BRIDGE_CHANNELS__WHATSAPP__SENT_WAIT_S": 0.05, "BRIDGE_CHANNELS__WHATSAPP__TEMPLATE_SID": TEMPLATE}
    async with on_whatsapp(settings=settings, sent_s=0.4) as (twilio, _):
        await twilio.says("Do you ship?")
        twilio.age(PERSON, 25)
        await until(lambda: twilio.texts() == ["Hello You said: Do you ship?, we have news."], within_s=30)


@pytest.mark.parametrize("refusal", [Refusal(400, 21655, "ContentSid"), Refusal(400, 63013, "paused")])
async def test_a_template_that_is_refused_loses_nothing(refusal: Refusal) -> None:
    async with channel_alone(settings=WITH_TEMPLATE) as (twilio, channel, store):
        claim = await late(twilio, store)
        twilio.fail("create", Refuse(refusal))
        await channel.post(TO, final(claim, "Yes."))
        assert [text for _, text in await Ledger(store, SENDER).kept(NUMBER)] == ["Yes."]


async def fails_later(twilio: TwilioServer, sid: str, code: int) -> None:
    """It counted as sent; now its callback says that it was not."""
    message = twilio.messages[sid]
    message.error_code = code
    before = len(twilio.attempts)
    await twilio._became(message, "undelivered")
    await until(lambda: len(twilio.attempts) > before, within_s=30)
    assert twilio.attempts[-1].status == 204


@pytest.mark.parametrize("code", [63040, 63013, 63024, 21656])
async def test_a_template_that_fails_later_loses_nothing(code: int) -> None:
    async with channel_alone(settings=WITH_TEMPLATE, delivered_s=60) as (twilio, channel, store):
        claim = await late(twilio, store)
        ref = await channel.post(TO, final(claim, "Yes."))
        await fails_later(twilio, ref.message_id, code)
        assert await Ledger(store, SENDER).kept(NUMBER) == [(claim.turn.id, "Yes.")]


async def test_nor_when_the_person_has_written_meanwhile() -> None:
    sent: list[str] = []

    async def send_later(turn: Turn, text: str, delay_s: float) -> None:
        sent.append(text)

    async with channel_alone(settings=WITH_TEMPLATE, delivered_s=60, send_later=send_later) as (twilio, channel, store):
        claim = await late(twilio, store)
        ref = await channel.post(TO, final(claim, "Yes."))
        await twilio.says("Hello?")
        await fails_later(twilio, ref.message_id, 63040)
        assert sent == ["Yes."]
        assert await Ledger(store, SENDER).kept(NUMBER) == []


async def test_what_was_kept_beside_its_template_is_not_sent_twice() -> None:
    sent: list[str] = []

    async def send_later(turn: Turn, text: str, delay_s: float) -> None:
        sent.append(text)

    async with channel_alone(settings=WITH_TEMPLATE, delivered_s=60, send_later=send_later) as (twilio, channel, store):
        claim = await late(twilio, store)
        ref = await channel.post(TO, final(claim, LONG))
        await twilio.says("Hello?")
        for code in (63040, 63018):
            await fails_later(twilio, ref.message_id, code)
        await twilio.says("Hello?")
        assert sent == [LONG]


async def test_a_new_message_opens_the_window_and_brings_what_waited() -> None:
    """Through the whole server: an answer that was ready too late comes with the person's next message."""
    store = MemoryStore(Settings())
    async with on_whatsapp(store=store) as (twilio, _):
        await twilio.says("First")
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
        conversation = ConversationId(f"whatsapp:{NUMBER}")
        (turn,) = await eventually(lambda: _turns(store, conversation))
        await Ledger(store, SENDER).keep(NUMBER, turn.id, "What I wanted to **say**")

        await twilio.says("Second")
        await until(lambda: len(twilio.texts()) == 3, within_s=30)
        assert set(twilio.texts()[1:]) == {"You said: Second", "What I wanted to *say*"}
        assert await Ledger(store, SENDER).kept(NUMBER) == []
        assert not twilio.violations


async def test_what_waited_is_sent_once_however_many_messages_come_at_once(tmp_path: Path) -> None:
    sent: list[str] = []

    async def send_later(turn: Turn, text: str, delay_s: float) -> None:
        sent.append(text)

    settings = sqlite.Settings(url=f"sqlite:///{tmp_path}/bridge.db")
    async with sqlite.build(settings) as store, channel_alone(store=store, send_later=send_later) as (twilio, _, _):
        ledger = Ledger(store, SENDER)
        turn = (await claimed(store)).turn
        early, late = [f"Early {number}" for number in range(5)], [f"Late {number}" for number in range(5)]
        for text in early:
            await ledger.keep(NUMBER, turn.id, text)
            await ledger.keep(NUMBER, turn.id, text)
        keeping = [ledger.keep(NUMBER, turn.id, text) for text in late]
        await asyncio.gather(*(twilio.says(str(number)) for number in range(3)), *keeping)
        await twilio.says("And now?")
        assert sorted(sent) == sorted(early + late)
        assert await ledger.kept(NUMBER) == []


async def test_answers_that_waited_come_in_their_order() -> None:
    sent: list[str] = []

    async def send_later(turn: Turn, text: str, delay_s: float) -> None:
        sent.append(text)

    async with channel_alone(send_later=send_later) as (twilio, _, store):
        ledger = Ledger(store, SENDER)
        turn = (await claimed(store)).turn
        for begins in (0, KEPT_MAX):
            texts = [f"Number {begins + number}" for number in range(KEPT_MAX)]
            for text in texts:
                await ledger.keep(NUMBER, turn.id, text)
            await twilio.says("Hello?")
            assert sent[begins:] == texts


async def test_what_waits_is_not_lost_to_a_store_that_is_away() -> None:
    sent: list[str] = []

    async def send_later(turn: Turn, text: str, delay_s: float) -> None:
        sent.append(text)
        if len(sent) == 1:
            raise StoreUnavailable("no disk")

    async with channel_alone(send_later=send_later, webhook_path="/twilio/whatsapp#rc=1&rp=all") as (twilio, _, store):
        ledger = Ledger(store, SENDER)
        await ledger.keep(NUMBER, (await claimed(store)).turn.id, "Yes.")
        await twilio.says("Hello?")
        assert [attempt.status for attempt in twilio.attempts] == [503, 200]
        assert sent == ["Yes.", "Yes."]


async def _turns(store: MemoryStore, conversation: ConversationId) -> tuple[Turn, ...]:
    return (await store.conversation(conversation, turns_max=5)).turns


@pytest.mark.parametrize(
    ("variables", "text", "wanted", "whole"),
    [
        ({"1": "{text}"}, "Yes.", {"1": "Yes."}, True),
        ({"1": "{name}", "2": "{text}"}, "Yes.", {"1": "Ana", "2": "Yes."}, True),
        ({"1": "{name}"}, "Yes.", {"1": "Ana"}, False),
        ({}, "Yes.", {}, False),
        ({"1": "{text}"}, "a\n\nb\tc      d", {"1": "a b c d"}, True),
        ({"1": "{text}"}, "", {"1": "–"}, True),
        ({"1": "{text}"}, "`evil.com` shop.example", {"1": "evil.\u2060com shop.example"}, True),
    ],
)
def test_a_template_is_filled(variables: dict[str, str], text: str, wanted: dict[str, str], whole: bool) -> None:
    assert filled(variables, text, "Ana", ("shop.example",)) == (wanted, whole)


@pytest.mark.parametrize("text", ["word " * 500, "w" * 3_000, "👩‍🚀" * 1_000, "A sentence. " * 200])
def test_a_variable_is_never_too_long(text: str) -> None:
    values, whole = filled({"1": "{text}"}, text, "", ())
    assert not whole
    assert len(values["1"].encode("utf-16-le")) // 2 <= TEMPLATE_CHARS_MAX
    assert values["1"].endswith(" …")

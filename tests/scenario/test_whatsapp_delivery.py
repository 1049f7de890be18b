"""What can happen to a message of ours between the call and the phone, and what the channel makes of it."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge import metrics
from bridge.channels.whatsapp import codes
from bridge.channels.whatsapp.api import Refused
from bridge.channels.whatsapp.ledger import Ledger
from bridge.channels.whatsapp.posting import LOOK_S
from bridge.errors import ChannelError, ChannelUnavailable, RateLimited, StoreUnavailable, Unconfirmed, Undeliverable
from bridge.ports import Page
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, MessageRef, Outcome, Turn
from tests.fakes.core import until
from tests.fakes.twilio_rules import NO_AUTH, Refusal
from tests.fakes.twilio_server import PERSON, SENDER
from tests.fakes.twilio_values import Broken, Callbacks, Fault, LoseAnswer, Refuse, Reset, TooMany
from tests.fakes.whatsapp_world import NUMBER, channel_alone, claimed, final

SILENT = Callbacks(never=frozenset({"queued", "sent", "delivered", "read", "failed", "undelivered"}))
TO = Address("whatsapp", NUMBER)


class Later:
    """Keeps what is to be sent later. Mutable."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, float]] = []

    async def __call__(self, turn: Turn, text: str, delay_s: float) -> None:
        self.texts.append((text, delay_s))


@pytest.mark.parametrize(
    ("fault", "wanted", "retry_after_s"),
    [
        (TooMany(7), RateLimited, 7.0),
        (TooMany(None), RateLimited, 5.0),
        (Broken(503), ChannelUnavailable, None),
        (Broken(500), Unconfirmed, None),
        (Broken(502), Unconfirmed, None),
        (Reset(), Unconfirmed, None),
        (LoseAnswer(), Unconfirmed, None),
        (Refuse(NO_AUTH), ChannelUnavailable, None),
        (Refuse(Refusal(400, 63018, "Rate limit")), RateLimited, 5.0),
        (Refuse(Refusal(400, 21211, "Invalid 'To' Phone Number: whatsapp:+4915112345678")), Undeliverable, None),
        (Refuse(Refusal(400, 21610, "unsubscribed")), Undeliverable, None),
        (Refuse(Refusal(400, 21617, "too long")), Undeliverable, None),
    ],
)
async def test_a_refused_call_is_an_error_of_ours(
    fault: Fault, wanted: type[ChannelError], retry_after_s: float | None
) -> None:
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        twilio.fail("create", fault)
        with pytest.raises(ChannelError) as error:
            await channel.post(TO, final(await claimed(store), "Yes."))
        assert type(error.value) in (wanted, *([Refused] if wanted is Undeliverable else []))
        assert getattr(error.value, "retry_after_s", None) == retry_after_s
        assert NUMBER not in str(error.value)


async def test_no_connection_means_that_nothing_was_done() -> None:
    async with channel_alone(settings={"api_url": "http://127.0.0.1:9"}) as (_, channel, store):
        with pytest.raises(ChannelUnavailable):
            await channel.post(TO, final(await claimed(store), "Yes."))


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"pair_burst": 0}, RateLimited),
        ({"pair_burst": 0, "pair_error": 131056}, RateLimited),
        ({"strangers": {PERSON}}, Refused),
    ],
)
@pytest.mark.parametrize("callbacks", [Callbacks(), SILENT])
async def test_what_whatsapp_refuses_is_heard_in_time(
    options: dict[str, Any], wanted: type[ChannelError], callbacks: Callbacks
) -> None:
    """By the callback, and without any by asking."""
    settings = {"sent_wait_s": 0.3}
    async with channel_alone(settings=settings, callbacks=callbacks, **options) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        with pytest.raises(wanted):
            await channel.post(TO, final(await claimed(store), "Yes."))
        assert twilio.texts() == []


async def test_the_store_is_not_asked_all_the_time_for_what_a_callback_tells() -> None:
    class Counting(MemoryStore):
        """Counts looks at the status of messages."""

        looks = 0

        async def get(self, key: str) -> str | None:
            self.looks += ":status:" in key
            return await super().get(key)

    store = Counting(Settings())
    async with channel_alone(store=store, sent_s=1.1 * LOOK_S, delivered_s=60) as (twilio, channel, _):
        await twilio.says("Hi", reached=False)
        page = final(await claimed(store), "Yes.")
        began = asyncio.get_running_loop().time()
        await channel.post(TO, page)
        took_s = asyncio.get_running_loop().time() - began
        assert twilio.texts() == ["Yes."]
        # At the beginning, in the middle, twice for each of two callbacks, and when it is watched.
        assert store.looks <= 8
        assert took_s < 1.7 * LOOK_S, "it is the callback that wakes us"


async def test_what_another_process_was_told_is_heard_too() -> None:
    async with channel_alone(callbacks=SILENT, sent_s=0.05) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        posting = asyncio.ensure_future(channel.post(TO, final(await claimed(store), "Yes.")))
        await until(lambda: twilio.texts() == ["Yes."], within_s=30)
        await Ledger(store, SENDER).told(twilio.outbound()[0].sid, "sent", 0)
        async with asyncio.timeout(30):
            await posting


async def test_a_lost_answer_is_found_by_its_callback() -> None:
    async with channel_alone(list_lag_s=60) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        twilio.fail("create", LoseAnswer())
        page = final(await claimed(store), "Yes.")
        with pytest.raises(Unconfirmed):
            await channel.post(TO, page)

        found = await channel.find(TO, page)
        assert found == MessageRef(TO, twilio.outbound()[0].sid)


@pytest.mark.parametrize("text", ["Yes.", "**Yes**, and `no`", "*[`_~<>&|#", "half **bold"])
@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.STOPPED])
async def test_without_callbacks_it_is_found_in_the_list(text: str, outcome: Outcome) -> None:
    """Whatever it was, by its text: what asks knows only that."""
    async with channel_alone(callbacks=SILENT) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        twilio.fail("create", LoseAnswer())
        page = final(await claimed(store), text, outcome=outcome)
        with pytest.raises(Unconfirmed):
            await channel.post(TO, page)

        asked = Page(claim=page.claim, text=page.text)
        assert await channel.find(TO, asked) == MessageRef(TO, twilio.outbound()[0].sid)
        twilio.fail("list", Broken(500))
        assert await channel.find(TO, asked) is not None, "noted, so that nobody asks again"


async def test_what_was_not_made_is_not_found() -> None:
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        before = await claimed(store, "First")
        await channel.post(TO, final(before, "Yes."))
        twilio.fail("create", Reset())
        page = final(before, "Yes.", number=1)
        with pytest.raises(Unconfirmed):
            await channel.post(TO, page)
        assert await channel.find(TO, page) is None, "the same words of another page are not it"


async def test_a_failed_try_does_not_hide_the_one_after_it() -> None:
    async with channel_alone(pair_burst=0, callbacks=SILENT, settings={"sent_wait_s": 0.1}) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        page = final(await claimed(store), "Yes.")
        with pytest.raises(RateLimited):
            await channel.post(TO, page)
        twilio.pair_burst, twilio.pair_refill_s = 4, 0.01
        await asyncio.sleep(0.05)
        twilio.fail("create", LoseAnswer())
        with pytest.raises(Unconfirmed):
            await channel.post(TO, page)
        await until(lambda: twilio.texts() == ["Yes."], within_s=30)
        assert await channel.find(TO, page) == MessageRef(TO, twilio.outbound()[1].sid)


async def test_nor_when_it_is_only_known_by_its_callback() -> None:
    async with channel_alone(pair_burst=0, list_lag_s=60) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        page = final(await claimed(store), "Yes.")
        with pytest.raises(RateLimited):
            await channel.post(TO, page)
        twilio.pair_burst, twilio.pair_refill_s = 4, 0.01
        await asyncio.sleep(0.05)
        twilio.fail("create", LoseAnswer())
        with pytest.raises(Unconfirmed):
            await channel.post(TO, page)
        assert await channel.find(TO, page) == MessageRef(TO, twilio.outbound()[1].sid)


async def test_what_was_made_and_has_failed_is_not_there() -> None:
    async with channel_alone(pair_burst=0, callbacks=SILENT) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        twilio.fail("create", LoseAnswer())
        page = final(await claimed(store), "Yes.")
        with pytest.raises(Unconfirmed):
            await channel.post(TO, page)
        await until(lambda: twilio.refusals[63018] == 1, within_s=30)
        assert await channel.find(TO, page) is None


@pytest.mark.parametrize(
    ("code", "wanted"),
    [(63018, [("Yes.", codes.TOO_FAST_WAIT_S)]), (63016, [("Yes.", 0.0)]), (30036, [("Yes.", 0.0)]), (63024, [])],
)
async def test_what_fails_after_all_is_sent_again_where_that_makes_sense(
    code: int, wanted: list[tuple[str, float]]
) -> None:
    later = Later()
    async with channel_alone(send_later=later, settings={"sent_wait_s": 0.1}, read_s=None, delivered_s=60) as world:
        twilio, channel, store = world
        await twilio.says("Hi", reached=False)
        ref = await channel.post(TO, final(await claimed(store), "Yes."))
        message = twilio.messages[ref.message_id]
        message.error_code = code
        for _ in range(3):
            await twilio._became(message, "undelivered")
        await until(lambda: sum(attempt.status == 204 for attempt in twilio.attempts) == 5, within_s=30)
        assert later.texts == wanted


async def test_an_answer_that_is_lost_later_is_told_to_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    lost = metrics.DELIVERY_WRITES.labels("whatsapp", "callback", "lost")
    async with channel_alone(read_s=None, delivered_s=60) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        claim = await claimed(store)
        ref = await channel.post(TO, final(claim, "Yes."))
        message = twilio.messages[ref.message_id]
        message.error_code = 63024
        before = lost._value.get()
        await twilio._became(message, "undelivered")
        await until(lambda: lost._value.get() == before + 1, within_s=30)
    (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert vars(told)["fields"] == {"sid": ref.message_id, "code": 63024, "turn": claim.turn.id}


async def test_it_is_not_sent_again_for_ever() -> None:
    later = Later()
    async with channel_alone(send_later=later, read_s=None, delivered_s=60) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        claim = await claimed(store)
        for number in range(4):
            ref = await channel.post(TO, final(claim, f"Number {number}", number=number))
            message = twilio.messages[ref.message_id]
            message.error_code = 63018
            await twilio._became(message, "failed")
        await until(lambda: sum(attempt.status == 204 for attempt in twilio.attempts) == 12, within_s=30)
        assert len(later.texts) == 3


@pytest.mark.parametrize("callbacks", [Callbacks(), Callbacks(backwards=True), Callbacks(twice=True)])
async def test_what_has_arrived_is_not_watched_any_more(callbacks: Callbacks) -> None:
    later = Later()
    settings = {"sent_wait_s": 0.1}
    options: dict[str, Any] = {"callbacks": callbacks, "delivered_s": 0.05, "read_s": 0.05}
    async with channel_alone(send_later=later, settings=settings, **options) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        ref = await channel.post(TO, final(await claimed(store), "Yes."))
        message = twilio.messages[ref.message_id]
        await until(lambda: message.status == "read" and len(twilio.attempts) >= 4, within_s=30)
        message.error_code = 63018
        twilio.callbacks = Callbacks()
        await twilio._became(message, "failed")
        await asyncio.sleep(0.1)
        assert later.texts == []


async def test_a_store_that_is_away_after_the_call_does_not_double_the_message() -> None:
    class Forgetful(MemoryStore):
        """Keeps nothing about posts."""

        async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
            if ":post:" in key or ":watch:" in key:
                raise StoreUnavailable("the disk is full")
            return await super().put(key, value, ttl_s=ttl_s, if_absent=if_absent)

    store = Forgetful(Settings())
    async with channel_alone(store=store, settings={"sent_wait_s": 0.1}) as (twilio, channel, _):
        await twilio.says("Hi", reached=False)
        ref = await channel.post(TO, final(await claimed(store), "Yes."))
        assert ref.message_id == twilio.outbound()[0].sid


async def test_two_texts_for_one_person_go_one_after_the_other() -> None:
    async with channel_alone(sent_s=0.05, latency_s=0.02) as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        claim = await claimed(store)
        pages = [final(claim, str(number), number=number) for number in range(3)]
        await asyncio.gather(*(channel.post(TO, page) for page in pages))
        assert twilio.texts() == ["0", "1", "2"]
        assert not twilio.violations


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.STOPPED])
async def test_what_is_too_long_after_all_goes_in_parts(outcome: Outcome) -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "Yes, we do. " * 10 for number in range(10))
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        twilio.fail("create", Refuse(Refusal(400, 21617, "too long")))
        page = final(await claimed(store), text, outcome=outcome)
        twilio.pair_burst = 20
        ref = await channel.post(TO, page)
        assert len(twilio.texts()) > 2
        assert ref.message_id == twilio.outbound()[-1].sid
        said = " ".join(" ".join(twilio.texts()).split())
        stopped = outcome is Outcome.STOPPED
        assert said == " ".join(text.split()) + " Stopped." * stopped
        assert await channel.find(TO, page) == ref


async def test_parts_that_were_sent_are_not_sent_again() -> None:
    """Also when one is like another."""
    text = "\n\n".join("Yes, we do. " * 40 for _ in range(3))
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        too_long = Refuse(Refusal(400, 21617, "too long"))
        page = final(await claimed(store), text)
        twilio.fail("create", too_long)
        twilio.pair_burst = 2
        with pytest.raises(RateLimited):
            await channel.post(TO, page)
        assert len(twilio.texts()) == 2
        twilio.pair_burst, twilio.pair_refill_s = 4, 0.01
        await asyncio.sleep(0.05)
        twilio.fail("create", too_long)
        await channel.post(TO, page)
        assert len(twilio.texts()) == 3


async def test_a_stopped_answer_says_so() -> None:
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        claim = await claimed(store)
        await channel.post(TO, final(claim, "It **takes", outcome=Outcome.STOPPED))
        await channel.post(TO, final(claim, "", number=1, outcome=Outcome.STOPPED))
        assert twilio.texts() == ["It *takes*\n\nStopped.", "Stopped."]


async def test_there_is_no_message_without_words() -> None:
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        with pytest.raises(Undeliverable):
            await channel.post(TO, final(await claimed(store), " \n"))
        assert not twilio.calls


@pytest.mark.parametrize("text", ["👩‍🚀" * 190, "\ud83d half a pair", "a" * 1_500])
async def test_what_fits_is_taken(text: str) -> None:
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        limits = channel.limits(TO)
        assert limits.size(text) <= limits.size_max
        await channel.post(TO, final(await claimed(store), text))
        assert len(twilio.texts()) == 1


async def test_our_own_pace_stays_within_whatsapps() -> None:
    """Four at once and one each six seconds are allowed; ours leaves room for messages that dawdle."""
    async with channel_alone() as (_, channel, _):
        sender, pair = channel.limits(TO).post
        for seconds in (0.0, 6.0, 60.0, 600.0):
            assert pair.capacity + seconds * pair.refill_per_s <= 4 + seconds / 6
        assert sender.capacity + sender.refill_per_s <= 80
        assert channel.limits(replace(TO, key="+15550002222")).post[1].key != pair.key
        assert channel.limits(replace(TO, key="+15550002222")).post[0].key == sender.key


async def test_typing_belongs_to_the_newest_message() -> None:
    async with channel_alone() as (twilio, channel, store):
        sid = await twilio.says("Hi", reached=False)
        claim = await claimed(store, sid=sid)
        await channel.typing(claim.turn.address, claim, "")
        assert twilio.typing()
        await channel.typing(TO, claim, "")  # nothing is known to type at
        assert len(twilio.typing_calls) == 1


async def test_nobody_who_wants_silence_is_typed_to() -> None:
    async with channel_alone() as (twilio, channel, store):
        sid = await twilio.says("Hi", reached=False)
        claim = await claimed(store, sid=sid)
        await Ledger(store, SENDER).opt_out(TO.key, datetime.now(UTC))
        await channel.typing(claim.turn.address, claim, "")
        assert not twilio.typing_calls


async def test_an_account_without_typing_indicator_is_not_asked_again() -> None:
    async with channel_alone() as (twilio, channel, store):
        sid = await twilio.says("Hi", reached=False)
        claim = await claimed(store, sid=sid)
        twilio.fail("typing", Refuse(Refusal(404, 20404, "not found")))
        with pytest.raises(Undeliverable):
            await channel.typing(claim.turn.address, claim, "")
        await channel.typing(claim.turn.address, claim, "")
        assert len([call for call in twilio.calls if call.kind == "typing"]) == 1


async def test_the_check_says_what_is_wrong() -> None:
    async with channel_alone() as (twilio, channel, _):
        assert "whatsapp:+15550001111" in await channel.check()
        twilio.fail("list", Refuse(NO_AUTH))
        with pytest.raises(ChannelUnavailable, match="TWILIO_AUTH_TOKEN"):
            await channel.check()
    async with channel_alone(settings={"api_url": ""}, public_url="http://127.0.0.1:8080") as (_, channel, _):
        with pytest.raises(Undeliverable, match="public_url"):
            await channel.check()

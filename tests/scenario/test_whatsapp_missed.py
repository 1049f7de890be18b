"""Messages that arrived while we were down: found in Twilio's list and answered once; and files that came along."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from yarl import URL

from bridge import metrics
from bridge.channels.whatsapp.api import REDIRECTS_MAX, Api
from bridge.channels.whatsapp.following import Follower
from bridge.channels.whatsapp.ledger import Ledger
from bridge.channels.whatsapp.reception import Reception
from bridge.channels.whatsapp.sweep import SETTLE, Sweep
from bridge.errors import ChannelUnavailable, RateLimited, StoreUnavailable, Undeliverable
from bridge.ports import Accepted
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, Attachment, Inbound, Turn, TurnId
from tests.fakes.context import channel_context
from tests.fakes.core import until
from tests.fakes.twilio_rules import Refusal
from tests.fakes.twilio_server import SENDER, SID, TwilioServer
from tests.fakes.twilio_values import Broken, File, Refuse, TooMany
from tests.fakes.whatsapp_world import NUMBER, channel_alone, claimed, final, on_whatsapp

TO = Address("whatsapp", NUMBER)
PNG = File(b"\x89PNG\r\n\x1a\n" + b"x" * 5_000, "image/png")


class Heard:
    """Keeps the messages that are received, each once. Mutable."""

    def __init__(self) -> None:
        self.inbounds: dict[str, Inbound] = {}

    async def __call__(self, inbound: Inbound) -> Accepted:
        fresh = inbound.event_id not in self.inbounds
        self.inbounds.setdefault(inbound.event_id, inbound)
        return Accepted(TurnId("0" * 32), fresh)

    @property
    def texts(self) -> list[str]:
        return [inbound.text for inbound in self.inbounds.values()]


def sweep(channel: Any, store: MemoryStore, **context: Any) -> Sweep:
    """The channel's own, to be moved by hand."""
    ledger = Ledger(store, SENDER)
    parts = channel_context(store, **context)
    return Sweep(SENDER, channel._api, ledger, Reception(parts, ledger), Follower(parts, ledger))


def later(minutes: float = 5) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


async def test_what_was_missed_is_heard_in_order_and_once() -> None:
    heard = Heard()
    async with channel_alone() as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=heard)
        await sweeping.once(datetime.now(UTC))
        for number in range(70):
            await twilio.says(f"Number {number}", reached=False)
        for _ in range(2):
            await sweeping.once(later())
        assert heard.texts == [f"Number {number}" for number in range(70)]
        assert {inbound.address.key for inbound in heard.inbounds.values()} == {NUMBER}


async def test_the_first_start_answers_nothing_of_the_past() -> None:
    heard = Heard()
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Before you were there", reached=False)
        sweeping = sweep(channel, store, receive=heard)
        await sweeping.once(later())
        await sweeping.once(later(6))
        assert heard.texts == []


async def test_what_a_webhook_brought_is_not_heard_again() -> None:
    heard = Heard()
    async with channel_alone(receive=heard) as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=heard)
        await sweeping.once(datetime.now(UTC))
        await twilio.says("Question")
        await twilio.says("/stop")
        await twilio.says("STOP")
        await twilio.says("Another question")
        await sweeping.once(later())
        assert heard.texts == ["Question", "/stop", "Another question"]
        assert not await Ledger(store, SENDER).opted_out(NUMBER), "the old STOP does not come back"


async def test_a_stop_that_was_missed_does_not_overrule_what_was_written_since() -> None:
    heard = Heard()
    stopped: list[str] = []

    async def stop_all(conversation_id: str) -> int:
        stopped.append(conversation_id)
        return 1

    async with channel_alone(receive=heard) as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=heard, stop_all=stop_all)
        await sweeping.once(datetime.now(UTC))
        await twilio.says("STOP", reached=False)
        await twilio.says("Hello again, do you ship?")
        await sweeping.once(later())
        assert not await Ledger(store, SENDER).opted_out(NUMBER)
        assert stopped == []

        assert await Ledger(store, SENDER).opt_out(NUMBER, datetime.now(UTC)), "a newer one counts"
        assert await Ledger(store, SENDER).opted_out(NUMBER)


async def test_what_was_written_before_a_stop_and_is_found_later_does_not_break_the_silence() -> None:
    heard = Heard()
    async with channel_alone(receive=heard) as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=heard)
        await sweeping.once(datetime.now(UTC))
        await twilio.says("Do you ship?", reached=False)
        await twilio.says("STOP")
        await sweeping.once(later())
        assert await Ledger(store, SENDER).opted_out(NUMBER)
        assert heard.texts == []
        await twilio.says("I am back")
        assert not await Ledger(store, SENDER).opted_out(NUMBER)
        assert heard.texts == ["I am back"]


async def test_what_may_still_be_on_its_way_is_left_alone() -> None:
    heard = Heard()
    async with channel_alone() as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=heard)
        await sweeping.once(datetime.now(UTC) - timedelta(minutes=5))
        await twilio.says("Just now", reached=False)
        await sweeping.once(datetime.now(UTC) + SETTLE / 2)
        assert heard.texts == []
        await sweeping.once(later())
        assert heard.texts == ["Just now"]


async def test_a_sweep_that_fails_is_made_up_for() -> None:
    heard = Heard()
    async with channel_alone() as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=heard)
        await sweeping.once(datetime.now(UTC))
        await twilio.says("Missed", reached=False)
        twilio.fail("list", Broken(500))
        with pytest.raises(ChannelUnavailable):
            await sweeping.once(later(3))
        await sweeping.once(later(90))
        assert heard.texts == ["Missed"]


async def test_files_of_missed_messages_come_along() -> None:
    heard = Heard()
    async with channel_alone() as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=heard)
        await sweeping.once(datetime.now(UTC))
        await twilio.sends(PNG, text="look", reached=False)
        await sweeping.once(later())
        (inbound,) = heard.inbounds.values()
        (picture,) = inbound.attachments
        assert picture.media_type == "image/png"
        assert await channel.fetch(picture, TO, bytes_max=10_000) == PNG.content


@pytest.mark.parametrize("refusal", [Refusal(404, 20404, "gone"), Refusal(400, 20001, "odd")])
async def test_files_that_cannot_be_listed_do_not_keep_a_message_back(refusal: Refusal) -> None:
    heard = Heard()
    async with channel_alone() as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=heard)
        await sweeping.once(datetime.now(UTC))
        await twilio.sends(PNG, PNG, text="look", reached=False)
        await twilio.says("Do you ship?", reached=False)
        twilio.fail("media", Refuse(refusal))
        await sweeping.once(later())
        assert heard.texts == ["look", "Do you ship?"]
        unread = next(iter(heard.inbounds.values())).attachments
        assert len(unread) == 2, "people are told that their files could not be read"
        for file in unread:
            with pytest.raises(Undeliverable):
                await channel.fetch(file, TO, bytes_max=100)


async def test_a_message_that_meets_a_mistake_of_ours_does_not_keep_the_others_back(caplog: Any) -> None:
    heard = Heard()
    mistakes: list[str] = []

    async def receive(inbound: Inbound) -> Accepted:
        if inbound.text == "Poison":
            mistakes.append(inbound.text)
            raise IndexError(inbound.text)
        return await heard(inbound)

    async with channel_alone() as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=receive)
        await sweeping.once(datetime.now(UTC))
        await twilio.says("Poison", reached=False)
        await twilio.says("Do you ship?", reached=False)
        bugs = metrics.BUGS.labels("whatsapp")._value.get()
        await sweeping.once(later())
        assert heard.texts == ["Do you ship?"]
        assert metrics.BUGS.labels("whatsapp")._value.get() == bugs + 1
        assert "Poison" not in str([vars(record) for record in caplog.records])
        for minutes in (10, 15):
            await sweeping.once(later(minutes))
        assert len(mistakes) <= 2, "the time of the last look moves on"


@pytest.mark.parametrize("error", [StoreUnavailable("no disk"), RateLimited("slow", retry_after_s=1)])
async def test_what_passes_is_waited_for(error: Exception) -> None:
    heard = Heard()
    errors = [error]

    async def receive(inbound: Inbound) -> Accepted:
        if errors:
            raise errors.pop()
        return await heard(inbound)

    async with channel_alone() as (twilio, channel, store):
        sweeping = sweep(channel, store, receive=receive)
        await sweeping.once(datetime.now(UTC))
        await twilio.says("First", reached=False)
        await twilio.says("Second", reached=False)
        with pytest.raises(type(error)):
            await sweeping.once(later())
        await sweeping.once(later(90))
        assert heard.texts == ["First", "Second"]


async def test_a_failure_that_no_callback_told_is_found() -> None:
    sent: list[str] = []

    async def send_later(turn: Turn, text: str, delay_s: float) -> None:
        sent.append(text)

    async with channel_alone(delivered_s=60) as (twilio, channel, store):
        sweeping = sweep(channel, store, send_later=send_later)
        await sweeping.once(datetime.now(UTC))
        await twilio.says("Hi", reached=False)
        ref = await channel.post(TO, final(await claimed(store), "Yes."))
        message = twilio.messages[ref.message_id]
        message.status, message.error_code = "undelivered", 63018
        await sweeping.once(later())
        await sweeping.once(later(6))
        assert sent == ["Yes."]


async def test_a_server_that_was_down_answers_what_came_meanwhile() -> None:
    store = MemoryStore(Settings())
    ledger = Ledger(store, SENDER)
    await ledger.sweep(datetime.now(UTC) - timedelta(hours=1))
    async with TwilioServer.start() as before:
        await before.says("Are you there?", reached=False)
        (missed,) = before.messages.values()
        missed.created_at -= timedelta(minutes=30)
        async with on_whatsapp(store=store, settings={"BRIDGE_CHANNELS__WHATSAPP__SWEEP_S": 0.2}) as (twilio, _):
            twilio.messages[missed.sid] = missed
            twilio._heard_at = before._heard_at
            await until(lambda: twilio.texts() == ["You said: Are you there?"], within_s=30)
            await asyncio.sleep(0.5)
            assert len(twilio.texts()) == 1
            assert not twilio.violations


# ---------------------------------------------------------------- files


async def picture(twilio: TwilioServer, heard: Heard) -> Attachment:
    await twilio.sends(PNG)
    return next(iter(heard.inbounds.values())).attachments[0]


async def test_a_file_is_fetched_and_credentials_stay_with_twilio() -> None:
    heard = Heard()
    async with channel_alone(receive=heard) as (twilio, channel, _):
        attachment = await picture(twilio, heard)
        assert await channel.fetch(attachment, TO, bytes_max=10_000) == PNG.content
        assert [with_credentials for _, with_credentials in twilio.foreign_requests] == [False]
        assert not twilio.violations


async def test_no_more_is_read_than_is_wanted() -> None:
    heard = Heard()
    async with channel_alone(receive=heard) as (twilio, channel, _):
        attachment = await picture(twilio, heard)
        assert len(await channel.fetch(attachment, TO, bytes_max=100)) == 101
        twilio.media_at = f"{twilio.foreign_url}/endless"
        assert len(await channel.fetch(attachment, TO, bytes_max=50_000)) == 50_001


async def test_somebody_elses_host_is_not_asked() -> None:
    async with channel_alone() as (twilio, channel, _):
        path = f"/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1"
        # The same port under another name is somebody else, too.
        lookalike = twilio.url.replace("127.0.0.1", "localhost") + path
        for url in (f"{twilio.foreign_url}/picture.png", lookalike, f"http://{SENDER}@localhost:1/"):
            with pytest.raises(Undeliverable):
                await channel.fetch(Attachment(url=url, media_type="image/png"), TO, bytes_max=100)
        assert twilio.foreign_requests == []
        assert twilio.calls == []


async def test_redirects_do_not_go_on_for_ever() -> None:
    heard = Heard()
    async with channel_alone(receive=heard) as (twilio, channel, _):
        attachment = await picture(twilio, heard)
        twilio.media_at = attachment.url
        with pytest.raises(Undeliverable):
            await channel.fetch(attachment, TO, bytes_max=100)
        assert len([call for call in twilio.calls if call.kind == "media"]) == REDIRECTS_MAX + 1


@pytest.mark.parametrize("where", ["ftp://x/y", "file:///etc/passwd", "//[", "http://", "https://[::1", "\udcff"])
async def test_odd_places_are_not_followed(where: str) -> None:
    heard = Heard()
    async with channel_alone(receive=heard) as (twilio, channel, _):
        attachment = await picture(twilio, heard)
        twilio.media_at = where
        with pytest.raises((Undeliverable, ChannelUnavailable)):
            await channel.fetch(attachment, TO, bytes_max=100)
        assert twilio.foreign_requests == []


async def test_nobody_is_sent_into_our_own_network() -> None:
    """Whatever name stands for it: what counts is the address that it has when it is called."""
    api = Api(SID, SecretStr("token"), "")
    async with TwilioServer.start() as twilio:
        try:
            for host in ("localhost", "127.0.0.1"):
                with pytest.raises(Undeliverable):
                    await api._http.get(URL(twilio.foreign_url).with_host(host) / "x", 100)
            assert twilio.foreign_requests == []
        finally:
            await api.close()


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://api.twilio.com/x", "http://", "https://[", "javascript:1", "//x/y", "\0"]
)
async def test_odd_addresses_are_not_fetched(url: str) -> None:
    async with channel_alone() as (_, channel, _):
        with pytest.raises((Undeliverable, ChannelUnavailable)):
            await channel.fetch(Attachment(url=url, media_type=""), TO, bytes_max=100)


async def test_plain_http_is_not_taken_from_the_real_twilio() -> None:
    async with channel_alone(settings={"api_url": ""}) as (twilio, channel, _):
        with pytest.raises(Undeliverable):
            await channel.fetch(Attachment(url=f"{twilio.foreign_url}/x", media_type=""), TO, bytes_max=100)
        assert twilio.foreign_requests == []


async def test_a_file_that_is_not_ready_is_waited_for() -> None:
    heard = Heard()
    async with channel_alone(receive=heard, media_404s=1) as (twilio, channel, _):
        attachment = await picture(twilio, heard)
        assert await channel.fetch(attachment, TO, bytes_max=10_000) == PNG.content


async def test_a_file_that_is_gone_is_given_up() -> None:
    heard = Heard()
    async with channel_alone(receive=heard, media_404s=9) as (twilio, channel, _):
        attachment = await picture(twilio, heard)
        with pytest.raises(Undeliverable):
            await channel.fetch(attachment, TO, bytes_max=10_000)
        twilio.media_404s = 0
        twilio.fail("media", TooMany(60), Broken(500))
        with pytest.raises(Exception, match="patience"):
            await channel.fetch(attachment, TO, bytes_max=10_000)
        with pytest.raises(ChannelUnavailable):
            await channel.fetch(attachment, TO, bytes_max=10_000)

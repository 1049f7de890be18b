"""What colleagues at the desk write and send, on the platforms of their customers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.channels.telegram.api import CAPTION_UNITS_MAX, FILE_BYTES_MAX
from bridge.errors import Undeliverable, WindowClosed
from bridge.markdown.authors import signed
from bridge.ports import Claim, FileChannel, KnockingChannel, OutFile, Page
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, Inbound, MessageRef, Sender, Turn, TurnId
from tests.contract.stage_telegram import telegram_stage
from tests.fakes.core import until
from tests.fakes.slack_room import on_stage
from tests.fakes.twilio_server import PERSON, TEMPLATE
from tests.fakes.whatsapp_world import NUMBER, channel_alone, claimed

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PICTURE = OutFile(name="wheel.png", media_type="image/png", data=PNG)
INVOICE = OutFile(name="invoice.pdf", media_type="application/pdf", data=b"%PDF-1.7\n...")
PAGE_HTML = OutFile(name="x.html", media_type="application/octet-stream", data=b"<script>")
TO = Address("whatsapp", NUMBER)


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        ("Anna", "**Anna**\n\nHello."),
        ("", "Hello."),
        ("  \n ", "Hello."),
        ("Anna *B* [x](http://evil.test)", "**Anna \\*B\\* \\[x\\]\\(http://evil\\.test\\)**\n\nHello."),
        ("A\nB", "**A B**\n\nHello."),
    ],
)
def test_a_name_stands_above_the_words_and_is_no_markup(author: str, shown: str) -> None:
    assert signed(author, "Hello.") == shown


def test_long_names_are_cut() -> None:
    assert len(signed("A" * 1_000, "")) < 80


async def test_whatsapp_shows_the_name_and_files_that_twilio_fetches() -> None:
    async with channel_alone() as (twilio, channel, store):
        assert isinstance(channel, FileChannel)
        await twilio.says("Hi", reached=False)
        claim = await claimed(store)

        def page(text: str, number: int) -> Page:
            return Page(claim=claim, text=text, number=number, final=True, author="Anna")

        await channel.post(TO, page("At *nine*.", 1_001))
        await channel.post_file(TO, page("Like this?", 1_002), PICTURE)
        await channel.post_file(TO, page("", 1_003), INVOICE)
        await until(lambda: len(twilio.visible()) == 3)
        words, picture, invoice = twilio.visible()
        assert words.text == "*Anna*\n\nAt _nine_."
        assert (picture.text, picture.file and picture.file.content) == ("*Anna*\n\nLike this?", PNG)
        assert invoice.file
        assert invoice.file.media_type == "application/pdf"
        with pytest.raises(Undeliverable, match="no other files"):
            await channel.post_file(TO, page("", 1_004), PAGE_HTML)
        with pytest.raises(Undeliverable, match="larger than 5 MB"):
            await channel.post_file(
                TO, page("", 1_005), OutFile(name="a", media_type="image/png", data=b"x" * 6_000_000)
            )
        assert not twilio.violations


async def test_a_closed_window_is_told_and_a_template_knocks() -> None:
    async with channel_alone(settings={"template_sid": TEMPLATE}) as (twilio, channel, store):
        assert isinstance(channel, KnockingChannel)
        await twilio.says("Hi", reached=False)
        claim = await claimed(store)
        page = Page(claim=claim, text="It is ready.", number=1_001, final=True, author="Anna")
        twilio.age(PERSON, 25)
        with pytest.raises(WindowClosed, match="24 hours"):
            await channel.post(TO, page)
        with pytest.raises(WindowClosed):
            await channel.post_file(TO, page, PICTURE)
        seen = len(twilio.texts())
        await channel.knock(TO, page)
        assert len(twilio.texts()) == seen + 1


async def test_a_file_of_whatsapp_is_at_an_address_nobody_guesses_and_not_for_long() -> None:
    async with channel_alone() as (twilio, channel, store):
        await twilio.says("Hi", reached=False)
        page = Page(claim=await claimed(store), text="", number=1_001, final=True, author="Anna")
        await channel.post_file(TO, page, PICTURE)
        (made,) = [call.form["MediaUrl"] for call in twilio.calls if call.kind == "create"]
        assert len(made.split("/")[-2]) == 32
        assert made.startswith("https://chat.example.com/twilio/files/")


async def test_telegram_shows_the_name_no_thumbs_and_files() -> None:
    store = MemoryStore(Settings())
    async with telegram_stage(store) as stage:
        channel, to = stage.channel, stage.to
        assert isinstance(channel, FileChannel)
        claim = await claimed(store)

        def page(text: str, number: int) -> Page:
            return Page(claim=claim, text=text, number=number, final=True, author="Anna")

        async def sent(text: str, number: int, file: OutFile) -> MessageRef:
            return await channel.post_file(to, page(text, number), file)

        await channel.post(to, page("At *nine*.", 1_001))
        await sent("Like this?", 1_002, PICTURE)
        await sent("x" * CAPTION_UNITS_MAX, 1_003, INVOICE)
        # Called a picture, and none: it goes as a file.
        await sent("", 1_004, OutFile(name="b.png", media_type="image/png", data=b"no picture"))
        words, picture, before, invoice, odd = stage.server.answers(stage.server.rooms[int(to.key)])
        assert words.text == "Anna\n\nAt nine."
        assert words.buttons == picture.buttons == ()
        assert "photo" in picture.service
        assert picture.text == "Anna\n\nLike this?"
        assert before.text.endswith("x" * CAPTION_UNITS_MAX)
        assert invoice.service["document"]["file_name"] == "invoice.pdf"
        assert invoice.text == ""
        assert "document" in odd.service
        await channel.post(to, replace(page("How was it?", 1_006), author="", rating=True))
        asked = stage.server.answers(stage.server.rooms[int(to.key)])[-1]
        assert [label for row in asked.buttons for label, _ in row] == list("12345")
        with pytest.raises(Undeliverable, match="larger than 50 MB"):
            await sent("", 1_005, OutFile(name="a", media_type="video/mp4", data=bytes(FILE_BYTES_MAX + 1)))


async def test_words_of_a_colleague_are_not_taken_for_a_stream_of_the_assistants() -> None:
    async with on_stage(stream="native") as stage:
        direct = stage.slack.team.direct("U1").id
        root = await stage.slack.people.say("U1", direct, "Hello?", tell=False)
        to = Address("slack", f"{stage.slack.team.id}:{direct}:{root}")
        sender, now = Sender("U1"), datetime.now(UTC)
        asked = Inbound(event_id="e", address=to, sender=sender, text="Hello?", received_at=now)
        turn = Turn(id=TurnId("a" * 32), conversation_id=to.conversation_id, inbounds=(asked,))
        writing = Page(claim=Claim(turn=turn, fence=1, attempts=1), text="word " * 20)
        streamed = await stage.channel.post(to, writing)
        words = replace(writing, text="Anna here.", number=1_001, final=True, author="Anna")

        assert await stage.channel.find(to, writing) == streamed
        assert await stage.channel.find(to, words) is None

"""What people at the desk say, as a visitor sees it: their name, their words, what they change, their files."""

import base64
from dataclasses import replace

import pytest
from playwright.async_api import expect

from bridge.channels.widget import WidgetChannel
from bridge.channels.widget.settings import Settings
from bridge.ports import Claim, OutFile, Page
from bridge.types import MessageRef, Outcome, Turn
from tests.browser.conftest import Chat, OpenChat, World
from tests.fakes.context import channel_context

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELLO = "Hello, this is <b>Anna</b>.See https://larkwell.example/help"
"""As a browser tells text: without what breaks the line."""


class Desk:
    """Speaks through the server's own store, as the outbox does."""

    def __init__(self, world: World, turn: Turn) -> None:
        self.turn = turn
        self.channel = WidgetChannel(Settings(), channel_context(world.server.store))
        self.said = 1_000

    def _page(self, text: str, author: str) -> Page:
        claim = Claim(turn=self.turn, fence=0, attempts=1)
        return Page(claim=claim, text=text, number=self.said, final=True, author=author)

    async def say(self, text: str, author: str = "Anna") -> MessageRef:
        self.said += 1
        return await self.channel.post(self.turn.address, self._page(text, author))

    async def change(self, ref: MessageRef, text: str) -> None:
        await self.channel.edit(ref, self._page(text, "Anna"))

    async def send(self, file: OutFile, text: str = "") -> MessageRef:
        self.said += 1
        return await self.channel.post_file(self.turn.address, self._page(text, "Anna"), file)


async def begun(world: World, chat: Chat) -> Desk:
    await chat.ask("Is anybody there?")
    talk = await world.stage.talk()
    talk.answer("I ask a colleague.")
    await chat.done()
    return Desk(world, talk.turn)


async def test_a_colleagues_words_stand_below_their_name(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    desk = await begun(world, chat)
    await desk.say("Hello, this is <b>Anna</b>.\nSee https://larkwell.example/help", author="Anna *B*")
    message = chat.part(".message.person")
    await expect(message.locator(".who")).to_have_text("Anna *B*")
    await expect(message.locator(".md")).to_have_text(HELLO)
    await expect(message.locator("a")).to_have_attribute("href", "https://larkwell.example/help")
    await expect(message.locator(".md br")).to_have_count(1)
    await expect(chat.spoken).to_contain_text("Anna *B*")
    await desk.say("I am closing this now.", author="")
    await expect(chat.part(".message.bot .md")).to_have_text("I am closing this now.")
    await chat.page.reload()
    await expect(chat.part(".message .md")).to_have_text([HELLO, "I am closing this now."])


async def test_a_colleagues_bold_words_are_bold_and_nothing_of_them_becomes_a_page(
    world: World, open_chat: OpenChat
) -> None:
    chat = await open_chat()
    desk = await begun(world, chat)
    await desk.say("It costs **20 pounds**, ~~not 30~~.\n<img src=x onerror=alert(1)> [here](https://evil.example)")
    message = chat.part(".message.person")
    await expect(message.locator("strong")).to_have_text("20 pounds")
    await expect(message.locator("del")).to_have_text("not 30")
    await expect(message.locator(".md")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(message.locator("img, a")).to_have_count(0)


async def test_a_changed_message_changes_and_one_taken_back_goes_in_every_tab(
    world: World, open_chat: OpenChat
) -> None:
    first = await open_chat()
    desk = await begun(world, first)
    second = await open_chat(context=first.page.context)
    ref, other = await desk.say("At nine."), await desk.say("Bring it along.")
    for chat in (first, second):
        await expect(chat.part(".message.person .md")).to_have_text(["At nine.", "Bring it along."])
    await desk.change(ref, "At ten.")
    await desk.channel.delete(other)
    for chat in (first, second):
        await expect(chat.part(".message.person .md")).to_have_text(["At ten."])
    await second.page.reload()
    await expect(second.part(".message.person .md")).to_have_text(["At ten."])


async def test_pictures_are_shown_and_other_files_are_links(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(path="/")
    desk = await begun(world, chat)
    await desk.send(OutFile(name="wheel.png", media_type="image/png", data=PNG), "Like this?")
    await desk.send(OutFile(name="../evil<b>.html", media_type="application/octet-stream", data=b"<script>1</script>"))
    picture = chat.part(".message img")
    await expect(picture).to_have_attribute("alt", "wheel.png")
    assert await picture.evaluate("async node => { await node.decode(); return node.naturalWidth > 0 }")
    link = chat.part(".message a").last
    await expect(link).to_contain_text("evil")
    path = str(await link.get_attribute("href"))
    answer = await chat.page.request.get(path)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    id = path.split("/")[-2]
    for wrong in ("0" * 32, id[:-1], id.upper(), "..%2f" + id):
        assert (await chat.page.request.get(path.replace(id, wrong))).status == 404, wrong


async def test_where_a_page_forbids_pictures_their_name_is_there(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    chat.excused += ["Content Security Policy", "CSP img-src"]
    desk = await begun(world, chat)
    await desk.send(OutFile(name="wheel.png", media_type="image/png", data=PNG))
    await expect(chat.part(".message a")).to_contain_text("wheel.png")
    await expect(chat.part(".message img")).to_have_count(0)


async def test_a_message_that_goes_to_people_leaves_nothing_waiting(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await begun(world, chat)
    await chat.ask("Still there?")
    talk = await world.stage.talk()
    await expect(chat.part(".turn[data-phase=waiting]")).to_have_count(1)
    talk.end(outcome=Outcome.RELAYED)
    await expect(chat.part(".turn[data-phase=waiting]")).to_have_count(0)
    await expect(chat.part(".turn:visible")).to_have_count(1)
    await chat.page.reload()
    await expect(chat.questions).to_have_text(["Is anybody there?", "Still there?"])
    await expect(chat.part(".turn:visible")).to_have_count(1)
    await expect(chat.part(".tools")).to_have_count(1)


async def test_how_it_was_is_said_with_one_press_and_asked_no_more_afterwards(
    world: World, open_chat: OpenChat
) -> None:
    chat = await open_chat()
    desk = await begun(world, chat)
    desk.said += 1
    page = replace(desk._page("How was it?", ""), rating=True)
    await desk.channel.post(desk.turn.address, page)
    numbers = chat.part(".rate button")
    await expect(numbers).to_have_text(["1", "2", "3", "4", "5"])
    await expect(chat.part(".rate")).to_have_attribute("aria-label", "How was it? 1 is bad, 5 is very good")
    await chat.page.reload()
    await numbers.nth(3).click()
    talk = await world.stage.talk()
    assert talk.turn.question == "4"
    talk.answer("Thank you!")
    await expect(chat.part(".rate")).to_be_hidden()

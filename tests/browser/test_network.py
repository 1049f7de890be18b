"""The widget when the network, the tab or the browser's storage lets it down: nothing is lost or comes twice."""

import asyncio
import json
import time
from urllib.parse import urlencode

import jwt
import pytest
from playwright.async_api import expect

from tests.browser.conftest import IDENTITY_SECRET, OpenChat, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

BROKEN = "net::ERR"
"""What the browser writes to its console about a request that the test itself breaks."""


async def test_a_reload_in_mid_answer_goes_on_in_the_same_place(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Tell me a story")
    talk = await world.stage.talk()
    talk.say("Once upon a time, ")
    await expect(chat.answers).to_have_text("Once upon a time,")
    await chat.page.reload()
    await expect(chat.answers).to_have_text("Once upon a time,")
    await expect(chat.button("Stop writing")).to_be_visible()
    talk.answer("there was a bicycle.")
    await chat.done()
    await expect(chat.answers).to_have_text(["Once upon a time, there was a bicycle."])
    await expect(chat.questions).to_have_text(["Tell me a story"])


async def test_a_stream_that_is_cut_again_and_again_fills_one_bubble(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    chat.excused.append(BROKEN)
    await chat.ask("Count")
    talk = await world.stage.talk()
    bubble = await chat.part(".turn").element_handle()
    said = ""
    for number in ("one ", "two ", "three "):
        said += number
        talk.say(number)
        await expect(chat.answers).to_have_text(said.strip())
        # Down for as long as the looking takes: a stream that is only cut may be back before anybody looks.
        world.wire.down = True
        world.wire.cut()
        try:
            await expect(chat.part(".notice")).to_have_text("Reconnecting …")
            await expect(chat.part("[data-connection=retrying]")).to_have_count(1)
            await expect(chat.answers).to_have_text(said.strip())
        finally:
            world.wire.down = False
    talk.answer("four")
    await chat.done()
    await expect(chat.answers).to_have_text(["one two three four"])
    await expect(chat.part(".notice")).to_be_hidden()
    assert bubble is not None
    assert await bubble.evaluate("node => node.isConnected")


async def test_messages_written_offline_are_kept_and_sent_once_in_order(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    chat.excused.append(BROKEN)
    await expect(chat.part("[data-connection=live]")).to_have_count(1)
    await chat.page.context.set_offline(True)
    await expect(chat.part(".notice")).to_contain_text("You are offline")
    for text in ("First", "Second", "Third"):
        await chat.ask(text)
    await expect(chat.part(".question[data-state=queued]")).to_have_count(3)
    await expect(chat.part(".question .state").first).to_have_text("Waiting to be sent")
    await chat.page.context.set_offline(False)
    await expect(chat.part(".question[data-state=sent]")).to_have_count(3)
    answered = 0
    while answered < 3:
        talk = await world.stage.talk()
        answered += len(talk.turn.inbounds)
        talk.answer("Yes.")
    assert world.stage.questions == ["First", "Second", "Third"]
    await expect(chat.questions).to_have_text(["First", "Second", "Third"])
    await expect(chat.part(".notice")).to_be_hidden()


async def test_a_queued_message_survives_a_reload(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    chat.excused += [BROKEN, "Failed to load resource"]
    await chat.ask("Earlier")
    (await world.stage.talk()).answer("Answered.")
    await chat.done()
    world.wire.down = True
    world.wire.cut()
    try:
        await chat.ask("Later")
        await expect(chat.part(".question[data-state=queued]")).to_have_count(1)
    finally:
        world.wire.down = False
    await chat.page.reload()
    (await world.stage.talk()).answer("Also answered.")
    await chat.done(2)
    await expect(chat.part(".question p, .turn .md")).to_have_text(["Earlier", "Answered.", "Later", "Also answered."])
    assert world.stage.questions == ["Earlier", "Later"]


def _signed_in(sub: str) -> dict[str, str]:
    now = int(time.time())
    identity = jwt.encode({"sub": sub, "iat": now, "exp": now + 600}, IDENTITY_SECRET, algorithm="HS256")
    return {"attributes": f'data-open data-identity="{identity}"'}


async def test_what_somebody_wrote_is_not_shown_to_or_sent_for_who_signs_in_after_them(
    world: World, open_chat: OpenChat
) -> None:
    chat = await open_chat(query=_signed_in("ada"))
    chat.excused += [BROKEN, "Failed to load resource"]
    await expect(chat.part("[data-connection=live]")).to_have_count(1)
    world.wire.down = True
    world.wire.cut()
    try:
        await chat.ask("Ada's own matter")
        await expect(chat.part(".question[data-state=queued]")).to_have_count(1)
        await chat.page.goto("about:blank")
    finally:
        world.wire.down = False
    await chat.page.goto(f"{world.host.url}/?{urlencode(_signed_in('bob'))}")
    await chat.ask("Bob here")
    (await world.stage.talk()).answer("Hello Bob.")
    await chat.done()
    await expect(chat.questions).to_have_text(["Bob here"])
    await chat.page.goto(f"{world.host.url}/?{urlencode(_signed_in('ada'))}")
    talk = await world.stage.talk()
    talk.answer("Hello Ada.")
    await chat.done()
    await expect(chat.questions).to_have_text(["Ada's own matter"])
    assert talk.turn.inbounds[0].sender.id == "ada"
    assert world.stage.questions == ["Bob here", "Ada's own matter"]


async def test_a_message_that_waits_behind_an_answer_survives_a_reload(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("One")
    talk = await world.stage.talk()
    talk.say("The answer")
    await chat.ask("Two")
    await expect(chat.part(".question[data-state=sent]")).to_have_count(2)
    await chat.page.reload()
    await expect(chat.part(".question p, .turn .md")).to_have_text(["One", "The answer", "Two"])
    talk.answer(" to one.")
    (await world.stage.talk()).answer("The answer to two.")
    await chat.done(2)
    shown = ["One", "The answer to one.", "Two", "The answer to two."]
    await expect(chat.part(".question p, .turn .md")).to_have_text(shown)


async def test_a_message_whose_receipt_is_lost_is_not_asked_twice(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    chat.excused.append(BROKEN)
    posts: list[str] = []

    async def lose_the_first_receipt(route, request) -> None:  # type: ignore[no-untyped-def]
        posts.append(json.loads(request.post_data)["client_msg_id"])
        if len(posts) == 1:
            await route.fetch()
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await chat.page.route("**/widget/messages", lose_the_first_receipt)
    await chat.ask("Only once")
    talk = await world.stage.talk()
    await expect(chat.part(".question[data-state=sent]")).to_have_count(1)
    talk.answer("Once.")
    await chat.done()
    for _ in range(300):
        if len(posts) == 2:
            break
        await asyncio.sleep(0.1)
    assert posts == [posts[0]] * 2
    assert world.stage.questions == ["Only once"]
    await expect(chat.questions).to_have_count(1)


async def test_two_tabs_show_one_conversation(world: World, open_chat: OpenChat) -> None:
    first = await open_chat()
    await first.ask("From the first tab")
    talk = await world.stage.talk()
    talk.label("Looking it up")
    second = await open_chat(context=first.page.context)
    await expect(second.questions).to_have_text(["From the first tab"])
    talk.say("Both of you ")
    for chat in (first, second):
        await expect(chat.answers).to_have_text("Both of you")
    await second.ask("From the second tab")
    await expect(first.questions).to_have_text(["From the first tab", "From the second tab"])
    talk.answer("can read this.")
    (await world.stage.talk()).answer("And this.")
    for chat in (first, second):
        await chat.done(2)
        await expect(chat.part(".question p, .turn .md")).to_have_text(
            ["From the first tab", "Both of you can read this.", "From the second tab", "And this."]
        )
    assert world.stage.questions == ["From the first tab", "From the second tab"]

    await first.button("New conversation").click()
    await first.button("Start new").click()
    for chat in (first, second):
        await expect(chat.questions).to_have_count(0)
    await second.ask("A fresh start")
    (await world.stage.talk()).answer("Indeed.")
    for chat in (first, second):
        await expect(chat.part(".question p, .turn .md")).to_have_text(["A fresh start", "Indeed."])


async def test_storage_that_throws_costs_only_the_memory_of_it(world: World, open_chat: OpenChat) -> None:
    refuse = """for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError"); } });
    }"""
    chat = await open_chat(script=refuse)
    await chat.ask("Hello?")
    (await world.stage.talk()).answer("Hello!")
    await chat.done()
    await chat.button("Helpful").click()
    await expect(chat.button("Helpful")).to_have_attribute("aria-pressed", "true")
    await chat.button("New conversation").click()
    await chat.button("Start new").click()
    await expect(chat.part(".suggestions")).to_be_visible()


async def test_a_token_that_is_no_longer_good_is_replaced_without_a_word(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    chat.excused.append("401")
    await chat.ask("Hello?")
    (await world.stage.talk()).answer("Hello!")
    await chat.done()
    await chat.page.evaluate(
        """() => { for (const key of Object.keys(localStorage)) if (key.endsWith(":session")) {
          localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), token: "stale" }));
        } }"""
    )
    await chat.page.reload()
    await expect(chat.part(".suggestions")).to_be_visible()
    await chat.ask("Are you there?")
    (await world.stage.talk()).answer("Yes.")
    await chat.done()


@pytest.mark.parametrize(("status", "words"), [(400, "could not be sent"), (413, "too long")])
async def test_a_message_that_the_server_refuses_can_be_edited(
    world: World, open_chat: OpenChat, status: int, words: str
) -> None:
    chat = await open_chat()
    chat.excused.append(str(status))
    cors = {"Access-Control-Allow-Origin": world.host.url}
    await chat.page.route("**/widget/messages", lambda route: route.fulfill(status=status, body="{}", headers=cors))
    await chat.ask("Too much")
    await expect(chat.part(".question .state")).to_contain_text(words)
    await chat.page.unroute("**/widget/messages")
    await chat.button("Edit").click()
    await expect(chat.field).to_have_value("Too much")
    await chat.field.press("Enter")
    (await world.stage.talk()).answer("Now it is fine.")
    await chat.done()
    await expect(chat.questions).to_have_text(["Too much"])


async def test_a_limit_delays_a_message_for_as_long_as_the_server_says(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    chat.excused.append("429")
    times: list[float] = []

    async def limit(route, request) -> None:  # type: ignore[no-untyped-def]
        times.append(asyncio.get_running_loop().time())
        headers = {
            "Retry-After": "2",
            "Access-Control-Allow-Origin": world.host.url,
            "Access-Control-Expose-Headers": "Retry-After",
        }
        if len(times) == 1:
            await route.fulfill(status=429, body="{}", headers=headers)
        else:
            await route.continue_()

    await chat.page.route("**/widget/messages", limit)
    await chat.ask("Hello?")
    await expect(chat.part(".question[data-state=queued]")).to_have_count(1)
    (await world.stage.talk()).answer("Hello!")
    await chat.done()
    assert times[1] - times[0] >= 1.9


async def test_news_while_the_chat_is_closed_are_counted_on_the_launcher(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Hello?")
    talk = await world.stage.talk()
    await chat.button("Close chat").click()
    talk.answer("Hello!")
    launcher = chat.button("Open chat, new messages: 1")
    await expect(launcher).to_be_visible()
    await expect(chat.part(".badge")).to_have_text("1")
    await chat.page.reload()
    await expect(launcher).to_be_visible()
    await launcher.click()
    await expect(chat.answers).to_have_text("Hello!")
    await chat.button("Close chat").click()
    await expect(chat.button("Open chat")).to_be_visible()


async def test_nothing_is_asked_of_the_server_before_the_chat_is_opened(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(query={"attributes": ""})
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    await chat.page.reload()
    await expect(chat.part(".launcher")).to_be_visible()
    await chat.page.wait_for_load_state("networkidle")
    assert [url for url in asked if "/widget/" in url and "/widget/look/" not in url] == []
    assert await chat.page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    await chat.part(".launcher").click()
    await expect(chat.part(".greeting")).to_be_visible()

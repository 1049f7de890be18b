"""A conversation in the widget: asking, streaming, stopping, asking again, rating, copying, sources."""

import json

import pytest
from playwright.async_api import expect

from bridge.types import Outcome
from tests.browser.conftest import SUGGESTIONS, OpenChat, World
from tests.browser.stage import passage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_greets_and_offers_questions_that_can_be_asked_with_one_click(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await expect(chat.part(".greeting")).to_have_text("Hello! Ask me about bikes.")
    await expect(chat.part(".disclosure")).to_have_text("You are chatting with an AI assistant.")
    await expect(chat.part(".suggestions button")).to_have_text(SUGGESTIONS)
    await chat.button(SUGGESTIONS[1]).click()
    assert (await world.stage.talk()).turn.question == SUGGESTIONS[1]
    await expect(chat.part(".welcome")).to_be_hidden()
    await expect(chat.field).to_be_focused()
    await expect(chat.questions).to_have_text([SUGGESTIONS[1]])


async def test_an_answer_grows_while_it_is_written(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Hello?")
    talk = await world.stage.talk()
    talk.label("Looking it up")
    await expect(chat.part(".status")).to_have_text("Looking it up")
    talk.say("It is **very")
    await expect(chat.answers).to_have_text("It is very")
    await expect(chat.part(".status")).to_be_hidden()
    talk.say(" good** indeed.")
    await expect(chat.answers).to_have_text("It is very good indeed.")
    await expect(chat.part(".tools")).to_have_count(0)
    talk.end()
    await chat.done()
    await expect(chat.answers.locator("strong")).to_have_text("very good")


async def test_a_fallback_begins_again_in_the_same_place(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Hello?")
    talk = await world.stage.talk()
    talk.say("The first model says ")
    await expect(chat.answers).to_have_text("The first model says")
    talk.reset()
    talk.answer("The second model answers.")
    await chat.done()
    await expect(chat.answers).to_have_text(["The second model answers."])


async def test_stop_keeps_what_is_there_and_offers_to_try_again(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Tell me everything")
    talk = await world.stage.talk()
    talk.say("First of all, ")
    await expect(chat.answers).to_have_text("First of all,")
    await chat.button("Stop writing").click()
    await expect(chat.part(".note")).to_contain_text("Stopped.")
    await expect(chat.field).to_be_focused()
    assert talk.reply.cancelled()
    await expect(chat.button("Stop writing")).to_be_hidden()
    await expect(chat.answers).to_have_text("First of all,")

    await chat.button("Try again").click()
    again = await world.stage.talk()
    assert again.turn.question == "Tell me everything"
    again.answer("Everything.")
    await expect(chat.answers).to_have_text(["Everything."])
    await expect(chat.questions).to_have_text(["Tell me everything"])
    await chat.page.reload()
    await chat.done()
    await expect(chat.answers).to_have_text(["Everything."])
    await expect(chat.questions).to_have_text(["Tell me everything"])


async def test_a_failed_answer_says_so_and_can_be_asked_for_again(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Hello?")
    (await world.stage.talk()).answer("Sorry, something", outcome=Outcome.FAILED)
    await expect(chat.part(".note.failed")).to_be_visible()
    await chat.button("Try again").click()
    (await world.stage.talk()).answer("Here you are.")
    await expect(chat.answers).to_have_text(["Here you are."])
    await expect(chat.part(".note")).to_have_count(0)


async def test_messages_sent_during_an_answer_are_answered_after_it(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("One")
    first = await world.stage.talk()
    first.say("The answer to one")
    await chat.ask("Two")
    await chat.ask("Three")
    await expect(chat.part(".question[data-state=sent]")).to_have_count(3)
    first.end()
    second = await world.stage.talk()
    assert [inbound.text for inbound in second.turn.inbounds] == ["Two", "Three"]
    second.answer("The answer to both")
    await chat.done(2)
    await expect(chat.part(".question p, .turn .md")).to_have_text(
        ["One", "The answer to one", "Two", "Three", "The answer to both"]
    )


async def test_sources_are_listed_and_marks_lead_to_them(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("How long?")
    (await world.stage.talk()).answer(
        "30 days [1], and 60 for the rest [2]. Not [7].",
        passage(1, title="Returns", section="Bikes > Limit"),
        passage(2, title="Elsewhere", url="https://other.example/page"),
    )
    await chat.done()
    sources = chat.part(".sources li")
    await expect(sources).to_have_count(2)
    await expect(sources.nth(0)).to_contain_text("Bikes › Limit · Updated 2 Nov 2026")
    link = sources.nth(0).get_by_role("link")
    await expect(link).to_have_attribute("href", "https://larkwell.example/help/page-1")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(sources.nth(1).get_by_role("link")).to_have_count(0)
    await expect(chat.answers.locator("button.cite")).to_have_text(["1", "2"])
    await expect(chat.answers).to_contain_text("Not [7].")
    await chat.button("Source 2").click()
    await expect(sources.nth(1)).to_be_focused()


async def test_feedback_reaches_the_server_and_survives_a_reload(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Hello?")
    talk = await world.stage.talk()
    talk.answer("Hello!")
    await chat.done()
    up, down = chat.button("Helpful"), chat.button("Not helpful")
    await up.click()
    await expect(up).to_have_attribute("aria-pressed", "true")
    await down.click()
    await expect(up).to_have_attribute("aria-pressed", "false")
    comment = chat.part(".comment textarea")
    await expect(comment).to_be_focused()
    await comment.fill("Too short")
    await chat.button("Send feedback").click()
    await expect(down).to_be_focused()
    await expect(comment).to_have_count(0)
    kept = [json.loads(entry.body) for entry in await world.server.store.read("feedback", after=0, limit=1000)]
    own = [(one["rating"], one["comment"]) for one in kept if one["turn_id"] == talk.turn.id]
    assert own == [("up", ""), ("down", ""), ("down", "Too short")]
    await chat.page.reload()
    await chat.done()
    await expect(chat.button("Not helpful")).to_have_attribute("aria-pressed", "true")


async def test_a_click_that_cannot_be_carried_out_says_so(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    chat.excused.append("503")
    await chat.ask("Hello?")
    (await world.stage.talk()).answer("Hello!")
    await chat.done()
    cors = {"Access-Control-Allow-Origin": world.host.url}
    await chat.page.route("**/feedback", lambda route: route.fulfill(status=503, body="{}", headers=cors))
    await chat.button("Helpful").click()
    await expect(chat.part(".notice")).to_have_text("That did not work. Please try again.")
    await expect(chat.button("Helpful")).to_have_attribute("aria-pressed", "false")


async def test_an_answer_and_its_code_can_be_copied(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(permissions=["clipboard-read", "clipboard-write"])
    await chat.ask("Hello?")
    (await world.stage.talk()).answer("Use **this** [1]:\n\n```sh\nride --fast\n```", passage(1))
    await chat.done()
    await chat.button("Copy answer").click()
    await expect(chat.spoken).to_have_text("Copied")
    assert await chat.page.evaluate("navigator.clipboard.readText()") == "Use **this**:\n\n```sh\nride --fast\n```"
    await chat.button("Copy code").click()
    await chat.page.wait_for_function("navigator.clipboard.readText().then((text) => text === 'ride --fast')")


async def test_a_long_answer_is_followed_only_while_the_reader_is_at_the_end(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    log = chat.part(".log")
    at_end = "node => node.scrollHeight - node.scrollTop - node.clientHeight < 4"
    await chat.ask("Tell me a lot")
    talk = await world.stage.talk()
    talk.say("A line.\n\n" * 60)
    await expect(chat.part(".md p")).to_have_count(60)
    await chat.page.wait_for_function(
        f"({at_end})(document.querySelector('bridge-chat').shadowRoot.querySelector('.log'))"
    )
    await expect(chat.button("Jump to newest")).to_be_hidden()
    await log.hover()
    await chat.page.mouse.wheel(0, -900)
    await expect(chat.button("Jump to newest")).to_be_visible()
    before = await log.evaluate("node => node.scrollTop")
    talk.say("Another line.\n\n" * 30)
    await expect(chat.part(".md p")).to_have_count(90)
    assert abs(await log.evaluate("node => node.scrollTop") - before) < 4
    await chat.button("Jump to newest").click()
    assert await log.evaluate(at_end)
    talk.end()


async def test_a_new_conversation_begins_only_after_a_second_thought(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Hello?")
    (await world.stage.talk()).answer("Hello!")
    await chat.done()
    await chat.button("New conversation").click()
    await chat.button("Cancel").click()
    await expect(chat.answers).to_have_count(1)
    await chat.button("New conversation").click()
    await chat.button("Start new").click()
    await expect(chat.answers).to_have_count(0)
    await expect(chat.part(".suggestions")).to_be_visible()
    await chat.ask("Anything else?")
    talk = await world.stage.talk()
    talk.answer("No.")
    await chat.done()
    await expect(chat.questions).to_have_text(["Anything else?"])


async def test_a_text_that_is_too_long_is_counted_and_not_sent(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await expect(chat.part(".greeting")).to_be_visible()
    await chat.field.fill("x" * 3_000)
    await expect(chat.part(".counter")).to_be_hidden()
    await chat.field.fill("x" * 3_900)
    await expect(chat.part(".counter")).to_have_text("100 characters left")
    await chat.field.fill("🚲" * 4_001)
    await expect(chat.part(".counter")).to_have_text("1 characters too many")
    await chat.field.press("Enter")
    await expect(chat.questions).to_have_count(0)
    await expect(chat.field).to_have_value("🚲" * 4_001)


async def test_the_page_itself_may_ask(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(query={"attributes": "", "question": "Is it in stock?"})
    await expect(chat.part(".panel")).to_be_hidden()
    await chat.page.get_by_role("button", name="Ask about this").click()
    assert (await world.stage.talk()).turn.question == "Is it in stock?"
    await expect(chat.questions).to_have_text(["Is it in stock?"])

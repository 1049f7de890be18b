"""A person takes a conversation over, whatever channel the customer is on: claimed, both ways, given back, closed."""

import pytest

from tests.fakes.core import until
from tests.fakes.desk_world import CHANNELS, CLEO, DeskWorld, desk_world

PASSED_ON = "I pass this on to my colleagues."
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
JOINED = "A colleague from our team is with you now."


async def handed_over(world: DeskWorld) -> None:
    """A person was asked for, and Cleo has the conversation."""
    await world.customer.say("I want to talk to a person")
    await world.sees(PASSED_ON)
    await world.slack.people.click(CLEO, await world.card(), "Claim")
    await world.sees(PASSED_ON, JOINED)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_colleague_answers_and_gives_the_conversation_back(channel: str) -> None:
    async with desk_world(channel) as world:
        customer, slack = world.customer, world.slack
        await customer.say("I want to talk to a person")
        await world.sees(PASSED_ON)
        card = await world.card()
        assert "asked for a person" in card.shown
        await customer.say("It is about my brakes")
        await world.noted(card, lambda notes: any("my brakes" in note for note in notes))
        await slack.people.click(CLEO, card, "Claim")
        await until(lambda: "with Cleo" in world.cards[0].shown, within_s=30)
        await world.sees(PASSED_ON, JOINED)
        for text in ("// he is nervous", "Hello, I look at it.", "Bring it at nine."):
            await world.reply(card, text)
        seen = await world.shown(4)
        assert [text.endswith(said) for text, said in zip(seen[2:], ("I look at it.", "at nine."), strict=True)]
        assert all("Cleo" in text for text in seen[2:])
        await customer.say("Thank you")
        await world.noted(card, lambda notes: any("Thank you" in note for note in notes))
        # The assistant was silent all the time, knows what was said, and speaks again.
        await slack.people.click(CLEO, world.cards[0], "Hand back")
        await slack.people.submit(CLEO, await world.form(), {"note": "He comes at nine."})
        await world.shown(5)
        await customer.say("How late are you open")
        seen = await world.shown(6)
        assert seen[-1].startswith("You said: How late are you open")
        assert not any("nervous" in text or text == "nine." for text in seen)
        assert not slack.violations


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_closed_conversation_is_rated_and_the_next_question_is_the_assistants(channel: str) -> None:
    async with desk_world(channel) as world:
        await handed_over(world)
        await world.slack.people.click(CLEO, world.cards[0], "Close")
        asked = (await world.shown(3))[-1]
        assert "1" in asked
        assert "5" in asked
        await world.customer.say("5")
        await world.shown(4)
        await world.noted(world.cards[0], lambda notes: any("5" in note for note in notes))
        await world.customer.say("Do you sell bells")
        assert (await world.shown(5))[-1].startswith("You said: Do you sell bells")


@pytest.mark.parametrize("channel", ["widget", "telegram", "slack"])
async def test_what_a_colleague_changes_or_takes_back_changes_or_goes(channel: str) -> None:
    async with desk_world(channel) as world:
        await handed_over(world)
        first = await world.reply(world.cards[0], "At nine.")
        other = await world.reply(world.cards[0], "Bring it along.")
        await world.shown(4)
        await world.slack.people.edit(first, "At ten.")
        await world.slack.people.delete(other)
        await until(
            lambda: [text.rpartition("\n")[2] for text in world.customer.shown()[2:]] == ["At ten."], within_s=30
        )


@pytest.mark.parametrize("channel", CHANNELS)
async def test_marks_tell_the_colleague_what_became_of_a_message(channel: str) -> None:
    async with desk_world(channel) as world:
        await handed_over(world)
        message = await world.reply(world.cards[0], "Hello!")
        await until(lambda: "white_check_mark" in message.reactions, within_s=30)
        assert "hourglass_flowing_sand" not in message.reactions


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_colleagues_picture_reaches_the_customer(channel: str) -> None:
    async with desk_world(channel) as world:
        await handed_over(world)
        await world.reply(world.cards[0], "Like this?", files=(world.slack.people.file("wheel.png", "image/png", PNG),))
        await until(lambda: world.customer.files() == [PNG], within_s=30)
        await world.shown(3)
        assert any("Like this?" in text for text in world.customer.shown())


@pytest.mark.parametrize("channel", ["telegram", "whatsapp", "slack"])
async def test_a_customers_picture_stands_below_the_card(channel: str) -> None:
    async with desk_world(channel) as world:
        await handed_over(world)
        await world.customer.send(PNG)
        kept = world.slack.team.files
        await until(
            lambda: any(
                kept[file["id"]][1] == PNG for message in world.thread(world.cards[0]) for file in message.files
            ),
            10,
        )


async def test_what_a_channel_cannot_take_is_said_at_the_desk() -> None:
    async with desk_world("whatsapp") as world:
        await handed_over(world)
        page = world.slack.people.file("page.html", "text/html", b"<script>alert(1)</script>")
        message = await world.reply(world.cards[0], "See", files=(page,))
        await until(lambda: "warning" in message.reactions, within_s=30)
        await world.noted(world.cards[0], lambda notes: any("no other files" in note for note in notes))
        assert world.customer.files() == []

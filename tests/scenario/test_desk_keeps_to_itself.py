"""What colleagues say among themselves, and to the assistant, never reaches a customer's page; what they say to the
customer reaches it once, as theirs."""

from tests.fakes.desk_world import CLEO, OnWidget, desk_world


async def test_the_widgets_events_hold_nothing_that_was_said_among_colleagues() -> None:
    async with desk_world("widget") as world:
        customer = world.customer
        assert isinstance(customer, OnWidget)
        await customer.say("I want to talk to a person")
        await world.shown(1)
        card = await world.card()
        await world.reply(card, "// hush-among-us")
        await world.reply(card, "Hello-to-you")
        await world.shown(2)
        await world.slack.people.click(CLEO, world.cards[0], "Hand back")
        await world.slack.people.submit(CLEO, await world.form(), {"note": "hush-to-the-assistant"})
        await world.shown(3)
        await customer.say("And now")
        await world.shown(4)
        events = await customer.visitor.read_until(
            lambda event: event.type == "done" and "And now" in event.data["text"], after=0
        )

    assert not [event for event in events if b"hush" in event.raw]
    said = [event for event in events if b"Hello-to-you" in event.raw]
    assert [(event.type, event.data.get("author")) for event in said] == [("message", "person")]
    asked = [question["text"] for event in events for question in event.data.get("questions", ())]
    assert set(asked) == {"I want to talk to a person", "And now"}

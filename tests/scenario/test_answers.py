"""Questions and their answers, through real HTTP."""

import asyncio

from tests.fakes.brains import Gate, broken
from tests.fakes.server import start_server
from tests.fakes.widget_client import Visitor, another, check_grammar, visiting


async def test_a_question_is_answered_and_streamed(visitor: Visitor) -> None:
    turn_id = await visitor.say("Where is my order?", "first")

    events = await visitor.read_turn(turn_id)

    assert events[0].id == 1
    assert events[0].data["questions"] == [{"client_msg_id": "first", "text": "Where is my order?"}]
    assert events[-1].data["text"] == "You said: Where is my order? "
    assert events[-1].data["outcome"] == "answered"
    assert events[-1].data["citations"] == []


async def test_text_is_shown_while_it_is_written(gated: Visitor, gate: Gate) -> None:
    turn_id = await gated.say("Hello?")

    early = await gated.read_until(lambda event: event.type == "delta")
    gate.open.set()
    later = await gated.read_turn(turn_id)

    assert [event.type for event in early] == ["status", "delta"]
    assert early[-1].data["text"] == "So: "
    assert [event.data.get("text") for event in later[2:]] == ["Hello?", "So: Hello?"]


async def test_the_same_message_again_is_the_same_turn(visitor: Visitor, server: object) -> None:
    first = await visitor.say("Hello?", "one")
    await visitor.read_turn(first)

    again = await visitor.say("Hello?", "one")
    other = await visitor.say("And now?", "two")

    assert again == first != other
    events = await visitor.read_turn(other)
    assert [event.turn_id for event in events if event.type == "done"] == [first, other]


async def test_the_same_message_fifty_times_at_once_is_one_turn(gated: Visitor, gate: Gate) -> None:
    """More than the burst of a session: what was stored already costs nothing."""
    gate.open.set()

    turns = await asyncio.gather(*(gated.say("Hello?", "one") for _ in range(50)))

    await gated.read_turn(turns[0])
    assert len(set(turns)) == 1
    assert len(gate.asked) == 1
    assert [inbound.text for inbound in gate.asked[0].inbounds] == ["Hello?"]


async def test_two_visitors_may_use_the_same_message_id(visitor: Visitor) -> None:
    stranger = await another(visitor)

    mine, theirs = await visitor.say("mine", "1"), await stranger.say("theirs", "1")

    assert mine != theirs
    assert (await visitor.read_turn(mine))[-1].data["text"] == "You said: mine "
    assert (await stranger.read_turn(theirs))[-1].data["text"] == "You said: theirs "


async def test_messages_during_a_turn_share_the_next_one_in_order(gated: Visitor, gate: Gate) -> None:
    first = await gated.say("zero")
    await gate.reached(1)
    words = [f"word{n}" for n in range(15)]

    later = [await gated.say(word) for word in words]
    gate.open.set()
    events = await gated.read_turn(later[-1])

    assert len(set(later)) == 1
    assert later[0] != first
    assert gate.asked[1].question.split() == words
    status = next(event for event in events if event.turn_id == later[0])
    assert [question["text"] for question in status.data["questions"]] == words


async def test_other_conversations_never_wait(gate: Gate) -> None:
    gate.stuck = "stuck"
    async with start_server(gate) as server, visiting(server.url) as slow:
        await slow.say("stuck")
        await gate.reached(1)
        others = [await another(slow) for _ in range(10)]

        answers = await asyncio.gather(*(other.ask("quick") for other in others))

        assert [answer["text"] for answer in answers] == ["So: quick"] * 10
        gate.open.set()


async def test_no_more_turns_at_once_than_allowed(gate: Gate) -> None:
    async with start_server(gate, settings={"BRIDGE_SERVER__TURNS_MAX": 3}) as server, visiting(server.url) as first:
        visitors = [first, *[await another(first) for _ in range(7)]]
        turns = [await visitor.say("Hello?") for visitor in visitors]
        await gate.reached(3)
        await asyncio.sleep(0.05)
        assert gate.running == 3

        gate.open.set()
        await asyncio.gather(*(visitor.read_turn(turn) for visitor, turn in zip(visitors, turns, strict=True)))

        assert gate.running_max == 3


async def test_a_bug_in_the_brain_becomes_an_apology() -> None:
    async with start_server(broken) as server, visiting(server.url) as visitor:
        events = await visitor.read_turn(await visitor.say("Hello?"))

        assert events[-1].data["outcome"] == "failed"
        assert events[-1].data["text"] == "Sorry, that went wrong."
        assert "bug" not in str(events)


async def test_every_script_and_sign_comes_through(visitor: Visitor) -> None:
    text = "Grüße, 你好, مرحبا, 👩‍🚀 <b>&amp;</b> \u2028 line\nbreak\r\n\ttab data: x\n\nevent: y"

    answer = await visitor.ask(text)

    assert answer["text"] == f"You said: {text} "


async def test_the_first_thing_of_a_turn_is_its_question(visitor: Visitor) -> None:
    """Another tab learns what was asked, also when the brain says text at once."""
    events = await visitor.read_turn(await visitor.say("Hello?"))

    check_grammar(events)
    assert events[0].data["label"] == ""

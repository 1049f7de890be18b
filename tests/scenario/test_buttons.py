"""Stop, retry and feedback."""

import asyncio
import json

import pytest

from tests.fakes.brains import Gate
from tests.fakes.server import Server
from tests.fakes.widget_client import Visitor, another

ACTIONS = ("stop", "retry", "feedback")


async def test_a_running_answer_is_stopped(gated: Visitor, gate: Gate) -> None:
    turn_id = await gated.say("Hello?")
    await gated.read_until(lambda event: event.type == "delta")

    status, answer, _ = await gated.post(f"/widget/turns/{turn_id}/stop")

    assert (status, answer) == (202, {"turn_id": turn_id})
    done = (await gated.read_turn(turn_id))[-1].data
    assert (done["outcome"], done["text"]) == ("stopped", "So: ")


async def test_a_waiting_turn_is_stopped_before_it_begins(gated: Visitor, gate: Gate) -> None:
    await gated.say("first")
    await gate.reached(1)
    waiting = await gated.say("second")

    await gated.post(f"/widget/turns/{waiting}/stop")
    gate.open.set()

    done = (await gated.read_turn(waiting))[-1].data
    assert (done["outcome"], done["text"]) == ("stopped", "")
    assert [turn.question for turn in gate.asked] == ["first"]


async def test_stopping_a_finished_turn_changes_nothing(visitor: Visitor) -> None:
    before = await visitor.read_turn(turn_id := await visitor.say("Hello?"))

    status, _, _ = await visitor.post(f"/widget/turns/{turn_id}/stop")

    assert status == 202
    assert await visitor.read_turn(turn_id) == before


async def test_an_answer_is_made_again_once(visitor: Visitor) -> None:
    first = await visitor.say("Hello?")
    await visitor.read_turn(first)

    retries = await asyncio.gather(*(visitor.post(f"/widget/turns/{first}/retry") for _ in range(30)))

    turns = {answer["turn_id"] for _, answer, _ in retries}
    assert [status for status, _, _ in retries] == [202] * 30
    assert len(turns) == 1
    events = await visitor.read_turn(turns.pop())
    status = next(event for event in events if event.type == "status" and event.turn_id != first)
    assert status.data["retry_of"] == first
    assert "questions" not in status.data
    assert events[-1].data["text"] == "You said: Hello? "


async def test_a_retry_of_a_running_turn_is_that_turn(gated: Visitor, gate: Gate) -> None:
    turn_id = await gated.say("Hello?")
    await gate.reached(1)

    _, answer, _ = await gated.post(f"/widget/turns/{turn_id}/retry")

    assert answer == {"turn_id": turn_id}
    gate.open.set()
    await gated.read_turn(turn_id)


async def test_a_question_that_joins_a_retry_is_shown(gated: Visitor, gate: Gate) -> None:
    gate.open.set()
    gate.stuck = "wait"
    first = await gated.say("Hello?")
    await gated.read_turn(first)
    gate.open.clear()
    await gated.say("wait")
    await gate.reached(2)

    _, retry, _ = await gated.post(f"/widget/turns/{first}/retry")
    joined = await gated.say("And this?", "joined")
    gate.open.set()

    assert joined == retry["turn_id"]
    events = await gated.read_turn(joined)
    status = next(event for event in events if event.turn_id == joined)
    assert status.data["retry_of"] == first
    assert status.data["questions"] == [{"client_msg_id": "joined", "text": "And this?"}]


async def test_feedback_is_kept_once_each_time_it_changes(visitor: Visitor, server: Server) -> None:
    turn_id = await visitor.say("Hello?")
    await visitor.read_turn(turn_id)

    up, down = {"rating": "up"}, {"rating": "down", "comment": "Not so."}
    for body in (up, up, down, down, up):
        assert (await visitor.post(f"/widget/turns/{turn_id}/feedback", body))[0] == 204

    kept = [json.loads(entry.body) for entry in await server.store.read("feedback", after=0, limit=10)]
    assert [(one["turn_id"], one["rating"], one["comment"]) for one in kept] == [
        (turn_id, "up", ""),
        (turn_id, "down", "Not so."),
        (turn_id, "up", ""),
    ]


@pytest.mark.parametrize("body", [{}, {"rating": "great"}, {"rating": ["up"]}, {"rating": "up", "comment": 1}, [1], 1])
async def test_feedback_that_says_nothing_is_refused(visitor: Visitor, body: object) -> None:
    turn_id = await visitor.say("Hello?")

    assert (await visitor.post(f"/widget/turns/{turn_id}/feedback", body))[0] == 400


async def test_feedback_has_a_limit(visitor: Visitor) -> None:
    turn_id = await visitor.say("Hello?")
    path = f"/widget/turns/{turn_id}/feedback"

    answers = await asyncio.gather(*(visitor.post(path, {"rating": "up"}) for _ in range(40)))

    assert {status for status, _, _ in answers} == {204, 429}


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_turn_of_somebody_else_is_not_there(visitor: Visitor, action: str) -> None:
    turn_id = await visitor.say("Hello?")
    stranger = await another(visitor)

    foreign = await stranger.post(f"/widget/turns/{turn_id}/{action}", {"rating": "up"})
    unknown = await stranger.post(f"/widget/turns/{'0' * 32}/{action}", {"rating": "up"})

    assert foreign[:2] == unknown[:2]
    assert foreign[0] == 404

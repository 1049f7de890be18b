"""People stop, rate, repeat, change and take back in Slack."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.types import Outcome
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.server import Server
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import answered, on_slack, unspoiled

On = tuple[SlackServer, Server, str]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def on(gate: Gate) -> AsyncIterator[On]:
    """A brain that waits at the gate, and a direct message."""
    async with on_slack(gate) as (slack, server):
        yield slack, server, slack.team.direct("U1").id


async def begun(slack: SlackServer, channel: str, text: str = "Do you ship?") -> tuple[str, Message]:
    """A question and its answer that is being written."""
    root = await slack.people.say("U1", channel, text)
    await until(lambda: bool(slack.answers(channel, root)), within_s=30)
    return root, slack.answers(channel, root)[0]


async def test_the_stop_button_stops_and_says_so(on: On, gate: Gate) -> None:
    slack, _, channel = on
    root, answer = await begun(slack, channel)
    assert [button.label for button in answer.buttons] == ["Stop"]

    (delivery,) = await slack.people.click("U1", answer, "Stop")
    assert delivery.status == 200
    (answer,) = await answered(slack, channel, root)

    assert answer.shown == "So: \n\n_Stopped._"
    assert [button.label for button in answer.buttons] == ["Try again"]
    unspoiled(slack)


async def test_slacks_own_stop_button_stops(on: On, gate: Gate) -> None:
    slack, _, channel = on
    root, _ = await begun(slack, channel)
    await until(lambda: slack.session(channel, root) == "processing", within_s=30)

    await slack.people.stop("U1", channel, root)

    (answer,) = await answered(slack, channel, root)
    assert answer.shown.endswith("_Stopped._")
    await until(lambda: slack.session(channel, root) == "active", within_s=30)
    unspoiled(slack)


@pytest.mark.parametrize("word", ["stop", "Stop!", "STOP"])
async def test_the_word_stop_stops_and_is_no_question(on: On, gate: Gate, word: str) -> None:
    slack, _, channel = on
    root, _ = await begun(slack, channel)
    await slack.people.say("U1", channel, word, thread=root)
    (answer,) = await answered(slack, channel, root)

    assert answer.shown.endswith("_Stopped._")
    await asyncio.sleep(0.1)
    assert len(slack.answers(channel, root)) == 1
    assert len(gate.asked) == 1
    unspoiled(slack)


async def test_stop_by_mention_is_heard_once(on: On, gate: Gate) -> None:
    slack, _, _ = on
    channel = slack.team.channel("C1").id
    root = await slack.people.say("U1", channel, f"<@{slack.team.bot_user}> Do you ship?")
    await until(lambda: bool(slack.answers(channel, root)), within_s=30)

    await slack.people.say("U1", channel, f"<@{slack.team.bot_user}> stop", thread=root)

    await answered(slack, channel, root)
    gate.open.set()
    await slack.people.say("U1", channel, "And now?", thread=root)
    answers = await answered(slack, channel, root, count=2)

    # The second event of the mention did not say that there is nothing to stop.
    assert [answer.shown for answer in answers] == ["So: \n\n_Stopped._", "So: And now?"]
    unspoiled(slack)


async def test_stop_that_comes_again_when_all_is_over_says_nothing(on: On, gate: Gate) -> None:
    slack, _, channel = on
    root, _ = await begun(slack, channel)
    ts = await slack.people.say("U1", channel, "stop", thread=root)
    await answered(slack, channel, root)

    (event,) = slack.people.events_of(slack.team.messages[channel, ts])
    await slack.people.tell(event)
    gate.open.set()
    await slack.people.say("U1", channel, "And now?", thread=root)
    answers = await answered(slack, channel, root, count=2)

    assert [answer.shown for answer in answers] == ["So: \n\n_Stopped._", "So: And now?"]
    unspoiled(slack)


async def test_when_nothing_runs_stop_is_answered(on: On, gate: Gate) -> None:
    slack, _, channel = on
    await slack.people.say("U1", channel, "stop")
    (answer,) = await answered(slack, channel)

    assert answer.shown == "There is nothing to stop right now."
    assert answer.buttons == []
    assert gate.asked == []


async def test_an_answer_is_rated_once_and_thanked_for(on: On, gate: Gate) -> None:
    slack, server, channel = on
    gate.open.set()
    root, _ = await begun(slack, channel)
    (answer,) = await answered(slack, channel, root)

    for label in ("Helpful", "Helpful", "Not helpful"):
        (delivery,) = await slack.people.click("U1", answer, label)
        assert delivery.status == 200

    entries = await server.store.read("feedback", after=0, limit=10)
    assert ['"rating": "up"' in entry.body for entry in entries] == [True, False]
    await until(lambda: any(m.ephemeral_for == "U1" for m in slack.answers(channel)), within_s=30)
    thanks = next(message for message in slack.answers(channel) if message.ephemeral_for)
    assert (thanks.shown, thanks.thread_ts) == ("Thank you for telling us.", root)
    unspoiled(slack)


async def test_try_again_answers_once_more_however_often_it_is_clicked(on: On, gate: Gate) -> None:
    slack, _, channel = on
    gate.open.set()
    root, _ = await begun(slack, channel)
    (answer,) = await answered(slack, channel, root)

    await asyncio.gather(*(slack.people.click("U1", answer, "Try again") for _ in range(3)))
    await answered(slack, channel, root, count=2)
    await asyncio.sleep(0.1)

    assert len(slack.answers(channel, root)) == 2
    assert [turn.question for turn in gate.asked] == ["Do you ship?"] * 2
    assert gate.asked[1].inbounds[0].retry_of == gate.asked[0].id
    unspoiled(slack)


async def test_a_question_that_is_changed_is_answered_as_it_is_now(on: On, gate: Gate) -> None:
    slack, _, channel = on
    root, _ = await begun(slack, channel)

    question = slack.team.messages[channel, root]
    await slack.people.edit(question, "Do you ship to Spain?")
    gate.open.set()
    await until(lambda: gate.asked[-1].question == "Do you ship to Spain?", within_s=30)
    await until(lambda: [m.shown for m in slack.answers(channel, root)] == ["So: Do you ship to Spain?"], within_s=30)
    unspoiled(slack)


async def test_a_preview_below_a_question_changes_nothing(on: On, gate: Gate) -> None:
    slack, _, channel = on
    root, _ = await begun(slack, channel)

    question = slack.team.messages[channel, root]
    await slack.people.edit(question, question.text)
    gate.open.set()
    await answered(slack, channel, root)
    assert len(gate.asked) == 1


async def test_a_question_that_is_taken_back_is_not_answered(on: On, gate: Gate) -> None:
    slack, server, channel = on
    root, _ = await begun(slack, channel)

    await slack.people.delete(slack.team.messages[channel, root])
    await until(lambda: slack.answers(channel, root) == [], within_s=30)
    turn = await server.store.turn(gate.asked[0].id)
    assert turn is not None
    assert turn.reply is None or turn.reply.outcome is Outcome.WITHDRAWN
    assert slack.violations == []


async def test_a_question_with_answers_below_it_can_be_taken_back_too(on: On, gate: Gate) -> None:
    slack, _, channel = on
    root, _ = await begun(slack, channel)

    await slack.people.bury(slack.team.messages[channel, root])
    await until(lambda: slack.answers(channel, root) == [], within_s=30)
    assert slack.violations == []


async def test_clicks_on_what_is_not_ours_are_harmless(on: On, gate: Gate) -> None:
    slack, _, channel = on
    gate.open.set()
    root, _ = await begun(slack, channel)
    (answer,) = await answered(slack, channel, root)
    for changes in (
        {"value": "nothing"},
        {"value": ""},
        {"action_id": "elsewhere"},
        {"action_id": "bridge_rate", "value": f"sideways:{gate.asked[0].id}"},
        {"action_id": "bridge_stop", "value": gate.asked[0].id},
    ):
        payload = slack.people.click_payload("U1", answer, answer.buttons[-1])
        payload["actions"][0] |= changes
        (delivery,) = await slack.people.deliver("interactive", payload)
        assert delivery.status == 200
    assert len(slack.answers(channel, root)) == 1
    unspoiled(slack)


async def test_stop_beside_the_threads_of_a_direct_message_stops_them(on: On, gate: Gate) -> None:
    slack, _, channel = on
    other = slack.team.direct("U2").id
    roots = []
    for text in ("Do you ship?", "And to Spain?"):
        roots.append((await begun(slack, channel, text))[0])
        slack.pass_time(2)
    theirs = await slack.people.say("U2", other, "Another question")
    await until(lambda: bool(slack.answers(other, theirs)), within_s=30)

    await slack.people.say("U1", channel, "stop")

    for root in roots:
        (answer,) = await answered(slack, channel, root)
        assert answer.shown.endswith("_Stopped._")
    gate.open.set()
    (answer,) = await answered(slack, other, theirs)
    assert answer.shown == "So: Another question"
    assert len(slack.answers(channel)) == 2
    unspoiled(slack)


async def test_a_mention_that_is_taken_out_of_its_question_changes_it_all_the_same(on: On, gate: Gate) -> None:
    slack, _, _ = on
    channel = slack.team.channel("C1").id
    root, _ = await begun(slack, channel, f"<@{slack.team.bot_user}> do you ship?")

    await slack.people.edit(slack.team.messages[channel, root], "Never mind")
    gate.open.set()
    await until(lambda: [m.shown for m in slack.answers(channel, root)] == ["So: Never mind"], within_s=30)
    unspoiled(slack)


async def test_a_question_that_is_changed_to_stop_is_stopped(on: On, gate: Gate) -> None:
    slack, _, channel = on
    root, _ = await begun(slack, channel)

    await slack.people.edit(slack.team.messages[channel, root], "stop")
    (answer,) = await answered(slack, channel, root)
    assert answer.shown.endswith("_Stopped._")
    assert len(gate.asked) == 1
    unspoiled(slack)


async def test_people_of_another_company_click_in_a_channel_that_is_shared_with_them(on: On, gate: Gate) -> None:
    slack, server, _ = on
    channel = slack.team.channel("C1").id
    root, answer = await begun(slack, channel, f"<@{slack.team.bot_user}> Do you ship?")
    partner = {"id": "T0PARTNER", "domain": "partner"}
    await until(lambda: any(call.ended_at for call in slack.of("auth.test")), within_s=30)

    async def click(label: str) -> None:
        button = next(button for button in slack.answers(channel, root)[-1].buttons if button.label == label)
        payload = slack.people.click_payload("U9", slack.answers(channel, root)[-1], button)
        payload["user"]["team_id"] = partner["id"]
        (delivery,) = await slack.people.deliver("interactive", payload | {"team": partner})
        assert delivery.status == 200

    await click("Stop")
    (answer,) = await answered(slack, channel, root)
    assert answer.shown.endswith("_Stopped._")
    await click("Try again")
    gate.open.set()
    await answered(slack, channel, root, count=2)
    await click("Helpful")
    assert len(await server.store.read("feedback", after=0, limit=10)) == 1


async def test_people_of_another_company_ask_in_a_channel_that_is_shared_with_them(on: On, gate: Gate) -> None:
    slack, _, _ = on
    gate.open.set()
    channel = slack.team.channel("C1").id
    await until(lambda: any(call.ended_at for call in slack.of("auth.test")), within_s=30)
    root = await slack.people.say("U9", channel, f"<@{slack.team.bot_user}> Do you ship?", tell=False)
    for event in slack.people.events_of(slack.team.messages[channel, root]):
        envelope = slack.people.envelope(event | {"team": "T0PARTNER", "user_team": "T0PARTNER"})
        await slack.people.deliver("event", envelope | {"team_id": "T0PARTNER", "is_ext_shared_channel": True})

    (answer,) = await answered(slack, channel, root)
    assert answer.shown == "So: Do you ship?"

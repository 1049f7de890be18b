"""Somebody asks in Slack and is answered: in a direct message, by mention, in a thread, by command."""

import asyncio
from itertools import pairwise

import pytest

from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Passage, Reply, TextDelta, Turn
from tests.fakes.brains import Gate, broken
from tests.fakes.core import until
from tests.fakes.server import Answer
from tests.fakes.slack_server import SlackServer, refused
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import answered, is_final, on_slack, unspoiled

LONG = "\n\n".join(f"Paragraph {number}. " + "All work and no play. " * 50 for number in range(15))


def saying(text: str, *, citations: tuple[Passage, ...] = (), outcome: Outcome = Outcome.ANSWERED) -> Answer:
    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(TextDelta(text))
        return Reply(text=text, outcome=outcome, citations=citations)

    return answer


def slowly(words: int, pause_s: float = 0.02) -> Answer:
    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        for number in range(words):
            emit(TextDelta(f"word{number} "))
            await asyncio.sleep(pause_s)
        return Reply(text="".join(f"word{number} " for number in range(words)), outcome=Outcome.ANSWERED)

    return answer


def in_general(slack: SlackServer) -> str:
    return slack.team.channel("C1").id


def the_message(slack: SlackServer, ts: str) -> Message:
    return next(message for message in slack.team.messages.values() if message.ts == ts)


async def test_a_direct_message_is_answered_in_a_thread_of_its_own() -> None:
    async with on_slack() as (slack, _):
        channel = slack.team.direct("U1").id
        first = await slack.people.say(
            "U1", channel, "Do you ship to &lt;Spain&gt; &amp; <https://x.example|Portugal>?"
        )
        (answer,) = await answered(slack, channel)

        assert answer.thread_ts == first
        assert "You said: Do you ship to <Spain> & Portugal (https" in answer.shown.replace("\u2060", "")
        assert [delivery.status for delivery in slack.people.deliveries][:1] == [200]

        follow_up = await slack.people.say("U1", channel, "And by when?", thread=first)
        messages = await answered(slack, channel, first, count=2)
        assert messages[1].shown.strip() == "You said: And by when?"
        assert float(follow_up) < float(messages[1].ts)
        unspoiled(slack)


async def test_an_answer_grows_by_edits_of_one_message() -> None:
    async with on_slack(slowly(80)) as (slack, _):
        channel = slack.team.direct("U1").id
        await slack.people.say("U1", channel, "Tell me")
        (answer,) = await answered(slack, channel)

        shown = [version.text for version in answer.versions]
        assert len(shown) >= 3
        assert all(later.startswith(earlier) for earlier, later in pairwise(shown))
        assert answer.shown == "".join(f"word{number} " for number in range(80))
        assert [button.label for button in answer.buttons] == ["Helpful", "Not helpful", "Try again"]
        assert not answer.edited
        unspoiled(slack)


async def test_a_mention_is_two_events_and_one_question() -> None:
    gate = Gate()
    gate.open.set()
    async with on_slack(gate) as (slack, _):
        channel = in_general(slack)
        root = await slack.people.say("U1", channel, f"<@{slack.team.bot_user}> Do you ship?")
        (answer,) = await answered(slack, channel)

        assert (answer.thread_ts, answer.shown) == (root, "So: Do you ship?")
        assert [delivery.status for delivery in slack.people.deliveries][:2] == [200, 200]
        await asyncio.sleep(0.1)
        assert len(gate.asked) == 1
        unspoiled(slack)


async def test_a_channel_is_not_listened_to_unless_called() -> None:
    gate = Gate()
    gate.open.set()
    async with on_slack(gate) as (slack, _):
        channel = in_general(slack)
        await slack.people.say("U1", channel, "Lunch, anybody?")
        await slack.people.say("U2", channel, "<@U1> yes")
        root = await slack.people.say("U1", channel, f"<@{slack.team.bot_user}> Do you ship?")
        await answered(slack, channel)
        await slack.people.say("U2", channel, "<@U1> what do you want to ship?", thread=root)
        slack.pass_time(2)
        await slack.people.say("U2", channel, "And abroad?", thread=root)
        await answered(slack, channel, root, count=2)

        assert [turn.question for turn in gate.asked] == ["Do you ship?", "And abroad?"]
        assert gate.asked[0].conversation_id == gate.asked[1].conversation_id
        unspoiled(slack)


async def test_threads_need_a_mention_where_they_are_not_followed() -> None:
    gate = Gate()
    gate.open.set()
    async with on_slack(gate, settings={"BRIDGE_CHANNELS__SLACK__FOLLOW_THREADS": "false"}) as (slack, _):
        channel = in_general(slack)
        root = await slack.people.say("U1", channel, f"<@{slack.team.bot_user}> Do you ship?")
        await answered(slack, channel)
        await slack.people.say("U1", channel, "Nobody should answer this", thread=root)
        await slack.people.say("U1", channel, f"<@{slack.team.bot_user}> But this", thread=root)
        await until(lambda: len(gate.asked) == 2, within_s=30)
        assert gate.asked[1].question == "But this"


async def test_a_flat_direct_message_is_one_conversation() -> None:
    gate = Gate()
    gate.open.set()
    async with on_slack(gate, settings={"BRIDGE_CHANNELS__SLACK__DIRECT_MESSAGES": "flat"}) as (slack, _):
        channel = slack.team.direct("U1").id
        await slack.people.say("U1", channel, "One")
        await answered(slack, channel, "")
        await slack.people.say("U1", channel, "Two")
        messages = await answered(slack, channel, "", count=2)

        assert [message.thread_ts for message in messages] == ["", ""]
        assert gate.asked[0].conversation_id == gate.asked[1].conversation_id
        unspoiled(slack)


async def test_the_same_event_fifty_times_at_once_is_one_answer() -> None:
    async with on_slack() as (slack, _):
        channel = slack.team.direct("U1").id
        ts = await slack.people.say("U1", channel, "Once, please", tell=False)
        (event,) = slack.people.events_of(the_message(slack, ts))
        told = await asyncio.gather(*(slack.people.tell(event, event_id="Ev1") for _ in range(50)))

        assert {deliveries[-1].status for deliveries in told} == {200}
        await answered(slack, channel)
        await asyncio.sleep(0.2)
        assert len(slack.answers(channel)) == 1
        unspoiled(slack)


async def test_a_long_answer_is_several_messages_and_loses_nothing() -> None:
    async with on_slack(saying(LONG)) as (slack, _):
        channel = slack.team.direct("U1").id
        await slack.people.say("U1", channel, "Everything, please")
        messages = await answered(slack, channel, count=2)

        assert " ".join(" ".join(message.shown for message in messages).split()) == " ".join(LONG.split())
        assert [bool(message.buttons) for message in messages] == [False, True]
        unspoiled(slack)


async def test_sources_stand_below_and_only_our_own_hosts_are_links() -> None:
    ours = Passage(
        chunk_id="1",
        doc_id="a.md",
        title="Ship|ping <1>",
        section="",
        url="https://shop.example/a",
        updated="",
        language="en",
        text="",
    )
    foreign = Passage(
        chunk_id="2",
        doc_id="b.md",
        title="Else",
        section="",
        url="https://evil.example/b",
        updated="",
        language="en",
        text="",
    )
    answer = saying("Yes [1], really [2].", citations=(ours, foreign))
    settings = {"BRIDGE_BUSINESS__LINK_HOSTS": '["shop.example"]'}
    async with on_slack(answer, settings=settings) as (slack, _):
        channel = slack.team.direct("U1").id
        await slack.people.say("U1", channel, "Really?")
        (message,) = await answered(slack, channel)

        context = next(block for block in message.blocks if block["type"] == "context")
        wanted = "Sources: [1] <https://shop.example/a|Ship ping &lt;1&gt;> · [2] Else"
        assert context["elements"][0]["text"] == wanted
        unspoiled(slack)


async def test_what_a_model_says_calls_nobody_and_shows_no_foreign_link() -> None:
    text = "<!channel> <@U2> <!subteam^S1> [here](https://evil.example/?q=secret) ![x](https://evil.example/x.png)"
    async with on_slack(saying(text)) as (slack, _):
        channel = slack.team.direct("U1").id
        await slack.people.say("U1", channel, "Attack")
        (message,) = await answered(slack, channel)

        assert "](" not in message.shown
        assert "https://evil.example" not in message.shown
        unspoiled(slack)


async def test_a_brain_that_breaks_is_excused_and_the_question_can_be_asked_again() -> None:
    async with on_slack(broken) as (slack, _):
        channel = slack.team.direct("U1").id
        await slack.people.say("U1", channel, "Break")
        (message,) = await answered(slack, channel)

        assert message.shown == "Sorry, that went wrong."
        assert [button.label for button in message.buttons] == ["Try again"]
        unspoiled(slack)


async def test_a_command_is_answered_in_the_channel_and_goes_on_in_its_thread() -> None:
    gate = Gate()
    gate.open.set()
    async with on_slack(gate) as (slack, _):
        channel = in_general(slack)
        (delivery,) = await slack.people.command("U1", channel, "/ask", "Do you ship?")
        assert delivery.status == 200
        await until(lambda: any(is_final(m) and not m.ephemeral_for for m in slack.answers(channel)), within_s=30)
        heard, answer = slack.answers(channel)

        assert heard.ephemeral_for == "U1"
        assert answer.thread_ts == ""
        assert answer.shown == "Ada: Do you ship?\n\nSo: Do you ship?"
        await slack.people.say("U2", channel, "And abroad?", thread=answer.ts)
        await until(lambda: len(gate.asked) == 2, within_s=30)
        assert gate.asked[0].conversation_id == gate.asked[1].conversation_id
        await until(lambda: [m.thread_ts for m in slack.answers(channel)][-1:] == [answer.ts], within_s=30)
        unspoiled(slack)


async def test_a_command_from_where_the_app_cannot_write_is_answered_to_the_person_alone() -> None:
    async with on_slack() as (slack, _):
        slack.team.channel("G7").bot_is_in = False
        direct = slack.team.direct("U1").id
        await slack.people.command("U1", "G7", "/ask", "Do you ship?")
        (answer,) = await answered(slack, direct)

        assert answer.shown.strip() == "Ada: Do you ship?\n\nYou said: Do you ship?"
        assert slack.violations == []


@pytest.mark.parametrize("text", ["", "help", "Hilfe"])
async def test_a_command_without_a_question_explains_itself(text: str) -> None:
    async with on_slack() as (slack, _):
        await slack.people.command("U1", in_general(slack), "/ask", text)

        (shown,) = slack.answers("C1")
        assert shown.ephemeral_for == "U1"
        assert shown.shown


async def test_a_mention_without_words_is_greeted() -> None:
    business = {"BRIDGE_BUSINESS__GREETING": "Welcome to Larkwell!", "BRIDGE_BUSINESS__DISCLOSURE": "I am an AI."}
    async with on_slack(settings=business) as (slack, _):
        channel = in_general(slack)
        await slack.people.say("U1", channel, f"<@{slack.team.bot_user}>")
        (answer,) = await answered(slack, channel)
        assert answer.shown == "Welcome to Larkwell!\n\nI am an AI."


@pytest.mark.parametrize(("text", "begins"), [("help", "Ask me here"), ("Hilfe!", "Fragen Sie mich hier")])
async def test_the_word_help_is_answered_with_what_can_be_done_here(text: str, begins: str) -> None:
    gate = Gate()
    async with on_slack(gate) as (slack, _):
        channel = slack.team.direct("U1").id
        await slack.people.say("U1", channel, text)
        (answer,) = await answered(slack, channel)
        assert answer.shown.startswith(begins)
        assert gate.asked == []


async def test_suggestions_are_offered_and_a_session_shows_a_stop_button() -> None:
    gate = Gate()
    settings = {"BRIDGE_BUSINESS__SUGGESTIONS": '["Do you ship?", "What is it?"]'}
    async with on_slack(gate, settings=settings) as (slack, _):
        channel = await slack.people.open_home("U1")
        await until(lambda: (channel, "") in slack.team.prompts, within_s=30)
        channel, thread = await slack.people.open_thread("U1")
        await until(lambda: (channel, thread) in slack.team.prompts, within_s=30)
        prompts = slack.team.prompts[channel, thread]["prompts"]
        assert [prompt["message"] for prompt in prompts] == ["Do you ship?", "What is it?"]

        await slack.people.say("U1", channel, "Do you ship?", thread=thread)
        await until(lambda: slack.session(channel, thread) == "processing", within_s=30)
        gate.open.set()
        await answered(slack, channel, thread)
        await until(lambda: slack.session(channel, thread) == "active", within_s=30)
        unspoiled(slack)


async def test_where_the_app_is_no_agent_a_status_is_shown() -> None:
    gate = Gate()
    async with on_slack(gate) as (slack, _):
        channel = slack.team.direct("U1").id
        slack.will("agents.sessions.setStatus", *[refused("feature_not_enabled")] * 3)
        root = await slack.people.say("U1", channel, "Do you ship?")
        await until(lambda: slack.status(channel, root) != "" or bool(slack.answers(channel)), within_s=30)
        gate.open.set()
        await answered(slack, channel)
        slack.pass_time(2)
        await slack.people.say("U1", channel, "Again", thread=root)
        await answered(slack, channel, root, count=2)

        assert slack.of("assistant.threads.setStatus")
        assert len(slack.of("agents.sessions.setStatus")) == 1
        assert slack.violations == []


async def test_many_at_once_are_answered_and_no_quota_is_passed() -> None:
    async with on_slack() as (slack, _):
        people = [f"U1{number:02d}" for number in range(30)]
        slack.team.people |= dict.fromkeys(people, "Somebody")
        asked = [slack.people.say(user, slack.team.direct(user).id, "Hello") for user in people]
        await asyncio.gather(*asked)
        for user in people:
            await answered(slack, slack.team.direct(user).id)
        await until(
            lambda: "processing" not in {session.status for session in slack.team.sessions.values()}, within_s=30
        )

        assert slack.of("agents.sessions.setStatus")
        unspoiled(slack)

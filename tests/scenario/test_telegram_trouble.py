"""When Telegram refuses, fails or loses answers: people still see every answer, once."""

import asyncio
import json
from itertools import pairwise

import pytest
from prometheus_client import REGISTRY

from bridge.ports import Emit
from bridge.stores import memory
from bridge.types import Conversation, Outcome, Reply, TextDelta, Turn
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.telegram_bridge import telegram_bridge
from tests.fakes.telegram_server import Broken, Hang, Lost, TooMany

STOPPED_RIGHT_HERE = 0.2


def repeated() -> float:
    return REGISTRY.get_sample_value("bridge_posts_repeated_total", {"channel": "telegram"}) or 0.0


def bugs() -> float:
    return REGISTRY.get_sample_value("bridge_bugs_total", {"place": "telegram"}) or 0.0


async def test_flood_control_is_obeyed_to_the_second() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        telegram = bridge.telegram
        chat, other = telegram.private(), telegram.private()
        telegram.say(chat, "Tell me.")
        await until(lambda: telegram.texts(chat) == ["So:"], 5)
        telegram.play("editMessageText", TooMany(2))
        gate.open.set()
        await until(lambda: telegram.refusals["editMessageText", 429] == 1, 5)
        telegram.say(other, "Me too.")
        await bridge.texts(other, "So: Me too.")
        await bridge.texts(chat, "So: Tell me.")

        edits = [call for call in telegram.calls if call.method == "editMessageText"]
        refused, done = [call for call in edits if call.params["chat_id"] == str(chat.id)]
        assert 2.0 <= done.at - refused.at < 3.5
        assert telegram.refusals == {("editMessageText", 429): 1}


async def test_calls_that_do_not_travel_equally_fast_are_not_refused() -> None:
    """Telegram counts a message when it arrives: a slow one must not be followed by a fast one too soon."""

    async def words(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        for number in range(200):
            emit(TextDelta(f"word{number} "))
            await asyncio.sleep(1 / 20)
        return Reply(text="".join(f"word{number} " for number in range(200)), outcome=Outcome.ANSWERED)

    async with telegram_bridge(words, telegram={"latency_s": 0.03, "jitter_s": 0.3}) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await bridge.texts(chat, " ".join(f"word{number}" for number in range(200)))

        assert len([call for call in bridge.telegram.calls if call.method == "editMessageText"]) >= 5
        assert not bridge.telegram.refusals


async def test_flood_control_of_the_typing_status_counts_for_messages() -> None:
    async def slowly(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        await asyncio.sleep(0.3)
        emit(TextDelta("Hello, this is the answer to what you have asked."))
        await asyncio.sleep(0.5)
        return Reply(text="Hello, this is the answer to what you have asked. Yes.", outcome=Outcome.ANSWERED)

    async with telegram_bridge(slowly) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.play("sendChatAction", TooMany(4))
        bridge.telegram.say(chat, "Really?")
        await bridge.texts(chat, "Hello, this is the answer to what you have asked. Yes.")
        assert bridge.telegram.refusals == {("sendChatAction", 429): 1}


@pytest.mark.parametrize(("refused_chats", "seconds"), [(1, 8), (2, 3)])
async def test_quiet_for_long_or_in_several_chats_is_kept_in_all_chats(refused_chats: int, seconds: int) -> None:
    """A chat alone is asked for less."""
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        telegram = bridge.telegram
        refused, others = [telegram.private() for _ in range(refused_chats)], [telegram.private() for _ in range(2)]
        for chat in [*refused, *others]:
            telegram.say(chat, "Tell me.")
        await until(lambda: all(telegram.texts(chat) == ["So:"] for chat in [*refused, *others]), 5)
        telegram.play("editMessageText", *[TooMany(seconds)] * refused_chats)
        for chat in refused:
            telegram.say(chat, "stop")
        await until(lambda: telegram.refusals["editMessageText", 429] == refused_chats, 5)
        at = telegram.calls[-1].at
        gate.open.set()
        for chat in others:
            await bridge.texts(chat, "So: Tell me.")
        assert min(call.at for call in telegram.calls if call.at > at) >= at + seconds - 0.1


@pytest.mark.parametrize("fault", [Broken(502), Lost(0.3)])
async def test_an_edit_that_fails_is_made_again(fault: Broken | Lost) -> None:
    gate = Gate()
    async with telegram_bridge(gate, call_s=0.2) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        bridge.telegram.play("editMessageText", fault)
        gate.open.set()
        await bridge.texts(chat, "So: Tell me.")

        assert len(bridge.telegram.answers(chat)) == 1
        # What was done although its answer was lost is "not modified" the second time, and that is as good.
        assert bridge.telegram.refusals["editMessageText", 429] == 0


async def test_a_post_that_never_arrived_is_made_again() -> None:
    before = repeated()
    async with telegram_bridge(call_s=0.2) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.play("sendMessage", Hang(0.3))
        bridge.telegram.say(chat, "Well?")
        await bridge.texts(chat, "You said: Well?")

    assert repeated() == before + 1


async def test_a_post_whose_answer_is_lost_leaves_one_orphan_which_is_counted() -> None:
    """The window that Telegram leaves open: nobody can look whether a message is there. What was written so far stays,
    and the whole answer follows."""
    before = repeated()
    async with telegram_bridge() as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.play("sendMessage", Lost())
        bridge.telegram.say(chat, "Well?")
        await until(lambda: len(bridge.telegram.texts(chat)) == 2, 10)
        await bridge.over(chat)
        orphan, answer = bridge.telegram.answers(chat)
        assert answer.text == "You said: Well?"
        assert answer.text.startswith(orphan.text)
        assert any("Try again" in label for row in answer.buttons for label, _ in row)

    assert repeated() == before + 1


async def test_a_message_that_is_taken_away_is_posted_anew() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        bridge.telegram.take_away(bridge.telegram.answers(chat)[0])
        gate.open.set()
        await bridge.texts(chat, "So: Tell me.")


async def test_who_has_blocked_the_bot_costs_one_call() -> None:
    gate = Gate()
    store = memory.MemoryStore(memory.Settings())
    async with telegram_bridge(gate, store=store) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Tell me.")
        bridge.telegram.shut(chat, "blocked")
        await gate.reached(1)
        gate.open.set()
        await until(lambda: bridge.telegram.refusals["sendMessage", 403] >= 1, 5)
        await bridge.over(chat)

        assert bridge.telegram.refusals["sendMessage", 403] <= 2
        assert (await store.gauges()).parcels == 0


async def bold(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    return Reply(text="**Yes.**", outcome=Outcome.ANSWERED)


def refused(words: str = "BUTTON_DATA_INVALID") -> Broken:
    return Broken(400, json.dumps({"ok": False, "error_code": 400, "description": f"Bad Request: {words}"}))


@pytest.mark.parametrize(("refusals", "buttons"), [(1, True), (2, False)])
async def test_a_post_that_telegram_refuses_costs_the_formatting_then_the_buttons(refusals: int, buttons: bool) -> None:
    before = bugs()
    async with telegram_bridge(bold) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.play("sendMessage", *[refused()] * refusals)
        bridge.telegram.say(chat, "Really?")
        await bridge.texts(chat, "Yes.")
        (answer,) = bridge.telegram.answers(chat)
        assert (answer.entities, bool(answer.buttons)) == ((), buttons)
        posts = [call.at for call in bridge.telegram.calls if call.method == "sendMessage"]
        assert all(later - sooner >= 1.0 for sooner, later in pairwise(posts)), "what is refused may count"
    assert bugs() == before + 1


async def test_code_without_its_formatting_leads_nowhere() -> None:
    async def code(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        return Reply(text="Not `evil.com`.", outcome=Outcome.ANSWERED)

    async with telegram_bridge(code) as bridge:  # whose Telegram allows no address that is not the business's own
        chat = bridge.telegram.private()
        bridge.telegram.play("sendMessage", refused())
        bridge.telegram.say(chat, "Really?")
        await bridge.texts(chat, "Not evil.\u2060com.")


async def test_a_final_edit_that_telegram_refuses_is_made_in_a_simpler_form() -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Really?")
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        bridge.telegram.play("editMessageText", refused("CHAT_SEND_FAIL"))
        gate.open.set()
        await bridge.texts(chat, "So: Really?")
        assert bridge.telegram.answers(chat)[0].buttons == ()
        assert bridge.telegram.refusals == {("editMessageText", 400): 1}


@pytest.mark.parametrize("posts", [True, False])
async def test_a_final_edit_that_telegram_takes_in_no_form_leaves_no_stop_button(posts: bool) -> None:
    """The answer is posted below, if that is possible."""
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Really?")
        await until(lambda: bridge.telegram.texts(chat) == ["So:"], 5)
        bridge.telegram.play("editMessageText", *[refused("CHAT_SEND_FAIL")] * 2)
        bridge.telegram.play("sendMessage", *[refused("CHAT_SEND_FAIL")] * (0 if posts else 2))
        gate.open.set()
        await bridge.texts(chat, *["So:", "So: Really?"][: 2 if posts else 1])
        await bridge.over(chat)
        assert bridge.telegram.answers(chat)[0].buttons == ()


async def test_an_answer_that_cannot_be_shown_is_shown_as_something() -> None:
    """Telegram takes no message without text."""

    async def nothing(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        return Reply(text="[](https://example.com)\u00a0", outcome=Outcome.ANSWERED)

    async with telegram_bridge(nothing) as bridge:
        chat = bridge.telegram.private()
        bridge.telegram.say(chat, "Really?")
        await until(lambda: len(bridge.telegram.answers(chat)) == 1, 5)
        assert not bridge.telegram.refusals


async def test_after_a_restart_the_same_message_is_continued() -> None:
    store = memory.MemoryStore(memory.Settings())
    gate, again = Gate(), Gate()
    again.open.set()
    async with telegram_bridge(gate, store=store) as first:
        chat = first.telegram.private()
        first.telegram.say(chat, "Tell me.")
        await until(lambda: first.telegram.texts(chat) == ["So:"], 5)
        first.server.stop()
        await asyncio.sleep(STOPPED_RIGHT_HERE)
        (begun,) = first.telegram.answers(chat)
        async with telegram_bridge(again, store=store, telegram={"rooms": first.telegram.rooms}) as second:
            second.telegram.bot = first.telegram.bot
            await second.texts(chat, "So: Tell me.")
            assert second.telegram.answers(chat) == [begun]


async def test_a_group_gets_no_more_than_it_takes() -> None:
    """20 messages and edits a minute, one a second: drafts are left out, the answers come."""

    async def slowly(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        text = ""
        for number in range(30):
            text += f"Sentence {number} of the answer. "
            emit(TextDelta(f"Sentence {number} of the answer. "))
            await asyncio.sleep(0.1)
        return Reply(text=text, outcome=Outcome.ANSWERED)

    async with telegram_bridge(slowly) as bridge:
        group = bridge.telegram.supergroup()
        topics = [bridge.telegram.private() for _ in range(2)]
        bridge.telegram.say(group, "@bridge_test_bot one?")
        for chat in topics:
            bridge.telegram.say(chat, "One?")
        for chat in (group, *topics):
            await until(lambda chat=chat: "29 of" in "".join(bridge.telegram.texts(chat)), 15)  # type: ignore[misc]
        assert not bridge.telegram.refusals

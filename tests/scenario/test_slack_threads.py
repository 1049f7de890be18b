"""Somebody calls the assistant into a thread of others: it knows what was said there, and whose word it is."""

import asyncio
import time

import pytest

from bridge.channels.slack import overhearing
from bridge.channels.slack.place import Place
from bridge.channels.slack.quotas import SlackQuotas
from bridge.channels.slack.settings import Settings
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.types import Turn
from tests.fakes.brains import Gate
from tests.fakes.slack_server import Fault, SlackServer, broken, hang, ratelimited, refused
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import answered, on_slack, unspoiled

MENTIONS_ONLY = {"BRIDGE_CHANNELS__SLACK__FOLLOW_THREADS": "false"}


def open_gate() -> Gate:
    gate = Gate()
    gate.open.set()
    return gate


def heard(turn: Turn) -> list[tuple[str, str]] | None:
    """Who said what before the question, as the brain gets to know it."""
    overheard = turn.inbounds[-1].overheard
    return None if overheard is None else [(remark.sender.id, remark.text) for remark in overheard]


async def talk(slack: SlackServer, *said: tuple[str, str], channel: str = "C1") -> str:
    """A thread of people. Its ts."""
    slack.team.channel(channel)
    root = ""
    for user, text in said:
        ts = await slack.people.say(user, channel, text, thread=root)
        root = root or ts
    return root


async def mention(slack: SlackServer, text: str, thread: str, *, user: str = "U1", channel: str = "C1") -> str:
    slack.pass_time(2)
    words = f"<@{slack.team.bot_user}> {text}".strip()
    return await slack.people.say(user, channel, words, thread=thread)


async def test_a_mention_in_the_middle_of_a_thread_comes_with_what_was_said_before() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await talk(slack, ("U2", "Our parcel &amp; the <https://x.example|letter> are late"), ("U1", "Mine too"))
        await mention(slack, "what do you think of this?", root)
        await answered(slack, "C1", root)

        assert gate.asked[0].question == "what do you think of this?"
        assert heard(gate.asked[0]) == [
            ("U2", "Our parcel & the letter (https://x.example) are late"),
            ("U1", "Mine too"),
        ]
        (call,) = slack.of("conversations.replies")
        assert call.error == ""
        unspoiled(slack)


async def test_later_only_what_was_written_since_is_handed_on_and_nothing_twice() -> None:
    gate = open_gate()
    async with on_slack(gate, settings=MENTIONS_ONLY) as (slack, _):
        root = await talk(slack, ("U2", "Our parcel is late"))
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)
        await slack.people.say("U2", "C1", "It has come", thread=root)
        await mention(slack, "and now?", root)
        await answered(slack, "C1", root, count=2)
        await mention(slack, "sure?", root)
        await answered(slack, "C1", root, count=3)

        assert [heard(turn) for turn in gate.asked] == [[("U2", "Our parcel is late")], [("U2", "It has come")], []]
        unspoiled(slack)


async def test_what_could_not_be_read_is_read_with_the_next_question() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await talk(slack, ("U2", "Our parcel is late"))
        slack.will("conversations.replies", broken(503))
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)
        slack.pass_time(2)
        await slack.people.say("U1", "C1", "And now?", thread=root)
        await answered(slack, "C1", root, count=2)

        assert [heard(turn) for turn in gate.asked] == [None, [("U2", "Our parcel is late")]]


@pytest.mark.parametrize(
    ("fault", "within_s"),
    [
        (ratelimited(60), 20),
        (refused("thread_not_found"), 20),
        (broken(500), 20),
        (hang(60), overhearing.LOOK_S + 20),
    ],
    ids=["ratelimited", "refused", "broken", "hang"],
)
async def test_a_thread_that_cannot_be_read_delays_no_answer(fault: Fault, within_s: float) -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await talk(slack, ("U2", "Our parcel is late"))
        slack.will("conversations.replies", fault)
        asked_at = asyncio.get_running_loop().time()
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)

        assert asyncio.get_running_loop().time() - asked_at < within_s
        assert [heard(turn) for turn in gate.asked] == [None]
        assert not slack.violations


async def test_the_last_of_the_quota_is_left_for_answers_that_must_be_found_again() -> None:
    gate, store = open_gate(), MemoryStore(MemorySettings())
    async with on_slack(gate, store=store) as (slack, _):
        root = await talk(slack, ("U2", "Our parcel is late"))
        bucket = SlackQuotas(Settings(), store).look(Place(slack.team.id, "C1"), "conversations_replies")
        assert await store.spend(bucket, tokens=0.8 * bucket.capacity) == 0
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)

        assert [heard(turn) for turn in gate.asked] == [None]
        assert slack.of("conversations.replies") == []


async def test_without_the_scope_a_thread_stays_unread() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        slack.team.scopes.discard("channels:history")
        root = await talk(slack, ("U2", "Our parcel is late"))
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)

        assert [heard(turn) for turn in gate.asked] == [None]
        assert slack.refusals == {"missing_scope": 1}


async def test_an_app_that_may_read_little_reads_what_it_may() -> None:
    gate = open_gate()
    async with on_slack(gate, distributed=True) as (slack, _):
        first = await talk(slack, *[("U2", f"Parcel {number}") for number in range(20)])
        second = await talk(slack, ("U2", "Our letter is late"))
        await mention(slack, "what now?", first)
        await answered(slack, "C1", first)
        await mention(slack, "what now?", second)
        await answered(slack, "C1", second)

        assert heard(gate.asked[0]) == [("U2", f"Parcel {number}") for number in range(15)]
        assert heard(gate.asked[1]) is None
        assert not slack.violations


async def test_of_a_long_thread_its_beginning_and_its_end_are_read() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await talk(slack, *[("U2", f"Parcel {number} " + "x" * 90) for number in range(250)])
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)

        remarks = heard(gate.asked[0])
        assert remarks is not None
        numbers = [int(text.split()[1]) for _, text in remarks]
        assert numbers == [0, *range(250 - (overhearing.REMARKS_MAX - 1), 250)]
        await talk(slack)
        huge = await talk(slack, *[("U2", f"{number} " + "x" * 5_000) for number in range(6)])
        await mention(slack, "and here?", huge)
        await answered(slack, "C1", huge)
        remarks = heard(gate.asked[1])
        assert remarks is not None
        assert [text.split()[0] for _, text in remarks] == ["0", "4", "5"]
        assert sum(len(text) for _, text in remarks) <= overhearing.REMARKS_CHARS_MAX
        unspoiled(slack)


async def long_talk(slack: SlackServer, *ages_s: float) -> str:
    """A thread whose messages are so old; each says its number. Its ts."""
    slack.team.channel("C1")
    now, root = time.time(), ""
    for number, age_s in enumerate(ages_s):
        ts = f"{now - age_s:.6f}"
        message = Message("C1", ts, "U2", f"Parcel {number}", thread_ts=root)
        slack.team.messages["C1", ts] = message
        root = root or ts
    return root


def spread(count: int, since_s: float, upto_s: float) -> list[float]:
    """So many ages, evenly."""
    return [since_s - (since_s - upto_s) * number / count for number in range(count)]


@pytest.mark.parametrize(
    "ages_s",
    [
        spread(1_500, 86_400, 10),
        [*spread(700, 30 * 86_400, 86_400), *spread(500, 3_600, 10)],
        [*spread(700, 86_400, 82_800), *spread(60, 82_000, 40_000)],
        [*spread(1_000, 3_600, 600), 100, 50],
    ],
    ids=["even", "quicker", "slower", "silent"],
)
async def test_of_a_thread_that_is_too_long_to_be_read_through_the_end_is_known(ages_s: list[float]) -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await long_talk(slack, *ages_s)
        await mention(slack, "what do you think of the last message?", root)
        await answered(slack, "C1", root)
        await mention(slack, "and now?", root)
        await answered(slack, "C1", root, count=2)

        remarks = heard(gate.asked[0])
        assert remarks is not None
        assert (remarks[0], remarks[-1]) == (("U2", "Parcel 0"), ("U2", f"Parcel {len(ages_s) - 1}"))
        assert heard(gate.asked[1]) == []
        calls = len(slack.of("conversations.replies"))
        assert calls <= overhearing.PAGES_MAX + overhearing.GUESSES_MAX + 1
        unspoiled(slack)


async def test_where_reading_broke_off_it_goes_on_with_the_next_question() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await long_talk(slack, *spread(overhearing.PAGE + 20, 3_600, 10))
        slack.will("conversations.replies", None, broken(503))
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)
        await mention(slack, "and now?", root)
        await answered(slack, "C1", root, count=2)

        first, second = heard(gate.asked[0]), heard(gate.asked[1])
        assert first is not None
        assert first[-1] == ("U2", f"Parcel {overhearing.PAGE - 1}")
        assert second == [("U2", f"Parcel {overhearing.PAGE + number}") for number in range(20)]
        assert not slack.violations


async def test_our_own_words_and_questions_are_not_overheard_but_other_apps_and_files_are() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await talk(slack, ("U2", "Our parcel is late"))
        place = slack.team.messages["C1", root]
        place.files = [slack.people.file("parcel.png", "image/png", b"png")]
        alert = Message("C1", slack.new_ts(), "U0OTHER", "Truck 7 broke down", bot_id="B0OTHER", thread_ts=root)
        slack.team.messages["C1", alert.ts] = alert
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root, count=2)
        slack.pass_time(2)
        await slack.people.say("U1", "C1", "And tomorrow?", thread=root)
        await answered(slack, "C1", root, count=3)  # with that of the other app

        assert heard(gate.asked[0]) == [
            ("U2", "Our parcel is late\n[a file: parcel.png]"),
            ("U0OTHER", "Truck 7 broke down"),
        ]
        assert heard(gate.asked[1]) == []
        unspoiled(slack)


async def test_a_bare_mention_in_a_thread_is_a_question_about_it() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await talk(slack, ("U2", "Do you ship to Spain?"))
        await mention(slack, "", root)
        await answered(slack, "C1", root)

        assert [(turn.question, heard(turn)) for turn in gate.asked] == [("", [("U2", "Do you ship to Spain?")])]
        alone = await mention(slack, "", "")
        (greeting,) = await answered(slack, "C1", alone)
        assert greeting.shown
        assert len(gate.asked) == 1


@pytest.mark.parametrize("fault", [broken(503), ratelimited(60), refused("thread_not_found")])
async def test_a_bare_mention_in_a_thread_that_cannot_be_read_is_greeted(fault: Fault) -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        greeted = await mention(slack, "", "")
        (greeting,) = await answered(slack, "C1", greeted)
        root = await talk(slack, ("U2", "Do you ship to Spain?"))
        slack.will("conversations.replies", fault)
        await mention(slack, "", root)
        (answer,) = await answered(slack, "C1", root)

        assert answer.shown == greeting.shown
        assert gate.asked == []
        assert not slack.violations


async def test_a_bare_mention_after_which_there_is_nothing_to_read_is_greeted() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await talk(slack, ("U2", "Do you ship to Spain?"))
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)
        await mention(slack, "", root)
        answers = await answered(slack, "C1", root, count=2)
        greeted = await mention(slack, "", "")
        (greeting,) = await answered(slack, "C1", greeted)

        assert [answer.shown for answer in answers[1:]] == [greeting.shown]
        assert len(gate.asked) == 1
        unspoiled(slack)


async def test_another_try_hears_what_the_first_one_heard() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        root = await talk(slack, ("U2", "Our parcel is late"))
        await mention(slack, "what now?", root)
        (answer,) = await answered(slack, "C1", root)
        slack.pass_time(2)
        await slack.people.click("U1", answer, "Try again")
        await answered(slack, "C1", root, count=2)

        assert [heard(turn) for turn in gate.asked] == [[("U2", "Our parcel is late")]] * 2
        assert len(slack.of("conversations.replies")) == 1


async def test_nothing_is_read_where_everything_is_said_to_us_or_where_it_is_not_wanted() -> None:
    gate = open_gate()
    async with on_slack(gate) as (slack, _):
        direct = slack.team.direct("U1").id
        root = await slack.people.say("U1", direct, "Do you ship?")
        await answered(slack, direct, root)
        slack.pass_time(2)
        await slack.people.say("U1", direct, "And abroad?", thread=root)
        await answered(slack, direct, root, count=2)
        first = await mention(slack, "do you ship?", "")
        await answered(slack, "C1", first)
        assert slack.of("conversations.replies", "conversations.history") == []

    unread = open_gate()
    async with on_slack(unread, settings={"BRIDGE_CHANNELS__SLACK__READ_THREADS": "false"}) as (slack, _):
        root = await talk(slack, ("U2", "Our parcel is late"))
        await mention(slack, "what now?", root)
        await answered(slack, "C1", root)
        assert heard(unread.asked[0]) == []
        assert slack.of("conversations.replies") == []

"""What people write while the server is down is answered when it is back: once, and nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bridge.channels.slack import active, missed
from bridge.channels.slack import settings as slack_settings
from bridge.channels.slack.place import Place
from bridge.channels.slack.quotas import SlackQuotas
from bridge.stores.memory import MemoryStore, Settings
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.slack_server import Fault, SlackServer, broken, ratelimited, refused
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import answered, on_slack

BEFORE_S, GAP_FROM_S, WITHIN_S = 600.0, 300.0, 200.0
"""How long ago people wrote before the gap, since when nobody listens, and how long ago they wrote in it."""


class World:
    """A workspace, a store that outlives its servers, and what the brain was asked."""

    def __init__(self, slack: SlackServer, settings: Mapping[str, Any]) -> None:
        self.slack = slack
        self.settings = settings
        self.store = MemoryStore(Settings())
        self.gate = Gate()
        self.gate.open.set()

    @property
    def questions(self) -> list[str]:
        return [turn.question for turn in self.gate.asked]

    @asynccontextmanager
    async def server(self, *, socket: bool = False) -> AsyncIterator[None]:
        async with on_slack(self.gate, slack=self.slack, store=self.store, settings=self.settings, socket=socket):
            yield
        self.slack.target = ""

    async def goes_down(self) -> None:
        """From here on nobody listens."""
        await self.store.put(missed.MARK, str(time.time() - GAP_FROM_S))
        self.slack.behind_s = WITHIN_S
        self.time_passes(120)

    def time_passes(self, seconds: float) -> None:
        """For quotas: Slack's, and ours for reading, which is full again."""
        self.slack.pass_time(seconds)
        quotas, place = SlackQuotas(slack_settings.Settings(), self.store), Place(self.slack.team.id, "")
        for method in ("auth_test", "conversations_history", "conversations_replies"):
            look = quotas.look(place, method)
            self.store.remember(look.key, look.capacity, 0.0)

    async def writes(self, user: str, channel: str, text: str, *, thread: str = "") -> str:
        return await self.slack.people.say(user, channel, text, thread=thread, tell=False)

    def mention(self, text: str) -> str:
        return f"<@{self.slack.team.bot_user}> {text}"

    async def are_asked(self, *questions: str, within_s: float = 30) -> None:
        """These and no others, in any order of conversations."""
        await until(lambda: len(self.gate.asked) >= len(questions), within_s=within_s)
        await asyncio.sleep(0.3)
        assert sorted(self.questions) == sorted(questions)
        assert not self.slack.violations


@asynccontextmanager
async def world(settings: Mapping[str, Any] | None = None, **options: Any) -> AsyncIterator[World]:
    async with SlackServer.start(behind_s=BEFORE_S, **options) as slack:
        yield World(slack, settings or {})


async def test_questions_of_an_outage_are_answered_once_where_they_were_asked() -> None:
    async with world() as w:
        direct, general = w.slack.team.direct("U1").id, w.slack.team.channel("C1").id
        async with w.server():
            old = await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct, old)
            called = await w.slack.people.say("U2", general, w.mention("are you open?"))
            await answered(w.slack, general, called)
        await w.goes_down()
        new = await w.writes("U1", direct, "And by when?")
        also = await w.writes("U1", direct, "Hello?", thread=new)
        await w.writes("U1", direct, "And abroad?", thread=old)
        await w.writes("U2", general, "And tomorrow?", thread=called)
        await w.writes("U2", general, "Lunch, anybody?")
        await w.writes("U2", general, "<@U1> you know that, do you?", thread=called)
        fresh = await w.writes("U2", general, w.mention("what does it cost?"))
        gone = await w.writes("U1", direct, "Forget it")
        w.slack.team.messages[direct, gone].deleted = True
        async with w.server():
            await until(lambda: any("Hello?" in question for question in w.questions))
            await answered(w.slack, general, fresh)
            await answered(w.slack, direct, old, count=2)
            await answered(w.slack, general, called, count=2)
            await answered(w.slack, direct, new)
            asked = {turn.conversation_id.rpartition(":")[2]: "" for turn in w.gate.asked}
            for turn in w.gate.asked:
                asked[turn.conversation_id.rpartition(":")[2]] += f"{turn.question}|"
        assert {thread: said.replace("\n\n", "|") for thread, said in asked.items()} == {
            old: "Do you ship?|And abroad?|",
            new: "And by when?|Hello?|",
            called: "are you open?|And tomorrow?|",
            fresh: "what does it cost?|",
        }
        assert float(also) > float(new)
        count = len(w.questions)
        await w.goes_down()
        async with w.server():
            await until(lambda: len(w.slack.of("conversations.history")) >= 4)
            await asyncio.sleep(0.5)
        assert len(w.questions) == count
        assert not w.slack.violations
        assert not [call for call in w.slack.of("conversations.history", "conversations.replies") if call.error]


async def test_a_flat_direct_message_is_one_conversation_still() -> None:
    async with world({"BRIDGE_CHANNELS__SLACK__DIRECT_MESSAGES": "flat"}) as w:
        direct = w.slack.team.direct("U1").id
        async with w.server():
            await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct)
        await w.goes_down()
        root = await w.writes("U1", direct, "And abroad?")
        await w.writes("U1", direct, "And tomorrow?", thread=root)
        async with w.server():
            await w.are_asked("Do you ship?", "And abroad?", "And tomorrow?")
        asked = {turn.question: turn.conversation_id for turn in w.gate.asked}
        assert asked["Do you ship?"] == asked["And abroad?"] != asked["And tomorrow?"]


async def test_what_was_stopped_before_it_was_heard_is_not_answered() -> None:
    async with world() as w:
        direct, general = w.slack.team.direct("U1").id, w.slack.team.channel("C1").id
        async with w.server():
            old = await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct, old)
            called = await w.slack.people.say("U2", general, w.mention("are you open?"))
            await answered(w.slack, general, called)
        await w.goes_down()
        await w.writes("U1", direct, "And by when?")
        await w.writes("U1", direct, "stop")
        await w.writes("U1", direct, "And what does it cost?")
        await w.writes("U2", general, "And tomorrow?", thread=called)
        await w.writes("U2", general, "Stop", thread=called)
        async with w.server():
            await w.are_asked("Do you ship?", "are you open?", "And what does it cost?")


async def test_what_was_said_before_the_gap_and_not_to_us_stays_unanswered() -> None:
    async with world() as w:
        general = w.slack.team.channel("C1").id
        async with w.server():
            root = await w.slack.people.say("U1", general, "Do you ship?")
            w.slack.behind_s = GAP_FROM_S + 60
            await w.slack.people.say("U2", general, "No idea", thread=root)
            await w.slack.people.say("U1", general, w.mention("do you know?"), thread=root)
            await answered(w.slack, general, root)
            await w.writes("U1", general, w.mention("are you there?"), thread=root)  # on its way when the gap begins
        await w.goes_down()
        await w.writes("U2", general, "And abroad?", thread=root)
        async with w.server():
            await until(lambda: any("And abroad?" in question for question in w.questions))
            assert "\n\n".join(w.questions) == "do you know?\n\nare you there?\n\nAnd abroad?"


async def test_a_conversation_that_began_in_one_outage_is_heard_in_the_next() -> None:
    async with world() as w:
        general = w.slack.team.channel("C1").id
        async with w.server():
            called = await w.slack.people.say("U1", general, w.mention("are you open?"))
            await answered(w.slack, general, called)
        await w.goes_down()
        root = await w.writes("U2", general, w.mention("what does it cost?"))
        async with w.server():
            await answered(w.slack, general, root)
        assert active.Spot(w.slack.team.id, general, root) in await active.Active(w.store).lately(0)
        w.slack.behind_s = 1
        w.time_passes(120)
        await w.store.put(missed.MARK, str(time.time() - 10))  # long after that thread began
        await w.writes("U2", general, "And with tax?", thread=root)
        async with w.server():
            await w.are_asked("are you open?", "what does it cost?", "And with tax?")


async def test_other_apps_are_not_answered() -> None:
    async with world() as w:
        direct = w.slack.team.direct("U1").id
        async with w.server():
            old = await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct, old)
        await w.goes_down()
        alert = Message(direct, w.slack.new_ts(), "U0OTHER", "Truck 7 broke down", bot_id="B0OTHER")
        w.slack.team.messages[direct, alert.ts] = alert
        await w.writes("U1", direct, "And abroad?")
        async with w.server():
            await w.are_asked("Do you ship?", "And abroad?")


async def test_a_busy_channel_is_read_to_its_end() -> None:
    async with world() as w:
        general = w.slack.team.channel("C1").id
        async with w.server():
            await w.slack.people.say("U1", general, w.mention("do you ship?"))
            await answered(w.slack, general)
        await w.goes_down()
        await w.writes("U1", general, w.mention("first?"))
        for number in range(450):
            await w.writes("U2", general, f"Chatter {number}")
        await w.writes("U1", general, w.mention("last?"))
        async with w.server():
            await w.are_asked("do you ship?", "first?", "last?")
        assert len(w.slack.of("conversations.history")) == 3


async def test_also_a_short_restart_loses_nothing() -> None:
    async with world() as w:
        w.slack.behind_s = 0
        direct = w.slack.team.direct("U1").id
        async with w.server():
            await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct)
        w.time_passes(2)
        await w.writes("U1", direct, "And abroad?")
        async with w.server():
            await w.are_asked("Do you ship?", "And abroad?")


async def test_before_the_first_start_nothing_was_for_us_and_nothing_is_read() -> None:
    async with world() as w:
        direct = w.slack.team.direct("U1").id
        await w.writes("U1", direct, "Anybody?")
        async with w.server():
            await until(lambda: missed.MARK in w.store._values)
            assert w.slack.of("conversations.history", "conversations.replies") == []


async def test_what_was_written_while_nothing_was_to_be_looked_for_stays_unanswered() -> None:
    async with world({"BRIDGE_CHANNELS__SLACK__CATCH_UP_S": "0"}) as w:
        direct = w.slack.team.direct("U1").id
        async with w.server():
            await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct)
        w.time_passes(2)
        await w.writes("U1", direct, "And abroad?")
        w.settings = {}
        async with w.server():
            await until(lambda: missed.MARK in w.store._values)
            await w.are_asked("Do you ship?")


@pytest.mark.parametrize(("back_s", "calls"), [(60, 1), (0, 0)])
async def test_how_far_back_it_looks_is_a_setting(back_s: int, calls: int) -> None:
    async with world({"BRIDGE_CHANNELS__SLACK__CATCH_UP_S": str(back_s)}) as w:
        direct = w.slack.team.direct("U1").id
        async with w.server():
            old = await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct, old)
        await w.goes_down()
        await w.writes("U1", direct, "Too long ago?")
        async with w.server():
            await until(lambda: len(w.slack.of("conversations.history")) >= calls)
            await w.are_asked("Do you ship?")
        assert len(w.slack.of("conversations.history")) == calls


@pytest.mark.parametrize(
    "fault",
    [refused("channel_not_found"), refused("missing_scope"), ratelimited(30), broken(502)],
    ids=["gone", "scope", "ratelimited", "broken"],
)
async def test_a_place_that_cannot_be_read_keeps_no_other_back(fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    async with world() as w:
        async with w.server():
            for user in ("U1", "U2"):
                direct = w.slack.team.direct(user).id
                await w.slack.people.say(user, direct, f"I am {user}")
                await answered(w.slack, direct)
        await w.goes_down()
        for user in ("U1", "U2"):
            await w.writes(user, w.slack.team.direct(user).id, f"Still {user}")
        w.slack.will("conversations.history", fault)
        async with w.server():
            await until(lambda: bool(w.slack.of("conversations.history")))
            await asyncio.sleep(0.2)
            w.time_passes(120)
            # The latest place comes first.
            found = ["Still U1"] if fault.kind == "refused" else ["Still U1", "Still U2"]
            await w.are_asked("I am U1", "I am U2", *found, within_s=30)
        assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_places_come_the_latest_first_and_channels_before_their_threads() -> None:
    store, old, now = MemoryStore(Settings()), time.time() - 1_000, time.time()
    for number in range(1_200):
        await store.append(active.LOG, f"{int(old)} T1 C1 {number}.0")
    await store.append(active.LOG, f"{int(now)} T1 D1", "cannot be read", f"{int(now)} T1 C1 7.0")
    asked = active.Active(store)
    await asked.note(active.Spot("T1", "C2", "8.0"))
    await asked.note(active.Spot("T1", "C2", "8.0"))

    channels, threads = ["C2", "C1", "D1"], [("C2", "8.0"), ("C1", "7.0")]
    found = await active.Active(store).lately(now - 60)
    assert [spot.channel for spot in found if not spot.thread] == channels
    assert [(spot.channel, spot.thread) for spot in found[3:]] == threads
    assert len(await asked.lately(0)) == len(channels) + 1_200 + 1
    assert len(await store.read(active.LOG, after=1_203, limit=9)) == 1, "noted once an hour"


async def test_an_app_that_may_read_little_begins_with_direct_messages() -> None:
    async with world(distributed=True) as w:
        direct = w.slack.team.direct("U1").id
        async with w.server():
            old = await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct, old)
        await w.goes_down()
        await w.writes("U1", direct, "And abroad?")
        async with w.server():
            await w.are_asked("Do you ship?", "And abroad?")


async def test_a_socket_that_was_closed_is_a_gap_and_one_that_is_renewed_is_none() -> None:
    async with world() as w:
        w.slack.limits.per_minute["apps.connections.open"] = 20
        w.slack.behind_s = 0
        direct = w.slack.team.direct("U1").id
        async with w.server(socket=True):
            await w.slack.people.say("U1", direct, "Do you ship?")
            await answered(w.slack, direct)
            await w.slack.sockets.disconnect()
            await until(lambda: w.slack.sockets.connections == 2 and bool(w.slack.sockets.open), within_s=30)
            await asyncio.sleep(0.3)
            assert w.slack.of("conversations.history") == []

            w.slack.will("apps.connections.open", broken(502), broken(502), broken(502), broken(502))
            await w.slack.sockets.close()
            await until(lambda: not w.slack.sockets.open, within_s=30)
            await w.writes("U1", direct, "And abroad?")
            await w.are_asked("Do you ship?", "And abroad?", within_s=30)

"""Slack refuses, breaks, loses answers and messages: people still see each answer once, whole."""

import asyncio

import pytest

from bridge.errors import StoreUnavailable
from bridge.ports import Emit
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Conversation, Outcome, Reply, TextDelta, Turn
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.slack_server import (
    LOST,
    RESET,
    Fault,
    SlackServer,
    broken,
    hang,
    late,
    lost_late,
    ratelimited,
    refused,
    slow,
)
from tests.fakes.slack_state import BOT_TOKEN
from tests.fakes.slack_world import Away, answered, is_final, on_slack

WORDS = 60
WHOLE = "".join(f"word{number} " for number in range(WORDS))

LOOKED_FOR = (LOST, RESET, broken(502), broken(500), refused("internal_error"))
"""After these nobody knows whether the message is there."""


async def words(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    for number in range(WORDS):
        emit(TextDelta(f"word{number} "))
        await asyncio.sleep(0.02)
    return Reply(text=WHOLE, outcome=Outcome.ANSWERED)


async def asked(slack: SlackServer) -> str:
    return await slack.people.say("U1", slack.team.direct("U1").id, "Do you ship?")


@pytest.mark.parametrize(
    "faults",
    [
        [ratelimited(1)],
        [broken(502)],
        [broken(503), broken(500)],
        [RESET],
        [LOST],
        [LOST, LOST],
        [refused("internal_error")],
        [refused("service_unavailable")],
        [refused("token_revoked")],
    ],
    ids=lambda faults: "-".join(fault.error or fault.kind for fault in faults),
)
async def test_the_first_message_is_there_once_whatever_happens_to_its_post(faults: list[Fault]) -> None:
    async with on_slack(words) as (slack, _):
        slack.will("chat.postMessage", *faults)
        await asked(slack)
        (answer,) = await answered(slack, "D1")

        assert answer.shown == WHOLE
        assert slack.violations == []
        assert bool(slack.of("conversations.replies")) == any(fault in LOOKED_FOR for fault in faults)


@pytest.mark.parametrize(
    "faults",
    [[ratelimited(1)], [broken(502)], [RESET], [LOST, LOST], [refused("fatal_error")]],
    ids=lambda faults: faults[0].error or faults[0].kind,
)
async def test_edits_that_fail_are_made_up_for(faults: list[Fault]) -> None:
    async with on_slack(words) as (slack, _):
        slack.will("chat.update", *faults)
        await asked(slack)
        (answer,) = await answered(slack, "D1")

        assert answer.shown == WHOLE
        assert slack.violations == []


async def test_a_slow_slack_is_not_called_twice() -> None:
    settings = {"BRIDGE_CHANNELS__SLACK__TIMEOUT_S": "0.3"}
    async with on_slack(words, settings=settings) as (slack, _):
        slack.will("chat.postMessage", lost_late(0.6))
        slack.will("chat.update", None, hang(0.6), lost_late(0.6))
        await asked(slack)
        await until(lambda: [m.shown for m in slack.answers("D1")] == [WHOLE], within_s=30)
        (answer,) = await answered(slack, "D1")

        assert is_final(answer)
        assert [v for v in slack.violations if "during another call" not in v] == []


async def test_a_message_that_somebody_deletes_is_posted_again() -> None:
    async with on_slack(words) as (slack, _):
        await asked(slack)
        await until(lambda: bool(slack.answers("D1")), within_s=30)
        slack.vanish(slack.answers("D1")[0])
        await until(lambda: [m.shown for m in slack.answers("D1")] == [WHOLE], within_s=30)
        assert slack.violations == []


async def test_a_second_life_goes_on_in_the_message_of_the_first() -> None:
    """Also when nobody wrote down that it was posted: it is found by its metadata."""
    store, gate = MemoryStore(Settings()), Gate()
    async with SlackServer.start() as slack:
        async with on_slack(gate, slack=slack, store=store):
            await asked(slack)
            await until(lambda: bool(slack.answers("D1")), within_s=30)
        gate.open.set()
        async with on_slack(gate, slack=slack, store=store):
            await until(lambda: [m.shown for m in slack.answers("D1")] == ["So: Do you ship?"], within_s=30)
            await answered(slack, "D1")
        assert slack.violations == []


async def test_a_surface_without_feedback_buttons_gets_plain_ones() -> None:
    async with on_slack(words) as (slack, _):
        slack.takes_feedback = False
        await asked(slack)
        (answer,) = await answered(slack, "D1")

        assert [button.label for button in answer.buttons] == ["👍 Helpful", "👎 Not helpful", "Try again"]
        (delivery,) = await slack.people.click("U1", answer, "👍 Helpful")
        assert delivery.status == 200
        refusals = dict(slack.refusals)
        slack.pass_time(2)
        await asked(slack)
        await answered(slack, "D1", count=2)
        assert dict(slack.refusals) == refusals, "the workspace is not asked again"


async def test_a_revoked_token_delays_and_loses_nothing() -> None:
    async with on_slack(words) as (slack, _):
        slack.team.bot_token = "xoxb-rotated"
        await asked(slack)
        await until(lambda: slack.refusals["invalid_auth"] > 0, within_s=30)
        slack.team.bot_token = BOT_TOKEN
        await until(lambda: [m.shown for m in slack.answers("D1")] == [WHOLE], within_s=30)


async def test_finals_wait_as_long_as_slack_says() -> None:
    gate = Gate()
    async with on_slack(gate) as (slack, _):
        await asked(slack)
        await until(lambda: bool(slack.answers("D1")), within_s=30)
        slack.will("chat.update", ratelimited(2))
        gate.open.set()
        (answer,) = await answered(slack, "D1")

        refusal, final = slack.of("chat.update")[-2:]
        assert refusal.error == "ratelimited"
        assert final.at - refusal.at >= 2
        assert answer.shown == "So: Do you ship?"
        assert slack.violations == []


async def test_a_status_never_stays_below_an_answer_that_overtook_it() -> None:
    async with on_slack(Gate(asyncio.Event()), settings={"BRIDGE_CHANNELS__SLACK__AGENT_SESSIONS": "false"}) as (
        slack,
        _,
    ):
        slack.will("assistant.threads.setStatus", slow(0.3))
        root = await asked(slack)
        await until(lambda: bool(slack.answers("D1")), within_s=30)
        await asyncio.sleep(0.4)

        assert slack.of("assistant.threads.setStatus")
        await until(lambda: slack.status("D1", root) == "", within_s=30)
        assert slack.violations == []


async def test_what_the_store_cannot_take_is_sent_again_and_answered_once() -> None:
    store = Away(Settings())
    async with SlackServer.start(retry_delays_s=(0.0, 0.3)) as slack:
        async with on_slack(words, slack=slack, store=store):
            saying = asyncio.ensure_future(asked(slack))
            await until(lambda: len(slack.people.deliveries) == 2, within_s=30)
            store.away = False
            await saying
            (answer,) = await answered(slack, "D1")

        assert [delivery.status for delivery in slack.people.deliveries[:3]] == [503, 503, 200]
        assert answer.shown == WHOLE


@pytest.mark.parametrize(
    ("refusals", "buttons"),
    [
        (["invalid_blocks"], ["👍 Helpful", "👎 Not helpful", "Try again"]),
        (["invalid_blocks"] * 2, []),
        (["msg_too_long"], []),
        (["msg_too_long"] * 2, []),
        (["restricted_action", "msg_blocks_too_long"], []),
    ],
    ids="-".join,
)
async def test_a_final_that_slack_refuses_is_shown_in_a_plainer_form(refusals: list[str], buttons: list[str]) -> None:
    gate = Gate()
    async with on_slack(gate) as (slack, _):
        root = await asked(slack)
        await until(lambda: bool(slack.answers("D1")), within_s=30)
        slack.will("chat.update", *map(refused, refusals))
        gate.open.set()
        await until(lambda: len(slack.of("chat.update")) > len(refusals), within_s=30)
        (answer,) = await answered(slack, "D1", root)

        assert answer.shown.strip() == "So: Do you ship?" or answer.text == "So: Do you ship?"
        assert [button.label for button in answer.buttons] == buttons
        assert slack.violations == []


async def test_a_final_that_was_not_shown_before_is_posted_in_a_plainer_form() -> None:
    async with on_slack() as (slack, _):
        slack.will("chat.postMessage", *[refused("invalid_blocks")] * 3)  # a draft, and two forms of the final
        await asked(slack)
        (answer,) = await answered(slack, "D1")

        assert answer.shown.strip() == "You said: Do you ship?"
        assert [block["type"] for block in answer.blocks] == ["section"]
        assert slack.violations == []


@pytest.mark.parametrize("seconds", [0.3, 1.5])
async def test_a_post_that_slack_does_after_the_connection_broke_is_found(seconds: float) -> None:
    async with on_slack(words) as (slack, _):
        slack.will("chat.postMessage", late(seconds))
        await asked(slack)
        (answer,) = await answered(slack, "D1")
        await asyncio.sleep(seconds)

        assert [message.shown for message in slack.answers("D1")] == [WHOLE]
        assert is_final(answer)
        assert slack.violations == []


@pytest.mark.parametrize("fault", [LOST, None], ids=["lost", "well"])
async def test_what_follows_a_command_is_heard_however_its_answer_was_posted(fault: Fault | None) -> None:
    async with on_slack() as (slack, _):
        channel = slack.team.channel("C1").id
        slack.will("chat.postMessage", fault)
        await slack.people.command("U2", channel, "/ask", "Do you ship?")
        _, answer = await answered(slack, channel, count=2)  # the first is for the one who asked
        assert answer.shown.startswith("Béla: Do you ship?")
        await slack.people.say("U2", channel, "And to Spain?", thread=answer.ts)
        (follow_up,) = await answered(slack, channel, answer.ts)

        assert follow_up.shown.strip() == "You said: And to Spain?"
        await slack.people.click("U2", answer, "Try again")
        again = (await answered(slack, channel, answer.ts, count=2))[-1]
        assert again.shown.strip() == "You said: Do you ship?"


async def test_a_thread_that_cannot_be_kept_is_kept_later() -> None:
    store = Keeping(Settings())
    async with on_slack(store=store) as (slack, _):
        channel = slack.team.channel("C1").id
        store.failures = 1
        await slack.people.command("U2", channel, "/ask", "Do you ship?")
        _, answer = await answered(slack, channel, count=2)  # the first is for the one who asked
        await slack.people.say("U2", channel, "And to Spain?", thread=answer.ts)
        await answered(slack, channel, answer.ts)

        assert store.failures == 0
        assert len(slack.answers(channel)) == 3


class Keeping(MemoryStore):
    """A store that does not keep the beginnings of threads at first."""

    failures = 0

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        if self.failures and key.startswith("slack:root:"):
            self.failures -= 1
            raise StoreUnavailable("the disk is full")
        return await super().put(key, value, ttl_s=ttl_s, if_absent=if_absent)


@pytest.mark.parametrize(("code", "latched"), [("missing_scope", True), ("channel_not_found", False)])
async def test_only_what_the_workspace_does_not_have_is_not_asked_for_again(code: str, latched: bool) -> None:
    async with on_slack() as (slack, _):
        slack.will("agents.sessions.setStatus", refused(code))
        await asked(slack)
        await answered(slack, "D1")
        await slack.people.say("U2", slack.team.direct("U2").id, "And I?")
        await answered(slack, "D2")

        wanted = 1 if latched else 3  # the second has an end
        await until(lambda: len(slack.of("agents.sessions.setStatus")) == wanted, within_s=30)
        assert len(slack.of("assistant.threads.setStatus")) == (2 if latched else 1)
        assert slack.violations == []


async def test_slacks_own_streaming_is_not_waited_for_where_its_scope_is_missing() -> None:
    async with on_slack(words, settings={"BRIDGE_CHANNELS__SLACK__STREAM": "native"}) as (slack, _):
        slack.will("chat.startStream", *[refused("missing_scope")] * 20)
        await asked(slack)
        (answer,) = await answered(slack, "D1")

        assert answer.shown.strip() == WHOLE.strip()
        assert len(slack.of("chat.startStream")) == 1

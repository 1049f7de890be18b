"""Which quota of Slack's a call takes, and who waits when it is used up or Slack says so."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bridge.channels.slack.place import place_of
from bridge.channels.slack.quotas import SlackQuotas
from bridge.channels.slack.settings import Settings as SlackSettings
from bridge.delivery.pacing import Pace
from bridge.errors import RateLimited
from bridge.ports import EditableChannel, Page
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, Outcome, TurnId
from tests.contract.stage_slack import built
from tests.fakes.slack_server import SlackServer, ratelimited
from tests.unit.channels.test_slack import page

Native = tuple[SlackServer, EditableChannel, MemoryStore]


@pytest.fixture
async def native() -> AsyncIterator[Native]:
    store = MemoryStore(Settings())
    async with SlackServer.start() as platform:
        channel = built(platform, store, stream="native")
        yield platform, channel, store
        await channel.close()


async def asked(platform: SlackServer, number: int) -> Address:
    """A question in a direct message of its own."""
    platform.team.people[f"U{number}"] = "Ada"
    direct = platform.team.direct(f"U{number}").id
    root = await platform.people.say(f"U{number}", direct, "Hello", tell=False)
    return Address("slack", f"T0BRIDGE:{direct}:{root}")


def draft(to: Address, text: str = "Some words. ") -> Page:
    one = page(text, to=to)
    return replace(one, claim=replace(one.claim, turn=replace(one.claim.turn, id=TurnId(to.key))))


def final(to: Address, text: str = "Some words. ") -> Page:
    return replace(draft(to, text), final=True, outcome=Outcome.ANSWERED)


async def test_answers_that_are_complete_take_nothing_of_the_quota_of_streams(native: Native) -> None:
    platform, channel, _ = native
    for number in range(30):
        to = await asked(platform, number)
        (bucket,) = channel.limits(to).post
        assert bucket.key.startswith("slack:chat.postMessage:")
        await channel.post(to, final(to))

    assert len(platform.of("chat.postMessage")) == 30
    assert not platform.refusals


async def test_more_answers_than_streams_are_posted_and_edited(native: Native) -> None:
    platform, channel, _ = native
    refs = []
    for number in range(15):
        to = await asked(platform, number)
        refs.append(await channel.post(to, draft(to)))
    begun = len(platform.of("chat.startStream"))

    assert 5 < begun < 15
    assert begun + len(platform.of("chat.postMessage")) == 15
    last = refs[-1]
    await channel.edit(last, final(last.address, "All the words."))
    (answer,) = platform.answers(last.address.key.split(":")[1])
    assert answer.shown.startswith("All the words.")
    assert not platform.refusals


async def test_a_workspace_that_wants_no_stream_for_a_moment_gets_posts(native: Native) -> None:
    platform, channel, _ = native
    platform.will("chat.startStream", ratelimited(5))
    to = await asked(platform, 0)
    with pytest.raises(RateLimited) as raised:
        await channel.post(to, draft(to))
    assert not raised.value.ours, "perhaps it is the channel that wants no message now"
    for number in range(1, 4):
        to = await asked(platform, number)
        await channel.post(to, draft(to))

    assert len(platform.of("chat.startStream")) == 1
    assert len(platform.of("chat.postMessage")) == 3
    assert platform.violations == []


async def test_edits_that_are_refused_hold_up_no_stream(native: Native) -> None:
    platform, channel, store = native
    to = await asked(platform, 1)
    ref = await channel.post(to, final(to))
    platform.will("chat.update", ratelimited(7))
    with pytest.raises(RateLimited) as raised:
        await channel.edit(ref, final(to, "Other words."))

    assert (raised.value.ours, raised.value.retry_after_s) == (True, 7)
    (append,) = channel.limits(to).edit
    assert await store.spend(append) == 0
    with pytest.raises(RateLimited) as raised:
        await channel.edit(ref, final(to, "Other words."))
    assert raised.value.ours
    assert len(platform.of("chat.update")) == 1


async def test_messages_that_do_not_stream_keep_to_the_quota_of_edits(native: Native) -> None:
    platform, channel, _ = native
    to = await asked(platform, 1)
    ref = await channel.post(to, final(to))
    with pytest.raises(RateLimited) as raised:  # noqa: PT012 - which of them it is does not matter
        for number in range(60):
            await channel.edit(ref, draft(to, f"Draft {number}"))
    assert raised.value.ours
    drafts = len(platform.of("chat.update"))
    await channel.edit(ref, final(to, "The words."))

    assert drafts < 20, "finals need some, too"
    assert not platform.refusals


async def test_streams_that_cannot_be_ended_hold_up_nothing_else(native: Native) -> None:
    platform, channel, store = native
    to = await asked(platform, 1)
    ref = await channel.post(to, draft(to))
    platform.will("chat.stopStream", ratelimited(4))
    with pytest.raises(RateLimited) as raised:
        await channel.edit(ref, final(to))

    assert (raised.value.ours, raised.value.retry_after_s) == (True, 4)
    place, quotas = place_of(to), SlackQuotas(SlackSettings(), store)
    assert await store.spend(quotas.stop(place)) > 3
    for bucket in (quotas.append(place), quotas.update(place), quotas.post(place), quotas.start(place)):
        assert await store.spend(bucket) == 0


@pytest.mark.parametrize("said_by", ["us", "slack"])
async def test_who_may_not_look_now_holds_up_no_posts_of_others(said_by: str) -> None:
    store = MemoryStore(Settings())
    async with SlackServer.start() as platform:
        channel = built(platform, store)
        to = await asked(platform, 1)
        nowhere = Address("slack", "T0BRIDGE:D1:1700000000.000100")
        if said_by == "slack":
            platform.will("conversations.replies", ratelimited(3))
        with pytest.raises(RateLimited) as raised:  # noqa: PT012
            for _ in range(60):
                await channel.find(nowhere, draft(nowhere))
        limits = channel.limits(to)
        ours, theirs = Pace(store, limits, "one"), Pace(store, limits, "another")
        await ours.refused("find", raised.value.retry_after_s, ours=raised.value.ours)

        assert await theirs.draft("post", 60) == 0
        assert await ours.draft("edit", 60) > 0, "this turn waits"
        await channel.close()


async def test_a_method_that_slack_limits_holds_up_no_other_way_of_reading() -> None:
    """The look after a gap reads histories; an answer whose confirmation was lost is looked for in its thread."""
    store = MemoryStore(Settings())
    async with SlackServer.start() as platform:
        channel = built(platform, store)
        to = await asked(platform, 1)
        place, quotas = place_of(to), SlackQuotas(SlackSettings(), store)
        await store.pause(quotas.look(place, "conversations_history"), 60)

        assert await channel.find(to, draft(to)) is None
        assert {call.error for call in platform.of("conversations.replies")} == {""}
        assert await store.spend(quotas.look(place, "auth_test")) == 0
        assert await store.spend(quotas.look(place, "conversations_history")) > 50
        await channel.close()

"""How often a message changes: quick while the quota is idle, slower as it drains, and nobody is left out."""

import asyncio
from itertools import pairwise

import pytest

from bridge.delivery.pacing import Pace
from bridge.errors import RateLimited
from bridge.ports import Bucket, Emit, Limits, Quotas
from bridge.types import Conversation, Outcome, Progress, Reply, TextDelta, Turn
from tests.fakes.core import empty_store, message, running, until
from tests.fakes.recording_channel import Platform, RecordingChannel
from tests.unit.delivery.brains import Writer, between, of_room


async def test_an_edit_shows_the_newest_draft(platform: Platform) -> None:
    platform.latency_s = 1.3
    writer = Writer()
    async with running(RecordingChannel(platform), writer) as core:
        await core.finished(await core.say("Hello?"))

    drafts = [call for call in platform.calls if call.kind in ("post", "edit") and not call.final]
    assert len(drafts) > 5
    for call in drafts:
        assert call.text == [text for at, text in writer.states if at <= call.at][-1]


async def test_the_first_text_comes_at_once(slack: Platform) -> None:
    async with running(RecordingChannel(slack), Writer(per_s=100)) as core:
        began_at = asyncio.get_running_loop().time()
        await core.finished(await core.say("Hello?"))

    first = slack.of("post")[0]
    assert 20 <= len(first.text) < 50
    assert first.at - began_at < 0.1


async def test_a_quiet_workspace_sees_two_edits_a_second(slack: Platform) -> None:
    async with running(RecordingChannel(slack), Writer(words=100)) as core:
        await core.finished(await core.say("Hello?"))

    edits = [call.at for call in slack.of("edit")]
    assert len(edits) >= 10
    assert all(0.449 < later - earlier < 0.6 for earlier, later in pairwise(edits[:-1]))


async def test_edits_slow_down_as_the_bucket_drains_and_never_stop(slack: Platform) -> None:
    async with running(RecordingChannel(slack), Writer(words=2_400)) as core:
        began_at = asyncio.get_running_loop().time()
        await core.finished(await core.say("Hello?"))

    minutes = [len(between(slack.of("edit"), began_at + n, began_at + n + 10)) for n in range(0, 120, 10)]
    assert minutes[0] > 15
    assert all(3 <= count <= 6 for count in minutes[4:])
    assert slack.refusals == 0


async def test_what_cannot_be_shown_while_it_is_written_comes_whole(slack: Platform) -> None:
    """Sixty at once: some are shown growing, the others say that they are typing; all are complete, none refused."""
    rooms = [f"room{n}" for n in range(60)]
    writer = Writer(words=300)
    async with running(RecordingChannel(slack), writer) as core:
        core.dispatch._turns_max = 100
        turns = [await core.say("Hello?", room=room) for room in rooms]
        for turn_id in turns:
            await core.finished(turn_id)

    whole = writer.states[-1][1]
    assert [[shown.text for shown in slack.room(room)] for room in rooms] == [[whole]] * 60
    once = [room for room in rooms if len(of_room(slack, room, "post", "edit")) == 1]
    assert 40 <= len(once) < 60
    assert all(of_room(slack, room, "typing") for room in once)
    ends = [of_room(slack, room, "post", "edit")[-1].at for room in rooms]
    assert max(ends) - writer.states[-1][0] < 0.5
    assert slack.refusals == 0


async def test_the_token_of_the_final_is_set_aside(slack: Platform) -> None:
    """However much else is edited: who was shown growing is complete as soon as the answer is."""
    ends: dict[str, float] = {}

    async def write(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        number = int(turn.address.key)
        for word in range(100 + 10 * number):
            emit(TextDelta(f"word{word} "))
            await asyncio.sleep(0.1)
        ends[turn.address.key] = asyncio.get_running_loop().time()
        return Reply(text="".join(f"word{word} " for word in range(100 + 10 * number)), outcome=Outcome.ANSWERED)

    async with running(RecordingChannel(slack), write) as core:
        core.dispatch._turns_max = 100
        for turn_id in [await core.say("Hello?", room=str(room)) for room in range(14)]:
            await core.finished(turn_id)

    for room, end in ends.items():
        assert of_room(slack, room, "post", "edit")[-1].at - end < 0.1
    assert slack.refusals == 0


@pytest.mark.parametrize("bucket", [Bucket("one", 1, 0.95), Bucket("many", 4, 0.5)])
async def test_finals_go_in_the_order_of_asking(bucket: Bucket) -> None:
    quotas: Quotas = empty_store()
    limits = Limits(size_max=100, post=(bucket,), edit=(bucket,))
    gone: list[int] = []

    async def final(number: int) -> None:
        await asyncio.sleep(number * 0.01)
        pace = Pace(quotas, limits, str(number))
        await pace.final("edit")
        await pace.ended()
        gone.append(number)

    async def drafts() -> None:
        pace = Pace(quotas, limits, "draft")
        while True:
            wait_s = await pace.draft("edit", 100.0)
            await pace.ended()
            await asyncio.sleep(wait_s or 0.1)

    drafting = asyncio.ensure_future(drafts())
    await asyncio.gather(*(final(number) for number in range(10)))
    drafting.cancel()

    assert gone == list(range(10))


async def test_a_final_that_waits_in_the_store_keeps_its_place() -> None:
    """Thirty at once, then nearly as many as may go: nobody who came early waits behind who came late."""
    quotas: Quotas = empty_store()
    limits = Limits(size_max=100, post=(Bucket("post", 1, 1.0),))
    now = asyncio.get_running_loop().time
    gone: list[int] = []
    waited: list[float] = []

    async def final(number: int) -> None:
        await asyncio.sleep(max(0.0, (number - 30) / 0.95))
        began_at = now()
        while True:
            pace = Pace(quotas, limits, str(number))
            try:
                await pace.final("post")
                break
            except RateLimited as error:
                await pace.close()
                await asyncio.sleep(error.retry_after_s + 0.5)  # nobody comes back at once
        await pace.close()
        gone.append(number)
        waited.append(now() - began_at)

    await asyncio.gather(*(final(number) for number in range(120)))

    assert gone == list(range(120))
    assert max(waited) < 31


async def test_a_place_that_was_kept_is_given_up_when_its_turn_ends_otherwise() -> None:
    quotas: Quotas = empty_store()
    bucket = Bucket("post", 1, 0.01)
    limits = Limits(size_max=100, post=(bucket,))
    await quotas.spend(bucket)
    pace = Pace(quotas, limits, "turn")
    with pytest.raises(RateLimited):
        await pace.final("post")
    await pace.close()
    await asyncio.sleep(110)
    assert await quotas.spend(bucket, tokens=0.0, reserve=1.0) > 0

    await Pace(quotas, limits, "turn").close()

    assert await quotas.spend(bucket, tokens=0.0, reserve=1.0) == 0.0


async def test_finals_that_wait_for_their_own_room_hold_up_no_other() -> None:
    """However many wait: what all rooms share is taken in the moment of the call."""
    quotas: Quotas = empty_store()
    bot = Bucket("bot", 5, 25.0)

    def limits(room: str) -> Limits:
        buckets = (bot, Bucket(f"minute:{room}", 4, 16 / 60), Bucket(f"second:{room}", 1, 0.95))
        return Limits(size_max=100, post=buckets, edit=buckets, edit_interval_s=1.0)

    for room in range(8):
        while not await quotas.spend(limits(str(room)).post[1]):
            pass

    async def final(room: str, turn: str) -> None:
        pace = Pace(quotas, limits(room), turn)
        await pace.final("edit")
        await pace.ended()

    waiting = [asyncio.ensure_future(final(str(n % 8), f"turn{n}")) for n in range(24)]
    await asyncio.sleep(0.1)
    began_at = asyncio.get_running_loop().time()
    await Pace(quotas, limits("private"), "final").final("post")
    assert await Pace(quotas, limits("other"), "draft").draft("edit", 100.0) == 0.0

    assert asyncio.get_running_loop().time() - began_at < 0.1
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("jitter_s", [0.05, 0.3])
async def test_calls_that_do_not_travel_equally_fast_are_refused_as_seldom(telegram: Platform, jitter_s: float) -> None:
    """The platform counts a call when it arrives: after a slow one the next must not be fast."""
    telegram.jitter_s = jitter_s
    async with running(RecordingChannel(telegram), Writer(words=600)) as core:
        for _ in range(5):
            await core.finished(await core.say("Hello?"))

    assert len(telegram.of("edit")) > 25
    assert telegram.refusals == 0


@pytest.mark.parametrize("jitter_s", [0.05, 0.3])
async def test_posts_to_one_place_that_do_not_travel_equally_fast_are_refused_as_seldom(
    slack: Platform, jitter_s: float
) -> None:
    """Also those of several conversations there, of which each counts its own time only."""
    slack.jitter_s = jitter_s
    bucket = Bucket("post", 1, 0.98)
    limits = Limits(size_max=100, post=(bucket,))
    store = empty_store()
    channel = RecordingChannel(slack)

    async def post(number: int) -> None:
        pace = Pace(store, limits, str(number))
        await pace.final("post")
        await channel.platform.way()
        arrived.append(asyncio.get_running_loop().time())
        await channel.platform.way()
        await pace.ended()

    arrived: list[float] = []
    await asyncio.gather(*(post(number) for number in range(15)))
    assert len(arrived) == 15
    assert min(later - earlier for earlier, later in pairwise(arrived)) >= 1.0


async def test_what_was_set_aside_is_free_again_when_a_turn_is_handed_over(slack: Platform) -> None:
    store = empty_store()
    async with running(RecordingChannel(slack), Writer(words=600), store=store) as core:
        await core.say("Hello?")
        await until(lambda: len(slack.of("edit")) == 3)
    await asyncio.sleep(100)

    (bucket,) = slack.limits_in("room").edit
    assert await store.spend(bucket, tokens=0.0, reserve=bucket.capacity) == 0.0


async def test_what_the_platform_asks_of_one_every_conversation_of_the_bucket_obeys(slack: Platform) -> None:
    slack.will("edit", *[None] * 5, RateLimited("be quiet", retry_after_s=17))
    async with running(RecordingChannel(slack), Writer(words=600)) as core:
        began_at = asyncio.get_running_loop().time()
        for turn_id in [await core.say("Hello?", room=room) for room in "ab"]:
            await core.finished(turn_id)

    edits = [call.at for call in slack.of("edit")]
    refused_at = edits[5]
    assert between(slack.of("edit"), refused_at + 0.1, refused_at + 17) == []
    assert len(between(slack.of("edit"), refused_at + 17, began_at + 30)) >= 2


async def test_a_new_process_obeys_what_the_old_one_was_told(slack: Platform) -> None:
    store = empty_store()
    slack.will("edit", *[None] * 5, RateLimited("be quiet", retry_after_s=60))
    async with running(RecordingChannel(slack), Writer(words=600), store=store) as core:
        turn_id = await core.say("Hello?")
        await until(lambda: len(slack.of("edit")) == 6)
    refused_at = slack.of("edit")[-1].at

    async with running(RecordingChannel(slack), Writer(words=600), store=store) as core:
        await core.finished(turn_id)

    assert [call.at for call in slack.of("edit")][6] >= refused_at + 60


async def test_a_chat_that_wants_quiet_hears_nothing_at_all(telegram: Platform) -> None:
    """Neither that somebody is typing, nor a deletion: the platform minds."""
    telegram.will("post", RateLimited("be quiet", retry_after_s=33))
    async with running(RecordingChannel(telegram), Writer(words=2_000)) as core:
        await core.finished(await core.say("Hello?"))

    refused_at = telegram.of("post")[0].at
    assert between(telegram.calls, refused_at + 0.1, refused_at + 33) == []


async def test_a_refusal_is_heard_also_when_the_answer_is_complete_meanwhile(slack: Platform) -> None:
    slack.latency_s = 2.0
    slack.will("edit", RateLimited("be quiet", retry_after_s=15))
    async with running(RecordingChannel(slack), Writer(words=50, per_s=20)) as core:
        await core.finished(await core.say("Hello?"))

    assert len(slack.of("edit")) == 2


async def test_a_draft_that_must_wait_asks_seldom() -> None:
    """What it must leave falls while it waits: the time it is told is never quite enough."""
    store = empty_store()
    looks = 0

    class Counting:
        async def spend(self, *args: object, **kwargs: object) -> float:
            nonlocal looks
            looks += 1
            return await store.spend(*args, **kwargs)  # type: ignore[arg-type]

    bucket = Bucket("bot", 5, 25)
    for holder in "ab":
        await store.hold(bucket, holder, ttl_s=100)
    pace = Pace(Counting(), Limits(size_max=100, edit_interval_s=1.0, edit=(bucket,)), "c")  # type: ignore[arg-type]
    now = asyncio.get_running_loop().time
    began_at, wait_s = now(), 1.0
    while wait_s:
        wait_s = await pace.draft("edit", 1.0 + now() - began_at)
        await asyncio.sleep(wait_s)

    assert now() - began_at > 0.2
    assert looks < 20


async def test_many_chats_of_one_bot_are_all_shown_growing(telegram: Platform) -> None:
    """What refills 25 times a second needs nothing set aside."""
    rooms = [f"room{n}" for n in range(12)]
    async with running(RecordingChannel(telegram), Writer(words=300)) as core:
        core.dispatch._turns_max = 100
        for turn_id in [await core.say("Hello?", room=room) for room in rooms]:
            await core.finished(turn_id)

    assert all(len(of_room(telegram, room, "edit")) >= 8 for room in rooms)
    assert telegram.refusals == 0


async def test_typing_is_shown_again_while_nothing_is_visible(telegram: Platform) -> None:
    async def think(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        emit(Progress("thinking"))
        await asyncio.sleep(13)
        emit(TextDelta("This is the beginning of it. "))
        await asyncio.sleep(13)
        return Reply(text="This is the beginning of it. ", outcome=Outcome.ANSWERED)

    async with running(RecordingChannel(telegram), think) as core:
        began_at = asyncio.get_running_loop().time()
        await core.finished(await core.say("Hello?"))

    times = [call.at - began_at for call in telegram.of("typing")]
    assert 4 <= len(times) <= 5
    assert times[-1] < 13
    assert all(later - earlier < 4.1 for earlier, later in pairwise(times))


async def test_two_answers_in_one_group_are_both_shown_growing(platform: Platform) -> None:
    """Four tokens, two of them set aside: what a first draft must leave falls while it waits, as for any other."""
    bucket = (Bucket("group", 4, 16 / 60),)
    platform.limits = Limits(size_max=4_000, edit_interval_s=1.0, post=bucket, edit=bucket)
    async with running(RecordingChannel(platform), Writer(words=450)) as core:
        for turn_id in [await core.say("Hello?", room=room) for room in "ab"]:
            await core.finished(turn_id)

    for room in "ab":
        assert [call.final for call in of_room(platform, room, "post")] == [False]


async def test_what_is_taken_away_goes_when_the_platform_wants_to_hear_of_it(telegram: Platform) -> None:
    telegram.will("edit", RateLimited("be quiet", retry_after_s=15))
    question = message("Hello?")
    async with running(RecordingChannel(telegram), Writer(words=1_000)) as core:
        turn_id = (await core.dispatch.receive(question)).turn_id
        await until(lambda: len(telegram.of("edit")) == 1)
        await asyncio.sleep(1)
        await core.dispatch.amend(question, True)
        await core.finished(turn_id)

    assert telegram.room() == []
    assert telegram.of("delete")[0].at - telegram.of("edit")[0].at >= 15

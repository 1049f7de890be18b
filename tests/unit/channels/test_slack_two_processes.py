"""Slack with several processes on one store: what one of them shows or notes, the others know."""

import asyncio
from collections.abc import Sequence

from bridge.channels.slack import marks
from bridge.channels.slack.place import Place
from bridge.channels.slack.threads import DIRECT_MAX, Threads
from bridge.ports import Claim, Parcel, Record
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import MessageRef
from tests.fakes.slack_room import DESK, on_stage
from tests.fakes.slack_server import SlackServer


async def test_no_hourglass_after_the_check_mark_of_another_process() -> None:
    store = MemoryStore(Settings())
    async with (
        SlackServer.start() as slack,
        on_stage(slack=slack, store=store) as one,
        on_stage(slack=slack, store=store) as two,
    ):
        ref, _ = await one.card()
        ts = await slack.people.say("U7", DESK, "We are on it.", thread=ref.message_id.partition(":")[2])
        at, message = MessageRef(ref.address, f"{DESK}:{ts}"), slack.team.messages[DESK, ts]

        for _ in range(2):  # the message is changed, and arrives once more
            await one.channel.set_mark(at, "pending")
            await two.channel.set_mark(at, "delivered")
            await asyncio.sleep(marks.PENDING_AFTER_S + 0.3)
            assert list(message.reactions) == ["white_check_mark"]


class Slow(MemoryStore):
    """Whoever reads has time to be overtaken before it writes."""

    _saves = False

    async def load_record(self, kind: str, id: str) -> Record | None:
        found = await super().load_record(kind, id)
        if not self._saves:
            await asyncio.sleep(0)
        return found

    async def save_records(self, *records: Record, parcels: Sequence[Parcel] = (), claim: Claim | None = None) -> bool:
        self._saves = True
        try:
            return await super().save_records(*records, parcels=parcels, claim=claim)
        finally:
            self._saves = False


async def test_threads_that_begin_at_once_are_all_noted() -> None:
    store = Slow(Settings())
    processes = [Threads(store) for _ in range(5)]
    noted = [f"{number}.0" for number in range(DIRECT_MAX - 5)]
    await asyncio.gather(*(processes[n % 5].note(Place("T1", "D1", thread)) for n, thread in enumerate(noted)))
    assert sorted(await Threads(store).noted(Place("T1", "D1"))) == sorted(noted)
    for number in range(DIRECT_MAX):
        await processes[0].note(Place("T1", "D1", f"{100 + number}.0"))
    assert len(await processes[1].noted(Place("T1", "D1"))) == DIRECT_MAX

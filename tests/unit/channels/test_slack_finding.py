"""How long a post whose confirmation was lost is looked for: no longer than Slack may still take it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bridge.channels.slack.channel import LOOK_AGAIN_S
from bridge.errors import Unconfirmed
from bridge.ports import EditableChannel, Page
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address
from tests.contract.stage_slack import built
from tests.fakes.slack_server import RESET, SlackServer, broken, late, refused
from tests.unit.channels.test_slack import page

AT_ONCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Desk:
    """A channel in front of a stand-in, and a question."""

    platform: SlackServer
    store: MemoryStore
    channel: EditableChannel
    to: Address

    @property
    def page(self) -> Page:
        return page("Some words.", to=self.to)

    @property
    def looks(self) -> int:
        """Not counted is what a process reads to catch up."""
        return sum("include_all_metadata" in call.args for call in self.platform.of("conversations.replies"))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    store = MemoryStore(Settings())
    async with SlackServer.start() as platform:
        direct = platform.team.direct("U1").id
        root = await platform.people.say("U1", direct, "Hello", tell=False)
        channel = built(platform, store)
        yield Desk(platform, store, channel, Address("slack", f"T0BRIDGE:{direct}:{root}"))
        await channel.close()


@pytest.mark.parametrize("fault", [RESET, broken(502)], ids=["reset", "502"])
async def test_what_slack_may_still_take_is_looked_for_twice(desk: Desk, fault: object) -> None:
    desk.platform.will("chat.postMessage", fault)  # type: ignore[arg-type]
    with pytest.raises(Unconfirmed):
        await desk.channel.post(desk.to, desk.page)
    lost_at = asyncio.get_running_loop().time()
    assert await desk.channel.find(desk.to, desk.page) is None
    assert asyncio.get_running_loop().time() - lost_at >= LOOK_AGAIN_S - 0.1
    assert desk.looks == 2


async def test_what_slack_takes_late_is_found_and_then_nobody_waits_any_more(desk: Desk) -> None:
    desk.platform.will("chat.postMessage", late(1.5))
    with pytest.raises(Unconfirmed):
        await desk.channel.post(desk.to, desk.page)
    found = await desk.channel.find(desk.to, desk.page)
    assert found is not None
    assert [f"D1:{message.ts}" for message in desk.platform.answers("D1")] == [found.message_id]


async def test_what_slack_itself_says_has_failed_is_looked_for_once(desk: Desk) -> None:
    desk.platform.will("chat.postMessage", refused("internal_error"))
    with pytest.raises(Unconfirmed):
        await desk.channel.post(desk.to, desk.page)
    began_at = asyncio.get_running_loop().time()
    assert await desk.channel.find(desk.to, desk.page) is None
    assert (desk.looks, asyncio.get_running_loop().time() - began_at < AT_ONCE_S) == (1, True)


async def test_after_a_restart_only_what_can_be_so_fresh_is_waited_for(desk: Desk) -> None:
    """The first process posts and dies; the second does not know when that was."""
    soon = built(desk.platform, desk.store)
    running = asyncio.create_task(soon.run())
    began_at = asyncio.get_running_loop().time()
    assert await soon.find(desk.to, desk.page) is None
    assert asyncio.get_running_loop().time() - began_at >= LOOK_AGAIN_S - 0.1
    assert desk.looks == 2

    await asyncio.sleep(0.1)
    assert await soon.find(desk.to, desk.page) is None
    assert desk.looks == 3, "it was waited for again"
    running.cancel()
    await asyncio.wait([running])
    await soon.close()

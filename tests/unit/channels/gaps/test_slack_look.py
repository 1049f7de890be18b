"""The look after a gap while the store fails, a place cannot be read, or there is too much to read."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bridge.channels.slack import active, missed
from bridge.channels.slack.api import SlackApi
from bridge.channels.slack.quotas import SlackQuotas
from bridge.channels.slack.settings import Settings as SlackSettings
from bridge.errors import ChannelUnavailable, StoreUnavailable
from bridge.ports import Claim
from bridge.stores.memory import MemoryStore, Settings

BEGAN = time.time()
"""Unix seconds at which the loop's clock shows 0."""
BOT = "U0BOT"


def now() -> float:
    return BEGAN + asyncio.get_running_loop().time()


class Full(MemoryStore):
    """A store that takes nothing while it is full."""

    full = False

    def _judge(self) -> None:
        if self.full:
            raise StoreUnavailable("the disk is full")

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        self._judge()
        return await super().put(key, value, ttl_s=ttl_s, if_absent=if_absent)

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        self._judge()
        return await super().append(log, *bodies, key=key, claim=claim)


class Slack(SlackApi):
    """What may be read of it: channels by id, oldest message first."""

    def __init__(self) -> None:
        self.said: dict[str, list[tuple[float, str]]] = {}
        self.broken: set[str] = set()
        self.reads: list[str] = []
        self.takes_s = 0.0

    def write(self, channel: str, *texts: str) -> None:
        self.said.setdefault(channel, []).extend((now(), text) for text in texts)

    async def call(self, team: str, method: str, *, creates: bool = False, **args: Any) -> Mapping[str, Any]:
        await asyncio.sleep(self.takes_s)
        if method == "auth_test":
            return {"user_id": BOT}
        channel = str(args["channel"])
        self.reads.append(channel)
        if channel in self.broken:
            raise ChannelUnavailable(f"{method}: 502")
        kept = [
            (at, number, text) for number, (at, text) in enumerate(self.said[channel]) if at > float(args["oldest"])
        ]
        start = int(args.get("cursor") or 0)
        page = [
            {"ts": f"{at + number / 1e5:.6f}", "text": text} for at, number, text in kept[start : start + args["limit"]]
        ]
        more = start + args["limit"] < len(kept)
        return {"messages": page, "response_metadata": {"next_cursor": str(start + args["limit"]) if more else ""}}


class Desk:
    """The look in front of a Slack of its own, and what it found."""

    def __init__(self) -> None:
        self.slack, self.store, self.heard = Slack(), Full(Settings(), now), list[str]()
        self.active = active.Active(self.store)

    async def hear(self, team: str, bot: str, messages: Sequence[Mapping[str, Any]]) -> int:
        if self.store.full:
            raise StoreUnavailable("the disk is full")
        new = [message["text"] for message in messages if message["text"] not in self.heard]
        self.heard += new
        return len(new)

    async def talked(self, *channels: str) -> None:
        for channel in channels:
            self.slack.write(channel)
            await self.active.note(active.Spot("T1", channel))

    async def was_away(self, since_s: float = 600.0) -> None:
        await self.store.put(missed.MARK, str(now() - since_s))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        quotas = SlackQuotas(SlackSettings(), self.store)
        look = missed.Missed(self.slack, self.store, quotas, self.active, self.hear, back_max_s=86_400.0, clock=now)
        running = asyncio.create_task(look.run())
        look.listening(True)
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait([running])


def logged(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    return [record.__dict__["fields"] for record in caplog.records if record.message == message]


async def test_what_was_refused_while_the_store_was_away_is_looked_for() -> None:
    """Slack gives up on an event that nobody takes for six minutes."""
    desk = Desk()
    await desk.talked("D1")
    async with desk.listening():
        await asyncio.sleep(100)
        desk.store.full = True
        await asyncio.sleep(20)
        desk.slack.write("D1", "Anybody?")
        await asyncio.sleep(3_000)
        assert desk.heard == []
        desk.store.full = False
        await asyncio.sleep(60)
        assert desk.heard == ["Anybody?"]
        assert now() - float(await desk.store.get(missed.MARK) or 0) <= missed.MARK_EVERY_S + 1
        looks = len(desk.slack.reads)
        await asyncio.sleep(3_000)
        assert len(desk.slack.reads) == looks, "once it is back nothing more is read"


async def test_a_look_that_the_store_cuts_short_begins_again() -> None:
    desk = Desk()
    await desk.talked("D1", "D2")
    await desk.was_away()
    desk.slack.write("D1", "One?")
    desk.slack.write("D2", "Two?")
    await asyncio.sleep(300)
    desk.slack.takes_s = 2.0
    async with desk.listening():
        await asyncio.sleep(5)  # the first place is being read
        desk.store.full = True
        await asyncio.sleep(2 * missed.LOOK_MAX_S)
        desk.store.full = False
        await asyncio.sleep(60)
    assert sorted(desk.heard) == ["One?", "Two?"]


async def test_a_place_that_keeps_failing_comes_last_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    await desk.talked("D1", "D2", "D3")  # the latest comes first
    await desk.was_away()
    for channel in ("D1", "D2", "D3"):
        desk.slack.write(channel, f"In {channel}?")
    desk.slack.broken = {"D3", "D1"}
    async with desk.listening():
        await asyncio.sleep(60)
        assert desk.heard == ["In D2?"]
        desk.slack.broken = {"D3"}
        await asyncio.sleep(60)
        assert desk.heard == ["In D2?", "In D1?"]
        await asyncio.sleep(missed.LOOK_MAX_S)
    (fields,) = logged(caplog, "not all places could be looked at to their end")
    assert (fields["left"], fields["places"]) == (1, "T1:D3")


async def test_a_long_place_is_read_to_its_end_and_keeps_no_other_back() -> None:
    desk = Desk()
    await desk.talked("D1", "D2")
    await desk.was_away()
    pages = 4 * missed.PAGES_AT_ONCE
    desk.slack.write("D2", *[f"Line {number}" for number in range(pages * missed.PAGE)])
    desk.slack.write("D1", "And I?")
    async with desk.listening():
        await asyncio.sleep(300)
    assert len(desk.heard) == pages * missed.PAGE + 1
    assert desk.heard[0] == "And I?"
    assert desk.slack.reads.index("D1") == missed.PAGES_AT_ONCE


async def test_what_is_too_long_for_the_time_is_answered_as_far_as_it_was_read_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk()
    await desk.talked("D1")
    await desk.was_away()
    desk.slack.write("D1", *[f"Line {number}" for number in range(20 * missed.PAGE)])
    desk.slack.takes_s = missed.LOOK_MAX_S / 10
    async with desk.listening():
        await asyncio.sleep(missed.LOOK_MAX_S + 60)
    assert "Line 0" in desk.heard
    assert 7 * missed.PAGE < len(desk.heard) < 11 * missed.PAGE
    (fields,) = logged(caplog, "not all places could be looked at to their end")
    assert (fields["left"], fields["places"]) == (1, "T1:D1")


async def test_a_place_that_could_not_be_noted_is_noted_with_the_next_message() -> None:
    desk, spot = Desk(), active.Spot("T1", "C1", "7.0")
    desk.store.full = True
    with pytest.raises(StoreUnavailable):
        await desk.active.note(spot)
    desk.store.full = False
    await desk.active.note(spot)
    assert spot in await desk.active.lately(0)

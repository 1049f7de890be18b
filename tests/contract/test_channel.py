"""What every channel promises. Each file in bridge/channels/ runs all of it."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.errors import LeaseLost, StoreUnavailable
from bridge.ports import Channel, Claim, EditableChannel, Page, Step
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Address, Inbound, Outcome, Sender, new_id
from tests.contract.channels import EDITABLE, NAMES, OWN_STORE, Stage, stage

PAYLOADS = Path(__file__).parents[1] / "payloads"
WORST = "*[`_~<>&|#\\](http://x.example/?a=b&c=d) ```\n" + "\u202e👩‍🚀ä\n| a | b |\n" * 20


class Fickle(MemoryStore):
    """A store whose next write is done but not confirmed."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.unconfirmed = 0

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        last = await super().append(log, *bodies, key=key, claim=claim)
        if self.unconfirmed:
            self.unconfirmed -= 1
            raise StoreUnavailable("the connection broke")
        return last


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store() -> Fickle:
    return Fickle()


@pytest.fixture
async def on(name: str, store: Fickle) -> AsyncIterator[Stage]:
    async with stage(name, store) as started:
        yield started


@pytest.fixture
def to(on: Stage) -> Address:
    return on.to


async def claimed(store: MemoryStore, to: Address, *, lease_s: float = 30.0) -> Claim:
    """A turn of ours."""
    inbound = Inbound(
        event_id=f"{to.channel}:{to.key}:m:{new_id()}",
        address=to,
        sender=Sender("somebody"),
        text="Hello?",
        received_at=datetime.now(UTC),
    )
    await store.accept(inbound)
    claim = await store.claim(lease_s=lease_s, wait_s=1)
    assert claim is not None
    return claim


def pages(claim: Claim, *drafts: str, final: str) -> Sequence[Page]:
    shown = [Page(claim=claim, text=text) for text in drafts]
    return [*shown, Page(claim=claim, text=final, final=True, outcome=Outcome.ANSWERED)]


def test_it_is_a_channel_with_limits(on: Stage, name: str, to: Address) -> None:
    channel: Channel = on.channel

    assert channel.name == name
    assert channel.limits(to).size_max >= 1_000
    assert channel.limits(to).edit_interval_s >= 0
    assert channel.routes()


@pytest.mark.parametrize("name", EDITABLE)
async def test_people_see_the_draft_grow_and_then_the_final(on: Stage, store: Fickle, to: Address) -> None:
    first, second, final = pages(await claimed(store, to), "One", "One two", final="One two three")

    await on.channel.typing(to, first.claim, "thinking")
    ref = await on.channel.post(to, first)
    assert await on.drafts(to) == "One"
    await on.channel.edit(ref, second)
    assert await on.drafts(to) == "One two"
    await on.channel.edit(ref, final)

    assert await on.finals(to) == [on.shown("One two three")]


async def test_a_final_may_be_all_there_is(on: Stage, store: Fickle, to: Address) -> None:
    (final,) = pages(await claimed(store, to), final=WORST)

    await on.channel.post(to, final)

    assert await on.finals(to) == [on.shown(WORST)]


@pytest.mark.parametrize("name", EDITABLE)
async def test_a_text_may_be_replaced(on: Stage, store: Fickle, to: Address) -> None:
    first, second, final = pages(await claimed(store, to), "Something", "Else", final="")

    ref = await on.channel.post(to, first)
    await on.channel.edit(ref, second)
    assert await on.drafts(to) == "Else"
    await on.channel.edit(ref, final)

    assert await on.finals(to) == [on.shown("")]


@pytest.mark.parametrize("name", EDITABLE)
async def test_an_edit_may_be_made_twice(on: Stage, store: Fickle, to: Address) -> None:
    first, second, final = pages(await claimed(store, to), "One", "One two", final="One two three")

    ref = await on.channel.post(to, first)
    for page in (second, second, final, final):
        await on.channel.edit(ref, page)

    assert await on.finals(to) == [on.shown("One two three")]


@pytest.mark.parametrize("name", OWN_STORE)
@pytest.mark.parametrize("broken", range(3))
async def test_a_write_that_may_have_arrived_is_made_again(on: Stage, store: Fickle, to: Address, broken: int) -> None:
    """Whether it did or not, people see the text once."""
    written = pages(await claimed(store, to), "One", "One two", final="One two three")
    ref = None
    for place, page in enumerate(written):
        if place == broken:
            store.unconfirmed = 1
            with pytest.raises(StoreUnavailable):
                await _write(on.channel, to, page, ref)
        ref = await _write(on.channel, to, page, ref)

    assert await on.finals(to) == [on.shown("One two three")]


async def _write(channel: EditableChannel, to: Address, page: Page, ref: object) -> object:
    if ref is None:
        return await channel.post(to, page)
    await channel.edit(ref, page)  # type: ignore[arg-type]
    return ref


@pytest.mark.parametrize("name", EDITABLE)
async def test_another_process_goes_on_with_the_answer(on: Stage, store: Fickle, to: Address) -> None:
    claim = await claimed(store, to)
    await store.record(claim, Step(key="post", kind="post", state="intent"))
    ref = await on.channel.post(to, Page(claim=claim, text="What the first process"))
    await store.park(claim, delay_s=0, blame=False)
    again = await store.claim(lease_s=30, wait_s=1)
    assert again is not None

    other = on.another()
    for page in pages(again, "What the second", final="What the second process says"):
        await other.edit(ref, page)
    await other.close()

    assert await on.finals(to) == [on.shown("What the second process says")]


@pytest.mark.parametrize("name", OWN_STORE)
async def test_who_lost_the_lease_shows_nothing(on: Stage, store: Fickle, to: Address) -> None:
    claim = await claimed(store, to)
    await store.park(claim, delay_s=0)

    for page in pages(claim, "One", final="One two"):
        with pytest.raises(LeaseLost):
            await on.channel.post(to, page)

    assert await on.finals(to) == []


def test_recordings_are_kept(name: str) -> None:
    recordings = sorted((PAYLOADS / name).glob("*.json"))

    assert len(recordings) >= 3
    for recording in recordings:
        assert json.loads(recording.read_text())

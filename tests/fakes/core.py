"""The core without HTTP: a store, a brain and a platform, with the real dispatch and turns between them.

Made for virtual time, where hours of waiting cost nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.dispatch import Dispatch
from bridge.media.files import FileReader
from bridge.media.settings import FilesSettings
from bridge.ports import Channel, Claim, Gate, Store
from bridge.stores.memory import MemoryStore, Settings
from bridge.turn import TurnRunner
from bridge.types import Action, Address, Inbound, Sender, Turn, TurnId, new_id
from tests.fakes.server import Answer, FunctionBrain, echo

APOLOGY = "Sorry, that went wrong."
ANEW = "Sorry, once more:"


def message(text: str, room: str = "room", channel: str = "recording") -> Inbound:
    return Inbound(
        event_id=new_id(),
        address=Address(channel, room),
        sender=Sender("somebody"),
        text=text,
        received_at=datetime.now(UTC),
    )


@dataclass(frozen=True, slots=True)
class Core:
    """One life of a server."""

    store: Store
    dispatch: Dispatch

    async def say(self, text: str, room: str = "room", channel: str = "recording") -> TurnId:
        return (await self.dispatch.receive(message(text, room, channel))).turn_id

    async def finished(self, turn_id: TurnId, within_s: float = 1_000_000) -> Turn:
        """The turn, once it is over."""
        async with asyncio.timeout(within_s):
            while True:
                turn = await self.store.turn(turn_id)
                if turn is not None and turn.reply is not None:
                    return turn
                await asyncio.sleep(0.01)


def empty_store() -> MemoryStore:
    """A store on the event loop's clock."""
    return MemoryStore(Settings(), clock=asyncio.get_running_loop().time)


@dataclass(frozen=True, slots=True)
class Acting(FunctionBrain):
    """A function plays a brain that has things done."""

    done: Sequence[Action] = ()

    def acted(self, turn_id: TurnId) -> Sequence[Action]:
        return self.done


@asynccontextmanager
async def running(
    channel: Channel,
    answer: Answer = echo,
    *,
    store: Store | None = None,
    drain_s: float = 1.0,
    disclosure: str = "",
    gates: Sequence[Gate] = (),
    done: Sequence[Action] = (),
    deeds: Callable[[Claim], Sequence[Action]] = lambda _: (),
) -> AsyncIterator[Core]:
    """A server's life: begins, and ends as on SIGTERM. `done` is what the brain has done when it is cut off."""
    kept = store or empty_store()
    dispatch = Dispatch(kept, turns_max=8, drain_s=drain_s)
    runner = TurnRunner(
        store=kept,
        channels={channel.name: channel},
        brain=Acting(answer, done),
        apology=lambda turn: APOLOGY,
        anew=lambda text: ANEW,
        reader=FileReader(settings=FilesSettings()),
        turns_max=5,
        disclosure=disclosure,
        gates=gates,
        deeds=deeds,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(dispatch.run(runner))
        try:
            yield Core(kept, dispatch)
        finally:
            dispatch.close()


async def until(true: Callable[[], bool], within_s: float = 1_000.0) -> None:
    """Wait for a state; fail when it is not reached."""
    async with asyncio.timeout(within_s):
        while True:
            if true():
                return
            await asyncio.sleep(0.005)

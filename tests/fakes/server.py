"""The real server in the test's own event loop, with a scripted brain and an empty in-memory store."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge import app, config
from bridge.identity.known import Known
from bridge.media.files import FileReader
from bridge.parts import Parts
from bridge.ports import Backend, Claim, Emit, Store
from bridge.stores import memory
from bridge.types import Conversation, File, Outcome, Reply, TextDelta, Turn, Unread

Answer = Callable[[Turn, Conversation, Emit], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class FunctionBrain:
    """A function plays the brain."""

    function: Answer

    async def answer(
        self,
        turn: Turn,
        conversation: Conversation,
        emit: Emit,
        files: Sequence[File | Unread] = (),
        *,
        claim: Claim | None = None,
    ) -> Reply:
        return await self.function(turn, conversation, emit)


async def echo(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Says what it was asked, word by word."""
    text = f"You said: {turn.question}"
    for word in text.split(" "):
        emit(TextDelta(word + " "))
        await asyncio.sleep(0)
    return Reply(text=text + " ", outcome=Outcome.ANSWERED, rung="echo")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens."""

    url: str
    """Without a slash at the end."""
    store: Store
    stop: Callable[[], None]
    """What SIGTERM does."""


@asynccontextmanager
async def start_server(
    answer: Answer = echo,
    *,
    store: Store | None = None,
    settings: Mapping[str, Any] | None = None,
    backend: Backend | None = None,
    parts: Callable[[config.Config, Store], Mapping[str, Any]] = lambda read, kept: {},
) -> AsyncIterator[Server]:
    """`settings` are environment variables such as `BRIDGE_CHANNELS__WIDGET__HEARTBEAT_S`; with a `backend` customers
    can prove who they are; `parts` take the place of those that a test does not care for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_text("")
        environ = {"BRIDGE_STORE__URL": "memory://", "BRIDGE_SERVER__PORT": "0", "BRIDGE_SERVER__DRAIN_S": "0.2"}
        environ["BRIDGE_BUSINESS__DISCLOSURE"] = ""
        read = config.read(path, environ | {name: str(value) for name, value in (settings or {}).items()})
    kept = store or memory.MemoryStore(memory.Settings())
    usual: dict[str, Any] = {
        "store": kept,
        "brain": FunctionBrain(answer),
        "apology": lambda turn: "Sorry, that went wrong.",
        "reader": FileReader(settings=read.files),
        "identities": Known(kept, read.identity, backend) if backend else None,
    }
    made = Parts(**usual | dict(parts(read, kept)))
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(app.run(read, made, ready=lambda url, _: listening.set_result(url), stop=stop))
        url = await listening
        try:
            yield Server(url.rstrip("/"), kept, stop.set)
        finally:
            stop.set()

"""How each store is opened for the contract suite, and the values the suite stores."""

import asyncio
import atexit
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from redis import Redis

from bridge import plugins
from bridge.ports import Claim, Parcel, Store
from bridge.stores.redis import RedisStore
from bridge.stores.redis import Settings as RedisSettings
from bridge.stores.redis.keys import Keys
from bridge.stores.redis.server import Script, Server
from bridge.types import (
    Address,
    Attachment,
    ConversationId,
    Inbound,
    MessageRef,
    Outcome,
    Passage,
    Reply,
    Sender,
    Turn,
    TurnId,
    Usage,
)
from tests.fakes.redis_server import RedisServer

T = TypeVar("T")

NAMES = plugins.names("bridge.stores")
DURABLE = tuple(name for name in NAMES if name != "memory")

INBOUNDS_MAX = 3
ENTRIES_MAX = 100

CLUSTER = os.environ.get("TEST_REDIS_CLUSTER") == "1"
"""Run the suite on a node of a cluster, with scripts that a key of another slot would end."""

LONG_S = 30.0
"""A lease that does not run out during a test."""
SHORT_S = 0.3
"""A lease, delay or lifetime that a test waits for."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens one kind of store, again and again in the same place."""

    name: str
    folder: Path

    def open(self) -> AbstractAsyncContextManager[Store]:
        module = plugins.load("bridge.stores", self.name, "store.url")
        more = {"prefix": _prefix(self.folder)} if self.name == "redis" else {}
        settings = module.Settings(url=self._url(), inbounds_max=INBOUNDS_MAX, entries_max=ENTRIES_MAX, **more)
        if self.name == "redis" and CLUSTER:
            return on_a_cluster(settings)
        store: AbstractAsyncContextManager[Store] = module.build(settings)
        return store

    def _url(self) -> str:
        match self.name:
            case "memory":
                return "memory://"
            case "sqlite":
                return f"sqlite:///{self.folder}/var/bridge.db"
            case "redis":
                return redis_server("cluster" if CLUSTER else "single").url
        raise NotImplementedError(f"say here how the contract suite opens {self.name}")


@cache
def redis_server(kind: Literal["single", "cluster"] = "single") -> RedisServer:
    """One of a kind for all tests of this process, closed at its end; each test has a prefix of its own there."""
    folder = Path(tempfile.mkdtemp(prefix="bridge-redis-"))
    server = RedisServer(folder, **({"cluster-enabled": "yes"} if kind == "cluster" else {}))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.close)
    server.start()
    if kind == "cluster":
        with Redis.from_url(server.url) as operator:
            operator.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while b"cluster_state:ok" not in operator.execute_command("CLUSTER", "INFO"):
                time.sleep(0.01)
    return server


class StrictServer(Server):
    """Has the server refuse scripts that touch keys of several slots; without that line it lets them, as in the days
    before such scripts could say that they do not."""

    async def run(self, script: Script, *args: str | int | float) -> Any:
        strict = copy(script)
        strict.text = f"#!lua\n{script.text}"
        strict.sha = hashlib.sha1(strict.text.encode(), usedforsecurity=False).hexdigest()
        return await super().run(strict, *args)


@asynccontextmanager
async def on_a_cluster(settings: RedisSettings) -> AsyncIterator[Store]:
    """The store on a server with `cluster-enabled`."""
    server = StrictServer(settings.url, Keys(settings.prefix))
    store = RedisStore(server, settings)
    try:
        yield store
    finally:
        await store.close()
        await server.close()


def _prefix(folder: Path) -> str:
    """The same for the same folder, as its file is."""
    return hashlib.sha256(str(folder).encode()).hexdigest()[:16]


async def eventually(look: Callable[[], Awaitable[T]], *, within_s: float = 3.0) -> T:
    """The first true answer."""
    async with asyncio.timeout(within_s):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.01)


async def must_claim(store: Store, *, lease_s: float = LONG_S, wait_s: float = 3.0) -> Claim:
    claim = await store.claim(lease_s=lease_s, wait_s=wait_s)
    assert claim is not None, "there was nothing to claim"
    return claim


async def answer(store: Store, text: str = "Yes.") -> Turn:
    """Claim the next turn and finish it."""
    claim = await must_claim(store)
    turn = answered(claim, text)
    await store.finish(claim, turn)
    return turn


def message(event_id: str, key: str = "ada", text: str = "Hello?", **more: Any) -> Inbound:
    return Inbound(
        event_id=event_id,
        address=Address("widget", key),
        sender=Sender("ada", "Ada"),
        text=text,
        received_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        **more,
    )


def conversation_id(key: str = "ada") -> ConversationId:
    return Address("widget", key).conversation_id


def answered(claim: Claim, text: str = "Yes.", *messages: MessageRef) -> Turn:
    return replace(claim.turn, reply=Reply(text=text, outcome=Outcome.ANSWERED), messages=messages)


def parcel(parcel_id: str, key: str = "ada", body: str = "{}") -> Parcel:
    return Parcel(id=parcel_id, conversation_id=conversation_id(key), body=body)


def rich_message(event_id: str, key: str, text: str) -> Inbound:
    """A message that uses every field."""
    return Inbound(
        event_id=event_id,
        address=Address("slack", key, {"thread_ts": "171.5", "team": text}),
        sender=Sender("U1", text),
        text=text,
        received_at=datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
        attachments=(Attachment("https://files.example/a?b=c&d", "image/png", text), Attachment("x", "text/plain")),
        retry_of=TurnId("0" * 32),
    )


def rich_reply(text: str) -> Reply:
    """A reply that uses every field."""
    passage = Passage(
        chunk_id="c1",
        doc_id="shipping/returns.md",
        title=text,
        section=f"Returns > {text}",
        url="https://shop.example/returns#how",
        updated="2026-11-01",
        language="en",
        text=text,
        kind="faq",
        score=0.123456789012345,
    )
    return Reply(
        text=f"{text} [1]",
        outcome=Outcome.DEGRADED,
        citations=(passage, replace(passage, chunk_id="c2", kind="article")),
        rung="second",
        model="claude-x",
        usage=Usage(1, 2, 3, 4),
        escalation_reason=text,
        ticket=text,
    )


TEXTS = {
    "emoji": "👩🏽‍🚒🏳️‍🌈 🇩🇪 ☎️",
    "right to left": "שלום \u200fمرحبا بالعالم\u202c",
    "combining": "e\u0301 ñ ẛ̣ ﷺ Z̤͔ͧ̑̓",
    "astral": "𝕳𝖊𝖑𝖑𝖔 𠜎 \U0010ffff",
    "controls": "tab\tcr\rlf\n\x01\x1f\x7f\x85\u2028\u2029\ufeff",
    "code": """`'";--\\ {0} %s $1 <b>&amp;</b> \\u0000 {{hash}}""",
    "empty": "",
    "long": "long " * 20_000,
}

"""One MCP server: its session, begun again whenever it ends, and its tools as they were first listed.

What a model is told of a tool is an instruction to it, so a listing that changes while we run is not taken over: the
first one stays, and the operator is told. While the server is away its tools stay in the list, too, also over a restart
of ours: requests to models begin with that list, and caches rest on their beginnings.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from pydantic import SecretStr, TypeAdapter, ValidationError

from bridge import leases, metrics
from bridge.errors import BackendUnavailable, StoreUnavailable
from bridge.logs import event
from bridge.mcp.session import Answered, Listed, Session, connected
from bridge.mcp.settings import McpServerSettings
from bridge.ports import KeyValue
from bridge.tools.arguments import canonical

log = logging.getLogger(__name__)

REST_FIRST_S = 1.0
REST_MAX_S = 60.0
"""How long after its end a session is begun again: twice as long each time, within these."""
STEADY_S = 60.0
"""A session that lasted so long was a good one."""
LOOK_S = 300.0
"""How often the listing is read although nobody said that it changed."""
CALM_S = 1.0
"""After a change so long nothing is read: often more follow."""
START_S = 10.0
"""So long our own start waits for servers; one that takes longer comes when it comes."""
QUIET_S = 10.0
"""When nothing was heard of a server for so long, it is asked whether it is there before it is to write something: a
write that was sent to nobody could not be told from one whose answer is lost."""
END_S = 8.0
"""So long a session may take to end."""
WAIT_S = 2.0
"""So long a call waits for a session that is being begun."""

Connect = Callable[[McpServerSettings, Mapping[str, SecretStr]], AbstractAsyncContextManager[Session]]
_LISTING = TypeAdapter(list[Listed])


class McpServer:
    """See above. Mutable."""

    def __init__(
        self,
        name: str,
        settings: McpServerSettings,
        secrets: Mapping[str, SecretStr],
        memory: KeyValue,
        connect: Connect = connected,
    ) -> None:
        self.name = name
        self.settings = settings
        self.listed: Mapping[str, Listed] = {}
        """The tools that may be used, by their server's name for them, as they were first listed."""
        self.changed: frozenset[str] = frozenset()
        """Those that the server describes in another way by now."""
        self.state = "starting"
        """For the operator."""
        self.settled = asyncio.Event()
        """Its first listing was read, or could not be."""
        self._secrets = secrets
        self._memory = memory
        self._connect = connect
        self._session: Session | None = None
        self._up = asyncio.Event()
        self._heard = 0.0
        self._pinned = False

    async def run(self) -> None:
        """Keep a session, until cancelled."""
        try:
            await self._remember()
            await self._keep_a_session()
        finally:
            self.settled.set()

    async def _keep_a_session(self) -> None:
        rest_s = REST_FIRST_S
        while True:
            began = _now()
            try:
                async with self._connect(self.settings, self._secrets) as session:
                    await self._serve(session)
                why = "it ended"
            except BackendUnavailable as error:
                why = str(error)
            except Exception as error:  # of the package's own; the server is one of several, and ours goes on
                metrics.BUGS.labels("mcp").inc()
                event(log, "a session with an MCP server failed", level=logging.ERROR, server=self.name, exc_info=error)
                why = type(error).__name__
            self._lost(why)
            rest_s = REST_FIRST_S if _now() - began > STEADY_S else rest_s
            event(log, "an MCP server is away", level=logging.WARNING, server=self.name, why=why, again_in_s=rest_s)
            await asyncio.sleep(rest_s)
            rest_s = min(REST_MAX_S, rest_s * 2)

    async def call(self, name: str, args: Mapping[str, Any], *, writes: bool) -> Answered:
        """Have a tool called. May raise BackendUnavailable."""
        session = await self._there()
        if writes and _now() - self._heard > QUIET_S:
            session = await self._sure(session)
        if writes:
            leases.check()
        try:
            answered = await session.call(name, args)
        except asyncio.CancelledError:  # it took too long: is anybody there?
            session.changed.set()
            raise
        except BackendUnavailable as error:
            raise BackendUnavailable(f"{self.name}: {error}", unknown=writes and error.unknown) from error
        self._heard = _now()
        return answered

    # ------------------------------------------------------------ the session

    async def _serve(self, session: Session) -> None:
        """Until it is over."""
        await self._look(session)
        self._session, self.state = session, "up"
        self._up.set()
        self.settled.set()
        metrics.MCP_UP.labels(self.name).set(1)
        event(log, "an MCP server is there", server=self.name, tools=len(self.listed))
        while not session.over.is_set():
            if await _first(session.over, session.changed, LOOK_S):
                return
            if await _first(session.over, asyncio.Event(), CALM_S):
                return
            session.changed.clear()
            await self._look(session)

    def _lost(self, why: str) -> None:
        self._session, self.state = None, f"away: {why}"
        self._up.clear()
        self.settled.set()
        metrics.MCP_UP.labels(self.name).set(0)

    async def _there(self) -> Session:
        """May raise BackendUnavailable."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._up.wait()
        except TimeoutError:
            pass
        if self._session is None:
            raise BackendUnavailable(f"{self.name} is away", unknown=False)
        return self._session

    async def _sure(self, session: Session) -> Session:
        """A session whose server answers now. May raise BackendUnavailable."""
        try:
            await self._look(session)
            return session
        except BackendUnavailable:
            self._up.clear()
            self._session = None
            session.over.set()
        fresh = await self._there()
        await self._look(fresh)
        return fresh

    # ------------------------------------------------------------ the listing

    async def _look(self, session: Session) -> None:
        """Read the listing, and compare. May raise BackendUnavailable."""
        found = {tool.name: tool for tool in await session.tools() if tool.name in self.settings.tools}
        self._heard = _now()
        for name in self.settings.tools.keys() - found.keys():
            if name not in self.listed:
                event(log, "an MCP server has no such tool", level=logging.WARNING, server=self.name, tool=name)
        known = self.listed if self._pinned else {}
        changed = frozenset(name for name in known if name in found and _hash(found[name]) != _hash(known[name]))
        for name in changed - self.changed:
            words = "a tool of an MCP server has changed; it stays as it was until bridge is started again"
            event(log, words, level=logging.ERROR, server=self.name, tool=name, sha256=_hash(found[name]))
        self.changed = changed
        metrics.MCP_CHANGED.labels(self.name).set(len(changed))
        first = not self._pinned
        newer = {name: tool for name, tool in found.items() if name not in known}
        self._pinned = True
        if first or newer:
            self.listed = {**known, **newer}
            await self._keep()

    async def _remember(self) -> None:
        """The tools as they were last known, should the server be away now."""
        try:
            kept = await self._memory.get(self._key)
            found = _LISTING.validate_json(kept) if kept else []
        except (StoreUnavailable, ValidationError) as error:
            event(log, "the listing of an MCP server is not known", level=logging.WARNING, error=type(error).__name__)
            return
        self.listed = {tool.name: tool for tool in found if tool.name in self.settings.tools}

    async def _keep(self) -> None:
        kept = _LISTING.dump_json(list(self.listed.values())).decode()
        try:
            await self._memory.put(self._key, kept)
        except StoreUnavailable as error:
            event(log, "the listing of an MCP server is not kept", level=logging.WARNING, error=type(error).__name__)

    @property
    def _key(self) -> str:
        return f"mcp:{self.name}"


def _hash(tool: Listed) -> str:
    """Of all that a model may be told of it."""
    return hashlib.sha256(canonical([tool.name, tool.description, tool.schema]).encode()).hexdigest()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _first(over: asyncio.Event, changed: asyncio.Event, within_s: float) -> bool:
    """Whether it was `over` that came first."""
    waiting = [asyncio.ensure_future(over.wait()), asyncio.ensure_future(changed.wait())]
    try:
        await asyncio.wait(waiting, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    return over.is_set()


@asynccontextmanager
async def running(servers: Sequence[McpServer]) -> AsyncIterator[None]:
    """The servers' sessions, from when each has said what it can or could not be reached; all are over at the end."""
    tasks = [asyncio.ensure_future(server.run()) for server in servers]
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await asyncio.gather(*(server.settled.wait() for server in servers))
        yield
    finally:
        # The second time for one whose server does not let it go.
        for _ in range(2):
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=END_S)

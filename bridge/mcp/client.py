"""The `mcp` package, and the only file that knows it: a session with a server over either transport, and its errors as
ours.

A server may ask us for nothing: no sampling, no files, no questions to people. What it sends has a size limit before
it is read.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import httpx2
import mcp_types
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import SubscriptionLost
from mcp.shared.message import SessionMessage
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import SecretStr, ValidationError

from bridge import __version__
from bridge.errors import BackendUnavailable
from bridge.mcp import process
from bridge.mcp.session import Answered, Listed
from bridge.mcp.settings import McpServerSettings

MESSAGE_BYTES_MAX = 1024 * 1024
"""Of one message of a server, as it comes."""
LIST_S = 10.0
"""So long a listing may take."""
LISTEN_S = 2.0
"""So long we wait until a server tells us of changes: what changes before its first listing is in it."""
LISTEN_AGAIN_S = 30.0
PAGES_MAX = 20
TIMEOUT = httpx2.Timeout(5.0, read=60.0)
"""Of HTTP, between two pieces of an answer: the gateway's own limit for a call is far shorter."""
NOT_DONE = frozenset({mcp_types.INVALID_PARAMS, mcp_types.METHOD_NOT_FOUND, mcp_types.HEADER_MISMATCH})
"""Errors by which a server says that it did not even begin."""
SESSION_OVER = "Session terminated"
"""The package's words for a session that the server does not know any more: it did nothing."""

# The package logs what goes over the wire, and tracebacks of what is expected.
for _name in ("mcp", "client"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(slots=True)
class ClientSession:
    """Implements bridge.mcp.session.Session. Mutable: hears of its end, and of a listing that changed."""

    _client: Client
    over: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def tools(self) -> Sequence[Listed]:
        """All that it lists, at most PAGES_MAX pages. May raise BackendUnavailable."""
        found: list[Listed] = []
        cursor: str | None = None
        try:
            async with asyncio.timeout(LIST_S):
                for _ in range(PAGES_MAX):
                    page = await self._client.list_tools(cursor=cursor)
                    found += [
                        Listed(name=tool.name, description=tool.description or "", schema=tool.input_schema)
                        for tool in page.tools
                    ]
                    cursor = page.next_cursor
                    if not cursor:
                        break
        except Exception as error:  # whatever a server sends: the package raises what it likes
            raise self._unavailable(error, unknown=False) from error
        return found

    async def call(self, name: str, args: Mapping[str, Any]) -> Answered:
        """May raise BackendUnavailable, which says whether it may have been done."""
        try:
            answer = await self._client.call_tool(name, dict(args))
        except Exception as error:  # as above
            raise self._unavailable(error, unknown=True) from error
        return _answered(answer)

    def _unavailable(self, error: Exception, *, unknown: bool) -> BackendUnavailable:
        """Names the kind of the error alone: its words are the server's."""
        if not isinstance(error, MCPError):
            return BackendUnavailable(type(error).__name__, unknown=unknown)
        if error.code == mcp_types.CONNECTION_CLOSED or error.message == SESSION_OVER:
            self.over.set()
        begun = error.code not in NOT_DONE and error.message != SESSION_OVER
        return BackendUnavailable(f"error {error.code}", unknown=unknown and begun)


def _answered(answer: mcp_types.CallToolResult) -> Answered:
    return Answered(
        texts=tuple(block.text for block in answer.content if isinstance(block, mcp_types.TextContent)),
        structured=answer.structured_content,
        left_out=tuple(block.type for block in answer.content if not isinstance(block, mcp_types.TextContent)),
        failed=answer.is_error,
    )


@asynccontextmanager
async def connected(settings: McpServerSettings, secrets: Mapping[str, SecretStr]) -> AsyncIterator[ClientSession]:
    """As bridge.mcp.session.connected."""
    last_words: Callable[[], str] = str
    try:
        async with AsyncExitStack() as stack:
            over, changed = asyncio.Event(), asyncio.Event()
            if settings.command:
                program = await stack.enter_async_context(_program(settings, secrets))
                last_words = partial(getattr, program, "last_words")
                transport = _over_pipes(program, over)
            else:
                http = await stack.enter_async_context(_http(settings, secrets))
                transport = streamable_http_client(settings.url, http_client=http, max_sse_event_size=MESSAGE_BYTES_MAX)

            async def heard(message: object) -> None:
                if isinstance(message, mcp_types.ToolListChangedNotification):
                    changed.set()

            us = mcp_types.Implementation(name="bridge", version=__version__)
            async with asyncio.timeout(settings.start_s):
                client = await stack.enter_async_context(
                    Client(transport, client_info=us, message_handler=heard, cache=None, read_timeout_seconds=60.0)
                )
            last_words = str  # from here on its words may be about customers
            ready = asyncio.Event()
            listening = asyncio.ensure_future(_listen(client, changed, ready))
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LISTEN_S):
                        await ready.wait()
                yield ClientSession(client, over, changed)
            finally:
                listening.cancel()
                await asyncio.wait([listening])
    except BackendUnavailable:
        raise
    except Exception as error:
        said = last_words()
        raise BackendUnavailable(f"{_why(error)}{f': {said}' if said else ''}", unknown=False) from error


def _why(error: BaseException) -> str:
    """The kind of the innermost error: the package wraps them in groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"error {error.code}" if isinstance(error, MCPError) else type(error).__name__


async def _listen(client: Client, changed: asyncio.Event, ready: asyncio.Event) -> None:
    """Newer servers tell of a changed listing only to whoever asks. A nicety: it is read again now and then anyway.
    When nobody tells any more something may have been missed, and the server may be gone: either shows when the listing
    is read."""
    try:
        while client.protocol_version in MODERN_PROTOCOL_VERSIONS:
            with suppress(SubscriptionLost):
                async with client.listen(tools_list_changed=True) as subscription:
                    ready.set()
                    async for _ in subscription:
                        changed.set()
            changed.set()
            await asyncio.sleep(LISTEN_AGAIN_S)
    except Exception:
        return
    finally:
        ready.set()


# ---------------------------------------------------------------- transports


def _program(settings: McpServerSettings, secrets: Mapping[str, SecretStr]) -> Any:
    env = {name: secrets[name].get_secret_value() for name in settings.env if name in secrets}
    return process.started(settings.command, settings.args, env, line_bytes_max=MESSAGE_BYTES_MAX)


@asynccontextmanager
async def _over_pipes(program: process.Process, over: asyncio.Event) -> AsyncIterator[Any]:
    """Messages as lines. Sets `over` when the program says no more."""
    heard, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, wanted = anyio.create_memory_object_stream[SessionMessage](0)

    async def read() -> None:
        async with heard:
            while line := await program.read():
                try:
                    message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValidationError:
                    continue  # some print what is no message
                await heard.send(SessionMessage(message))
        over.set()

    async def write() -> None:
        async with wanted:
            async for message in wanted:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                try:
                    await program.write(text.encode() + b"\n")
                except OSError:
                    break
        over.set()

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        group.start_soon(write)
        try:
            yield incoming, outgoing
        finally:
            group.cancel_scope.cancel()
            for stream in (incoming, outgoing, heard, wanted):
                stream.close()


@asynccontextmanager
async def _http(settings: McpServerSettings, secrets: Mapping[str, SecretStr]) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {name: secrets[variable].get_secret_value() for name, variable in settings.headers.items()}
    if settings.bearer:
        headers["Authorization"] = f"Bearer {secrets[settings.bearer].get_secret_value()}"
    # What is packed could be any size.
    headers["Accept-Encoding"] = "identity"
    async with httpx2.AsyncClient(headers=headers, timeout=TIMEOUT, event_hooks={"response": [_bounded]}) as http:
        yield http


async def _bounded(response: httpx2.Response) -> None:
    """An answer that is one message is read to MESSAGE_BYTES_MAX; a stream of them has its own limit."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.DecodingError("the answer is packed", request=response.request)
    if response.status_code == 404 and "mcp-session-id" in response.request.headers:
        # However the server words it: so the package sees that it is the session that is not known any more.
        response.headers["content-type"] = "text/plain"
    if not response.headers.get("content-type", "").lower().startswith("text/event-stream"):
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MESSAGE_BYTES_MAX
        async for part in self._inner:
            left -= len(part)
            if left < 0:
                raise httpx2.StreamError("the answer is too long")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()

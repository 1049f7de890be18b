"""What the browser tests stand on: a brain that a test speaks for, a wire that a test can cut, and a
strange host page."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web

from bridge.ports import Claim, Emit
from bridge.types import Conversation, File, Outcome, Passage, Progress, Reply, TextDelta, TextReset, Turn, Unread
from tests.fakes.loopback import on_loopback

PATIENCE_S = 30.0


@dataclass(slots=True)
class Talk:
    """One turn, answered by the test."""

    turn: Turn
    emit: Emit
    text: str = ""
    reply: "asyncio.Future[Reply]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def label(self, text: str) -> None:
        self.emit(Progress(text))

    def say(self, text: str) -> None:
        self.text += text
        self.emit(TextDelta(text))

    def reset(self) -> None:
        self.text = ""
        self.emit(TextReset())

    def end(self, *citations: Passage, outcome: Outcome = Outcome.ANSWERED) -> None:
        self.reply.set_result(Reply(text=self.text, outcome=outcome, citations=citations, rung="stage"))

    def answer(self, text: str, *citations: Passage, outcome: Outcome = Outcome.ANSWERED) -> None:
        self.say(text)
        self.end(*citations, outcome=outcome)


class Stage:
    """The brain of the tests: every turn waits here until the test has answered it."""

    def __init__(self) -> None:
        self._talks: asyncio.Queue[Talk] = asyncio.Queue()
        self._begun: list[Talk] = []

    async def answer(
        self,
        turn: Turn,
        conversation: Conversation,
        emit: Emit,
        files: Sequence[File | Unread] = (),
        *,
        claim: Claim | None = None,
    ) -> Reply:
        talk = Talk(turn, emit)
        self._begun.append(talk)
        self._talks.put_nowait(talk)
        return await talk.reply

    async def talk(self) -> Talk:
        """The next turn that nobody has answered yet."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._talks.get()

    @property
    def questions(self) -> list[str]:
        """Every message that has reached the brain."""
        return [inbound.text for talk in self._begun for inbound in talk.turn.inbounds]

    def clear(self) -> None:
        """End what a test has left open."""
        for talk in self._begun:
            talk.reply.cancel()
        self._begun.clear()
        self._talks = asyncio.Queue()


class Wire:
    """A TCP proxy in front of the server."""

    def __init__(self) -> None:
        self.port = 0
        self.down = False
        self.requests = 0
        self._target = 0
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every open connection."""
        for writer in self._writers:
            writer.transport.abort()

    def lead_to(self, url: str) -> None:
        self._target = int(url.rsplit(":", 1)[1])

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(self._join(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, back))
                group.create_task(_pump(there, writer))
        finally:
            self._writers -= {writer, back}
            writer.transport.abort()
            back.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


def passage(number: int, *, title: str = "", section: str = "", url: str = "") -> Passage:
    return Passage(
        chunk_id=f"chunk-{number}",
        doc_id=f"page-{number}.md",
        title=title or f"Page {number}",
        section=section,
        url=url or f"https://larkwell.example/help/page-{number}",
        updated="2026-11-02",
        language="en",
        text="Words.",
    )


HOST_PAGE = """<!doctype html>
<html lang="{language}"{direction}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop of somebody else</title></head>
<body><main><h1>A shop of somebody else</h1><p><a href="#here">A link of the page</a></p>
<p><button data-bridge-ask="{question}">Ask about this</button></p></main>
<script async src="{script}" data-bridge{attributes}></script></body></html>
"""


class HostSite:
    """A site on another origin, with the strictest Content-Security-Policy that the documentation promises to work."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.url = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["HostSite"]:
        app = web.Application()
        app.add_routes([web.get("/", self._page), web.get("/favicon.ico", _nothing)])
        async with on_loopback(app) as self.url:
            yield self

    async def _page(self, request: web.Request) -> web.Response:
        """The query's `language`, `dir` and `attributes` shape the page."""
        server = self._wire.url
        direction = request.query.get("dir", "")
        html = HOST_PAGE.format(
            language=request.query.get("language", "en-GB"),
            direction=f' dir="{direction}"' if direction else "",
            question=request.query.get("question", "How much is this?"),
            script=f"{server}/widget.js",
            attributes=" " + request.query.get("attributes", "data-open"),
        )
        policy = (
            f"default-src 'none'; script-src {server}; connect-src {server}; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'"
        )
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})


async def _nothing(_: web.Request) -> web.Response:
    return web.Response(status=204)

"""Stands in for the Bot API over HTTP: keeps chats, enforces limits and text rules, plays failures by script.

    async with TelegramServer.start(local=True) as telegram:
        chat = telegram.private()
        telegram.say(chat, "Hello?")           # the bot's webhook or getUpdates hears of it
        telegram.texts(chat)                   # what people see of its answers

By hand: `python -m tests.fakes.telegram_server --port 4004`, then BRIDGE_CHANNELS__TELEGRAM__API_URL to its address.
"""

import argparse
import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import web

from tests.fakes.loopback import on_loopback
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_rules import Refusal, bad
from tests.fakes.telegram_world import Call, World

TOKEN = "7000000001:AAtest-token-of-the-stand-in-server"
BODY_BYTES_MAX = 50_000_000


# ---------------------------------------------------------------- what a script may say


@dataclass(frozen=True, slots=True)
class Broken:
    """Answer this, without doing anything."""

    status: int = 502
    body: str = "<html><body>Bad Gateway</body></html>"


@dataclass(frozen=True, slots=True)
class TooMany:
    """Answer 429; the chat must be quiet for so long."""

    retry_after: int


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection breaks before anything is done."""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer, and nothing is done."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """Everything is done, but the answer is lost: at once, or after a silence."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Slow:
    """As usual, so much later."""

    seconds: float


Fault = Broken | TooMany | Reset | Hang | Lost | Slow


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is a JSON value or text; None when the connection is lost."""

    status: int
    body: dict[str, Any] | str | None


# ---------------------------------------------------------------- the server


@dataclass(slots=True)
class TelegramServer(World):
    """A world and its Bot API. `latency_s` is the time of a call on the way, half of it in each direction."""

    token: str = TOKEN
    rich: bool = False
    local: bool = False
    lacks: frozenset[str] = frozenset()
    """Methods that this server is too old to know."""
    latency_s: float = 0.0
    jitter_s: float = 0.0
    """Up to so much longer may each way of a call take."""
    url: str = ""
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    methods: Methods = field(init=False)
    _in_flight: Counter[tuple[str, str]] = field(default_factory=Counter)
    _luck: Random = field(default_factory=lambda: Random(7))

    def __post_init__(self) -> None:
        # Not super(): a dataclass with slots is another class than the one super() was compiled for.
        World.__post_init__(self)
        self.methods = Methods(self, rich=self.rich, local=self.local, lacks=self.lacks)

    def play(self, method: str, *faults: Fault) -> None:
        """What the next calls of a method get, one each; "*" stands for any method."""
        self.faults.setdefault(method.lower(), deque()).extend(faults)

    async def call(self, method: str, params: Mapping[str, Any]) -> Answer:
        """One call, without HTTP."""
        at, at_monotonic = self.now(), time.monotonic()
        message = (str(params.get("chat_id")), str(params.get("message_id")))
        if "message_id" in params:
            if self._in_flight[message]:
                self.violation(f"two calls at once for message {message[1]}")
            self._in_flight[message] += 1
        try:
            answer = await self._answer(method, params)
        finally:
            if "message_id" in params:
                self._in_flight[message] -= 1
        description = answer.body.get("description", "") if isinstance(answer.body, dict) else ""
        status = answer.status if answer.body is not None else 0
        self.calls.append(Call(method, dict(params), at, at_monotonic, status, description))
        if status != 200:
            self.refusals[method, status] += 1
        return answer

    async def _answer(self, method: str, params: Mapping[str, Any]) -> Answer:
        await self._way()
        fault = self._fault(method)
        if isinstance(fault, Slow | Hang):
            await asyncio.sleep(fault.seconds)
        if isinstance(fault, Reset | Hang):
            return Answer(0, None)
        if isinstance(fault, Broken):
            return Answer(fault.status, fault.body)
        answer = await self._done(method, params, fault)
        if isinstance(fault, Lost):
            await asyncio.sleep(fault.seconds)
            return Answer(0, None)
        await self._way()
        return answer

    async def _way(self) -> None:
        await asyncio.sleep(self.latency_s / 2 + self._luck.uniform(0.0, self.jitter_s))

    def _fault(self, method: str) -> Fault | None:
        for name in (method.lower(), "*"):
            if self.faults.get(name):
                return self.faults[name].popleft()
        return None

    async def _done(self, method: str, params: Mapping[str, Any], fault: Fault | None) -> Answer:
        try:
            function = self.methods.find(method)
            self._check_quiet(method, params)
            if isinstance(fault, TooMany):
                raise self.flood.silence(_chat(params) or "bot", self.now(), fault.retry_after)
            return Answer(200, {"ok": True, "result": await function(params)})
        except Refusal as refusal:
            return Answer(refusal.code, refusal.body())

    def _check_quiet(self, method: str, params: Mapping[str, Any]) -> None:
        """May raise Refusal. Asking again prolongs nothing."""
        if "chat_id" not in params:
            return
        if (wait_s := self.flood.quiet_for(_chat(params), self.now())) > 0:
            self.violation(f"{method} while told to be quiet")
            raise self.flood.again(wait_s)

    # ------------------------------------------------------------ HTTP

    def app(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.add_routes(
            [
                web.route("*", "/bot{token}/{method}", self._handle),
                web.get("/file/bot{token}/{path:.+}", self._download),
            ]
        )
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._stranger(request):
            return web.json_response(refusal.body(), status=refusal.code)
        try:
            params = await _params(request)
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.code)
        answer = await self.call(request.match_info["method"], params)
        if answer.body is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()  # into the void
        if isinstance(answer.body, str):
            return web.Response(status=answer.status, text=answer.body, content_type="text/html")
        return web.json_response(answer.body, status=answer.status, headers=_retry_after(answer.body))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._stranger(request):
            return web.json_response(refusal.body(), status=refusal.code)
        path = request.match_info["path"]
        found = [file for file in self.files.values() if file.path == path and path not in self.expired]
        if not found:
            return web.json_response(Refusal(404, "Not Found").body(), status=404)
        return web.Response(body=found[0].content, content_type="application/octet-stream")

    def _stranger(self, request: web.Request) -> Refusal | None:
        token = request.match_info["token"]
        if token == self.token:
            return None
        return Refusal(401, "Unauthorized") if token.partition(":")[0].isdigit() else Refusal(404, "Not Found")

    @classmethod
    @asynccontextmanager
    async def start(cls, *, port: int = 0, **fields: Any) -> AsyncIterator["TelegramServer"]:
        """Run one on a loopback port for as long as the block lasts."""
        server = cls(**fields)
        # A client that leaves does not undo what it asked for.
        async with on_loopback(server.app(), port=port) as server.url:
            try:
                yield server
            finally:
                await server.updates.close()


def _chat(params: Mapping[str, Any]) -> int | None:
    try:
        return int(str(params.get("chat_id")))
    except ValueError:
        return None


def _retry_after(body: dict[str, Any]) -> dict[str, str]:
    seconds = body.get("parameters", {}).get("retry_after")
    return {"Retry-After": str(seconds)} if seconds else {}


async def _params(request: web.Request) -> dict[str, Any]:
    """Parameters from the query and from a JSON or form body. May raise Refusal."""
    params: dict[str, Any] = dict(request.query)
    if request.method not in ("GET", "POST"):
        raise Refusal(405, "Method Not Allowed")
    try:
        if request.content_type == "application/json":
            body = json.loads(await request.read() or b"{}")
            params |= body if isinstance(body, dict) else {}
        else:
            params |= dict(await request.post())
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None
    except ValueError:
        raise bad("can't parse the request") from None
    return params


# ---------------------------------------------------------------- by hand


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for the Telegram Bot API.")
    parser.add_argument("--port", type=int, default=4004)
    parser.add_argument("--latency-s", type=float, default=0.03)
    parser.add_argument("--rich", action="store_true", help="know rich messages")
    options = parser.parse_args()
    settings = {"latency_s": options.latency_s, "rich": options.rich, "local": True}
    async with TelegramServer.start(port=options.port, **settings) as server:
        chat = server.private(server.person("Alice"))
        print(f"{server.url} (token: {server.token}, a chat: {chat.id})", flush=True)  # noqa: T201
        print("Every line you type is a message of Alice's.", flush=True)  # noqa: T201
        await asyncio.gather(_listen(server), _show(server))


async def _listen(server: TelegramServer) -> None:
    chat = next(iter(server.rooms.values()))
    with suppress(EOFError):
        while line := await asyncio.to_thread(input):
            server.say(chat, line)


async def _show(server: TelegramServer) -> None:
    chat, shown = next(iter(server.rooms.values())), list[str]()
    while True:
        await asyncio.sleep(0.2)
        if (texts := server.texts(chat)) != shown:
            shown = texts
            print("\n".join(texts[-1:]), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_main())

"""The HTTP server: routes of no channel, errors to status codes, and nothing of ours in any answer but the answer."""

import asyncio
import logging
import math
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware
from aiohttp.web_protocol import RequestHandler, RequestPayloadError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bridge import metrics
from bridge.errors import BadPayload, BadSignature, InboundError, NotFound, StoreUnavailable, TooMany
from bridge.logs import event
from bridge.ports import ANSWER_HEADERS, SENDER_ADDRESS, Routes, Store
from bridge.roles import Role

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 1_000_000
BODY_S = 20.0
"""How long a request's body may take to arrive."""
IDLE_S = 75.0
"""How long a connection may be open without a whole request head."""
READY_CHECK_S = 2.0
STORE_RETRY_AFTER_S = 2
CONTINUE = "100-continue"
ANSWERED_S = 3.0
"""At a shutdown, how long requests that have begun may take to be answered: longer than a store that is away is waited
for. Event streams are not waited for: their readers come back, elsewhere."""
SHUTDOWN_S = 0.3
"""How long open connections get when everything else has ended."""

_WORDS = {
    400: "The request cannot be read.",
    401: "Not allowed: the signature or token is missing, wrong or too old.",
    403: "Not allowed from this page.",
    404: "There is nothing here.",
    405: "This address does not take that kind of request.",
    408: "The request took too long to arrive.",
    413: "The request is too large.",
    429: "Too many requests; try again later.",
    500: "Something went wrong on our side.",
    503: "The service is not available for a moment; try again.",
}
_STATUS: dict[type[InboundError], int] = {BadSignature: 401, BadPayload: 400, NotFound: 404, TooMany: 429}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Status = Callable[[], dict[str, Any]]
"""What the knowledge base and the models say of themselves for /readyz; `ready: False` inside a part means not yet."""


def _refusal(status: int, headers: dict[str, str] | None = None) -> web.Response:
    words = _WORDS.get(status, _WORDS[400] if status < 500 else _WORDS[500])
    return web.json_response({"error": words}, status=status, headers={"Server": "bridge", **(headers or {})})


def _guarded(handler: Handler) -> Handler:
    """Errors to answers. It stands outside the application, because aiohttp refuses some requests before any
    middleware, in words that repeat what was sent."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            if request.headers.get("Expect", CONTINUE).lower() != CONTINUE:
                # aiohttp's own refusal repeats the header, and fails over one that is not text.
                raise web.HTTPExpectationFailed
            return await handler(request)
        except web.HTTPException as error:
            metrics.REFUSED.labels(str(error.status)).inc()
            allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
            response = _refusal(error.status, allow)
        except InboundError as error:
            status = _STATUS[type(error)]
            metrics.REFUSED.labels(type(error).__name__).inc()
            event(log, "refused", level=logging.DEBUG, path=request.path, status=status, error=error)
            wait = {"Retry-After": str(math.ceil(error.retry_after_s))} if isinstance(error, TooMany) else None
            response = _refusal(status, wait)
        except StoreUnavailable as error:
            metrics.REFUSED.labels("StoreUnavailable").inc()
            event(log, "store unavailable", level=logging.ERROR, path=request.path, error=error)
            response = _refusal(503, {"Retry-After": str(STORE_RETRY_AFTER_S)})
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:  # nothing of it may reach the sender
            metrics.BUGS.labels("web").inc()
            event(log, "request failed", level=logging.ERROR, path=request.path, exc_info=error)
            response = _refusal(500)
        if request.writer.output_size > 0:
            raise ConnectionAbortedError("a part of another answer is out already")
        return response

    return handle


class _Begun:
    """Requests that are to be answered, without those whose answer is a stream. Mutable."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()

    def begin(self, request: web.BaseRequest) -> None:
        request[_AWAITED] = True
        self._count += 1
        self._none.clear()

    def end(self, request: web.BaseRequest) -> None:
        """Harmless when it has ended."""
        if request.pop(_AWAITED, False):
            self._count -= 1
        if not self._count:
            self._none.set()

    async def answered(self) -> None:
        if self._count:
            await self._none.wait()


_AWAITED = web.RequestKey("awaited", bool)
_BEGUN = web.AppKey("begun", _Begun)


@web.middleware
async def _noted(request: web.Request, handler: Handler) -> web.StreamResponse:
    begun = request.app[_BEGUN]
    begun.begin(request)
    try:
        return await handler(request)
    finally:
        begun.end(request)


async def answered(app: web.Application) -> None:
    """Wait until the requests that have begun are answered."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWERED_S):
            await app[_BEGUN].answered()


@web.middleware
async def _whole_body(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read the body first: a handler finds it whole, or is not called."""
    if request.can_read_body:
        try:
            async with asyncio.timeout(BODY_S):
                await request.read()
        except TimeoutError as error:
            raise web.HTTPRequestTimeout from error
        except RequestPayloadError as error:
            raise BadPayload("the body is cut off or wrongly encoded") from error
    return await handler(request)


async def _sign_off(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "bridge"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.update(request.get(ANSWER_HEADERS, {}))
    if not isinstance(response, web.Response):
        request.app[_BEGUN].end(request)


def _behind(proxies: Sequence[str]) -> Middleware:
    """Limits by address must count people, not the proxy in front: take its word for whom it forwards."""
    networks = [ip_network(proxy, strict=False) for proxy in proxies]

    def is_proxy(address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:  # anybody can write anything there
            return False
        return any(parsed in network for network in networks)

    @web.middleware
    async def handle(request: web.Request, handler: Handler) -> web.StreamResponse:
        address = request.remote or ""
        if is_proxy(address):
            hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
            people = [hop for hop in hops if hop and not is_proxy(hop)]
            address = people[-1] if people else address
        request[SENDER_ADDRESS] = address
        return await handler(request)

    return handle


def application(
    *,
    store: Store,
    routes: Sequence[Routes],
    status: Status,
    role: Role = "all",
    trusted_proxies: Sequence[str] = (),
) -> web.Application:
    """All routes behind the error middleware."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        parts = status()
        try:
            async with asyncio.timeout(READY_CHECK_S):
                await store.check()
            parts["store"] = {"ready": True}
        except (StoreUnavailable, TimeoutError):
            parts["store"] = {"ready": False}
        ready = all(part.get("ready", True) for part in parts.values())
        return web.json_response({"ready": ready, "role": role, **parts}, status=200 if ready else 503)

    async def prometheus(_: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(READY_CHECK_S):
                gauges = await store.gauges()
        except (StoreUnavailable, TimeoutError):
            pass  # the last known values stand; /readyz tells that the store is away
        else:
            metrics.STORE_TURNS_WAITING.set(gauges.turns_waiting)
            metrics.STORE_TURNS_RUNNING.set(gauges.turns_running)
            metrics.STORE_OLDEST_WAITING_SECONDS.set(gauges.oldest_waiting_s)
            metrics.STORE_PARCELS.set(gauges.parcels)
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    middlewares = [_noted, _behind(trusted_proxies), _whole_body]
    app = web.Application(middlewares=middlewares, client_max_size=BODY_BYTES_MAX)
    app[_BEGUN] = _Begun()
    app.on_response_prepare.append(_sign_off)
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", prometheus)])
    for table in routes:
        app.add_routes(table)
    return app


class _Quiet(RequestHandler):
    """aiohttp answers unreadable HTTP with the bytes it could not read; we answer with our own words."""

    __slots__ = ()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """A bug, except that a body which cannot be unpacked fails once more when aiohttp reads its rest."""
        error = kw.get("exc_info")
        if not isinstance(error, RequestPayloadError):
            metrics.BUGS.labels("web").inc()
            event(log, "connection failed", level=logging.ERROR, exc_info=error)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        metrics.REFUSED.labels(str(status)).inc()
        if status >= 500:
            metrics.BUGS.labels("web").inc()
            event(log, "request failed", level=logging.ERROR, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionAbortedError("a part of another answer is out already")
        response = _refusal(status)
        response.headers["Server"] = "bridge"
        response.force_close()
        return response


class _QuietServer(web.Server):
    def __call__(self) -> RequestHandler:
        return _Quiet(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """aiohttp's runner with our way of refusing."""

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _QuietServer(
            _guarded(server.request_handler),  # type: ignore[arg-type] # the factory makes web.Request
            request_factory=server.request_factory,
            handler_cancellation=server.handler_cancellation,
            loop=server._loop,
            **server._kwargs,
        )


class Site(web.SockSite):
    """Where a server listens. At its end, connections just accepted still reach the server, which closes them.

    asyncio takes two rounds of its loop to introduce a connection to its server. It loses one whose listening socket
    is closed meanwhile (CPython issue 109564), and aiohttp one that appears when its server has shut down: such a
    connection stayed open, and its client waited for an answer."""

    INTRODUCTION_ROUNDS = 3  # one to spare

    def __init__(self, runner: web.BaseRunner, listening: socket.socket, *, backlog: int) -> None:
        super().__init__(runner, listening, backlog=backlog)
        self._listening = listening

    async def stop(self) -> None:
        asyncio.get_running_loop().remove_reader(self._listening)
        for _ in range(self.INTRODUCTION_ROUNDS):
            await asyncio.sleep(0)
        await super().stop()


def runner(app: web.Application) -> Runner:
    """Ready for setup(). A handler whose reader has gone is cancelled, so that no open stream is held for nobody."""
    return Runner(
        app,
        access_log=None,
        shutdown_timeout=SHUTDOWN_S,
        handle_signals=False,
        handler_cancellation=True,
        keepalive_timeout=IDLE_S,
    )

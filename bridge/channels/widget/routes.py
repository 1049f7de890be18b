"""The widget's HTTP: sessions, messages, the event stream, stop, retry and feedback. Every answer is short and safe."""

import asyncio
import json
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web

from bridge import metrics
from bridge.channels._text import kept
from bridge.channels.widget.events import log_name, sse
from bridge.channels.widget.sessions import Session, Sessions
from bridge.channels.widget.settings import Settings
from bridge.errors import BadPayload, BadSignature, NotFound, StoreUnavailable, TooMany
from bridge.ports import ANSWER_HEADERS, SENDER_ADDRESS, Bucket, ChannelContext, Routes
from bridge.types import Address, Inbound, Sender, Turn, TurnId

CLIENT_MSG_ID_CHARS_MAX = 128
COMMENT_CHARS_MAX = 2_000
ENTRIES_PER_READ = 200
RETRY_MS = 2_000
"""How soon a browser should come back after a lost stream."""
WRITE_S = 30.0
"""How long a reader may take to make room for more events; a browser that sleeps comes back with its cursor."""
PREFLIGHT_S = 600
RECEIPTS_MAX = 10_000
"""Stored messages that are remembered, so that the same message again costs nothing of the session's limit."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Handlers:
    """One method a route."""

    def __init__(self, settings: Settings, context: ChannelContext, sessions: Sessions) -> None:
        self._settings = settings
        self._context = context
        self._store = context.store
        self._sessions = sessions
        self._origins = {origin.rstrip("/").lower() for origin in (*settings.allowed_origins, *context.origins)}
        self._streams: Counter[str] = Counter()
        """Open event streams by session and by address."""
        self._receipts: OrderedDict[str, TurnId] = OrderedDict()
        self._arriving: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def routes(self) -> Routes:
        table = [
            ("POST", "/widget/session", self.session),
            ("POST", "/widget/messages", self.messages),
            ("GET", "/widget/events", self.events),
            ("POST", "/widget/turns/{turn_id}/stop", self.stop),
            ("POST", "/widget/turns/{turn_id}/retry", self.retry),
            ("POST", "/widget/turns/{turn_id}/feedback", self.feedback),
        ]
        routes = [web.route(method, path, self._shared(handler)) for method, path, handler in table]
        return [*routes, *(web.options(path, self._shared(_preflight)) for _, path, _ in table)]

    # ------------------------------------------------------------ the routes

    async def session(self, request: web.Request) -> web.Response:
        """Begin a conversation, or renew the token of one."""
        body = await _json(request, empty_ok=True)
        identity = self._identity(body)
        session = await self._renewed(request, identity)
        if session is None:
            per_s = self._settings.sessions_per_minute / 60
            await self._limit(f"sessions:{request[SENDER_ADDRESS]}", self._settings.sessions_burst, per_s)
            session = self._sessions.begin(identity)
        token, expires_at = await self._sessions.token(session)
        answer = {
            "token": token,
            "conversation_id": f"widget:{session.key}",
            "expires_at": expires_at,
            "widget": {**self._context.business, "text_chars_max": self._settings.text_chars_max},
        }
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    async def messages(self, request: web.Request) -> web.Response:
        """Keep a message; 202 once it is stored."""
        session = await self._session(request)
        body = await _json(request)
        client_msg_id = _id(body, "client_msg_id")
        text = _text(body, "text", self._settings.text_chars_max)
        turn_id = await self._keep(session, self._inbound(session, f"m:{client_msg_id}", text))
        return web.json_response({"turn_id": turn_id}, status=202)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The conversation's events from a cursor on, for as long as the reader stays."""
        session = await self._session(request)
        after = _cursor(request)
        owners = (f"session {session.key}", f"address {request[SENDER_ADDRESS]}")
        self._limit_streams(*owners)
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        self._streams.update(owners)
        metrics.STREAMS_OPEN.inc()
        try:
            await response.prepare(request)
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            await self._send(log_name(session.key), after, response)
        except (ConnectionError, StoreUnavailable, TimeoutError):
            pass  # the reader has gone or sleeps, or the store has gone: the reader will come back with its cursor
        finally:
            self._streams.subtract(owners)
            self._streams += Counter()  # forgets those that have none left
            metrics.STREAMS_OPEN.dec()
        return response

    async def stop(self, request: web.Request) -> web.Response:
        """Stop an answer; harmless when it is over."""
        turn = await self._turn(request)
        if turn.reply is None:
            await self._context.stop(turn.id)
        return web.json_response({"turn_id": turn.id}, status=202)

    async def retry(self, request: web.Request) -> web.Response:
        """Ask for an answer again: a turn of its own, the same one however often this is sent."""
        session = await self._session(request)
        turn = await self._turn(request)
        if turn.reply is None:
            return web.json_response({"turn_id": turn.id}, status=202)
        inbound = self._inbound(session, f"r:{turn.id}", turn.question, retry_of=turn.id)
        return web.json_response({"turn_id": await self._keep(session, inbound)}, status=202)

    async def feedback(self, request: web.Request) -> web.Response:
        """Keep a thumb and a comment."""
        session = await self._session(request)
        turn = await self._turn(request)
        body = await _json(request)
        rating = body.get("rating")
        if rating not in ("up", "down"):
            raise BadPayload("rating must be 'up' or 'down'")
        comment = kept(_string(body, "comment", COMMENT_CHARS_MAX)).strip() if body.get("comment") else ""
        await self._limit_session("feedback", session)
        await self._context.rate(turn, rating, comment)
        return web.Response(status=204)

    # ------------------------------------------------------------ what they share

    def _shared(self, handler: Handler) -> Handler:
        """Check the origin first, and let the page read the answer, also one that refuses."""

        async def handle(request: web.Request) -> web.StreamResponse:
            request[ANSWER_HEADERS] = self._cors(request)
            return await handler(request)

        return handle

    def _cors(self, request: web.Request) -> dict[str, str]:
        """A browser always names the page's origin; a program without one has no page to protect."""
        origin = request.headers.get("Origin")
        if origin is None:
            return {}
        if origin.lower() not in self._origins:
            raise web.HTTPForbidden
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After", "Vary": "Origin"}

    async def _session(self, request: web.Request) -> Session:
        return await self._sessions.check(_bearer(request))

    async def _renewed(self, request: web.Request, identity: Session | None) -> Session | None:
        if "Authorization" not in request.headers:
            return None
        return await self._sessions.renewable(_bearer(request), identity)

    def _identity(self, body: dict[str, Any]) -> Session | None:
        signed = body.get("identity")
        if signed is None:
            return None
        if not isinstance(signed, str):
            raise BadPayload("identity must be text")
        return self._sessions.identity(signed)

    async def _turn(self, request: web.Request) -> Turn:
        """The turn of the path, if it belongs to the session."""
        session = await self._session(request)
        turn = await self._store.turn(TurnId(request.match_info["turn_id"]))
        if turn is None or turn.conversation_id != f"widget:{session.key}":
            raise NotFound("no such turn in this conversation")
        return turn

    def _inbound(self, session: Session, name: str, text: str, retry_of: TurnId | None = None) -> Inbound:
        return Inbound(
            event_id=f"widget:{session.key}:{name}",
            address=Address("widget", session.key),
            sender=Sender(session.user or session.key, session.name, session.vouched),
            text=text,
            received_at=datetime.now(UTC),
            retry_of=retry_of,
        )

    async def _keep(self, session: Session, inbound: Inbound) -> TurnId:
        """Store a message and return its turn. Copies that come at the same time wait for the first."""
        async with self._arriving.setdefault(inbound.event_id, asyncio.Lock()):
            if (known := self._receipts.get(inbound.event_id)) is not None:
                return known
            await self._limit_session("messages", session)
            accepted = await self._context.receive(inbound)
            self._receipts[inbound.event_id] = accepted.turn_id
            if len(self._receipts) > RECEIPTS_MAX:
                self._receipts.popitem(last=False)
            return accepted.turn_id

    def _limit_streams(self, session: str, address: str) -> None:
        """One visitor must not take the places of all others. Every stream counts twice, for each of its owners."""
        settings = self._settings
        if (
            self._streams[session] >= settings.streams_per_session_max
            or self._streams[address] >= settings.streams_per_address_max
            or self._streams.total() >= 2 * settings.streams_max
        ):
            raise TooMany("too many event streams", retry_after_s=RETRY_MS / 1000)

    async def _limit_session(self, what: str, session: Session) -> None:
        per_s = self._settings.messages_per_minute / 60
        await self._limit(f"{what}:{session.key}", self._settings.messages_burst, per_s)

    async def _limit(self, name: str, burst: int, per_s: float) -> None:
        wait_s = await self._store.spend(Bucket(f"widget:{name}", float(burst), per_s))
        if wait_s > 0:
            raise TooMany("the limit of the widget is used up", retry_after_s=wait_s)

    async def _send(self, log: str, after: int, response: web.StreamResponse) -> None:
        heard_at = time.monotonic()
        while True:
            wait_s = max(0.0, heard_at + self._settings.heartbeat_s - time.monotonic())
            entries = await self._store.read(log, after=after, limit=ENTRIES_PER_READ, wait_s=wait_s)
            # write() waits while the reader is slow; what it has not read stays in the store, not in memory.
            if entries:
                news = "".join(map(sse, entries)).encode()
                after = entries[-1].id
            elif time.monotonic() - heard_at >= self._settings.heartbeat_s:
                news = b":\n\n"
            else:
                continue
            async with asyncio.timeout(WRITE_S):
                await response.write(news)
            heard_at = time.monotonic()


_STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


async def _preflight(_: web.Request) -> web.Response:
    headers = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
        "Access-Control-Max-Age": str(PREFLIGHT_S),
    }
    return web.Response(status=204, headers=headers)


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise BadSignature("no bearer token")
    return token.strip()


def _cursor(request: web.Request) -> int:
    value = request.headers.get("Last-Event-ID") or "0"
    if not (value.isascii() and value.isdigit() and len(value) <= 15):
        raise BadPayload("Last-Event-ID is not a number")
    return int(value)


async def _json(request: web.Request, *, empty_ok: bool = False) -> dict[str, Any]:
    raw = await request.read()
    if empty_ok and not raw:
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadPayload(f"the body is not JSON: {type(error).__name__}") from error
    if not isinstance(body, dict):
        raise BadPayload("the body is not a JSON object")
    return body


def _id(body: dict[str, Any], name: str) -> str:
    """A name that the client chose, kept as it is: two names must never become one."""
    value = _string(body, name, CLIENT_MSG_ID_CHARS_MAX)
    if not value or kept(value) != value:
        raise BadPayload(f"{name} is empty, or holds characters that cannot be kept")
    return value


def _text(body: dict[str, Any], name: str, chars_max: int) -> str:
    """A text field that holds something, without what no store or platform can keep."""
    value = kept(_string(body, name, chars_max)).strip()
    if not value:
        raise BadPayload(f"{name} is empty")
    return value


def _string(body: dict[str, Any], name: str, chars_max: int) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise BadPayload(f"{name} is missing or not text")
    if len(value) > chars_max:
        raise BadPayload(f"{name} is longer than {chars_max} characters")
    return value

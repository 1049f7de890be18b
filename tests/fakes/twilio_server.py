"""Stands in for Twilio's WhatsApp: keeps state, refuses what Twilio refuses, calls back, plays failures by script.

People are WhatsApp addresses (`whatsapp:+4915...`). What they see on their phone is `visible()`. By hand:
`python -m tests.fakes.twilio_server --port 4013 --target http://127.0.0.1:8080`, then
BRIDGE_CHANNELS__WHATSAPP__API_URL=http://127.0.0.1:4013; write with
`curl -d 'Do you ship?' http://127.0.0.1:4013/people/+491511234567`, look with a GET of the same address.
"""

import argparse
import asyncio
import base64
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, web

from tests.fakes import twilio_rules, twilio_webhooks
from tests.fakes.loopback import on_loopback
from tests.fakes.twilio_rules import Refusal, Template
from tests.fakes.twilio_values import (
    Attempt,
    Broken,
    Bubble,
    Call,
    Callbacks,
    Fault,
    File,
    Hang,
    LateAnswer,
    LoseAnswer,
    Made,
    Message,
    Refuse,
    Reset,
    TooMany,
)

SID = "AC" + "1" * 32
TOKEN = "twilio_test_auth_token"
SENDER = "whatsapp:+15550001111"
PERSON = "whatsapp:+4915112345678"
TEMPLATE = "HX" + "a" * 32

TYPING_S = 25.0
WINDOW = timedelta(hours=24)
SENDER_PER_S = 80.0
MEDIA_BYTES_MAX = 16 * 1024 * 1024
MEDIA_TYPES = frozenset({"image/jpeg", "image/png", "application/pdf", "audio/ogg", "audio/mpeg", "audio/mp4"})
PATIENCE_S = 4.0
"""How long a client that hears of no `sent` waits before it sends the next message to the same person."""
CONNECT_S, READ_S = 5.0, 15.0
IN_FLIGHT_MAX = 100
"""Requests at once before the API answers 429."""
_FINAL = ("read", "failed", "undelivered")


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


# ---------------------------------------------------------------- the server


@dataclass(slots=True)
class TwilioServer:
    """The state of a fake Twilio with one account and one WhatsApp sender. Mutable; start it with `start()`."""

    public_url: str = "http://127.0.0.1:8080"
    """Our server as it is configured at Twilio: webhooks are signed over this."""
    target: str = ""
    """Where it really listens; empty = at `public_url`."""
    webhook_path: str = "/twilio/whatsapp"
    """As configured at Twilio, with the fragment that overrides how the webhook is tried, if any."""
    latency_s: float = 0.0
    sent_s: float = 0.02
    delivered_s: float = 0.01
    read_s: float | None = 0.01
    """None: people do not look at their phone."""
    swap: bool = True
    """A message made while one to the same person is still queued arrives before it."""
    pair_burst: int = 4
    pair_refill_s: float = 6.0
    pair_error: int = 63018
    window_error_on_create: bool = False
    opt_out_at_twilio: bool = True
    """False: STOP reaches us without OptOutType, and nothing but our own care keeps the person in peace."""
    list_lag_s: float = 0.0
    """Messages younger than this are not listed yet."""
    media_404s: int = 0
    """So many fetches of media find nothing yet."""
    media_at: str = ""
    """Where media is said to lie; empty = at `foreign_url`, where it really does."""
    callbacks: Callbacks = field(default_factory=Callbacks)
    templates: dict[str, Template] = field(default_factory=lambda: {TEMPLATE: Template("Hello {{1}}, we have news.")})
    strangers: set[str] = field(default_factory=set)
    """Numbers that are not on WhatsApp."""
    stalls_s: dict[str, float] = field(default_factory=dict)
    """How long messages to a person wait in the queue."""

    url: str = ""
    foreign_url: str = ""
    """A host that is not Twilio's; media is kept there, behind redirects."""
    calls: list[Made] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)
    """How often each error was answered, or told in a callback."""
    violations: list[str] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    """Every webhook posted to us, oldest first."""
    foreign_requests: list[tuple[str, bool]] = field(default_factory=list)
    """Path, and whether credentials came with it."""
    messages: dict[str, Message] = field(default_factory=dict)
    typing_calls: list[tuple[str, float]] = field(default_factory=list)
    """Who saw us typing, and from when (the event loop's time)."""
    read: set[str] = field(default_factory=set)
    """Inbound messages that show as read."""
    opted_out: set[str] = field(default_factory=set)

    _script: dict[Call, deque[Fault]] = field(default_factory=dict)
    _quiet_until: dict[Call, float] = field(default_factory=dict)
    _phones: dict[str, list[Bubble]] = field(default_factory=dict)
    _typing_until: dict[str, float] = field(default_factory=dict)
    _heard_at: dict[str, datetime] = field(default_factory=dict)
    _pairs: dict[str, _Bucket] = field(default_factory=dict)
    _files: dict[str, File] = field(default_factory=dict)
    _creating: Counter[str] = field(default_factory=Counter)
    _in_flight: int = 0
    _ids: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _http: ClientSession | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def start(cls, *, port: int = 0, **options: Any) -> AsyncIterator["TwilioServer"]:
        """A running fake; `options` are its fields."""
        fake = cls(**options)
        async with (
            on_loopback(fake._foreign_app(), host="localhost", cancels=True) as fake.foreign_url,
            ClientSession() as fake._http,
            # A call whose client has gone counts as over.
            on_loopback(fake._app(), port=port, cancels=True) as fake.url,
        ):
            try:
                yield fake
            finally:
                fake._over.set()
                while fake._tasks:
                    for task in fake._tasks:
                        task.cancel()
                    await asyncio.gather(*fake._tasks, return_exceptions=True)

    # ------------------------------------------------------------ what a test sets

    def fail(self, kind: Call, *faults: Fault) -> None:
        """The next calls of a kind meet these, one each."""
        self._script.setdefault(kind, deque()).extend(faults)

    def age(self, person: str, hours: float) -> None:
        """Let the person's last message be older."""
        self._heard_at[person] -= timedelta(hours=hours)

    # ------------------------------------------------------------ what people see

    def visible(self, person: str = PERSON) -> list[Bubble]:
        """The bubbles on a person's phone, in the order in which they arrived."""
        return list(self._phones.get(person, ()))

    def texts(self, person: str = PERSON) -> list[str]:
        """What we said, as the person reads it."""
        return [bubble.text for bubble in self.visible(person) if bubble.by == "us"]

    def typing(self, person: str = PERSON) -> bool:
        """Whether the person sees us typing now."""
        return self._typing_until.get(person, 0.0) > asyncio.get_running_loop().time()

    def outbound(self, person: str = PERSON) -> list[Message]:
        """The messages we made for a person, oldest first, whatever became of them."""
        return [m for m in self.messages.values() if m.direction == "outbound-api" and m.to == person]

    # ------------------------------------------------------------ what people do

    async def says(
        self, text: str, person: str = PERSON, *, name: str = "Ana", reached: bool = True, **more: str
    ) -> str:
        """A person writes; returns the message's SID once our answer (or the last try) is in `attempts`.
        With `reached=False` the webhook is never posted. `more` adds or replaces fields."""
        return await self._arrives(person, text, "text", name, reached, more)

    async def sends(
        self, *files: File, person: str = PERSON, text: str = "", reached: bool = True, kind: str = "image"
    ) -> str:
        """A person sends pictures, a voice note or a document."""
        sids = [self._next_sid("ME") for _ in files]
        self._files.update(zip(sids, files, strict=True))
        return await self._arrives(person, text, kind, "Ana", reached, {}, media=tuple(sids))

    async def shares_place(self, latitude: str, longitude: str, person: str = PERSON, **more: str) -> str:
        """A person shares a location; `more` may be Label and Address."""
        place = {"Latitude": latitude, "Longitude": longitude, **more}
        return await self._arrives(person, "", "location", "Ana", True, place)

    async def taps(self, sid: str, button: str, person: str = PERSON) -> str:
        """A person taps a quick reply of a bubble; `button` is what it says."""
        bubble = next(bubble for bubble in self.visible(person) if bubble.sid == sid)
        tapped = {"ButtonText": button, "ButtonPayload": dict(bubble.buttons)[button]}
        tapped |= {"OriginalRepliedMessageSid": sid, "OriginalRepliedMessageSender": SENDER}
        return await self._arrives(person, button, "button", "Ana", True, tapped)

    async def _arrives(
        self,
        person: str,
        text: str,
        kind: str,
        name: str,
        reached: bool,
        more: dict[str, str],
        *,
        media: tuple[str, ...] = (),
    ) -> str:
        now = datetime.now(UTC)
        sid = self._next_sid("MM" if media else "SM")
        self.messages[sid] = Message(sid, "inbound", person, SENDER, text, now, "received", sent_at=now, media=media)
        self._heard_at[person] = now
        form = self.form(sid, person=person, text=text, name=name, kind=kind, media=media) | more
        if self.opt_out_at_twilio and (kind_of_word := twilio_webhooks.opt_out_type(text)):
            self._opt(person, kind_of_word)
            form["OptOutType"] = kind_of_word
        elif twilio_webhooks.opt_out_type(text) == "STOP":
            self.opted_out.add(person)
        if reached:
            await self._webhook(self.webhook_path, form)
        return sid

    def _opt(self, person: str, kind: str) -> None:
        """Twilio keeps the list and answers by itself."""
        words = {"STOP": "You have been unsubscribed.", "START": "You are subscribed again.", "HELP": "Reply STOP."}
        if kind == "STOP":
            self.opted_out.add(person)
        elif kind == "START":
            self.opted_out.discard(person)
        bubble = Bubble(words[kind], self._next_sid("SM"), asyncio.get_running_loop().time(), by="twilio")
        self._phones.setdefault(person, []).append(bubble)

    def form(
        self,
        sid: str = "",
        *,
        person: str = PERSON,
        text: str = "Hello",
        name: str = "Ana",
        kind: str = "text",
        media: tuple[str, ...] = (),
    ) -> dict[str, str]:
        """The fields of an incoming message, for tests that post their own."""
        sid = sid or self._next_sid("SM")
        form = twilio_webhooks.inbound_form(
            account_sid=SID, sid=sid, person=person, to=SENDER, body=text, name=name, kind=kind
        )
        form["NumMedia"] = str(len(media))
        for number, one in enumerate(media):
            form[f"MediaUrl{number}"] = f"{self.url}/2010-04-01/Accounts/{SID}/Messages/{sid}/Media/{one}"
            form[f"MediaContentType{number}"] = self._files[one].media_type
        return form

    def signed(self, path: str, form: Mapping[str, str]) -> dict[str, str]:
        """The headers of a genuine webhook."""
        return {
            "X-Twilio-Signature": twilio_webhooks.signature(self.public_url + path, form, TOKEN),
            "I-Twilio-Idempotency-Token": f"{self._next_sid('')[:8]}-0000-4000-8000-000000000000",
            "User-Agent": "TwilioProxy/1.1",
        }

    async def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Attempt:
        """Post a webhook once, as it is."""
        return await self._post(path, urlencode(form, errors="surrogatepass"), headers)

    async def _webhook(self, path: str, form: Mapping[str, str]) -> None:
        """Post with Twilio's tries: one more when no connection could be made, or as the fragment says."""
        path, fragment = urldefrag(path)
        overrides = dict(parse_qsl(fragment))
        policy = overrides.get("rp", "ct").split(",")
        headers = self.signed(path, form)
        body = urlencode(form)
        for _ in range(1 + int(overrides.get("rc", "1"))):
            attempt = await self._post(path, body, headers)
            if not _tried_again(attempt, policy):
                break
        if attempt.status == 200 and "xml" not in attempt.body[:100] and attempt.body.strip():
            self.violations.append("12300: a webhook was answered with something that is not TwiML")

    async def _post(self, path: str, body: str, headers: Mapping[str, str]) -> Attempt:
        began = time.monotonic()
        status, said = 0, ""
        sent = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", **headers}
        timeout = ClientTimeout(total=READ_S, sock_connect=CONNECT_S)
        assert self._http is not None
        try:
            url = (self.target or self.public_url) + path
            async with self._http.post(url, data=body, headers=sent, timeout=timeout) as response:
                status, said = response.status, await response.text()
        except ClientConnectorError:
            said = "ct"
        except TimeoutError:
            said = "rt"
            self.violations.append("a webhook was not answered within 15 s")
        except ClientError:
            said = "rt"
        attempt = Attempt(status, time.monotonic() - began, said)
        self.attempts.append(attempt)
        return attempt

    # ------------------------------------------------------------ from the queue to the phone

    async def _carry(self, message: Message) -> None:
        await self._became(message, "queued")
        await asyncio.sleep(self.sent_s + self.stalls_s.get(message.to, 0.0))
        if message.overtaken_by:
            await message.overtaken_by.gone.wait()
        error = self._fate(message) or await self._fetched(message)
        if error:
            message.error_code = error
            self.refusals[error] += 1
            message.gone.set()
            await self._became(message, "failed" if error in (63016, 30036) else "undelivered")
            return
        self._show(message)
        message.gone.set()
        await self._became(message, "sent")
        await asyncio.sleep(self.delivered_s)
        await self._became(message, "delivered")
        if self.read_s is not None:
            await asyncio.sleep(self.read_s)
            await self._became(message, "read")

    def _fate(self, message: Message) -> int:
        """The error that meets a message on its way; 0 when it arrives."""
        now = asyncio.get_running_loop().time()
        if now - message.made_at > message.validity_s:
            return 30036
        if message.to in self.strangers:
            return 63024
        if not message.content_sid and not self._window_open(message.to):
            return 63016
        if not self._spend("sender", SENDER_PER_S, SENDER_PER_S):
            return 63018
        if not self._spend(message.to, float(self.pair_burst), 1 / self.pair_refill_s):
            return self.pair_error
        return 0

    async def _fetched(self, message: Message) -> int:
        """Fetch the file of a message from us, as anybody could; an error when it is not there, or too large, or of a
        type that WhatsApp does not take."""
        if not message.media_url:
            return 0
        assert self._http
        if not message.media_url.startswith(self.public_url + "/"):
            self.violations.append("a file that does not lie at our public address")
            return 63019
        try:
            async with self._http.get(f"{self.target}{message.media_url.removeprefix(self.public_url)}") as answer:
                content, kind = await answer.read(), answer.content_type
        except ClientError:
            return 63019
        if answer.status != 200 or len(content) > MEDIA_BYTES_MAX or kind not in MEDIA_TYPES:
            return 63019
        message.file = File(content, kind)
        return 0

    def _window_open(self, person: str) -> bool:
        heard_at = self._heard_at.get(person)
        return heard_at is not None and datetime.now(UTC) - heard_at < WINDOW

    def _spend(self, key: str, capacity: float, per_s: float) -> bool:
        now = asyncio.get_running_loop().time()
        bucket = self._pairs.setdefault(key, _Bucket(capacity, now))
        bucket.tokens = min(capacity, bucket.tokens + (now - bucket.at) * per_s)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def _show(self, message: Message) -> None:
        message.sent_at = datetime.now(UTC)
        if message.to in self.opted_out:
            self.violations.append("a message to somebody who wrote STOP")
        bubble = Bubble(message.body, message.sid, asyncio.get_running_loop().time(), message.buttons)
        bubble = replace(bubble, file=message.file)
        self._phones.setdefault(message.to, []).append(bubble)
        self._typing_until.pop(message.to, None)

    async def _became(self, message: Message, status: str) -> None:
        """Change the status and tell about it, as badly as `callbacks` says."""
        message.status = status
        if not message.callback_url:
            return
        form = twilio_webhooks.status_form(
            account_sid=SID,
            sid=message.sid,
            sender=SENDER,
            to=message.to,
            status=status,
            error_code=message.error_code,
        )
        if status not in self.callbacks.never:
            message.unsaid += [form] * (2 if self.callbacks.twice else 1)
        last = status in _FINAL or (status == "delivered" and self.read_s is None)
        if self.callbacks.backwards and not last:
            return
        forms, message.unsaid = message.unsaid[:: -1 if self.callbacks.backwards else 1], []
        for one in forms:
            self._begin(self._call_back(message.callback_url.removeprefix(self.public_url), one))

    async def _call_back(self, path: str, form: Mapping[str, str]) -> None:
        await asyncio.sleep(self.callbacks.late_s)
        await self._webhook(path, form)

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ------------------------------------------------------------ the API

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=1_000_000)
        messages = "/2010-04-01/Accounts/{account}/Messages"
        app.add_routes(
            [
                web.post(messages + ".json", self._call("create", self._create)),
                web.get(messages + ".json", self._call("list", self._list)),
                web.get(messages + "/{sid}.json", self._call("fetch", self._fetch)),
                web.get(messages + "/{sid}/Media.json", self._call("media", self._media_list)),
                web.get(messages + "/{sid}/Media/{media}", self._call("media", self._media)),
                web.post("/v2/Indicators/Typing.json", self._call("typing", self._typing)),
                web.post("/people/{number}", self._by_hand),
                web.get("/people/{number}", self._by_hand),
            ]
        )
        return app

    def _call(
        self, kind: Call, work: Callable[[web.Request, dict[str, str]], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Count the call, check who calls, meet it with what the script says."""

        async def handle(request: web.Request) -> web.Response:
            loop = asyncio.get_running_loop()
            form = {name: str(value) for name, value in (await request.post()).items()}
            self.calls.append(Made(kind, form, time.monotonic(), loop.time()))
            if self._quiet_until.get(kind, 0.0) > loop.time():
                self.violations.append(f"{kind}: called while told to wait")
            self._in_flight += 1
            self._creating[form.get("To", "")] += kind == "create"
            if self._creating[form.get("To", "")] > 1:
                self.violations.append("two messages to one person were being made at once")
            try:
                await asyncio.sleep(self.latency_s)
                if request.headers.get("Authorization") != _basic(SID, TOKEN):
                    return self._refuse(twilio_rules.NO_AUTH)
                if request.match_info.get("account", SID) != SID:
                    return self._refuse(twilio_rules.not_found(request.path))
                if self._in_flight > IN_FLIGHT_MAX:
                    return self._refuse(twilio_rules.TOO_MANY)
                script = self._script.get(kind)
                if script:
                    return await self._play(kind, script.popleft(), request, form, work)
                return await work(request, form)
            finally:
                self._in_flight -= 1
                self._creating[form.get("To", "")] -= kind == "create"

        return handle

    async def _play(
        self,
        kind: Call,
        fault: Fault,
        request: web.Request,
        form: dict[str, str],
        work: Callable[[web.Request, dict[str, str]], Awaitable[web.Response]],
    ) -> web.Response:
        assert request.transport is not None
        match fault:
            case TooMany(retry_after_s=wait):
                headers = {"Retry-After": str(wait)} if wait is not None else {}
                self._quiet_until[kind] = asyncio.get_running_loop().time() + (wait or 0)
                refusal = twilio_rules.TOO_MANY
                return self._refuse(Refusal(refusal.status, refusal.code, refusal.message, headers))
            case Broken(status=status):
                return web.Response(status=status, text="<html><body>upstream</body></html>", content_type="text/html")
            case Refuse(refusal=refusal):
                return self._refuse(refusal)
            case Hang():
                await self._over.wait()
            case LateAnswer(seconds=seconds):
                response = await work(request, form)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), seconds)
                return response
            case LoseAnswer():
                await work(request, form)
                request.transport.abort()
            case Reset():
                request.transport.abort()
        return web.Response()

    def _refuse(self, refusal: Refusal) -> web.Response:
        self.refusals[refusal.code] += 1
        return web.json_response(refusal.body(), status=refusal.status, headers=dict(refusal.headers))

    async def _create(self, request: web.Request, form: dict[str, str]) -> web.Response:
        if names := twilio_rules.unknown(form):
            self.violations.append(f"create: Twilio knows no {sorted(names)}")
        opted_out = self.opted_out if self.opt_out_at_twilio else ()
        refusal = twilio_rules.judge_create(form, sender=SENDER, templates=self.templates, opted_out=opted_out)
        if refusal:
            return self._refuse(refusal)
        if self.window_error_on_create and "ContentSid" not in form and not self._window_open(form["To"]):
            return self._refuse(Refusal(400, 63016, "Failed to send freeform message: you are outside the window"))
        message = self._made(form)
        self._watch_order(message)
        self.messages[message.sid] = message
        self._begin(self._carry(message))
        return web.json_response(self._resource(message), status=201)

    def _made(self, form: Mapping[str, str]) -> Message:
        template = self.templates.get(form.get("ContentSid", ""))
        return Message(
            self._next_sid("MM" if template or "MediaUrl" in form else "SM"),
            "outbound-api",
            SENDER,
            form["To"],
            twilio_rules.filled(template, form.get("ContentVariables", "{}")) if template else form.get("Body", ""),
            datetime.now(UTC),
            "queued",
            media_url=form.get("MediaUrl", ""),
            callback_url=form.get("StatusCallback", ""),
            content_sid=form.get("ContentSid", ""),
            validity_s=float(form.get("ValidityPeriod", twilio_rules.VALIDITY_S_MAX)),
            buttons=template.buttons if template else (),
            made_at=asyncio.get_running_loop().time(),
        )

    def _watch_order(self, message: Message) -> None:
        """Nobody promises that two messages in the queue keep their order, so they do not."""
        queued = [other for other in self.outbound(message.to) if not other.gone.is_set()]
        if not queued:
            return
        if message.made_at - queued[-1].made_at < PATIENCE_S:
            self.violations.append("a message was made before the one before it was sent")
        if self.swap:
            queued[-1].overtaken_by = message

    async def _fetch(self, request: web.Request, form: dict[str, str]) -> web.Response:
        message = self.messages.get(request.match_info["sid"])
        if message is None:
            return self._refuse(twilio_rules.not_found(request.path))
        return web.json_response(self._resource(message))

    async def _list(self, request: web.Request, form: dict[str, str]) -> web.Response:
        """Newest first; a page at a time. Dates count as whole days, and who is not sent yet has no date."""
        asked = request.query
        size = min(int(asked.get("PageSize", "50")), twilio_rules.PAGE_SIZE_MAX)
        page = int(asked.get("Page", "0"))
        horizon = datetime.now(UTC) - timedelta(seconds=self.list_lag_s)
        known = [m for m in self.messages.values() if m.created_at <= horizon and _asked_for(m, asked)][::-1]
        shown = known[page * size : (page + 1) * size]
        more = len(known) > (page + 1) * size
        query = {name: value for name, value in asked.items() if name not in ("Page", "PageToken")}
        following = urlencode({**query, "Page": page + 1, "PageToken": f"PA{shown[-1].sid}" if shown else ""})
        return web.json_response(
            {
                "messages": [self._resource(message) for message in shown],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + len(shown) - 1,
                "uri": request.path_qs,
                "first_page_uri": f"{request.path}?{urlencode({**query, 'Page': 0})}",
                "previous_page_uri": None,
                "next_page_uri": f"{request.path}?{following}" if more else None,
            }
        )

    def _resource(self, message: Message) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{SID}/Messages/{message.sid}"
        return {
            "account_sid": SID,
            "api_version": "2010-04-01",
            "body": message.body,
            "date_created": format_datetime(message.created_at),
            "date_sent": format_datetime(message.sent_at) if message.sent_at else None,
            "date_updated": format_datetime(message.created_at),
            "direction": message.direction,
            "error_code": message.error_code or None,
            "error_message": f"error {message.error_code}" if message.error_code else None,
            "from": message.sender,
            "messaging_service_sid": None,
            "num_media": str(len(message.media)),
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": message.sid,
            "status": message.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": message.to,
            "uri": f"{uri}.json",
        }

    async def _media_list(self, request: web.Request, form: dict[str, str]) -> web.Response:
        message = self.messages.get(request.match_info["sid"])
        if message is None:
            return self._refuse(twilio_rules.not_found(request.path))
        listed = [
            {
                "sid": sid,
                "account_sid": SID,
                "parent_sid": message.sid,
                "content_type": self._files[sid].media_type,
                "date_created": format_datetime(message.created_at),
                "date_updated": format_datetime(message.created_at),
                "uri": f"/2010-04-01/Accounts/{SID}/Messages/{message.sid}/Media/{sid}.json",
            }
            for sid in message.media
        ]
        page = {"page": 0, "page_size": 50, "start": 0, "end": len(listed), "uri": request.path_qs}
        uris = {"first_page_uri": request.path_qs, "next_page_uri": None, "previous_page_uri": None}
        return web.json_response({"media_list": listed, **page, **uris})

    async def _media(self, request: web.Request, form: dict[str, str]) -> web.Response:
        """Media lies on another host, which needs no credentials and must not get any."""
        sid = request.match_info["media"]
        if self.media_404s > 0 or sid not in self._files:
            self.media_404s -= 1
            return self._refuse(twilio_rules.not_found(request.path))
        location = self.media_at or f"{self.foreign_url}/{SID}/{sid}?Signature=signed"
        return web.Response(status=307, headers={"Location": location})

    async def _typing(self, request: web.Request, form: dict[str, str]) -> web.Response:
        message = self.messages.get(form.get("messageId", ""))
        if form.get("channel") != "whatsapp":
            return self._refuse(Refusal(400, 20001, "channel is not valid"))
        if message is None or message.direction != "inbound":
            return self._refuse(Refusal(400, 20001, "messageId is not an inbound message of this account"))
        now = asyncio.get_running_loop().time()
        self._typing_until[message.sender] = now + TYPING_S
        self.typing_calls.append((message.sender, now))
        self.read.add(message.sid)
        return web.json_response({"success": True})

    # ------------------------------------------------------------ the other host

    def _foreign_app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._foreign)
        return app

    async def _foreign(self, request: web.Request) -> web.StreamResponse:
        """A file by the end of its path; `/endless` never ends."""
        with_credentials = "Authorization" in request.headers
        self.foreign_requests.append((request.path, with_credentials))
        if with_credentials:
            self.violations.append("credentials were sent to a host that is not Twilio's")
        if request.path == "/endless":
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b"x" * 10_000)
        file = self._files.get(request.path.rpartition("/")[2], File(b"somebody else's", "text/plain"))
        return web.Response(body=file.content, content_type=file.media_type)

    # ------------------------------------------------------------ small things

    async def _by_hand(self, request: web.Request) -> web.Response:
        person = "whatsapp:" + request.match_info["number"]
        if request.method == "POST":
            await self.says(await request.text(), person)
        return web.json_response([bubble.text for bubble in self.visible(person)])

    def _next_sid(self, prefix: str) -> str:
        self._ids += 1
        return prefix + f"{self._ids:032x}"


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _tried_again(attempt: Attempt, policy: list[str]) -> bool:
    """`ct` no connection, `rt` no answer in time, `4xx` and `5xx` by status, `all` any of them."""
    if attempt.status:
        failure = f"{attempt.status // 100}xx"
        return attempt.status >= 400 and (failure in policy or "all" in policy)
    return attempt.body in policy or "all" in policy


def _asked_for(message: Message, asked: Mapping[str, str]) -> bool:
    if asked.get("To", message.to) != message.to or asked.get("From", message.sender) != message.sender:
        return False
    bounds = [(name, date.fromisoformat(asked[name][:10])) for name in asked if name.startswith("DateSent")]
    if not bounds:
        return True
    if message.sent_at is None:
        return False
    day = message.sent_at.date()
    fits = {"DateSent": lambda d: day == d, "DateSent>": lambda d: day >= d, "DateSent<": lambda d: day <= d}
    return all(fits[name](bound) for name, bound in bounds)


async def _main(port: int, target: str) -> None:
    async with TwilioServer.start(port=port, public_url=target) as fake:
        print(f"Twilio, with account {SID} and token {TOKEN}: {fake.url}")  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4013)
    parser.add_argument("--target", default="http://127.0.0.1:8080")
    asked_for = parser.parse_args()
    asyncio.run(_main(asked_for.port, asked_for.target))

"""Stands in for Slack: keeps state, refuses what the real one refuses, enforces its limits, plays failures by script.

The Web API is at `{url}/api/<method>`, Socket Mode behind apps.connections.open; `slack.people` write, click and stop.
What Slack would let pass but must never happen stands in `violations`, which must be empty at the end of a test.
By hand: `python -m tests.fakes.slack_server --port 4020`, then BRIDGE_CHANNELS__SLACK__API_URL=http://127.0.0.1:4020/api/.
"""

import argparse
import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from aiohttp import web

from tests.fakes import slack_rules as rules
from tests.fakes.loopback import on_loopback
from tests.fakes.slack_limits import Limits
from tests.fakes.slack_methods import Methods
from tests.fakes.slack_people import People
from tests.fakes.slack_rules import Refused
from tests.fakes.slack_sockets import Sockets
from tests.fakes.slack_state import APP_ID, APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, TEAM, Message, Team, Trigger

BODY_BYTES_MAX = 64 * 1024 * 1024
FILE_PIECE_BYTES = 65_536
TRIGGER_S = 3.0
_LOGIN = "<html><title>Sign in to Slack</title></html>"

# ---------------------------------------------------------------- what a script may say


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call ends instead of well; `slow` takes its time, `lost` and `lost_late` do what was asked and lose the
    answer, `late` does it only after that."""

    kind: Literal["refused", "ratelimited", "broken", "reset", "hang", "slow", "lost", "lost_late", "late"]
    error: str = ""
    status: int = 503
    seconds: float = 0.0


def refused(error: str) -> Fault:
    return Fault("refused", error)


def ratelimited(seconds: int) -> Fault:
    return Fault("ratelimited", seconds=seconds)


def broken(status: int = 503) -> Fault:
    """An answer that is no JSON, as from a proxy."""
    return Fault("broken", status=status)


def hang(seconds: float) -> Fault:
    """Nothing is done and nothing is said for so long; then the connection breaks."""
    return Fault("hang", seconds=seconds)


def slow(seconds: float) -> Fault:
    """All is well, but only after so long."""
    return Fault("slow", seconds=seconds)


def lost_late(seconds: float) -> Fault:
    """Done, and no answer for so long; then the connection breaks."""
    return Fault("lost_late", seconds=seconds)


def late(seconds: float) -> Fault:
    """The connection breaks at once, and what was asked is done so much later."""
    return Fault("late", seconds=seconds)


RESET = Fault("reset")
LOST = Fault("lost")


@dataclass(slots=True)
class Call:
    """One call of the Web API. Mutable until it is answered."""

    method: str
    args: dict[str, Any]
    at: float
    """The event loop's time at which it arrived; `monotonic` is the machine's."""
    monotonic: float
    team: str = ""
    ended_at: float = 0.0
    error: str = ""
    """Slack's word for the refusal, or the fault; empty when all went well."""

    @property
    def channel(self) -> str:
        return str(self.args.get("channel") or self.args.get("channel_id") or "")


# ---------------------------------------------------------------- the server


@dataclass(slots=True)
class SlackServer:
    """Mutable. Outlives the servers that talk to it."""

    signing_secret: str = SIGNING_SECRET
    latency_s: float = 0.0
    """How long every call takes; its effect comes in the middle."""
    stream_life_s: float = 300.0
    agents: bool = True
    """Whether the workspace has agent sessions and suggested prompts."""
    takes_feedback: bool = True
    """Whether its messages take `context_actions` blocks."""
    target: str = ""
    """Where events, clicks and commands are posted; when empty they go to open sockets."""
    echoes: bool = True
    """Tell the app of its own messages and edits, as Slack does."""
    behind_s: float = 0.0
    """How long ago what people write now is said to be written."""
    distributed: bool = False
    """The app is sold outside the Marketplace: it may read little."""
    retry_delays_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    limits: Limits = field(default_factory=Limits)
    calls: list[Call] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """By Slack's word for them; scripted ones left out."""
    wasted: int = 0
    """Edits that changed nothing people see."""
    file_bytes_sent: int = 0
    url: str = ""
    teams: dict[str, Team] = field(default_factory=dict)
    may_be_called: set[str] = field(default_factory=set)
    """Channels where the app may call everybody who is there."""
    share_s: float = 0.0
    """How long Slack takes to show a file after it was uploaded."""
    drops_shares: bool = False
    """Files that are uploaded are never shown, though Slack says so."""
    triggers: dict[str, Trigger] = field(default_factory=dict)
    """What opens a form, by its id."""
    codes: dict[str, str] = field(default_factory=dict)
    """OAuth codes that can still be exchanged, and their teams."""
    people: People = field(init=False)
    sockets: Sockets = field(init=False)
    http: aiohttp.ClientSession = field(init=False)
    background: set[asyncio.Task[Any]] = field(default_factory=set)
    plan: dict[str, deque[Fault | None]] = field(default_factory=dict)
    _busy: Counter[tuple[str, str]] = field(default_factory=Counter)
    _ts: int = 0
    _ids: int = 0
    _passed_s: float = 0.0

    def __post_init__(self) -> None:
        self.add_team(TEAM, BOT_TOKEN)
        if self.distributed:
            self.limits.per_minute |= dict.fromkeys(rules.READING, rules.DISTRIBUTED_READS_PER_MINUTE)
        self.people = People(self)
        self.sockets = Sockets(self)

    @classmethod
    @asynccontextmanager
    async def start(cls, *, port: int = 0, **fields: Any) -> AsyncIterator["SlackServer"]:
        """Run one on a loopback port for as long as the block lasts."""
        slack = cls(**fields)
        async with (
            on_loopback(slack.app(), port=port) as slack.url,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as slack.http,
        ):
            try:
                yield slack
            finally:
                for task in slack.background:
                    task.cancel()
                await asyncio.gather(*slack.background, return_exceptions=True)
                await slack.sockets.close()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.add_routes(
            [
                web.post("/api/{method}", self._api),
                web.get("/api/{method}", self._api),
                web.get("/files/{file}/{name}", self._file),
                web.post("/upload/v1/{file}", self._upload),
                web.get("/login", _login),
                web.get("/oauth/v2/authorize", self._authorize),
                web.get("/link/", self.sockets.connect),
                web.post("/response/{id}", self.people.hear_response),
            ]
        )
        return app

    # ------------------------------------------------------------ for tests

    @property
    def team(self) -> Team:
        """The first workspace."""
        return next(iter(self.teams.values()))

    def add_team(self, team_id: str, bot_token: str) -> Team:
        """Another workspace that has the app."""
        number = len(self.teams)
        team = Team(team_id, bot_token, f"U0BOT{number}", f"B0BOT{number}", people={"U1": "Ada", "U2": "Béla"})
        self.teams[team_id] = team
        return team

    def will(self, method: str, *faults: Fault | None) -> None:
        """Plan how the next calls of a method end; None for well."""
        self.plan.setdefault(method, deque()).extend(faults)

    def of(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    def now(self) -> float:
        """The clock of limits, statuses and streams."""
        return asyncio.get_running_loop().time() + self._passed_s

    def pass_time(self, seconds: float) -> None:
        """Let Slack believe that so much time has passed."""
        self._passed_s += seconds

    def visible(self, channel: str, thread: str | None = None, *, team: Team | None = None) -> list[Message]:
        """What people see in a channel: its own messages, or those of a thread with its first. Oldest first."""
        return [
            message
            for message in (team or self.team).messages.values()
            if message.channel == channel
            and not message.deleted
            and (not message.thread_ts if thread is None else thread in (message.ts, message.thread_ts))
        ]

    def answers(self, channel: str, thread: str | None = None, *, team: Team | None = None) -> list[Message]:
        """Those that the app has written; with no `thread`, wherever they stand in the channel."""
        messages = (team or self.team).messages.values()
        return [
            message
            for message in messages
            if message.channel == channel
            and message.bot_id
            and not message.deleted
            and thread in (None, message.thread_ts)
        ]

    def status(self, channel: str, thread: str, *, team: Team | None = None) -> str:
        """What is shown below the thread while an answer is made; empty when nothing is."""
        status = (team or self.team).statuses.get((channel, thread))
        return status.text if status and self.now() < status.until else ""

    def session(self, channel: str, thread: str, *, team: Team | None = None) -> str:
        """The state of the thread's agent session; `processing` shows a stop button."""
        session = (team or self.team).sessions.get((channel, thread))
        return session.status if session else ""

    def vanish(self, message: Message) -> None:
        """Somebody deletes the message, and nobody tells the app."""
        message.deleted = True

    # ------------------------------------------------------------ for the parts of this fake

    def new_ts(self) -> str:
        """Unique and rising, in microseconds of the machine's clock."""
        self._ts = max(self._ts + 1, time.time_ns() // 1_000 - int(self.behind_s * 1_000_000))
        return f"{self._ts // 1_000_000}.{self._ts % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        self._ids += 1
        return f"{prefix}{self._ids:09d}"

    def new_trigger(self, team: str, user: str) -> str:
        """What opens one form within three seconds."""
        key = self.new_id("trigger-")
        self.triggers[key] = Trigger(team, user, self.now() + TRIGGER_S)
        return key

    def violated(self, rule: str) -> None:
        self.violations.append(rule)

    def in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    def team_of(self, token: str) -> Team:
        """The workspace of a bot token. May raise Refused."""
        if not token:
            raise Refused("not_authed")
        for team in self.teams.values():
            if team.bot_token == token:
                if team.revoked:
                    raise Refused("token_revoked")
                return team
        raise Refused("not_allowed_token_type" if token == APP_TOKEN else "invalid_auth")

    # ------------------------------------------------------------ the Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args, token = await _arguments(request)
        call = Call(method, args, self.now(), time.monotonic())
        self.calls.append(call)
        planned = self.plan.get(method)
        fault = planned.popleft() if planned else None
        target = (call.channel, str(args.get("ts", ""))) if "ts" in args and method.startswith("chat.") else None
        if target and self._busy[target]:
            self.violated(f"{method} of {target[1]} during another call")
        self._busy.update([target] if target else [])
        try:
            return await self._play(request, call, token, fault)
        finally:
            call.ended_at = self.now()
            self._busy.subtract([target] if target else [])
            gone = request.transport is None or request.transport.is_closing()
            if fault is None and gone and method not in rules.READING:
                self.violated(f"{method} was cut off by the client")

    async def _play(self, request: web.Request, call: Call, token: str, fault: Fault | None) -> web.StreamResponse:
        if fault and fault.kind == "late":
            call.error = fault.kind
            self.in_background(self._do_late(call, token, request.headers.copy(), fault.seconds))
            return _cut(request)
        if fault and fault.kind not in ("lost", "lost_late", "slow"):
            return await self._fail(request, call, token, fault)
        await asyncio.sleep(self.latency_s / 2)
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        status, headers = 200, {}
        try:
            body = await self._do(call, token, request.headers)
        except Refused as refusal:
            call.error = refusal.error
            self.refusals[refusal.error] += 1
            body, status = refusal.body(), refusal.status
            headers = {"Retry-After": str(refusal.retry_after_s)} if refusal.retry_after_s else {}
        if fault and fault.kind != "slow":
            call.error = call.error or fault.kind
            await asyncio.sleep(fault.seconds)
            return _cut(request)
        await asyncio.sleep(self.latency_s / 2)
        return web.json_response(body, status=status, headers=headers)

    async def _do(self, call: Call, token: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Answer a call. May raise Refused."""
        methods = Methods(self, call.args)
        if call.method == "oauth.v2.access":
            return methods.oauth_v2_access(headers.get("Authorization", ""))
        if call.method == "apps.connections.open":
            if token != APP_TOKEN:
                raise Refused("not_allowed_token_type" if token.startswith("xoxb-") else "invalid_auth")
            self.limits.spend(self, APP_ID, call.method, call.args)
            return {"ok": True, "url": self.sockets.new_url()}
        methods.team = self.team_of(token)
        call.team = methods.team.id
        answer = methods.by_name(call.method)
        methods.judge_scope(rules.METHOD_SCOPES.get(call.method, ""))
        self.limits.spend(self, call.team, call.method, call.args)
        return {"ok": True, **answer()}

    async def _do_late(self, call: Call, token: str, headers: Mapping[str, str], seconds: float) -> None:
        await asyncio.sleep(seconds)
        with suppress(Refused):
            await self._do(call, token, headers)

    async def _fail(self, request: web.Request, call: Call, token: str, fault: Fault) -> web.StreamResponse:
        """End a call as planned, with nothing done."""
        call.error = fault.error or fault.kind
        await asyncio.sleep(self.latency_s)
        match fault.kind:
            case "refused":
                return web.json_response(Refused(fault.error).body())
            case "ratelimited":
                team = next((team.id for team in self.teams.values() if team.bot_token == token), "")
                self.limits.quieten(self, team, call.method, call.args, int(fault.seconds))
                return web.json_response(
                    Refused("ratelimited").body(), status=429, headers={"Retry-After": str(int(fault.seconds))}
                )
            case "broken":
                return web.Response(text="<html>upstream error</html>", status=fault.status, content_type="text/html")
            case _:
                await asyncio.sleep(fault.seconds)
                return _cut(request)

    # ------------------------------------------------------------ the rest of slack.com

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes; whoever has no good token is sent to a page that answers 200, as by the real one."""
        team_id, _, file_id = request.match_info["file"].partition("-")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        team = self.teams.get(team_id)
        if team is None or token != team.bot_token or file_id not in team.files:
            raise web.HTTPFound("/login")
        about, content = team.files[file_id]
        response = web.StreamResponse(headers={"Content-Type": about["mimetype"], "Content-Length": str(len(content))})
        await response.prepare(request)
        with suppress(ConnectionError):  # the client has read enough
            for start in range(0, len(content), FILE_PIECE_BYTES):
                await response.write(content[start : start + FILE_PIECE_BYTES])
                self.file_bytes_sent += FILE_PIECE_BYTES
        return response

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """Takes the bytes of a file: raw, or as a form."""
        team_id, _, file_id = request.match_info["file"].partition("-")
        call = Call("upload", {"file": file_id}, self.now(), time.monotonic(), team=team_id)
        self.calls.append(call)
        planned = self.plan.get("upload")
        if fault := planned.popleft() if planned else None:
            return await self._fail(request, call, "", fault)
        upload = self.teams[team_id].uploads.get(file_id) if team_id in self.teams else None
        if request.headers.get("Authorization"):
            self.violated("a token went along with a file")
        if request.content_type.startswith("multipart/"):
            parts = [part.file.read() for part in (await request.post()).values() if isinstance(part, web.FileField)]
            data = parts[0] if parts else b""
        else:
            data = await request.read()
        if upload is None or upload.completed or len(data) != upload.length:
            raise web.HTTPBadRequest(text="invalid upload")
        upload.data = data
        return web.Response(text=f"OK - {len(data)}")

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        """The page where a person allows the app; this one always does, for the workspace named in `team`."""
        code = self.new_id("code-")
        self.codes[code] = request.query.get("team", TEAM)
        state = request.query.get("state", "")
        raise web.HTTPFound(f"{request.query['redirect_uri']}?code={code}&state={state}")


async def _login(_: web.Request) -> web.Response:
    return web.Response(text=_LOGIN, content_type="text/html")


async def _arguments(request: web.Request) -> tuple[dict[str, Any], str]:
    """The arguments of a call, wherever they stand, and its token."""
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read())
        except ValueError:
            body = {}
        args |= body if isinstance(body, dict) else {}
    else:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    token = str(args.pop("token", "") or "")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return args, bearer if scheme == "Bearer" else token


def _cut(request: web.Request) -> web.Response:
    """Break the connection off."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Slack.")
    parser.add_argument("--port", type=int, default=4020)
    parser.add_argument("--latency-s", type=float, default=0.03)
    parser.add_argument("--target", default="http://127.0.0.1:8080/slack/events", help="where events are posted")
    parser.add_argument("--ask", help="let a person ask this in a direct message, and print what they see")
    options = parser.parse_args()
    async with SlackServer.start(port=options.port, latency_s=options.latency_s, target=options.target) as slack:
        known = f"SLACK_BOT_TOKEN={BOT_TOKEN} SLACK_SIGNING_SECRET={SIGNING_SECRET} SLACK_APP_TOKEN={APP_TOKEN}"
        print(f"{slack.url}/api/\n{known}", flush=True)  # noqa: T201 - a command line prints
        if options.ask:
            ts = await slack.people.say("U1", slack.team.direct("U1").id, options.ask)
            print(ts, flush=True)  # noqa: T201
        seen = ""
        while True:
            await asyncio.sleep(0.2)
            shown = "\n".join(f"{m.user}: {m.shown}" for m in slack.team.messages.values() if not m.deleted)
            if shown != seen:
                seen = shown
                print(f"--- {time.strftime('%X')}\n{seen}", flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_main())

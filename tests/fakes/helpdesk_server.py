"""Zendesk, Freshdesk and a receiver of webhooks on loopback, as strict as the real ones where it matters: they ask who
is there, refuse what they would refuse, and remember what was opened. `fail` says how the next requests end."""

import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.fakes.loopback import on_loopback

AGENT, ZENDESK_TOKEN, FRESHDESK_KEY, SECRET = "agent@example.com", "zd-token", "fd-key", "webhook-secret"
Failing = Literal["lost", "reset", "500", "429", "404", "401", "422", "redirect", "garbage"]
"""`lost`: it is opened and the answer never comes; `reset`: it is not opened, and no answer comes either."""


@dataclass
class Helpdesk:
    """Mutable."""

    url: str = ""
    tickets: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"zendesk": [], "freshdesk": [], "hook": []}
    )
    requests: list[str] = field(default_factory=list)
    fail: list[Failing] = field(default_factory=list)
    keys: dict[str, tuple[bytes, dict[str, Any]]] = field(default_factory=dict)

    # ------------------------------------------------------------ Zendesk

    async def zendesk(self, request: web.Request) -> web.StreamResponse:
        self._authorized(request, f"{AGENT}/token:{ZENDESK_TOKEN}")
        if request.method == "GET":
            wanted = request.query["external_id"]
            return web.json_response({"tickets": [t for t in self._all("zendesk") if t["external_id"] == wanted]})
        body = await request.read()
        key = request.headers["Idempotency-Key"]
        if key in self.keys:
            known, made = self.keys[key]
            status, answer = (201, {"ticket": made}) if known == body else (400, {"error": "IdempotencyError"})
            return web.json_response(answer, status=status)
        ticket = json.loads(body)["ticket"]
        if not ticket.get("subject") or not ticket.get("comment") or "<script" in ticket["comment"]["html_body"]:
            return web.json_response({"error": "RecordInvalid"}, status=422)
        made = ticket | {"id": 7_000 + len(self._all("zendesk"))}
        return await self._opened(
            "zendesk", made, {"ticket": made}, request, lambda: self.keys.update({key: (body, made)})
        )

    async def zendesk_me(self, request: web.Request) -> web.StreamResponse:
        """Whoever it does not know is somebody without an id."""
        try:
            self._authorized(request, f"{AGENT}/token:{ZENDESK_TOKEN}")
        except web.HTTPUnauthorized:
            return web.json_response({"user": {"id": None, "name": "Anonymous user"}})
        return web.json_response({"user": {"id": 1, "email": AGENT}})

    # ------------------------------------------------------------ Freshdesk

    async def freshdesk_me(self, request: web.Request) -> web.StreamResponse:
        self._authorized(request, f"{FRESHDESK_KEY}:X")
        return web.json_response({"id": 1})

    async def freshdesk(self, request: web.Request) -> web.StreamResponse:
        self._authorized(request, f"{FRESHDESK_KEY}:X")
        if request.method == "GET":
            wanted = request.query["unique_external_id"]
            found = [t for t in self._all("freshdesk") if t["unique_external_id"] == wanted]
            return web.json_response([{key: t[key] for key in ("id", "subject", "tags")} for t in found])
        ticket = await request.json()
        whole = {"subject", "description", "status", "priority", "unique_external_id", "name"} <= ticket.keys()
        if not whole or not all(isinstance(tag, str) and len(tag) <= 32 for tag in ticket["tags"]):
            return web.json_response({"description": "Validation failed"}, status=400)
        made = ticket | {"id": 100 + len(self._all("freshdesk"))}
        return await self._opened("freshdesk", made, made, request)

    # ------------------------------------------------------------ a webhook

    async def hook(self, request: web.Request) -> web.StreamResponse:
        body, at = await request.read(), request.headers["X-Bridge-Timestamp"]
        wanted = hmac.new(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        if request.headers["X-Bridge-Signature"] != f"sha256={wanted}":
            raise web.HTTPUnauthorized
        made = json.loads(body) | {"key": request.headers["Idempotency-Key"]}
        if any(known["key"] == made["key"] for known in self._all("hook")):
            return web.json_response({"number": "H-1"})
        return await self._opened("hook", made, {"number": "H-1"}, request)

    # ------------------------------------------------------------ both

    def _all(self, name: str) -> list[dict[str, Any]]:
        return self.tickets[name]

    def _authorized(self, request: web.Request, wanted: str) -> None:
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic" or b64decode(sent).decode() != wanted:
            raise web.HTTPUnauthorized

    async def _opened(
        self, name: str, made: dict[str, Any], answer: Any, request: web.Request, keep: Any = lambda: None
    ) -> web.StreamResponse:
        failing = self.fail.pop(0) if self.fail else ""
        if failing == "lost" or not failing:
            self._all(name).append(made)
            keep()
        match failing:
            case "lost" | "reset":
                assert request.transport
                request.transport.abort()
                return web.Response()
            case "redirect":
                raise web.HTTPFound("http://127.0.0.1:9/elsewhere")
            case "429":
                return web.Response(status=429, headers={"Retry-After": "7"})
            case "garbage":
                return web.Response(text="<html>", status=200)
            case "":
                return web.json_response(answer, status=201)
        return web.Response(status=int(failing))


@asynccontextmanager
async def helpdesk() -> AsyncIterator[Helpdesk]:
    """All three, below one address."""
    desk = Helpdesk()

    @web.middleware
    async def noted(request: web.Request, handler: Any) -> web.StreamResponse:
        desk.requests.append(f"{request.method} {request.path}")
        answer: web.StreamResponse = await handler(request)
        return answer

    app = web.Application(middlewares=[noted])
    for path, handler in (
        ("/zd/api/v2/tickets.json", desk.zendesk),
        ("/zd/api/v2/users/me.json", desk.zendesk_me),
        ("/fd/api/v2/tickets", desk.freshdesk),
        ("/fd/api/v2/agents/me", desk.freshdesk_me),
        ("/hook", desk.hook),
    ):
        app.router.add_route("*", path, handler)
    async with on_loopback(app) as url:
        desk.url = url
        yield desk

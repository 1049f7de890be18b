"""Stands in for Twilio Verify: keeps verifications, refuses what Twilio refuses, and plays failures by script."""

import base64
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.loopback import on_loopback
from tests.fakes.twilio_rules import NO_AUTH, Refusal, not_found
from tests.fakes.twilio_server import SID, TOKEN

SERVICE = "VA" + "5" * 32
CHECKS_MAX = 5
SENDS_MAX = 5
CHANNELS = ("sms", "whatsapp", "call", "email")
_LOCALES = "af ar ca zh cs da de el en es fi fr he hi hr hu id it ja ko ms nb nl pl pt ro ru sv th tl tr vi"
_E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(slots=True)
class Verification:
    sid: str
    to: str
    code: str
    locale: str
    sends: int = 1
    checks: int = 0


@dataclass(slots=True)
class TwilioVerifyServer:
    """One account with one service. Mutable; start it with `start()`."""

    url: str = ""
    verifications: dict[str, Verification] = field(default_factory=dict)
    """Those that are pending, by number."""
    unreachable: set[str] = field(default_factory=set)
    """Numbers that no message reaches."""
    blocked: set[str] = field(default_factory=set)
    """Numbers that Twilio takes for fraud."""
    failing: int = 0
    """A status that every call is answered."""
    words: bytes = b""
    """What every call is answered, instead of JSON."""
    code_length: int = 6
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def start(cls) -> AsyncIterator["TwilioVerifyServer"]:
        fake = cls()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", fake._answer)
        async with on_loopback(app) as fake.url:
            yield fake

    def code(self, to: str) -> str:
        """What the phone of this number shows."""
        return self.verifications[to].code

    def expire(self, to: str) -> None:
        del self.verifications[to]

    async def _answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        path = request.path.removeprefix(f"/v2/Services/{SERVICE}")
        self.calls.append((f"{request.method} {path}", form))
        expected = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if self.words:
            return web.Response(body=self.words)
        if self.failing:
            return _refused(Refusal(self.failing, 20500, "Internal Server Error"))
        if request.headers.get("Authorization") != expected:
            return _refused(NO_AUTH)
        return self._obey(f"{request.method} {path}", form, request.path)

    def _obey(self, call: str, form: dict[str, str], path: str) -> web.Response:
        match call:
            case "GET ":
                return web.json_response({"sid": SERVICE, "code_length": self.code_length})
            case "POST /Verifications":
                return self._start(form)
            case "POST /VerificationCheck":
                return self._check(form, path)
        return _refused(not_found(path))

    def _start(self, form: dict[str, str]) -> web.Response:
        self._know(form, {"To", "Channel", "Locale"})
        to = form.get("To", "")
        if not _E164.fullmatch(to) or to in self.unreachable:
            return _refused(Refusal(400, 60200, f"Invalid parameter `To`: {to}"))
        if to in self.blocked:
            return _refused(Refusal(403, 60410, f"Verification delivery attempt blocked: {to}"))
        if form.get("Channel") not in CHANNELS or form.get("Locale", "en") not in _LOCALES.split():
            return _refused(Refusal(400, 60200, "Invalid parameter"))
        pending = self.verifications.get(to)
        if pending and pending.sends >= SENDS_MAX:
            return _refused(Refusal(429, 60203, f"Max send attempts reached: {to}"))
        if pending:  # the same code once more
            pending.sends += 1
        else:
            code = "".join(secrets.choice("0123456789") for _ in range(6))
            pending = Verification("VE" + secrets.token_hex(16), to, code, form.get("Locale", ""))
            self.verifications[to] = pending
        return web.json_response({"sid": pending.sid, "to": to, "status": "pending", "valid": False}, status=201)

    def _check(self, form: dict[str, str], path: str) -> web.Response:
        self._know(form, {"To", "VerificationSid", "Code"})
        whom = form.get("To"), form.get("VerificationSid")
        pending = next((one for one in self.verifications.values() if one.to == whom[0] or one.sid == whom[1]), None)
        if not re.fullmatch(r"\d{4,10}", form.get("Code", ""), re.ASCII):
            return _refused(Refusal(400, 60200, "Invalid parameter `Code`"))
        if pending is None:
            return _refused(not_found(path))
        if pending.checks >= CHECKS_MAX:
            return _refused(Refusal(429, 60202, "Max check attempts reached"))
        pending.checks += 1
        approved = pending.code == form["Code"]
        if approved:
            del self.verifications[pending.to]
        status = "approved" if approved else "pending"
        return web.json_response({"sid": pending.sid, "to": pending.to, "status": status, "valid": approved})

    def _know(self, form: dict[str, str], names: set[str]) -> None:
        if strange := set(form) - names:
            self.violations.append(f"Twilio knows no {sorted(strange)}")


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body(), status=refusal.status)

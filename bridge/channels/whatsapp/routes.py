"""WhatsApp's HTTP: messages and delivery callbacks, each with Twilio's signature."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web
from pydantic import SecretStr

from bridge.channels.whatsapp.following import Follower
from bridge.channels.whatsapp.inbound import Form, fields, heard, told
from bridge.channels.whatsapp.reception import Reception
from bridge.channels.whatsapp.signature import genuine
from bridge.errors import BadSignature
from bridge.ports import Routes

NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""Twilio wants TwiML for an answer; what we have to say goes through its API."""


class Handlers:
    """One method a route."""

    def __init__(
        self, *, sender: str, public_url: str, tokens: Sequence[SecretStr], reception: Reception, follower: Follower
    ) -> None:
        self._sender = sender
        self._public_url = public_url
        self._tokens = tokens
        self._reception = reception
        self._follower = follower

    def routes(self) -> Routes:
        return [web.post("/twilio/whatsapp", self.message), web.post("/twilio/status", self.status)]

    async def message(self, request: web.Request) -> web.Response:
        """Keep a message; 200 once it is stored."""
        form = await self._form(request)
        await self._reception.hear(heard(form, self._sender, datetime.now(UTC)))
        return web.Response(text=NOTHING_TO_SAY, content_type="text/xml")

    async def status(self, request: web.Request) -> web.Response:
        """Hear what became of a message of ours."""
        form = await self._form(request)
        await self._follower.hear(told(form, request.query))
        return web.Response(status=204)

    async def _form(self, request: web.Request) -> Form:
        """The fields, when they are Twilio's."""
        form = fields(await request.read(), request.content_type)
        signature = request.headers.get("X-Twilio-Signature", "")
        if not genuine(self._public_url, request.raw_path, form, signature, self._tokens):
            raise BadSignature("X-Twilio-Signature does not fit")
        return form

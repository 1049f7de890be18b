"""The webhook: Telegram's posts, with our secret in a header."""

import hmac

from aiohttp import web

from bridge.channels.telegram.hearing import Hearing
from bridge.channels.telegram.secret import SECRET_HEADER
from bridge.channels.telegram.updates import parsed
from bridge.errors import BadPayload, BadSignature, ChannelError


class Webhook:
    """One route. The secret is all that tells Telegram from anybody else, so it is checked before anything is read."""

    def __init__(self, secret: str, hearing: Hearing) -> None:
        self._secret = secret.encode()
        self._hearing = hearing

    async def handle(self, request: web.Request) -> web.Response:
        """200 once the update is stored."""
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            raise BadSignature("the secret is missing or wrong")
        if request.content_type != "application/json":
            raise BadPayload("the body is not JSON")
        try:
            await self._hearing.hear(parsed(await request.read()))
        except ChannelError as error:
            # Only who we are can be missing; Telegram comes again.
            raise web.HTTPServiceUnavailable from error
        return web.Response()

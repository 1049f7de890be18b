"""Slack's webhooks: events, clicks and commands, all at one address, verified before anything is read."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import SecretStr

from bridge.channels.slack import signature
from bridge.errors import BadPayload
from bridge.ports import Routes

FIELDS_MAX = 100
Hear = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]
"""Takes the payload of a webhook; returns what Slack is told. May raise InboundError, StoreUnavailable."""


def routes(secret: SecretStr, hear: Hear) -> Routes:
    async def events(request: web.Request) -> web.Response:
        """Answered when what it says is stored, and not before."""
        body = await request.read()
        signature.check(secret.get_secret_value(), request.headers, body)
        payload = parsed(request.content_type, body)
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": str(payload.get("challenge", ""))})
        answer = await hear(payload)
        return web.Response() if answer is None else web.json_response(answer)

    return [web.post("/slack/events", events)]


def parsed(media_type: str, body: bytes) -> Mapping[str, Any]:
    """The payload of a webhook. May raise BadPayload."""
    if media_type == "application/json":
        return _object(body)
    if media_type != "application/x-www-form-urlencoded":
        raise BadPayload("neither JSON nor a form")
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError as error:
        raise BadPayload(f"the form cannot be read: {type(error).__name__}") from None
    if "payload" in form:
        return _object(form["payload"].encode("utf-8", "replace"))
    return form


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadPayload(f"the body is not JSON: {type(error).__name__}") from None
    if not isinstance(parsed, dict):
        raise BadPayload("the body is not a JSON object")
    return parsed

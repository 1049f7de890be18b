"""Bolt between Slack and us: it reads each payload and finds the listener it is for.

Bolt would acknowledge an event first and run its listener later, on its own; then an event that was acknowledged is
lost with the process. Told to process before the response, it answers when the listener has stored what was said.
Signatures are checked before (its check raises on hostile headers), and Socket Mode's envelopes come the same way.
"""

import logging
import re
from collections.abc import Awaitable, Mapping
from typing import Any, cast

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

from bridge.channels.slack.cards import DESK
from bridge.channels.slack.ears import Ears
from bridge.channels.slack.place import NAME
from bridge.errors import BadPayload
from bridge.logs import event

log = logging.getLogger(__name__)

# Bolt writes payloads into its debug lines, and complains of every click that is for nobody.
_LOG = logging.getLogger("bridge.channels.slack.bolt")
_LOG.setLevel(logging.CRITICAL)
_ERROR, _ANSWER = "bridge_error", "bridge_answer"
"""Where listeners leave what came of a payload: Bolt turns it into a response that says less."""

_ADDRESSES = ("response_url", "response_urls")


class Front:
    """Hands payloads to `ears`. Bolt makes a client of its own for each; no listener of ours uses it."""

    def __init__(self, ears: Ears) -> None:
        self._app = _bolt(ears)

    async def hear(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Returns once what was said is stored; what Slack is told, if anything. May raise InboundError,
        StoreUnavailable."""
        if payload.get("type") == "app_rate_limited":
            event(log, "Slack leaves events out: too many in an hour", level=logging.WARNING, channel=NAME)
            return None
        if _by_a_bot(payload):
            return None
        try:
            # Bolt would post to these addresses by itself, to tell people of a workspace that it does not know.
            body = {name: value for name, value in payload.items() if name not in _ADDRESSES}
            request = AsyncBoltRequest(mode="socket_mode", body=body)
            response = await self._app.async_dispatch(request)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadPayload(f"Bolt cannot read the payload: {type(error).__name__}") from None
        if (failure := request.context.get(_ERROR)) is not None:
            raise failure
        if response.status >= 500:
            raise BadPayload("Bolt cannot read the payload")
        return request.context.get(_ANSWER)


def _by_a_bot(payload: Mapping[str, Any]) -> bool:
    """Slack tells us of each of our own edits, too: Bolt need not see them. What other bots say is for nobody here
    either, or two would talk for ever."""
    said = payload.get("event")
    if not isinstance(said, dict) or said.get("type") not in ("message", "app_mention"):
        return False
    messages = (said, said.get("message"), said.get("previous_message"))
    return any(isinstance(message, dict) and message.get("bot_id") for message in messages)


def _bolt(ears: Ears) -> AsyncApp:
    """An app whose listeners are `ears`. Bolt reads the names of their arguments, so they are plain functions."""

    async def authorize(context: AsyncBoltContext, team_id: str | None) -> AuthorizeResult | None:
        """Leave to ears whom we serve: in a channel that companies share a click names the workspace of whoever
        clicks, not the installation's. Asks Slack nothing: an event must be stored also while it is away."""
        if not (isinstance(team_id, str) and team_id):
            context[_ERROR] = BadPayload("a payload of no workspace")
            return None
        return AuthorizeResult(enterprise_id=None, team_id=team_id)

    async def happened(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
        await heard(ack, context, ears.event(body))

    async def click(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
        await heard(ack, context, ears.click(body))

    async def form(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
        await heard(ack, context, ears.form(body))

    async def command(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
        await heard(ack, context, ears.command(body))

    async def heard(ack: AsyncAck, context: AsyncBoltContext, hearing: Awaitable[Mapping[str, Any] | None]) -> None:
        try:
            context[_ANSWER] = await hearing
        except Exception as error:  # handed on: Bolt would log it with the payload
            context[_ERROR] = error
        await ack()

    app = AsyncApp(
        logger=_LOG,
        authorize=cast(Any, authorize),  # Bolt takes None, though it does not say so
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.event(re.compile(""))(happened)
    app.block_action(re.compile(f"^(bridge_|{DESK})"))(click)
    app.view(re.compile(f"^{DESK}"))(form)
    app.command(re.compile(""))(command)
    return app

"""Bolt between Slack and us: it authorizes each payload for its workspace and finds the listener it is for.

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

from bridge.channels.slack.ears import Ears
from bridge.channels.slack.place import NAME
from bridge.channels.slack.tokens import Tokens
from bridge.errors import BadPayload, StoreUnavailable
from bridge.logs import event

log = logging.getLogger(__name__)

# Bolt writes payloads into its debug lines, and complains of every click that is for nobody.
_LOG = logging.getLogger("bridge.channels.slack.bolt")
_LOG.setLevel(logging.CRITICAL)
_ERROR, _ANSWER = "bridge_error", "bridge_answer"
"""Where listeners leave what came of a payload: Bolt turns it into a response that says less."""

_ADDRESSES = ("response_url", "response_urls")
_CLICK = "bridge_click"


class Front:
    """Hands payloads to `ears`. Bolt makes a client of its own for each; no listener of ours uses it."""

    def __init__(self, ears: Ears, tokens: Tokens) -> None:
        self._app = _bolt(ears, tokens)

    async def hear(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Returns once what was said is stored; what Slack is told, if anything. May raise InboundError,
        StoreUnavailable."""
        if payload.get("type") == "app_rate_limited":
            event(log, "Slack leaves events out: too many in an hour", level=logging.WARNING, channel=NAME)
            return None
        try:
            # Bolt would post to these addresses by itself, to tell people of a workspace that it does not know.
            body = {name: value for name, value in payload.items() if name not in _ADDRESSES}
            request = AsyncBoltRequest(mode="socket_mode", body=body)
            request.context[_CLICK] = payload.get("type") == "block_actions"
            response = await self._app.async_dispatch(request)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadPayload(f"Bolt cannot read the payload: {type(error).__name__}") from None
        if (failure := request.context.get(_ERROR)) is not None:
            raise failure
        if response.status >= 500 or not isinstance(payload.get("event", {}), dict):
            raise BadPayload("Bolt cannot read the payload")
        return request.context.get(_ANSWER)


def _bolt(ears: Ears, tokens: Tokens) -> AsyncApp:
    """An app whose listeners are `ears`. Bolt reads the names of their arguments, so they are plain functions."""

    async def authorize(context: AsyncBoltContext, team_id: str | None) -> AuthorizeResult | None:
        """None for a workspace that is not ours. Asks Slack nothing: an event must be stored also while it is away."""
        try:
            if not (isinstance(team_id, str) and team_id):
                raise BadPayload("a payload of no workspace")
            if context[_CLICK]:
                # In a channel that companies share it names the workspace of whoever clicks, not the installation's:
                # ears finds that by the turn that the button names.
                return AuthorizeResult(enterprise_id=None, team_id=team_id)
            return AuthorizeResult(enterprise_id=None, team_id=team_id) if await tokens.serves(team_id) else None
        except (BadPayload, StoreUnavailable) as error:
            context[_ERROR] = error  # Bolt would tell Slack that the app is not installed
            return None

    async def happened(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
        await heard(ack, context, ears.event(body))

    async def click(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
        await heard(ack, context, ears.click(body))

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
    app.block_action(re.compile("^bridge_"))(click)
    app.command(re.compile(""))(command)
    return app

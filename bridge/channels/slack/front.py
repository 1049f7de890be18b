"""Bolt between Slack and us: it authorizes each payload for its workspace and finds the listener it is for.

Bolt would acknowledge an event first and run its listener later, on its own; then an event that was acknowledged is
lost with the process. Told to process before the response, it answers when the listener has stored what was said.
Signatures are checked before (its check raises on hostile headers), and Socket Mode's envelopes come the same way.
"""

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bridge.channels.slack.ears import Ears
from bridge.channels.slack.tokens import Tokens

# Bolt writes payloads into its debug lines, and warns of every event that nobody listens to.
_LOG = logging.getLogger("bridge.channels.slack.bolt")
_LOG.setLevel(logging.ERROR)
_ERROR = "bridge_error"


class Front:
    """Hands payloads to `ears`. `client` is copied by Bolt for each request; no listener of ours uses it."""

    def __init__(self, ears: Ears, tokens: Tokens, client: AsyncWebClient) -> None:
        self._ears = ears
        self._tokens = tokens
        self._app = AsyncApp(
            logger=_LOG,
            client=client,
            authorize=self._authorize,
            process_before_response=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        self._app.event(re.compile(""))(self._event)
        self._app.block_action(re.compile("^bridge_"))(self._click)
        self._app.command(re.compile(""))(self._command)
        self._app.error(self._failed)

    async def hear(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Returns once what was said is stored; what Slack is told, if anything. May raise InboundError,
        StoreUnavailable."""
        request = AsyncBoltRequest(mode="socket_mode", body=dict(payload))
        response = await self._app.async_dispatch(request)
        if (error := request.context.get(_ERROR)) is not None:
            raise error
        answer = json.loads(response.body) if response.status == 200 and response.body else None
        return answer if isinstance(answer, dict) else None

    async def _authorize(self, context: AsyncBoltContext, team_id: str | None) -> AuthorizeResult | None:
        """None for a workspace that is not ours. Asks Slack nothing: an event must be stored also while it is away."""
        try:
            if team_id is None or not await self._tokens.serves(team_id):
                return None
        except Exception as error:
            context[_ERROR] = error  # Bolt would make another of it
            return None
        return AuthorizeResult(enterprise_id=None, team_id=team_id)

    async def _event(self, body: dict[str, Any]) -> None:
        await self._ears.event(body)

    async def _click(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._ears.click(body)
        await ack()

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(**await self._ears.command(body))

    async def _failed(self, error: Exception, context: AsyncBoltContext) -> BoltResponse:
        context[_ERROR] = error
        return BoltResponse(status=500)

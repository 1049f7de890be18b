"""Socket Mode as Slack speaks it: hello, envelopes, acknowledgements, disconnects."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.slack_server import SlackServer

ACK_S = 3.0


@dataclass(slots=True)
class Sockets:
    """Mutable: the open connections of the app."""

    slack: "SlackServer"
    open: list[web.WebSocketResponse] = field(default_factory=list)
    acks: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    connections: int = 0
    """How many there have been."""
    ack_s: float = ACK_S
    _tickets: set[str] = field(default_factory=set)

    def new_url(self) -> str:
        """A URL that is good for one connection."""
        ticket = self.slack.new_id("ticket-")
        self._tickets.add(ticket)
        return f"{self.slack.url.replace('http', 'ws', 1)}/link/?ticket={ticket}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if (ticket := request.query.get("ticket", "")) not in self._tickets:
            raise web.HTTPUnauthorized
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.open.append(socket)
        self.connections += 1
        await socket.send_json({"type": "hello", "num_connections": len(self.open), "debug_info": {}})
        try:
            async for message in socket:
                if message.type == web.WSMsgType.TEXT and message.data.startswith("{"):
                    self._acknowledged(json.loads(message.data))
        finally:
            self.open.remove(socket)
        return socket

    def _acknowledged(self, ack: dict[str, Any]) -> None:
        waiting = self.acks.pop(str(ack.get("envelope_id")), None)
        if waiting is None:
            self.slack.violated("an acknowledgement of an envelope that nobody sent, or a second one")
        elif not waiting.done():
            waiting.set_result(ack)

    async def send(self, kind: str, payload: dict[str, Any], attempt: int, reason: str) -> dict[str, Any] | None:
        """Send an envelope to one connection; its acknowledgement, or None when there is none in time."""
        if not self.open:
            return None
        envelope_id = self.slack.new_id("envelope-")
        envelope = {
            "envelope_id": envelope_id,
            "type": {"event": "events_api", "command": "slash_commands"}.get(kind, "interactive"),
            "accepts_response_payload": kind != "event",
            "payload": payload,
            "retry_attempt": attempt,
            "retry_reason": reason,
        }
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.acks[envelope_id] = waiting
        try:
            await self.open[self.connections % len(self.open)].send_json(envelope)
            async with asyncio.timeout(self.ack_s):
                return await waiting
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self.acks.pop(envelope_id, None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to come back on a new connection, and close the old ones."""
        for socket in list(self.open):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
            if reason != "warning":
                await socket.close()

    async def close(self) -> None:
        for socket in list(self.open):
            await socket.close()

"""Socket Mode: Slack's envelopes over a connection that we open, each acknowledged once it is safe.

The SDK's own client goes on trying an address that is good for one connection only, and writes what it hears into its
debug lines; this is little more than its loop.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import aiohttp

from bridge import metrics
from bridge.errors import BadPayload, ChannelError, RateLimited, StoreUnavailable
from bridge.logs import event

log = logging.getLogger(__name__)

BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 30.0
HEARTBEAT_S = 20.0
ENVELOPE_BYTES_MAX = 4 * 1024 * 1024

Hear = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]
"""Takes an envelope's payload, and returns what goes with the acknowledgement. May raise BadPayload (it would
be no better a second time), StoreUnavailable (it comes again)."""


async def listen(open_url: Callable[[], Awaitable[str]], hear: Hear, connected: Callable[[bool], None]) -> None:
    """Take envelopes until cancelled, over one connection after the other. `connected` is told when there is one, and
    when there is none."""
    backoff_s, known_down = BACKOFF_FIRST_S, False

    def greeted() -> None:
        nonlocal backoff_s, known_down
        event(log, "connected to Slack", level=logging.INFO)
        backoff_s, known_down = BACKOFF_FIRST_S, False
        connected(True)

    async with aiohttp.ClientSession() as http:
        while True:
            wait_s, backoff_s = backoff_s, min(BACKOFF_MAX_S, backoff_s * 2)
            try:
                url = await open_url()
                async with http.ws_connect(url, heartbeat=HEARTBEAT_S, max_msg_size=ENVELOPE_BYTES_MAX) as socket:
                    if await _converse(socket, greeted, hear):
                        wait_s = 0.0
            except (ChannelError, aiohttp.ClientError, OSError, TimeoutError) as error:
                if isinstance(error, RateLimited):
                    wait_s = error.retry_after_s
                if not known_down:  # said once, and once when it is back
                    why = type(error).__name__ if not isinstance(error, ChannelError) else str(error)
                    event(log, "no connection to Slack", level=logging.WARNING, error=why)
                known_down = True
            finally:  # whoever is cancelled may be begun again: until then nothing is heard
                connected(False)
            await asyncio.sleep(wait_s)


async def _converse(socket: aiohttp.ClientWebSocketResponse, greeted: Callable[[], None], hear: Hear) -> bool:
    """Take envelopes until Slack, once it has greeted us, asks for another connection (True), or this one breaks.
    Those under way are ended."""
    hello = False
    async with asyncio.TaskGroup() as group:
        async for message in socket:
            if message.type != aiohttp.WSMsgType.TEXT:
                continue
            try:
                envelope = json.loads(message.data)
            except ValueError:
                continue
            if not isinstance(envelope, dict):
                continue
            match envelope.get("type"):
                case "hello":
                    hello = True
                    greeted()
                case "disconnect":
                    return hello
                case _:
                    group.create_task(_take(socket, envelope, hear))
    return False


async def _take(socket: aiohttp.ClientWebSocketResponse, envelope: dict[str, Any], hear: Hear) -> None:
    """Hear one envelope and acknowledge it; without an acknowledgement it comes again."""
    answer = None
    try:
        payload = envelope.get("payload")
        answer = await hear(payload if isinstance(payload, dict) else {})
    except BadPayload as error:
        event(log, "an envelope cannot be read", level=logging.WARNING, error=error)
    except StoreUnavailable as error:
        event(log, "an envelope waits for the store", level=logging.WARNING, error=error)
        return
    except Exception as error:
        metrics.BUGS.labels("channel").inc()
        event(log, "an envelope was not understood", level=logging.ERROR, exc_info=error)
        return
    ack = {"envelope_id": envelope.get("envelope_id")} | ({"payload": dict(answer)} if answer else {})
    with suppress(ConnectionError):  # it comes again, and the store knows it
        await socket.send_json(ack)

"""WhatsApp in tests: the fake Twilio, and before it the whole server or the channel alone."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bridge.channels.whatsapp.channel import WhatsAppChannel
from bridge.channels.whatsapp.settings import Settings
from bridge.ports import Claim, Page, Store
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.types import Address, Inbound, Outcome, Sender, new_id
from bridge.web import application, runner
from tests.fakes.context import channel_context
from tests.fakes.loopback import listening
from tests.fakes.server import Answer, Server, echo, start_server
from tests.fakes.twilio_server import PERSON, SENDER, SID, TOKEN, TwilioServer

PUBLIC = "https://chat.example.com"
NUMBER = PERSON.removeprefix("whatsapp:")
TWILIO_SECRETS = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}
_QUICK = {"sent_s": 0.005, "delivered_s": 0.002, "read_s": 0.002}


@asynccontextmanager
async def on_whatsapp(
    answer: Answer = echo,
    *,
    store: Any = None,
    settings: Mapping[str, Any] | None = None,
    backend: Any = None,
    **options: Any,
) -> AsyncIterator[tuple[TwilioServer, Server]]:
    """A server that people reach through a fake Twilio; `options` are the fake's."""
    async with TwilioServer.start(public_url=PUBLIC, **_QUICK | options) as twilio:
        environ = {
            "BRIDGE_SERVER__PUBLIC_URL": PUBLIC,
            "BRIDGE_CHANNELS__WHATSAPP__ENABLED": "true",
            "BRIDGE_CHANNELS__WHATSAPP__API_URL": twilio.url,
            "BRIDGE_CHANNELS__WHATSAPP__FROM": SENDER,
            "BRIDGE_CHANNELS__WHATSAPP__SENT_WAIT_S": "0.5",
            **TWILIO_SECRETS,
        }
        async with start_server(
            answer, store=store, settings=environ | dict(settings or {}), backend=backend
        ) as server:
            twilio.target = server.url
            yield twilio, server


@asynccontextmanager
async def channel_alone(
    *,
    store: Any = None,
    settings: Mapping[str, Any] | None = None,
    public_url: str = PUBLIC,
    **options: Any,
) -> AsyncIterator[tuple[TwilioServer, WhatsAppChannel, MemoryStore]]:
    """The channel with its routes and nothing behind it. Options that the fake does not have go to its context."""
    kept = store or MemoryStore(MemorySettings())
    fields = TwilioServer.__dataclass_fields__
    fakes = {name: value for name, value in options.items() if name in fields}
    parts = {name: value for name, value in options.items() if name not in fields}
    async with TwilioServer.start(public_url=public_url, **_QUICK | fakes) as twilio:
        configured = Settings.model_validate({"api_url": twilio.url, "from": SENDER, **(settings or {})})
        context = channel_context(kept, TWILIO_SECRETS, public_url=public_url, **parts)
        channel = WhatsAppChannel(configured, context)
        ours = runner(application(store=kept, routes=[channel.routes()], status=dict))
        try:
            async with listening(ours) as twilio.target:
                yield twilio, channel, kept
        finally:
            await channel.close()


async def claimed(store: Store, text: str = "Do you ship?", sid: str = "") -> Claim:
    """A turn of the person's, taken for work."""
    inbound = Inbound(
        event_id=f"whatsapp:{new_id()}",
        address=Address("whatsapp", NUMBER, {"sid": sid}),
        sender=Sender(NUMBER, "Ana"),
        text=text,
        received_at=datetime.now(UTC),
    )
    await store.accept(inbound)
    claim = await store.claim(lease_s=30, wait_s=1)
    assert claim is not None
    return claim


def final(claim: Claim, text: str, number: int = 0, outcome: Outcome = Outcome.ANSWERED) -> Page:
    """The only or last page of an answer."""
    return Page(claim=claim, text=text, number=number, final=True, outcome=outcome)

"""WhatsApp, by way of Twilio: messages that cannot change, so an answer comes in few, and typing shows meanwhile."""

from collections.abc import Mapping

from pydantic import SecretStr

from bridge.channels.whatsapp import signature
from bridge.channels.whatsapp.settings import Settings
from bridge.ports import Channel, ChannelContext

SECRETS = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SECONDARY_AUTH_TOKEN")
"""The third, optional one also counts on webhooks: for the time in which the token is changed."""
REQUIRED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")


def signed(path: str, body: bytes, secrets: Mapping[str, SecretStr], public_url: str) -> dict[str, str]:
    """The headers with which Twilio would send a recording now."""
    return signature.headers(public_url, path, body, secrets["TWILIO_AUTH_TOKEN"])


def build(settings: Settings, context: ChannelContext) -> Channel:
    """The channel."""
    # Importing the SDK takes a noticeable part of a second: only when WhatsApp is enabled.
    from bridge.channels.whatsapp.channel import WhatsAppChannel

    return WhatsAppChannel(settings, context)

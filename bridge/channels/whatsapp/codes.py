"""Twilio's error codes, as far as something can be done about them. They come at once or later in a callback."""

from bridge.channels.whatsapp.api import Refused
from bridge.errors import ChannelError, ChannelUnavailable, RateLimited

WINDOW_CLOSED = 63016
"""More than 24 hours since the person's last message: only a template is taken."""
TOO_LONG = 21617
TOO_FAST = frozenset({63017, 63018, 131056, 130429})
"""Too many messages in all, from one sender, or (Meta's own 131056) from it to one person."""
NOT_SENT = frozenset({30001, 30036, 63012})
"""Stayed in Twilio's queue for too long, or WhatsApp was broken for a moment."""
TOO_FAST_WAIT_S = 30.0
"""WhatsApp lends a burst and wants the time back: six seconds a message."""


def failure(code: int) -> ChannelError:
    """What a message that failed with this code means."""
    if code in TOO_FAST:
        return RateLimited(f"WhatsApp asks for patience, error {code}", retry_after_s=TOO_FAST_WAIT_S)
    if code in NOT_SENT:
        return ChannelUnavailable(f"the message did not leave Twilio, error {code}")
    return Refused(code)

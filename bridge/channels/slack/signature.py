"""Slack's signature: HMAC-SHA256 over the raw body and a timestamp, compared in constant time."""

import hashlib
import hmac
import time
from collections.abc import Mapping

from bridge.errors import BadSignature

SKEW_S = 300
"""How far the sender's clock may be from ours; within it the store knows a message that comes again."""
_STAMP_CHARS_MAX = 12


def check(secret: str, given: Mapping[str, str], body: bytes) -> None:
    """Refuse what does not come from Slack. Takes any bytes and headers. May raise BadSignature."""
    stamp = given.get("X-Slack-Request-Timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _STAMP_CHARS_MAX):
        raise BadSignature("the timestamp is missing or no number")
    if abs(time.time() - int(stamp)) > SKEW_S:
        raise BadSignature("the timestamp is more than five minutes off")
    proof = given.get("X-Slack-Signature", "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(_signature(secret, stamp, body).encode(), proof):
        raise BadSignature("the signature is missing or wrong")


def headers(secret: str, body: bytes) -> dict[str, str]:
    """What Slack would send with a body now."""
    stamp = str(int(time.time()))
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": _signature(secret, stamp, body)}


def _signature(secret: str, stamp: str, body: bytes) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()

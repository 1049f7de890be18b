"""Tickets posted to an address of the business's own, signed as Stripe and others sign: a timestamp, and an HMAC-SHA256
over the timestamp, a dot and the raw body."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import SecretStr

from bridge.errors import ChannelUnavailable
from bridge.tickets.http import Http
from bridge.tickets.settings import WebhookSettings
from bridge.tickets.written import Written

NUMBER_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class Webhook:
    """See bridge.tickets.carrier.Sink."""

    settings: WebhookSettings
    secret: SecretStr
    http: Http
    clock: Callable[[], float] = time.time

    async def open(self, written: Written, *, again: bool) -> str:
        body = json.dumps(_event(written), ensure_ascii=False).encode()
        at = str(int(self.clock()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"bridge-{written.ticket.number}",
            "X-Bridge-Timestamp": at,
            "X-Bridge-Signature": f"sha256={signature(self.secret.get_secret_value(), at, body)}",
        }
        status, answer = await self.http.send("POST", self.settings.url, headers=headers, body=body)
        if status == 404:
            raise ChannelUnavailable("HTTP 404")
        theirs = answer.get("number") if isinstance(answer, dict) else None
        return str(theirs)[:NUMBER_CHARS_MAX] if isinstance(theirs, str | int) else "taken"

    async def check(self) -> str:
        """Nothing is posted without a ticket."""
        return "signed; not tried"


def signature(secret: str, at: str, body: bytes) -> str:
    """In hexadecimal digits."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def _event(written: Written) -> dict[str, Any]:
    ticket = {key: value for key, value in asdict(written.ticket).items() if key not in ("sinks", "failed", "state")}
    return {"event": "ticket.opened", "subject": written.subject, "text": written.text, "ticket": ticket}

"""Tickets in Zendesk Support. Each has our number as its external id, by which it is found again; Zendesk itself knows
a repeated request by its idempotency key, for two hours."""

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import SecretStr

from bridge.errors import ChannelUnavailable, Unconfirmed
from bridge.tickets.http import Http
from bridge.tickets.settings import ZendeskSettings
from bridge.tickets.written import Written


@dataclass(frozen=True, slots=True)
class Zendesk:
    """See bridge.tickets.carrier.Sink."""

    settings: ZendeskSettings
    token: SecretStr
    http: Http

    async def open(self, written: Written, *, again: bool) -> str:
        key = f"bridge-{written.ticket.number}"
        if again and (found := await self._find(key)):
            return found
        ticket = {
            "subject": written.subject,
            "comment": {"html_body": written.html, "public": False},
            "external_id": key,
            "tags": list(self.settings.tags),
        }
        body = json.dumps({"ticket": ticket}, ensure_ascii=False).encode()
        # Refused with another body under the same key: what was said may have gone on since the first try.
        once = f"{key}-{hashlib.sha256(body).hexdigest()[:16]}"
        headers = self._headers | {"Content-Type": "application/json", "Idempotency-Key": once}
        status, answer = await self.http.send(
            "POST", f"{self.settings.url}/api/v2/tickets.json", headers=headers, body=body
        )
        if status == 404:
            raise ChannelUnavailable("HTTP 404")
        try:
            return str(int(answer["ticket"]["id"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Unconfirmed("its answer names no ticket") from error

    async def check(self) -> str:
        """Whose token it is. May raise ChannelError."""
        status, answer = await self.http.send("GET", f"{self.settings.url}/api/v2/users/me.json", headers=self._headers)
        user = answer.get("user") if status < 300 and isinstance(answer, dict) else None
        # Without a token that is known, Zendesk answers about somebody without an id.
        if not isinstance(user, dict) or not user.get("id"):
            raise ChannelUnavailable("it knows no such agent or token")
        return f"the token of {self.settings.email}"

    async def _find(self, key: str) -> str:
        url = f"{self.settings.url}/api/v2/tickets.json?external_id={quote(key)}"
        _, answer = await self.http.send("GET", url, headers=self._headers)
        found = answer.get("tickets") if isinstance(answer, dict) else None
        ids = [each["id"] for each in found or () if isinstance(each, dict) and each.get("external_id") == key]
        return str(ids[0]) if ids else ""

    @property
    def _headers(self) -> dict[str, str]:
        name = f"{self.settings.email}/token:{self.token.get_secret_value()}"
        return {"Authorization": f"Basic {b64encode(name.encode()).decode()}"}

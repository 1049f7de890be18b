"""Tickets in Freshdesk. It knows no idempotency key: before a request is repeated, the tickets of the same requester,
which is the conversation, are looked through for one that is tagged with our number."""

import json
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import SecretStr

from bridge.errors import ChannelUnavailable, Unconfirmed
from bridge.tickets.http import Http
from bridge.tickets.settings import FreshdeskSettings
from bridge.tickets.written import Written

OPEN = 2
REQUESTER_CHARS_MAX = 60


@dataclass(frozen=True, slots=True)
class Freshdesk:
    """See bridge.tickets.carrier.Sink."""

    settings: FreshdeskSettings
    key: SecretStr
    http: Http

    async def open(self, written: Written, *, again: bool) -> str:
        requester = f"bridge:{written.ticket.conversation_id}"
        if again and (found := await self._find(requester, written.ticket.number)):
            return found
        ticket = {
            "subject": written.subject,
            "description": written.html,
            "status": OPEN,
            "priority": self.settings.priority,
            "unique_external_id": requester,
            "name": f"{written.channel} {written.ticket.customer_id or written.ticket.number}"[:REQUESTER_CHARS_MAX],
            "tags": [*self.settings.tags, written.ticket.number],
        }
        body = json.dumps(ticket, ensure_ascii=False).encode()
        headers = self._headers | {"Content-Type": "application/json"}
        status, answer = await self.http.send("POST", f"{self.settings.url}/api/v2/tickets", headers=headers, body=body)
        if status == 404:
            raise ChannelUnavailable("HTTP 404")
        try:
            return str(int(answer["id"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Unconfirmed("its answer names no ticket") from error

    async def check(self) -> str:
        """Whether the key is known. May raise ChannelError."""
        status, answer = await self.http.send("GET", f"{self.settings.url}/api/v2/agents/me", headers=self._headers)
        if status >= 300 or not isinstance(answer, dict) or not answer.get("id"):
            raise ChannelUnavailable("it knows no such agent")
        return "the key of an agent"

    async def _find(self, requester: str, number: str) -> str:
        url = f"{self.settings.url}/api/v2/tickets?unique_external_id={quote(requester, safe='')}&per_page=100"
        _, answer = await self.http.send("GET", url, headers=self._headers)
        found = answer if isinstance(answer, list) else []
        ids = [each["id"] for each in found if isinstance(each, dict) and number in each.get("tags", ())]
        return str(ids[0]) if ids else ""

    @property
    def _headers(self) -> dict[str, str]:
        name = f"{self.key.get_secret_value()}:X"
        return {"Authorization": f"Basic {b64encode(name.encode()).decode()}"}

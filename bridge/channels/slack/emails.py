"""E-mail addresses that Slack has confirmed, of members of the workspace where somebody writes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.channels.slack.api import SlackApi
from bridge.channels.slack.members import Members
from bridge.channels.slack.place import place_of
from bridge.ports import Accepted, Quotas, Receive
from bridge.types import Inbound


class Emails:
    """Remembers addresses."""

    def __init__(self, api: SlackApi, quotas: Quotas) -> None:
        self._members = Members(api, quotas, _confirmed)

    def vouching(self, receive: Receive) -> Receive:
        """Receives messages with what Slack says of their senders."""

        async def vouched(inbound: Inbound) -> Accepted:
            if not inbound.answer and (email := await self.of(place_of(inbound.address).team, inbound.sender.id)):
                inbound = replace(inbound, sender=replace(inbound.sender, vouched={"email": email}))
            return await receive(inbound)

        return vouched

    async def of(self, team: str, user: str) -> str:
        """The address of a member; "" for none, for guests of another company, and when Slack does not tell now."""
        return await self._members.of(team, user, outdated=False)


def _confirmed(about: Mapping[str, Any], team: str, user: str) -> str:
    """Only of somebody who is a member there, and whose address Slack itself has confirmed."""
    profile = about.get("profile")
    email = profile.get("email") if isinstance(profile, dict) else None
    member = about.get("id") == user and about.get("team_id") == team and about.get("is_email_confirmed") is True
    other = any(about.get(name) for name in ("is_stranger", "is_bot", "deleted"))
    return email if member and not other and isinstance(email, str) else ""

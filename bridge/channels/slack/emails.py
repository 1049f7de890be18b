"""E-mail addresses that Slack has confirmed, of members of the workspace where somebody writes."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.names import CALLS_PER_MINUTE, FAILED_KEEP_S, KEEP_MAX, KEEP_S, LOOK_S
from bridge.channels.slack.place import place_of
from bridge.errors import ChannelError, StoreUnavailable
from bridge.ports import Accepted, Bucket, Quotas, Receive
from bridge.types import Inbound


class Emails:
    """Mutable: remembers addresses for an hour."""

    def __init__(self, api: SlackApi, quotas: Quotas) -> None:
        self._api = api
        self._quotas = quotas
        self._known: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()

    def vouching(self, receive: Receive) -> Receive:
        """Receives messages with what Slack says of their senders."""

        async def vouched(inbound: Inbound) -> Accepted:
            if not inbound.answer and (email := await self.of(place_of(inbound.address).team, inbound.sender.id)):
                inbound = replace(inbound, sender=replace(inbound.sender, vouched={"email": email}))
            return await receive(inbound)

        return vouched

    async def of(self, team: str, user: str) -> str:
        """The address of a member; "" for none, for guests of another company, and when Slack does not tell now."""
        now = asyncio.get_running_loop().time()
        until, email = self._known.get((team, user), (0.0, ""))
        if now >= until:
            asked = await self._asked(team, user)
            email, keep_s = ("", FAILED_KEEP_S) if asked is None else (asked, KEEP_S)
            self._known[team, user] = (now + keep_s, email)
            self._known.move_to_end((team, user))
            if len(self._known) > KEEP_MAX:
                self._known.popitem(last=False)
        return email

    async def _asked(self, team: str, user: str) -> str | None:
        bucket = Bucket(f"slack:users.info:{team}", CALLS_PER_MINUTE / 2, CALLS_PER_MINUTE / 120)
        try:
            async with asyncio.timeout(LOOK_S):
                if await self._quotas.spend(bucket):
                    return None
                answer = await self._api.call(team, "users_info", user=user)
        except Refusal:
            return ""
        except (ChannelError, StoreUnavailable, TimeoutError):
            return None
        about = answer.get("user")
        return _confirmed(about, team, user) if isinstance(about, dict) else ""


def _confirmed(about: Mapping[str, Any], team: str, user: str) -> str:
    """Only of somebody who is a member there, and whose address Slack itself has confirmed."""
    profile = about.get("profile")
    email = profile.get("email") if isinstance(profile, dict) else None
    member = about.get("id") == user and about.get("team_id") == team and about.get("is_email_confirmed") is True
    other = any(about.get(name) for name in ("is_stranger", "is_bot", "deleted"))
    return email if member and not other and isinstance(email, str) else ""

"""What people see while an answer has no text yet: an agent session with Slack's own stop button, or a status line.

Both write the same place on the screen, so it is the one or the other. Their quotas are small and answers matter more:
what the quota does not carry is left out.
"""

import asyncio
from collections import OrderedDict
from typing import Any

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.place import Place
from bridge.ports import Bucket, Claim, Quotas
from bridge.types import TurnId

LATCH_S = 6 * 3600.0
"""How long a workspace is not asked again for what it has refused."""
SESSIONS_PER_MINUTE = 48
STATUSES_PER_MINUTE = 90
TITLE_CHARS_MAX = 80
PROCESSING_MAX = 10_000
ENDINGS_MAX = 3


class Latches:
    """What workspaces have refused, for as long as that is believed. Mutable."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def off(self, team: str, feature: str) -> bool:
        return asyncio.get_running_loop().time() < self._until.get((team, feature), 0.0)

    def turn_off(self, team: str, feature: str) -> None:
        self._until[team, feature] = asyncio.get_running_loop().time() + LATCH_S


class StatusLine:
    """Mutable: knows whose sessions are processing."""

    def __init__(self, api: SlackApi, quotas: Quotas, latches: Latches, *, sessions: bool) -> None:
        self._api = api
        self._quotas = quotas
        self._latches = latches
        self._sessions = sessions
        self._processing: OrderedDict[TurnId, None] = OrderedDict()

    async def show(self, place: Place, claim: Claim, label: str) -> None:
        """May raise ChannelError, StoreUnavailable."""
        if not place.thread or place.asked or claim.turn.id in self._processing:
            return
        if await self._begin_session(place, claim):
            return
        if self._latches.off(place.team, "status") or await self._spend("assistant.threads.setStatus", place, 1):
            return
        try:
            await self._api.call(
                place.team,
                "assistant_threads_setStatus",
                channel_id=place.channel,
                thread_ts=place.thread,
                status=label,
                loading_messages=[label],
            )
        except Refusal:
            self._latches.turn_off(place.team, "status")

    def over(self, claim: Claim) -> bool:
        """True when the session of this turn must be ended: it is processing, or an attempt before this may have
        left it so."""
        began = self._processing.pop(claim.turn.id, self) is None
        return began or (self._sessions and claim.attempts > 1)

    async def end(self, place: Place) -> None:
        """Take the stop button away. May raise ChannelError, StoreUnavailable."""
        if not self._latches.off(place.team, "sessions"):
            try:
                await self._set(place, "active")
            except Refusal:
                self._latches.turn_off(place.team, "sessions")

    async def _begin_session(self, place: Place, claim: Claim) -> bool:
        if not self._sessions or self._latches.off(place.team, "sessions"):
            return False
        if await self._spend("agents.sessions.setStatus", place, 2):  # its end needs a call too
            return False
        try:
            await self._set(place, "processing", title=claim.turn.question[:TITLE_CHARS_MAX])
        except Refusal:
            self._latches.turn_off(place.team, "sessions")
            return False
        self._processing[claim.turn.id] = None
        if len(self._processing) > PROCESSING_MAX:
            self._processing.popitem(last=False)
        return True

    async def _set(self, place: Place, status: str, **more: Any) -> None:
        await self._api.call(
            place.team,
            "agents_sessions_setStatus",
            channel_id=place.channel,
            thread_ts=place.thread,
            status=status,
            **more,
        )

    async def _spend(self, method: str, place: Place, tokens: int) -> float:
        per_minute = SESSIONS_PER_MINUTE if method.startswith("agents") else STATUSES_PER_MINUTE
        bucket = Bucket(f"slack:{method}:{place.team}", per_minute / 2, per_minute / 2 / 60)
        return await self._quotas.spend(bucket, tokens=tokens)

"""What people see while an answer has no text yet: an agent session with Slack's own stop button, or a status line.

Both write the same place on the screen, so it is the one or the other. Their quotas are small and answers matter more:
what the quota does not carry is left out.
"""

import asyncio
from collections import OrderedDict
from typing import Any

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.later import Later
from bridge.channels.slack.place import Place
from bridge.ports import Bucket, Claim, Quotas
from bridge.types import TurnId

UNSUPPORTED = {
    "access_denied",
    "feature_not_enabled",
    "method_deprecated",
    "method_not_supported_for_channel_type",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "team_access_not_granted",
    "unknown_method",
}
"""Slack does not have it here, and will not in a minute either. Other refusals are about one place."""
LATCH_S = 6 * 3600.0
"""How long a workspace is not asked again for what it has refused."""
SESSIONS_PER_MINUTE = 48
STATUSES_PER_MINUTE = 90
TITLE_CHARS_MAX = 80
PROCESSING_MAX = 10_000


class Latches:
    """What workspaces have refused, for as long as that is believed. Mutable."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def off(self, team: str, feature: str) -> bool:
        return asyncio.get_running_loop().time() < self._until.get((team, feature), 0.0)

    def refused(self, team: str, feature: str, refusal: Refusal) -> None:
        """Believe it if it is about the feature."""
        if refusal.code in UNSUPPORTED:
            self.turn_off(team, feature)

    def turn_off(self, team: str, feature: str) -> None:
        self._until[team, feature] = asyncio.get_running_loop().time() + LATCH_S


class StatusLine:
    """Mutable: knows whose sessions are processing."""

    def __init__(self, api: SlackApi, quotas: Quotas, latches: Latches, later: Later, *, sessions: bool) -> None:
        self._api = api
        self._quotas = quotas
        self._latches = latches
        self._later = later
        self._sessions = sessions
        self._calls: dict[TurnId, asyncio.Task[None]] = {}
        """What is on its way, by turn."""
        self._processing: OrderedDict[TurnId, None] = OrderedDict()

    def show(self, place: Place, claim: Claim, label: str) -> None:
        """Begin to show it. A call is never cut off: what it shows must be known, to be taken away again."""
        turn_id = claim.turn.id
        if not place.thread or place.asked or turn_id in self._processing or turn_id in self._calls:
            return
        if task := self._later.do("status", self._show(place, claim, label)):
            self._calls[turn_id] = task
            task.add_done_callback(lambda _: self._calls.pop(turn_id, None))

    async def settled(self, claim: Claim) -> None:
        """Wait for what is on its way: a status that arrived after its answer would stay."""
        if task := self._calls.get(claim.turn.id):
            await asyncio.wait([task])

    def over(self, place: Place, claim: Claim) -> None:
        """The answer is complete: take the stop button away, if there is one, or an attempt before this may have left
        one."""
        if claim.turn.id in self._processing or (self._sessions and claim.attempts > 1 and place.thread):
            self._processing.pop(claim.turn.id, None)
            self._later.do("session", self._end(place))

    async def _show(self, place: Place, claim: Claim, label: str) -> None:
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
        except Refusal as refusal:
            self._latches.refused(place.team, "status", refusal)

    async def _end(self, place: Place) -> None:
        if not self._latches.off(place.team, "sessions"):
            try:
                await self._set(place, "active")
            except Refusal as refusal:
                self._latches.refused(place.team, "sessions", refusal)

    async def _begin_session(self, place: Place, claim: Claim) -> bool:
        if not self._sessions or self._latches.off(place.team, "sessions"):
            return False
        if await self._spend("agents.sessions.setStatus", place, 2):  # its end needs a call too
            return False
        self._processing[claim.turn.id] = None  # also when the answer is lost
        if len(self._processing) > PROCESSING_MAX:
            self._processing.popitem(last=False)
        try:
            await self._set(place, "processing", title=claim.turn.question[:TITLE_CHARS_MAX])
        except Refusal as refusal:
            self._processing.pop(claim.turn.id, None)
            self._latches.refused(place.team, "sessions", refusal)
            return False
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

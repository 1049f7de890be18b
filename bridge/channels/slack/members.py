"""What Slack says of the people of a workspace, asked of it once an hour."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.errors import ChannelError, StoreUnavailable
from bridge.ports import Bucket, Quotas

KEEP_S = 3_600.0
FAILED_KEEP_S = 60.0
"""How long Slack is not asked again for what it did not tell."""
KEEP_MAX = 5_000
LOOK_S = 1.0
"""How long whatever needs it waits for it: Slack wants its answer within three seconds."""
CALLS_PER_MINUTE = 80
"""Of users.info; Slack allows 100."""

Reads = Callable[[Mapping[str, Any], str, str], str]
"""What is wanted of somebody's account, given their team and id; "" for nothing."""


class Members:
    """One thing about everybody. Mutable: remembers it."""

    def __init__(self, api: SlackApi, quotas: Quotas, reads: Reads) -> None:
        self._api = api
        self._quotas = quotas
        self._reads = reads
        self._known: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()
        """Until when it is believed, and what it is."""

    async def of(self, team: str, user: str, *, outdated: bool) -> str:
        """What Slack tells now; when it does not, what it told before if that may be `outdated`, else ""."""
        now = asyncio.get_running_loop().time()
        until, told = self._known.get((team, user), (0.0, ""))
        if now >= until:
            asked = await self._asked(team, user)
            before = told if outdated else ""
            told, keep_s = (before, FAILED_KEEP_S) if asked is None else (asked, KEEP_S)
            self._known[team, user] = (now + keep_s, told)
            self._known.move_to_end((team, user))
            if len(self._known) > KEEP_MAX:
                self._known.popitem(last=False)
        return told

    async def _asked(self, team: str, user: str) -> str | None:
        """None when Slack does not tell now."""
        bucket = Bucket(f"slack:users.info:{team}", CALLS_PER_MINUTE / 2, CALLS_PER_MINUTE / 120)
        try:
            async with asyncio.timeout(LOOK_S):
                if await self._quotas.spend(bucket):
                    return None
                answer = await self._api.call(team, "users_info", user=user)
        except Refusal:
            return ""  # they are of another company, or the app may not ask
        except (ChannelError, StoreUnavailable, TimeoutError):
            return None
        about = answer.get("user")
        return self._reads(about if isinstance(about, dict) else {}, team, user)

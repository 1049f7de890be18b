"""What people of a workspace are called, asked of Slack once an hour."""

import asyncio
from collections import OrderedDict

from bridge.channels.slack.api import Refusal, SlackApi
from bridge.channels.slack.text import kept
from bridge.errors import ChannelError, StoreUnavailable
from bridge.ports import Bucket, Quotas

KEEP_S = 3_600.0
FAILED_KEEP_S = 60.0
"""How long Slack is not asked again for a name that it did not tell."""
KEEP_MAX = 5_000
LOOK_S = 1.0
"""How long whatever needs a name waits for it: Slack wants its answer within three seconds."""
CALLS_PER_MINUTE = 80
"""Of users.info; Slack allows 100."""
NAME_CHARS_MAX = 80


class Names:
    """Mutable: remembers names."""

    def __init__(self, api: SlackApi, quotas: Quotas) -> None:
        self._api = api
        self._quotas = quotas
        self._known: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()
        """Until when a name is believed, and the name."""

    async def of(self, team: str, user: str, otherwise: str = "") -> str:
        """As they are shown to others there; `otherwise` when Slack does not tell now."""
        now = asyncio.get_running_loop().time()
        until, name = self._known.get((team, user), (0.0, ""))
        if now >= until:
            asked = await self._asked(team, user)
            name, keep_s = (name, FAILED_KEEP_S) if asked is None else (asked, KEEP_S)
            self._known[team, user] = (now + keep_s, name)
            self._known.move_to_end((team, user))
            if len(self._known) > KEEP_MAX:
                self._known.popitem(last=False)
        return name or kept(otherwise)[:NAME_CHARS_MAX]

    async def _asked(self, team: str, user: str) -> str | None:
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
        about = about if isinstance(about, dict) else {}
        profile = about.get("profile")
        profile = profile if isinstance(profile, dict) else {}
        shown = (profile.get("display_name"), profile.get("real_name"), about.get("real_name"), about.get("name"))
        return next((name for each in shown if (name := " ".join(kept(each).split()))), "")[:NAME_CHARS_MAX]

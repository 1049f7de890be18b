"""What people of a workspace are called."""

from collections.abc import Mapping
from typing import Any

from bridge.channels.slack.api import SlackApi
from bridge.channels.slack.members import Members
from bridge.channels.slack.text import kept
from bridge.ports import Quotas

NAME_CHARS_MAX = 80


class Names:
    """Remembers names."""

    def __init__(self, api: SlackApi, quotas: Quotas) -> None:
        self._members = Members(api, quotas, _shown)

    async def of(self, team: str, user: str, otherwise: str = "") -> str:
        """As they are shown to others there; `otherwise` when Slack does not tell now."""
        return await self._members.of(team, user, outdated=True) or kept(otherwise)[:NAME_CHARS_MAX]


def _shown(about: Mapping[str, Any], team: str, user: str) -> str:
    profile = about.get("profile")
    profile = profile if isinstance(profile, dict) else {}
    shown = (profile.get("display_name"), profile.get("real_name"), about.get("real_name"), about.get("name"))
    return next((name for each in shown if (name := " ".join(kept(each).split()))), "")[:NAME_CHARS_MAX]

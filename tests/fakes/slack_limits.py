"""Slack's rate limits: a sliding minute for each method and workspace, and one post a second for each channel."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_rules import METHOD_TIERS, TIERS_PER_MINUTE, Refused

if TYPE_CHECKING:
    from tests.fakes.slack_server import SlackServer

WINDOW_S = 60.0
POST_EVERY_S = 1.0
TEAM_POSTS_PER_MINUTE = 300
"""Slack says "several hundred" for a whole workspace."""
POSTING = ("chat.postMessage", "chat.startStream")
"""What counts as a message in a channel."""
GRACE_S = 0.1
"""Calls that were on their way when the refusal went out are no fault of the client's."""


@dataclass(slots=True)
class Limits:
    """Mutable. `enforced` off lets everything pass, for a look at what a client would do without limits."""

    enforced: bool = True
    per_minute: dict[str, int] = field(
        default_factory=lambda: {method: TIERS_PER_MINUTE[tier] for method, tier in METHOD_TIERS.items()}
    )
    post_burst: int = 1
    """Posts in a channel that may come at once after a silence."""
    _windows: dict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _posts: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """Tokens left of a channel's burst, and when they were counted."""
    _quiet: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """From when until when a caller was told to be quiet."""

    def spend(self, slack: "SlackServer", team: str, method: str, args: dict[str, Any]) -> None:
        """Count a call. May raise Refused."""
        if not self.enforced:
            return
        now = slack.now()
        key = _key(team, method, args)
        since, until = self._quiet.get(key, (0.0, 0.0))
        if since + GRACE_S + slack.latency_s < now < until:
            slack.violated(f"{method} {until - now:.2f} s before the Retry-After was over")
        wait_s = max(until - now, self._wait_s(team, method, args, now))
        if wait_s > 0:
            seconds = max(1, math.ceil(wait_s))
            self.quieten(slack, team, method, args, seconds)
            raise Refused("ratelimited", status=429, retry_after_s=seconds)
        self._windows[team, method].append(now)
        if method in POSTING:
            tokens, at = self._posts.get(key, (float(self.post_burst), now))
            left = min(float(self.post_burst), tokens + (now - at) / POST_EVERY_S)
            self._posts[key] = (left - 1.0, now)

    def quieten(self, slack: "SlackServer", team: str, method: str, args: dict[str, Any], seconds: int) -> None:
        """The caller is told to be quiet."""
        self._quiet[_key(team, method, args)] = (slack.now(), slack.now() + seconds)

    def used(self, team: str, method: str, now: float) -> int:
        """Calls within the last minute."""
        window = self._windows[team, method]
        while window and window[0] <= now - WINDOW_S:
            window.popleft()
        return len(window)

    def _wait_s(self, team: str, method: str, args: dict[str, Any], now: float) -> float:
        """Seconds until the call would be taken; 0 for now."""
        if method in POSTING:
            tokens, at = self._posts.get(_key(team, method, args), (float(self.post_burst), now))
            if (missing := 1.0 - min(float(self.post_burst), tokens + (now - at) / POST_EVERY_S)) > 1e-9:
                return missing * POST_EVERY_S
        calls_max = self.per_minute.get(method, TEAM_POSTS_PER_MINUTE)
        if self.used(team, method, now) < calls_max:
            return 0.0
        return self._windows[team, method][0] + WINDOW_S - now


def _key(team: str, method: str, args: dict[str, Any]) -> tuple[str, str]:
    """Whom a limit of the method concerns."""
    return (team, f"post in {args.get('channel', '')}" if method in POSTING else method)

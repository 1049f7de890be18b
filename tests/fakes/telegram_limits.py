"""Telegram's flood control, as strict as its published words allow: who asks too soon must be quiet for a while."""

import math
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from tests.fakes.telegram_rules import Refusal


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a bot may say. Messages and edits count the same."""

    chat_spacing_s: float = 1.0
    """From one message or edit of a chat to the next."""
    chat_burst: int = 1
    """So many may come at once when the chat was quiet before."""
    group_calls: int = 20
    group_window_s: float = 60.0
    bot_calls: int = 30
    bot_window_s: float = 1.0
    draft_calls: int = 90
    """Drafts of one chat in `draft_window_s`; not published, from reports."""
    draft_window_s: float = 60.0


@dataclass(slots=True)
class Flood:
    """Mutable: when what was said, and who must be quiet until when."""

    limits: Limits
    quiet_until: dict[Hashable, float] = field(default_factory=dict)
    """By chat id, or "bot" for everything."""
    _free_at: dict[Hashable, float] = field(default_factory=dict)
    _said: dict[Hashable, deque[float]] = field(default_factory=dict)

    def silence(self, who: Hashable, now: float, seconds: float) -> Refusal:
        """Order quiet, for at least a second; the answer that says so."""
        whole = max(1, math.ceil(seconds))
        self.quiet_until[who] = max(self.quiet_until.get(who, 0.0), now + whole)
        return too_many(whole)

    def quiet_for(self, chat: int | None, now: float) -> float:
        """How long the chat must still be quiet; 0 when it need not."""
        return max(0.0, *(self.quiet_until.get(who, 0.0) - now for who in ("bot", chat)))

    def again(self, wait_s: float) -> Refusal:
        """The answer to who was not quiet."""
        return too_many(math.ceil(wait_s))

    def message(self, chat: int, now: float, *, group: bool) -> None:
        """Count a message or an edit. May raise Refusal: then nothing is counted, and the chat must be quiet."""
        spacing, room = self.limits.chat_spacing_s, (self.limits.chat_burst - 1) * self.limits.chat_spacing_s
        if (wait := self._free_at.get(chat, 0.0) - room - now) > 0:
            raise self.silence(chat, now, wait)
        if group:
            self._window(("group", chat), chat, now, self.limits.group_calls, self.limits.group_window_s)
        self._window("bot", "bot", now, self.limits.bot_calls, self.limits.bot_window_s)
        if group:
            self._said["group", chat].append(now)
        self._said["bot"].append(now)
        self._free_at[chat] = max(now, self._free_at.get(chat, 0.0)) + spacing

    def draft(self, chat: int, now: float) -> None:
        """Count a draft. May raise Refusal."""
        self._window(("draft", chat), chat, now, self.limits.draft_calls, self.limits.draft_window_s)
        self._window("bot", "bot", now, self.limits.bot_calls, self.limits.bot_window_s)
        self._said["draft", chat].append(now)
        self._said["bot"].append(now)

    def _window(self, key: Hashable, who: Hashable, now: float, calls: int, window_s: float) -> None:
        said = self._said.setdefault(key, deque())
        while said and said[0] <= now - window_s:
            said.popleft()
        if len(said) >= calls:
            raise self.silence(who, now, said[0] + window_s - now)


def too_many(retry_after: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)

"""An answer on a platform whose messages can change: its pages are split anew from each draft, and every message is
edited until it shows its page."""

import asyncio

from bridge.delivery.messages import Messages, visible
from bridge.markdown.closed import closed
from bridge.markdown.split import split
from bridge.ports import Limits, Page
from bridge.types import Reply

SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "؟")
LOOK_AGAIN_S = 1.0
"""How soon a draft that was refused a call asks again: what it must leave falls with its age."""
CONTINUED_CHARS = 400
"""What an earlier attempt showed stays until a new draft is as long, or has had its time, and fills as many messages.
How long it was is written down when it passes so many characters, and twice as many, and so on."""
CONTINUED_PER_S = 100.0
"""Characters a second: answers are seldom written more slowly."""
CONTINUED_WAIT_MAX_S = 20.0
"""The most time a draft has: a message that stands still for longer looks dead, which is worse than to shrink."""


class Pages:
    """Mutable; belongs to one turn."""

    def __init__(self, messages: Messages, limits: Limits) -> None:
        self._messages = messages
        self._limits = limits
        self._continued = messages.count
        """How many messages an earlier attempt left ..."""
        self._continued_chars = _noted(messages)
        """... and how many characters they show at most ..."""
        self._continued_wait_s = min(CONTINUED_WAIT_MAX_S, self._continued_chars / CONTINUED_PER_S)
        """... and how long that stays at most."""
        self._called_at: float | None = None
        self._text_at: float | None = None

    async def show(self, text: str) -> float | None:
        """Make at most one call towards a draft. Returns the seconds until it is worth trying again, None when
        it is shown. May raise as `Messages.write`, and StoreUnavailable."""
        now = asyncio.get_running_loop().time()
        if (wait_s := self._too_soon(text, now)) > 0:
            return wait_s
        parts = split(text, self._limits.size_max, self._limits.size)
        if not visible(parts[-1]):  # so far only the beginning of something
            parts.pop()
        if not parts or (self._called_at is None and len(parts) < self._continued):
            return None
        pages = [
            Page(claim=self._messages.claim, text=part, number=number, last=number == len(parts) - 1)
            for number, part in enumerate(parts)
        ]
        page = next((page for page in pages if not self._messages.shows(page)), None)
        if page is None and self._messages.count <= len(pages):
            return None
        kind = self._messages.needs(page) if page else "edit"
        if wait_s := await self._refused(kind, now):
            return min(wait_s, LOOK_AGAIN_S)
        self._called_at = now
        if page:
            await self._messages.write(page, _note(text))
        else:
            await self._messages.trim(self._messages.count - 1)
        await self._messages.note_first(_note(text))
        return self._too_soon(text, asyncio.get_running_loop().time())

    async def finish(self, reply: Reply) -> None:
        """Show the final reply, and nothing else. May raise as `Messages.write`."""
        parts = split(composed(reply.text, reply, self._limits), self._limits.size_max, self._limits.size)
        await self._messages.land(parts, reply)
        await self._messages.trim(len(parts))

    def _too_soon(self, text: str, now: float) -> float:
        """The seconds until a draft may be shown as far as its own message goes."""
        if self._called_at is not None:
            return self._called_at + self._limits.edit_interval_s - now
        if self._text_at is None:
            self._text_at = now
        if self._continued:
            wait_s = self._text_at + self._continued_wait_s - now
            return 0.0 if len(text) >= self._continued_chars else min(wait_s, LOOK_AGAIN_S)
        if len(text) >= self._limits.first_chars or text.rstrip(" ").endswith(SENTENCE_ENDS):
            return 0.0
        return self._text_at + self._limits.first_wait_s - now

    async def _refused(self, kind: str, now: float) -> float:
        """The seconds until the platform's quota may have a call to spare; 0 when it was taken."""
        pace = self._messages.pace
        if wait_s := await pace.admit():
            return wait_s
        since = self._text_at if self._called_at is None else self._called_at
        return await pace.draft("post" if kind == "post" else "edit", 0.0 if since is None else now - since)


def _note(text: str) -> str:
    """What the messages of a draft show at most, in characters: exact enough, and seldom another."""
    chars = CONTINUED_CHARS
    while chars < len(text):
        chars *= 2
    return str(chars)


def _noted(messages: Messages) -> int:
    """The number in the note of the first message; it may come from a version that noted none."""
    note = next(iter(messages.notes), "")
    return int(note) if note.isdecimal() else CONTINUED_CHARS


def composed(text: str, reply: Reply, limits: Limits) -> str:
    """The text of a reply, with its sources below where they have no place of their own."""
    if not (limits.sources_below and reply.citations):
        return text
    lines = []
    for number, passage in enumerate(reply.citations, start=1):
        title = passage.title.replace("[", "(").replace("]", ")")
        lines.append(f"> [{number}] " + (f"[{title}]({passage.url})" if passage.url else title))
    return f"{closed(text)}\n\n" + "\n".join(lines)

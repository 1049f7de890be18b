"""An answer on a platform whose messages cannot change: a long one goes in a few bubbles while it is written, each a
whole paragraph or more, and the rest at its end."""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Iterator

from bridge.delivery.messages import Messages
from bridge.delivery.pages import LOOK_AGAIN_S, composed
from bridge.markdown.heal import settled
from bridge.markdown.split import split
from bridge.markdown.tail import Fence, tail
from bridge.ports import Limits, Page
from bridge.types import Outcome, Reply, without_marks

BUBBLE_CHARS_MIN = 250
"""Less than this is not worth a message of its own before the rest."""
BUBBLE_AFTER_S = 6.0
"""An answer that is complete sooner comes in one piece; between two bubbles people read for as long."""
_STRUCTURE = re.compile(r"\s|[-*+>|#`~]|\d+[.)]\s")
"""Beginnings of lines that belong to something longer than a paragraph."""
_ANSWERS = (Outcome.ANSWERED, Outcome.DEGRADED)
"""Other replies explain themselves: that something went wrong, that nothing is known."""


class Bubbles:
    """Mutable; belongs to one turn. Marks of citations are left out: they could not be explained before the end.
    `anew` says, in the language of a text, that it begins again."""

    def __init__(self, messages: Messages, limits: Limits, anew: Callable[[str], str]) -> None:
        self._messages = messages
        self._limits = limits
        self._anew = anew
        self._called_at: float | None = None

    async def show(self, text: str) -> float | None:
        """Post what can be said for good, at most one message, and none after one that may not have arrived. Returns
        the seconds until it is worth trying again, None until there is more text. May raise as `Messages.write`."""
        now = asyncio.get_running_loop().time()
        if self._called_at is None:
            self._called_at = now
        if self._messages.unsure is not None or self._messages.count >= self._limits.bubbles_max - 1:
            return None
        if (wait_s := self._called_at + BUBBLE_AFTER_S - now) > 0:
            return wait_s
        text = without_marks(settled(text))
        said = _said(self._messages, text)
        bubble = None if said is None else self._bubble(text, said)
        if bubble is None:
            return None
        if wait_s := await self._messages.pace.draft("post", BUBBLE_AFTER_S):
            return min(wait_s, LOOK_AGAIN_S)
        self._called_at = now
        first, end = bubble
        page = Page(claim=self._messages.claim, text=first, number=self._messages.count, last=False)
        await self._messages.write(page, _note(text, end))
        return None

    def _bubble(self, text: str, said: int) -> tuple[str, int] | None:
        """The most that one message can say now, if that is worth it, and where it ends."""
        for end in _paragraph_ends(text, said):
            part = text[said:end].strip()
            if len(part) < BUBBLE_CHARS_MIN:
                return None
            first, *more = split(part, self._limits.size_max, self._limits.size)
            if not more:
                return first, len(text[:end].rstrip())
        return None

    async def finish(self, reply: Reply) -> None:
        """Say the rest: all of it, and that it begins again, when what was said before is not how the reply begins.
        May raise as `Messages.write`."""
        messages = self._messages
        while (unsure := messages.unsure) is not None:
            await messages.write(Page(claim=messages.claim, text="", number=unsure))
        text = without_marks(reply.text)
        said, before = _said(messages, text), len(_ends(messages))
        if said is None and reply.outcome is Outcome.STOPPED:
            text = ""  # nobody saw any of it yet, or wants to
        elif said is None and reply.outcome in _ANSWERS:
            text = f"{self._anew(text)}\n\n{text}"
        rest = composed(text[said:].strip("\n") if said else text, reply, self._limits)
        if before and not rest.strip() and reply.outcome is not Outcome.STOPPED:
            return
        parts = split(rest, self._limits.size_max, self._limits.size)
        await messages.land(parts, reply, first=before)


def _note(text: str, end: int) -> str:
    """What a bubble that went before the end says: the text up to `end`."""
    return json.dumps({"end": end, "sha": hashlib.sha256(text[:end].encode(errors="replace")).hexdigest()})


def _ends(messages: Messages) -> list[str]:
    """The notes of the bubbles that went before the end; those of the end have none."""
    return [note for note in messages.notes if note]


def _said(messages: Messages, text: str) -> int | None:
    """How much of a text was said already; None when something else was."""
    notes = _ends(messages)
    if not notes:
        return 0
    end = int(json.loads(notes[-1])["end"])
    return end if _note(text, end) == notes[-1] else None


def _paragraph_ends(text: str, start: int) -> Iterator[int]:
    """Where paragraphs after `start` end that the next one has followed, the last first: never inside code, a list, a
    table or a quotation."""
    lines = text[start:].splitlines(keepends=True)
    end = len(text)
    for before, line, after in zip(lines[-3::-1], lines[-2::-1], lines[:0:-1], strict=False):
        end -= len(after)
        if not line.strip() and _is_prose(before) and _is_prose(after) and not isinstance(tail(text[:end]), Fence):
            yield end


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and not _STRUCTURE.match(line)

"""Pure: reply events -> the draft, what the person should see right now."""

from dataclasses import dataclass, replace
from typing import assert_never

from bridge.types import Progress, ReplyEvent, TextDelta, TextReset


@dataclass(frozen=True, slots=True)
class Draft:
    """The answer so far, and what is being done while there is no text."""

    text: str = ""
    status: str = ""


def fold(draft: Draft, event: ReplyEvent) -> Draft:
    """The draft after one more event."""
    match event:
        case Progress(label):
            return replace(draft, status=label)
        case TextDelta(text):
            return Draft(draft.text + text, draft.status)  # for every word; replace() would take longer
        case TextReset():
            return replace(draft, text="")
        case _:
            assert_never(event)

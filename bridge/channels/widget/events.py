"""The widget's events, as they are kept in a conversation's log and sent to its readers."""

import json
from collections.abc import Sequence
from typing import Any

from bridge.channels._offered import Offer
from bridge.ports import Entry, Page
from bridge.types import Passage, Turn


def log_name(conversation_key: str) -> str:
    """The log that holds a conversation's events."""
    return f"events:{conversation_key}"


def entry(event: str, data: dict[str, Any]) -> str:
    """A log entry: the event's type, a line break, its JSON."""
    return f"{event}\n{json.dumps(data, ensure_ascii=False, separators=(',', ':'))}"


def status(turn: Turn, label: str) -> str:
    """What is being done, with the questions of the turn, and the turn whose answer is wanted again. What nobody asked
    is no question: it may be a word among colleagues."""
    data: dict[str, Any] = {"turn_id": turn.id, "label": label}
    if retried := [inbound.retry_of for inbound in turn.inbounds if inbound.retry_of]:
        data["retry_of"] = retried[-1]
    if asked := [each for each in turn.inbounds if not (each.retry_of or each.notice)]:
        data["questions"] = [
            {"client_msg_id": inbound.event_id.split(":", 3)[3], "text": inbound.text} for inbound in asked
        ]
    return entry("status", data)


def message(id: str, page: Page, files: Sequence[Offer] = ()) -> str:
    """Something that is no answer: what a person at the desk wrote, or what we tell without being asked. Sent again
    with the same id it takes the place of the one before; without text and files it is taken back."""
    data: dict[str, Any] = {"id": id, "author": "person" if page.author else "bot", "name": page.author}
    data["text"] = page.text
    if page.rating:
        data["rating"] = True
    if files:
        data["files"] = [{"name": file.name, "path": file.place, "picture": file.picture} for file in files]
    return entry("message", data)


def citation(number: int, passage: Passage) -> dict[str, Any]:
    return {
        "n": number,
        "title": passage.title,
        "section": passage.section,
        "url": passage.url,
        "updated": passage.updated,
    }


def sse(kept: Entry) -> str:
    """A kept entry as a server-sent event."""
    event, _, data = kept.body.partition("\n")
    return f"id: {kept.id}\nevent: {event}\ndata: {data}\n\n"

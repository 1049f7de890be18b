"""The widget's events, as they are kept in a conversation's log and sent to its readers."""

import json
from typing import Any

from bridge.ports import Entry
from bridge.types import Passage, Turn


def log_name(conversation_key: str) -> str:
    """The log that holds a conversation's events."""
    return f"events:{conversation_key}"


def entry(event: str, data: dict[str, Any]) -> str:
    """A log entry: the event's type, a line break, its JSON."""
    return f"{event}\n{json.dumps(data, ensure_ascii=False, separators=(',', ':'))}"


def status(turn: Turn, label: str) -> str:
    """What is being done, with the questions of the turn, and the turn whose answer is wanted again."""
    data: dict[str, Any] = {"turn_id": turn.id, "label": label}
    if retried := [inbound.retry_of for inbound in turn.inbounds if inbound.retry_of]:
        data["retry_of"] = retried[-1]
    if asked := [inbound for inbound in turn.inbounds if not inbound.retry_of]:
        data["questions"] = [
            {"client_msg_id": inbound.event_id.split(":", 3)[3], "text": inbound.text} for inbound in asked
        ]
    return entry("status", data)


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

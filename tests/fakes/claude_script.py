"""What Claude's stand-in may be told to say: answers, calls of tools, and streams as broken as a test likes."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.claude_rules import Refusal


@dataclass(frozen=True, slots=True)
class Block:
    """One content block of an answer: its pieces as they stream, and the search results it cites. The pieces of a
    `tool_use` are those of its JSON."""

    pieces: tuple[str, ...]
    cites: tuple[int, ...] = ()
    kind: str = "text"
    name: str = ""
    """Of the tool that is called."""
    id: str = ""
    """Of the call; by default the server makes one."""


@dataclass(frozen=True, slots=True)
class Answer:
    blocks: tuple[Block, ...]
    stop_reason: str | None = "end_turn"
    stop_details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence, or only pings, for some time."""

    seconds: float
    ping_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection breaks."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer step by step, as broken as a test likes; the body just ends after the last step."""

    steps: Sequence[Event | bytes | Pause | Reset]


Play = Refusal | Answer | Stream

OVERLOADED = Event("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
PING = Event("ping", {"type": "ping"})


def say(*texts: str, cites: tuple[int, ...] = (), stop_reason: str | None = "end_turn") -> Answer:
    """An answer of one text block."""
    return Answer((Block(texts, cites),) if texts else (), stop_reason)


def calls(*asked: tuple[str, Mapping[str, Any] | str], said: Sequence[str] = (), thinking: str | None = None) -> Answer:
    """An answer that calls tools: each by its name, with arguments, or with a text that stands in their place."""
    before = [] if thinking is None else [Block((thinking,) if thinking else (), kind="thinking")]
    if said:
        before.append(Block(tuple(said)))
    texts = [(name, args if isinstance(args, str) else json.dumps(args)) for name, args in asked]
    made = [Block(pieces(text), kind="tool_use", name=name) for name, text in texts]
    return Answer((*before, *made), "tool_use")


def call(name: str, **args: Any) -> Answer:
    """An answer that calls one tool, and says nothing."""
    return calls((name, args))


def pieces(text: str) -> tuple[str, ...]:
    """About one token each, spaces at the front, as they come from the API."""
    return tuple(re.findall(r"\s*\S{1,8}|\s+\Z", text))


def block_events(index: int, block: Block, results: Sequence[dict[str, Any]], fresh: str) -> list[Event]:
    """`fresh` is an id that nothing has yet."""

    def delta(data: dict[str, Any]) -> Event:
        return Event("content_block_delta", {"type": "content_block_delta", "index": index, "delta": data})

    start: dict[str, Any] = {"type": block.kind}
    match block.kind:
        case "text":
            start |= {"text": "", "citations": [] if block.cites else None}
            deltas = [delta({"type": "text_delta", "text": piece}) for piece in block.pieces]
            deltas += [delta({"type": "citations_delta", "citation": _citation(results, i)}) for i in block.cites]
        case "thinking":
            start |= {"thinking": "", "signature": ""}
            deltas = [delta({"type": "thinking_delta", "thinking": piece}) for piece in block.pieces]
            signature = base64.b64encode(f"signed {fresh}".encode()).decode()
            deltas.append(delta({"type": "signature_delta", "signature": signature}))
        case "redacted_thinking":
            start |= {"data": f"{''.join(block.pieces)} {fresh}"}
            deltas = []
        case "tool_use":
            start |= {"id": block.id or fresh, "name": block.name, "input": {}, "caller": {"type": "direct"}}
            pieces = ("", *block.pieces)  # the first one is empty
            deltas = [delta({"type": "input_json_delta", "partial_json": piece}) for piece in pieces]
        case _:
            deltas = [delta({"type": f"{block.kind}_delta", "payload": piece}) for piece in block.pieces]
    return [
        Event("content_block_start", {"type": "content_block_start", "index": index, "content_block": start}),
        *deltas,
        Event("content_block_stop", {"type": "content_block_stop", "index": index}),
    ]


def _citation(results: Sequence[dict[str, Any]], index: int) -> dict[str, Any]:
    unknown: dict[str, Any] = {"source": "?", "title": "?", "content": [{"text": "?"}]}
    result = results[index] if 0 <= index < len(results) else unknown
    return {
        "type": "search_result_location",
        "search_result_index": index,
        "source": result["source"],
        "title": result["title"],
        "cited_text": result["content"][0]["text"],
        "start_block_index": 0,
        "end_block_index": 1,
    }

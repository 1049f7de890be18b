"""A Claude that does what any text tells it to: `CALL name {"argument": 1}`, in the customer's words, in a document, in
what a tool found. What must not happen then is for others to prevent.

`ClaudeServer(composes=obey)`; `asked(text)` are the calls of one text, for models that are no server.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from tests.fakes.claude_script import Answer, calls, say

_CALL = re.compile(r"\bCALL[ \t]+(?P<name>[^\s{]+)[ \t]*")
_HEARD_CHARS_MAX = 2_000


def asked(text: str) -> Sequence[tuple[str, str]]:
    """Names and arguments, as they stand there: what is no JSON stays as it is, up to the end of its line."""
    found: list[tuple[str, str]] = []
    at = 0
    while match := _CALL.search(text, at):
        at = match.end()
        try:
            _, end = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
        found.append((match["name"], text[at:end].strip()))
        at = end
    return found


def obey(body: dict[str, Any]) -> Answer:
    """Calls everything that what came since the last answer asks for; with nothing to call, tells what it heard."""
    said = texts(news(body))
    found = [call for text in said for call in asked(text)]
    if found:
        return calls(*found)
    return say(f"I heard this: {' '.join(said)}"[:_HEARD_CHARS_MAX])


def news(body: dict[str, Any]) -> list[Any]:
    """The blocks that came since the last answer, oldest first."""
    found: list[Any] = []
    for message in reversed(body["messages"]):
        if message["role"] == "assistant":
            break
        content = message["content"]
        found[:0] = content if isinstance(content, list) else [content]
    return found


def results(body: dict[str, Any]) -> list[dict[str, Any]]:
    """What tools have told since the last answer."""
    return [block for block in news(body) if isinstance(block, dict) and block.get("type") == "tool_result"]


def texts(value: Any) -> list[str]:
    """Every text in something of a request."""
    match value:
        case str():
            return [value]
        case list():
            return [text for inner in value for text in texts(inner)]
        case {"type": "text", "text": text}:
            return [text]
        case {"content": content}:
            return texts(content)
        case _:
            return []

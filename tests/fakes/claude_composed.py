"""What Claude's stand-in says without a script: a plausible answer from what it was sent."""

import json
import re
from typing import Any

from tests.fakes import claude_rules
from tests.fakes.claude_script import Answer, Block, pieces, say

_WORDS = re.compile(r"\w{3,}")
_ANSWER_BLOCKS_MAX = 2


def compose(body: dict[str, Any]) -> Answer:
    """A plausible answer from what was sent: the text blocks that share most words with the question, each cited; with
    a schema, the least that fits it."""
    if schema := body.get("output_config", {}).get("format"):
        return say(json.dumps(_least(schema["schema"])))
    if heard := _heard(body):
        return say(*pieces(f"I looked that up: {heard}"))
    question = _question(body)
    asked = set(_WORDS.findall(question.lower()))
    ranked = sorted(
        (
            (-len(asked & set(_WORDS.findall(text["text"].lower()))), index, text["text"])
            for index, result in enumerate(claude_rules.search_results(body))
            for text in result["content"]
        ),
    )
    if not ranked:
        return say(*pieces("I do not have anything on that, but I can put you in touch with a person on our team."))
    blocks = []
    for position, (_, index, text) in enumerate(ranked[:_ANSWER_BLOCKS_MAX]):
        blocks.append(Block(pieces("\n\n" if position else "Here is what I found: ")))
        blocks.append(Block(pieces(text.strip()), (index,)))
    blocks.append(Block(pieces("\n\nIs there anything else I can help you with?")))
    return Answer(tuple(blocks))


def _least(schema: dict[str, Any]) -> Any:
    match schema:
        case {"enum": [first, *_]}:
            return first
        case {"const": value}:
            return value
        case {"type": "object"}:
            return {name: _least(inner) for name, inner in schema.get("properties", {}).items()}
        case {"type": kind}:
            return {"array": [], "string": "", "boolean": False, "null": None}.get(kind, 0)
        case _:
            return None


def _question(body: dict[str, Any]) -> str:
    users = [message["content"] for message in body["messages"] if message["role"] == "user"]
    if isinstance(users[-1], str):
        return users[-1]
    return "\n".join(block["text"] for block in users[-1] if block["type"] == "text")


def _heard(body: dict[str, Any]) -> str:
    """What tools have told just now."""
    last = body["messages"][-1]["content"]
    results = [block for block in last if block["type"] == "tool_result"] if isinstance(last, list) else []
    contents = [result.get("content", "") for result in results]
    texts = [one if isinstance(one, str) else "".join(inner.get("text", "") for inner in one) for one in contents]
    return " ".join(filter(None, texts))

"""Slack's emoji as everybody writes them: its text names them, `:wave:`, and its blocks say what they look like."""

import re
from collections.abc import Mapping
from typing import Any

from bridge.channels.slack.text import kept

ELEMENTS_MAX = 5_000
"""Of a message's blocks that are looked at."""
_NAME = re.compile(r"[\w+'-]{1,100}")
_CODES = re.compile(r"[0-9a-fA-F]{1,6}(?:-[0-9a-fA-F]{1,6}){0,15}", re.ASCII)
_WRITTEN = re.compile(r":([\w+'-]{1,100}):(?::skin-tone-[2-6]:)?")


def with_emoji(said: Mapping[str, Any]) -> str:
    """The text of a message with its emoji. Those that only the workspace has stay as they are named."""
    text, known = kept(said.get("text")), _looks(said.get("blocks"))
    return _WRITTEN.sub(lambda match: known.get(match[1], match[0]), text) if known else text


def _looks(blocks: object) -> dict[str, str]:
    """What the emoji of a message look like, by name."""
    found: dict[str, str] = {}
    todo, looked = [blocks], 0
    while todo and looked < ELEMENTS_MAX:
        each, looked = todo.pop(), looked + 1
        if isinstance(each, list):
            todo += each[:ELEMENTS_MAX]
        elif isinstance(each, dict) and each.get("type") == "emoji":
            name, codes = each.get("name"), each.get("unicode")
            if isinstance(name, str) and _NAME.fullmatch(name) and isinstance(codes, str) and _CODES.fullmatch(codes):
                found[name] = _characters(codes)
        elif isinstance(each, dict):
            todo.append(each.get("elements"))
    return {name: look for name, look in found.items() if look}


def _characters(codes: str) -> str:
    """Of code points in hexadecimal; "" when one of them is none."""
    numbers = [int(code, 16) for code in codes.split("-")]
    real = all(0x20 < number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF for number in numbers)
    return "".join(map(chr, numbers)) if real else ""

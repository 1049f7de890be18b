"""What Slack refuses in a form (a modal view), as values without any state."""

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.slack_rules import ID_CHARS_MAX, Refused, fits, is_text, judge_blocks

WORDS_MAX = 24
"""Of the title and of each button."""
BLOCKS_MAX = 100
PRIVATE_METADATA_CHARS_MAX = 3_000
INPUT_CHARS_MAX = 3_000
LABEL_CHARS_MAX = 2_000


def judge_modal(view: object) -> dict[str, Any]:
    """The `view` argument of views.open. May raise Refused."""
    if isinstance(view, str):
        try:
            view = json.loads(view)
        except ValueError as error:
            raise Refused("invalid_arguments", "view is no JSON") from error
    if not isinstance(view, dict) or view.get("type") != "modal":
        raise Refused("invalid_arguments", "view must be a modal")
    if problem := next(_problems(view), ""):
        raise Refused("invalid_arguments", problem)
    inputs = [block for block in view["blocks"] if block.get("type") == "input"]
    judge_blocks([block for block in view["blocks"] if block not in inputs], blocks_max=BLOCKS_MAX - len(inputs))
    return view


def _problems(view: dict[str, Any]) -> Iterator[str]:
    for name in ("title", "submit", "close"):
        if name in view and not is_text(view[name], WORDS_MAX, kinds=("plain_text",)):
            yield f"{name} must have 1 to {WORDS_MAX} characters"
    if "title" not in view:
        yield "title is missing"
    if not fits(view.get("private_metadata") or "-", PRIVATE_METADATA_CHARS_MAX):
        yield "private_metadata is longer than 3000 characters"
    if not fits(view.get("callback_id") or "-", ID_CHARS_MAX):
        yield "callback_id is longer than 255 characters"
    blocks = view.get("blocks")
    if not isinstance(blocks, list) or not blocks or not all(isinstance(block, dict) for block in blocks):
        yield "blocks are missing"
        return
    inputs = [block for block in blocks if block.get("type") == "input"]
    if inputs and "submit" not in view:
        yield "must define submit to use an input block in modals"
    for block in inputs:
        yield from _input(block)
    ids = [block["block_id"] for block in inputs if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id already exists"


def _input(block: dict[str, Any]) -> Iterator[str]:
    """What is wrong with an input block."""
    element = block.get("element")
    if not fits(block.get("block_id", "-"), ID_CHARS_MAX):
        yield "block_id is longer than 255 characters"
    if not is_text(block.get("label"), LABEL_CHARS_MAX, kinds=("plain_text",)):
        yield "input needs a label of 1 to 2000 characters"
    if not isinstance(element, dict) or element.get("type") != "plain_text_input":
        yield "this stand-in knows plain_text_input only"
        return
    if not fits(element.get("action_id"), ID_CHARS_MAX):
        yield "action_id must have 1 to 255 characters"
    chars_max = element.get("max_length", INPUT_CHARS_MAX)
    if not 1 <= chars_max <= INPUT_CHARS_MAX:
        yield "max_length must be 1 to 3000"
    elif len(element.get("initial_value", "")) > chars_max:
        yield "initial_value is too long"

"""What the people at the desk see, as Slack's blocks and forms. What customers and models wrote in it is never live.

Facts and customers' words go as plain text, in which Slack reads nothing; all other text is made harmless first.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bridge.channels.slack.blocks import Blocks
from bridge.markdown.mrkdwn import fallback, mrkdwn
from bridge.markdown.safe import safe
from bridge.markdown.split import split
from bridge.ports import Button, Card, Form, FormField

DESK = "desk:"
"""How the names of buttons and forms of the desk begin."""
INPUT = "value"
HEADING_CHARS_MAX = 150
FIELDS_MAX = 20
FIELDS_AT_ONCE = 10
"""Slack takes no more in one block."""
FIELD_CHARS_MAX = 600
TEXT_CHARS_MAX = 8_000
"""Of a card's Markdown; Slack takes 12,000 in a message, and 13,000 with everything else."""
BUTTONS_MAX = 25
LABEL_CHARS_MAX = 75
VALUE_CHARS_MAX = 2_000
CONFIRM_TITLE_CHARS_MAX = 100
CONFIRM_CHARS_MAX = 300
CONFIRM_LABEL_CHARS_MAX = 30
CANCEL = "Cancel"
WORDS_CHARS_MAX = 24
"""Of a form's title and button."""
INPUT_CHARS_MAX = 3_000
FIELD_LABEL_CHARS_MAX = 150
FORM_FIELDS_MAX = 20
PROBLEM_CHARS_MAX = 300
SECTION_CHARS_MAX = 2_900
PART_CHARS_MAX = 9_000
"""Of a customer's words in one message; longer ones go in several."""
AUTHOR_CHARS_MAX = 100
NOTIFICATION_BYTES_MAX = 600
EVERYBODY = "<!here>"
_NOTHING = "…"


def card_blocks(card: Card, link_hosts: Collection[str]) -> Blocks:
    """The whole card."""
    text = safe(_begun(card.text, link_hosts), link_hosts)
    return [*_head(card), *([{"type": "markdown", "text": text}] if text.strip() else []), *_foot(card)]


def plain_card(card: Card, link_hosts: Collection[str]) -> Blocks:
    """In Slack's oldest blocks, where it does not take the whole."""
    return [*_head(card), *sections(_begun(card.text, link_hosts), link_hosts), *_foot(card)]


def card_notification(card: Card) -> str:
    """What stands in notifications and is read aloud."""
    return fallback(card.heading, NOTIFICATION_BYTES_MAX).strip() or _NOTHING


def _head(card: Card) -> Blocks:
    """Heading and facts."""
    blocks: Blocks = [{"type": "header", "text": _plain(card.heading, HEADING_CHARS_MAX)}]
    facts = [_plain(f"{label}\n{value}", FIELD_CHARS_MAX) for label, value in card.fields[:FIELDS_MAX]]
    for first in range(0, len(facts), FIELDS_AT_ONCE):
        blocks.append({"type": "section", "fields": facts[first : first + FIELDS_AT_ONCE]})
    return blocks


def _foot(card: Card) -> Blocks:
    """Buttons, and the call to everybody."""
    blocks: Blocks = [_mrkdwn_section(EVERYBODY)] if card.notify else []
    if card.buttons:
        blocks.append({"type": "actions", "elements": list(_buttons(card.buttons[:BUTTONS_MAX]))})
    return blocks


def _buttons(buttons: Sequence[Button]) -> Iterator[dict[str, Any]]:
    """Slack wants different names in a row, so that equal actions get a number."""
    for number, button in enumerate(buttons):
        assert len(button.value) <= VALUE_CHARS_MAX, "a button's value names a record"
        written: dict[str, Any] = {
            "type": "button",
            "action_id": f"{DESK}{button.action}#{number}",
            "text": _plain(button.label, LABEL_CHARS_MAX),
            "value": button.value,
        }
        if button.style:
            written["style"] = button.style
        if button.confirm:
            written["confirm"] = {
                "title": _plain(button.label, CONFIRM_TITLE_CHARS_MAX),
                "text": _plain(button.confirm, CONFIRM_CHARS_MAX),
                "confirm": _plain(button.label, CONFIRM_LABEL_CHARS_MAX),
                "deny": _plain(CANCEL, CONFIRM_LABEL_CHARS_MAX),
            }
        yield written


def action_of(action_id: str) -> str:
    """The action that a button stands for."""
    return action_id.removeprefix(DESK).rpartition("#")[0]


# ---------------------------------------------------------------- notes


def note_parts(text: str, author: str, link_hosts: Collection[str]) -> list[tuple[Blocks, str]]:
    """Messages that hold a note, each with what stands in notifications. A customer's words stay as they are to the
    last character; what is ours is Markdown."""
    if not author:
        parts = _parts(text, link_hosts)
        return [
            ([{"type": "markdown", "text": safe(part, link_hosts) or _NOTHING}], _notification(part)) for part in parts
        ]
    name = _plain(f"💬 {author}", AUTHOR_CHARS_MAX)
    pieces = [text[first : first + PART_CHARS_MAX] for first in range(0, len(text), PART_CHARS_MAX)] or [""]
    return [([{"type": "context", "elements": [name]}, *_words(piece)], _spoken(piece, author)) for piece in pieces]


def plain_note(text: str, link_hosts: Collection[str]) -> Blocks:
    """A note of ours in Slack's oldest blocks."""
    return sections(text, link_hosts) or [_mrkdwn_section(_NOTHING)]


def _words(piece: str) -> Blocks:
    """Somebody's words as plain text."""
    cut = [piece[first : first + SECTION_CHARS_MAX] for first in range(0, len(piece), SECTION_CHARS_MAX)]
    return [{"type": "section", "text": _plain(words, SECTION_CHARS_MAX)} for words in cut if words.strip()]


def _notification(text: str) -> str:
    return fallback(text, NOTIFICATION_BYTES_MAX).strip() or _NOTHING


def _spoken(piece: str, author: str) -> str:
    words = _notification(piece)
    return f"{_notification(author[:AUTHOR_CHARS_MAX])}: {words}"


def sections(text: str, link_hosts: Collection[str]) -> Blocks:
    """Markdown in Slack's oldest blocks, whole."""
    parts = split(text, SECTION_CHARS_MAX, lambda part: len(mrkdwn(part, link_hosts)))
    written = [mrkdwn(part, link_hosts)[:SECTION_CHARS_MAX] for part in parts]
    return [_mrkdwn_section(part) for part in written if part.strip()]


# ---------------------------------------------------------------- forms


def view_of(form: Form) -> dict[str, Any]:
    """The form as a modal view. What must be filled in says whoever reads it."""
    return {
        "type": "modal",
        "callback_id": f"{DESK}{form.name}",
        "private_metadata": form.value,
        "title": _plain(form.title, WORDS_CHARS_MAX),
        "submit": _plain(form.submit, WORDS_CHARS_MAX),
        "blocks": [_input(field) for field in form.fields[:FORM_FIELDS_MAX]],
    }


def _input(field: FormField) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "plain_text_input", "action_id": INPUT, "max_length": INPUT_CHARS_MAX}
    if field.lines > 1:
        element["multiline"] = True
    if field.value:
        element["initial_value"] = field.value[:INPUT_CHARS_MAX]
    return {
        "type": "input",
        "block_id": field.name,
        "optional": True,
        "label": _plain(field.label, FIELD_LABEL_CHARS_MAX),
        "element": element,
    }


def problems(found: Mapping[str, str], names: Sequence[str]) -> Mapping[str, Any]:
    """What is wrong with a form, at its fields: what belongs to none stands at the first."""
    errors: dict[str, str] = {}
    for name, problem in found.items():
        field = name if name in names else next(iter(names), name)
        errors[field] = f"{errors[field]} {problem}" if field in errors else problem
    return {
        "response_action": "errors",
        "errors": {name: problem[:PROBLEM_CHARS_MAX] or _NOTHING for name, problem in errors.items()},
    }


# ---------------------------------------------------------------- helpers


def _parts(text: str, link_hosts: Collection[str]) -> list[str]:
    return split(text, TEXT_CHARS_MAX, lambda part: len(safe(part, link_hosts)))


def _begun(text: str, link_hosts: Collection[str]) -> str:
    """The beginning of a Markdown text that fits, with a sign that there is more."""
    first, *rest = _parts(text[: 2 * TEXT_CHARS_MAX], link_hosts)
    return f"{first}\n\n{_NOTHING}" if rest else first


def _plain(text: str, chars_max: int) -> dict[str, Any]:
    cut = text if len(text) <= chars_max else text[: chars_max - 1] + "…"
    return {"type": "plain_text", "text": cut if cut.strip() else _NOTHING, "emoji": False}


def _mrkdwn_section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}

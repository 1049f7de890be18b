"""A page as Slack's blocks: text, notes, sources and buttons, and the plain text that stands in notifications."""

from collections.abc import Callable, Collection
from typing import Any

from bridge.channels.slack.place import ASK, NAME, Place
from bridge.markdown.authors import hosts_for, signed
from bridge.markdown.heal import heal
from bridge.markdown.links import harmless, live_url
from bridge.markdown.mrkdwn import fallback, mrkdwn
from bridge.markdown.safe import SIGNS, safe
from bridge.markdown.split import split
from bridge.ports import OutFile, Page
from bridge.types import Outcome, Passage

STOP, RATE, RETRY = "bridge_stop", "bridge_rate", "bridge_retry"
"""What the buttons are called; their values name the turn."""
TEXT_CHARS_MAX = 11_000
"""Of a page's Markdown: 12,000 is the limit of all Markdown in a message, and of a stream."""
QUESTION_CHARS_MAX = 1_000
SOURCES_CHARS_MAX = 900
"""With the text this stays under the 13,000 characters at which Slack refuses all blocks together."""
SOURCE_TITLE_CHARS_MAX = 70
DRAFT_NOTIFICATION_CHARS = 150
FILE_NAME_CHARS_MAX = 150
SECTION_CHARS_MAX = 2_900
"""Slack takes 3,000."""
_NOTHING = "…"

Blocks = list[dict[str, Any]]
Say = Callable[[str], str]
"""A fixed sentence by its name, in the language of the question."""


def shown(page: Page, link_hosts: Collection[str]) -> str:
    """A page's text as Slack gets it."""
    return safe(_signed(page), hosts_for(page.author, page.text, link_hosts))


def _signed(page: Page) -> str:
    """With a colleague's name in bold above it. Slack would let us post under any name, and not edit or share files
    under it; without a scope for it, it would leave the name out and say nothing."""
    return signed(page.author, page.text if page.final else heal(page.text))


def caption(file: OutFile) -> str:
    """What stands below a file that came without words."""
    return f"📎 `{' '.join(file.name.replace('`', ' ').split())[:FILE_NAME_CHARS_MAX]}`"


def size(text: str, link_hosts: Collection[str]) -> int:
    """What a text takes of TEXT_CHARS_MAX."""
    return len(safe(text, link_hosts))


def notification(page: Page) -> str:
    """What stands in notifications and is read aloud; never empty. Edits notify nobody: of a draft some words do."""
    if page.final:
        text = fallback(f"{page.author}: {page.text}" if page.author else page.text)
    else:
        text = _escaped(harmless(page.text[:DRAFT_NOTIFICATION_CHARS], (), SIGNS))
    return text.strip() or _NOTHING


def blocks_of(page: Page, place: Place, say: Say, link_hosts: Collection[str], *, native: bool) -> Blocks:
    """The whole message. `native`: Slack takes its own feedback buttons here."""
    text = shown(page, link_hosts)
    blocks = _asked(page, place) if place.asked and page.number == 0 else []
    blocks += [{"type": "markdown", "text": text}] if text.strip() else []
    blocks += footer(page, say, link_hosts, native=native)
    return blocks or [{"type": "markdown", "text": _NOTHING}]


def plain(page: Page, say: Say, link_hosts: Collection[str]) -> Blocks:
    """A final in Slack's oldest blocks and without buttons, where it does not take the whole message."""
    link_hosts = hosts_for(page.author, page.text, link_hosts)

    def size(part: str) -> int:
        return len(mrkdwn(part, link_hosts))

    parts = [mrkdwn(part, link_hosts) for part in split(_signed(page), SECTION_CHARS_MAX, size)]
    blocks = [_section(part[:SECTION_CHARS_MAX]) for part in parts if part.strip()]
    notes = [block for block in footer(page, say, link_hosts, native=False) if block["type"] == "context"]
    return [*blocks, *notes] or [_section(_NOTHING)]


def footer(page: Page, say: Say, link_hosts: Collection[str], *, native: bool) -> Blocks:
    """What stands below the text of a turn's last page; nothing below a colleague's words."""
    if not page.last or page.author:
        return []
    turn_id = page.claim.turn.id
    if not page.final:
        return [_actions(_button(STOP, say("stop"), turn_id))]
    blocks: Blocks = []
    if page.outcome is Outcome.STOPPED:
        blocks.append(_context(f"_{_escaped(say('stopped'))}_"))
    if page.citations:
        blocks.append(_context(sources(page.citations, say("sources"), link_hosts)))
    asked = page.claim.turn.inbounds[-1]
    if asked.answer or asked.notice:  # said by ourselves, or to nobody's question: nothing to rate or to try again
        return blocks
    if page.outcome in (Outcome.STOPPED, Outcome.FAILED):
        return [*blocks, _actions(_button(RETRY, say("retry"), turn_id, style="primary"))]
    retry = _button(RETRY, say("retry"), turn_id)
    if native:
        return [*blocks, _feedback(say, turn_id), _actions(retry)]
    up = _button(f"{RATE}_up", f"👍 {say('helpful')}", f"up:{turn_id}")
    down = _button(f"{RATE}_down", f"👎 {say('not_helpful')}", f"down:{turn_id}")
    return [*blocks, _actions(up, down, retry)]


def sources(citations: Collection[Passage], heading: str, link_hosts: Collection[str]) -> str:
    """The sources in mrkdwn, numbered as in the text: links first lose their addresses, then their titles."""
    shortest = f"{_escaped(heading)}: " + " ".join(f"[{n}]" for n in range(1, len(citations) + 1))
    for length, linked in ((SOURCE_TITLE_CHARS_MAX, True), (SOURCE_TITLE_CHARS_MAX, False), (20, False)):
        named = [
            f"[{number}] {_source(passage, length, link_hosts if linked else ())}"
            for number, passage in enumerate(citations, start=1)
        ]
        text = f"{_escaped(heading)}: " + " · ".join(named)
        if len(text) <= SOURCES_CHARS_MAX:
            return text
    return shortest[:SOURCES_CHARS_MAX]


def _source(passage: Passage, chars_max: int, link_hosts: Collection[str]) -> str:
    title = passage.title or passage.doc_id
    title = title if len(title) <= chars_max else title[: chars_max - 1] + "…"
    # Nothing in a title may end the link, or begin a mark.
    title = _escaped(title.translate({ord(mark): " " for mark in "|*_~`\n"}))
    url = live_url(passage.url, link_hosts) if passage.url else None
    return f"<{_escaped(url).replace('|', '%7C')}|{title}>" if url else title


def _asked(page: Page, place: Place) -> Blocks:
    """The question of a command, above the answer to the command itself: nobody else has seen it."""
    inbound = page.claim.turn.inbounds[0]
    if not inbound.event_id.startswith(f"{NAME}:{place.team}:{ASK}"):
        return []
    question = f"{inbound.sender.name}: {inbound.text}" if inbound.sender.name else inbound.text
    if len(question) > QUESTION_CHARS_MAX:
        question = question[: QUESTION_CHARS_MAX - 1] + "…"
    return [{"type": "context", "elements": [{"type": "plain_text", "text": question, "emoji": False}]}]


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _actions(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(buttons)}


def _button(action_id: str, label: str, value: str, *, style: str = "") -> dict[str, Any]:
    button = {"type": "button", "action_id": action_id, "text": _label(label), "value": value}
    return button | ({"style": style} if style else {})


def _feedback(say: Say, turn_id: str) -> dict[str, Any]:
    buttons = {
        "type": "feedback_buttons",
        "action_id": RATE,
        "positive_button": {"text": _label(say("helpful")), "value": f"up:{turn_id}"},
        "negative_button": {"text": _label(say("not_helpful")), "value": f"down:{turn_id}"},
    }
    return {"type": "context_actions", "elements": [buttons]}


def _label(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text[:75], "emoji": True}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

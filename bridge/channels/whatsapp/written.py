"""Pages as WhatsApp shows them. Pure."""

import hashlib
import re
from collections.abc import Collection, Mapping

from bridge.channels._text import kept
from bridge.markdown.authors import hosts_for, signed
from bridge.markdown.entities import utf16
from bridge.markdown.heal import heal
from bridge.markdown.links import harmless
from bridge.markdown.marks import SIGNS, marks
from bridge.markdown.plain import plain
from bridge.ports import Page, Say
from bridge.types import Outcome

TEMPLATE_CHARS_MAX = 800
"""Of an answer in a template's variable: Meta allows 1,024 characters for the whole message."""
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?…。！？](?=\s)")


def label(page: Page) -> str:
    """Names a page within its turn: what waited in the outbox has one number, so the text counts too."""
    return f"{page.number}-{hashlib.sha256(page.text.encode(errors='replace')).hexdigest()[:16]}"


def units(text: str) -> int:
    """The length of a text as Twilio counts it at its strictest: in UTF-16 units."""
    return utf16(text)


def written(page: Page, link_hosts: Collection[str], say: Say) -> str:
    """The message that shows a page; "" when there is nothing to say."""
    stopped = page.final and page.outcome is Outcome.STOPPED
    link_hosts = hosts_for(page.author, page.text, link_hosts)
    text = marked(signed(page.author, page.text if page.final and not stopped else heal(page.text)), link_hosts)
    return _with_note(text, page, say) if stopped and page.last else text


def variants(page: Page, link_hosts: Collection[str], say: Say) -> set[str]:
    """How a page may have been written, whether it was final or not, stopped or not."""
    forms = {page.text, heal(page.text)}
    link_hosts = hosts_for(page.author, page.text, link_hosts)
    texts = {marked(signed(page.author, form), link_hosts) for form in forms}
    return {text for text in texts | {_with_note(text, page, say) for text in texts} if text}


def _with_note(text: str, page: Page, say: Say) -> str:
    note = say("stopped", page.claim.turn.question)
    return f"{text}\n\n{note}" if text else note


def marked(markdown: str, link_hosts: Collection[str]) -> str:
    """Markdown in WhatsApp's marks."""
    return kept(marks(markdown, link_hosts)).strip()


def filled(
    variables: Mapping[str, str], text: str, name: str, link_hosts: Collection[str]
) -> tuple[dict[str, str], bool]:
    """The variables of a template, and whether they hold the whole text (Markdown). WhatsApp takes neither empty ones
    nor line breaks or runs of spaces in them."""
    line = harmless(_SPACE.sub(" ", kept(plain(text))).strip(), link_hosts, SIGNS)
    shown = _beginning(line)
    values = {
        key: _SPACE.sub(" ", value.replace("{text}", shown).replace("{name}", name)).strip() or "–"
        for key, value in variables.items()
    }
    whole = shown == line and any("{text}" in value for value in variables.values())
    return values, whole


def _beginning(line: str) -> str:
    """As many whole sentences as fit, else words."""
    if units(line) <= TEMPLATE_CHARS_MAX:
        return line
    room = TEMPLATE_CHARS_MAX - len(" …")
    head = line[:room]
    while units(head) > room:
        head = head[:-1]
    sentences = [match.end() for match in _SENTENCE_END.finditer(head)]
    cut = max(sentences, default=max(head.rfind(" "), 0)) or len(head)
    return head[:cut].rstrip() + " …"

"""A page as Telegram shows it: text with entities, and buttons."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bridge.channels.telegram.places import place
from bridge.markdown.authors import hosts_for, signed
from bridge.markdown.entities import SIGNS, Entity, at_most, entities, utf16
from bridge.markdown.heal import heal
from bridge.markdown.links import harmless
from bridge.markdown.rich import rich as rich_markdown
from bridge.ports import Page, Say
from bridge.types import Outcome, Turn, TurnId

TEXT_UNITS_MAX = 4_096
"""Longest text of a message, in UTF-16 units."""
NOTE_UNITS_MAX = 256
"""What of it is kept free for a note below the answer, or a name above it."""
CERTAIN_UNITS_MAX = 1_800
"""So little fits, and fills no page (half of one would): there it is not measured exactly."""
GAP = "\n\n"
"""Between the answer and a note."""
NOTHING = "…"
"""Telegram takes no message without text."""

VERIFY = "/verify"
"""The command that asks for the number."""
Action = Literal["s", "u", "d", "r", "v", "1", "2", "3", "4", "5"]
"""What a button does: stop, thumb up, thumb down, retry, say who one is, say how it was."""
_DATA = re.compile(r"([sudrv1-5]):([0-9a-f]{32})")
RATINGS: tuple[Action, ...] = ("1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    data: str
    """At most 64 bytes."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a message holds. `markdown` is what a rich message is made from, where one is wanted."""

    text: str
    entities: tuple[Entity, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    markdown: str = ""
    contact: str = ""
    """What the button says below the field that shares the person's own number; it comes with a new message only."""


def write(page: Page, say: Say, link_hosts: Collection[str], *, rich: bool = False) -> Written:
    """A page with what belongs below it: a note that it was stopped, buttons."""
    stopped = page.final and page.outcome is Outcome.STOPPED
    link_hosts = hosts_for(page.author, page.text, link_hosts)
    markdown = signed(page.author, heal(page.text) if stopped or not page.final else page.text)
    text, formatting = entities(markdown, link_hosts)
    note = say("stopped", page.claim.turn.question) if stopped and page.last else ""
    if note and utf16(note) <= NOTE_UNITS_MAX - len(GAP):
        # Not as Markdown: code that was never closed would swallow it.
        text, markdown = (f"{words}{GAP}{note}" if words.strip() else note for words in (text, markdown))
    if not text:
        text, markdown, formatting = NOTHING, NOTHING, ()
    sendable = _sendable(rich_markdown(markdown, link_hosts)) if rich else ""
    return Written(text, formatting, _buttons(page, say), sendable, _contact(page, say))


def simpler(written: Written, link_hosts: Collection[str]) -> Iterator[Written]:
    """What is left to try when Telegram refuses it: without formatting, and without buttons."""
    plain = replace(written, text=_bare(written.text, link_hosts), entities=(), markdown="")
    if plain != written:
        yield plain
    if written.buttons or written.contact:
        yield replace(plain, buttons=(), contact="")


def size(markdown: str, link_hosts: Collection[str]) -> int:
    """How much of TEXT_UNITS_MAX a page takes, as it is and healed, in its simplest form; at most how much where it is
    little."""
    forms = {markdown, heal(markdown)}
    bounds = [at_most(form) for form in forms]
    if all(bound is not None and bound <= CERTAIN_UNITS_MAX for bound in bounds):
        return max(bound or 0 for bound in bounds)
    return max(utf16(_bare(entities(form, link_hosts)[0], link_hosts)) for form in forms)


def _bare(text: str, link_hosts: Collection[str]) -> str:
    """The text as it can stand without its entities: no code and no link keeps Telegram from looking into it."""
    return harmless(text, link_hosts, SIGNS)


def pressed(data: str) -> tuple[Action, TurnId] | None:
    """What a button's data asks for; None for data that is not ours."""
    match = _DATA.fullmatch(data)
    return (match[1], TurnId(match[2])) if match else None  # type: ignore[return-value] # the pattern says so


def _buttons(page: Page, say: Say) -> tuple[tuple[Button, ...], ...]:
    """On the last message of a turn: stop while it is written; thumbs and retry afterwards."""
    turn = page.claim.turn
    if page.rating:
        return (tuple(Button(number, f"{number}:{turn.id}") for number in RATINGS),)
    if page.author or not page.last or all(each.answer or each.notice for each in turn.inbounds):
        return ()
    if not page.final:
        return ((_button("s", "⏹", "stop", turn, say),),)
    retry = (_button("r", "🔄", "retry", turn, say),)
    if page.outcome in (Outcome.STOPPED, Outcome.FAILED):
        return (retry,)
    if page.identity and place(turn.address).private:
        return ((_button("v", "📱", "identity_contact", turn, say),), retry)
    thumbs = (_button("u", "👍", "helpful", turn, say), _button("d", "👎", "not_helpful", turn, say))
    return (thumbs, retry)


def _contact(page: Page, say: Say) -> str:
    """Where somebody asked to say who they are: Telegram lets people share their number in private chats."""
    turn = page.claim.turn
    asked = [inbound.text for inbound in turn.inbounds if inbound.answer]
    wanted = bool(asked) and len(asked) == len(turn.inbounds) and asked[-1].strip().lower() == VERIFY
    if not (wanted and page.final and page.last and place(turn.address).private):
        return ""
    return say("identity_contact", "")


def _button(action: Action, sign: str, phrase: str, turn: Turn, say: Say) -> Button:
    return Button(f"{sign} {say(phrase, turn.question)}", f"{action}:{turn.id}")


def _sendable(text: str) -> str:
    """With a question mark for half a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()

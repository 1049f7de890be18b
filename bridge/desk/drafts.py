"""Replies that the assistant drafts for colleagues, who send them as they are, changed, or not at all.

A draft is a record: of two people who press a button on it, one decides.
"""

import secrets
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter

from bridge.desk import cards, parcels
from bridge.desk import handoff as handoffs
from bridge.desk.handoff import Handoff
from bridge.desk.office import Office
from bridge.desk.saying import NOT_OURS, Words, passed_on
from bridge.errors import StoreUnavailable
from bridge.ports import CHANGES_MAX, Colleague, Form, Parcel, Record
from bridge.types import ConversationId, MessageRef

KIND = "suggestion"
KEPT_S = 7 * 24 * 3600.0
"""A draft nobody sent is forgotten after so long."""
TEXT_CHARS_MAX = 3_000
"""Of a draft: what a form takes."""

State = Literal["asked", "made", "failed", "sent", "discarded"]
_BECAME = {"asked": "being written", "made": "", "failed": "not made", "sent": "sent", "discarded": "discarded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the assistant would write."""

    id: str
    conversation_id: ConversationId
    by: Colleague
    """Who asked for it, and at last who decided."""
    state: State = "asked"
    text: str = ""
    at: MessageRef | None = None
    """Its card."""

    @property
    def became(self) -> str:
        words = _BECAME[self.state]
        return f"{words} by {self.by.name or self.by.id}" if self.state in ("sent", "discarded") else words


_DRAFT = TypeAdapter(Draft)


async def load(office: Office, id: str) -> tuple[Draft, int] | None:
    """A draft and its version. May raise StoreUnavailable."""
    kept = await office.store.load_record(KIND, id)
    return (_DRAFT.validate_json(kept.body), kept.version) if kept else None


async def save(office: Office, draft: Draft, version: int, *sent: Parcel) -> bool:
    """False when somebody else changed it. May raise StoreUnavailable."""
    saved = await office.store.save_records(_record(office, draft, version), parcels=sent)
    office.wake()
    return saved


def _record(office: Office, draft: Draft, version: int) -> Record:
    body, forget_at = _DRAFT.dump_json(draft).decode(), office.now() + KEPT_S
    return Record(kind=KIND, id=draft.id, body=body, version=version, open=False, forget_at=forget_at)


async def ask(office: Office, handoff: Handoff, by: Colleague) -> str:
    """Have a draft made. May raise StoreUnavailable."""
    if office.brain is None:
        return "There is no assistant here to write one."
    draft = Draft(id=secrets.token_hex(16), conversation_id=handoff.conversation_id, by=by)
    await save(office, draft, 0, parcels.suggest(handoff, draft.id, by))
    return "A draft is being written; it appears below the card."


async def made(office: Office, id: str, text: str, *, why_not: str) -> None:
    """It is written; when there is no text it says why not, and cannot be sent. May raise StoreUnavailable."""
    if (found := await load(office, id)) and found[0].state == "asked":
        draft = replace(found[0], state="made" if text else "failed", text=text[:TEXT_CHARS_MAX] or why_not)
        await save(office, draft, found[1], parcels.suggestion(draft.conversation_id, id, "made"))


async def clicked(office: Office, action: str, id: str, by: Colleague) -> Form | str | None:
    """A button below a draft. May raise StoreUnavailable."""
    found = await load(office, id)
    if found is None or found[0].state != "made":
        return f"Too late: it was {found[0].became}." if found else "This draft is too old."
    if action == "edit":
        return cards.suggestion_form(id, found[0].text)
    if action == "send":
        return await send(office, id, by, found[0].text) or None
    draft = replace(found[0], state="discarded", by=by)
    saved = await save(office, draft, found[1], parcels.suggestion(draft.conversation_id, id, "discarded"))
    return None if saved else "Somebody else was faster."


async def send(office: Office, id: str, by: Colleague, text: str) -> str:
    """Send a draft as it reads now; why not, or "". May raise StoreUnavailable."""
    if not text.strip():
        return "There is nothing to send."
    for _ in range(CHANGES_MAX):
        found = await load(office, id)
        if found is None or found[0].state != "made" or found[0].at is None:
            return f"Too late: it was {found[0].became}." if found else "This draft is too old."
        draft = replace(found[0], state="sent", by=by, text=text)
        case = await office.load(draft.conversation_id)
        if case is None or not case[0].active or draft.at is None:
            return NOT_OURS
        words = Words(id=parcels.name(parcels.SAID, id), at=draft.at, by=by, text=text, came_at=office.now())
        after, sent = passed_on(office, case[0], words, case[1])
        saved = await office.store.save_records(
            handoffs.record(after, office.settings, version=case[1]),
            _record(office, draft, found[1]),
            parcels=[*sent, parcels.suggestion(draft.conversation_id, id, "sent")],
        )
        if saved:
            office.wake()
            if not case[0].silent:
                # What the assistant is writing just now ends where it is.
                await office.stop_all(draft.conversation_id)
            return ""
    raise StoreUnavailable("a draft could not be sent: others kept changing its conversation")


async def shown(office: Office, id: str, at: MessageRef) -> None:
    """Keep where its card is. May raise StoreUnavailable."""
    for _ in range(CHANGES_MAX):
        found = await load(office, id)
        if found is None or await save(office, replace(found[0], at=at), found[1]):
            return

"""What goes between a customer and the desk, as parcels of the outbox. Pure.

Three queues a conversation, so that none waits for another: what goes to the customer, what is shown at the desk, and
marks at what colleagues wrote. A parcel's id names what it is about: put there twice it goes once.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from bridge.desk.handoff import Handoff
from bridge.ports import Approval, Colleague, Mark, Parcel
from bridge.types import Address, Attachment, ConversationId, Inbound, MessageRef

CARD = "card"
"""A handoff, an approval or something below them, drawn as it is when it is shown."""
NOTE = "note"
"""Words below a card."""
MARK = "mark"
"""What became of a colleague's message, shown at it."""
RELAY = "relay"
"""A colleague's words or file for the customer, or a change of them."""
NOTICE = "notice"
"""Something that the customer's conversation has to hear of."""
SUGGEST = "suggest"
"""A draft that the assistant is asked for."""

SAID = "said"
"""A notice: a colleague wrote this to the customer. It is shown by other means."""
TOLD = "desk"
"""A notice: a colleague said this to the assistant."""
APPROVAL = "approval"
"""A notice: an approval was decided, or its time is over."""


def name(*parts: str) -> str:
    """An id of 128 bits that these parts always lead to."""
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=16).hexdigest()


def card(handoff: Handoff, version: int) -> Parcel:
    """Show the handoff as it is then; `version` is that of the record which is saved along with it."""
    body = {"kind": CARD, "what": "handoff", "handoff": handoff.conversation_id, "number": handoff.number}
    return _at_desk(handoff.conversation_id, body, str(handoff.number), str(version))


def reminder(handoff: Handoff, why: str, at: str) -> Parcel:
    """Call everybody who is there; `at` tells this call from others."""
    body = {"kind": CARD, "what": "reminder", "handoff": handoff.conversation_id, "number": handoff.number, "why": why}
    return _at_desk(handoff.conversation_id, body | {"id": name("reminder", handoff.conversation_id, at)}, at)


def transcript(handoff: Handoff) -> Parcel:
    """What was said before, as a file below the card."""
    body = {"kind": NOTE, "what": "transcript", "handoff": handoff.conversation_id, "number": handoff.number}
    return _at_desk(handoff.conversation_id, body | {"turn": handoff.turn_id}, str(handoff.number), handoff.turn_id)


def note(handoff: Handoff, id: str, text: str, author: str = "", files: Sequence[Attachment] = ()) -> Parcel:
    """Something to read below the card; `id` names it on the platform."""
    body = {
        "kind": NOTE,
        "what": "note",
        "handoff": handoff.conversation_id,
        "number": handoff.number,
        "id": id,
        "text": text,
        "author": author,
        "files": [file(each) for each in files],
    }
    return _at_desk(handoff.conversation_id, body, id)


def customers(handoff: Handoff, inbound: Inbound) -> Parcel:
    """What the customer wrote."""
    author = inbound.sender.name or handoff.name or "Customer"
    return note(handoff, name("wrote", inbound.event_id), inbound.text, author, inbound.attachments)


def approval(it: Approval, at: str) -> Parcel:
    """Show an approval as it is then; `at` tells this from other times."""
    body = {"kind": CARD, "what": "approval", "approval": it.id, "handoff": it.conversation_id}
    return _at_desk(it.conversation_id, body, it.id, at)


def suggestion(conversation_id: ConversationId, id: str, at: str) -> Parcel:
    """Show a draft that was made for a colleague, as it is then; `at` tells this from other times."""
    body = {"kind": CARD, "what": "suggestion", "suggestion": id, "handoff": conversation_id}
    return _at_desk(conversation_id, body, id, at)


def suggest(handoff: Handoff, id: str, by: Colleague) -> Parcel:
    """Have the assistant draft a reply. In a queue of its own: it takes a while."""
    body = {"kind": SUGGEST, "suggestion": id, "handoff": handoff.conversation_id, "by": asdict(by)}
    return _parcel(f"suggest:{id}", body, id)


def window(conversation_id: ConversationId, said: str) -> Parcel:
    """Offer to knock: the customer's platform takes no free words now."""
    body = {"kind": CARD, "what": "window", "handoff": conversation_id, "said": said}
    return _at_desk(conversation_id, body, said)


def mark(conversation_id: ConversationId, message: MessageRef, which: Mark, why: str = "") -> Parcel:
    body = {"kind": MARK, "message": ref(message), "mark": which, "why": why}
    return _parcel(f"mark:{conversation_id}", body, message.address.key, message.message_id, which, why)


def relay(handoff: Handoff, said: str, message: MessageRef, author: str, part: int, parts: int, **what: Any) -> Parcel:
    """One of the `parts` of what a colleague said: `text`, or a file that came with it (`attachment`). `said` names
    what was said."""
    body = {
        "kind": RELAY,
        "op": "say",
        "handoff": handoff.conversation_id,
        "turn": handoff.relayed or handoff.turn_id,
        "said": said,
        "message": ref(message),
        "author": author,
        "part": part,
        "last": part == parts,
        **what,
    }
    return _parcel(handoff.conversation_id, body, said, str(part))


def tell(handoff: Handoff, id: str, text: str, *, rating: bool = False) -> Parcel:
    """Something that the customer is told of the desk, in our own name; `id` tells it from all else."""
    body = {
        "kind": RELAY,
        "op": "tell",
        "handoff": handoff.conversation_id,
        "turn": handoff.relayed or handoff.turn_id,
        "author": "",
        "text": text,
        "rating": rating,
    }
    return _parcel(handoff.conversation_id, body, str(handoff.number), "tell", id)


def change(conversation_id: ConversationId, said: str, message: MessageRef, text: str | None) -> Parcel:
    """A colleague changed what they said, or took it back: then there is no text."""
    body = {"kind": RELAY, "op": "change", "handoff": conversation_id, "said": said, "message": ref(message)}
    return _parcel(conversation_id, body, said, "delete" if text is None else "edit", text or "")


def knock(conversation_id: ConversationId, said: str) -> Parcel:
    """Ask the customer to write again, with what the platform takes at any time."""
    body = {"kind": RELAY, "op": "knock", "handoff": conversation_id, "said": said}
    return _parcel(conversation_id, body, said, "knock")


def notice(handoff: Handoff, kind: str, id: str, *, text: str = "", by: Colleague | None = None) -> Parcel:
    """Let the conversation hear of something; `id` tells it from everything else of its kind there."""
    return notice_of(handoff.conversation_id, handoff.customer, kind, id, text=text, by=by)


def notice_of(
    conversation_id: ConversationId, to: Address, kind: str, id: str, *, text: str = "", by: Colleague | None = None
) -> Parcel:
    body = {
        "kind": NOTICE,
        "to": address(to),
        "event_id": f"desk:{kind}:{conversation_id}:{id}",
        "notice": f"{kind}:{id}",
        "text": text,
        "by": asdict(by) if by else None,
    }
    return _parcel(conversation_id, body, kind, id)


def file(it: Attachment) -> dict[str, Any]:
    return asdict(it)


def read_file(it: Any) -> Attachment:
    return Attachment(**it)


def address(it: Address) -> dict[str, Any]:
    return {"channel": it.channel, "key": it.key, "hints": dict(it.hints)}


def read_address(it: Any) -> Address:
    return Address(it["channel"], it["key"], it["hints"])


def read_ref(it: Any) -> MessageRef:
    return MessageRef(read_address(it["address"]), it["id"])


def ref(message: MessageRef) -> dict[str, Any]:
    return {"address": address(message.address), "id": message.message_id}


def _at_desk(conversation_id: ConversationId, body: dict[str, Any], *parts: str) -> Parcel:
    return _parcel(f"desk:{conversation_id}", body, *parts)


def _parcel(queue: str, body: dict[str, Any], *parts: str) -> Parcel:
    id = name(queue, body["kind"], str(body.get("what", "")), *parts)
    return Parcel(id=id, conversation_id=ConversationId(queue), body=json.dumps(body, ensure_ascii=False))

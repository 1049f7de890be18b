"""What a colleague says to a customer: from the thread, or from a draft."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge import metrics
from bridge.desk import handoff as handoffs
from bridge.desk import parcels
from bridge.desk.handoff import Handoff
from bridge.desk.office import Office
from bridge.markdown.split import split
from bridge.ports import Colleague, KeyValue, Parcel
from bridge.types import Attachment, MessageRef

KEPT_S = 30 * 24 * 3600.0
"""For so long a colleague can change what they said."""
NAME_CHARS = 80
"""Room for the colleague's name, where it stands above their words."""
INTERNAL = "//"
"""What begins so stays at the desk."""
NOT_OURS = "The assistant has this conversation. Press *Take back* on the card above to answer yourself."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What somebody at the desk wrote."""

    id: str
    """Names it, whatever it becomes."""
    at: MessageRef
    """Their message, where its mark is shown."""
    by: Colleague
    text: str
    files: tuple[Attachment, ...] = ()
    came_at: float = 0.0
    """Wall-clock seconds."""


def passed_on(office: Office, handoff: Handoff, words: Words, version: int) -> tuple[Handoff, list[Parcel]]:
    """The handoff afterwards, and what takes the words to the customer, or says why not."""
    now = office.now()
    after = handoffs.colleague_wrote(handoff, words.by, now=now)
    if after is None:
        return handoff, [parcels.mark(handoff.conversation_id, words.at, "failed", NOT_OURS)]
    texts = _split(office, handoff, words.text)
    author = words.by.name or "Our team"
    count = len(texts) + len(words.files)
    said = [
        parcels.relay(handoff, words.id, words.at, author, n, count, text=text, texts=len(texts), came_at=words.came_at)
        for n, text in enumerate(texts, start=1)
    ]
    said += [
        parcels.relay(handoff, words.id, words.at, author, n, count, text="", attachment=parcels.file(file))
        for n, file in enumerate(words.files, start=len(texts) + 1)
    ]
    told = words.text or ", ".join(f"({file.name or 'a file'})" for file in words.files)
    heard = parcels.notice(handoff, parcels.SAID, words.id, text=told, by=words.by)
    shown = [parcels.card(after, version)] if after.state != handoff.state else []
    if shown:
        took(handoff, now)
    return after, [*said, heard, *shown]


def took(handoff: Handoff, now: float) -> None:
    """Somebody came: count how long it took."""
    metrics.HANDOFF_WAIT_SECONDS.observe(max(0.0, now - handoff.waits_since))


def _split(office: Office, handoff: Handoff, text: str) -> Sequence[str]:
    if not text.strip():
        return ()
    channel = office.channels.get(handoff.customer.channel)
    if channel is None:
        return (text,)
    limits = channel.limits(handoff.customer)
    return split(text, max(NAME_CHARS, limits.size_max - NAME_CHARS), limits.size)


def fits(office: Office, handoff: Handoff, text: str) -> bool:
    """One message carries it."""
    return len(_split(office, handoff, text)) == 1


async def keep(store: KeyValue, body: Mapping[str, Any], text: str, number: int, ref: MessageRef | None) -> None:
    """Remember a part of what was said, as it reads, and where it is shown, if it is. `body` is its parcel's.
    May raise StoreUnavailable."""
    said = body["said"]
    about = {name: body[name] for name in ("handoff", "turn", "said", "message", "author")}
    before = await kept(store, said) or {**about, "parts": {}}
    file = "attachment" in body
    part = {"text": text, "file": file, "number": number, "ref": parcels.ref(ref) if ref else None}
    parts = before["parts"] | {str(body["part"]): part}
    await store.put(f"desk:said:{said}", json.dumps({**before, "parts": parts}, ensure_ascii=False), ttl_s=KEPT_S)


async def kept(store: KeyValue, said: str) -> dict[str, Any] | None:
    """What is remembered of it. May raise StoreUnavailable."""
    body = await store.get(f"desk:said:{said}")
    return json.loads(body) if body else None


async def amend(store: KeyValue, said: str, text: str | None) -> None:
    """From now on it reads so, or counts as never said. May raise StoreUnavailable."""
    await store.put(f"desk:amended:{said}", json.dumps(text, ensure_ascii=False), ttl_s=KEPT_S)


async def amended(store: KeyValue, said: str, text: str) -> str | None:
    """What was said with this text, as it reads now; None when it was taken back. May raise StoreUnavailable."""
    now = await store.get(f"desk:amended:{said}")
    if now is None:
        return text
    read: str | None = json.loads(now)
    return read

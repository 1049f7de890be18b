"""Writes of which nobody knows whether they were done, remembered beyond their turn: whoever asks again, in a later
turn or from elsewhere, is not served a second time but passed on to a person."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping

from bridge.errors import StoreUnavailable
from bridge.ports import CHANGES_MAX, Claim, Record, Store, ToolSession

KIND = "doubt"
SAME_S = 30 * 24 * 3600.0
"""For so long the very same is not done again."""
ALIKE_S = 24 * 3600.0
"""For so long the same tool does nothing for the same customer: a model may word the same wish in other arguments."""
DIGESTS_MAX = 50


def whom(session: ToolSession) -> str:
    """For whom a write is done, as records name it: the customer; without one, the conversation."""
    return named(session.identity.customer_id, session.conversation.id)


def named(customer_id: str, conversation_id: str) -> str:
    subject = customer_id or f"in {conversation_id}"
    return hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()


async def keep(
    store: Store, claim: Claim, tool: str, whom: str, digest: str, now: Callable[[], float] = time.time
) -> None:
    """Remember a doubt; once for each digest. May raise LeaseLost, StoreUnavailable."""
    for _ in range(CHANGES_MAX):
        record = await store.load_record(KIND, f"{tool}:{whom}")
        known = _read(record)
        if digest in known:
            return
        newest = sorted({**known, digest: now()}.items(), key=lambda each: each[1])[-DIGESTS_MAX:]
        kept = Record(
            kind=KIND,
            id=f"{tool}:{whom}",
            body=json.dumps(dict(newest)),
            version=record.version if record else 0,
            open=False,
            forget_at=now() + SAME_S,
        )
        if await store.save_records(kept, claim=claim):
            return
    raise StoreUnavailable("a doubt could not be written down: others kept changing the same record")


async def holds(store: Store, tool: str, whom: str, digest: str, now: Callable[[], float] = time.time) -> bool:
    """Whether this write may have been done already. May raise StoreUnavailable."""
    known = _read(await store.load_record(KIND, f"{tool}:{whom}"))
    return digest in known or any(now() - at < ALIKE_S for at in known.values())


def _read(record: Record | None) -> Mapping[str, float]:
    """When each doubt came up, by digest."""
    return dict(json.loads(record.body)) if record else {}

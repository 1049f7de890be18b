"""What people think of answers: a log of thumbs and comments, the same from every channel."""

import json
from datetime import UTC, datetime
from typing import Literal

from bridge import metrics
from bridge.ports import Store
from bridge.types import Turn, TurnId

LOG = "feedback"
AGAIN_S = 86_400.0
"""How long the same thumb on the same answer is one thumb."""


async def disliked(store: Store, turn_id: TurnId) -> bool:
    """The newest thumb on an answer points down. May raise StoreUnavailable."""
    return (await store.get(f"feedback:{turn_id}") or "").startswith("down")


async def rate(store: Store, turn: Turn, rating: Literal["up", "down"], comment: str) -> None:
    """Keep a thumb. Sent again it is kept once; a mind that changes, also back, is kept each time.
    May raise StoreUnavailable."""
    latest, said = f"feedback:{turn.id}", f"{rating} {comment}"
    if await store.get(latest) == said:
        return
    entry = {"turn_id": turn.id, "rating": rating, "comment": comment, "at": datetime.now(UTC).isoformat()}
    await store.append(LOG, json.dumps(entry, ensure_ascii=False))
    await store.put(latest, said, ttl_s=AGAIN_S)
    metrics.FEEDBACK.labels(turn.conversation_id.partition(":")[0], rating).inc()

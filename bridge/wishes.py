"""What people want of turns that are not over: to stop them, or to answer a message as it reads now.

A wish is stored, so that it reaches a turn that waits, or runs in another process. The latest counts.
"""

import json
from dataclasses import replace
from typing import Literal

from bridge.errors import StoreUnavailable
from bridge.ports import KeyValue
from bridge.types import Inbound, Turn

Wish = Literal["stop", "again"]

TTL_S = 25 * 3600.0
"""Longer than any turn waits for its platform; also how long a change may come before the message it changes."""


async def stop(store: KeyValue, turn: Turn) -> None:
    """End the writing early. A message that joins a waiting turn later is answered all the same.
    May raise StoreUnavailable."""
    await store.put(_about(turn), f"stop {len(turn.inbounds)}", ttl_s=TTL_S)


async def again(store: KeyValue, turn: Turn) -> None:
    """Begin the answer anew: its question has changed. May raise StoreUnavailable."""
    await store.put(_about(turn), "again", ttl_s=TTL_S)


async def about(store: KeyValue, turn: Turn) -> Wish | None:
    """What is wanted of a turn now; to begin again is wanted once. May raise StoreUnavailable."""
    wish, _, messages = (await store.get(_about(turn)) or "").partition(" ")
    if wish == "stop" and len(turn.inbounds) <= int(messages):
        return "stop"
    if wish != "again":
        return None
    try:
        return "again" if await store.delete(_about(turn)) else None
    except StoreUnavailable:
        return "again"  # taken or not: begun anew once too often does no harm, and not at all answers the old words


async def amend(store: KeyValue, inbound: Inbound, *, deleted: bool) -> None:
    """From now on the message reads so, or counts as never sent. May raise StoreUnavailable."""
    now = None if deleted else {"text": inbound.text, "answer": inbound.answer, "begins": inbound.begins}
    await store.put(f"amend:{inbound.event_id}", json.dumps(now), ttl_s=TTL_S)


async def amended(store: KeyValue, inbound: Inbound) -> Inbound | None:
    """The message as it is now; None when it was taken back. May raise StoreUnavailable."""
    change = await store.get(f"amend:{inbound.event_id}")
    if change is None:
        return inbound
    now = json.loads(change)
    return None if now is None else replace(inbound, **now)


def _about(turn: Turn) -> str:
    return f"wish:{turn.id}"

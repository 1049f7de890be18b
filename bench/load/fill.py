"""Puts a past into a store before its servers start: conversations that were answered, and long histories."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import SecretStr

from bridge.channels.widget.sessions import Session, Sessions
from bridge.ports import Store
from bridge.types import Address, Inbound, Outcome, Reply, Sender, new_id

TOGETHER = 32
LEASE_S = 60.0
DAY_S = 86_400.0
QUESTION = "How long does the delivery of a bike to Ashcombe take, and can I choose the day myself?"
ANSWER = Reply(
    text="A bike takes two to four working days after dispatch. The carrier rings you and offers at least three dates."
    " If none suits you, it holds the bike in its depot for up to fourteen days at no charge.",
    outcome=Outcome.ANSWERED,
    rung="claude",
)


async def fill(store: Store, keys: Sequence[str], turns: int) -> None:
    """As many answered turns in each conversation. May raise StoreUnavailable."""
    left = iter([key for key in keys for _ in range(turns)])
    await asyncio.gather(*(_fill(store, left) for _ in range(TOGETHER)))


async def _fill(store: Store, keys: Iterator[str]) -> None:
    for key in keys:
        await store.accept(_message(key))
        while claim := await store.claim(lease_s=LEASE_S, wait_s=0.0):
            await store.finish(claim, replace(claim.turn, reply=ANSWER))


def _message(key: str) -> Inbound:
    address, now = Address("widget", key), datetime.now(UTC)
    return Inbound(event_id=f"fill:{new_id()}", address=address, sender=Sender(key), text=QUESTION, received_at=now)


async def tokens(store: Store, signing_key: str, keys: Sequence[str]) -> list[str]:
    """With which people go on in these conversations."""
    sessions = Sessions(store, signing_key=SecretStr(signing_key), identity_secret=None, life_s=DAY_S, renewal_s=DAY_S)
    return [(await sessions.token(Session(key)))[0] for key in keys]

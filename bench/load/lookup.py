"""Looks into a store after its servers have gone: is what was acknowledged there?"""

from collections.abc import Sequence

from bench.load.stage import Stage
from bridge.types import TurnId


async def missing(stage: Stage, turns: Sequence[str]) -> int:
    """How many of these turns the store does not have. May raise StoreUnavailable."""
    async with stage.store() as store:
        return sum([await store.turn(TurnId(turn)) is None for turn in turns])

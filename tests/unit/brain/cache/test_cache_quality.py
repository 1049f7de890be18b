"""Which pairs of questions are taken for one. The floor stands a little below what was measured; that no pair merges
which must not is no floor, but the rule."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence

import pytest

from bench.cache import DATA, Pair, both
from bridge.brain.cache.semantic import floor
from bridge.brain.cache.sense import sense
from tests.unit.knowledge.shared import use_embedder

pytestmark = pytest.mark.timeout(120)

Pairs = tuple[Sequence[Pair], Sequence[Pair]]


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return asyncio.run(both(use_embedder(), everything=False))


def test_there_are_enough_pairs(pairs: Pairs) -> None:
    apart, alike = pairs
    assert len(apart) >= 300
    assert len(alike) >= 300
    kinds = Counter(pair.kind for pair in apart)
    assert all(kinds[kind] >= 20 for kind in ("negation", "number", "place", "plan_name", "direction"))
    seen = {frozenset((pair.a, pair.b)) for pair in apart}
    assert not seen & {frozenset((pair.a, pair.b)) for pair in alike}


def test_what_must_not_merge_does_not(pairs: Pairs) -> None:
    assert [pair for pair in pairs[0] if pair.merged] == []


def test_nearness_alone_would_merge_most(pairs: Pairs) -> None:
    some = pairs[0][::12]
    one, other = (asyncio.run(use_embedder().embed([getattr(p, side) for p in some], "query")) for side in ("a", "b"))
    near = [float(a @ b) >= floor(use_embedder().id) for a, b in zip(one, other, strict=True)]
    assert sum(near) > len(near) / 2


@pytest.mark.parametrize(("tuning", "least"), [(True, 0.38), (False, 0.26)])
def test_paraphrases_are_found_as_often_as_they_were(pairs: Pairs, tuning: bool, least: float) -> None:
    own = [pair for pair in pairs[1] if pair.tuning is tuning]
    assert sum(pair.merged for pair in own) / len(own) >= least


@pytest.mark.parametrize("key", ["numbers", "signs", "content"])
def test_each_key_keeps_pairs_apart_that_the_others_would_merge(key: str) -> None:
    rows = [json.loads(line) for line in (DATA / "cache_must_not_merge.jsonl").read_text("utf-8").splitlines()]
    others = {"numbers", "signs", "content"} - {key}
    senses = [(sense(row["a"], row["language"]), sense(row["b"], row["language"])) for row in rows]
    merged = [(a, b) for a, b in senses if a and b and all(getattr(a, name) == getattr(b, name) for name in others)]
    assert merged

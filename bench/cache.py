"""Cache of answers: pairs of questions that must not get the same answer, and pairs that may.

A pair counts as merged when the keys of both questions (numbers, signs, content) are equal and their cosine, by the
embedded model, is above its threshold; or when both are the same words. Scope and sources are taken as equal, so that
only the words decide: the hardest case for safety. Whether a question may be kept at all (nobody's own, standing alone)
is told apart. The tuning half is what the word lists and the threshold were made with; the other half was not used for
that, but it was read, and mistakes that it showed were mended. "Adversarial" pairs were written against the word lists.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.brain.cache.exact import normalised
from bridge.brain.cache.rules import impersonal
from bridge.brain.cache.semantic import floor
from bridge.brain.cache.sense import sense
from bridge.brain.knowledge.embedders import use
from bridge.ports import Embedder

DATA = Path(__file__).parents[1] / "tests" / "data"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions, and what the cache makes of them."""

    a: str
    b: str
    language: str
    kind: str
    tuning: bool
    near: bool = False
    """Their cosine is above the threshold."""

    @property
    def exact(self) -> bool:
        return normalised(self.a, self.language) == normalised(self.b, self.language)

    @property
    def same(self) -> bool:
        """All keys are equal."""
        one = sense(self.a, self.language)
        return one is not None and one == sense(self.b, self.language)

    @property
    def merged(self) -> bool:
        return self.exact or (self.same and self.near)

    @property
    def served(self) -> bool:
        """And both are questions whose answers are kept."""
        return self.merged and impersonal(self.a, self.language) and impersonal(self.b, self.language)


async def measured(embedder: Embedder, name: str, *, everything: bool = True) -> Sequence[Pair]:
    """The pairs of a file, read with this embedder; not `everything`: only where nothing but the cosine is left to
    decide, the others count as far apart."""
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    read = [_pair(row) for row in rows]
    chosen = [pair for pair in read if everything or pair.same]
    one, other = [await embedder.embed([getattr(pair, side) for pair in chosen], "query") for side in ("a", "b")]
    cosines = {id(pair): float(a @ b) for pair, a, b in zip(chosen, one, other, strict=True)}
    return [replace(pair, near=cosines.get(id(pair), -1.0) >= floor(embedder.id)) for pair in read]


def _pair(row: Mapping[str, str]) -> Pair:
    kind = str(row.get("kind") or f"level {row['level']}")
    return Pair(a=row["a"], b=row["b"], language=row["language"], kind=kind, tuning=_tuning(row))


def _tuning(row: Mapping[str, str]) -> bool:
    """Half of them, by what they say: the same half every time."""
    return hashlib.blake2b(f"{row['a']}\n{row['b']}".encode(), digest_size=1).digest()[0] % 2 == 0


async def both(embedder: Embedder, *, everything: bool = True) -> tuple[Sequence[Pair], Sequence[Pair]]:
    """Those that must not merge, and those that may."""
    return (
        await measured(embedder, "cache_must_not_merge.jsonl", everything=everything),
        await measured(embedder, "cache_paraphrases.jsonl", everything=everything),
    )


def run() -> None:
    """Print every figure with how it was measured."""
    apart, alike = asyncio.run(_measured())
    halves: Mapping[str, Callable[[Pair], bool]] = {
        "tuning half": lambda pair: pair.tuning and pair.kind != "adversarial",
        "held-out half": lambda pair: not pair.tuning and pair.kind != "adversarial",
        "adversarial": lambda pair: pair.kind == "adversarial",
    }
    print("pairs that must not merge (goal: none does)")
    for name, chosen in halves.items():
        own = [pair for pair in apart if chosen(pair)]
        print(f"  {name:14} {len(own):4} pairs, merged {sum(pair.merged for pair in own)}")
    by_cosine = sum(pair.near for pair in apart)
    print(f"  by the cosine alone {by_cosine} of {len(apart)} would be\n")
    print("paraphrases that find the answer (goal: 40%)")
    for name, chosen in halves.items():
        if own := [pair for pair in alike if chosen(pair)]:
            print(f"  {name:14} {_share(own)}")
    print(f"  {'all':14} {_share(alike)}; of these by the same words {sum(pair.exact for pair in alike)}")
    for key in ("kind", "language"):
        for value in sorted({getattr(pair, key) for pair in alike}):
            print(f"  {value:14} {_share([pair for pair in alike if getattr(pair, key) == value])}")


def _share(pairs: Sequence[Pair]) -> str:
    merged, served = sum(pair.merged for pair in pairs), sum(pair.served for pair in pairs)
    return f"{len(pairs):4} pairs, found {merged / len(pairs):6.1%}, and may be kept {served / len(pairs):6.1%}"


async def _measured() -> tuple[Sequence[Pair], Sequence[Pair]]:
    embedder = use.build(use.Settings(), {})
    try:
        return await both(embedder)
    finally:
        await embedder.close()

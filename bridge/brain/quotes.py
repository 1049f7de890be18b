"""Chooses what to quote from passages for a question: a FAQ entry that asks the same, or the few sentences that
answer best, with what they lean on. Apart from asking the embedder, pure."""

import asyncio
import math
import re
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from bridge.brain.knowledge.retrieval import COVERAGE_MIN
from bridge.brain.knowledge.words import primary, terms
from bridge.brain.phrases import FUNCTION_WORDS
from bridge.brain.sentences import Unit, joined, units
from bridge.errors import EmbedderError
from bridge.ports import Embedder, Vectors
from bridge.types import Passage

PASSAGES_QUOTED_MAX = 2
CANDIDATES_EMBEDDED_MAX = 40
VECTORS_CACHED_MAX = 4_000
"""Vectors of sentences: 8 MB with 512 dimensions."""
EMBEDDED_AT_ONCE = 8
MEANING_S = 0.5
"""For so long sentences are compared in meaning, the likeliest first; the others are told apart by their words. On a
machine that is busy somebody waits for this, and the vectors are there for the next question."""
TEXTS_CACHED_MAX = 8_000
"""Sentences whose terms are remembered."""

# How these weights were found: the share of a set of questions whose expected words are in the answer, against its
# length.
_MEANING = 0.7
"""The share of meaning against words in a sentence's score, where there is an embedder."""
_HEADING = 0.5
"""What a word of the question counts that stands only in the heading above a sentence."""
_RANK = 0.02
"""What each place in the ranking of the passages costs the sentences below it."""
_NEIGHBOUR = 0.45
"""A neighbour is quoted too from this share of the best sentence's score on."""
_SECOND = 0.7
"""A second passage is quoted too from this share of the best sentence's score on."""
_SAME_QUESTION = 0.7
"""The share of words in common from which two questions have the same answer."""
_ROW = 0.8
"""A row of a table is quoted too from this share of the best row's score on."""

_NEGATION = re.compile(r"\b(?:not?|never|without|cannot|nicht|nie|kein\w*|ohne|sin|nunca)\b|n['’]t\b", re.IGNORECASE)
_LEANS_ON_PREVIOUS = re.compile(
    r"(?:It|This|That|These|Those|They|Then|After that|Otherwise|However|But|And|So|In that case|There"
    r"|Es|Das|Dies|Diese|Dann|Danach|Sonst|Aber|Esto|Después|Entonces)\b"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """What one passage says, in Markdown parts; the mark of the source goes behind `marked`."""

    passage: Passage
    parts: tuple[str, ...]
    marked: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A unit that may be quoted."""

    rank: int
    """The place of its passage."""
    position: int
    """Its own place in the passage."""
    unit: Unit
    heading: str


class SentenceVectors:
    """How near sentences are to a question in meaning. Remembers the sentences' vectors: they come again."""

    def __init__(self, embedder: Embedder, *, within_s: float = MEANING_S) -> None:
        self._embedder = embedder
        self._within_s = within_s
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    async def cosines(self, query: str, texts: Sequence[str]) -> Mapping[str, float]:
        """By the text, of as many of them, from the first on, as there is time for; empty when there is no vector
        worth having."""
        # In a thread: a long question takes milliseconds to tell apart.
        if not texts or await asyncio.to_thread(self._embedder.coverage, query) < COVERAGE_MIN:
            return {}
        vectors = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in vectors]
        asked: Vectors | None = None
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._within_s):
                    asked = (await self._embedder.embed([query], "query"))[0]
                    for start in range(0, len(missing), EMBEDDED_AT_ONCE):
                        batch = missing[start : start + EMBEDDED_AT_ONCE]
                        vectors |= zip(batch, await self._embedder.embed(batch, "document"), strict=True)
        except EmbedderError:
            return {}
        self._remember(vectors)
        if asked is None or len(vectors) < min(len(set(texts)), EMBEDDED_AT_ONCE):
            return {}
        return {text: float(vector @ asked) for text, vector in vectors.items()}

    def _remember(self, vectors: Mapping[str, Vectors]) -> None:
        """The newest last; what was not asked for the longest time is forgotten."""
        for text, vector in vectors.items():
            self._known[text] = vector
            self._known.move_to_end(text)
        while len(self._known) > VECTORS_CACHED_MAX:
            self._known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Relevance:
    """Passages, what can be quoted from them, and how well each answers the question."""

    passages: Sequence[Passage]
    candidates: Sequence[_Candidate]
    scores: Sequence[float]
    same_question: Sequence[float]
    """For each passage how alike its FAQ question is, 0 to 1; 0 for an article."""

    @classmethod
    async def of(cls, query: str, passages: Sequence[Passage], vectors: SentenceVectors | None) -> "Relevance":
        # In a thread: taking big passages apart for the first time would hold up every other answer.
        candidates, scores, same_question = await asyncio.to_thread(_by_words, query, passages)
        likely = sorted(range(len(candidates)), key=lambda i: -scores[i])[:CANDIDATES_EMBEDDED_MAX]
        told = {i: _in_context(candidates[i]) for i in likely}
        if vectors and (cosines := await vectors.cosines(query, list(told.values()))):
            meaning = {i: cosines.get(text, 0.0) for i, text in told.items()}
            scores = [(1 - _MEANING) * s + _MEANING * max(0.0, meaning.get(i, 0.0)) for i, s in enumerate(scores)]
        return cls(
            passages=passages,
            candidates=candidates,
            scores=[score - _RANK * c.rank for score, c in zip(scores, candidates, strict=True)],
            same_question=same_question,
        )


class Quotable:
    """What can be quoted for one question: worked out once, by whoever asks first, for all who ask."""

    def __init__(self) -> None:
        self._working = asyncio.Lock()
        self._relevance: Relevance | None = None

    async def relevance(self, query: str, passages: Sequence[Passage], vectors: SentenceVectors | None) -> Relevance:
        async with self._working:
            if self._relevance is None:
                self._relevance = await Relevance.of(query, passages, vectors)
            return self._relevance


def faq_answer(relevance: Relevance) -> Quote | None:
    """The whole answer of the FAQ entry that asks the same, if there is one."""
    best = max(range(len(relevance.passages)), key=lambda rank: relevance.same_question[rank], default=-1)
    answer = [candidate for candidate in relevance.candidates if candidate.rank == best]
    if not answer or relevance.same_question[best] < _SAME_QUESTION:
        return None
    return _quote(relevance.passages[best], answer)


def quotes(relevance: Relevance, *, sentences_max: int, rows_max: int) -> list[Quote]:
    """The best sentences of the best passages, in document order."""
    order = sorted(range(len(relevance.candidates)), key=lambda i: -relevance.scores[i])
    found: list[Quote] = []
    left = sentences_max
    floor = relevance.scores[order[0]] * _SECOND if order else 0.0
    quoted: set[int] = set()
    for index in order:
        rank = relevance.candidates[index].rank
        if left <= 0 or len(found) == PASSAGES_QUOTED_MAX or relevance.scores[index] < floor:
            break
        if rank in quoted:
            continue
        chosen = _around(relevance, index, sentences_max=left, rows_max=rows_max)
        quoted.add(rank)
        found.append(_quote(relevance.passages[rank], chosen))
        left -= sum(c.unit.kind != "row" for c in chosen) or left
    return found


def _candidates(rank: int, passage: Passage) -> Iterator[_Candidate]:
    heading = passage.section
    for position, unit in enumerate(units(passage.text)):
        if unit.kind == "heading":
            heading = unit.text
        else:
            yield _Candidate(rank, position, unit, heading)


def _by_words(query: str, passages: Sequence[Passage]) -> tuple[list[_Candidate], list[float], list[float]]:
    """The candidates, their scores by words alone, and for each passage how alike its FAQ question is."""
    candidates = [c for rank, passage in enumerate(passages) for c in _candidates(rank, passage)]
    same_question = [_alike(query, p) if p.kind == "faq" else 0.0 for p in passages]
    return candidates, _word_scores(query, passages, candidates), same_question


def _in_context(candidate: _Candidate) -> str:
    header = candidate.unit.header.partition("\n")[0]
    return " ".join(filter(None, [candidate.heading, header, candidate.unit.text]))


def _word_scores(query: str, passages: Sequence[Passage], candidates: Sequence[_Candidate]) -> list[float]:
    """The share of the question's words in each candidate, rare words counting more."""
    bags = [_words(c.unit.text, passages[c.rank].language) for c in candidates]
    headings = [
        _words(f"{passages[c.rank].title} {c.heading} {c.unit.header}", passages[c.rank].language) for c in candidates
    ]
    seen_in = Counter(term for bag in bags for term in bag)
    weights = {
        language: {term: math.log(1 + (len(bags) + 1) / (seen_in[term] + 1)) for term in _asked(query, language)}
        for language in {passage.language for passage in passages}
    }
    totals = {language: math.fsum(asked.values()) or 1.0 for language, asked in weights.items()}
    scores = []
    for candidate, bag, heading in zip(candidates, bags, headings, strict=True):
        language = passages[candidate.rank].language
        asked = weights[language]
        hit = math.fsum(asked[term] for term in asked.keys() & bag)
        hit += _HEADING * math.fsum(asked[term] for term in asked.keys() & (heading - bag))
        scores.append(hit / totals[language])
    return scores


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def _words(text: str, language: str) -> frozenset[str]:
    """The terms of a piece of a passage, which come again and again."""
    return frozenset(terms(text, language))


def _asked(text: str, language: str) -> frozenset[str]:
    """The terms of a question without the words that only hold it together."""
    return frozenset(terms(text, language)) - _function_terms(primary(language))


@lru_cache
def _function_terms(language: str) -> frozenset[str]:
    return frozenset(terms(FUNCTION_WORDS.get(language, ""), language))


def _alike(query: str, passage: Passage) -> float:
    """The share of words that two questions have in common; none when only one of them is a negation."""
    if bool(_NEGATION.search(query)) != bool(_NEGATION.search(passage.section)):
        return 0.0
    asked, answered = (_asked(text, passage.language) for text in (query, passage.section))
    return 2 * len(asked & answered) / ((len(asked) + len(answered)) or 1)


def _around(relevance: Relevance, best: int, *, sentences_max: int, rows_max: int) -> list[_Candidate]:
    """The best candidate with the neighbours that belong to the answer, in document order."""
    if relevance.candidates[best].unit.kind == "row":
        return _rows(relevance, best, rows_max)
    first = last = best
    enough = relevance.scores[best] * _NEIGHBOUR
    while last - first + 1 < sentences_max:
        if _leans_back(relevance, first):
            first -= 1
        elif _goes_on(relevance, last) or (
            _together(relevance, last, last + 1) and relevance.scores[last + 1] >= enough
        ):
            last += 1
        elif _together(relevance, first - 1, first) and relevance.scores[first - 1] >= enough:
            first -= 1
        else:
            break
    return list(relevance.candidates[first : last + 1])


def _rows(relevance: Relevance, best: int, rows_max: int) -> list[_Candidate]:
    """The rows of a table that fit the question about as well as the best one."""
    chosen = relevance.candidates[best]
    same = [
        i for i, c in enumerate(relevance.candidates) if c.rank == chosen.rank and c.unit.block == chosen.unit.block
    ]
    good = [i for i in same if relevance.scores[i] >= relevance.scores[best] * _ROW]
    if 2 * len(good) >= len(same):
        good = same
    return [relevance.candidates[i] for i in good[:rows_max]]


def _together(relevance: Relevance, first: int, second: int) -> bool:
    """Both stand below the same heading of the same passage, and neither is in a table."""
    if first < 0 or second >= len(relevance.candidates):
        return False
    a, b = relevance.candidates[first], relevance.candidates[second]
    return (a.rank, a.heading) == (b.rank, b.heading) and "row" not in (a.unit.kind, b.unit.kind)


def _leans_back(relevance: Relevance, index: int) -> bool:
    """It cannot be understood without what stands before it."""
    if not _together(relevance, index - 1, index):
        return False
    before, unit = relevance.candidates[index - 1].unit, relevance.candidates[index].unit
    return before.text.endswith(":") or (unit.kind == "sentence" and bool(_LEANS_ON_PREVIOUS.match(unit.text)))


def _goes_on(relevance: Relevance, index: int) -> bool:
    """It announces what stands behind it."""
    return relevance.candidates[index].unit.text.endswith(":") and _together(relevance, index, index + 1)


def _quote(passage: Passage, chosen: Sequence[_Candidate]) -> Quote:
    blocks: dict[int, list[Unit]] = {}
    for candidate in chosen:
        blocks.setdefault(candidate.unit.block, []).append(candidate.unit)
    parts = [joined(group) for group in blocks.values()]
    if chosen[-1].unit.kind not in ("row", "code"):
        return Quote(passage, tuple(parts), parts[-1])
    # A mark behind a table or a code fence would break it: it goes behind the heading.
    title = f"**{chosen[0].heading or passage.title}**"
    return Quote(passage, (title, *parts), title)

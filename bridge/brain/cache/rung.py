"""The rung that gives an answer again, to somebody who asks the same. It stands before the models, and behind them."""

import asyncio
import hashlib
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bridge import metrics
from bridge.brain.cache import semantic
from bridge.brain.cache.entries import BATCH, Answer, Entries, Kept, scope_of
from bridge.brain.cache.exact import normalised
from bridge.brain.cache.polarity import negated, opening
from bridge.brain.cache.rules import asked_for_all, begins, sound
from bridge.brain.cache.settings import CacheSettings
from bridge.brain.cascade import Question
from bridge.brain.checks.figures import claimed
from bridge.brain.extractive import pieces
from bridge.brain.knowledge.retrieval import COVERAGE_MIN, clean
from bridge.errors import EmbedderError, StoreUnavailable
from bridge.logs import event
from bridge.ports import Embedder, Emit, Vectors
from bridge.types import Outcome, Passage, Reply, TextDelta, Trace, without_marks

_log = logging.getLogger(__name__)

FEEDBACK_LOG = "feedback"
"""Where thumbs are kept, whatever channel they come from."""
PENDING_MAX = 1_000
"""Comparisons that wait for a model's answer."""


class Answers:
    """The cache of answers, shared by both of its rungs."""

    def __init__(
        self,
        store: Kept,
        settings: CacheSettings,
        embedder: Embedder,
        *,
        business: str,
        version: Callable[[], str],
        current: Callable[[Passage], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.entries = Entries(store, settings, current, clock)
        self._store = store
        self._settings = settings
        self._embedder = embedder
        self._business = business
        self._version = version
        self._clock = clock
        self._thumbs_read = 0
        self._pending: OrderedDict[str, Answer] = OrderedDict()

    async def refresh(self) -> None:
        """Read what other processes kept and dropped, and which answers were disliked; to be called now and then.
        May raise StoreUnavailable."""
        await self.entries.refresh()
        while thumbs := await self._store.read(FEEDBACK_LOG, after=self._thumbs_read, limit=BATCH):
            for thumb in thumbs:
                if turn_id := _disliked(thumb.body):
                    await self._evict_known(turn_id)
                self._thumbs_read = thumb.id

    async def find(self, question: Question, *, fallback: bool = False) -> Answer | None:
        """The answer to give again. Some questions are left to a model, to compare, unless none is there."""
        if not self._may(question):
            return None
        answer, layer = await self._found(question)
        if answer and not fallback and self._sampled(question.turn.id):
            self._pending[question.turn.id] = answer
            while len(self._pending) > PENDING_MAX:
                self._pending.popitem(last=False)
            answer, layer = None, "compared"
        metrics.CACHE.labels(layer).inc()
        return answer

    async def keep(self, question: Question, reply: Reply) -> None:
        """Take note of an answer that was given live, whichever it was: compare it, and keep it if it is for all."""
        try:
            if (expected := self._pending.pop(question.turn.id, None)) and reply.rung == "claude":
                await self.entries.compared(
                    question.turn.id, expected.category, agree(expected, reply, question.language)
                )
            now = reply.trace.prompt_version == self._version()
            if now and begins(question) and self._may(question) and sound(reply, question):
                await self.entries.keep(await self._answer(question, reply))
        except StoreUnavailable as error:
            event(_log, "answer_not_kept", level=logging.WARNING, error=error)

    async def served(self, turn_id: str, answer: Answer) -> None:
        """Remember whose answer it was, in case a thumb goes down."""
        try:
            await self._store.put(_served(turn_id), answer.id, ttl_s=2 * self._settings.age_s)
        except StoreUnavailable as error:
            event(_log, "serving_not_noted", level=logging.WARNING, error=error)

    async def evict(self, turn_id: str) -> None:
        """Somebody disliked the answer of this turn, live or given again: nobody gets it any more.
        May raise StoreUnavailable."""
        await self.entries.drop(await self._store.get(_served(turn_id)) or turn_id)

    async def _evict_known(self, turn_id: str) -> None:
        """The same for what is here: after a start, all thumbs are read again."""
        answer_id = await self._store.get(_served(turn_id)) or turn_id
        if answer_id in self.entries:
            await self.entries.drop(answer_id)

    def _may(self, question: Question) -> bool:
        settings = self._settings
        if not settings.enabled or self.entries.off(question.route.category.value):
            return False
        if question.work.rounds:
            return False  # what was looked up or done for it is somebody's own matter
        return asked_for_all(question, settings.confidence_min)

    async def _found(self, question: Question) -> tuple[Answer | None, str]:
        scope, text = self._scope(question), question.turn.question
        same = self.entries.exact(scope, normalised(text, question.language))
        if same and semantic.ranks(same, question.passages):
            return same, "exact"
        alike = [
            answer
            for answer in semantic.candidates(self.entries, scope, text, question.language)
            if semantic.ranks(answer, question.passages)
        ]
        if not alike:
            return None, "miss"
        vector = await self._vector(question.query)
        for answer in alike:
            if semantic.near(answer, vector, self._embedder.id, self._settings.cosine_min):
                return answer, "semantic"
        return None, "miss"

    async def _answer(self, question: Question, reply: Reply) -> Answer:
        vector = await self._vector(question.query)
        return Answer(
            id=question.turn.id,
            scope=self._scope(question),
            language=question.language,
            category=question.route.category.value,
            question=normalised(question.turn.question, question.language),
            text=reply.text,
            citations=reply.citations,
            model=reply.model,
            prompt_version=self._version(),
            at=self._clock(),
            seen=frozenset(passage.chunk_id for passage in question.passages),
            embedder=self._embedder.id if vector is not None else "",
            vector=None if vector is None else vector.astype(np.float16),
        )

    def _scope(self, question: Question) -> str:
        """What has to be equal: for whom, where, in which language and by which prompt it is answered."""
        return scope_of(
            self._business,
            question.turn.address.channel,
            question.language,
            self._version(),
            "anonymous",  # who may see it: nobody is known yet
            question.route.category.value,
        )

    async def _vector(self, query: str) -> Vectors | None:
        """As the search embeds the question, so that it is there already."""
        text = clean(query)
        if not text or await asyncio.to_thread(self._embedder.coverage, text) < COVERAGE_MIN:
            return None
        try:
            vectors = await self._embedder.embed([text], "query")
        except EmbedderError:
            return None  # the search says so in the log
        return np.asarray(vectors[0])

    def _sampled(self, turn_id: str) -> bool:
        """The same for a turn that is begun again."""
        number = int.from_bytes(hashlib.blake2b(turn_id.encode(), digest_size=8).digest())
        return number < self._settings.live_share * 2**64


@dataclass(frozen=True, slots=True)
class Cached:
    """A rung over the answers; as a `fallback` no model is left that it could be compared with."""

    answers: Answers
    fallback: bool = False
    piece_s: float = 0.0
    """Seconds between pieces of text."""
    name: str = "cache"

    async def answer(self, question: Question, emit: Emit) -> Reply | None:
        """None when nothing that was said before answers this."""
        found = await self.answers.find(question, fallback=self.fallback)
        if found is None:
            return None
        for piece in pieces(found.text):
            emit(TextDelta(piece))
            await asyncio.sleep(self.piece_s)
        await self.answers.served(question.turn.id, found)
        return Reply(
            text=found.text,
            outcome=Outcome.ANSWERED,
            citations=found.citations,
            rung=self.name,
            model=found.model,
            trace=Trace(prompt_version=found.prompt_version),
        )


def _served(turn_id: str) -> str:
    return f"cache:served:{turn_id}"


def _disliked(body: str) -> str:
    """The turn that got a thumb down; "" when it is none."""
    try:
        said = json.loads(body)
        return str(said["turn_id"]) if said["rating"] == "down" else ""
    except (ValueError, KeyError, TypeError):
        return ""


def agree(kept: Answer, reply: Reply, language: str) -> bool:
    """Both say the same, as far as that can be told: they are answers, share a source, have the same figures, do not
    open with "yes" here and "no" there, and both or neither say "not"."""
    if reply.outcome is not Outcome.ANSWERED or not _sources(kept.citations) & _sources(reply.citations):
        return False
    one, other = without_marks(kept.text), without_marks(reply.text)
    if set(claimed(one, language)) != set(claimed(other, language)):
        return False
    openings = {opening(one, language), opening(other, language)} - {""}
    return len(openings) < 2 and negated(one, language) is negated(other, language)


def _sources(passages: tuple[Passage, ...]) -> set[str]:
    return {passage.chunk_id for passage in passages}

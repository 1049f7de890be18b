"""Answers that are kept: in a log of the store, which every process reads, and in memory, where they are found."""

import asyncio
import base64
import hashlib
import json
import logging
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge import metrics
from bridge.brain.cache.sense import Sense, sense
from bridge.brain.cache.settings import CacheSettings
from bridge.brain.route import Category
from bridge.logs import event
from bridge.ports import KeyValue, Log, Vectors
from bridge.types import Passage

_log = logging.getLogger(__name__)

LOG = "answers"
BATCH = 500
OFF_READ_S = 60.0
"""How long it may take until another process learns that a category is off, when nothing else is new."""
CATEGORIES = frozenset({Category.FAQ, Category.SIMPLE_SUPPORT})
"""Of other questions no answers are kept."""
COMPARISONS_MAX = 1_000
"""So many of the newest comparisons of a category count."""
AHEAD_S = 60.0
"""So far in the future an answer may be dated: clocks of two machines differ."""


class Kept(Log, KeyValue, Protocol):
    """What of a store is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that may be given again."""

    id: str
    """Of the turn that it was written for."""
    scope: str
    language: str
    category: str
    question: str
    """Normalised."""
    text: str
    citations: tuple[Passage, ...]
    model: str
    prompt_version: str
    at: float
    """The wall clock's seconds when it was kept."""
    seen: frozenset[str] = frozenset()
    """The ids of the passages that the model was shown."""
    embedder: str = ""
    vector: NDArray[np.float16] | None = field(default=None, compare=False)
    """A unit row, where there was an embedder."""

    def cosine(self, vector: Vectors) -> float:
        """With another unit row of the same embedder."""
        return 0.0 if self.vector is None else float(self.vector.astype(np.float32) @ vector)


class Entries:
    """Mutable. `refresh` brings it up to date with the log; what is found is always checked against the clock and what
    the knowledge base says now."""

    def __init__(
        self,
        store: Kept,
        settings: CacheSettings,
        current: Callable[[Passage], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._settings = settings
        self._current = current
        self._clock = clock
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._exact: dict[tuple[str, str], str] = {}
        self._alike: defaultdict[tuple[str, Sense], set[str]] = defaultdict(set)
        self._dropped: OrderedDict[str, None] = OrderedDict()
        self._compared: defaultdict[str, deque[bool]] = defaultdict(lambda: deque(maxlen=COMPARISONS_MAX))
        self._off: set[str] = set()
        self._off_read = -OFF_READ_S
        self._read = 0
        self._refreshing = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, answer_id: str) -> bool:
        return answer_id in self._answers

    def exact(self, scope: str, question: str) -> Answer | None:
        """The answer to the same words."""
        return self._fresh(self._exact.get((scope, question), ""))

    def alike(self, scope: str, asked: Sense) -> Iterator[Answer]:
        """Answers to questions that ask the same, newest first."""
        known = self._alike.get((scope, asked), set())
        for id_ in [id_ for id_ in reversed(self._answers) if id_ in known] if known else ():
            if answer := self._fresh(id_):
                yield answer

    def off(self, category: str) -> bool:
        """Answers of this category are not served."""
        return category in self._off

    async def keep(self, answer: Answer) -> None:
        """Keep it for every process, unless one for the same words is there that was shown the same passages. May raise
        StoreUnavailable."""
        known = self.exact(answer.scope, answer.question)
        if answer.id in self._dropped or (known and answer.seen <= known.seen):
            return
        await self._store.append(
            LOG, json.dumps({"keep": _written(answer)}, ensure_ascii=False), key=f"answer:{answer.id}"
        )
        await self.refresh()

    async def drop(self, answer_id: str) -> None:
        """Forget it in every process. May raise StoreUnavailable."""
        self._forget(answer_id)
        await self._store.append(LOG, json.dumps({"drop": answer_id}), key=f"answer-drop:{answer_id}")

    async def compared(self, turn_id: str, category: str, agreed: bool) -> None:
        """Note whether a model said the same as the cache would have. May raise StoreUnavailable."""
        said = {"compared": category, "agreed": agreed}
        await self._store.append(LOG, json.dumps(said), key=f"answer-compared:{turn_id}")
        await self.refresh()

    async def refresh(self) -> None:
        """Read what is new, and let go of what is old. May raise StoreUnavailable."""
        async with self._refreshing:
            news = False
            while entries := await self._store.read(LOG, after=self._read, limit=BATCH):
                for entry in entries:
                    self._take(entry.body)
                    self._read = entry.id
                news = True
            await self._switch(news=news)
        for id_ in list(self._answers):
            self._fresh(id_)
        metrics.CACHE_ENTRIES.set(len(self._answers))

    def _take(self, body: str) -> None:
        try:
            said = json.loads(body)
            if "keep" in said:
                self._add(_read(said["keep"]))
            elif "drop" in said:
                self._forget(str(said["drop"]))
            elif "off" in said:
                self._compared[str(said["off"])].clear()
            else:
                self._compared[str(said["compared"])].append(bool(said["agreed"]))
        except (ValueError, KeyError, TypeError) as error:  # of another version: it will be answered anew
            event(_log, "cached_answer_unreadable", level=logging.WARNING, error=type(error).__name__)

    def _add(self, answer: Answer) -> None:
        if answer.id in self._dropped:
            return
        if before := self._exact.get((answer.scope, answer.question)):
            self._remove(before)
        self._answers[answer.id] = answer
        self._exact[answer.scope, answer.question] = answer.id
        if asked := sense(answer.question, answer.language):
            self._alike[answer.scope, asked].add(answer.id)
        while len(self._answers) > self._settings.entries_max:
            self._remove(next(iter(self._answers)))

    def _forget(self, answer_id: str) -> None:
        self._remove(answer_id)
        self._dropped[answer_id] = None
        while len(self._dropped) > self._settings.entries_max:
            self._dropped.popitem(last=False)

    def _remove(self, answer_id: str) -> None:
        answer = self._answers.pop(answer_id, None)
        if answer is None:
            return
        if self._exact.get((answer.scope, answer.question)) == answer_id:
            del self._exact[answer.scope, answer.question]
        if asked := sense(answer.question, answer.language):
            same = self._alike[answer.scope, asked]
            same.discard(answer_id)
            if not same:
                del self._alike[answer.scope, asked]

    def _fresh(self, answer_id: str) -> Answer | None:
        """The answer, if it may still be given; else it is gone."""
        answer = self._answers.get(answer_id)
        if answer is None:
            return None
        age_s = self._clock() - answer.at
        if -AHEAD_S <= age_s < self._settings.age_s and all(map(self._current, answer.citations)):
            return answer
        self._remove(answer_id)
        return None

    async def _switch(self, *, news: bool) -> None:
        """Categories whose answers differ too often are off in every process, also after a restart, for as long as the
        store holds the key. The comparisons that led to it count once: who deletes the key begins anew."""
        for category, results in self._compared.items():
            wrong = results.count(False) / max(1, len(results))
            if len(results) >= self._settings.comparisons_min and wrong > self._settings.disagreement_max:
                results.clear()
                key = _off_key(category)
                await self._store.put(key, "1")
                await self._store.append(LOG, json.dumps({"off": category}))
                event(
                    _log,
                    "cache_switched_off",
                    level=logging.WARNING,
                    category=category,
                    share=round(wrong, 3),
                    undo=f"delete the key {key} from the store",
                )
        if not news and self._clock() - self._off_read < OFF_READ_S:
            return
        self._off_read = self._clock()
        for category in CATEGORIES:
            now_off = await self._store.get(_off_key(category)) is not None
            (self._off.add if now_off else self._off.discard)(category)
            metrics.CACHE_OFF.labels(category).set(now_off)


def _off_key(category: str) -> str:
    return f"cache:off:{category}"


def scope_of(*parts: str) -> str:
    """Names everything that has to be equal."""
    return hashlib.blake2b("\0".join(parts).encode(errors="replace"), digest_size=12).hexdigest()


def _written(answer: Answer) -> Mapping[str, Any]:
    said = {name: getattr(answer, name) for name in Answer.__slots__ if name not in ("citations", "seen", "vector")}
    said["seen"] = sorted(answer.seen)
    said["citations"] = [asdict(passage) for passage in answer.citations]
    said["vector"] = "" if answer.vector is None else base64.b64encode(answer.vector.tobytes()).decode()
    return said


def _read(said: Mapping[str, Any]) -> Answer:
    row = np.frombuffer(base64.b64decode(said["vector"]), np.float16) if said["vector"] else None
    citations = tuple(Passage(**passage) for passage in said["citations"])
    seen = frozenset(said.get("seen", ()))
    return Answer(**{**said, "citations": citations, "seen": seen, "vector": row})

"""The knowledge base as the server holds it: an index that serves, and a folder that it follows.

One process builds the index (`refresh`), in a folder that all of them see; every process opens what the folder names
(`follow`), at most `LOOK_S` after it was put there. The store tells which version is meant, so that one which cannot
see it knows that it is behind.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from bridge import metrics
from bridge.brain.knowledge import meant as cluster
from bridge.brain.knowledge.index import Index, nothing
from bridge.brain.knowledge.ingest import IngestReport, Progress, changed, ingest
from bridge.brain.knowledge.load import Problem
from bridge.brain.knowledge.meant import Meant
from bridge.brain.knowledge.retrieval import HybridRetriever
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import current_name, folder_id, open_index, sweep
from bridge.errors import EmbedderError, IndexBusy, KnowledgeError, StoreUnavailable
from bridge.logs import event
from bridge.ports import Embedder, KeyValue

QUARANTINED_SHOWN_MAX = 20
"""Named on /readyz; the others are counted, and `bridge ingest` names all."""
LOOK_S = 1.0
"""How often a process looks whether another index is current: `follow` is to be called so often."""
BUSY_S = 0.2
"""How often a start looks again while another process builds the first index."""

log = logging.getLogger(__name__)


class Library:
    """Mutable: `follow` puts another index in service. Made by `open_library`. Without an index it finds nothing and is
    not `ready`."""

    def __init__(
        self, settings: Settings, embedder: Embedder, index: Index | None = None, *, store: KeyValue | None = None
    ) -> None:
        self._settings = settings
        self._embedder = embedder
        self._store = store
        self._index = nothing()
        self._newest = ""
        """The name of the current build, as it was last seen."""
        self._meant: Meant | None = None
        self._problems: Sequence[Problem] = ()
        self._troubles = {"open": "", "build": ""}
        """What was logged already, by what was tried."""
        self._opening = asyncio.Lock()
        self._opened = asyncio.Event()
        self.retriever = HybridRetriever(self._index, embedder, settings)
        if index:
            self._newest = index.name
            self._serve(index)

    @property
    def ready(self) -> bool:
        """There is an index that serves."""
        return self._opened.is_set()

    @property
    def version(self) -> str:
        """Of the index that serves: equal in all processes that say the same."""
        return self._index.version

    @property
    def behind(self) -> bool:
        """Another index is newer, or is meant."""
        other = self._meant is not None and self._meant.version != self.version
        return other or self._newest != self._index.name

    async def opened(self) -> None:
        """Wait until there is an index."""
        await self._opened.wait()

    async def folder(self) -> str:
        """Names the folder of the index, equal for all that share it: one process at a time is to call `refresh` for
        each. May raise KnowledgeError when it cannot be written."""
        return await asyncio.to_thread(folder_id, self._settings.index_path)

    async def follow(self) -> None:
        """Serve what the folder names, whoever built it, and hear what is meant. Trouble is logged; the old index goes
        on serving."""
        async with self._opening:
            try:
                await self._open()
                self._troubles["open"] = ""
            except KnowledgeError as error:
                self._tell("open", "cannot open the index", error)
        if self._store:
            with suppress(StoreUnavailable):  # what was heard last stands
                self._meant = await cluster.read(self._store)
        metrics.INDEX_BEHIND.set(self.ready and self.behind)

    async def refresh(self) -> None:
        """Bring the index up to date if the documents have changed, for every process that shares the folder, and tell
        them. Trouble is logged; the old index goes on serving."""
        await self.follow()
        try:
            if self._newest != self._index.name or await asyncio.to_thread(
                changed, self._settings, self._embedder, self._index
            ):
                report = await ingest(self._settings, self._embedder)
                await self.follow()
                if report.rebuilt:
                    event(log, "reindexed", added=len(report.added), changed=len(report.changed), chunks=report.chunks)
                self.note(report)
            await asyncio.to_thread(sweep, self._settings.index_path)
            await self._publish()
            self._troubles["build"] = ""
        except IndexBusy:
            pass  # what it makes is opened when it is there
        except StoreUnavailable:
            pass  # told at the next look
        except (KnowledgeError, EmbedderError) as error:
            self._tell("build", "cannot reindex", error)

    def note(self, report: IngestReport) -> None:
        """Log the documents that cannot be used, and those that are kept out, once."""
        problems = [*report.problems, *report.quarantined]
        for problem in problems:
            if problem not in self._problems:
                event(log, "document left out", level=logging.WARNING, file=problem.where, error=problem.message)
        self._problems = problems

    def status(self) -> dict[str, Any]:
        """For /readyz."""
        quarantined = self._index.manifest.quarantined
        told: dict[str, Any] = {
            "ready": self.ready,
            "chunks": self.retriever.size,
            "version": self.version,
            "behind": self.ready and self.behind,
            "quarantined": len(quarantined),
            "quarantined_documents": quarantined[:QUARANTINED_SHOWN_MAX],
        }
        if self._meant:
            told["meant"] = self._meant.version
        if trouble := self._troubles["open"] or self._mismatch(self._index) or self._troubles["build"]:
            told["trouble"] = trouble
        if not self.ready:
            told["waits_for"] = "whoever builds the index: bridge serve --role scheduler, or bridge ingest"
        return told

    def close(self) -> None:
        self.retriever.close()

    async def _open(self) -> None:
        """Serve the current index, unless it serves. May raise KnowledgeError."""
        path = self._settings.index_path
        try:
            self._newest = await asyncio.to_thread(current_name, path)
        except KnowledgeError:
            self._newest = ""
            raise
        if self._newest == self._index.name:
            return
        index = await asyncio.to_thread(partial(open_index, path, fresh=self.ready))
        self._newest = index.name
        if mismatch := self._mismatch(index):
            raise KnowledgeError(mismatch)
        self._serve(index)
        event(log, "index in service", version=index.version, chunks=index.size)

    def _mismatch(self, index: Index) -> str:
        """Why this index is not for this process; its vectors would mean nothing here."""
        made_with = index.manifest.embedder_id
        if made_with in ("", self._embedder.id):
            return ""
        return (
            f"the index was made with the embedder {made_with!r}, and this process has {self._embedder.id!r}: "
            "give every process the same knowledge.embedder"
        )

    def _serve(self, index: Index) -> None:
        self._index = index
        self.retriever.swap(index)
        metrics.INDEX_QUARANTINED.set(len(index.manifest.quarantined))
        self._opened.set()

    async def _publish(self) -> None:
        """Say that what serves here is meant, unless that is known or another folder has a newer one. May raise
        StoreUnavailable."""
        heard = self._meant
        if not (self._store and self.ready) or (heard and heard.version == self.version):
            return
        ours = await _named(self._settings, self._index)
        if heard and heard.folder != ours.folder and heard.built_at >= ours.built_at:
            return
        await cluster.tell(self._store, ours)
        self._meant = ours

    def _tell(self, what: str, words: str, error: Exception) -> None:
        """It is tried again at every look, and said once."""
        if self._troubles[what] != str(error):
            event(log, words, level=logging.WARNING, error=error)
        self._troubles[what] = str(error)


async def open_library(
    settings: Settings,
    embedder: Embedder,
    progress: Progress,
    *,
    store: KeyValue | None = None,
    builds: bool = True,
) -> Library:
    """Serve the index that is there. When there is none, build it first, or wait for whoever does; who never `builds`
    gets a library without an index, which is ready once `follow` has found one. May raise KnowledgeError,
    EmbedderError."""
    with suppress(EmbedderError):  # retrieval notes it and goes on with words
        await embedder.embed(["warm up"], "query")
    if not builds:
        library = Library(settings, embedder, store=store)
        await library.follow()
        return library
    index, report = await _first(settings, embedder, progress)
    library = Library(settings, embedder, index, store=store)
    if report:
        library.note(report)
    return library


async def announce(settings: Settings, store: KeyValue) -> None:
    """Say of the index in this folder that it is meant. May raise KnowledgeError, StoreUnavailable."""
    index = await asyncio.to_thread(open_index, settings.index_path)
    await cluster.tell(store, await _named(settings, index))


async def _named(settings: Settings, index: Index) -> Meant:
    """An index of this folder, as all are told of it. May raise KnowledgeError."""
    folder = await asyncio.to_thread(folder_id, settings.index_path)
    return Meant(index.version, folder, index.manifest.built_at.isoformat())


async def _first(settings: Settings, embedder: Embedder, progress: Progress) -> tuple[Index, IngestReport | None]:
    """The index that is there, or that is made now, here or by another process. May raise KnowledgeError,
    EmbedderError."""
    waited = False
    while True:
        with suppress(KnowledgeError):
            return await asyncio.to_thread(open_index, settings.index_path), None
        try:
            report = await ingest(settings, embedder, progress=progress)
            return await asyncio.to_thread(open_index, settings.index_path), report
        except IndexBusy:
            if not waited:
                event(log, "waiting for another process that builds the index", path=str(settings.index_path))
            waited = True
        await asyncio.sleep(BUSY_S)

"""The knowledge base as the server holds it: an index that serves, and a folder that it follows."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from bridge import metrics
from bridge.brain.knowledge.index import Index
from bridge.brain.knowledge.ingest import IngestReport, Progress, changed, ingest
from bridge.brain.knowledge.load import Problem
from bridge.brain.knowledge.retrieval import HybridRetriever
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import open_index
from bridge.errors import EmbedderError, KnowledgeError
from bridge.logs import event
from bridge.ports import Embedder

QUARANTINED_SHOWN_MAX = 20
"""Named on /readyz; the others are counted, and `bridge ingest` names all."""

log = logging.getLogger(__name__)


class Library:
    """Mutable: `refresh` puts a newer index in service. Made by `open_library`."""

    def __init__(self, settings: Settings, embedder: Embedder, index: Index) -> None:
        self._settings = settings
        self._embedder = embedder
        self._index = index
        metrics.INDEX_QUARANTINED.set(len(index.manifest.quarantined))
        self._problems: Sequence[Problem] = ()
        self._trouble = ""
        self.retriever = HybridRetriever(index, embedder, settings)

    async def refresh(self) -> None:
        """Bring the index up to date if the folder has changed. Trouble is logged; the old index goes on serving."""
        try:
            if not await asyncio.to_thread(changed, self._settings, self._embedder, self._index):
                return
            report = await ingest(self._settings, self._embedder)
            if report.version != self._index.version:
                self._index = await asyncio.to_thread(open_index, self._settings.index_path)
                self.retriever.swap(self._index)
                event(log, "reindexed", added=len(report.added), changed=len(report.changed), chunks=report.chunks)
            self.note(report)
            self._trouble = ""
        except (KnowledgeError, EmbedderError) as error:
            # Tried again at every look; said once.
            if self._trouble != str(error):
                event(log, "cannot reindex", level=logging.WARNING, error=error)
            self._trouble = str(error)

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
        return {
            "ready": True,
            "chunks": self.retriever.size,
            "version": self.retriever.version,
            "quarantined": len(quarantined),
            "quarantined_documents": quarantined[:QUARANTINED_SHOWN_MAX],
        }

    def close(self) -> None:
        self.retriever.close()


async def open_library(settings: Settings, embedder: Embedder, progress: Progress) -> Library:
    """Serve the index that is there, else build it first. May raise KnowledgeError, EmbedderError."""
    report = None
    try:
        index = await asyncio.to_thread(open_index, settings.index_path)
    except KnowledgeError:
        report = await ingest(settings, embedder, progress=progress)
        index = await asyncio.to_thread(open_index, settings.index_path)
    with suppress(EmbedderError):  # retrieval notes it and goes on with words
        await embedder.embed(["warm up"], "query")
    library = Library(settings, embedder, index)
    if report:
        library.note(report)
    return library

"""Brings the index up to date with the folder: reads everything, embeds only what is new, writes only what differs."""

import asyncio
import fcntl
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge import metrics
from bridge.brain.knowledge.chunk import Sizes, chunks, embedded_text
from bridge.brain.knowledge.index import Index, digest
from bridge.brain.knowledge.load import UNREADABLE, Loaded, Problem, Stamp, files, load, read
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import open_index, write_index
from bridge.errors import EmbedderError, IndexBusy, KnowledgeError
from bridge.logs import event
from bridge.ports import Embedder, Vectors
from bridge.types import Passage

EMBED_TEXTS_MAX = 64
"""Texts handed to the embedder at a time; progress is reported after each lot."""
RACY_S = 2.0
"""A file written this shortly before the index was built may have changed since without a newer time stamp."""

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with the chunks embedded so far and all that are to be embedded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What an ingest found and did."""

    version: str
    """The index that is current now; empty after a dry run without one."""
    files: int
    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]
    unchanged: int
    skipped: Sequence[str]
    """Documents for another audience."""
    ignored: Sequence[str]
    """Files that are not Markdown."""
    problems: Sequence[Problem]
    quarantined: Sequence[Problem]
    """Documents that are kept out because they talk to the assistant."""
    chunks: int
    embedded: int
    """Chunks whose vector was made now; in a dry run, would be made."""
    rebuilt: bool
    """False when the index was up to date; in a dry run, whether it would be rebuilt."""
    seconds: float


async def ingest(
    settings: Settings, embedder: Embedder, *, progress: Progress = lambda done, total: None, dry_run: bool = False
) -> IngestReport:
    """Make the index equal to the folder. Broken documents are in the report and do not stop the others.

    May raise KnowledgeError (the folder cannot be read, the index cannot be written), IndexBusy (another process builds
    it) and EmbedderError. The old index stays then; but when there is none with vectors and only the embedder fails,
    one for words alone is made, and the report says so.
    """
    started = time.monotonic()
    loop = asyncio.get_running_loop()
    lock = nullcontext() if dry_run else await asyncio.to_thread(_locked, settings.index_path)
    with lock, ThreadPoolExecutor(1, "ingest") as thread:
        plan = await loop.run_in_executor(thread, _plan, settings, embedder.id)
        problems = list(plan.loaded.problems)
        version = plan.old.version if plan.old else ""
        if plan.rebuild and not dry_run:
            try:
                exact, embedder_id = await _exact(plan, embedder, progress), embedder.id
            except EmbedderError as error:
                if plan.old and (plan.old.manifest.embedder_id or plan.same_documents):
                    raise
                exact, embedder_id = np.zeros((len(plan.passages), 0), np.float32), ""
                problems.append(Problem(settings.index_path.as_posix(), None, f"was made without vectors: {error}"))
            version = await loop.run_in_executor(thread, _write, settings, plan, exact, embedder_id)
    metrics.INDEX_PROBLEMS.set(len(problems))
    metrics.INDEX_QUARANTINED.set(len(plan.loaded.quarantined))
    return _report(plan, version, problems, time.monotonic() - started)


def changed(settings: Settings, embedder: Embedder, index: Index) -> bool:
    """Whether the folder, the settings or the embedder have moved on from the index. Reads only files whose size or
    time differ; blocks, so call it in a thread. May raise KnowledgeError when the folder cannot be read."""
    manifest = index.manifest
    if manifest.recipe != _recipe(settings) or manifest.embedder_id != embedder.id:
        return True
    racy_ns = int((manifest.built_at.timestamp() - RACY_S) * 1e9)
    seen = set()
    for path in files(settings.path):
        doc_id = path.relative_to(settings.path).as_posix()
        if path.suffix.lower() != ".md":
            continue
        seen.add(doc_id)
        if _differs(path, settings.path, manifest.stamps.get(doc_id), racy_ns):
            return True
    return seen != manifest.stamps.keys()


def _differs(path: Path, folder: Path, stamp: Stamp | None, racy_ns: int) -> bool:
    if stamp is None:
        return True
    try:
        stat = path.stat()
        if (stat.st_size, stat.st_mtime_ns) == (stamp.size, stamp.mtime_ns) and stat.st_mtime_ns < racy_ns:
            return False
        return read(path, folder)[1].sha256 != stamp.sha256
    except (OSError, KnowledgeError):
        return stamp != UNREADABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is there, and what is to be done about it."""

    loaded: Loaded
    passages: Sequence[Passage]
    old: Index | None
    old_rows: Sequence[int | None]
    """For each passage the row of the old index that has its vector."""
    same_documents: bool
    """The old index was made of the same files in the same way."""
    rebuild: bool

    @property
    def missing(self) -> list[int]:
        return [i for i, row in enumerate(self.old_rows) if row is None]


def _plan(settings: Settings, embedder_id: str) -> _Plan:
    loaded = load(settings.path, settings.audiences, settings.trusted)
    sizes = Sizes(settings.chunk_tokens_min, settings.chunk_tokens_max)
    passages = [chunk for document in loaded.documents for chunk in chunks(document, sizes)]
    try:
        old = open_index(settings.index_path)
    except KnowledgeError:
        old = None
    same_embedder = old is not None and old.manifest.embedder_id == embedder_id
    same_documents = (
        old is not None
        and old.manifest.recipe == _recipe(settings)
        and _hashes(old.manifest.stamps) == _hashes(loaded.stamps)
    )
    known = {row.tobytes(): i for i, row in enumerate(old.digests)} if old and same_embedder else {}
    return _Plan(
        loaded=loaded,
        passages=passages,
        old=old,
        old_rows=[known.get(digest(passage)) for passage in passages],
        same_documents=same_documents,
        rebuild=not (same_documents and same_embedder),
    )


async def _exact(plan: _Plan, embedder: Embedder, progress: Progress) -> Vectors:
    """One row a passage: the old one where there is one, else a new one. May raise EmbedderError."""
    exact = np.zeros((len(plan.passages), embedder.dimensions), np.float32)
    for i, row in enumerate(plan.old_rows):
        if row is not None and plan.old:
            exact[i] = plan.old.rows.exact[row]
    missing = plan.missing
    progress(0, len(missing))
    for start in range(0, len(missing), EMBED_TEXTS_MAX):
        lot = missing[start : start + EMBED_TEXTS_MAX]
        exact[lot] = await embedder.embed([embedded_text(plan.passages[i]) for i in lot], "document")
        progress(start + len(lot), len(missing))
    return exact


def _write(settings: Settings, plan: _Plan, exact: Vectors, embedder_id: str) -> str:
    try:
        return write_index(
            settings.index_path,
            plan.passages,
            exact,
            recipe=_recipe(settings),
            embedder_id=embedder_id,
            stamps=plan.loaded.stamps,
            quarantined=[problem.where for problem in plan.loaded.quarantined],
        )
    except OSError as error:
        raise KnowledgeError(f"the index cannot be written: {error}") from error


def _report(plan: _Plan, version: str, problems: Sequence[Problem], seconds: float) -> IngestReport:
    before = _hashes(plan.old.manifest.stamps) if plan.old else {}
    now = _hashes(plan.loaded.stamps)
    changed = sorted(file for file in now if file in before and before[file] != now[file])
    return IngestReport(
        version=version,
        files=len(now),
        added=sorted(now.keys() - before.keys()),
        changed=changed,
        removed=sorted(before.keys() - now.keys()),
        unchanged=len(now.keys() & before.keys()) - len(changed),
        skipped=plan.loaded.skipped,
        ignored=plan.loaded.ignored,
        problems=problems,
        quarantined=plan.loaded.quarantined,
        chunks=len(plan.passages),
        embedded=len(plan.missing) if plan.rebuild else 0,
        rebuilt=plan.rebuild,
        seconds=seconds,
    )


def _hashes(stamps: Mapping[str, Stamp]) -> dict[str, str]:
    return {file: stamp.sha256 for file, stamp in stamps.items()}


def _recipe(settings: Settings) -> str:
    """The settings that decide which chunks there are."""
    return json.dumps(
        [sorted(settings.audiences), sorted(settings.trusted), settings.chunk_tokens_min, settings.chunk_tokens_max]
    )


def _locked(path: Path) -> AbstractContextManager[object]:
    """The lock of the index, held until it is closed; a process that dies lets it go. A file system without locks is
    no reason not to build: two at once do no harm, and cost twice. May raise KnowledgeError, IndexBusy."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = (path / "lock").open("w")
    except OSError as error:
        raise KnowledgeError(f"the index cannot be written: {error}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise IndexBusy(f"another ingest is working on {str(path)!r}") from error
    except OSError as error:
        event(log, "no locks for the index", level=logging.WARNING, path=str(path), error=error)
    return file

"""The index on disk: each build in a folder of its own that never changes, and a file that names the current one.

A new build is written beside the old one and becomes current by one rename, so a crash leaves the old one whole, and
whoever reads sees one build or the other, never a mixture. Several processes, on one machine or on a shared volume, map
the same files: what one of them has read costs the others no memory.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.brain.knowledge.index import Index, Manifest, Passages, digest, firsts, key, postings
from bridge.brain.knowledge.lexical import Postings
from bridge.brain.knowledge.load import Stamp
from bridge.brain.knowledge.vectors import Rows, coarsened
from bridge.errors import KnowledgeError
from bridge.ports import Vectors
from bridge.types import Passage, new_id

FORMAT = 2
"""Raised whenever chunks, terms or files are made in another way: an index of another format is built anew."""
OPEN_ATTEMPTS_MAX = 3
"""Another process may replace and remove a build between our reading of its name and our opening of it."""
REPLACED_KEPT_S = 300.0
"""A build that was replaced stays for so long: until every process has opened the new one. Where files are local an
opened one could go at once; on a network file system whoever has it mapped would crash."""

_CURRENT = "current"
_MANIFEST = "manifest.json"
_ID = "id"
_NAME = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_UNFINISHED = re.compile(rf"{_CURRENT}\.[0-9a-f]+\.new")


def write_index(
    path: Path,
    passages: Sequence[Passage],
    exact: Vectors,
    *,
    recipe: str,
    embedder_id: str,
    stamps: Mapping[str, Stamp],
    quarantined: Sequence[str] = (),
) -> str:
    """Make these chunks, with one row of `exact` each, the current index below `path`; return its version. Builds that
    were replaced long ago are removed. Two processes may do this at once: each writes a whole index, and the one that
    ends last is current. May raise OSError."""
    now = datetime.now(UTC)
    version = version_of(recipe, embedder_id, stamps)
    name = f"{now:%Y%m%dT%H%M%S}-{new_id()[:8]}"
    folder = path / name
    folder.mkdir(parents=True)
    words = postings(passages)
    _save(folder, passages, coarsened(exact), words)
    manifest = Manifest(
        format=FORMAT,
        version=version,
        built_at=now,
        recipe=recipe,
        embedder_id=embedder_id,
        unseen_idf={language: of_language.unseen_idf for language, of_language in words.items()},
        stamps=dict(stamps),
        quarantined=list(quarantined),
        files={file.name: _sha256(file) for file in sorted(folder.iterdir())},
        sizes={file.name: file.stat().st_size for file in sorted(folder.iterdir())},
    )
    (folder / _MANIFEST).write_bytes(manifest.model_dump_json(indent=1).encode())
    for file in (*folder.iterdir(), folder, path):
        _sync(file)
    _switch(path, name)
    sweep(path)
    return version


def version_of(recipe: str, embedder_id: str, stamps: Mapping[str, Stamp]) -> str:
    """Names what an index says: equal for the same documents, settings and embedder, wherever and whenever it was
    built."""
    made_of = [FORMAT, recipe, embedder_id, sorted((file, stamp.sha256) for file, stamp in stamps.items())]
    return sha256(json.dumps(made_of).encode()).hexdigest()[:16]


def open_index(path: Path, *, fresh: bool = False) -> Index:
    """The current index below `path`. Every byte is checked, but of one that is `fresh` from its builder only that all
    of it is there: when many processes switch at once, reading everything would cost each of them its seconds.
    May raise KnowledgeError when there is none that can be used."""
    for attempt in range(1, OPEN_ATTEMPTS_MAX + 1):
        name = current_name(path)
        try:
            return _load(path / name, fresh=fresh)
        except (OSError, ValueError, KeyError, TypeError) as error:
            if attempt == OPEN_ATTEMPTS_MAX or current_name(path) == name:
                raise KnowledgeError(f"the index {str(path / name)!r} cannot be used: {error}") from error
    raise AssertionError("the last attempt returns or raises")


def current_name(path: Path) -> str:
    """The folder of the current index: another one after each build. May raise KnowledgeError when there is none."""
    try:
        name = (path / _CURRENT).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise KnowledgeError(f"there is no index in {str(path)!r}") from error
    if not _NAME.fullmatch(name):
        raise KnowledgeError(f"{str(path / _CURRENT)!r} does not name an index")
    return name


def folder_id(path: Path) -> str:
    """Tells this folder from those of other machines, and is the same for all that share it. Made by the first that
    asks. May raise KnowledgeError when it cannot be written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        own = new_id()
        with suppress(FileExistsError), (path / _ID).open("x", encoding="utf-8") as file:
            file.write(own)
        if not (path / _ID).read_text(encoding="utf-8"):  # who made it has not written it yet, or died before
            new = path / f"{_CURRENT}.{own}.new"
            new.write_text(own, encoding="utf-8")
            os.replace(new, path / _ID)
        return (path / _ID).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise KnowledgeError(f"the index cannot be written: {error}") from error


def sweep(path: Path, *, kept_s: float = REPLACED_KEPT_S) -> None:
    """Remove builds that were replaced, or given up unfinished, longer ago than `kept_s`. What cannot be removed stays
    until the next time."""
    try:
        current = current_name(path)
        listed = list(path.iterdir())
    except (OSError, KnowledgeError):
        return
    for old in listed:
        with suppress(OSError):
            if old.name == current or time.time() - old.stat().st_mtime < kept_s:
                continue
            if _NAME.fullmatch(old.name):
                shutil.rmtree(old, ignore_errors=True)
            elif _UNFINISHED.fullmatch(old.name):
                old.unlink()


def _switch(path: Path, name: str) -> None:
    os.utime(path / name)  # whoever sweeps now, not knowing yet that it is current, sees that it is new
    with suppress(KnowledgeError, OSError):
        os.utime(path / current_name(path))  # it counts as replaced from now on
    new = path / f"{_CURRENT}.{new_id()}.new"
    new.write_text(name, encoding="utf-8")
    _sync(new)
    os.replace(new, path / _CURRENT)
    _sync(path)


def _save(folder: Path, passages: Sequence[Passage], rows: Rows, words: Mapping[str, Postings]) -> None:
    lines = [json.dumps(asdict(passage), ensure_ascii=False).encode() + b"\n" for passage in passages]
    (folder / "passages.jsonl").write_bytes(b"".join(lines))
    keys = np.array([key(passage) for passage in passages], np.uint64)
    numbers = np.argsort(keys, kind="stable")
    arrays: dict[str, NDArray[Any]] = {
        "offsets": np.append(0, np.cumsum([len(line) for line in lines], dtype=np.int64)),
        "digests": np.frombuffer(b"".join(map(digest, passages)), np.uint8).reshape(-1, 32),
        "firsts": firsts(passages),
        "keys": keys[numbers],
        "numbers": numbers,
        "exact": rows.exact,
        "coarse": rows.coarse,
        "scales": rows.scales,
    }
    for language, of_language in words.items():
        (folder / f"terms-{language}.txt").write_text("\n".join(of_language.terms), encoding="utf-8")
        arrays[f"idf-{language}"] = of_language.idf.astype(np.float32)
        arrays[f"starts-{language}"] = of_language.starts
        arrays[f"chunks-{language}"] = of_language.chunks.astype(np.int32)
        arrays[f"weights-{language}"] = of_language.weights.astype(np.float32)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def _load(folder: Path, *, fresh: bool) -> Index:
    manifest = Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {manifest.format}, not {FORMAT}")
    for name, expected in manifest.files.items():
        size = manifest.sizes.get(name)
        if size is not None and (folder / name).stat().st_size != size:
            raise ValueError(f"{name} is damaged: it has not {size} bytes")
        if not (fresh and size is not None) and _sha256(folder / name) != expected:
            raise ValueError(f"{name} is damaged")
    return Index(
        name=folder.name,
        manifest=manifest,
        passages=Passages(folder / "passages.jsonl", _array(folder, "offsets")),
        postings={language: _postings(folder, language, unseen) for language, unseen in manifest.unseen_idf.items()},
        rows=Rows(_array(folder, "exact"), _array(folder, "coarse"), _array(folder, "scales")),
        digests=_array(folder, "digests"),
        firsts=_array(folder, "firsts"),
        keys=_array(folder, "keys"),
        numbers=_array(folder, "numbers"),
    )


def _postings(folder: Path, language: str, unseen_idf: float) -> Postings:
    names = (folder / f"terms-{language}.txt").read_text(encoding="utf-8").split("\n")
    return Postings(
        terms={term: number for number, term in enumerate(names) if term},
        idf=_array(folder, f"idf-{language}"),
        starts=_array(folder, f"starts-{language}"),
        chunks=_array(folder, f"chunks-{language}"),
        weights=_array(folder, f"weights-{language}"),
        unseen_idf=unseen_idf,
    )


def _array(folder: Path, name: str) -> NDArray[Any]:
    """Mapped, not read: what is not used costs no memory."""
    return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

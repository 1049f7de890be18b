"""The index on disk: each version in a folder of its own, and a file that names the current one.

A new version is written beside the old one and becomes current by one rename, so a crash leaves the old one whole.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import file_digest
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
"""Another process may replace and remove a version between our reading of its name and our opening of it."""

_CURRENT = "current"
_MANIFEST = "manifest.json"
_VERSION = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")


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
    """Make these chunks, with one row of `exact` each, the current index below `path`; return its version.
    Older versions are removed. Only one process may do this at a time."""
    now = datetime.now(UTC)
    version = f"{now:%Y%m%dT%H%M%S}-{new_id()[:8]}"
    folder = path / version
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
    )
    (folder / _MANIFEST).write_bytes(manifest.model_dump_json(indent=1).encode())
    for file in (*folder.iterdir(), folder):
        _sync(file)
    _switch(path, version)
    for old in path.iterdir():
        if _VERSION.fullmatch(old.name) and old.name != version:
            shutil.rmtree(old, ignore_errors=True)
    return version


def open_index(path: Path) -> Index:
    """The current index below `path`. May raise KnowledgeError when there is none that can be used."""
    for attempt in range(1, OPEN_ATTEMPTS_MAX + 1):
        version = current_version(path)
        try:
            return _load(path / version)
        except (OSError, ValueError, KeyError, TypeError) as error:
            if attempt == OPEN_ATTEMPTS_MAX or current_version(path) == version:
                raise KnowledgeError(f"the index {str(path / version)!r} cannot be used: {error}") from error
    raise AssertionError("the last attempt returns or raises")


def current_version(path: Path) -> str:
    """The name of the current index. May raise KnowledgeError when there is none."""
    try:
        version = (path / _CURRENT).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise KnowledgeError(f"there is no index in {str(path)!r}") from error
    if not _VERSION.fullmatch(version):
        raise KnowledgeError(f"{str(path / _CURRENT)!r} does not name an index")
    return version


def _switch(path: Path, version: str) -> None:
    new = path / f"{_CURRENT}.new"
    new.write_text(version, encoding="utf-8")
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


def _load(folder: Path) -> Index:
    manifest = Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {manifest.format}, not {FORMAT}")
    for name, expected in manifest.files.items():
        if _sha256(folder / name) != expected:
            raise ValueError(f"{name} is damaged")
    return Index(
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

"""Reads the documents below a folder. Knows front matter and files, not what Markdown means.

A document that cannot be used is reported with file and line and left out; it never stops the others.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, StringConstraints, ValidationError

from bridge.brain.invisible import without_invisible
from bridge.brain.knowledge.hidden import without_hidden
from bridge.brain.knowledge.paths import below
from bridge.brain.knowledge.quarantine import command
from bridge.errors import KnowledgeError

DOCUMENT_BYTES_MAX = 1_000_000
FRONT_MATTER_CHARS_MAX = 4_000

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\n]+$")]


class FrontMatter(BaseModel, frozen=True, extra="forbid"):
    """What stands between the two `---` lines at the top of a document."""

    title: Line
    url: Annotated[Line, StringConstraints(pattern=r"^https?://\S+$")]
    updated: date
    audience: Line
    language: Annotated[Line, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    kind: Literal["article", "faq"] = "article"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document, ready to be cut into chunks."""

    id: str
    """The path below the folder, with forward slashes."""
    front: FrontMatter
    body: str
    """Markdown with \\n line ends, without the front matter."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should mend."""

    file: str
    line: int | None
    message: str

    @property
    def where(self) -> str:
        """The file, with the line where it is known."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tells whether a file has changed: cheaply by size and time, surely by content."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Everything that was found below the folder."""

    documents: Sequence[Document]
    """In order of their ids."""
    stamps: dict[str, Stamp]
    """Every Markdown file by its document id, usable or not."""
    problems: Sequence[Problem]
    quarantined: Sequence[Problem]
    """Documents that are kept out because they talk to the assistant."""
    skipped: Sequence[str]
    """Documents for another audience."""
    ignored: Sequence[str]
    """Files that are not Markdown."""


UNREADABLE = Stamp(-1, -1, "")


def load(folder: Path, audiences: Sequence[str], trusted: Sequence[str] = ()) -> Loaded:
    """Read every document below `folder`; those whose path matches a `trusted` pattern may talk to the assistant.
    May raise KnowledgeError when the folder itself cannot be read."""
    documents: list[Document] = []
    stamps: dict[str, Stamp] = {}
    problems: list[Problem] = []
    quarantined: list[Problem] = []
    released = below(trusted)
    skipped: list[str] = []
    ignored: list[str] = []
    for path in files(folder):
        doc_id = path.relative_to(folder).as_posix()
        if path.suffix.lower() != ".md":
            ignored.append(doc_id)
            continue
        stamps[doc_id] = UNREADABLE
        try:
            raw, stamps[doc_id] = read(path, folder)
            document = parse(doc_id, raw)
        except KnowledgeError as error:
            problems.append(Problem(doc_id, error.line, str(error)))
            continue
        if document.front.audience not in audiences:
            skipped.append(doc_id)
        elif not released.fullmatch(doc_id) and (problem := suspicion(doc_id, raw)):
            quarantined.append(problem)
        else:
            documents.append(document)
    return Loaded(
        documents=documents,
        stamps=stamps,
        problems=problems,
        quarantined=quarantined,
        skipped=skipped,
        ignored=ignored,
    )


def suspicion(doc_id: str, raw: bytes) -> Problem | None:
    """What makes a document one that a person should look at first."""
    found = command(raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    if found is None:
        return None
    release = f"mend it, or put {doc_id!r} into knowledge.trusted when it is meant so"
    return Problem(doc_id, found.line, f"is kept out of the index: it {found.reason}; {release}")


def files(folder: Path) -> list[Path]:
    """Every file below `folder` that is not hidden, sorted; links to folders are not followed.
    May raise KnowledgeError when the folder cannot be read."""
    if not folder.is_dir():
        raise KnowledgeError(f"the knowledge folder {str(folder)!r} is not there")
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if not name.startswith(".")]
    return sorted(found)


def read(path: Path, folder: Path) -> tuple[bytes, Stamp]:
    """A file's content and stamp. May raise KnowledgeError."""
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise KnowledgeError("is a link to outside of the knowledge folder")
    if not path.is_file():
        raise KnowledgeError("is not a file that can be read")
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            raw = file.read(DOCUMENT_BYTES_MAX + 1)
    except OSError as error:
        raise KnowledgeError(f"cannot be read: {error.strerror}") from error
    return raw, Stamp(stat.st_size, stat.st_mtime_ns, hashlib.sha256(raw).hexdigest())


def parse(doc_id: str, raw: bytes) -> Document:
    """A document from a file's content. May raise KnowledgeError."""
    if len(raw) > DOCUMENT_BYTES_MAX:
        raise KnowledgeError(f"is larger than {DOCUMENT_BYTES_MAX:,} bytes: split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KnowledgeError("is not UTF-8", line=raw.count(b"\n", 0, error.start) + 1) from error
    text = without_invisible(text)
    if not text.strip():
        raise KnowledgeError("is empty", line=1)
    found = _FRONT_MATTER.match(text)
    if found is None:
        raise KnowledgeError("has no front matter: begin with a line '---', the keys, and a line '---'", line=1)
    body = without_hidden(text[found.end() :])
    if not body.strip():
        raise KnowledgeError("has no text below its front matter", line=text.count("\n", 0, found.end()) + 1)
    return Document(id=doc_id, front=_front_matter(found[1]), body=body)


def _front_matter(text: str) -> FrontMatter:
    """Every value is read as text, so `no` is a language and `2024` a title."""
    if len(text) > FRONT_MATTER_CHARS_MAX:
        raise KnowledgeError(f"has front matter of more than {FRONT_MATTER_CHARS_MAX:,} characters", line=1)
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        values = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise KnowledgeError(f"front matter is not YAML: {error.problem}", line=line) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise KnowledgeError("front matter is not YAML", line=1) from error
    if not isinstance(node, yaml.MappingNode):
        raise KnowledgeError("front matter must be lines of the form 'key: value'", line=2)
    try:
        return FrontMatter.model_validate(values)
    except ValidationError as error:
        lines = {key.value: key.start_mark.line + 2 for key, _ in node.value}
        places = [(str(e["loc"][0]), e["msg"]) for e in error.errors(include_url=False)]
        message = "; ".join(f"{key}: {text[0].lower()}{text[1:]}" for key, text in places)
        raise KnowledgeError(f"front matter: {message}", line=min(lines.get(key, 1) for key, _ in places)) from error

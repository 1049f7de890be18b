"""Cuts documents into chunks along their Markdown. Pure; knows neither files nor vectors.

A chunk is a `Passage` without a score: its text is the document's own Markdown, the headings above it are its section.
No word is lost: the sections and texts of the chunks, in order, hold the whole document.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from bridge.brain.knowledge.blocks import Block, blocks, estimate_tokens, split_block
from bridge.brain.knowledge.load import Document
from bridge.types import Passage

FAQ_ANSWER_TOKENS_MAX = 2_000
"""The answer to a frequent question is one chunk up to this size."""
SECTION_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a chunk should be, in estimated tokens."""

    tokens_min: int = 200
    tokens_max: int = 500


@dataclass(frozen=True, slots=True)
class _Heading:
    number: int
    """The how manieth of the document, so that two headings with the same words differ."""
    level: int
    title: str
    """Empty when it only repeats the title of the document."""


_Path = tuple[_Heading, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Text of one section, or of several that were joined, with the path that all of it shares."""

    path: _Path
    texts: tuple[tuple[_Path, str], ...]

    @property
    def tokens(self) -> int:
        return estimate_tokens(self.markdown)

    @property
    def markdown(self) -> str:
        """The texts with the headings between them that are not in the shared path."""
        lines: list[str] = []
        above = self.path
        for path, text in self.texts:
            lines += [f"{'#' * h.level} {h.title}" for h in path[len(_shared(above, path)) :] if h.title]
            lines.append(text)
            above = path
        return "\n\n".join(lines)


def chunks(document: Document, sizes: Sizes) -> list[Passage]:
    """The chunks of a document, in order."""
    if document.front.kind == "faq":
        return _passages(document, _faq_entries(document))
    parts = [part for path, body in _sections(document) for part in _split(path, body, sizes)]
    joined = _join(parts, sizes)
    return _passages(document, ((_section(part.path), part.markdown, "article") for part in joined))


def embedded_text(chunk: Passage) -> str:
    """What is embedded and indexed for a chunk."""
    return "\n".join(part for part in (chunk.title, chunk.section, chunk.text) if part)


def _passages(document: Document, entries: Iterable[tuple[str, str, Literal["article", "faq"]]]) -> list[Passage]:
    """Passages of (section, text, kind), with ids that stay the same as long as the words do."""
    front = document.front
    seen: Counter[str] = Counter()
    passages = []
    for section, text, kind in entries:
        digest = hashlib.sha256(f"{section}\0{text}".encode()).hexdigest()[:12]
        seen[digest] += 1
        again = f"-{seen[digest]}" if seen[digest] > 1 else ""
        passage = Passage(
            chunk_id=f"{document.id}#{digest}{again}",
            doc_id=document.id,
            title=front.title,
            section=section,
            url=front.url,
            updated=front.updated.isoformat(),
            language=front.language,
            text=text,
            kind=kind,
        )
        passages.append(passage)
    return passages


def _sections(document: Document) -> Iterator[tuple[_Path, list[Block]]]:
    """Every heading's path with the blocks right below it; a heading with nothing below it is text of its parent."""
    path: _Path = ()
    body: list[Block] = []
    heading: Block | None = None
    for number, block in enumerate(blocks(document.body)):
        if block.kind != "heading":
            body.append(block)
            continue
        if body:
            yield path, body
        elif heading and block.level <= heading.level:
            yield path[:-1], [replace(heading, kind="text")]
        title = "" if block.title.casefold() == document.front.title.casefold() else block.title
        above = tuple(h for h in path if h.level < block.level)
        path, body, heading = (*above, _Heading(number, block.level, title)), [], block
    if body:
        yield path, body
    elif heading:
        yield path[:-1], [replace(heading, kind="text")]


def _split(path: _Path, body: Sequence[Block], sizes: Sizes) -> Iterator[_Part]:
    """One section in parts of about the same size, none above the maximum if that can be helped."""
    texts = [text for block in body for text in split_block(block, sizes.tokens_max)]
    sizes_of = [estimate_tokens(text) + 1 for text in texts]  # and the blank line below it
    total = sum(sizes_of)
    goal = total / math.ceil(total / sizes.tokens_max)
    current: list[str] = []
    tokens = 0
    for text, more in zip(texts, sizes_of, strict=True):
        if current and (tokens >= goal or tokens + more > sizes.tokens_max):
            yield _Part(path, ((path, "\n\n".join(current)),))
            current, tokens = [], 0
        current.append(text)
        tokens += more
    yield _Part(path, ((path, "\n\n".join(current)),))


def _join(parts: Sequence[_Part], sizes: Sizes) -> list[_Part]:
    """Small parts joined with the next one until they are large enough, what is left over with the one before."""
    forward: list[_Part] = []
    for part in parts:
        if forward and forward[-1].tokens < sizes.tokens_min and (both := _joined(forward[-1], part, sizes)):
            forward[-1] = both
        else:
            forward.append(part)
    backward: list[_Part] = []
    for part in forward:
        if backward and part.tokens < sizes.tokens_min and (both := _joined(backward[-1], part, sizes)):
            backward[-1] = both
        else:
            backward.append(part)
    return backward


def _joined(part: _Part, following: _Part, sizes: Sizes) -> _Part | None:
    """Both as one, if they share a parent and fit."""
    below = following.path[: len(part.path)] == part.path
    beside = following.path[:-1] == part.path[:-1]
    if not (below or beside):
        return None
    both = _Part(_shared(part.path, following.path), part.texts + following.texts)
    return both if both.tokens <= sizes.tokens_max else None


def _shared(one: _Path, other: _Path) -> _Path:
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _section(path: _Path) -> str:
    return SECTION_SEPARATOR.join(heading.title for heading in path if heading.title)


def _faq_entries(document: Document) -> Iterator[tuple[str, str, Literal["article", "faq"]]]:
    """Each `##` heading is a question and what follows its answer; questions in a row share the answer below them.
    Text before the first question is an article; `#` headings only group."""
    questions: list[str] = []
    answer: list[str] = []
    for block in blocks(document.body):
        if block.kind != "heading" or block.level > 2:
            answer.append(block.text)
            continue
        if answer:
            yield from _faq_entry(questions, answer)
            questions, answer = [], []
        if block.level == 2:
            questions.append(block.title)
    if questions or answer:
        yield from _faq_entry(questions, answer)


def _faq_entry(questions: Sequence[str], answer: Sequence[str]) -> Iterator[tuple[str, str, Literal["article", "faq"]]]:
    if not answer:
        yield "", "\n\n".join(questions), "article"
        return
    kind: Literal["article", "faq"] = "faq" if questions else "article"
    for text in split_block(Block("text", "\n\n".join(answer)), FAQ_ANSWER_TOKENS_MAX):
        yield " ".join(questions), text, kind

"""Goes on once with an answer that hit the output limit, so that nobody sees a seam.

The last word that came may be half of one, so it is held back: after a cut it is thrown away, and the model goes on
from the end of the word before. What the model repeats, though it was asked not to, is left out.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge import metrics
from bridge.brain.claude_answer import InvalidRequest
from bridge.brain.code import Prose
from bridge.errors import ModelError, ModelRefused, ModelWordless
from bridge.logs import event
from bridge.ports import Model, ModelReply, ModelRequest, Writer
from bridge.types import Passage, Usage

_log = logging.getLogger(__name__)

HELD_CHARS_MAX = 80
"""A word that is longer goes out."""
TAIL_CHARS = 2_000
"""So much of what was written is looked for at the beginning of what follows."""
REPEATED_CHARS_MIN = 2
REPEATED_CODE_CHARS_MIN = 12
"""Code may well say the same word twice."""

_ANYWHERE = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
"""Thai, Lao, Burmese, Khmer, Chinese and Japanese are written without spaces: a word may end anywhere."""
_WORDS = re.compile(rf".*[\s{_ANYWHERE}]", re.DOTALL)
_LETTER = re.compile(rf"(?![_{_ANYWHERE}])\w")
_UNDECIDED = re.compile(r"`{0,2}|~{0,2}|(?:`{3,}|~{3,})[^\n]*|[-*+]|\d{1,3}[.)]?|#{1,6}|\.{1,3}|…")
"""May still become a fence of code, an item of a list, or dots that say "to be continued"."""
_SENTENCE_ENDS = re.compile(r"(?:^|\s)[^\s/@]*(?:(?P<spaced>[^\s/@\d][.!?:])|[。！？])\s*\Z")
"""With a last word that is no address and no beginning of a number."""
_BLOCK = re.compile(r"`{3,}|~{3,}|[-*+] |\d{1,3}[.)] |#{1,6} |\|")
"""Of Markdown: begins a line."""
_MARK = re.compile(r"[ \t>]*(?P<mark>[-*+>#])[ \t]+")
"""A line that is nothing but the mark of an item, a quote or a heading; longer marks are found as repetitions."""
_DELIMITERS = re.compile(r"\|?(?:[ \t]*:?-+:?[ \t]*\|)*(?:[ \t]*:?-+:?[ \t]*)?")
"""The second line of a table."""
_DOTS = re.compile(r"\s*(?:…|\.{3})\s*")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})(?P<kind>[^\n`]*)\n")


@dataclass(frozen=True, slots=True)
class Continuing:
    """A model whose answers are continued. A request by schema is left alone: half of it is of no use."""

    model: Model

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        """As the model. An answer that is cut a second time, or whose rest cannot be had, is truncated still."""
        held = _Held(writer)
        try:
            reply, spent = await self._begun(request, writer if request.schema is not None else held)
        except ModelError:
            held.broken()
            raise
        reply = replace(reply, usage=reply.usage + spent)
        if request.schema is not None:
            return reply
        if not reply.truncated:
            held.finish()
            return reply
        owed = held.cut()
        seam = _Seam(held, owed)
        try:
            # Somebody reads already, so nobody waits for a first word.
            rest = await self.model.complete(replace(request, written=held.text, first_text_by=None), seam)
        except ModelRefused:
            raise
        except (ModelError, InvalidRequest) as error:
            if isinstance(error, InvalidRequest):
                # A bug of ours, which must not cost anybody the answer that is on the screen.
                metrics.BUGS.labels("continuing").inc()
                event(_log, "continuing_bug", level=logging.ERROR, exc_info=error)
            seam.cut()
            more = error.usage if isinstance(error, ModelError) else None
            return replace(reply, usage=reply.usage + (more or Usage()))
        if rest.truncated:
            seam.cut()
        else:
            seam.finish()
        return replace(rest, usage=reply.usage + rest.usage)

    async def _begun(self, request: ModelRequest, writer: Writer) -> tuple[ModelReply, Usage]:
        """The answer as far as it goes, and what was spent before. When thinking took all of the output, it gets twice
        as much room, once."""
        try:
            return await self.model.complete(request, writer), Usage()
        except ModelWordless as error:
            return await self.model.complete(replace(request, roomier=True), writer), error.usage or Usage()


class _Held:
    """A writer that passes on all but the last word. The end of a block that is no end of a sentence waits with it,
    until something follows. Mutable."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._passed: list[str] = []
        self._last = ""
        self._ended: Sequence[Passage] | None = None

    @property
    def text(self) -> str:
        """What was passed on."""
        return "".join(self._passed)

    def write(self, text: str) -> None:
        self._settle()
        self._last += text
        words = _WORDS.match(self._last)
        whole = words.end() if words else 0
        if len(self._last) - whole > HELD_CHARS_MAX:
            whole = len(self._last)
        self._pass(whole)

    def cite(self, passages: Sequence[Passage]) -> None:
        self._settle()
        self._ended = passages
        if _SENTENCE_ENDS.search("".join(self._passed[-1:]) + self._last):
            self._settle()  # whoever shows whole blocks has waited long enough

    def finish(self) -> None:
        """The answer is complete."""
        self._settle()
        self._pass(len(self._last))

    def broken(self) -> None:
        """Nothing more comes. What is held stays so, but whoever listens has to know that the model had begun."""
        if self._last:
            self._writer.write("")

    def cut(self) -> Sequence[Passage]:
        """The answer was cut here. What the block that it was cut in rests on."""
        if not self.text.strip():
            self._pass(len(self._last))  # half a word is better than nothing
        self._last = ""
        owed, self._ended = self._ended or (), None
        return owed

    def _settle(self) -> None:
        if self._ended is not None:
            ended, self._ended = self._ended, None
            self._pass(len(self._last))
            self._writer.cite(ended)

    def _pass(self, length: int) -> None:
        if length:
            text, self._last = self._last[:length], self._last[length:]
            self._passed.append(text)
            self._writer.write(text)


class _Seam:
    """A writer for what follows a cut: holds its beginning until it is plain what of it was said before. Mutable."""

    def __init__(self, writer: _Held, owed: Sequence[Passage]) -> None:
        self._writer = writer
        self._before = writer.text
        self._begin: str | None = ""
        """What is held; None when the seam is closed."""
        self._owed = owed
        """What the block rests on that was cut: its other half pays."""

    def write(self, text: str) -> None:
        if self._begin is None:
            self._writer.write(text)
            return
        self._begin += text
        if self._is_plain(self._begin):
            self._close()

    def cite(self, passages: Sequence[Passage]) -> None:
        if self._begin == "" and not passages:
            return  # not a block of text
        self._close()
        owed, self._owed = self._owed, ()
        self._writer.cite([*owed, *(passage for passage in passages if passage not in owed)])

    def finish(self) -> None:
        """What follows is complete."""
        self._close()
        self._pay()
        self._writer.finish()

    def cut(self) -> None:
        """Nothing more follows, and it ends in the middle."""
        if self._begin:
            self._close()
        owed = self._writer.cut()
        self._owed = [*self._owed, *(passage for passage in owed if passage not in self._owed)]
        self._pay()

    def _pay(self) -> None:
        if self._owed:
            owed, self._owed = self._owed, ()
            self._writer.cite(owed)
            self._writer.finish()

    def _is_plain(self, begin: str) -> bool:
        """Nothing that may come would make more of it a repetition."""
        words = begin.lstrip()
        if len(words) > TAIL_CHARS:
            return True
        if "|" in words and "\n" not in words and _line(self._before).startswith("|"):
            return False  # only the whole row tells what of it is one too many
        return not _UNDECIDED.fullmatch(words) and words not in self._before[-TAIL_CHARS:]

    def _close(self) -> None:
        if self._begin is not None:
            begin, self._begin = self._begin, None
            if rest := joined(self._before, begin):
                self._writer.write(rest)


def joined(before: str, after: str) -> str:
    """What of `after` has to be written below `before`, so that both read as one."""
    in_code = _in_code(before)
    if in_code:
        # Code that was begun is begun again; a bare fence would be the end of it.
        if (fence := _FENCE.match(after)) and fence["kind"].strip():
            after = after[fence.end() :]
    elif not before.rstrip().endswith((".", "…")) and (dots := _DOTS.match(after)):
        after = after[dots.end() :]
    words = after.lstrip()
    if not in_code and (row := _row(before)):
        return _spaced(before, _rest_of_row(before, row, after))
    least = REPEATED_CODE_CHARS_MIN if in_code else REPEATED_CHARS_MIN
    if length := _repeated(before.rstrip()[-TAIL_CHARS:], words, least):
        after = words[length:]
    elif (marked := _MARK.fullmatch(before, before.rfind("\n") + 1)) and words.startswith(f"{marked['mark']} "):
        after = words[1:]  # the line is begun anew
    return _spaced(before, after)


def _rest_of_row(before: str, row: str, after: str) -> str:
    """What of `after` goes on with a table that was cut in or behind this row."""
    words = after.lstrip()
    columns = _columns(before)
    if length := _repeated_of_row(before, row, words, columns):
        return words[length:]
    if not words.startswith("|") or not _line(before):
        return after
    if columns and _cells(row) >= columns and words[1:].lstrip(" \t")[:1] not in ("", "\n"):
        return f"\n{words}" if row.endswith("|") else f"|\n{words}"  # a row of its own
    end, ended, _ = words.partition("\n")
    if row.endswith("|") and not (columns and ended and _cells(row + end) == columns):
        return words[1:]
    return after


def _repeated_of_row(before: str, row: str, words: str, columns: int | None) -> int:
    """How much of `words` is a repetition. The same word may well stand in two cells: it is one only when it begins
    with the row, or lies within the cell that was cut, or when the row has too many cells otherwise."""
    said = before.rstrip()[-TAIL_CHARS:]
    whole = _repeated(said, words, len(row))
    if not _line(before):  # the row is complete
        return whole if _cells(row) > 1 else 0
    end, ended, _ = words.partition("\n")
    fits = bool(columns and ended)
    if whole and not (fits and whole <= len(end) and _cells(row + end[whole:]) != columns):
        return whole
    length = 0 if row.endswith("|") else _repeated(said, words, REPEATED_CHARS_MIN)
    if "|" in words[:length] and not (fits and length <= len(end) and _cells(row + end[length:]) == columns):
        return 0
    return length


def _row(before: str) -> str:
    """The row of a table that the text ends in, or that ends the text; "" for none."""
    line = _line(before.rstrip())
    return line if line.startswith("|") else ""


def _line(text: str) -> str:
    """The last line, as far as it goes."""
    return text[text.rfind("\n") + 1 :].strip()


def _cells(row: str) -> int:
    return len(re.sub(r"\\.", "", row).strip().removeprefix("|").removesuffix("|").split("|"))


def _columns(text: str) -> int | None:
    """Of the table that the text ends in; None while its second line is not known."""
    lines = text.rstrip().split("\n")
    first = len(lines)
    while first > 0 and lines[first - 1].lstrip().startswith("|"):
        first -= 1
    delimiters = lines[first + 1].strip() if first + 2 < len(lines) else ""
    return _cells(delimiters) if delimiters and _DELIMITERS.fullmatch(delimiters) else None


def _spaced(before: str, after: str) -> str:
    """`after` with as much space at its beginning as it needs."""
    space = before[len(before.rstrip()) :]
    words = after.lstrip()
    follows = after[: len(after) - len(words)]
    if "\n" not in space + follows:
        if not (space or follows) and (ends := _SENTENCE_ENDS.search(before)) and ends["spaced"]:
            return f"\n\n{words}" if _BLOCK.match(words) else f" {words}" if words[:1].isalpha() else words
        return words if space else after
    same = next(n for n in range(min(len(space), len(follows)), -1, -1) if space.endswith(follows[:n]))
    return after[same:]


def _repeated(before: str, after: str, least: int) -> int:
    """How much of `after` are the last whole words of `before`."""
    for length in range(min(len(after), len(before)), least - 1, -1):
        begin = len(before) - length
        if before.endswith(after[:length]) and _parts(after, length) and _parts(before, begin):
            return length
    return 0


def _parts(text: str, at: int) -> bool:
    """No word goes across this place."""
    return not (0 < at < len(text) and _LETTER.match(text, at - 1) and _LETTER.match(text, at))


def _in_code(text: str) -> bool:
    prose = Prose()
    for _ in prose.feed(text, "more"):
        pass
    return bool(prose.fence)

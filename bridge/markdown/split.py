"""Cuts a long answer into pages, each valid Markdown by itself."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from bridge.markdown.cuts import Cut, Grain, Leaf, block_cuts, numbered
from bridge.markdown.parse import whole
from bridge.markdown.tail import CONTAINER

FULL_ENOUGH = 0.5
"""A page that is filled to this share may end at the better cut instead of the last one."""

GUESSES_MAX = 6
"""How often the place of a cut is estimated from the sizes so far; then the interval is halved."""

_TABLE = re.compile(rf"{CONTAINER.pattern}\|")


def split(text: str, size_max: int, size: Callable[[str], int]) -> list[str]:
    """Pages of `text`, each with `size(page) <= size_max`; at least one, and only an empty text gives an empty page.
    A text that fits is its own page, to the last character.

    Cut between blocks, else items, rows and lines of code, else lines, sentences, words, letters. Fences and emphasis
    are closed and opened again, the header of a table comes again. While text is added at its end, only the last two
    pages change. `size` is asked a few times a page.
    """
    text = whole(text)
    taken = size(text)
    if taken <= size_max:
        return [text]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return [text]
    text = numbered(text)
    return _Splitter(text, size_max, size, taken / len(text)).pages()


class _Splitter:
    def __init__(self, text: str, size_max: int, size: Callable[[str], int], density: float) -> None:
        self.text, self.size_max, self.size = text, size_max, size
        self.density = max(density, 1e-3)
        """About how much a character takes."""
        self.cuts, self.code = block_cuts(text)
        self.at = [cut.at for cut in self.cuts]
        self.end = Cut(len(text.rstrip()), 0)
        self.words: tuple[Leaf | None, dict[Grain, list[Cut]]] = (None, {})
        """Of the block that was cut inside last."""
        self.letters: tuple[Leaf | None, dict[Grain, list[Cut]]] = (None, {})

    def pages(self) -> list[str]:
        pages = []
        start = Cut(len(self.text) - len(self.text.lstrip("\n")), 0)
        while start.at < self.end.at:
            stop = self._stop(start)
            pages.append(self._page(start, stop))
            start = stop
        return pages

    def _page(self, start: Cut, stop: Cut) -> str:
        ends = stop.at if stop.ends is None else stop.ends
        if start.gap is not None and start.gap < ends:
            body = self.text[start.at : start.gap] + "\n" + self.text[start.gap : ends].rstrip() + stop.before
        else:
            body = self.text[start.at : ends].rstrip() + stop.before
        if start.dedent:
            body = _dedented(body, start.dedent)
        return start.after + body

    def _stop(self, start: Cut) -> Cut:
        """Where the page that begins at `start` ends."""
        visible = start.at + len(self.text[start.at :]) - len(self.text[start.at :].lstrip())
        coarse = self.cuts[bisect_right(self.at, visible) : bisect_left(self.at, self.end.at)]
        fits, taken = self._last(start, [*coarse, self.end])
        if fits == len(coarse):
            return self.end
        if fits >= 0 and taken >= self.size_max * FULL_ENOUGH:
            return self._best(start, coarse, fits)
        return self._inside(start, visible, coarse, fits)

    def _inside(self, start: Cut, visible: int, coarse: Sequence[Cut], fits: int) -> Cut:
        """The same where a block must be cut, since the next one does not fit behind `fits`."""
        begins = self.at[bisect_right(self.at, coarse[fits].at if fits >= 0 else start.at) - 1]
        if fits >= 0 and _TABLE.match(self.text, begins):
            return coarse[fits]
        leaf = self._leaf(begins, coarse[fits + 1].at if fits + 1 < len(coarse) else self.end.at)
        if self.words[0] != leaf:
            self.words = leaf, leaf.words()
        words = {grain: cuts[bisect_right(cuts, visible, key=_at) :] for grain, cuts in self.words[1].items()}
        last: dict[Grain, Cut] = {}
        for grain in (Grain.LINE, Grain.SENTENCE, Grain.WORD, Grain.EMPHASIS_WORD):
            position, taken = self._last(start, words[grain])
            if position >= 0:
                last[grain] = words[grain][position]
                if taken >= self.size_max * FULL_ENOUGH:
                    return last[grain]
        emphasis = last.pop(Grain.EMPHASIS_WORD, None)
        if last:
            return max(last.values(), key=_at)
        return coarse[fits] if fits >= 0 else emphasis or self._letter(start, visible, leaf, words[Grain.LINK_WORD])

    def _letter(self, start: Cut, visible: int, leaf: Leaf, words: list[Cut]) -> Cut:
        """The same where a word is longer than a page, or a link: inside of it."""
        if self.letters[0] != leaf:
            self.letters = leaf, leaf.letters()
        letters = [cuts[bisect_right(cuts, visible, key=_at) :] for cuts in self.letters[1].values()]
        for cuts in (words, *letters):
            position, _ = self._last(start, cuts)
            if position >= 0:
                return cuts[position]
        # Not even a letter fits with what must stand around it.
        return min((cut for cuts in letters for cut in cuts), default=self.end, key=_at)

    def _leaf(self, begins: int, ends: int) -> Leaf:
        ends = begins + len(self.text[begins:ends].rstrip())
        for first, last, around in self.code:
            if first < ends and last > begins:
                return Leaf(self.text, max(first, begins), min(last, ends), around)
        return Leaf(self.text, begins, ends)

    def _last(self, start: Cut, cuts: Sequence[Cut]) -> tuple[int, int]:
        """Which is the last of the cuts that end a page which is not too long, -1 if none, and what the page takes."""
        low, high, taken = -1, len(cuts), 0
        near = start.at + self.size_max / self.density
        tries = 0
        while high - low > 1:
            guess = bisect_right(cuts, near, key=_at) - 1 if tries < GUESSES_MAX else (low + high) // 2
            guess = min(max(guess, low + 1), high - 1)
            page_size = self.size(self._page(start, cuts[guess]))
            density = max(page_size, 1) / max(cuts[guess].at - start.at, 1)
            near = cuts[guess].at + (self.size_max - page_size) / density
            tries += 1
            if page_size <= self.size_max:
                low, taken = guess, page_size
            else:
                high = guess
        return low, taken

    def _best(self, start: Cut, cuts: Sequence[Cut], last: int) -> Cut:
        """Of the cuts that fill the page enough the last one of the best kind."""
        least = start.at + int((cuts[last].at - start.at) * FULL_ENOUGH)
        candidates = [cut for cut in cuts[: last + 1] if cut.at >= least]
        for cut in sorted(candidates, key=lambda cut: (cut.rank, -cut.at)):
            if self.size(self._page(start, cut)) <= self.size_max:
                return cut
        return cuts[last]


def _at(cut: Cut) -> int:
    return cut.at


def _dedented(body: str, spaces: int) -> str:
    """The lines without so many spaces in front, up to one that has fewer."""
    lines = body.split("\n")
    lines[0] = lines[0][min(_indent(lines[0]), spaces) :]
    for position in range(1, len(lines)):
        line = lines[position]
        if line.strip() and _indent(line) < spaces:
            break
        lines[position] = line[spaces:]
    return "\n".join(lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

"""Text as the checks read it: one form for what looks alike, cut into sentences while it grows. Pure."""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bridge.brain.checks.words_for_numbers import MONTHS
from bridge.brain.invisible import without_invisible
from bridge.brain.sentences import ABBREVIATION, ABBREVIATION_CHARS_MAX
from bridge.types import Passage

SENTENCE_CHARS_MAX = 1_000
"""What is longer is cut at a space: whatever a model writes, a check reads no more than this at once."""
OVERLAP_CHARS = 200
"""So much of what was cut is read again with what follows: no promise or address is longer."""
SPACE_CHARS_MAX = 20
"""Behind a full stop, more space than this ends a sentence whatever follows."""
FOLDED_CACHED_MAX = 128
"""Several checks read the same sentence."""
BEFORE_CHARS_MAX = 200
"""So much of what stood before a sentence is looked at with it."""

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u3099\u309a]+"
)
_FRACTION = re.compile(r"(\d{0,9})[ \u202f]?([\u00bc-\u00be\u2150-\u215e])")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_LOOKALIKES = str.maketrans(
    dict(
        zip(
            "\u2018\u2019\u201a\u201c\u201d\u201e\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
            "'''\"\"\"-------",
            strict=True,
        )
    )
    | {"\u066b": ".", "\u066c": ",", "\u060c": ",", "\u2044": "/"}
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or line of an answer."""

    text: str
    """Plain, without space around it."""
    before: str
    """The end of what stands before it in the answer, plain."""
    cited: tuple[Passage, ...] = ()
    """What it rests on."""
    begins: bool = False
    """A paragraph or list item begins with it."""


def plain(text: str) -> str:
    """In one form: compatible characters as one, digits of every script as ours, typographic dashes and quotes as
    plain ones, nothing invisible."""
    text = without_invisible(text)
    if text.isascii():
        return text
    text = _FRACTION.sub(_decimal, text)
    text = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    return _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


def _decimal(fraction: re.Match[str]) -> str:
    """4½ is 4.5: as compatible characters it would be "41/2"."""
    return f"{int(fraction[1] or 0) + unicodedata.numeric(fraction[2]):.4g}"


@lru_cache(maxsize=FOLDED_CACHED_MAX)
def folded(text: str) -> str:
    """Plain, without case and accents."""
    text = plain(text)
    if text.isascii():
        return text.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))


_ANY_MARK = re.compile(r"[*_~`<&\\\n\t]|  |\]\(|[^\W\d_] ?(?:\.{2,4}|:)[ \n]?[^\W\d_]")
"""Without one of these a text is shown as it is written."""
_LINK = re.compile(
    r"!?\[([^\[\]]{0,300})\]\([ \t\n]{0,5}<?([^\s()<>]{0,300}(?:\([^\s()<>]{0,300}\)[^\s()<>]{0,300}){0,3})>?"
    r"(?:[ \t\n]{1,5}(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'))?[ \t\n]{0,5}\)"
)
_MARK = re.compile(
    # What is an address already stays as it is: underscores, stars and ampersands belong to it.
    r"(?P<address>(?:https?://|www\.|(?<![\w.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}/)[^\s<>()\[\]\"'*`\\]*)"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<entity>&(?:\#\d{1,7}|\#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});)"
    r"|<!--.{0,300}?-->"
    r"|(?P<breaks></?(?:br|p|div|li|ul|ol|tr|td|th|hr|h[1-6])(?:\s[^<>]{0,300})?/?>|\\?\n)"
    r"|</?[a-z][a-z0-9-]{0,30}(?:\s[^<>]{0,300})?/?>"
    r"|`+|\*\*+"
    r"|(?<![\d\s])\*|\*(?![\d\s])|(?P<star>\*)"
    r"|(?<![^\W_])_+|_+(?![^\W_])"
    r"|~~+|~(?=[^\W\d_])|(?<=[^\W\d_])~(?!\d)",
    re.IGNORECASE | re.DOTALL,
)
_PAUSE = re.compile(r"(?<=[^\W\d_])(?: ?\.{2,4} ?|: ?)(?=[^\W\d_])")
"""A colon or dots between two words: what is said goes on behind it."""


def shown(text: str) -> str:
    """The words of a sentence as they are seen: emphasis, code marks, tags, escapes and entities resolved, spaces and
    lines joined; the addresses of its links behind it. A text without marks comes back itself."""
    if not _ANY_MARK.search(text):
        return text
    addresses: list[str] = []

    def label(link: re.Match[str]) -> str:
        addresses.append(link[2])
        return link[1]

    words = _LINK.sub(label, text) if "](" in text else text
    words = _resolved(words)
    behind = [_resolved(address).lstrip("/") for address in addresses]
    words = " ".join(_PAUSE.sub(" ", words).split())
    return plain("\n".join([words, *behind]))


def _resolved(text: str) -> str:
    stars = text.count("*") > 1
    return _MARK.sub(lambda mark: _seen(mark, stars), text)


def _seen(mark: re.Match[str], stars: bool) -> str:
    """What is seen of a mark. `stars`: there is more than one, so that a star between digits may be emphasis too."""
    match mark.lastgroup:
        case "address":
            return mark[0]
        case "escaped":
            return mark["escaped"]
        case "entity":
            return html.unescape(mark[0])
        case "breaks":
            return " "
        case "star":
            return "" if stars and not _is_bullet(mark) else "*"
        case _:
            return ""


def _is_bullet(mark: re.Match[str]) -> bool:
    return mark.string[mark.end() : mark.end() + 1].isspace()


_ITEM = re.compile(r"(?:[-+*•·▪◦‣–—]|\W{0,4}\d{1,3}[.):])\s+")
_UNFINISHED = re.compile(
    r"(?:(?<=\w)'(?:ve|m|ll)|(?<![^\W_])(?:i|we|have|has|had|am|is|are|was|were|be|been|will|shall"
    r"|ich|wir|habe|haben|hat|ist|sind|wurde|wurden|worden|werde|werden|wird"
    r"|he|hemos|ha|han|fue|fueron|será|serán|voy a|vamos a|j'ai|ai|avons|été|est|sont|sera|seront|vais|allons"
    r"|foi|foram|serão|vou|vamos|ho|abbiamo|è|sono|stato|stati|sarà|saranno|heb|hebben|zijn|werd|wordt|zal|zullen))"
    r"(?: (?:already|now|just|also|then|bereits|schon|jetzt|nun|ya|ahora|déjà|maintenant|já|agora|già|ora|al|nu)){0,2}"
    r" ?:$",
    re.IGNORECASE,
)
"""The end of a line whose sentence the items of a list go on with: "I have already:"."""
LEAD_CHARS_MAX = 80


def lead_in(words: str) -> str:
    """What a list below a sentence goes on from; "" when the sentence is complete without it."""
    return (
        words[-LEAD_CHARS_MAX:].rstrip(" :") if _UNFINISHED.search(words, max(0, len(words) - LEAD_CHARS_MAX)) else ""
    )


def item(words: str) -> str:
    """The words of a list's item without its mark; "" for anything else."""
    mark = _ITEM.match(words)
    return words[mark.end() :] if mark else ""


_BLOCK = re.compile(
    r"[^\S\n]{0,8}(?:\n|#{1,6}\s|[-+*•·▪◦‣–—]\s|[|>]|```|~~~|-{3}|={3}|\*{3}\s|_{3}\s"
    r"|\W{0,4}\d{1,3}(?:[.):]|\s?\ufe0f?\u20e3)\s)"
)
"""How a line begins that does not go on with the paragraph before it."""
_BLOCK_CHARS_MAX = 16
"""So much of a line tells whether it begins so."""
_ALONE = re.compile(r"\s{0,8}(?:#{1,6}\s|\||```|~~~|-{3}|={3})")
"""How a line begins that ends where it ends: a heading, a row of a table."""
_STOP = re.compile(r"[.!?…؟।]+|[。！？]+|\n")
_CLOSING = re.compile(r"[\"'”’»)\]*_」』）]*")
_WORD_CHARS_MAX = 12
_WORD = re.compile(rf"[^\W\d_]{{1,{_WORD_CHARS_MAX}}}")
_SPACE = re.compile(rf"[^\S\n]{{0,{SPACE_CHARS_MAX}}}")


def end(text: str, start: int, resume: int, *, last: bool = False) -> tuple[int | None, int]:
    """How far the sentence reaches that begins at `start`, and None while more text must tell; then the second number
    is where to look on (`resume` at first). It is where the next one begins, too: a sentence that had to be cut is
    read in pieces that overlap. `last`: no more text comes here. The same for however many pieces a text comes in."""
    limit = start + SENTENCE_CHARS_MAX
    while stop := _STOP.search(text, resume, limit):
        ended = _ended(text, start, stop, last)
        if ended is None:
            return None, stop.start()
        if ended:
            return ended, ended
        resume = stop.end()
    if len(text) > limit:
        cut = _space(text, limit)
        return cut, _space(text, cut - OVERLAP_CHARS)
    return (len(text), len(text)) if last and len(text) > start else (None, max(resume, start))


def _space(text: str, before: int) -> int:
    """The last line's end or space before a place, when it is near: nothing that belongs together has one in it."""
    near = before - OVERLAP_CHARS // 2
    return max(text.rfind("\n", near, before), 0) or max(text.rfind(" ", near, before), 0) or before


def _ended(text: str, start: int, stop: re.Match[str], last: bool) -> int | None:
    """Where it ends; 0 when this is no end, None when more text must tell."""
    if stop[0] == "\n":
        return _line_ended(text, start, stop.start(), last) if text[start : stop.start()].strip() else 0
    after = _CLOSING.match(text, stop.end())
    closed = after.end() if after else stop.end()
    if closed == len(text):
        return closed if last else None
    space = _SPACE.match(text, closed)
    follows = space.end() if space else closed
    if stop[0][0] in "。！？" or follows - closed == SPACE_CHARS_MAX or text[follows : follows + 1] == "\n":
        return closed
    if follows == closed:
        return 0
    if follows == len(text):
        return closed if last else None
    goes_on = _goes_on(text, start, stop.start(), closed, follows, last)
    return None if goes_on is None else 0 if goes_on else closed


def _line_ended(text: str, start: int, stop: int, last: bool) -> int | None:
    """Like `_ended`, for the end of a line at `stop`. A paragraph goes on in the next line: people see a space."""
    if _ALONE.match(text, text.rfind("\n", start, stop) + 1 or start, stop) or text[start:stop].rstrip().endswith("|"):
        return stop + 1
    if _BLOCK.match(text, stop + 1):
        return stop + 1
    follows = text[stop + 1 : stop + 1 + _BLOCK_CHARS_MAX]
    told = last or len(follows) == _BLOCK_CHARS_MAX or follows.lstrip()[:1].isalpha()
    return 0 if told else None


def _goes_on(text: str, start: int, stop: int, closed: int, follows: int, last: bool) -> bool | None:
    """The full stop at `stop` is one of several, or belongs to an abbreviation, a list's number or a German date
    ("15. Februar"); None when more text must tell."""
    if (
        text[follows].islower()
        or text[start:stop].strip().isdigit()
        or text[stop : stop + 2] == ".."
        or text[stop] == "…"
    ):
        return True
    if text[stop - 1].isdigit() and (word := _WORD.match(text, follows)):
        if word.end() == len(text) and len(word[0]) < _WORD_CHARS_MAX and not last:
            return None
        if folded(word[0]) in MONTHS:
            return True
    return bool(ABBREVIATION.search(text, max(start, closed - ABBREVIATION_CHARS_MAX), closed))

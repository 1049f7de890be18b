"""The answer is in the language of the question. Short answers, names and quotations do not count against it."""

import re

from bridge.brain.checks.text import Sentence, folded
from bridge.brain.phrases import language_of
from bridge.types import Turn

WORDS_MIN = 6
"""A shorter sentence does not tell for sure that it is in another language."""
CHARS_MIN = 40
"""What is wrong as a whole answer; less may be a name or a title."""

_HINT = "It was in another language than the question. Answer in the language of the customer's message."
_NAMED = re.compile(
    r"\b(?:english|french|german|spanish|portuguese|italian|dutch|japanese|arabic|polish|russian|chinese|turkish"
    r"|translat\w*"
    r"|englisch\w*|franzosisch\w*|deutsch\w*|spanisch\w*|portugiesisch\w*|italienisch\w*|ubersetz\w*"
    r"|ingles|frances|aleman|espanol|castellano|portugues|italiano|japones|arabe|traduc\w*|traduz\w*"
    r"|anglais|francais|allemand|espagnol|portugais|italien|japonais|tradui\w*|inglese|francese|tedesco|spagnolo"
    r"|engels|frans|duits|spaans|vertaal\w*)\b|英語|日本語|ドイツ語|フランス語|スペイン語|翻訳|中国語|الانجليزية"
    r"|العربية|الفرنسية|ترجم"
)
_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r"\"[^\"]*\"|\*\*[^*]+\*\*|`[^`]+`|«[^»]*»|「[^」]*」|\([^)]*\)")
_SCRIPTS = {
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "zh": r"[\u4e00-\u9fff]",
    "ko": r"[\uac00-\ud7a3]",
    "ar": r"[\u0600-\u06ff]",
    "fa": r"[\u0600-\u06ff]",
    "ur": r"[\u0600-\u06ff]",
    "he": r"[\u0590-\u05ff]",
    "ru": r"[\u0400-\u04ff]",
    "uk": r"[\u0400-\u04ff]",
    "bg": r"[\u0400-\u04ff]",
    "el": r"[\u0370-\u03ff]",
    "hi": r"[\u0900-\u097f]",
    "th": r"[\u0e00-\u0e7f]",
}
_LATIN = re.compile(r"[a-z\u00c0-\u024f]", re.IGNORECASE)


class Language:
    """Holds an answer back (`holds`) until it is told to be in the right language, and again from each sentence that
    is in another one until the next that is not: what may be taken back as a whole is not seen before."""

    name = "language"

    def __init__(self, turn: Turn, earlier: str, expected: str, *, chars_max: int) -> None:
        self._expected = expected.partition("-")[0]
        self._chars_max = chars_max
        named = _NAMED.search(folded(f"{earlier}\n{turn.question}"))
        self._on = not named and language_of(turn.question, "") == expected
        script = _SCRIPTS.get(self._expected)
        self._script = re.compile(script) if script else _LATIN
        self._right = self._wrong = self._untold = 0
        self._last_wrong = False

    @property
    def holds(self) -> bool:
        if not self._on:
            return False
        unknown = not self._right and self._untold < self._chars_max
        return unknown or self._last_wrong or self._mostly_wrong

    @property
    def _mostly_wrong(self) -> bool:
        return self._wrong > self._right

    def fault(self, sentence: Sentence) -> str | None:
        if not self._on:
            return None
        text = _QUOTED.sub(" ", sentence.text)
        told = self._told(text)
        if told is not None:
            self._right += len(text) if told else 0
            self._wrong += 0 if told else len(text)
            self._last_wrong = not told
        else:
            self._untold += len(text)
        return _HINT if self._wrong >= self._chars_max and self._mostly_wrong else None

    def last_fault(self) -> str | None:
        """Of the answer as a whole."""
        return _HINT if self._mostly_wrong and self._wrong >= CHARS_MIN else None

    def _told(self, text: str) -> bool | None:
        """Whether a sentence is in the right language; None when it does not tell."""
        letters = sum(map(len, _WORD.findall(text)))
        if not letters:
            return None
        ours = len(self._script.findall(text))
        if ours * 3 < letters:
            # In another script altogether; a Latin name among Japanese is short.
            return False if letters >= CHARS_MIN // 2 else None
        if self._script is not _LATIN:
            return True
        whole = language_of(text, "")
        if whole == self._expected:
            return True
        words = text.split()
        if not whole or len(words) < WORDS_MIN:
            return None
        # Both halves must tell the same: one borrowed word decides nothing.
        half = len(words) // 2
        halves = (language_of(" ".join(part), "") for part in (words[:half], words[half:]))
        return False if all(told == whole for told in halves) else None

"""Capital letters that make another word: "US" is a country, and "entrance A" is not "an entrance". Pure."""

import re
import unicodedata

_LETTER = "A-Za-z\u00c0-\u024f"
_CAPITALS = re.compile(rf"(?<![{_LETTER}\d'’])[A-Z\u00c0-\u00d6\u00d8-\u00de]{{1,3}}(?![{_LETTER}\d'’-])")
_ARTICLES = re.compile(r"(?<=[^\W\d_][ '’])(?:El|La|Las|Los|Le|Les|Den|Est)(?= )")
"""Articles that belong to a name: El Salvador, La Palma, Den Haag."""
_EVEN_SHOUTED = ("US", "IT")
_STRESSED = frozenset(["ARE", "NOT", "YOU", "THE", "AND", "ANY", "ALL", "HOW", "WHO", "WHY", "GET", "WAS"])
"""Said loudly; no names."""
_BEGINS = re.compile(r"(?:^|[.!?¿¡:])[\s\"'(]*$")


def folded_case(text: str, tag: str) -> str:
    """In lower case, except for words of up to three capitals and articles of names. Of what is written in capitals
    throughout only those stay that are names more often than words; a single letter that begins a sentence says
    nothing, and neither does the English "I"."""
    text = unicodedata.normalize("NFKC", text)
    shouted = text.upper() == text
    found = [word for word in _CAPITALS.finditer(text) if _tells(text, word, tag)]
    kept = [word.span() for word in found if not shouted or word[0] in _EVEN_SHOUTED]
    kept += [article.span() for article in _ARTICLES.finditer(text)]
    parts: list[str] = []
    at = 0
    for start, end in sorted(kept):
        parts += (text[at:start].casefold(), text[start:end])
        at = end
    return "".join([*parts, text[at:].casefold()])


def _tells(text: str, found: re.Match[str], tag: str) -> bool:
    word = found[0]
    if len(word) > 1:
        return word not in _STRESSED
    return not (word == "I" and tag == "en") and not _BEGINS.search(text[: found.start()])

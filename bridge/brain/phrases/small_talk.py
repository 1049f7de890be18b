"""Messages that ask nothing: greetings, thanks, goodbyes, and the single words stop and help. Pure."""

import re
import unicodedata
from typing import Literal

from bridge.brain.phrases.languages import LANGUAGES

SMALL_TALK_CHARS_MAX = 100
"""Whoever writes more than this wants something."""

SmallTalk = Literal["greeting", "thanks", "goodbye"]


def _any_of(*alternatives: str) -> str:
    return "|".join(filter(None, alternatives))


_SPOKEN = list(LANGUAGES.values())
_SMALL_TALK: dict[SmallTalk, str] = {
    "greeting": _any_of(*(language.greetings for language in _SPOKEN)),
    "thanks": _any_of(*(language.thanks for language in _SPOKEN)),
    "goodbye": _any_of(*(language.goodbyes for language in _SPOKEN), "ciao"),
}
_FILLER = f"(?:{_any_of(*(language.fillers for language in _SPOKEN))})"
_AGREED = "(?:(?:ok|okay|oki|alright|ah|oh|cool|gut|alles klar|vale|de acuerdo|d accord|tá|va bene|oké) )?"
"""May stand before any of them; by itself it may be the answer to a question."""
_SMALL_TALK_PATTERNS = {
    kind: re.compile(rf"{_AGREED}(?:{words})(?: {_FILLER})?(?: (?:{words})(?: {_FILLER})?)?")
    for kind, words in _SMALL_TALK.items()
}
_STOP = frozenset(word for language in _SPOKEN for word in language.stop.split("|"))
_HELP = frozenset(word for language in _SPOKEN for word in language.help.split("|"))
_WORD = re.compile(r"[^\W\d_]+")

_GLAD_SIGNS = "👍👌🙏👏🙌🤝🫶💪✅💯🎉🥳❤♥🧡💛💚💙💜🤎🖤🤍💖💕😀😃😄😁😊🙂😍🥰🤗😎"
_GLAD_NAMES = (
    r"\+1|thumbsup|ok_hand|pray|clap|raised_hands|handshake|muscle|white_check_mark|100|tada|partying_face|heart"
    r"|(?:orange|yellow|green|blue|purple)_heart|sparkling_heart|grinning|smiley|smile|grin|blush|slightly_smiling_face"
    r"|heart_eyes|smiling_face_with_3_hearts|hugging_face|sunglasses"
)
"""As Slack writes them."""
_GLAD = re.compile(rf"[{_GLAD_SIGNS}]|:(?:{_GLAD_NAMES}):|[:;]-?\)|<3")
_TINT = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]|:skin-tone-[2-6]:")
"""What changes the look of a sign, and not what it says."""


def small_talk(text: str) -> SmallTalk | None:
    """What a message is that only greets, thanks or says goodbye, also by a thumb or a heart; None for everything that
    might be a question."""
    if len(text) > SMALL_TALK_CHARS_MAX:
        return None
    text, glad = _GLAD.subn(" ", _TINT.sub("", text))
    if any(character.isdigit() for character in text):
        return None
    if glad and not text.strip(" \n!."):
        return "thanks"
    bare = " ".join(_words(text))
    return next((kind for kind, pattern in _SMALL_TALK_PATTERNS.items() if pattern.fullmatch(bare)), None)


def is_stop(text: str) -> bool:
    """The word "stop" and nothing else, in any of our languages."""
    return _is_one_of(_STOP, text)


def is_help(text: str) -> bool:
    """The word "help" and nothing else, in any of our languages."""
    return _is_one_of(_HELP, text)


def _is_one_of(known: frozenset[str], text: str) -> bool:
    if len(text) > SMALL_TALK_CHARS_MAX or any(character.isdigit() for character in text):
        return False
    words = _words(text)
    return len(words) == 1 and words[0] in known


def _words(text: str) -> list[str]:
    """Without the marks that stand beside letters: Arabic is written with and without them."""
    composed = unicodedata.normalize("NFC", text.lower())
    return _WORD.findall("".join(character for character in composed if unicodedata.category(character) != "Mn"))

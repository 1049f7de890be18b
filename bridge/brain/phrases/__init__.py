"""Every sentence the product says by itself, in each language, and which language a text is in.

A language is a file in `languages/`; `Voice` says its sentences, filled with the business's own words.
"""

from bridge.brain.phrases.detection import language_of
from bridge.brain.phrases.languages import LANGUAGES
from bridge.brain.phrases.sentences import LABEL_CHARS_MAX, Phrases
from bridge.brain.phrases.small_talk import SmallTalk, is_help, is_stop, small_talk
from bridge.brain.phrases.voice import PhrasesSettings, Voice

FUNCTION_WORDS = {code: language.function_words for code, language in LANGUAGES.items()}
"""By language, the words that hold its sentences together."""

__all__ = [
    "FUNCTION_WORDS",
    "LABEL_CHARS_MAX",
    "LANGUAGES",
    "Phrases",
    "PhrasesSettings",
    "SmallTalk",
    "Voice",
    "is_help",
    "is_stop",
    "language_of",
    "small_talk",
]

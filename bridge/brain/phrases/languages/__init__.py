"""The languages that are spoken, a file each; the first one wins where nothing else tells."""

from bridge.brain.phrases.language import Language
from bridge.brain.phrases.languages import (
    arabic,
    dutch,
    english,
    french,
    german,
    italian,
    japanese,
    portuguese,
    spanish,
)

LANGUAGES: dict[str, Language] = {
    module.LANGUAGE.code: module.LANGUAGE
    for module in (english, german, spanish, french, portuguese, italian, dutch, japanese, arabic)
}
"""By code."""

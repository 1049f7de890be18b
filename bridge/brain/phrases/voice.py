"""How the product speaks: its fixed sentences in every language, as configured, filled with the business's words."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, Field, model_validator

from bridge.brain.phrases.detection import language_of
from bridge.brain.phrases.languages import LANGUAGES
from bridge.brain.phrases.sentences import Phrases
from bridge.brain.settings import BusinessSettings
from bridge.types import Turn, Unread


def _translated(code: str) -> Phrases:
    return Phrases.model_validate(dict(LANGUAGES[code].phrases))


class PhrasesSettings(BaseModel, frozen=True, extra="forbid"):
    """The fixed sentences by language. A table in config.toml changes only the sentences it names."""

    en: Phrases = Field(Phrases(), description="English.")
    de: Phrases = Field(_translated("de"), description="German.")
    es: Phrases = Field(_translated("es"), description="Spanish.")
    fr: Phrases = Field(_translated("fr"), description="French.")
    pt: Phrases = Field(_translated("pt"), description="Portuguese.")
    it: Phrases = Field(_translated("it"), description="Italian.")
    nl: Phrases = Field(_translated("nl"), description="Dutch.")
    ja: Phrases = Field(_translated("ja"), description="Japanese.")
    ar: Phrases = Field(_translated("ar"), description="Arabic.")
    more: dict[str, Phrases] = Field(
        {}, description="Further languages by code, such as `ko`; for one that is not there, English is spoken."
    )

    @model_validator(mode="before")
    @classmethod
    def _keep_what_is_not_named(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {
            code: dict(LANGUAGES[code].phrases) | phrases
            if code in LANGUAGES and isinstance(phrases, dict)
            else phrases
            for code, phrases in data.items()
        }

    def speak(self, language: str) -> Phrases:
        """The sentences of a language tag; English for a language we have none for."""
        code = language.partition("-")[0].lower()
        if code in LANGUAGES:
            phrases: Phrases = getattr(self, code)
            return phrases
        return self.more.get(code, self.en)


_UNREAD = {
    "voice": "voice_unread",
    "kind": "file_kind",
    "size": "file_size",
    "number": "file_number",
    "gone": "file_gone",
}
"""The phrase for each reason, in the order in which they are said."""


@dataclass(frozen=True, slots=True)
class Voice:
    """The fixed sentences of one business, ready to be said."""

    business: BusinessSettings
    phrases: PhrasesSettings

    def language(self, text: str) -> str:
        """The language to answer a text in."""
        return language_of(text, self.business.locale)

    def say(self, language: str, *names: str) -> str:
        """Phrases by name, one after the other, with the business's own words filled in."""
        phrases = self.phrases.speak(language)
        code = language.partition("-")[0].lower()
        between = " " if code not in LANGUAGES or LANGUAGES[code].spaced else ""
        return between.join(self.business.fill(getattr(phrases, name)) for name in names)

    def apology(self, turn: Turn) -> str:
        """What to say when a turn failed."""
        return self.say(self.language(turn.question), "apology", "offer_person")

    def unread(self, language: str, files: Iterable[Unread]) -> str:
        """What to say of files that could not be read: one sentence a reason, however many there are; "" of none."""
        reasons = {file.why for file in files}
        return self.say(language, *(name for why, name in _UNREAD.items() if why in reasons))

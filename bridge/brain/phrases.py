"""Every sentence the product says by itself, in each language, and which language a question is in.

An answer's own words never stand here: they come from a model or from the knowledge base.
"""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from bridge.brain.settings import BusinessSettings, Template
from bridge.types import Turn


class Phrases(BaseModel, frozen=True, extra="forbid"):
    """The fixed sentences of one language; English unless overridden."""

    looking_up: Template = Field("Looking it up", description="Progress: the knowledge base is searched.")
    unknown: Template = Field(
        "I'm sorry, I don't know that. I answer from our own help pages only, and I found nothing about it there.",
        description="Nothing in the knowledge base answers the question.",
    )
    offer_person: Template = Field(
        "A person can help you with this: {contact}.", description="Follows wherever the assistant cannot help."
    )
    lead_in: Template = Field(
        "This is what our help pages say:", description="Stands before sentences quoted from the knowledge base."
    )
    unsure: Template = Field(
        "I'm not certain that this answers your question. The nearest I found in our help pages:",
        description="Stands before quoted sentences that fit the question only loosely; a person is offered below.",
    )
    greeting: Template = Field("Hello! What would you like to know?", description="The answer to a mere greeting.")
    thanks: Template = Field("You're welcome! Just ask if there is anything else.", description="The answer to thanks.")
    goodbye: Template = Field("Goodbye, and take care!", description="The answer to a goodbye.")
    text_only: Template = Field(
        "I can only read text. Could you put your question in words?", description="A message without any text."
    )
    refused: Template = Field(
        "I'm sorry, I can't help with this one here.", description="The model declined to answer the question."
    )
    apology: Template = Field(
        "I'm sorry, something went wrong on our side and I can't answer right now. Please try again in a moment.",
        description="An answer failed.",
    )
    cut_short: Template = Field(
        "(I had to stop here; ask me to go on.)", description="Stands below an answer that grew longer than allowed."
    )


_GERMAN = {
    "looking_up": "Ich sehe nach",
    "unknown": "Das weiß ich leider nicht. Ich antworte nur aus unseren Hilfeseiten, und dort steht nichts dazu.",
    "offer_person": "Ein Mensch kann Ihnen hier weiterhelfen: {contact}.",
    "lead_in": "Das steht auf unseren Hilfeseiten:",
    "unsure": "Ich bin nicht sicher, ob das Ihre Frage beantwortet. Am nächsten kommt auf unseren Hilfeseiten:",
    "greeting": "Guten Tag! Was möchten Sie wissen?",
    "thanks": "Gern geschehen! Fragen Sie einfach, wenn noch etwas ist.",
    "goodbye": "Auf Wiedersehen und alles Gute!",
    "text_only": "Ich kann nur Text lesen. Könnten Sie Ihre Frage in Worte fassen?",
    "refused": "Dabei kann ich hier leider nicht helfen.",
    "apology": "Es tut mir leid, bei uns ist etwas schiefgegangen und ich kann gerade nicht antworten. "
    "Bitte versuchen Sie es gleich noch einmal.",
    "cut_short": "(Hier musste ich aufhören; bitten Sie mich, fortzufahren.)",
}
_SPANISH = {
    "looking_up": "Lo estoy buscando",
    "unknown": "Lo siento, eso no lo sé. Solo respondo con nuestras páginas de ayuda y ahí no he encontrado nada.",
    "offer_person": "Una persona puede ayudarle con esto: {contact}.",
    "lead_in": "Esto dicen nuestras páginas de ayuda:",
    "unsure": "No estoy seguro de que esto responda a su pregunta. Lo más cercano en nuestras páginas de ayuda:",
    "greeting": "¡Hola! ¿Qué le gustaría saber?",
    "thanks": "¡De nada! Si necesita algo más, pregunte.",
    "goodbye": "¡Hasta pronto, que le vaya bien!",
    "text_only": "Solo puedo leer texto. ¿Podría escribir su pregunta con palabras?",
    "refused": "Lo siento, con esto no puedo ayudarle aquí.",
    "apology": "Lo siento, algo ha fallado por nuestra parte y ahora mismo no puedo responder. "
    "Inténtelo de nuevo en un momento.",
    "cut_short": "(He tenido que parar aquí; pídame que continúe.)",
}
_TRANSLATIONS = {"de": _GERMAN, "es": _SPANISH}


class PhrasesSettings(BaseModel, frozen=True, extra="forbid"):
    """The fixed sentences by language. A table in config.toml changes only the sentences it names."""

    en: Phrases = Field(Phrases(), description="English.")
    de: Phrases = Field(Phrases(**_GERMAN), description="German.")
    es: Phrases = Field(Phrases(**_SPANISH), description="Spanish.")
    more: dict[str, Phrases] = Field(
        {}, description="Further languages by code, used for a business whose locale is that language."
    )

    @model_validator(mode="before")
    @classmethod
    def _keep_what_is_not_named(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {
            language: _TRANSLATIONS[language] | phrases
            if language in _TRANSLATIONS and isinstance(phrases, dict)
            else phrases
            for language, phrases in data.items()
        }

    def speak(self, language: str) -> Phrases:
        """The sentences of a language tag; English for a language we have none for."""
        code = language.partition("-")[0].lower()
        match code:
            case "en" | "de" | "es":
                phrases: Phrases = getattr(self, code)
                return phrases
            case _:
                return self.more.get(code, self.en)


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
        return " ".join(self.business.fill(getattr(phrases, name)) for name in names)

    def apology(self, turn: Turn) -> str:
        """What to say when a turn failed."""
        return self.say(self.language(turn.question), "apology", "offer_person")


FUNCTION_WORDS = {
    "en": """a about an and any are at be but by can could do does for from get had has have how i if in is it long
    many me much my of on or our please should that the there this to was we what when where which who why will
    with would you your hello thanks""",
    "de": """aber als am an auch auf aus bei bin bis bitte da das dass dem den der des die dies diese doch ein eine
    einem einen einer er es für gibt habe haben hat ich ihr ihre im in ist kann können lange man mein
    meine meinen mich mir mit muss nach noch oder schon sich sie sind um und uns von vor wann warum was
    welche wenn wer werden wie wieviel wir wird wo zu zum zur über hallo danke""",
    "es": """a al algo buenos cómo como con cuál cuándo cuando cuánto cuánta cuántos de del desde dónde donde el
    ella en es está están esta este esto gracias hasta hay hola la las le lo los me mi mis muy más nos o para pero
    por porque puedo puede qué que quiero se ser si sí son su sus tengo tiene un una y yo""",
}
"""Words that hold sentences together; the language with most of them in a text is its language. No word of negation
is among them: it changes the answer."""
_KNOWN = {language: frozenset(words.split()) for language, words in FUNCTION_WORDS.items()}
_LETTERS = {"de": "äöüß", "es": "ñ¿¡áíóú"}
_WORD = re.compile(r"[^\W\d_]+")
LANGUAGE_CHARS_MAX = 2_000
"""The beginning of a text tells its language."""
SMALL_TALK_CHARS_MAX = 100
"""Whoever writes more than this wants something."""


def language_of(text: str, default: str) -> str:
    """The language of a question as far as its small words and letters tell, else `default`."""
    text = text[:LANGUAGE_CHARS_MAX].lower()
    words = _WORD.findall(text)
    hits = {language: sum(word in known for word in words) for language, known in _KNOWN.items()}
    for language, letters in _LETTERS.items():
        hits[language] += any(letter in text for letter in letters)
    first, second = sorted(hits, key=lambda language: hits[language], reverse=True)[:2]
    return first if hits[first] > hits[second] else default


SmallTalk = Literal["greeting", "thanks", "goodbye"]

_SMALL_TALK: dict[SmallTalk, str] = {
    "greeting": r"hi+|hiya|hey|hello|howdy|good (?:morning|afternoon|evening|day)|hallo|moin|servus|grüezi|grüß gott"
    r"|guten (?:tag|morgen|abend)|hola|buenos días|buenas(?: tardes| noches)?",
    "thanks": r"thanks?|thank you|thx|ty|cheers|many thanks|great|perfect|danke(?: schön)?|vielen dank|dankeschön"
    r"|besten dank|super|perfekt|(?:muchas )?gracias|perfecto",
    "goodbye": r"bye|goodbye|bye bye|see you|tschüss|tschüß|ciao|auf wiedersehen|adiós|hasta luego",
}
_FILLER = (
    r"(?:there|all|everyone|so much|very much|a lot|again|zusammen|sehr|nochmal|for your help|für ihre hilfe"
    r"|por su ayuda)"
)
_SMALL_TALK_PATTERNS = {
    kind: re.compile(rf"(?:{words})(?: {_FILLER})?(?: (?:{words})(?: {_FILLER})?)?")
    for kind, words in _SMALL_TALK.items()
}


def small_talk(text: str) -> SmallTalk | None:
    """What a message is that only greets, thanks or says goodbye; None for everything that might be a question."""
    if len(text) > SMALL_TALK_CHARS_MAX or any(character.isdigit() for character in text):
        return None
    bare = " ".join(_WORD.findall(text.lower()))
    return next((kind for kind, pattern in _SMALL_TALK_PATTERNS.items() if pattern.fullmatch(bare)), None)

"""Every sentence the product says by itself, in each language, and which language a question is in.

An answer's own words never stand here: they come from a model or from the knowledge base.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from bridge.brain.settings import BusinessSettings, Template
from bridge.types import Turn, Unread

LABEL_CHARS_MAX = 20
"""What fits on a button everywhere."""


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
    start_again: Template = Field(
        "Sorry, let me start again:",
        description="Stands before an answer that begins again where part of another was sent and cannot be changed.",
    )
    files_unread: Template = Field(
        "I can only read text at the moment, so I have not looked at what you sent along.",
        description="Below an answer that was given without looking at the files that came with the question.",
    )
    file_kind: Template = Field(
        "I can't open what you sent: it is of a kind I can't read, damaged or protected.",
        description="A file of a kind nobody reads, or one that cannot be opened.",
    )
    file_size: Template = Field("What you sent is too large for me to read.", description="A file is too large.")
    file_number: Template = Field(
        "You sent more files than I can look at together, so I looked at the first ones only.",
        description="More files came than are read for one answer.",
    )
    file_gone: Template = Field(
        "I could not fetch what you sent. Could you send it again?", description="A file cannot be fetched."
    )
    voice_unread: Template = Field(
        "I could not listen to your voice message. Could you write to me instead?",
        description="A voice message came and nobody listens, or nothing could be understood.",
    )
    stop: Template = Field("Stop", max_length=LABEL_CHARS_MAX, description="A button: ends the answer.")
    stopped: Template = Field("Stopped.", description="Stands below an answer that was stopped.")
    stopping: Template = Field("I'm stopping.", description="The answer to a request to stop.")
    nothing_to_stop: Template = Field(
        "There is nothing to stop right now.", description="The answer to it when no answer is being given."
    )
    retry: Template = Field("Try again", max_length=LABEL_CHARS_MAX, description="A button: answers once more.")
    helpful: Template = Field("Helpful", max_length=LABEL_CHARS_MAX, description="A button: the answer helped.")
    not_helpful: Template = Field(
        "Not helpful", max_length=LABEL_CHARS_MAX, description="A button: the answer did not help."
    )
    feedback_thanks: Template = Field("Thank you for telling us.", description="After a press of one of those two.")
    sources: Template = Field(
        "Sources", max_length=LABEL_CHARS_MAX, description="Stands above the sources of an answer."
    )
    help: Template = Field(
        "Just ask me a question. /new begins a new conversation, /stop ends an answer, /human tells you how to reach a "
        "person.",
        description="What can be done here: the answer to /help.",
    )
    new_conversation: Template = Field(
        "Let's begin anew: I no longer refer to what was said before. What would you like to know?",
        description="The answer to /new.",
    )
    slack_help: Template = Field(
        'Ask me here, in a direct message, or by mentioning me in a channel. A thread is a conversation; "stop" ends '
        "an answer.",
        description="What can be done on Slack: the answer to help there.",
    )
    command_help: Template = Field("What I can do here", description="What /help does, in a menu of commands.")
    command_new: Template = Field("Begin a new conversation", description="What /new does.")
    command_stop: Template = Field("Stop the answer", description="What /stop does.")
    command_human: Template = Field("Reach a person", description="What /human does.")
    person: Template = Field("You can reach a person here: {contact}.", description="The answer to /human.")
    not_now: Template = Field(
        "I'm sorry, I can't answer this right now.", description="Nothing could answer; people are told instead."
    )
    handed_over: Template = Field("I have passed this on to our team.", description="People are told of a question.")
    under_way: Template = Field(
        "This is already with our team.", description="People were told of it before, in the same conversation."
    )
    reference: Template = Field("Your reference:", description="Stands before the number of what people were told.")
    hours: Template = Field("Our hours: {opening_hours}.", description="When people can be reached.")
    closed: Template = Field(
        "Nobody is there at the moment. Our hours: {opening_hours}.", description="The same, while nobody is there."
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
    "start_again": "Entschuldigung, ich fange noch einmal an:",
    "files_unread": "Ich kann im Moment nur Text lesen und habe nicht angesehen, was Sie mitgeschickt haben.",
    "file_kind": "Ich kann nicht öffnen, was Sie geschickt haben: Die Art kann ich nicht lesen, oder es ist "
    "beschädigt oder geschützt.",
    "file_size": "Was Sie geschickt haben, ist zu groß für mich.",
    "file_number": "Sie haben mehr Dateien geschickt, als ich auf einmal ansehen kann; angesehen habe ich nur die "
    "ersten.",
    "file_gone": "Ich konnte nicht abrufen, was Sie geschickt haben. Könnten Sie es noch einmal schicken?",
    "voice_unread": "Ich konnte Ihre Sprachnachricht nicht anhören. Könnten Sie mir stattdessen schreiben?",
    "stop": "Anhalten",
    "stopped": "Angehalten.",
    "stopping": "Ich höre auf.",
    "nothing_to_stop": "Im Moment gibt es nichts anzuhalten.",
    "retry": "Noch einmal",
    "helpful": "Hilfreich",
    "not_helpful": "Nicht hilfreich",
    "feedback_thanks": "Danke für Ihre Rückmeldung.",
    "sources": "Quellen",
    "help": "Stellen Sie mir einfach eine Frage. /new beginnt ein neues Gespräch, /stop hält eine Antwort an, /human "
    "sagt Ihnen, wie Sie einen Menschen erreichen.",
    "new_conversation": "Fangen wir neu an: Auf das, was vorher gesagt wurde, beziehe ich mich nicht mehr. Was möchten "
    "Sie wissen?",
    "slack_help": "Fragen Sie mich hier, in einer Direktnachricht, oder indem Sie mich in einem Kanal erwähnen. Ein "
    'Thread ist ein Gespräch; "stopp" hält eine Antwort an.',
    "command_help": "Was ich hier kann",
    "command_new": "Ein neues Gespräch beginnen",
    "command_stop": "Die Antwort anhalten",
    "command_human": "Einen Menschen erreichen",
    "person": "Einen Menschen erreichen Sie hier: {contact}.",
    "not_now": "Das kann ich im Moment leider nicht beantworten.",
    "handed_over": "Ich habe Ihr Anliegen an unser Team weitergegeben.",
    "under_way": "Ihr Anliegen liegt unserem Team bereits vor.",
    "reference": "Ihre Vorgangsnummer:",
    "hours": "Erreichbar sind wir: {opening_hours}.",
    "closed": "Im Moment ist niemand da. Erreichbar sind wir: {opening_hours}.",
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
    "start_again": "Disculpe, empiezo de nuevo:",
    "files_unread": "De momento solo puedo leer texto y no he mirado lo que ha enviado.",
    "file_kind": "No puedo abrir lo que ha enviado: es de un tipo que no sé leer, o está dañado o protegido.",
    "file_size": "Lo que ha enviado es demasiado grande para mí.",
    "file_number": "Ha enviado más archivos de los que puedo mirar a la vez; solo he mirado los primeros.",
    "file_gone": "No he podido descargar lo que ha enviado. ¿Podría enviarlo otra vez?",
    "voice_unread": "No he podido escuchar su mensaje de voz. ¿Podría escribirme en su lugar?",
    "stop": "Detener",
    "stopped": "Detenido.",
    "stopping": "Me detengo.",
    "nothing_to_stop": "Ahora mismo no hay nada que detener.",
    "retry": "Reintentar",
    "helpful": "Útil",
    "not_helpful": "No es útil",
    "feedback_thanks": "Gracias por decírnoslo.",
    "sources": "Fuentes",
    "help": "Hágame una pregunta sin más. /new empieza una conversación nueva, /stop detiene una respuesta y /human le "
    "dice cómo hablar con una persona.",
    "new_conversation": "Empecemos de nuevo: ya no me refiero a lo que se dijo antes. ¿Qué le gustaría saber?",
    "slack_help": "Pregúnteme aquí, en un mensaje directo o mencionándome en un canal. Un hilo es una conversación; "
    '"alto" detiene una respuesta.',
    "command_help": "Qué puedo hacer aquí",
    "command_new": "Empezar una conversación nueva",
    "command_stop": "Detener la respuesta",
    "command_human": "Hablar con una persona",
    "person": "Puede hablar con una persona aquí: {contact}.",
    "not_now": "Lo siento, ahora mismo no puedo responder a esto.",
    "handed_over": "He pasado su consulta a nuestro equipo.",
    "under_way": "Su consulta ya está en manos de nuestro equipo.",
    "reference": "Su número de referencia:",
    "hours": "Nuestro horario: {opening_hours}.",
    "closed": "En este momento no hay nadie. Nuestro horario: {opening_hours}.",
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
        return " ".join(self.business.fill(getattr(phrases, name)) for name in names)

    def apology(self, turn: Turn) -> str:
        """What to say when a turn failed."""
        return self.say(self.language(turn.question), "apology", "offer_person")

    def unread(self, language: str, files: Iterable[Unread]) -> str:
        """What to say of files that could not be read: one sentence a reason, however many there are; "" of none."""
        reasons = {file.why for file in files}
        return self.say(language, *(name for why, name in _UNREAD.items() if why in reasons))


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
_HELP = {"en": "help", "de": "hilfe", "es": "ayuda"}
_KNOWN = {language: frozenset([*words.split(), _HELP[language]]) for language, words in FUNCTION_WORDS.items()}
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
    bare = " ".join(_WORD.findall(text.lower()))
    return next((kind for kind, pattern in _SMALL_TALK_PATTERNS.items() if pattern.fullmatch(bare)), None)


_STOP = frozenset({"stop", "stopp", "halt", "anhalten", "aufhören", "para", "parar", "alto", "detente"})


def is_stop(text: str) -> bool:
    """The word "stop" and nothing else, in any of our languages."""
    return _is_one_of(_STOP, text)


def is_help(text: str) -> bool:
    """The word "help" and nothing else, in any of our languages."""
    return _is_one_of(frozenset(_HELP.values()), text)


def _is_one_of(known: frozenset[str], text: str) -> bool:
    if len(text) > SMALL_TALK_CHARS_MAX or any(character.isdigit() for character in text):
        return False
    words = _WORD.findall(text.lower())
    return len(words) == 1 and words[0] in known

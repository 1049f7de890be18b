"""What is said of the business rests on what the knowledge base says, and what is said of the customer's own matter on
what a tool told. Needs no model: citations, and words in common."""

import re

from bridge.brain.checks.by_tools import ByTools
from bridge.brain.checks.evidence import Evidence, stems
from bridge.brain.checks.figures import claimed
from bridge.brain.checks.text import Sentence

WORDS_MIN = 5
CJK_CHARS_MIN = 14
"""What is shorter, and holds no figure, states nothing."""
AHEAD_MAX = 2
"""Sentences without a source that are waited for to be outweighed; one more ends the draft."""
STEMS_MIN = 3
STEMS_SHARE_MIN = 0.75
"""A sentence that repeats the sources in their own words needs no citation to rest on them."""

SHORT_WORDS_MIN = 3
SHORT_CJK_CHARS_MIN = 6
"""What is between this and `WORDS_MIN` may state something ("Returns are free."), and does when nothing is cited."""
SOFT_WORDS_MAX = 12
"""So much of a sentence may greet, ask or apologise and hold a clause ("I am glad that you ask"). What is longer may
state anything in it ("I know that all of our bikes ...")."""
LEAD_IN_WORDS_MAX = 12
QUESTION_WORDS_MAX = 40

_HINT = (
    "Too much of it rested on no search result and on nothing that a tool told. Say only what they say, and cite the "
    "search results; where they do not answer the question, say that you do not know and offer a person."
)

_SOFT = {
    "en": r"^\W*(?:(?:yes|no|sorry|sure|of course|unfortunately|but|and|so|if [^,.]{1,80}|for (?:that|this)),? )*"
    r"(?:i\b|we don't have|let me|feel free|just (?:ask|let|tell|write)|thanks?\b"
    r"|you're welcome|hello|hi\b"
    r"|glad|happy|sorry|(?:great|perfect)(?! \w+s\b)|no problem|congratulations|enjoy|see you"
    r"|take care|have a|we look forward"
    r"|we hope|good (?:morning|day|evening)|tell me|let us know|ask\b|our help pages|the help pages"
    r"|there is nothing"
    r"|(?:a person|one of us|our team|someone|a colleague)[^.]{0,40}? can|you (?:asked|said|mentioned|wrote|told)"
    r"|(?:please )?(?:contact|reach|write to|get in touch)|you can (?:reach|contact|ask)"
    r"|(?:could|would|can|may|shall|do|did|does|is|are|which|what|where|when|who|how) (?:you|i|we|it|that)\b)"
    r"|\bi (?:don't|do not|couldn't|could not|can't|cannot|only|just) |\b(?:anything else|happy to help)\b",
    "de": r"^.{0,60}\bich\b|^\W*(?:wir freuen uns|viel (?:spaß|freude|erfolg)|schönen|alles gute|bis bald|prima|gern"
    r"|danke|hallo|guten|bitte (?:melden|schreiben|sagen|fragen|wenden|nennen|geben)"
    r"|sagen sie|melden"
    r" sie|fragen sie|schreiben sie uns|leider (?:weiß|finde|steht)|es tut mir leid|ein mensch"
    r"|auf unseren hilfeseiten|dazu"
    r" steht)|\bsie (?:haben gefragt|fragten|schrieben|erwähnten)",
    "es": r"^\W*(?:(?:sí|no|lamentablemente|pero|y|si [^,.]{1,80}),? )*"
    r"(?:lo siento|no (?:sé|encuentro|tengo|puedo|he)|puedo"
    r"|gracias|de nada|hola"
    r"|con gusto|si (?:quiere|quieres|necesita|necesitas|tiene|tienes|me)|dígame|dime|indíqueme|póngase"
    r"|una persona|nuestro"
    r" equipo|en nuestras páginas|estoy|soy|usted (?:preguntó|dijo)|me (?:temo|alegra|gustaría)|le esperamos"
    r"|te esperamos|esperamos|que tenga|disfrute|perfecto|hasta)|\bno lo sé\b",
    "fr": r"^.{0,60}\b(?:je\b|j')|^\W*(?:désolé|merci|bonjour|de rien|n'hésitez|dites|indiquez"
    r"|une personne|notre équipe"
    r"|nos pages d'aide"
    r"|avec plaisir|nous espérons|au plaisir|bonne|profitez|à bientôt|parfait|contactez|si vous (?:voulez"
    r"|souhaitez|avez besoin|me))",
    "pt": r"^.{0,60}\beu\b|^\W*(?:(?:sim|não|infelizmente|mas|e|se [^,.]{1,80}),? )*"
    r"(?:desculpe|lamento|não (?:sei|encontrei|encontro"
    r"|tenho|posso)|posso"
    r"|obrigad|de nada|olá|com prazer|se (?:quiser|precisar|tiver|me)|diga|indique|uma pessoa|a nossa equipa"
    r"|nossa equipe"
    r"|estou|sou|esperamos|aproveite|bom|boa|até|perfeito|nas nossas páginas)",
    "it": r"^.{0,60}\bio\b|^\W*(?:(?:sì|no|purtroppo|ma|e|se [^,.]{1,80}),? )*"
    r"(?:mi dispiace|non (?:so|trovo|ho|posso)|posso|grazie"
    r"|prego|ciao|buongiorno"
    r"|volentieri|se (?:vuole|vuoi|ha bisogno|hai bisogno|mi)|mi dica|dimmi|una persona|il nostro team|sono un)",
    "nl": r"^.{0,60}\bik\b|^\W*(?:sorry|helaas|bedankt|dank|hallo|graag gedaan|laat het|neem (?:gerust )?contact"
    r"|een medewerker|vertel)",
    "ja": r"わかりません|分かりません|申し訳|お尋ね|お聞かせ|お知らせください|お手伝い|お問い合わせください"
    r"|ご連絡ください|ありがとう"
    r"|こんにちは|見つかりません|お答えでき|お待ちして|楽しみ|私は",
    "ar": r"لا أعرف|عذر|آسف|أعتذر|يسعدني|لم أجد|لا أستطيع|أستطيع|شكرا|مرحبا|يمكنني|أخبرني|تواصل مع|يرجى التواصل"
    r"|أهلا|نتطلع|أتمنى|نتمنى|لا أملك",
}
"""Sentences about the conversation and the assistant: greetings, apologies, offers, what it does not know."""
_SOFT_PATTERNS = {language: re.compile(pattern, re.IGNORECASE) for language, pattern in _SOFT.items()}
_ASSURES = re.compile(
    r"\b(?:confirm|believe|think|assure|recommend|guarantee|garantier|versichere|bestätige|confirmo|aseguro)\w*"
    r"|\bi (?:can |do )?(?:know|see|promise|swear) (?:that )?(?:all|every\w*|our|we|you|returns|bikes|the|no)\b"
    r"|\b(?:weiß|verspreche)(?: ich)? (?:sicher|genau|bestimmt),|\b(?:je|j'ai) (?:sais|garantis|promets|assure)\b qu",
    re.IGNORECASE,
)
_THAT = re.compile(
    r"\b(?:that|dass|daß|que|che|dat)\b|\bqu'|\bو?(?:إن|بأن|أن كل|أن جميع)\b|と(?:いう|断言|言え|申し上げ)",
    re.IGNORECASE,
)
"""Behind it something may be stated."""
_KNOWS_NOT = re.compile(
    r"\b(?:don't|do not|doesn't|couldn't|could not|can't|cannot|can not|unable|not (?:able|sure|find)|no information"
    r"|nothing|wasn't able|haven't|weiß (?:ich )?(?:leider |das |es )*nicht|nicht|nichts|keine?n?|no (?:sé|encuentro|he"
    r"|tengo|puedo|dispongo|lo sé)|pas|rien|aucune?|não|nada|non (?:so|trovo|ho|posso)|nessun\w*|niet|niets|geen)\b"
    r"|\bn'(?:ai|y|en|est)\b|لا أعرف|لم أجد|لا أستطيع|لا أملك|لا توجد",
    re.IGNORECASE,
)
_BUT = re.compile(r"[,;:—–]\s|\s-\s|\b(?:but|aber|pero|mais|mas|ma|maar|sondern)\b|\bلكن\b", re.IGNORECASE)
_TELLS = re.compile(
    r"\b(?:did|do|don't|didn't) you (?:already |not )?know\b|\b(?:wusste[nst]*|weißt|wissen) (?:du"
    r"|sie|ihr)\b(?=.{0,200} dass)"
    r"|\b(?:sabía|sabías|sabe|sabes|sabia|sabias) (?:usted |você )?que\b|\bsa(?:viez|vez|is|vais)-(?:vous|tu) qu"
    r"|\b(?:lo )?sap(?:eva|evi|evate) che\b|\bwist (?:u|je|jij)\b|ご存[知じ]|هل (?:كنت )?تعلم"
    r"|,? (?:right|ok|okay|isn't it|aren't they|don't you think|nicht wahr|verdad|n'est-ce pas|certo|vero|toch)\s*[?؟]",
    re.IGNORECASE,
)
"""A question that states something."""
_FOR_NOTHING = re.compile(
    r"\b(?:free|freely|gratis|gratuit\w*|kostenlos\w*|kostenfrei\w*|umsonst|always|never|immer|nie(?:mals)?|siempre"
    r"|nunca|toujours|jamais|sempre|mai|altijd|nooit|unlimited|guarantee\w*|warranty|refund\w*)\b"
    r"|無料|全額|いつでも|必ず|永久|مجان|دائم",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"\b(?:person|people|team|colleague|staff|contact|write|e-?mail|ring|call|phone|ask|help pages"
    r"|mensch|menschen|kolleg\w*"
    r"|mitarbeiter\w*|schreiben|anrufen|fragen|kontakt\w*|hilfeseiten|persona|equipo|escrib\w*"
    r"|llam\w*|contact\w*|personne"
    r"|équipe|écri\w*|appel\w*|joindre|pessoa|equip[ae]|escrev\w*|lig\w*|squadra|scriv\w*|chiam\w*"
    r"|medewerker|schrijf\w*"
    r"|bel\w*|collega\w*)\b|担当|お問い合わせ|ご連絡|فريق|التواصل|اتصل|الكتابة|شخص",
    re.IGNORECASE,
)
"""Where help is."""
_COURTESY = re.compile(
    r"^\W*(?:no problem|no worries|my pleasure|all the best|that'?s? |nice|good|great|welcome|bye|goodbye|of course"
    r"|certainly|absolutely|understood|noted|got it|one moment|mit vergnügen|alles klar|auf wiedersehen|bis|viele"
    r"|verstanden|natürlich|por supuesto|claro|entendido|un saludo|saludos|bien sûr|entendu"
    r"|au revoir|cordialement|d'accord"
    r"|com certeza|certo|capito|d'accordo|arrivederci|natuurlijk|begrepen|tot ziens|prettige)"
    r"|承知|かしこまり|了解"
    r"|どういたし|お気を付け|またのご|よろしく|على الرحب|بكل سرور|حسنا|مع السلامة",
    re.IGNORECASE,
)
_LINK = re.compile(r"\]\([^)\s]*\)")
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


class Grounding:
    """Counts as the answer grows. `holds` while too little of it rests on something."""

    name = "grounding"

    def __init__(self, evidence: Evidence, *, coverage_min: float) -> None:
        self._evidence = evidence
        self._by_tools = ByTools(evidence)
        self._coverage_min = coverage_min
        self._claims = 0
        self._grounded = 0
        self._lead_ins = 0
        self._short = False
        """Something short was stated."""
        self._cited = False

    @property
    def holds(self) -> bool:
        return self._grounded < self._coverage_min * self._claims or (self._short and not self._cited)

    def by_tools(self, sentence: Sentence) -> bool:
        """It does not matter what the sentence cites."""
        return self._by_tools.rests(sentence)

    def claims(self, sentence: Sentence) -> bool:
        """The sentence states something of the business that a customer may rely on."""
        text = sentence.text
        if _asks(text):
            return bool(_TELLS.search(text)) or len(text.split()) > QUESTION_WORDS_MAX
        stated = claimed(text, self._language)
        if self._soft(text) or (_leads_in(text) and len(text.split()) <= LEAD_IN_WORDS_MAX):
            # A greeting may repeat what the customer said.
            return not self._evidence.own.union(self._evidence.operator).issuperset(stated)
        return bool(stated) or _long(text)

    @property
    def _language(self) -> str:
        return self._evidence.question.language.partition("-")[0]

    def _soft(self, text: str) -> bool:
        """It is about the conversation, and states nothing besides."""
        if _ASSURES.search(text) or not self._begins_soft(text):
            return False
        if len(text.split()) <= SOFT_WORDS_MAX:
            return True
        that, knows_not = _THAT.search(text), _KNOWS_NOT.search(text)
        if that and not (knows_not and knows_not.start() < that.start()):
            return len(text[that.end() :].split()) < WORDS_MIN
        parts = _BUT.split(text)[1:]
        return all(self._harmless(part) or not (knows_not or _FOR_NOTHING.search(part)) for part in parts)

    def _begins_soft(self, text: str) -> bool:
        patterns = (_SOFT_PATTERNS[code] for code in {self._language, "en"} if code in _SOFT_PATTERNS)
        return any(pattern.search(text) for pattern in patterns)

    def _harmless(self, part: str) -> bool:
        """A clause behind one that is soft states nothing either: it is short or soft as well, or says where help
        is."""
        if not _long(part) or self._begins_soft(part) or _OFFERS.search(part):
            return True
        return any(figure in self._evidence.operator for figure in claimed(part, self._language))

    def _states_shortly(self, text: str) -> bool:
        """Too short to be a claim where the rest has sources; without any it is all that is said."""
        if _asks(text) or _leads_in(text) or _long(text) or self._begins_soft(text):
            return False
        if len(text.split()) < SHORT_WORDS_MIN and len(_CJK.findall(text)) < SHORT_CJK_CHARS_MIN:
            return False
        if _FOR_NOTHING.search(text):
            return True
        if _COURTESY.search(text):
            return False
        known = self._evidence.stems_of_sources | stems(self._evidence.question.turn.question)
        return any(len(word) >= WORDS_MIN for word in stems(text) & known) or bool(_CJK.search(text))

    def fault(self, sentence: Sentence) -> str | None:
        """Count a sentence, whose citations are known now."""
        if sentence.begins:
            self._lead_ins = 0
        by_tools = self._by_tools.follows(sentence)
        self._cited = self._cited or bool(sentence.cited) or by_tools
        if not self.claims(sentence):
            self._short = self._short or not (sentence.cited or by_tools or not self._states_shortly(sentence.text))
            return None
        self._claims += 1
        if by_tools or self._rests(sentence):
            # A short answer stands before the sentence that holds the source: "Yes, you can. You have 30 days [1]."
            self._grounded += 1 + self._lead_ins
            self._lead_ins = 0
        else:
            no_figures = not claimed(sentence.text, self._language)
            self._lead_ins = 1 if no_figures and not self._lead_ins else 0
        ungrounded = self._claims - self._grounded
        return _HINT if ungrounded > AHEAD_MAX + (1 - self._coverage_min) * self._claims else None

    def last_fault(self) -> str | None:
        return _HINT if self.holds else None

    def _rests(self, sentence: Sentence) -> bool:
        evidence = self._evidence
        if sentence.cited:
            return evidence.rests(sentence.cited)
        stated = [figure for figure in claimed(sentence.text, evidence.question.language) if figure.kind != "currency"]
        if stated and all(figure in evidence.operator for figure in stated):
            return True
        if not all(figure in evidence.pages for figure in stated):
            return False
        if evidence.known and evidence.question.language[:2] != evidence.business.locale[:2]:
            return True  # a pinned document cannot be cited, and in another language no words are in common
        words = stems(_LINK.sub("]", sentence.text))
        shared = len(words & evidence.stems_of_sources)
        return len(words) >= STEMS_MIN and shared >= STEMS_SHARE_MIN * len(words)


def _asks(text: str) -> bool:
    return text.rstrip(" \"'*_)»」").endswith(("?", "？", "؟"))


def _leads_in(text: str) -> bool:
    return text.rstrip(" *_").endswith((":", "："))


def _long(text: str) -> bool:
    return len(text.split()) >= WORDS_MIN or len(_CJK.findall(text)) >= CJK_CHARS_MIN

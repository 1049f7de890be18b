"""What is said of the business rests on what the knowledge base says. Needs no model: citations, and words in "
"common."""

import re

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

_HINT = (
    "Too much of it rested on no search result. Say only what the search results say, and cite them; where they "
    "do not "
    "answer the question, say that you do not know and offer a person."
)

_SOFT = {
    "en": r"^\W*(?:(?:yes|no|sorry|sure|of course|unfortunately|but|and|so|if [^,.]{1,80}|for (?:that|this)),? )*"
    r"(?:i|i'm|i've|i'd|i'll|we don't have|let me|feel free|just (?:ask|let|tell|write)|thank|thanks"
    r"|you're welcome|hello|hi"
    r"|glad|happy|sorry|great|perfect|no problem|congratulations|enjoy|see you|take care|have a|we look forward"
    r"|we hope|good (?:morning|day|evening)|tell me|let us know|ask|our help pages|the help pages"
    r"|there is nothing"
    r"|(?:a person|one of us|our team|someone|a colleague)[^.]{0,40}? can|you (?:asked|said|mentioned|wrote|told)"
    r"|(?:please )?(?:contact|reach|write to|get in touch)|you can (?:reach|contact|ask)"
    r"|(?:could|would|can|may|shall|do|did|does|is|are|which|what|where|when|who|how) (?:you|i|we|it|that)\b)"
    r"|\bi (?:don't|do not|couldn't|could not|can't|cannot|only|just) |\b(?:anything else|happy to help)\b",
    "de": r"\bich\b|^\W*(?:wir freuen uns|viel (?:spaß|freude|erfolg)|schönen|alles gute|bis bald|prima|gern"
    r"|danke|hallo|guten|bitte (?:melden|schreiben|sagen|fragen|wenden|nennen|geben)"
    r"|sagen sie|melden"
    r" sie|fragen sie|schreiben sie uns|leider (?:weiß|finde|steht)|es tut mir leid|ein mensch"
    r"|auf unseren hilfeseiten|dazu"
    r" steht)|\bsie (?:haben gefragt|fragten|schrieben|erwähnten)",
    "es": r"^\W*(?:(?:sí|no|lamentablemente|pero|y),? )*(?:lo siento|no (?:sé|encuentro|tengo|puedo|he)|puedo"
    r"|gracias|de nada|hola"
    r"|con gusto|si (?:quiere|quieres|necesita|necesitas|tiene|tienes|me)|dígame|dime|indíqueme|póngase"
    r"|una persona|nuestro"
    r" equipo|en nuestras páginas|estoy|soy|usted (?:preguntó|dijo)|me (?:temo|alegra|gustaría)|le esperamos"
    r"|te esperamos|esperamos|que tenga|disfrute|perfecto|hasta)|\bno lo sé\b",
    "fr": r"\bje\b|\bj'|^\W*(?:désolé|merci|bonjour|de rien|n'hésitez|dites|indiquez|une personne|notre équipe"
    r"|nos pages d'aide"
    r"|avec plaisir|nous espérons|au plaisir|bonne|profitez|à bientôt|parfait|contactez|si vous (?:voulez"
    r"|souhaitez|avez besoin|me))",
    "pt": r"\beu\b|^\W*(?:(?:sim|não|infelizmente|mas|e),? )*(?:desculpe|lamento|não (?:sei|encontrei|encontro"
    r"|tenho|posso)|posso"
    r"|obrigad|de nada|olá|com prazer|se (?:quiser|precisar|tiver|me)|diga|indique|uma pessoa|a nossa equipa"
    r"|nossa equipe"
    r"|estou|sou|esperamos|aproveite|bom|boa|até|perfeito|nas nossas páginas)",
    "it": r"\bio\b|^\W*(?:(?:sì|no|purtroppo|ma|e),? )*(?:mi dispiace|non (?:so|trovo|ho|posso)|posso|grazie"
    r"|prego|ciao|buongiorno"
    r"|volentieri|se (?:vuole|vuoi|ha bisogno|hai bisogno|mi)|mi dica|dimmi|una persona|il nostro team|sono un)",
    "nl": r"\bik\b|^\W*(?:sorry|helaas|bedankt|dank|hallo|graag gedaan|laat het|neem (?:gerust )?contact"
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
)
_LINK = re.compile(r"\]\([^)\s]*\)")
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


class Grounding:
    """Counts as the answer grows. `holds` while too little of it rests on something."""

    name = "grounding"

    def __init__(self, evidence: Evidence, *, coverage_min: float) -> None:
        self._evidence = evidence
        self._coverage_min = coverage_min
        self._claims = 0
        self._grounded = 0
        self._lead_ins = 0

    @property
    def holds(self) -> bool:
        return self._grounded < self._coverage_min * self._claims

    def claims(self, sentence: Sentence) -> bool:
        """The sentence states something of the business that a customer may rely on."""
        text = sentence.text
        if text.rstrip(" \"'*_)»」").endswith(("?", "？", "؟")):
            return False
        language = self._evidence.question.language.partition("-")[0]
        stated = claimed(text, language)
        patterns = [_SOFT_PATTERNS[code] for code in {language, "en"} if code in _SOFT_PATTERNS]
        soft = any(pattern.search(text) for pattern in patterns) and not _ASSURES.search(text)
        if soft or text.rstrip(" *_").endswith((":", "：")):
            # A greeting may repeat what the customer said.
            return not self._evidence.own.union(self._evidence.operator).issuperset(stated)
        long = len(text.split()) >= WORDS_MIN or len(_CJK.findall(text)) >= CJK_CHARS_MIN
        return bool(stated) or long

    def fault(self, sentence: Sentence) -> str | None:
        """Count a sentence, whose citations are known now."""
        if sentence.begins:
            self._lead_ins = 0
        if not self.claims(sentence):
            return None
        self._claims += 1
        if self._rests(sentence):
            # A short answer stands before the sentence that holds the source: "Yes, you can. You have 30 days [1]."
            self._grounded += 1 + self._lead_ins
            self._lead_ins = 0
        else:
            no_figures = not claimed(sentence.text, self._evidence.question.language)
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
        if not all(figure in evidence.public for figure in stated):
            return False
        if evidence.known and evidence.question.language[:2] != evidence.business.locale[:2]:
            return True  # a pinned document cannot be cited, and in another language no words are in common
        words = stems(_LINK.sub("]", sentence.text))
        shared = len(words & evidence.stems_of_sources)
        return len(words) >= STEMS_MIN and shared >= STEMS_SHARE_MIN * len(words)

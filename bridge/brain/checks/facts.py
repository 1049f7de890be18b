"""Figures come from a passage, a tool or the operator. The customer's own are given back as such, and never as what the
business says. None is worked out or invented."""

import re

from bridge.brain.checks.evidence import Evidence
from bridge.brain.checks.figures import Figure, claimed, host
from bridge.brain.checks.text import Sentence, folded

_NUMBERING = re.compile(r"^\W{0,10}\d{1,2}(?:[.):]|\s*\u20e3)\s")
_STEP = re.compile(
    r"\b(?:steps?|schritte?|pasos?|étapes?|passos?|passaggi\w?|stap(?:pen)?|points?|option)\s\d{1,2}\b"
    r"|\b\d{1,2} (?:\w+ )?(?:steps|options|ways|things|points|schritte|möglichkeiten|optionen|punkte|dinge|pasos"
    r"|opciones|formas"
    r"|maneras|puntos|étapes|façons|choses|passos|opções|maneiras|passaggi|opzioni|modi|stappen|opties|manieren)\b"
    r"|\d{1,2}(?:つ|点|通り)|\d{1,2} (?:خيارات|خطوات|طرق)",
    re.IGNORECASE,
)
"""How many things are listed is plain to see."""
_HINTS = {
    "link": "It held a web address that no search result names.",
    "email": "It held an e-mail address that no search result names.",
    "phone": "It held a telephone number that no search result names.",
}
_HINT = (
    "It held a number, price, date, time or percentage that stands in no search result and in nothing that a tool "
    "told. State only figures that stand there, exactly, and work none out."
)


_RESTATED = {
    "en": r"\byou(?:'ve| have| had|'d)? (?:just |also |only |already )?(?:wrote|written|said|say|mention\w*|ask\w*|told"
    r"|tell|paid|weigh|spent|bought|ordered|gave|given|name|named|quote\w*|saw|seen|read|heard|waited|rode|ridden)\b"
    r"|\byour (?:order|basket|cart|purchase|budget|bill|invoice|payment|message|question|parcel"
    r"|e-?mail|address|number|phone)\b|sorry (?:about|for|that)|no longer\b|\bnot\b|n't\b|too (?:late|long|much)"
    r"|more than|less than|longer than|(?:is|are|lies|falls) (?:below|under|above|over|within|beyond|outside|past)|ago"
    r"|\bqualif\w*|\ban? [£$€]\d\S* (?:order|parcel|purchase|basket)\b|can be (?:paid|financed)\b"
    r"|(?:for|with|on) (?:a |an |your )?(?:order|basket|purchase|budget)\b|^\W*(?:after|since|if|because|at|with)\b",
    "de": r"\bsie (?:schreiben|schrieben|sagen|sagten|nennen|nannten|erwahnen|fragen|fragten|zahlten|wollten|wiegen)\b"
    r"|\bdu (?:schreibst|sagst|fragst|nennst|wiegst)\b|\b(?:geschrieben|gesagt|genannt|erwahnt|gefragt|bezahlt|gekauft"
    r"|bestellt|ausgegeben|gewartet|gefahren)\b|(?:ihre|deine|ihrer|deiner|ihrem|deinem) (?:bestell\w*"
    r"|rechnung|nachricht"
    r"|frage|zahlung|nummer|adresse|e-?mail|budget|einkauf)|tut mir leid|\bleid\b|nicht|kein\w*|zu (?:spat|lange?|viel)"
    r"|mehr als|weniger als|langer als|liegt|liegen|^\W*(?:nach|seit|wenn|weil|bei|mit)\b|\b(?:vor|mit) \d|in ordnung",
    "es": r"(?:usted|has|ha) (?:escrit|dich|dij|mencion|preguntad|pagad|comprad|pedid|gastad)\w*|\b(?:menciona"
    r"|menciono|dice|dijo|pregunta|pregunto|escribe|escribio|compro|gasto)\b"
    r"|\b(?:mencionaste|dijiste|preguntaste|escribiste|pagaste|compraste|gastaste)\b|(?:su|tu) (?:pedido"
    r"|compra|factura|pago|mensaje"
    r"|pregunta|numero|correo|direccion|presupuesto)|siento|\bno\b|demasiad\w|mas de|menos de|hace\b"
    r"|a los \d|dentro del?\b"
    r"|^\W*(?:despues|tras|si|desde|con)\b",
    "fr": r"\b(?:vous (?:ecrivez|dites|mentionnez|demandez|parlez|indiquez|pesez)|tu (?:ecris|dis|mentionnes"
    r"|demandes))\b"
    r"|\b(?:avez|as) (?:ecrit|dit|mentionne|demande|paye|achete|commande|indique|depense|attendu|parcouru)\b"
    r"|(?:votre|ta|ton) (?:commande|achat|facture|paiement|message|question|numero|adresse|budget|e-?mail|panier)"
    r"|desole|\bpas\b|\bn(?:e |')\w+ plus\b|plus de \d|\btrop\b|moins de|il y a\b|^\W*(?:apres|si|depuis|avec)\b",
    "pt": r"(?:voce |o senhor )?(?:escreveu|disse|mencionou|perguntou|pagou|comprou|gastou|indicou|encomendou)\b"
    r"|(?:sua|seu|tua|teu) (?:encomenda|pedido|compra|fatura|pagamento|mensagem|pergunta|numero|e-?mail|endereco)"
    r"|lamento|\bnao\b|mais de|menos de|demasiad\w|ha \d|^\W*(?:depois|apos|se|desde|com)\b",
    "it": r"(?:lei )?(?:ha|hai) (?:scritto|detto|menzionato|chiesto|pagato|comprato|acquistato|speso|ordinato|indicato)"
    r"|(?:suo|tuo|sua|tua) (?:ordine|acquisto|fattura|pagamento|messaggio|domanda|numero|e-?mail|indirizzo)"
    r"|dispiace|\bnon\b|piu di|meno di|troppo|\bfa\b|^\W*(?:dopo|se|da|con)\b",
    "nl": r"(?:u|je|jij) (?:schreef|schrijft|zegt|zei|noemt|noemde|vraagt|vroeg|weegt|betaalde|kocht)\b"
    r"|\b(?:geschreven|gezegd|genoemd|gevraagd|betaald|gekocht|besteld)\b"
    r"|(?:uw|je|jouw) (?:bestelling|aankoop|factuur|betaling|bericht|vraag|nummer|adres|e-?mail)|\bniet\b"
    r"|\bgeen\b|te (?:laat"
    r"|lang|veel)|meer dan|minder dan|langer dan|geleden|^\W*(?:na|sinds|als|met|bij)\b",
    "ja": folded(
        "おっしゃ|お書き|お尋ね|ご質問|ご注文|お買い上げ|お支払い|とのこと|ですね|ではなく|ません|できない|を過ぎ|超え|経過"
        "|申し訳"
    ),
    "ar": r"ذكرت|قلت|كتبت|سالت|دفعت|اشتريت|طلبت|طلبك|رسالتك|سؤالك|رقمك|عنوانك|اسف|عذر|\bلا\b|\bلم\b|\bليس\b"
    r"|اكثر من|اقل من|\bبعد\b|\bقبل\b|\bاذا\b",
}
"""Who says the figure, or what it is held against: what the customer wrote, paid or waited; what is too late, or over a
limit."""
_RESTATES = {language: re.compile(pattern) for language, pattern in _RESTATED.items()}
_CLAUSE = re.compile(r"[,;:]\s|[、，；：]|\s[-(]|\b(?:so|daher|also|pues|donc|portanto|quindi|dus)\b")
_CLAIMS_OF_THE_BUSINESS = frozenset(["money", "percent", "period", "counted", "email", "phone"])
"""Kinds of figures that a customer's words are no source for, unless they are told as the customer's."""
_REACH = frozenset(["link", "email", "phone"])


class Facts:
    name = "facts"

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def fault(self, sentence: Sentence) -> str | None:
        """What a sentence does wrong, as a hint for another draft; None when it is fine."""
        text = _STEP.sub(" ", _NUMBERING.sub("", sentence.text))
        for figure in claimed(text, self._evidence.question.language):
            if not self._stands(figure, text):
                return _HINTS.get(figure.kind, _HINT)
        return None

    def _stands(self, figure: Figure, text: str) -> bool:
        evidence = self._evidence
        if evidence.question.files and figure.kind not in _REACH:
            return True  # Nobody can look up here what a picture or a PDF says.
        if among(figure, evidence.public):
            return True
        if figure.kind == "link":
            return host(figure.value) in evidence.hosts and (figure in evidence.own or figure in evidence.remembered)
        if figure.kind not in _CLAIMS_OF_THE_BUSINESS:
            # The number and the date of an order, a size: what the customer says of themselves.
            return among(figure, evidence.own) or among(figure, evidence.remembered)
        said = among(figure, evidence.own) or (figure.kind not in _REACH and among(figure, evidence.remembered))
        return said and self._restated(figure, text)

    def _restated(self, figure: Figure, text: str) -> bool:
        """It is told as what the customer says, or asked back."""
        if text.rstrip(" \"'*_)»」").endswith(("?", "？", "؟")):
            return True
        language = self._evidence.question.language.partition("-")[0]
        pattern = _RESTATES.get(language, _RESTATES["en"])
        clauses = [clause for clause in _CLAUSE.split(folded(text)) if figure in claimed(clause, language)]
        return bool(clauses) and all(pattern.search(clause) for clause in clauses)


def among(figure: Figure, known: frozenset[Figure]) -> bool:
    """It is there, as it is or written in another way."""
    return figure in known or _otherwise(figure, known)


def _otherwise(figure: Figure, known: frozenset[Figure]) -> bool:
    value = figure.value
    found = False
    match figure.kind:
        case "money":
            # In a table the sign may stand at the head of the column.
            sign = value.rstrip("0123456789.")
            found = {Figure("currency", sign), Figure("bare", value[len(sign) :])} <= known
        case "percent":
            found = Figure("bare", value) in known
        case "counted" | "hours":
            found = Figure("number", value) in known or not known.isdisjoint(_hour(value))
        case "period":
            # "De 9 a 18 horas" is no period.
            hours, rest = divmod(float(value[:-1]), 3600) if value.endswith("0s") else (0, 1)
            found = not rest and not known.isdisjoint(_hour(f"{hours:g}"))
        case "number":
            found = Figure("amount", value) in known or not known.isdisjoint(_hour(value))
        case "time":
            # "At 6" where the passage says 18:00.
            found = Figure("time", f"{int(value[:2]) + 12:02}{value[2:]}") in known
        case "link":
            found = "/" not in value and _host_of(value, known)
        case "bare" | "amount" | "currency" | "account":
            found = True  # accounts are for `privacy`; these numbers are told as another kind besides
        case _:
            pass
    return found


def _host_of(name: str, known: frozenset[Figure]) -> bool:
    """The mere host of an address that a source names."""
    return any(
        (figure.kind == "link" and figure.value.split("/")[0] == name)
        or (figure.kind == "email" and figure.value.endswith(f"@{name}"))
        for figure in known
    )


def _hour(number: str) -> set[Figure]:
    """A number may be an hour: "from 9 to 6"."""
    if not number.isdigit() or len(number) > 2:
        return set()
    return {Figure("time", f"{int(number):02}:00"), Figure("time", f"{int(number) + 12:02}:00")}

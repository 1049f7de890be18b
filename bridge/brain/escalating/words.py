"""How anger and disputes about money are worded, by language: words of folded messages, see routing/rules.py."""

import re
import unicodedata
from itertools import filterfalse

_ANGER = {
    "en": r"furious|outrag\w+|livid|disgust(?:ed|ing)|appalling|fed up|(?:had|have had) enough of (?:you|this)"
    r"|sick of"
    r"|worst (?:\w+ )?(?:service|company|shop|experience|support)|absolutely (?:ridiculous|unacceptable|useless)"
    r"|(?:this|that|it) (?:is|s) (?:a (?:total |complete )?joke|ridiculous|unacceptable|outrageous|a disgrace)"
    r"|rip ?off|scammers|scammed|you (?:are|re) (?:\w+ ){0,2}scam\w*|never (?:\w+ ){0,2}(?:buy|order"
    r"|shop) (?:\w+ ){0,3}again"
    r"|hate (?:you|this (?:company|shop))"
    r"|(?:so|very|really|extremely) (?:angry|upset)|incompetent|you people",
    "de": r"wutend|stinksauer|unverschamt\w*|frechheit|unfassbar|abzocke\w*|ihr betruger|sie betruger"
    r"|reicht mir|mir reicht|nase voll|nie wieder (?:\w+ ){0,2}(?:kaufe|bestelle|bei)|inakzeptabel"
    r"|schnauze voll|sauladen|stocksauer",
    "es": r"furios\w*|indignad\w*|indignante|(?:estoy|muy) hart[oa]|verguenza|inaceptable|estafadores|ladrones"
    r"|peor servicio|nunca mas (?:compro|comprare|vuelvo)|inadmisible|muy enfadad[oa]",
    "fr": r"furieu\w*|scandaleu\w*|inadmissible|inacceptable|honteu\w*|ras le bol|j en ai marre|arnaqueurs?|voleurs"
    r"|plus jamais (?:chez|je)|tres en colere|degueulasse|incompetents?",
    "pt": r"furios\w*|indignad\w*|(?:estou|muito) (?:farto|farta)|vergonha|inaceitavel|burloes|ladroes"
    r"|pior (?:servico"
    r"|empresa)|nunca mais (?:compro|volto)|revoltad\w*|incompetentes?",
    "it": r"furios\w*|indignat\w*|(?:sono|molto) (?:stufo|stufa)|vergogna|inaccettabile|truffatori|ladri"
    r"|peggior (?:servizio|negozio)|mai piu (?:da voi|compro)|fate schifo|incompetenti",
    "nl": r"woedend|belachelijk|schandalig|schande|onacceptabel|oplichters|nooit meer (?:\w+ ){0,2}(?:kopen|bestellen"
    r"|bij)|spuugzat|slechtste (?:service|winkel|bedrijf)|pisnijdig",
    "ja": r"ふざけるな|最悪の|最悪です|許せない|怒って|激怒|詐欺(?:だ|師|じゃ)|いい加減にし|二度と(?:買|利用"
    r"|注文)|ひどすぎ",
    "ar": r"غاضب جدا|نصابين|فضيحه|اسوا (?:خدمه|شركه)|غير مقبول|لن اشتري|طفح الكيل|عار عليكم",
}
_DISPUTE = {
    "en": r"(?:charged|billed|debited|took|taken|paid) (?:\w+ ){0,4}(?:twice|double|too much|wrong\w*|without)"
    r"|overcharg\w*|double charge\w*|wrong (?:amount|charge|bill|invoice)|disput\w+"
    r"|incorrect(?:ly)? (?:charge\w*|bill\w*|amount)|unauthori[sz]ed (?:charge|payment|transaction)"
    r"|never (?:\w+ ){0,2}(?:refunded|got my money)"
    r"|(?:still|yet) (?:\w+ ){0,3}(?:my (?:money|refund))|not (?:\w+ ){0,2}refunded",
    "de": r"doppelt (?:abgebucht|berechnet|bezahlt|belastet)|zu viel (?:abgebucht|berechnet|bezahlt)"
    r"|falsche?\w* (?:betrag|rechnung|abbuchung)|zu unrecht|falsch (?:abgebucht|berechnet)|nicht erstattet"
    r"|(?:immer noch|noch) (?:\w+ ){0,3}(?:geld|erstattung)|unberechtigt\w*",
    "es": r"cobrad\w* (?:\w+ ){0,2}(?:dos veces|doble|de mas|de nuevo)|cobro (?:doble|duplicado|indebido|incorrecto)"
    r"|cargo (?:indebido|duplicado|erroneo)|importe (?:incorrecto|erroneo)|no (?:\w+ ){0,4}(?:reembols\w+|devuelto)",
    "fr": r"(?:debite|preleve|facture)\w* (?:\w+ ){0,2}(?:deux fois|en double|trop|a tort)|double (?:debit"
    r"|prelevement"
    r"|paiement)|montant (?:faux|incorrect|errone)|trop percu|pas (?:\w+ ){0,3}rembours\w*",
    "pt": r"cobrad\w* (?:\w+ ){0,2}(?:duas vezes|em dobro|a mais|indevidamente)|cobranca (?:indevida|duplicada"
    r"|errada)"
    r"|valor (?:errado|incorreto)|nao (?:\w+ ){0,3}reembols\w*",
    "it": r"addebitat\w* (?:\w+ ){0,2}(?:due volte|doppio|in piu|erroneamente)|doppio addebito"
    r"|importo (?:errato|sbagliato)|addebito (?:errato|non autorizzato)|non (?:\w+ ){0,3}rimbors\w*",
    "nl": r"dubbel (?:afgeschreven|betaald|gerekend)|te veel (?:afgeschreven|betaald|gerekend)"
    r"|verkeerd\w* (?:bedrag|factuur)|ten onrechte|niet (?:\w+ ){0,2}terugbetaald",
    "ja": r"二重(?:請求|引き落とし|決済)|過剰請求"
    r"|請求(?:額|金額)?が(?:間違|違|誤)|身に覚えのない請求|返金され(?:ない|ていない|ません)",
    "ar": r"خصم\w* (?:\w+ ){0,3}مرتين|مبلغ (?:خاطئ|خطا)|فاتوره (?:خاطئه|خطا)|لم (?:\w+ ){0,3}(?:استرد|يرجع|ترجع)",
}
_UNSPACED = ("ja", "ar")


def _bare(pattern: str) -> str:
    """Folded as messages are; nothing in these patterns means something else in small letters."""
    return "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", pattern)))


def _compiled(words: dict[str, str]) -> re.Pattern[str]:
    words = {language: _bare(pattern) for language, pattern in words.items()}
    spaced = "|".join(pattern for language, pattern in words.items() if language not in _UNSPACED)
    unspaced = "|".join(words[language] for language in _UNSPACED)
    return re.compile(rf"\b(?:{spaced})\b|{unspaced}")


ANGER = _compiled(_ANGER)
DISPUTE = _compiled(_DISPUTE)

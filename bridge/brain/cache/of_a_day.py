"""Questions whose answer is true on one day only, or at one time of it: an answer to them is never kept. Pure."""

import re

_DAYS: dict[str, str] = {
    "en": "(?:mon|tues|wednes|thurs|fri|satur|sun)day|week|weekend|month|year|morning|afternoon|evening|night|january"
    "|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter"
    "|christmas|xmas|easter|bank holiday|holiday|closure|opening|sale|event",
    "de": r"(?:mon|diens|donners|frei|sams|sonn)tag\w*|mittwoch|sonnabend|woche\w*|monat|jahr|abend|sommer|winter",
    "es": "lunes|martes|miercoles|jueves|viernes|sabado|domingo|semana|fin de semana|mes|ano|noche|tarde|navidad",
    "fr": "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaine|week-end|mois|annee|soir|matin|apres-midi|ete",
    "pt": r"segunda\w*|terca\w*|quarta\w*|quinta\w*|sexta\w*|sabado|domingo|semana|mes|ano|noite|tarde|manha|natal",
    "it": "lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domenica|settimana|mese|anno|sera|mattina|pomeriggio|estate",
    "nl": "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|week|weekend|maand|jaar|avond|middag|ochtend",
}
"""What is another one every time, behind "this" and "last"."""

_OPEN_NOW: dict[str, str] = {
    "en": r"(?:when|what time|how late|until|till|before) (?:(?:do|does|are|is|will) )?(?:you|the \w+|your \w+) "
    r"(?:open|close|shut)s?(?! (?:on|at|over|during|for)\b)|(?:are|is) (?:you|the \w+|your \w+) (?:all )?"
    r"(?:open|closed|shut)"
    r"(?! (?:on|at|in|over|during|for|to|every|all|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b)",
    "de": r"wann (?:schlie|mach|offne)\w* (?:sie|ihr)(?! (?:am|an|sonn|sams)\w*)"
    "|(?:haben|habt|sind|seid) (?:sie|ihr) (?:offen|geoffnet|geschlossen|auf|zu)",
    "es": "a que hora (?:cierran|abren)|(?:estan|esta) (?:abiert[oa]s?|cerrad[oa]s?)(?! (?:el|los|en|por))",
    "fr": "a quelle heure (?:fermez|ouvrez)|(?:etes[- ]vous|vous etes) (?:ouvert|ferme)e?s?(?! (?:le|les|en|au|a))",
    "pt": "a que horas (?:voces )?(?:fecham?|abrem?)|(?:estao|esta) (?:abert[oa]s?|fechad[oa]s?)"
    "(?! (?:no|na|aos|ao|em))",
    "it": "a che ora (?:chiudete|chiude|aprite|apre)|siete (?:apert[oaie]|chius[oaie])(?! (?:il|la|di|a|in|nei))",
    "nl": "hoe laat (?:sluiten|openen|gaan)|wanneer sluiten|zijn jullie (?:open|dicht|gesloten)(?! (?:op|in|met))",
    "ar": r"متي (?:تغلق|تقفل|تفتح|يغلق|يفتح)\w*",
    "ja": "何時に(?:開|閉)|(?:開|空)いてますか",
}
"""Open or closed, without a day: that is asked about the moment."""

_WORDS: dict[str, str] = {
    "en": "now|today|tonight|tomorrow|yesterday|current|currently|presently|at (?:the moment|present)|still|yet|so far"
    "|already|soon|lately|recently|any ?more|these days|upcoming|too late|what (?:day|date|time) is it|how soon"
    r"|next(?![ -](?:(?:working |business )?day|to)\b)|in (?:an?|\d+|half an|a few|one|two|three) (?:hour|minute)s?"
    r"|how (?:long|much time|many (?:more )?(?:days|hours|weeks|minutes)) (?:\w+ ){0,2}(?:until|till|left|before you)"
    "|until (?:christmas|easter|new year)",
    "de": r"jetzt|heute|(?<!am )morgen|ubermorgen|gestern|gerade|derzeit|momentan|im moment|zurzeit|zur zeit"
    r"|aktuell\w*|noch|inzwischen|mittlerweile|bald"
    r"|demnachst|nachste\w*|kommende\w*|bis (?:wann|zum nachsten)|wie lange bis"
    "|wie viele (?:tage|stunden|wochen) (?:sind es )?bis",
    "es": "hoy|ahora|(?<!la )manana|ayer|actualmente|todavia|aun|ya|(?:de|por el) momento|pronto|ultimamente|anteayer"
    r"|proxim[oa]s?|que viene|pasad[oa]|cuanto falta\w*|cuant[oa]s (?:dias|horas|semanas) (?:faltan|quedan)"
    "|hasta cuando",
    "fr": "aujourd ?'? ?hui|maintenant|demain|hier|actuellement|en ce moment|pour l'instant|encore|toujours|deja"
    "|bientot|prochaine?s?|dans combien de temps|combien de (?:temps|jours|heures|semaines) (?:avant|jusqu|reste)"
    "|reste[- ]t[- ]il"
    r"|(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaine|mois|annee) (?:derniere?|passee?)",
    "pt": "hoje|agora|amanha|ontem|atualmente|(?:no|neste) momento|ainda|ja|em breve|ultimamente|proxim[oa]s?|que vem"
    r"|passad[oa]|quanto(?: tempo)? falta\w*|quant[oa]s (?:dias|horas|semanas) (?:faltam|para)|ate quando",
    "it": "oggi|adesso|(?<!l')(?<!che )ora|domani|ieri|attualmente|(?:al|in questo) momento|ancora|gia"
    "|presto|stasera|stamattina"
    r"|prossim[oaie]|scors[oa]|quanto manca\w*|quant[ie] (?:giorni|ore|settimane) (?:mancano|manca)|fino a quando",
    "nl": "vandaag|(?<!wat )nu|morgen|overmorgen|gisteren|momenteel|op (?:dit|het) moment|nog|binnenkort|straks"
    r"|vanavond"
    "|volgende?|komende?|aanstaande|hoe lang tot|hoeveel (?:dagen|uur|weken) tot|tot wanneer",
    "ar": r"اليوم|غدا|الان|امس|حاليا|في الوقت الحالي|لا يزال\w*|ما زال\w*|مازال\w*|حتي الان|هذا (?:الاسبوع|الشهر|العام)"
    r"|القادم\w*|المقبل\w*|الماضي\w*|قريبا|كم (?:يوما? )?(?:تبقي|باقي|يتبقي|متبقي|بقي)",
    "ja": "今|本日|明日|昨日|現在|来週|来月|来年|まだ|もう|次の|次回|あと何|あとどの|何日後|まもなく|先週|先月"
    "|この(?:週|土|日|月|火|水|木|金)",
}
_THIS = {
    "en": "this|coming|last|past",
    "de": r"diese\w*|letzte\w*|vorige\w*",
    "es": "est[ea]",
    "fr": "ce|cette|cet",
    "pt": "[nd]?est[ea]",
    "it": "quest[oa]|quest'",
    "nl": "deze|dit|afgelopen|vorige?",
}


def _pattern(tag: str) -> re.Pattern[str]:
    every = [_WORDS[tag], _OPEN_NOW[tag]]
    if tag in _THIS:
        every.append(f"(?:{_THIS[tag]}) ?(?:{_DAYS[tag]})")
    edge = ("", "") if tag == "ja" else (r"(?<!\w)", r"(?!\w)")
    return re.compile(f"{edge[0]}(?:{'|'.join(every)}){edge[1]}")


_OF_A_DAY = {tag: _pattern(tag) for tag in _WORDS}


def of_a_day(text: str, tag: str) -> bool:
    """`text` is folded; many mix English into their own language."""
    return bool(_OF_A_DAY[tag].search(text) or _OF_A_DAY["en"].search(text))

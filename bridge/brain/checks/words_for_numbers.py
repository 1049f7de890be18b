"""Numbers, months and units in words, without case and accents, by language."""

_TEN = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "de": "zwei drei vier funf sechs sieben acht neun zehn elf zwolf",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "pt": "dois tres quatro cinco seis sete oito nove dez onze doze",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "ar": "اثنين ثلاثة اربعة خمسة ستة سبعة ثمانية تسعة عشرة",
}
_MORE = {
    "en": "one:1 a:1 an:1 once:1 twice:2 first:1 second:2 third:3 fourth:4 fifth:5 sixth:6 seventh:7 eighth:8 "
    "ninth:9 "
    "tenth:10 half:0.5 fifteen:15 twenty:20 thirty:30 forty:40 fifty:50 sixty:60 ninety:90 hundred:100 "
    "thousand:1000",
    "de": "ein:1 eine:1 einen:1 einem:1 eines:1 einer:1 einmal:1 zweimal:2 erste:1 ersten:1 zweite:2 zweiten:2 "
    "dritte:3 "
    "dritten:3 zwanzig:20 dreißig:30 dreissig:30 vierzig:40 sechzig:60 neunzig:90 hundert:100",
    "es": "uno:1 una:1 un:1 primero:1 primer:1 primera:1 segundo:2 segunda:2 tercero:3 tercer:3 quince:15 "
    "veinte:20 "
    "treinta:30 sesenta:60 noventa:90 cien:100 mil:1000",
    "fr": "un:1 une:1 premier:1 premiere:1 deuxieme:2 troisieme:3 quinze:15 vingt:20 trente:30 soixante:60 "
    "cent:100 "
    "mille:1000",
    "pt": "um:1 uma:1 duas:2 primeiro:1 primeira:1 segundo:2 terceiro:3 quinze:15 vinte:20 trinta:30 sessenta:60 "
    "noventa:90 cem:100 mil:1000",
    "it": "uno:1 una:1 un:1 primo:1 prima:1 secondo:2 terzo:3 quindici:15 venti:20 trenta:30 sessanta:60 "
    "novanta:90 "
    "cento:100 mille:1000",
    "nl": "een:1 eerste:1 tweede:2 derde:3 vijftien:15 twintig:20 dertig:30 zestig:60 negentig:90 honderd:100",
    "ar": "واحد:1 واحدة:1 ثلاث:3 اربع:4 خمس:5 ست:6 سبع:7 ثمان:8 ثماني:8 تسع:9 عشر:10 يومين:2 يومان:2 عشرين:20 "
    "ثلاثين:30",
}

NUMBERS: dict[str, dict[str, str]] = {
    language: {word: str(number) for number, word in enumerate(words.split(), 2)}
    | {word: number for word, _, number in (pair.partition(":") for pair in _MORE[language].split())}
    for language, words in _TEN.items()
}
"""What a word counts, by language."""

_TEENS = {
    "en": "thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "de": "dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn",
    "es": "trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiun veintidos veintitres"
    " veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve",
    "fr": "treize quatorze quinze seize",
    "pt": "treze catorze quinze dezasseis dezassete dezoito dezanove",
    "it": "tredici quattordici quindici sedici diciassette diciotto diciannove",
    "nl": "dertien veertien vijftien zestien zeventien achttien negentien",
}
"""From 13 on, one after the other."""
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "vingt trente quarante cinquante soixante septante huitante nonante",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "ar": "عشرين ثلاثين اربعين خمسين ستين سبعين ثمانين تسعين",
}
_LARGE = {
    "en": "hundred:100 thousand:1000 dozen:12",
    "de": "hundert:100 tausend:1000 dutzend:12",
    "es": "cien:100 ciento:100 doscientos:200 doscientas:200 trescientos:300 trescientas:300 cuatrocientos:400"
    " cuatrocientas:400 quinientos:500 quinientas:500 seiscientos:600 seiscientas:600 setecientos:700 setecientas:700"
    " ochocientos:800 ochocientas:800 novecientos:900 novecientas:900 mil:1000 docena:12 veintiuno:21 veintiuna:21",
    "fr": "vingts:20 cent:100 cents:100 mille:1000 douzaine:12",
    "pt": "duas:2 quatorze:14 dezesseis:16 dezessete:17 dezenove:19 cem:100 cento:100 duzentos:200 duzentas:200"
    " trezentos:300 trezentas:300 quatrocentos:400 quatrocentas:400 quinhentos:500 quinhentas:500 seiscentos:600"
    " seiscentas:600 setecentos:700 setecentas:700 oitocentos:800 oitocentas:800 novecentos:900 novecentas:900 mil:1000"
    " duzia:12",
    "it": "cento:100 mille:1000 mila:1000 dozzina:12",
    "nl": "honderd:100 duizend:1000 dozijn:12",
    "ar": "ثلاث:3 اربع:4 خمس:5 ست:6 سبع:7 ثمان:8 ثماني:8 تسع:9 عشر:10 عشرون:20 ثلاثون:30 اربعون:40 خمسون:50 ستون:60"
    " سبعون:70 ثمانون:80 تسعون:90 مية:100 ماية:100 ميتين:200 ميتان:200 الف:1000 الاف:1000",
}
_ONE = {"de": "ein", "it": "uno", "nl": "een"}


def _pairs(text: str) -> dict[str, int]:
    return {word: int(number) for word, _, number in (pair.partition(":") for pair in text.split())}


def _cardinals(language: str) -> dict[str, int]:
    units = {word: number for number, word in enumerate(_TEN[language].split(), 2)}
    teens = {word: number for number, word in enumerate(_TEENS.get(language, "").split(), 13)}
    tens = {word: 10 * number for number, word in enumerate(_TENS[language].split(), 2)}
    found = units | teens | tens | _pairs(_LARGE[language])
    if language == "ar":
        # Seven and hundred are one word.
        found |= {
            f"{word}{hundred}": 100 * number
            for word, number in found.items()
            if 3 <= number <= 9
            for hundred in ("مية", "ماية")
        }
    return found | _compounds(language, units, teens, tens)


def _compounds(language: str, units: dict[str, int], teens: dict[str, int], tens: dict[str, int]) -> dict[str, int]:
    """Numbers up to 999 in one word, where a language writes them so, and whole thousands."""
    if language not in _ONE:
        return {}
    ones = {_ONE[language]: 1} | {word: number for word, number in units.items() if number < 10}
    below = units | teens | tens
    for ten, tenfold in tens.items():
        for one, number in ones.items():
            if language == "it":
                below[(ten[:-1] if number in (1, 8) else ten) + one] = tenfold + number
            else:
                below[one + ("und" if language == "de" else "en") + ten] = tenfold + number
    hundred, thousand = {"de": ("hundert", "tausend"), "it": ("cento", "mila"), "nl": ("honderd", "duizend")}[language]
    hundreds = {hundred: 100} | {one + hundred: 100 * number for one, number in ones.items()}
    whole = {many + few: more + number for many, more in hundreds.items() for few, number in (ones | below).items()}
    return below | hundreds | whole | {word + thousand: 1000 * number for word, number in (ones | below).items()}


CARDINALS = {language: _cardinals(language) for language in _TEN}
"""Numbers from two on, by language; what is written in several words is put together elsewhere."""
ONES = {
    language: frozenset(words.split())
    for language, words in {
        "en": "one", "de": "ein", "es": "un uno una", "fr": "un une", "pt": "um uma", "it": "uno una", "nl": "een",
        "ar": "واحد واحدة",
    }.items()
}  # fmt: skip
"""One, as it ends a number: twenty-one."""
AND = {"en": "and", "de": "und", "es": "y", "fr": "et", "pt": "e", "it": "e", "nl": "en", "ar": "و"}
ORDINALS = {
    word: number
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
        "ersten zweiten dritten vierten funften sechsten siebten achten neunten zehnten elften zwolften dreizehnten"
        " vierzehnten funfzehnten sechzehnten siebzehnten achtzehnten neunzehnten zwanzigsten",
    )
    for number, word in enumerate(words.split(), 1)
} | {"thirtieth": 30, "thirty-first": 31, "dreissigsten": 30, "einunddreissigsten": 31}
ORDINALS |= {f"twenty-{word}": 20 + number for word, number in ORDINALS.items() if number < 10 and word[-1] in "htd"}
MULTIPLIERS = {
    word: factor
    for factor, words in {
        1_000: "k thousand tausend mil mille mila duizend tsd الف الاف 千",
        10_000: "万",
        1_000_000: "m mn mio million millions millionen millones milhoes milhao milione milioni miljoen مليون ملايين",
        1_000_000_000: "bn billion billions milliarde milliarden milliard milliards miliardi miljard مليار",
    }.items()
    for word in words.split()
}
"""What a number is times when it stands behind it."""
FRACTIONS = {
    "half an hour": "30 minutes", "half hour": "30 minutes", "halbe stunde": "30 minuten",
    "halben stunde": "30 minuten", "media hora": "30 minutos", "demi-heure": "30 minutes", "demi heure": "30 minutes",
    "meia hora": "30 minutos", "mezz'ora": "30 minuti", "mezza ora": "30 minuti", "half uur": "30 minuten",
    "نصف ساعة": "30 دقيقة", "three quarters of an hour": "45 minutes", "dreiviertelstunde": "45 minuten",
    "trois quarts d'heure": "45 minutes", "tres cuartos de hora": "45 minutos", "quarter of an hour": "15 minutes",
    "viertelstunde": "15 minuten", "quart d'heure": "15 minutes", "cuarto de hora": "15 minutos",
    "hour and a half": "90 minutes", "anderthalb stunden": "90 minuten", "anderhalf uur": "90 minuten",
    "hora y media": "90 minutos", "heure et demie": "90 minutes", "hora e meia": "90 minutos",
    "ora e mezza": "90 minuti", "fortnight": "14 days",
}  # fmt: skip
"""Periods that have a name."""
DATE_WORDS = "first|premier|primero|primeiro|primo"
NUMBERS["any"] = dict.fromkeys(DATE_WORDS.split("|"), "1")

UNITS = frozenset(
    [
        "second",
        "seconds",
        "minute",
        "minutes",
        "hour",
        "hours",
        "day",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "year",
        "years",
        "percent",
        "pounds",
        "pound",
        "euros",
        "euro",
        "dollars",
        "dollar",
        "kilometres",
        "kilometers",
        "km",
        "miles",
        "mile",
        "kilos",
        "kilograms",
        "kg",
        "metres",
        "meters",
        "inches",
        "litres",
        "sekunden",
        "minuten",
        "stunde",
        "stunden",
        "tag",
        "tage",
        "tagen",
        "woche",
        "wochen",
        "monat",
        "monate",
        "monaten",
        "jahr",
        "jahre",
        "jahren",
        "prozent",
        "pfund",
        "kilometer",
        "meilen",
        "kilo",
        "werktage",
        "werktagen",
        "offnungstage",
        "offnungstagen",
        "segundos",
        "minutos",
        "hora",
        "horas",
        "dia",
        "dias",
        "semana",
        "semanas",
        "mes",
        "meses",
        "ano",
        "anos",
        "kilometros",
        "quilometros",
        "millas",
        "milhas",
        "libras",
        "secondes",
        "heure",
        "heures",
        "jour",
        "jours",
        "semaine",
        "semaines",
        "mois",
        "an",
        "ans",
        "annee",
        "annees",
        "kilometres",
        "livres",
        "minuti",
        "ore",
        "ora",
        "giorno",
        "giorni",
        "settimana",
        "settimane",
        "mese",
        "mesi",
        "anno",
        "anni",
        "chilometri",
        "sterline",
        "uur",
        "dag",
        "dagen",
        "weken",
        "maand",
        "maanden",
        "jaar",
        "kilometers",
        "pond",
        "werkdagen",
        "يوم",
        "ايام",
        "ساعة",
        "ساعات",
        "دقيقة",
        "دقائق",
        "اسبوع",
        "اسابيع",
        "شهر",
        "اشهر",
        "شهور",
        "سنة",
        "سنوات",
    ]
)
"""What makes a number in words a figure that a customer relies on."""

_PERIODS = {
    "1s": "second seconds sekunde sekunden segundo segundos seconde secondes secondo secondi seconden ثانية ثواني 秒",
    "60s": "minute minutes min mins minuten minuto minutos minuti minuut دقيقة دقائق 分",
    "3600s": "hour hours stunde stunden std hora horas heure heures ora ore uur uren ساعة ساعات 時間",
    "86400s": "day days tag tage tagen werktag werktage werktagen arbeitstag arbeitstage arbeitstagen offnungstag"
    " offnungstage offnungstagen dia dias jour jours giorno giorni dag dagen werkdag werkdagen يوم يوما ايام"
    " 日 日間 営業日",
    "604800s": "week weeks woche wochen semana semanas semaine semaines settimana settimane weken اسبوع اسبوعا"
    " اسابيع 週 週間",
    "1m": "month months monat monate monaten mes meses mois mese mesi maand maanden شهر شهرا اشهر شهور か月 ヶ月 カ月"
    " ヵ月 ヵ月間 か月間 ヶ月間",
    "12m": "year years jahr jahre jahren ano anos an ans annee annees anno anni jaar jaren سنة سنوات عام اعوام 年 年間",
}
PERIODS = {unit: (int(length[:-1]), length[-1]) for length, units in _PERIODS.items() for unit in units.split()}
"""How long a unit is, in seconds or in months: two weeks are fourteen days, and no fourteen years."""

_MONTHS = (
    "january jan januar janner enero janvier janeiro gennaio januari يناير",
    "february feb februar febrero fevrier fevereiro febbraio februari فبراير",
    "march marz maerz marzo mars marco maart مارس",
    "april apr abril avril aprile ابريل",
    "may mai mayo maio maggio mei مايو",
    "june juni junio juin junho giugno يونيو",
    "july juli julio juillet julho luglio يوليو",
    "august aug agosto aout augustus اغسطس",
    "september sept sep septiembre septembre setembro settembre سبتمبر",
    "october oct oktober okt octubre octobre outubro ottobre اكتوبر",
    "november nov noviembre novembre novembro نوفمبر",
    "december dec dezember dez diciembre decembre dezembro dicembre ديسمبر",
)
MONTHS = {name: month for month, names in enumerate(_MONTHS, 1) for name in names.split()}

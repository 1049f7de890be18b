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

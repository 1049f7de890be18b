# ruff: noqa: E501 - patterns are read more easily in one line
"""Finds documents that talk to the assistant instead of to the reader: "ignore your instructions", forged search
results, text that nobody can see. Pure.

A knowledge base is often filled by others: an import, a wiki, a form. Whoever can write there could have the assistant
say what they want, so such a document stays out of the index until a person has looked at it. This is the coarse sieve:
a model is told besides that whatever stands in a passage is data.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.brain.invisible import without_invisible

_WORDS = r"(?:[\W_]+\w+){0,%d}?[\W_]+"
"""Up to so many words in between."""
_ASSISTANT = (
    r"(?:ai|llm|(?:large )?language model|(?:ai |virtual |digital )?assistant|chat ?bot|bot|claude|(?:chat)?gpt)"
)
_FEW, _SOME = _WORDS % 3, _WORDS % 6

_IGNORE = "tells to ignore instructions"
_ROLE = "gives the assistant another role"
_REVEAL = "asks for the system prompt"
_ADDRESS = "addresses an AI"
_RELAY = "tells what to say to customers"
_MARKER = "imitates roles, tools or search results"
_CODED = "holds coded text that commands an AI"
_UNSEEN = "holds text in characters that nobody sees"

_RULES: tuple[tuple[str, str, str], ...] = (
    # The reason, words of which a text must hold one (cheap to look for), and what it must look like.
    # English. "Ignore the instructions in the box" is for a reader.
    (
        _IGNORE, "instruction|prompt|directive|guideline|rules|context|programming|training",
        r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|of|the|these|those|my|every)\s+){0,3}"
        r"(?:previous|prior|above|earlier|preceding|foregoing|original|initial|existing|your|system|other)\s+"
        r"(?:\w+\s+){0,2}(?:instructions?|prompts?|directives?|guidelines|rules|context|programming|training)\b"
        r"(?!\s+(?:in|on|from|that (?:came|comes)|if|for|printed|about|until|unless|when)\b)",
    ),
    (_IGNORE, "instructions|rules|been told|were told", r"\b(?:ignore|disregard|forget)\s+(?:all|everything)\s+(?:instructions|rules|you (?:were|have been) told)"),
    (_IGNORE, "instruction", r"\b(?:new|updated|real|actual|secret|hidden)\s+(?:system\s+)?instructions?\s*(?::|for the " + _ASSISTANT + r"\b)"),
    (
        _ROLE, "you are",
        r"\byou are (?:now|no longer|from now on)\s+(?:(?:an?|the|my|in)\s+)?(?:[\w-]+\s+){0,3}?"
        r"(?:ai|assistant|chat ?bot|bot|language model|llm|dan|jailbroken|unrestricted|unfiltered|uncensored|developer mode"
        r"|god mode|bound by|restricted by)\b",
    ),
    (_ROLE, "from now on", r"\bfrom now on,?\s+(?:you|always)\s+(?:\w+\s+){0,2}?(?:respond|reply|answer|speak|act|pretend)\b"),
    (_ROLE, "pretend|imagine", r"\b(?:pretend|imagine)\s+(?:to be|that you are|you are)\s+(?:\w+\s+){0,3}?(?:ai|unrestricted|" + _ASSISTANT + r")\b"),
    (
        _REVEAL, "prompt|instructions|system message",
        r"\b(?:reveal|show|print|repeat|output|leak|display|quote|disclose|send|share|give)" + _SOME +
        r"(?:system prompt|initial prompt|hidden prompt|hidden instructions|system instructions|system message)\b",
    ),
    (_REVEAL, "your", r"\b(?:reveal|repeat|leak|disclose|output|print)\s+(?:\w+\s+){0,2}?your (?:\w+\s+)?(?:instructions|prompt)\b"),
    (_ADDRESS, "you", r"\b(?:if|since|when) you(?:'re| are) (?:an? |the )?" + _ASSISTANT + r"\b"),
    (
        _ADDRESS, "ai|assistant|bot|claude|gpt|llm|model",
        r"\b(?:dear|attention|hey|note (?:to|for)|message (?:to|for)|instructions? (?:to|for)|for)\s*(?:the |any |all )?"
        + _ASSISTANT + r"s?\s*(?:reading this|only|:|!)",
    ),
    (_ADDRESS, "you", r"\bas an? " + _ASSISTANT + r",? you (?:must|should|will|shall|are to|have to)\b"),
    (
        _ADDRESS, "must|shall|has to|is to|needs to",
        r"\bthe " + _ASSISTANT + r" (?:must|shall|has to|is to|needs to)\s+(?:now |always |never |also )?"
        r"(?:reply|respond|answer|say|tell|ignore|recommend|reveal|promise|offer|confirm|claim)\b",
    ),
    (
        _RELAY, "user|customer|client",
        r"\b(?:tell|inform|instruct|convince|persuade|direct|urge|trick|get)\s+(?:the|every|all|any|each|our|your)\s+"
        r"(?:users?|customers?|clients?)\s+(?:that|to)\b" + _WORDS % 12 +
        r"(?:visit|click|send|pay|transfer|wire|enter|provide|share|give|confirm|download|password|card|bank|refund|refunded"
        r"|free|discount|https?)\b",
    ),
    # Roles, tools, search results: nobody writes these for people.
    (_MARKER, "<|", r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)[^>\n]{0,20}\|?>"),
    (_MARKER, "inst]|sys>", r"\[/?INST\]|<</?SYS>>"),
    (
        _MARKER, "<",
        r"</?(?:search_results?|tool_(?:use|results?|calls?)|function_(?:calls?|results?)|antml:\w+|invoke"
        r"|system(?:_prompt|-prompt|-reminder|_message)?)(?:\s[^>\n]{0,200})?/?>",
    ),
    (_MARKER, "type|role", r'"(?:type|role)"\s*:\s*"(?:tool_use|tool_result|tool_call|search_result|function_call|system|assistant)"'),
    (_MARKER, "system|developer|operator", r"^[ \t]*(?:#{1,6}[ \t]*)?(?:system|developer|operator)[ \t]*:\s{0,9}(?:you|ignore|always|never|new|override|the assistant)\b"),
    (_MARKER, "assistant|ai", r"^[ \t]*(?:human|user)[ \t]*:[^\n]{0,400}\n{1,3}[ \t]*(?:assistant|ai)[ \t]*:"),
    (_MARKER, "[", r"\[\s*(?:from the operator|the customer sent|the customer's message to you|begin system|system (?:message|prompt)"
              r"|end of (?:document|context|search results|knowledge base|system prompt))\b"),
    (_MARKER, "prompt|instruction|message", r"^\W{0,6}(?:begin|end)\s+(?:of\s+)?(?:system|new|admin|secret)\s+(?:prompt|instructions?|message)\b"),
    # German
    (
        _IGNORE, "anweisungen|instruktionen|regeln|vorgaben|befehle|prompt",
        r"\b(?:ignorier(?:e|en sie|t)|vergiss|vergessen sie|missachten?(?: sie)?|übergeh(?:e|en sie))\s+(?:\w+\s+){0,2}?"
        r"(?:vorherigen|bisherigen|obigen|vorigen|früheren|vorangegangenen|deine|ihre)\s+(?:\w+\s+)?"
        r"(?:anweisungen|instruktionen|regeln|vorgaben|befehle|prompts?)\b",
    ),
    (_ROLE, "du bist|sie sind", r"\b(?:du bist|sie sind) (?:jetzt|nun|ab sofort|ab jetzt) (?:\w+\s+){0,3}?(?:ki|ki-assistent|assistent|bot|chatbot|modell)\b"),
    (_REVEAL, "prompt|anweisungen", r"\b(?:zeige?|verrate|nenne|gib|wiederhole)" + _SOME + r"(?:system-?prompt|systemanweisungen|system-anweisungen)\b"),
    (_RELAY, "kunden|nutzer|benutzer", r"\b(?:sage?|erzähle?|teile?)\s+(?:allen|jedem|dem|den)\s+(?:kunden|nutzern?|benutzern?)\b[^.\n]{0,30}\b(?:dass|sie sollen|er soll)\b"),
    (_ADDRESS, "ki|bot|sprachmodell", r"\b(?:an|für) (?:die|den|alle) (?:ki|ki-assistenten|chatbot|sprachmodelle?)\s*:|\bwenn du (?:eine? )?(?:ki|sprachmodell|chatbot)\b"),
    # Spanish
    (
        _IGNORE, "instrucciones|reglas|indicaciones|órdenes|directrices",
        r"\b(?:ignor[ae]|olvid[ae]|descart[ae]|haz caso omiso de|haga caso omiso de)\s+(?:\w+\s+){0,3}?"
        r"(?:instrucciones|reglas|indicaciones|órdenes|directrices)\s+(?:\w+\s+)?(?:anteriores|previas|de arriba|del sistema)\b",
    ),
    (_ROLE, "eres", r"\b(?:ahora eres|a partir de ahora eres|desde ahora eres)\s+(?:\w+\s+){0,3}?(?:asistente|ia|bot|chatbot|modelo)\b"),
    (_REVEAL, "sistema", r"\b(?:revela|muestra|muéstrame|repite|imprime)" + _SOME + r"(?:prompt|instrucciones) (?:del|de) sistema\b"),
    (_RELAY, "usuario|cliente", r"\b(?:dile|diles|dígale|di) (?:al|a los|a todos los|a cada) (?:usuarios?|clientes?) que\b"),
    # French
    (
        _IGNORE, "instructions|consignes|règles|directives",
        r"\b(?:ignore[rz]?|oublie[rz]?|ne (?:tiens|tenez) pas compte de)\s+(?:\w+\s+){0,3}?(?:instructions|consignes|règles|directives)"
        r"\s+(?:\w+\s+)?(?:précédentes|antérieures|ci-dessus|du système)\b",
    ),
    (_ROLE, "tu es|vous êtes", r"\b(?:tu es|vous êtes) (?:maintenant|désormais|à présent) (?:\w+\s+){0,3}?(?:assistant|ia|bot|chatbot|modèle)\b"),
    (_REVEAL, "système", r"\b(?:révèle[sz]?|affiche[sz]?|répète[sz]?|montre[sz]?)" + _SOME + r"(?:prompt|instructions) (?:du )?système\b"),
    (_RELAY, "dis|dites", r"\b(?:dis|dites) (?:à l['’]utilisateur|aux utilisateurs|au client|aux clients|à tous les clients) (?:que|qu|de|d)\b"),
    # Portuguese
    (
        _IGNORE, "instruções|regras|orientações|ordens|diretrizes",
        r"\b(?:ignor[ae]|esqueça|esquece|desconsider[ae])\s+(?:\w+\s+){0,3}?(?:instruções|regras|orientações|ordens|diretrizes)\s+"
        r"(?:\w+\s+)?(?:anteriores|acima|prévias|do sistema)\b",
    ),
    (_ROLE, "você é|agora és", r"\b(?:agora você é|você é agora|a partir de agora você é|agora és)\s+(?:\w+\s+){0,3}?(?:assistente|ia|bot|chatbot|modelo)\b"),
    (_REVEAL, "sistema", r"\b(?:revele|mostre|repita|exiba)" + _SOME + r"(?:prompt|instruções) (?:do|de) sistema\b"),
    (_RELAY, "usuário|cliente|utilizador", r"\b(?:diga|informe) (?:ao|aos|a todos os|a cada) (?:usuários?|clientes?|utilizador(?:es)?) que\b"),
    # Italian and Dutch
    (
        _IGNORE, "istruzioni|regole|indicazioni|direttive",
        r"\b(?:ignor[ai]|ignorate|dimentica|dimenticate)\s+(?:\w+\s+){0,3}?(?:istruzioni|regole|indicazioni|direttive)\s+(?:\w+\s+)?"
        r"(?:precedenti|sopra|di sistema)\b",
    ),
    (_ROLE, " sei", r"\b(?:ora|adesso|da ora in poi) sei\s+(?:\w+\s+){0,3}?(?:assistente|ia|bot|chatbot|modello)\b"),
    (
        _IGNORE, "instructies|regels|aanwijzingen|opdrachten|prompt",
        r"\b(?:negeer|vergeet)\s+(?:\w+\s+){0,2}?(?:vorige|eerdere|bovenstaande|voorgaande|je)\s+(?:\w+\s+)?"
        r"(?:instructies|regels|aanwijzingen|opdrachten|prompts?)\b",
    ),
    (_ROLE, "bent", r"\b(?:je|jij|u) bent (?:nu|vanaf nu)\s+(?:\w+\s+){0,3}?(?:ai|assistent|bot|chatbot|taalmodel)\b"),
    # Japanese, Chinese, Korean
    (_IGNORE, "無視|忘れ|破棄", r"(?:以前|これまで|今まで|上記|前|先|全て|すべて)の(?:すべての|全ての)?(?:指示|命令|ルール|プロンプト|制約).{0,8}(?:無視|忘れ|破棄)"),
    (_ROLE, "から", r"(?:あなたは(?:今|いま|これ|たった今)から|これからあなたは).{0,20}(?:ai|アシスタント|ボット|モデル)"),
    (_REVEAL, "システム", r"(?:システムプロンプト|システム指示).{0,12}(?:表示し|公開し|教え|出力し|開示し|明かし)"),
    (_RELAY, "に", r"(?:ユーザー|お客様|顧客|利用者)(?:全員)?に.{0,40}(?:と伝えて(?:ください|おけ)|と伝えろ|と伝えなさい|と言ってください|と言え)"),
    (_IGNORE, "忽略|无视|忘记|忽視|無視|忘記|不要理会", r"(?:忽略|无视|忘记|忽視|無視|忘記|不要理会).{0,6}(?:之前|以上|先前|上面|前面|所有).{0,6}(?:指令|指示|提示|规则|規則|命令)"),
    (_ROLE, "你", r"(?:你现在是|你現在是|从现在起,?你是|从现在开始,?你是).{0,16}(?:助手|机器人|機器人|模型|ai)"),
    (_REVEAL, "系统|系統", r"(?:显示|输出|泄露|告诉我|重复|透露).{0,10}(?:系统提示词?|系统指令|系統提示)"),
    (_IGNORE, "무시|잊", r"(?:이전|위의|앞의|모든)\s*.{0,8}(?:지시|명령|지침|프롬프트|규칙).{0,8}(?:무시|잊)"),
    # Arabic and Russian
    (_IGNORE, "التعليمات|الأوامر|الاوامر|القواعد|التوجيهات", r"(?:تجاهل|تجاهلوا|انس|اهمل|أهمل)\s.{0,25}(?:التعليمات|الأوامر|الاوامر|القواعد|التوجيهات)\s.{0,15}(?:السابقة|أعلاه|اعلاه)"),
    (_ROLE, "الآن|الان", r"(?:أنت الآن|انت الان|من الآن فصاعدا أنت)\s.{0,20}(?:مساعد|روبوت|ذكاء|نموذج)"),
    (_REVEAL, "موجه|تعليمات", r"(?:اكشف|أظهر|اعرض|اطبع)\s.{0,25}(?:موجه النظام|تعليمات النظام|تعليماتك)"),
    (_RELAY, "المستخدم|العميل|العملاء", r"(?:أخبر|اخبر|قل ل)\s?(?:جميع |كل )?(?:المستخدم|العميل|المستخدمين|العملاء)\s.{0,5}(?:أن|بأن|ان)\b"),
    (_IGNORE, "инструкции|указания|правила|команды", r"\b(?:игнорируй(?:те)?|забудь(?:те)?|проигнорируй(?:те)?)\s.{0,25}(?:предыдущие|прежние|прошлые|вышеуказанные|все)\s.{0,20}(?:инструкции|указания|правила|команды)"),
    (_ROLE, "теперь", r"\b(?:ты|вы) теперь\s.{0,25}\b(?:ассистент|бот|ии|модель|помощник)"),
)  # fmt: skip
_COMPILED = [
    (reason, tuple(needles.split("|")), re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for reason, needles, pattern in _RULES
]
PIECE_CHARS = 4_000
"""Searched at a time, so that no search holds up the other threads for long."""
_OVERLAP_CHARS = 500

_TAGS = re.compile("[\U000e0020-\U000e007e]{8,}")
"""A sentence in tag characters; the flags of Scotland and the like have fewer."""
_CODED_RUN = re.compile(r"[A-Za-z0-9+/_-]{60,}={0,2}")
_CODED_TALK = re.compile(
    r"\b(?:assistant|instructions?|ignore|prompt|customers?|you (?:must|are|will)|system)\b", re.IGNORECASE
)
_READABLE = 0.9
"""The share of letters and spaces from which decoded bytes are a text."""
_EMPHASIS = re.compile(r"[*`~]+")


@dataclass(frozen=True, slots=True)
class Command:
    """Where a document begins to talk to the assistant, and how."""

    line: int
    reason: str


def command(text: str) -> Command | None:
    """The first place where a text talks to the assistant; None when it does not. Takes time with the length only."""
    return min(_commands(text), key=lambda found: found.line, default=None)


def _commands(text: str) -> Iterator[Command]:
    for match in _TAGS.finditer(text):
        yield Command(_line(text, match.start()), _UNSEEN)
    for run in _CODED_RUN.finditer(text):
        if _commands_coded(run[0]):
            yield Command(_line(text, run.start()), _CODED)
    yield from _spoken(_plain(text))


def _spoken(plain: str) -> Iterator[Command]:
    """The first place of each kind."""
    found: set[str] = set()
    for start in range(0, len(plain), PIECE_CHARS):
        piece = plain[start : start + PIECE_CHARS + _OVERLAP_CHARS]
        lower = piece.lower()
        for reason, needles, pattern in _COMPILED:
            if reason in found or not any(needle in lower for needle in needles):
                continue
            if match := pattern.search(piece):
                found.add(reason)
                yield Command(_line(plain, start + match.start() + len(match[0]) - len(match[0].lstrip())), reason)


def _plain(text: str) -> str:
    """As a model would understand it: without what hides a word from a search."""
    return _EMPHASIS.sub("", unicodedata.normalize("NFKC", html.unescape(without_invisible(text))))


def _commands_coded(run: str) -> bool:
    """The run is base64 of a text that an AI is meant to read."""
    try:
        raw = base64.b64decode(run.translate({ord("-"): "+", ord("_"): "/"}) + "=" * (-len(run.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return False
    decoded = raw.decode("utf-8", errors="replace")
    readable = sum(character.isalpha() or character.isspace() for character in decoded)
    if readable < len(decoded) * _READABLE:
        return False
    return bool(_CODED_TALK.search(decoded)) or next(_spoken(decoded), None) is not None


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1

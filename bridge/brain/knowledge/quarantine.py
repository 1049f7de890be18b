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
from functools import cache

from bridge.brain.invisible import without_invisible

_WORDS = r"(?:[\W_]+\w+){0,%d}?[\W_]+"
"""Up to so many words in between."""
_ASSISTANT = (
    r"(?:ai|llm|(?:large )?language model|(?:ai |virtual |digital )?assistant|chat ?bot|bot|claude|(?:chat)?gpt)"
)
_AI = (
    r"(?:ais?|llms?|(?:large )?language models?|(?:ai|virtual|digital|chat)[- ]assistants?|ai (?:models?|agents?|systems?)"
    r"|chat ?bots?|bots?|claude|(?:chat)?gpt)"
)
"""What only a program is called. A shop has assistants too."""
_SOME = _WORDS % 6
_NOT = r"(?<!\bnot )(?<!n't )(?<!\bnever )"
"""Whoever tells people not to ignore something commands nobody."""
_ENDS = r"(?=\s{0,9}(?:[.!;,]|\Z|\n[ \t]{0,9}\n)|\s{1,9}(?:and|then|und|y|et|e|en)\b)"
"""The command ends here: it is not about the instructions "on the box"."""
_READER_OF = (
    r"\s+(?:that (?:read|see|process)|(?:who|which) (?:read|see|process)|reading|processing|summari[sz]ing|indexing|parsing)s?\s+this\b"
    r"(?=\s{0,9}(?:pages?|texts?|documents?|articles?|messages?|notes?|web ?sites?|passages?|contents?|entry|must|should|shall|has to|will)\b|\s{0,9}[:,.!])"
)
_ALL_FREE = (
    r"(?:\b(?:everything|(?:all|every|each|any) \w+) (?:is|are) (?:now )?(?:completely |entirely )?free"
    r"(?=\s{0,9}(?:[.!,;\n]|\Z)|\s(?:of charge|today|now|for ?ever|always)\b)"
    r"|\b(?:100|9\d) ?% (?:discount|off)\b|\brefunds are unlimited\b)"
)
_LINK = r"\b(?:sign in|log ?in|pay|verify|confirm)\b[^.\n]{0,40}\bhttps?:"
_SECRET = (
    r"\b(?:send|share|give|provide|e-?mail|disclose)\b[^.\n]{0,30}"
    r"\b(?:password|pin|card (?:number|details)|cvv|cvc|security code|bank details)\b"
)

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
        _NOT + r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|of|the|these|those|my|every)\s+){0,3}"
        r"(?:previous|prior|above|earlier|preceding|foregoing|original|initial|existing|your|system|other)\s+"
        r"(?:\w+\s+){0,2}(?:instructions?|prompts?|directives?|guidelines|rules|context|programming|training)\b"
        r"(?!\s+(?:in|on|from|that (?:came|comes)|if|for|printed|about|until|unless|when)\b)",
    ),
    (_IGNORE, "instructions|rules", _NOT + r"\b(?:(?:ignore|disregard|forget)\s+(?:all|any)\s+instructions|(?:ignore|disregard)\s+(?:all|any)\s+rules|(?:ignore|disregard|forget)\s+all (?:of )?your rules)" + _ENDS),
    (
        _IGNORE, "ignore|disregard|forget|override|bypass",
        _NOT + r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|of|the|these|those|your|every)\s+){0,3}(?:\w+\s+)?"
        r"(?:instructions?|directives?|guidelines|rules)\s+(?:above(?! and (?:below|press|click|tap|go)\b)|before this|so far|(?:that )?(?:came|stand|are written|were given) (?:before|above)|"
        r"(?:that )?you (?:were|have been|had been) given)\b(?!\s+(?:in|on|from|if|for|printed|about|until|unless|when|by|at|with)\b)",
    ),
    (
        _IGNORE, "ignore|disregard|forget",
        _NOT + r"\b(?:ignore|disregard|forget)\s+(?:all|everything|anything|whatever|what)\s+(?:that )?you(?:'ve| have| had| were)(?: been)? "
        r"(?:told|taught|instructed)\b(?!\s+(?:about|in|at|on)\b)",
    ),
    (
        _IGNORE, "ignore|disregard|forget",
        _NOT + r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all(?: of (?:this|that|it))?|whatever)\s+(?:(?:that|which)\s+)?"
        r"(?:(?:is|was|stands|came|comes|has been|had been)\s+)?(?:(?:said|written|stated|given|told)\s+)?"
        r"(?:above|before(?: this)?|prior(?: to this)?|so far|preceding(?: this)?|precedes this)" + _ENDS,
    ),
    (
        _IGNORE, "ignore|disregard|forget",
        _NOT + r"\b(?:ignore|disregard|forget)\s+(?:all (?:of )?)?the above\s*,?\s*(?:and|then|instead)\s+(?:then |instead |just |only )?"
        r"(?:say|reply|respond|answer|tell|write|output|print|offer|give|recommend|act|follow|obey|promise)\b",
    ),
    (_IGNORE, "instruction|system prompt", r"\b(?:new|updated|real|actual|secret|hidden)\s+(?:(?:system\s+)?instructions?|system prompt)\s*(?::|for the " + _ASSISTANT + r"\b)|\byou have (?:received )?new instructions\b(?! (?:from|in|on|for))"),
    (
        _ROLE, "you are",
        r"\byou are (?:now|no longer|from now on)\s+(?:(?:an?|the|my|in)\s+)?"
        r"(?:(?!(?:and|or|to|with|by|of|the|our|shop|sales|senior|junior|trainee|workshop|store|teaching|care)\b)[\w-]+\s+){0,3}?"
        r"(?:(?:ai|assistant|chat ?bot|bot|language model|llm|dan|jailbroken|unrestricted|unfiltered|uncensored)\b(?!\s+(?:manager|in the|in our|at)\b)"
        r"|(?:developer|god) mode\b[^\n]{0,80}?\b(?:respond|reply|answer|refuse|restrictions|filters?|comply|obey|customers?)\b)",
    ),
    (
        _ROLE, "no longer",
        r"\byou are no longer (?:bound|restricted|limited) by\s+(?:\w+\s+){0,3}?"
        r"(?:rules?|instructions?|guidelines|programming|restrictions|filters?|prompts?|safety)\b",
    ),
    (_ROLE, "from now on", r"\bfrom now on,?\s+(?:you|always)\s+(?:\w+\s+){0,2}?(?:respond|reply|answer|speak|pretend|act (?:as|like) (?:if\b|(?:an?|the) (?:\w+ ){0,2}(?:ai|assistant|bot|chat ?bot|character|persona|model|pirate)))\b"
     r"(?!\s+(?:to\s+)?(?:(?:the|all|any|every|each|our|your)\s+)?(?:phone|telephone|calls?|e-?mails?|mails?|tickets?|letters?|requests?|enquir\w+|door|faster|within|with your)\b)"),
    (_ROLE, "pretend|imagine", r"\b(?:pretend|imagine)\s+(?:to be|that you are|you are)\s+(?:\w+\s+){0,3}?(?:ai|unrestricted|" + _ASSISTANT + r")\b(?!\s+(?:in|at|who)\b)"),
    (
        _REVEAL, "prompt|instructions|system message",
        r"\b(?:reveal|show|print|repeat|output|leak|display|quote|disclose|send|share|give)" + _SOME +
        r"(?:system prompt|initial prompt|hidden prompt|hidden instructions|system instructions|system message)\b",
    ),
    (
        _REVEAL, "your",
        r"\b(?:reveal|repeat|leak|disclose|output|print)\s+(?:\w+\s+){0,2}?your (?:(?:system|initial|hidden|secret|original|full|own|exact|internal|first|current)\s+)?"
        r"(?:instructions|prompt)\b(?!\s+(?:for|on|in|from|to the)\b)",
    ),
    (
        _REVEAL, "you were|you have been",
        r"\b(?:reveal|repeat|leak|disclose|output|print)\s+(?:\w+\s+){0,3}?(?:instructions|prompt|rules)\s+(?:that )?you (?:were|have been) given\b"
        r"(?!\s+(?:by|in|at|with|when|on|for|from)\b)",
    ),
    (_ADDRESS, "you are|you're|whoever|reads this|reading this", r"\b(?:if|since|when|whoever|as) (?:you(?:'re| are)|reads? this as|reading this as) (?:an? |the )?" + _AI + r"\b(?<! bot)"),
    (_ADDRESS, "this", r"\b" + _AI + _READER_OF),
    (
        _ADDRESS, "ai|assistant|bot|claude|gpt|llm|model",
        r"\b(?:dear|attention|hey|note (?:to|for)|message (?:to|for)|instructions? (?:to|for)|for)\s*(?:the |any |all )?"
        + _AI + r"\s*(?:reading this|only|:|!)",
    ),
    (_ADDRESS, "assistant", r"\b(?:note|message|instructions?|hint) (?:to|for) the assistant\s*(?::|!)"),
    (_ADDRESS, "you", r"\bas an? " + _AI + r",? you (?:must|should|will|shall|are to|have to)\b"),
    (
        _ADDRESS, "must|shall|has to|have to|is to|are to|needs to|need to",
        r"\b(?!claude\b)" + _AI + r" (?:must|shall|ha(?:s|ve) to|(?:is|are) to|needs? to)\s+(?:now |always |never |also |only )?"
        r"(?:reply|respond|answer|say|tell|ignore|recommend|reveal|promise|offer|confirm that|claim|mention)\b(?! within| that (?:it is|they are) (?:an? )?(?:ai|bot|machine|program))",
    ),
    (
        _ADDRESS, "should",
        r"\b(?!claude\b)" + _AI + r" should\s+(?:(?:now|always|never|only|instead)\s+(?:reply|respond|answer|say|tell|offer|confirm|give|grant|mention|approve)"
        r"|(?:now |always |never |only |instead |also )?(?:ignore|reveal|promise|pretend)|(?<=s should )recommend|(?:always|never|only) recommend)\b"
        r"(?![^.\n]{0,80}\b(?:a person|human|handover|agent|colleague)\b)(?! within)",
    ),
    (
        _ADDRESS, "assistant",
        r"\bthe assistant (?:must|shall|has to|is to|needs to|should)\s+(?:now |always |never |also )?"
        r"(?:(?:reply|respond|answer|say|claim|confirm)\s*(?:that\b|with\b|:|[\"'])|(?:ignore|reveal|promise)\b)",
    ),
    # What staff tell customers every day is no such order: the price, the term, what to bring.
    (
        _RELAY, "user|customer|client",
        _NOT + r"\b(?:tell|inform|instruct|convince|persuade|direct|urge|trick|get)\s+(?:(?:the|every|all|any|each|our|your)\s+)?"
        r"(?:users?|customers?|clients?)\s+(?:that|to)\b(?:[^.\n]{0,60}(?:" + _LINK + r"|" + _SECRET + r")"
        r"|[^.\n]{0,60}" + _ALL_FREE +
        r"|\s+(?:an?|the|their|your)\s+(?:full )?refund (?:of [^\s\w]?\d[\d.,]{0,12}[^.\n]{0,20}|is )(?:has been (?:sent|issued|paid|made)|(?:already )?approved|automatic|guaranteed)\b"
        r"(?!\s+(?:once|when|if|after|only|by|within)\b))",
    ),
    (_RELAY, "http", _NOT + r"\b(?:instruct|convince|persuade|urge|trick)\s+(?:(?:the|every|all|any|each|our|your)\s+)?(?:users?|customers?|clients?)\s+to\b[^.\n]{0,40}https?:"),
    (
        _RELAY, "user|customer|client",
        r"\b(?:tell|inform|instruct|convince|persuade|urge|trick)\s+(?:every|all|any|each)\s+(?:users?|customers?|clients?)\s+that\b" + _WORDS % 6 +
        r"(?:free|refunded|discount)\b(?!\s+(?:from|of|over|above|for|within|in|with|if|when|after)\b)",
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
    (
        # A line of a manual says what the system needs; an order says what is to be told to people.
        _MARKER, "system|developer|operator",
        r"^[ \t]*(?:#{1,6}[ \t]*)?(?:(?:system|developer|operator)[ \t]*:|\[(?:system|developer|operator)\][ \t]*:?)\s{0,9}(?:you (?:approve|grant|refund|obey|accept|promise|have new instructions)"
        r"|you (?:are|will be) (?:now )?(?:an? |in )?(?:\w+ )?(?:ai|assistant|chat ?bot|bot|admin(?:istrator)? mode|god mode|unrestricted)"
        r"|(?:you (?:must|will|should|shall|may|can|are to)\s+)?(?:now |always |never |only ){0,2}(?:reply|respond|answer|say (?:that|yes)|tell (?:the |all |every )?(?:customers?|users?) (?:that|to)|approve|grant|recommend|reveal|obey|promise (?:an?|the|every|all|full))"
        r"|ignore (?:(?:all|any|the|your|every|previous|prior|other|these)\s+){0,3}(?:customers?|users?|rules?|instructions?|prompts?|above|limits|polic(?:y|ies)|guidelines)"
        r"|new (?:instructions?|rules?|task|role|prompt|policy)(?=\s?:)|override (?:all|the|any|every|your|previous)|the assistant (?:must|shall|should|will|may|can|is to))\b",
    ),
    (_MARKER, "assistant|ai", r"^[ \t]*(?:human|user)[ \t]*:[^\n]{0,400}\n{1,3}[ \t]*(?:assistant|ai)[ \t]*:"),
    (_MARKER, "[", r"\[\s*(?:from the operator|the customer sent|the customer's message to you|begin system|system (?:message|prompt)"
              r"|end of (?:document|context|search results|knowledge base|system prompt))\b"),
    (_MARKER, "prompt|instruction|message", r"^\W{0,6}(?:begin|end)\s+(?:of\s+)?(?:system|new|admin|secret)\s+(?:prompt|instructions?|message)\b"),
    # German
    (
        _IGNORE, "anweisungen|instruktionen|regeln|vorgaben|befehle|prompt",
        r"\b(?:ignorier(?:e|en sie|t)|vergiss|vergessen sie|missachten?(?: sie)?|übergeh(?:e|en sie))\s+(?:\w+\s+){0,2}?"
        r"(?:vorherigen|bisherigen|obigen|vorigen|früheren|vorangegangenen|deine|ihre)\s+(?:\w+\s+)?"
        r"(?:anweisungen|instruktionen|regeln|vorgaben|befehle|prompts?)\b(?!\s+nicht\b)",
    ),
    (
        _IGNORE, "anweisungen|instruktionen|regeln|vorgaben|befehle|prompt",
        r"\b(?:ignorier(?:e|en sie|t)|vergiss|vergessen sie|missachten?(?: sie)?)\s+(?:bitte\s+)?(?:alle|sämtliche|jegliche)\s+"
        r"(?:deine\w?\s+regeln|(?:dein\w+\s+|ihr\w+\s+)?(?:anweisungen|instruktionen|vorgaben|befehle|prompts?))(?:\s+(?:oben|bisher|zuvor))?" + _ENDS,
    ),
    (
        _IGNORE, "anweisungen|instruktionen|regeln|vorgaben|befehle|prompt",
        r"\b(?:du|ihr|sie)\s+(?:sollst|musst|sollt|müsst|sollen|müssen)\s+(?:\w+\s+){0,3}?"
        r"(?:vorherigen|bisherigen|obigen|vorigen|früheren|vorangegangenen|deine|ihre)\s+(?:\w+\s+)?"
        r"(?:anweisungen|instruktionen|regeln|vorgaben|befehle|prompts?)\s+(?:ignorieren|vergessen|missachten)\b",
    ),
    (
        _IGNORE, "oben|bisher|zuvor|vorher|davor",
        r"\b(?:ignorier(?:e|en sie|t)|vergiss|vergessen sie|missachten?(?: sie)?)\s+(?:bitte\s+)?alles,?\s+"
        r"(?:(?:was\s+)?(?:hier\s+)?(?:oben|davor|zuvor|vorher|bisher)(?:\s+(?:steht|stand|gesagt wurde|geschrieben (?:steht|wurde)|kam))?|obige|vorherige|bisherige|vorige)" + _ENDS,
    ),
    (
        _ADDRESS, "soll|muss|müssen|liest|lesen",
        r"\b(?:kis?|ki-(?:assistent(?:en)?|modelle?|systeme?)|chatbots?|bots?|sprachmodelle?),?\s+(?:(?:die|der|das|welche[rs]?)\s+(?:dies(?:e[nsr]?)?|das hier)\b[^.\n]{0,30}\b(?:liest|lesen)\b"
        r"|(?:soll(?:te)?n?|muss|müssen)\s+(?:immer|stets|nie|niemals|jedem|allen)\b[^.\n]{0,60}\b(?:anbieten|empfehlen|antworten|sagen|versprechen|behaupten|zusagen|gewähren)\b(?!,? dass (?:er|sie|es) (?:eine?|kein) )"
        r"|(?:soll(?:te)?n?|muss|müssen)\s[^.\n]{0,40}\b(?:empfehlen|ignorieren|versprechen|verraten|behaupten)\b)",
    ),
    (_ROLE, "du bist|sie sind", r"\b(?:du bist|sie sind) (?:jetzt|nun|ab sofort|ab jetzt) (?:(?!(?:mit|bei|beim|von|vom|zum|zur|und)\b)\w+\s+){0,3}?(?:ki|ki-assistent|assistent|bot|chatbot|modell)\b"),
    (_REVEAL, "prompt|anweisungen", r"\b(?:zeige?|verrate|nenne|gib|wiederhole)" + _SOME + r"(?:system-?prompt|systemanweisungen|system-anweisungen)\b"),
    (
        _RELAY, "kunden|nutzer|benutzer",
        r"\b(?:sage?n?|erzähle?n?|teile?n?)\s+(?:sie\s+)?(?:allen|jedem|dem|den)\s+(?:kunden|nutzern?|benutzern?)\b[^.\n]{0,30}\b(?:dass|sie sollen|er soll)\b"
        r"[^.\n]{0,60}(?:\b(?:alles|alle \w+|jedes \w+|es) (?:gratis|kostenlos|umsonst)\b|\b(?:100|9\d) ?% rabatt|https?:[^\n]{0,60}\b(?:anmelden|einloggen|bezahlen|zahlen)\b|\b(?:passwort|kartennummer|kontodaten)\b[^.\n]{0,30}\b(?:schicken|senden|nennen|mitteilen)\b"
        r"|\b(?:erstattung|rückerstattung)\b[^.\n]{0,20}\b(?:genehmigt|bewilligt)\b)",
    ),
    (_ADDRESS, "ki|bot|sprachmodell", r"\b(?:an|für) (?:die|den|alle) (?:ki|ki-assistenten|chatbot|sprachmodelle?)\s*:|\bwenn du (?:eine? )?(?:ki|sprachmodell|chatbot)\b"),
    # Spanish
    (
        _IGNORE, "instrucciones|reglas|indicaciones|órdenes|directrices",
        r"(?<!\bno )(?<!\bnunca )\b(?:ignor[ae]|olvid[ae]|descart[ae]|haz caso omiso de|haga caso omiso de)\s+(?:\w+\s+){0,3}?"
        r"(?:instrucciones|reglas|indicaciones|órdenes|directrices)\s+(?:\w+\s+)?(?:anteriores|previas|de arriba|del sistema)\b",
    ),
    (
        _IGNORE, "instrucciones|reglas|indicaciones|órdenes|directrices",
        r"(?<!\bno )(?<!\bnunca )\b(?:ignor[ae]|olvid[ae]|descart[ae]|haz caso omiso de|haga caso omiso de)\s+(?:todas\s+(?:las|tus|sus)|tus)\s+"
        r"(?:instrucciones|reglas|indicaciones|órdenes|directrices)" + _ENDS,
    ),
    (
        _IGNORE, "todo lo",
        r"(?<!\bno )(?<!\bnunca )\b(?:ignor[ae]|olvid[ae]|descart[ae]|haz caso omiso de|haga caso omiso de)\s+todo\s+lo\s+"
        r"(?:anterior|de arriba|dicho(?: antes)?|que (?:te|le|se) (?:han? dicho|dijeron)(?: antes)?|escrito arriba)" + _ENDS,
    ),
    (
        _ADDRESS, "debe|lea|leen",
        r"\b(?:ias?|asistentes? (?:de ia|virtual(?:es)?)|modelos? de lenguaje|chatbots?|bots?),?\s+(?:que\s+le(?:an?|en?)\s+est[ae]\b"
        r"|(?:debe|deben|debería|deberían)\s+(?:siempre|nunca)\s+(?:ofrecer|responder|decir|recomendar|prometer|confirmar|conceder)\b"
        r"|(?:debe|deben|debería|deberían)\s+(?:recomendar|ignorar|prometer|revelar|ofrecer siempre|decir siempre|responder siempre)\b)",
    ),
    (_ROLE, "eres", r"\b(?:ahora eres|a partir de ahora eres|desde ahora eres)\s+(?:\w+\s+){0,3}?(?:asistente|ia|bot|chatbot|modelo)\b"),
    (_REVEAL, "sistema", r"\b(?:revela|muestra|muéstrame|repite|imprime)" + _SOME + r"(?:prompt|instrucciones) (?:del|de) sistema\b"),
    (
        _RELAY, "usuario|cliente",
        r"\b(?:dile|diles|dígale|dígales|di|diga) (?:al|a los|a todos los|a cada) (?:usuarios?|clientes?) que\b[^.\n]{0,60}"
        r"(?:\btodo es (?:gratis|gratuito)\b|\b(?:100|9\d) ?% de descuento|\b(?:pagar|paguen?|inici(?:ar|en?) sesión)\b[^.\n]{0,40}https?:|\b(?:envi|mand)\w+\s[^.\n]{0,20}(?:contraseña|número de (?:su )?tarjeta)\b|\breembolso\b[^.\n]{0,20}\b(?:aprobado|autorizado)\b)",
    ),
    # French
    (
        _IGNORE, "instructions|consignes|règles|directives",
        r"\b(?:ignore[rz]?|oublie[rz]?|ne (?:tiens|tenez) pas compte de)\s+(?:\w+\s+){0,3}?(?:instructions|consignes|règles|directives)"
        r"\s+(?:\w+\s+)?(?:précédentes|antérieures|ci-dessus|du système)\b",
    ),
    (
        _IGNORE, "instructions|consignes|règles|directives",
        r"\b(?:(?:ignore[rz]?|oublie[rz]?)\s+(?:toutes\s+(?:les|tes|vos)|tes)|ne (?:tiens|tenez) (?:pas|plus|aucun) compte (?:des|de (?:toutes les|tes|vos)))\s+"
        r"(?:instructions|consignes|directives|(?<=\bt[eo]s )règles)" + _ENDS,
    ),
    (
        _IGNORE, "tout",
        r"\b(?:ignore[rz]?|oublie[rz]?|ne (?:tiens|tenez) (?:pas|plus|aucun) compte de)\s+tout\s+ce\s+(?:qui\s+(?:précède|est (?:écrit |dit )?(?:au-dessus|ci-dessus|plus haut))"
        r"|(?:qu['’]on|que l['’]on) (?:t['’]a|vous a) dit)" + _ENDS,
    ),
    (
        _ADDRESS, "doit|doivent|devrai|lit |lisent",
        r"\b(?:ia|assistants? (?:ia|virtuels?)|modèles? de langage|chatbots?|bots?|robots? conversationnels?),?\s+(?:qui\s+(?:lit|lisent)\s+cet?t?e?\b"
        r"|(?:doit|doivent|devrait|devraient)\s+(?:toujours|jamais)\s+(?:proposer|offrir|répondre|dire|recommander|promettre|confirmer|accorder)\b"
        r"|(?:doit|doivent|devrait|devraient)\s+(?:recommander|ignorer|promettre|révéler)\b)",
    ),
    (_ROLE, "tu es|vous êtes", r"\b(?:tu es|vous êtes) (?:maintenant|désormais|à présent) (?:(?!(?:avec|à|au|en|et|par)\b)\w+\s+){0,3}?(?:assistant|ia|bot|chatbot|modèle)\b"),
    (_REVEAL, "système", r"\b(?:révèle[sz]?|affiche[sz]?|répète[sz]?|montre[sz]?)" + _SOME + r"(?:prompt|instructions) (?:du )?système\b"),
    (
        _RELAY, "dis|dites",
        r"\b(?:dis|dites) (?:à l['’]utilisateur|aux utilisateurs|au client|aux clients|à tous les clients) (?:que|qu|de|d)\b[^.\n]{0,60}"
        r"(?:\btout est (?:gratuit|offert)\b|\b(?:100|9\d) ?% de (?:remise|réduction)|\b(?:payer|connecter)\b[^.\n]{0,40}https?:|\b(?:envo|donn)\w+\s[^.\n]{0,20}(?:mot de passe|numéro de (?:sa |leur )?carte)\b|\bremboursement\b[^.\n]{0,20}\b(?:approuvé|accordé)\b)",
    ),
    # Portuguese
    (
        _IGNORE, "instruções|regras|orientações|ordens|diretrizes",
        r"(?<!\bnão )(?<!\bnunca )\b(?:ignor[ae]|esqueça|esquece|desconsider[ae])\s+(?:\w+\s+){0,3}?(?:instruções|regras|orientações|ordens|diretrizes)\s+"
        r"(?:\w+\s+)?(?:anteriores|acima|prévias|do sistema)\b",
    ),
    (
        _IGNORE, "instruções|regras|orientações|ordens|diretrizes",
        r"(?<!\bnão )(?<!\bnunca )\b(?:ignor[ae]|esqueça|esquece|desconsider[ae])\s+(?:todas\s+as|todas\s+as\s+suas|tod(?:as)?\s+as\s+tuas|as\s+tuas)\s+"
        r"(?:instruções|regras|orientações|ordens|diretrizes)" + _ENDS,
    ),
    (
        _IGNORE, "tudo",
        r"(?<!\bnão )(?<!\bnunca )\b(?:ignor[ae]|esqueça|esquece|desconsider[ae])\s+tudo\s+(?:acima|(?:o\s+)?que\s+(?:(?:foi|está)\s+(?:dito|escrito)|(?:te|lhe) disseram|está|vem)(?:\s+(?:antes|acima|atrás))?|o anterior)" + _ENDS,
    ),
    (
        _ADDRESS, "deve|leem|leia|lerem|que lê",
        r"\b(?:ias?|assistentes? (?:de ia|virtua(?:l|is))|modelos? de linguagem|chatbots?|bots?),?\s+(?:que\s+l(?:er|eem|eiam?|ê|erem)\s+est[ae]\b"
        r"|(?:deve|devem|deveria|deveriam)\s+(?:sempre|nunca)\s+(?:oferecer|responder|dizer|recomendar|prometer|confirmar|conceder)\b"
        r"|(?:deve|devem|deveria|deveriam)\s+(?:recomendar|ignorar|prometer|revelar)\b)",
    ),
    (_ROLE, "você é|agora és", r"\b(?:agora você é|você é agora|a partir de agora você é|agora és)\s+(?:\w+\s+){0,3}?(?:assistente|ia|bot|chatbot|modelo)\b"),
    (_REVEAL, "sistema", r"\b(?:revele|mostre|repita|exiba)" + _SOME + r"(?:prompt|instruções) (?:do|de) sistema\b"),
    (
        _RELAY, "usuário|cliente|utilizador",
        r"\b(?:diga|informe) (?:ao|aos|a todos os|a cada) (?:usuários?|clientes?|utilizador(?:es)?) que\b[^.\n]{0,60}"
        r"(?:\btudo é (?:grátis|gratuito)\b|\b(?:100|9\d) ?% de desconto|\b(?:pagar|paguem?|entrar|entrem?)\b[^.\n]{0,40}https?:|\b(?:envi|mand)\w+\s[^.\n]{0,20}(?:senha|palavra-passe|número do cartão)\b|\breembolso\b[^.\n]{0,20}\b(?:aprovado|autorizado)\b)",
    ),
    # Italian and Dutch
    (
        _IGNORE, "istruzioni|regole|indicazioni|direttive",
        r"(?<!\bnon )\b(?:ignor[ai]|ignorate|dimentica|dimenticate)\s+(?:\w+\s+){0,3}?(?:istruzioni|regole|indicazioni|direttive)\s+(?:\w+\s+)?"
        r"(?:precedenti|sopra|di sistema)\b",
    ),
    (
        _IGNORE, "istruzioni|regole|indicazioni|direttive",
        r"(?<!\bnon )\b(?:ignor[ai]|ignorate|dimentica|dimenticate)\s+tutte\s+(?:le|le tue|le vostre)\s+(?:istruzioni|regole|indicazioni|direttive)" + _ENDS,
    ),
    (
        _IGNORE, "tutto",
        r"(?<!\bnon )\b(?:ignor[ai]|ignorate|dimentica|dimenticate)\s+tutto\s+(?:(?:ciò|quello|quanto)\s+(?:che\s+)?(?:precede|sopra|(?:è stato )?(?:detto|scritto)(?: sopra| prima)?|(?:ti|vi) (?:hanno|è stato) detto)|il resto sopra)" + _ENDS,
    ),
    (
        _ADDRESS, "deve|devono|dovrebb|legg",
        r"\b(?:ia|assistent[ei] (?:ia|virtual[ei])|modell[oi] linguistic[oi]|chatbot|bot),?\s+(?:che\s+legg(?:e|ono)\s+quest[ao]\b"
        r"|(?:deve|devono|dovrebbe|dovrebbero)\s+(?:sempre|mai)\s+(?:offrire|rispondere|dire|consigliare|raccomandare|promettere|confermare|concedere)\b"
        r"|(?:deve|devono|dovrebbe|dovrebbero)\s+(?:consigliare|raccomandare|ignorare|promettere|rivelare)\b)",
    ),
    (_ROLE, " sei", r"\b(?:ora|adesso|da ora in poi) sei\s+(?:(?!(?:a|al|con|e|in)\b)\w+\s+){0,3}?(?:assistente|ia|bot|chatbot|modello)\b"),
    (
        _IGNORE, "instructies|regels|aanwijzingen|opdrachten|prompt",
        r"\b(?:negeer|vergeet)\s+(?:\w+\s+){0,2}?(?:vorige|eerdere|bovenstaande|voorgaande|je)\s+(?:\w+\s+)?"
        r"(?:instructies|regels|aanwijzingen|opdrachten|prompts?)\b(?!\s+niet\b)",
    ),
    (
        _IGNORE, "instructies|regels|aanwijzingen|opdrachten|prompt|alles|bovenstaande",
        r"\b(?:negeer|vergeet)\s+(?:alle\s+(?:je\s+|jouw\s+)?(?:instructies|regels|aanwijzingen|opdrachten|prompts?)|al het (?:bovenstaande|voorgaande)"
        r"|alles\s+(?:hierboven|(?:wat\s+)?(?:hier)?(?:boven|voor)(?:\s+(?:staat|stond|gezegd is))?|wat (?:er )?(?:eerder )?gezegd is))" + _ENDS,
    ),
    (
        _ADDRESS, "moet|zou|leest|lezen",
        r"\b(?:ai|ai-(?:assistent(?:en)?|modellen|systemen)|chatbots?|bots?|taalmodel(?:len)?),?\s+(?:die\s+(?:dit|deze)\b[^.\n]{0,30}\b(?:leest|lezen)\b"
        r"|(?:moet|moeten|zou|zouden)\s+(?:altijd|nooit|elke|alle)\b[^.\n]{0,60}\b(?:aanbieden|aanbevelen|antwoorden|zeggen|beloven|bevestigen|geven)\b"
        r"|(?:moet|moeten)\s[^.\n]{0,40}\b(?:aanbevelen|negeren|beloven|verklappen)\b)",
    ),
    (_ROLE, "bent", r"\b(?:je|jij|u) bent (?:nu|vanaf nu)\s+(?:(?!(?:met|bij|door|en)\b)\w+\s+){0,3}?(?:ai|assistent|bot|chatbot|taalmodel)\b"),
    # Japanese, Chinese, Korean
    (_IGNORE, "無視|忘れ|破棄", r"(?:以前|これまで|今まで|上記|前|先|全て|すべて)の(?:すべての|全ての)?(?:指示|命令|ルール|プロンプト|制約).{0,8}(?:無視|忘れ|破棄)(?!し?ない|せず|ずに|しません)"),
    (_IGNORE, "無視|忘れ|破棄", r"(?:以前|これまで|今まで|上記|ここまで|上)の?(?:内容|文章|話|会話|こと)?(?:は|を)?(?:すべて|全て|全部)(?:無視|忘れ|破棄)(?!し?ない|せず|ずに|しません)"),
    (_IGNORE, "無視|忘れ|破棄", r"(?:すべて|全て|全部|一切|あらゆる)の(?:指示|命令|ルール|プロンプト|制約)[をは]?(?:すべて|全て)?(?:無視|忘れ|破棄)(?!し?ない|せず|ずに|しません)"),
    (_ADDRESS, "この|必ず|常に|いつも|絶対", r"(?:この(?:ページ|文書|文章|記事)を(?:読|処理|要約)[^。\n]{0,8}(?:ai|アシスタント|ボット|言語モデル)|(?:aiアシスタント|チャットボット|言語モデル|ai)(?:は|が)(?:必ず|常に|いつも|絶対に?)[^。\n]{0,40}"
                                      r"(?:勧め|薦め|推奨|提供|案内|回答|答え|約束|承認|言[いうわ])[^。\n]{0,8}(?:べき|ください|なければ|すること|こと。|しろ|なさい))"),
    (_ROLE, "から", r"(?:あなたは(?:今|いま|これ|たった今)から|これからあなたは).{0,20}(?:ai|アシスタント|ボット|モデル)(?![にとへを]|から)"),
    (_REVEAL, "システム", r"(?:システムプロンプト|システム指示).{0,12}(?:表示し|公開し|教え|出力し|開示し|明かし)"),
    (_RELAY, "に", r"(?:ユーザー|お客様|顧客|利用者)(?:全員)?に[^。\n]{0,30}(?:全品無料|全て無料|すべて無料|全部無料|全額返金|(?:100|9\d) ?%(?:割引|オフ)|https?:[^。\n]{0,30}(?:支払|ログイン)|(?:カード番号|パスワード|暗証番号)を(?:送|教)|返金(?:が|は)承認).{0,30}(?:と伝えて(?:ください|おけ)|と伝えろ|と伝えなさい|と言ってください|と言え)"),
    (_IGNORE, "忽略|无视|忘记|忽視|無視|忘記|不要理会", r"(?<!不要)(?<!请勿)(?<!請勿)(?<!不能)(?<!不得)(?<!不可)(?<!别)(?:忽略|无视|忘记|忽視|無視|忘記|不要理会).{0,6}(?:之前|以上|先前|上面|前面|所有).{0,6}(?:指令|指示|提示|规则|規則|命令)"),
    (_IGNORE, "忽略|无视|忘记|忽視|無視|忘記", r"(?<!不要)(?<!请勿)(?<!請勿)(?<!不能)(?<!不得)(?<!不可)(?<!别)(?:忽略|无视|忘记|忽視|無視|忘記)掉?(?:以上|之前|上面|前面)的?(?:所有|一切|全部)(?:内容|內容|的?话|信息|文字)"),
    (_ADDRESS, "的|必须|应|必須|應|要", r"(?:阅读|读取|处理|閱讀|處理)(?:本|此|这个|這個)(?:页面?|頁面?|文档|文件|網頁|网页)的(?:ai|人工智能|聊天机器人|聊天機器人|语言模型|語言模型)|(?:聊天机器人|聊天機器人|ai助手|语言模型|語言模型)(?:必须|应该|应当|必須|應該|應當|要)(?:总是|始终|一律|永远|總是|始終|永遠)"),
    (_ROLE, "你", r"(?:你现在是|你現在是|从现在起,?你是|从现在开始,?你是).{0,16}(?:助手|机器人|機器人|模型|ai)"),
    (_REVEAL, "系统|系統", r"(?:显示|输出|泄露|告诉我|重复|透露).{0,10}(?:系统提示词?|系统指令|系統提示)"),
    (_IGNORE, "무시|잊", r"(?:이전|위의|앞의|모든)\s*.{0,8}(?:지시|명령|지침|프롬프트|규칙).{0,8}(?:무시|잊)(?!하지\s?(?:마|않)|지\s?(?:마|않))"),
    (_IGNORE, "무시|잊", r"(?:위의?|앞의?|이전의?|지금까지의?)\s*(?:내용|말|글)?(?:을|를|은|는)?\s*(?:모두|모든 것을?|전부|다)\s*(?:무시|잊)(?!하지\s?(?:마|않)|지\s?(?:마|않))"),
    # Arabic and Russian
    (_IGNORE, "التعليمات|الأوامر|الاوامر|القواعد|التوجيهات", r"(?<![^\Wوف])(?:تجاهل|تجاهلوا|انس|اهمل|أهمل)\s.{0,25}(?:التعليمات|الأوامر|الاوامر|القواعد|التوجيهات)\s.{0,15}(?:السابقة|أعلاه|اعلاه)"),
    (_IGNORE, "كل|جميع", r"(?<![^\Wوف])(?:تجاهلوا|تجاهل|انسوا|انس|أهمل|اهمل)\s+(?:كل|جميع)\s+(?:ما\s+(?:سبق|قيل|ذكر|ورد|كتب)(?:\s+(?:أعلاه|اعلاه|سابقا|لك))?|التعليمات|الأوامر|الاوامر|القواعد)(?=\s{0,9}(?:[.!؛،,]|\Z|\n)|\s+و)"),
    (_ADDRESS, "الذكاء|روبوت|الدردشة", r"(?:الذكاء الاصطناعي|روبوت(?:ات)? (?:ال)?دردشة)\s+(?:(?:الذي|التي|الذين)\s+(?:يقرأ|تقرأ|يقرؤون|يقرأون)\s+هذ[اه]"
                                           r"|(?:أن|ان)\s+(?:يعرض|يقدم|يقول|يوصي|يجيب|تعرض|تقدم|توصي)\s[^.\n]{0,30}(?:دائما|دائمًا|أبدا|خصم))"),
    (_ROLE, "الآن|الان", r"(?:أنت الآن|انت الان|من الآن فصاعدا أنت)\s(?:(?!مع |متصل|إلى ).){0,20}(?:مساعد|روبوت|ذكاء|نموذج)"),
    (_REVEAL, "موجه|تعليمات", r"(?:اكشف|أظهر|اعرض|اطبع)\s.{0,25}(?:موجه النظام|تعليمات النظام|تعليماتك)"),
    (_RELAY, "المستخدم|العميل|العملاء", r"(?:أخبر|اخبر|قل ل)\s?(?:جميع |كل )?(?:المستخدمين|المستخدم|العميل|العملاء)\s.{0,5}(?:أن|بأن|ان)\b[^.\n]{0,60}(?:كل شيء مجاني|مجانا تماما|خصم.{0,6}(?:100|9\d) ?[%٪]|(?:الدفع|يدفعوا?|تسجيل الدخول).{0,40}https?:|(?:يرسلوا?|إرسال).{0,20}(?:رقم (?:ال)?بطاق|كلمة (?:ال)?مرور)|(?:ال)?استرداد.{0,20}(?:تمت الموافقة|موافق))"),
    (_IGNORE, "инструкции|указания|правила|команды", r"(?<!\bне )\b(?:игнорируй(?:те)?|забудь(?:те)?|проигнорируй(?:те)?)\s.{0,25}(?:предыдущие|прежние|прошлые|вышеуказанные|все)\s.{0,20}(?:инструкции|указания|правила|команды)"),
    (_IGNORE, "всё|все", r"(?<!\bне )\b(?:игнорируй(?:те)?|забудь(?:те)?|проигнорируй(?:те)?)\s+вс[её],?\s+(?:что\s+(?:было\s+)?(?:выше|раньше|сказано(?: выше)?|написано выше|тебе говорили)|вышесказанное|вышеуказанное|предыдущее)" + _ENDS),
    (_ROLE, "теперь", r"\b(?:ты|вы) теперь\s(?:(?!\bс |\bу |\bк ).){0,25}\b(?:ассистент|бот|ии|модель|помощник)"),
)  # fmt: skip
_BY_NEEDLES = [(reason, tuple(needles.split("|")), pattern) for reason, needles, pattern in _RULES]
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
_EMPHASIS = re.compile(r"[*`~]+|(?<![^\W_])_+|_+(?![^\W_])")
"""An underscore inside of a word is a part of it."""
_LINK_TEXT = re.compile(r"\[([^\[\]\n]{1,200})\]\([^()\s]{0,300}\)")
_TAG = re.compile(
    r"</?(?:(?P<block>p|div|br|hr|li|ul|ol|td|th|tr|table|tbody|h[1-6]|section|article|blockquote|center)"
    r"|b|i|u|s|em|strong|span|font|mark|small|big|sub|sup|code|kbd|var|del|ins|a|abbr|bdi|bdo|wbr|q|cite)"
    r"(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
"""Of the markup of pages, not of prompts: that is a sign by itself."""


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
        for reason, needles, pattern in _BY_NEEDLES:
            if reason in found or not any(needle in lower for needle in needles):
                continue
            if match := _compiled(pattern).search(piece):
                found.add(reason)
                yield Command(_line(plain, start + match.start() + len(match[0]) - len(match[0].lstrip())), reason)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Not before a text holds one of its needles: all of them take a while, and most are never needed."""
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def _plain(text: str) -> str:
    """As a model would understand it: without what hides a word from a search."""
    text = unicodedata.normalize("NFKC", html.unescape(without_invisible(text)))
    return _EMPHASIS.sub("", _LINK_TEXT.sub(r"\1", _TAG.sub(_untagged, text)))


def _untagged(tag: re.Match[str]) -> str:
    """What a reader sees in its place, with as many lines."""
    return "\n" * tag[0].count("\n") or (" " if tag["block"] else "")


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

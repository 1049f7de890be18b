"""How promises and reports of deeds are worded, by language. `DONE` is never true of the assistant; `WILL` may "
"be said
of the business where a source says it. All patterns are linear: every gap is short, and bounded."""

import re

_EN_DONE = (
    r"(?:refunded|reimbursed|cancell?ed|forwarded|escalated|notified|informed|contacted|called|phoned|e-?mailed"
    r"|messaged|sent|booked"
    r"|scheduled|rescheduled|reserved|changed|updated|processed|issued|approved|credited|ordered|shipped"
    r"|dispatched|replaced"
    r"|extended|waived|applied|arranged|opened|created|filed|passed|transferred|connected|assigned|added (?:you"
    r"|your|it)|removed"
    r"|deleted|reset"
    r"|unlocked|registered|logged|submitted|requested|granted|authori[sz]ed|confirmed|placed|put (?:you|your|in"
    r"|it)|flagged|raised"
    r"|upgraded|activated"
    r"|adjusted|corrected|paid|reported|recorded|unsubscribed|paused|moved|initiated|completed|alerted"
    r"|asked|let (?:the|our|them)|told (?:the|our|them)|written to)"
)
_EN_DO = (
    r"(?:refund|reimburse|cancel|forward|escalate|notify|inform|contact|call|phone|ring|e-?mail|message|send|book"
    r"|schedule"
    r"|reschedule|reserve|change|update|process|issue|approve|credit|order|ship|dispatch|replace|extend|waive"
    r"|apply|arrange|open"
    r"|create|file|pass|transfer|connect|assign|add (?:you|your|it)|remove|delete|reset|unlock|register|log"
    r"|submit|request|grant"
    r"|authori[sz]e|place"
    r"|put (?:you|your|in|it)|flag|raise|upgrade|activate|adjust|correct|pay|report|record|unsubscribe|pause|move"
    r"|initiate"
    r"|make sure|ensure"
    r"|take care of|see to|get (?:back|in touch|someone|a |an |the )|have (?:someone|a |an |the |our )"
    r"|let (?:them|the|our|my)"
    r"|tell (?:them|the|our)|ask (?:them|the|our|a )|follow up|check with|speak (?:to|with)|reach out|look into"
    r"|handle|fix|sort (?:it|this|that))"
)
_EN_DOING = (
    r"(?:refunding|cancell?ing|forwarding|escalating|notifying|contacting|calling|sending|booking|processing"
    r"|issuing|transferring"
    r"|connecting|arranging|passing|submitting|creating|updating|applying|placing)"
)
_EN_ADVERBS = r"(?: (?:just|already|now|also|then|gone ahead and|hereby|\w{3,12}ly))*"
_THEIRS = r"(?: \w+){0,2}? (?:to |with |for |of |on )?(?:you|your|yours|it|this|that|them)\b"
_EN_OTHERS = (
    r"(?:we|someone|somebody|they|(?:a|an|one of our|my|our) (?:[\w-]+ ){0,2}?(?:colleague|colleagues|person"
    r"|member|human|manager|agent"
    r"|technician|specialist|representative|mechanic|advisor|adviser|team|staff|department)(?: of (?:our"
    r"|the) \w+)?)"
)
_DE_GAP = r"(?:(?!\b(?:dass|ob|wie|wann|was|wo|warum|welche\w*)\b)[^.!?;\n]){0,70}?"
_NL_GAP = r"(?:(?!\b(?:dat|of|hoe|wanneer|wat|waar)\b)[^.!?;\n]){0,60}?"
"""What is only told about was not done."""
_JA_DEED = (
    "(?:キャンセル|返金|取り消し|転送|連絡|手配|予約|変更|更新|発送|送信|処理|承認|申請|登録|削除|解約|報告|共有"
    "|引き継ぎ|お伝え|手続き|交換)"
)

_DONE = {
    "en": rf"\bi(?: have|'ve){_EN_ADVERBS} {_EN_DONE}\b"
    rf"|\bi{_EN_ADVERBS} {_EN_DONE}\b(?! by\b)"
    rf"|\bwe(?: have|'ve)?{_EN_ADVERBS} {_EN_DONE}\b{_THEIRS}"
    rf"|\bi(?:'ll| will| shall| am going to|'m going to|'m about to){_EN_ADVERBS} {_EN_DO}\b"
    rf"|\bi(?:'m| am){_EN_ADVERBS} {_EN_DOING}\b|\bi (?:guarantee|promise)\b|\blet me (?:go ahead and )?(?:refund"
    rf"|cancel|book|forward|transfer|process)"
    rf"|\byour (?:[\w-]+ ){{1,3}}?(?:has|have)(?: now| just| already)? been(?: \w+ly)? {_EN_DONE}\b"
    rf"|\byour (?:[\w-]+ ){{1,3}}?(?:is|are)(?: now| already)* (?:booked|cancell?ed|confirmed|refunded|approved"
    rf"|on (?:its|the|their) way|reserved|scheduled"
    rf"|being {_EN_DONE})\b"
    rf"|\b(?:a|the) (?:ticket|case|refund|request|complaint|replacement|label|e-?mail|callback|booking|colleague"
    rf"|manager|team|credit)"
    rf"(?: \w+){{0,3}}? (?:has|have)(?: now| just| already)? been(?: \w+ly)? {_EN_DONE}\b"
    r"|\b(?:someone|a colleague|help|a person|our team) is(?: already| now)* (?:on (?:the|their|its) way|being"
    r"|looking into|calling)\b"
    r"|\b(?:staff|colleague|manager|team|person|someone) (?:is|are)(?: already| now)* (?:calling|contacting"
    r"|e-?mailing|writing to) you\b"
    r"|\bi went ahead and\b|\bit(?:'s| has| is)(?: all| already)* (?:been )?(?:taken care of|sorted|seen to)\b"
    rf"|\b(?:was|were|has been|have been) {_EN_DONE} for you\b|^\W*{_EN_DONE}[.!](?:\W|$)"
    r"|^\W*(?:all )?done[.!]|\bconsider it done\b|\b(?:refund|cancellation|booking|order) (?:issued|processed"
    r"|completed|confirmed|placed)[.!]",
    "de": rf"\b(?:ich habe|habe ich|wir haben|haben wir)\b{_DE_GAP}\b(?:storniert|erstattet|zurückerstattet"
    r"|weitergeleitet|weitergegeben|informiert"
    r"|benachrichtigt|kontaktiert|angerufen|geschickt|gesendet|versandt|gebucht|reserviert|geändert|aktualisiert"
    r"|veranlasst"
    r"|genehmigt|gutgeschrieben|bestellt|ersetzt|verlängert|erlassen|angelegt|erstellt|eröffnet|eskaliert"
    r"|eingetragen|gelöscht"
    r"|zurückgesetzt|bearbeitet|bestätigt|übermittelt|notiert|vermerkt|gekündigt|verschoben|beauftragt|erledigt"
    r"|eingeleitet|überwiesen)\b"
    r"|\bich (?:werde|leite|storniere|erstatte|veranlasse|kümmere|sorge|schicke ihnen|sende ihnen|informiere"
    r"|benachrichtige|kontaktiere|buche|reserviere"
    r"|ändere|rufe sie|gebe das|gebe es|verspreche|garantiere|überweise|bestelle"
    r"|beauftrage)\b(?! (?:ihnen )?(?:gern|gerne) (?:helfen|weiterhelfen|erklären))"
    r"(?![^.!?]{0,60}\b(?:helfen|erklären|zusammenfassen|antworten|beantworten|nennen|zeigen|auflisten|sagen"
    r"|suchen|nachsehen)\b)"
    r"|\bihre? (?:[\w-]+ ){1,3}?(?:wurden?|ist|sind)\b[^.!?;,\n]{0,40}?\b(?:storniert|erstattet|weitergeleitet"
    r"|gebucht|reserviert|geändert|bestätigt|genehmigt"
    r"|bearbeitet|verschickt|versandt|gutgeschrieben|gekündigt|verschoben|veranlasst|überwiesen|unterwegs)\b"
    r"|\b(?:ein kollege|eine kollegin|unser team|ein ticket|die erstattung"
    r"|der techniker)\b[^.!?;,\n]{0,30}? (?:wurde|ist)\b[^.!?;,\n]{0,30}?"
    r"\b(?:informiert|benachrichtigt|erstellt|angelegt|eröffnet|eingeleitet|veranlasst|unterwegs)\b",
    "es": r"\b(?:he|hemos)(?: ya)? (?:cancelado|reembolsado|enviado|reenviado|informado|avisado|notificado"
    r"|contactado|llamado|reservado|cambiado|actualizado"
    r"|tramitado|procesado|aprobado|abonado|pedido|sustituido|ampliado|aplicado|creado|abierto|escalado"
    r"|trasladado|transferido|eliminado|borrado"
    r"|restablecido|confirmado|registrado|solicitado|gestionado|anulado|modificado|programado|pasado|iniciado)\b"
    r"|\b(?:cancelaré|reembolsaré|enviaré|reenviaré|informaré|avisaré|notificaré|contactaré|llamaré|reservaré"
    r"|cambiaré|actualizaré|tramitaré|procesaré"
    r"|abonaré|aplicaré|crearé|abriré|trasladaré|transferiré|pasaré|gestionaré|anularé|solicitaré|encargaré"
    r"|pondré en contacto)\b"
    r"|\bvoy a (?:cancelar|reembolsar|enviar|reenviar|informar|avisar|notificar|contactar|llamar|reservar|cambiar"
    r"|tramitar|procesar|abonar|transferir|pasar"
    r"|gestionar|anular|solicitar)|\bestoy (?:cancelando|reembolsando|enviando|tramitando|procesando"
    r"|transfiriendo|gestionando)\b"
    r"|\b(?:su|tu|sus|tus) (?:[\w-]+ ){1,3}?(?:ha sido|han sido|ha quedado|se ha|está siendo|ya está|ya ha sido"
    r"|fue) "
    r"(?:cancelad|reembolsad|enviad|reservad|confirmad|procesad|aprobad|anulad|tramitad|cambiad|abonad|en camino"
    r"|emitid)\w*"
    r"|\bse ha (?:creado|abierto|emitido|enviado|tramitado|iniciado) (?:un|una|el|la|su|tu)\b|\ble (?:garantizo"
    r"|prometo)\b",
    "fr": r"\bj'ai(?: bien| déjà| donc)* (?:annulé|remboursé|envoyé|transmis|transféré|informé|prévenu|notifié"
    r"|contacté|appelé|réservé|modifié|changé|mis à jour"
    r"|traité|approuvé|crédité|commandé|remplacé|prolongé|appliqué|créé|ouvert|supprimé|réinitialisé|confirmé"
    r"|enregistré|demandé|programmé|planifié|lancé)\b"
    r"|\bnous (?:vous )?avons(?: bien| déjà| donc)* (?:annulé|remboursé|envoyé|transmis|contacté|réservé|approuvé"
    r"|crédité)\b"
    r"|\bje (?:vous |le |la |les |lui |leur |m'en |l')?(?:annulerai|rembourserai|enverrai|transmettrai"
    r"|transférerai|informerai|contacterai|appellerai|rappellerai"
    r"|réserverai|modifierai|chargerai|occuperai|créerai|demanderai|appliquerai|annule|rembourse|transmets"
    r"|transfère|rappelle|réserve|m'en occupe|garantis|promets)\b"
    r"|\bje vais (?:vous |le |la |les |lui )?(?:annuler|rembourser|envoyer|transmettre|transférer|informer"
    r"|contacter|appeler|rappeler|réserver|modifier|demander)\b"
    r"|\b(?:votre|vos) (?:[\w-]+ ){1,3}?(?:a été|ont été|a bien été|est en cours de|est maintenant|a déjà été) "
    r"(?:annul|rembours|envoy|transmis|réserv|modifi|confirm|approuv|trait|crédit)\w*"
    r"|\bun (?:ticket|collègue|conseiller|remboursement) a (?:bien )?été (?:créé|ouvert|informé|prévenu|contacté"
    r"|émis|effectué)",
    "pt": r"(?<!que )\b(?:já )?(?:cancelei|reembolsei|enviei|encaminhei|informei|avisei|notifiquei|contactei"
    r"|contatei|liguei|reservei|agendei|alterei|atualizei"
    r"|processei|aprovei|creditei|solicitei|apliquei|criei|escalei|transferi|registei|registrei|eliminei|apaguei"
    r"|confirmei|providenciei)\b"
    r"|\b(?:cancelarei|reembolsarei|enviarei|encaminharei|informarei|contactarei|contatarei|entrarei em contac?to"
    r"|ligarei|providenciarei|transferirei)\b"
    r"|\b(?:já )?(?:cancelámos|reembolsámos|enviámos|reservámos|(?:cancelamos|reembolsamos|enviamos) já)\b"
    r"|\bvou (?:cancelar|reembolsar|enviar|encaminhar|informar|avisar|contactar|contatar|ligar|reservar|agendar"
    r"|alterar|processar|solicitar|transferir|pedir)\b"
    r"|\bestou (?:cancelando|reembolsando|enviando|encaminhando|processando|transferindo|a (?:cancelar|reembolsar"
    r"|enviar|processar))"
    r"|\b(?:seu|sua|seus|suas|teu|tua) (?:[\w-]+ ){1,3}?(?:já )?(?:foi|foram|está sendo|está a ser"
    r"|está a caminho) ?"
    r"(?:cancelad|reembolsad|enviad|reservad|confirmad|processad|aprovad|alterad|agendad|encaminhad|)\w*"
    r"|\b(?:garanto|prometo)\b",
    "it": r"\b(?:ho|abbiamo)(?: già| appena)* (?:annullato|rimborsato|inviato|inoltrato|informato|avvisato"
    r"|contattato|chiamato|prenotato|modificato|aggiornato|elaborato"
    r"|approvato|accreditato|ordinato|sostituito|applicato|creato|aperto|trasferito|eliminato|confermato"
    r"|registrato|richiesto|cancellato|disdetto|segnalato)\b"
    r"|\b(?:annullerò|rimborserò|invierò|inoltrerò|informerò|avviserò|contatterò|chiamerò|richiamerò|prenoterò"
    r"|modificherò|occuperò|trasferirò|richiederò"
    r"|applicherò|aprirò)\b|\bsto (?:annullando|rimborsando|inviando|inoltrando|elaborando|trasferendo"
    r"|prenotando)\b"
    r"|\b(?:il suo|la sua|il tuo|la tua|i suoi) (?:[\w-]+ ){1,3}?(?:è stat[oa]|è già stat[oa]|sono stati"
    r"|è in corso di) "
    r"(?:annullat|rimborsat|inviat|inoltrat|prenotat|modificat|confermat|approvat|elaborat|rimborso)\w*"
    r"|\b(?:garantisco|prometto)\b",
    "nl": rf"\b(?:ik heb|heb ik|we hebben)\b{_NL_GAP}\b(?:geannuleerd|terugbetaald|doorgestuurd|doorgegeven"
    r"|geïnformeerd|gecontacteerd|gebeld|gestuurd|verzonden"
    r"|geboekt|gereserveerd|gewijzigd|aangepast|verwerkt|goedgekeurd|besteld|vervangen|verlengd|aangemaakt"
    r"|ingediend|geregeld|bevestigd|opgezegd|gemeld)\b"
    r"|\bik (?:zal|ga)\b[^.!?;\n]{0,50}?\b(?:annuleren|terugbetalen|doorsturen|doorgeven|informeren|bellen|sturen"
    r"|boeken|reserveren|wijzigen|regelen|contacteren)\b"
    r"|\bik (?:annuleer|betaal|bel|boek|regel|stuur|geef dit|geef het|garandeer|beloof)\b"
    r"|\b(?:uw|je|jouw) (?:[\w-]+ ){1,3}?(?:is|zijn|werd)\b[^.!?;,\n]{0,30}?\b(?:geannuleerd|terugbetaald"
    r"|verzonden|geboekt|gereserveerd|gewijzigd|bevestigd|goedgekeurd)\b",
    "ja": rf"{_JA_DEED}(?:は|を|が)?(?:すでに|既に|完了|いた|致)?"
    r"(?:しました|済みです|させていただきました|されました|しております|しておきます)(?!ら|場合|か)"
    r"|(?:必ず|今すぐ)[^。]{0,20}(?:返金|対応)します|お約束します|保証いたします",
    "ar": r"(?<!\w)(?:لقد |قد )?(?:قمت|قمنا|تم|تمت) (?:ب)?(?:إلغاء|استرداد|رد|إرسال|تحويل|إبلاغ|حجز|تغيير|تحديث"
    r"|معالجة|تأكيد|تسجيل|فتح|إنشاء|الموافقة|تقديم|إعادة)"
    r"|(?<!\w)(?:لقد )?(?:ألغيت|أرسلت|حولت|حجزت|أبلغت|اتصلت)(?!\w)"
    r"|(?<!\w)(?:سألغي|سأرسل|سأحول|سأتصل|سأبلغ|سأحجز|سأقوم|سأعيد|سأطلب|سأتواصل|سأرد|سأخبر|سوف أ\w+|أضمن لك|أعدك)",
}
_WILL = {
    "en": rf"\b{_EN_OTHERS}(?:'ll| will| shall| are going to| is going to){_EN_ADVERBS} {_EN_DO}\b"
    rf"|\byou(?:'ll| will)(?: also| then| soon| \w+ly)* be {_EN_DONE}\b|\byour (?:[\w-]+ ){{1,3}}?will(?: also"
    rf"| then| soon| \w+ly)* be {_EN_DONE}\b",
    "de": r"\b(?:wir|jemand|ein (?:kollege|mitarbeiter|mensch|techniker)|eine (?:kollegin|mitarbeiterin|person)"
    r"|unser team)\b[^.!?;,\n]{0,30}?\b(?:werden|wird)\b[^.!?;\n]{0,60}?"
    r"\b(?:stornieren|erstatten|kontaktieren|anrufen|zurückrufen|melden|informieren|benachrichtigen|schicken"
    r"|senden|ersetzen|buchen|schreiben)\b"
    r"|\b(?:wird|werden) (?:sich )?(?:wir|jemand|ein kollege|eine kollegin"
    r"|unser team)\b[^.!?;\n]{0,60}?\b(?:melden|anrufen|kontaktieren|erstatten)\b"
    r"|\bsie werden\b[^.!?;\n]{0,40}?\b(?:kontaktiert|angerufen|zurückgerufen|benachrichtigt|informiert)\b"
    r"|\b(?:ihnen wird|wird ihnen)\b[^.!?;\n]{0,60}?\b(?:erstattet|gutgeschrieben|zugeschickt|ersetzt)\b"
    r"|\bwir (?:melden uns|rufen sie|erstatten ihnen|kontaktieren sie)\b",
    "es": r"\b(?:le|te|les|nos|se) (?:llamaremos|contactaremos|reembolsaremos|enviaremos|avisaremos|llamará"
    r"|contactará|escribirá|pondrá|pondrán|pondremos|reembolsará|devolveremos)\b"
    r"|\b(?:será|serán|serás) (?:reembolsad|contactad|llamad|avisad|informad)\w*|\b(?:cancelaremos|reembolsaremos"
    r"|contactaremos)\b",
    "fr": r"\bnous (?:vous )?(?:rembourserons|contacterons|appellerons|rappellerons|enverrons|annulerons"
    r"|préviendrons|recontacterons)\b"
    r"|\b(?:un|une|notre) (?:collègue|conseiller|conseillère|personne|agent|collaborateur|équipe"
    r"|technicien)[^.,;]{0,20}? vous (?:contactera|appellera|rappellera|écrira|recontactera|remboursera)"
    r"|\bvous (?:serez|allez être) (?:remboursé|contacté|rappelé|appelé|prévenu|recontacté)\w*",
    "pt": r"\b(?:vamos|iremos) (?:lhe |te )?(?:reembolsar|ligar|contactar|contatar|entrar em contac?to|enviar"
    r"|cancelar)\b|\bentraremos em contac?to\b"
    r"|\b(?:um|uma) (?:colega|pessoa|atendente|agente|funcionári[oa])[^.,;]{0,20}? (?:irá|vai|ligará|entrará)\b"
    r"|\b(?:será|serão|serás) (?:reembolsad|contactad|contatad|cancelad|avisad)\w*",
    "it": r"\b(?:la |vi |ti |le )?(?:rimborseremo|contatteremo|chiameremo|richiameremo|invieremo|annulleremo"
    r"|avviseremo)\b"
    r"|\b(?:un|una) (?:collega|operatore|operatrice|persona|tecnico)[^.,;]{0,20}? (?:la |ti )?(?:contatterà"
    r"|chiamerà|richiamerà|scriverà)|\b(?:sarà|sarai|verrà) (?:rimborsat|contattat|chiamat|avvisat)\w*",
    "nl": r"\b(?:we|wij|iemand|een (?:collega|medewerker)|ons team) (?:zullen|zal|gaan"
    r"|gaat)\b[^.!?;\n]{0,50}?\b(?:terugbetalen|bellen|contacteren|contact|sturen|annuleren)\b"
    r"|\b(?:u wordt|je wordt)\b[^.!?;\n]{0,40}?\b(?:gebeld|teruggebeld|gecontacteerd|terugbetaald)\b"
    r"|\b(?:een collega|iemand) (?:neemt contact|belt u|belt je)\b",
    "ja": rf"{_JA_DEED}(?:を|は)?(?:いたします|致します|させていただきます)(?!か)"
    r"|(?:担当者|スタッフ|弊社|当店)(?:から|が|より|で)?[^。]{0,30}?(?:連絡|電話|返信|返金|対応)(?:を)?(?:いた"
    r"|致)?します"
    r"|折り返し[^。]{0,15}(?:連絡|電話)|(?:返金|交換)されます",
    "ar": r"(?<!\w)(?:سوف ن|سن)(?:تصل|لغي|رسل|رد|عيد|قوم|تواصل)|(?<!\w)(?:سيتصل|سيتواصل|سيقوم)(?!\w)"
    r"|(?<!\w)سيتم (?:رد|إلغاء|استرداد|إرسال|الاتصال|التواصل|تحويل|إعادة)",
}

_WHEN = {
    "en": r"\b(?:if|when|whenever|once|after|as soon as|until|unless|whether|before|means?|says)\b",
    "de": r"\b(?:wenn|falls|sobald|nachdem|ob|bis|bevor|sofern|bedeutet|heißt)\b",
    "es": r"\b(?:si|cuando|una vez|después de|en cuanto|hasta que|significa)\b",
    "fr": r"\b(?:si|quand|lorsque|une fois|dès que|après|jusqu'à|signifie)\b",
    "pt": r"\b(?:se|quando|uma vez|depois|assim que|até que|significa)\b",
    "it": r"\b(?:se|quando|una volta|dopo|appena|finché|significa)\b",
    "nl": r"\b(?:als|wanneer|zodra|nadat|totdat|betekent)\b",
    "ja": r"もし|たら、",
    "ar": r"إذا|عندما|بعد أن|حتى|في حال|لو |بمجرد",
}
_NEGATED = {
    "en": r"\b(?:not|never|cannot|nobody|no one)\b|n't\b",
    "de": r"\b(?:nichts?|nie|niemand|kein\w*)\b",
    "es": r"\b(?:no|nunca|nadie|nada)\b",
    "fr": r"\b(?:ne|pas|jamais|rien)\b|\bn'",
    "pt": r"\b(?:não|nunca|ninguém|nada)\b",
    "it": r"\b(?:non|mai|nessuno|niente)\b",
    "nl": r"\b(?:niets?|nooit|niemand|geen)\b",
    "ja": r"ません|ない",
    "ar": r"(?<!\w)(?:لا|لم|لن|لست)(?!\w)",
}

WHEN = {language: re.compile(pattern) for language, pattern in _WHEN.items()}
"""Words that make a clause a condition, a time or an explanation."""
NEGATED = {language: re.compile(pattern) for language, pattern in _NEGATED.items()}
DONE = {language: re.compile(pattern) for language, pattern in _DONE.items()}
WILL = {language: re.compile(pattern) for language, pattern in _WILL.items()}

"""How promises and reports of deeds are worded, by language.

Each language has one pattern, whose groups say what kind of saying a match is:

- `mine`: what the assistant itself did or will do. Never true: it can do nothing but answer.
- `told`: what was done in this customer's case ("your order has been cancelled"). Nothing that the assistant reads
  tells, so that it is true only where it explains what a word means.
- `state`: how the customer's case is ("your appointment is confirmed"). In a rule it is true of everybody ("your order
  is cancelled when no payment arrives").
- `will`: what the business does for everybody, where a source says it.

All patterns are linear: every gap is short, and bounded. A pattern begins with a word boundary, and every alternative
with a letter, so that little is tried where no word begins.
"""

import re
from functools import cache

_EN_DONE = (
    r"(?:refunded|reimbursed|repaid|returned|cancell?ed|voided|reversed|forwarded|escalated|notified|informed"
    r"|contacted|called|phoned|e-?mailed|messaged|sent|booked|rebooked"
    r"|scheduled|rescheduled|reserved|changed|updated|processed|issued|approved|credited|ordered|reordered|shipped|delivered"
    r"|dispatched|replaced"
    r"|extended|waived|applied|arranged|opened|created|filed|passed|transferred|connected|assigned|added (?:you"
    r"|your|it)|removed"
    r"|deleted|reset|accepted|secured"
    r"|unlocked|registered|logged|submitted|requested|granted|authori[sz]ed|confirmed|placed|put (?:you|your|in"
    r"|it)|flagged|raised"
    r"|upgraded|activated"
    r"|adjusted|corrected|paid|reported|recorded|unsubscribed|paused|moved|initiated|completed|finali[sz]ed|alerted"
    r"|asked|let (?:the|our|them)|told (?:the|our|them)|written to|given (?:you|back)|set up (?:a|an|the|your)"
    r"|(?:made|started|triggered) (?:the|your|a|an) (?:\w+ )?(?:refund|booking|reservation|cancellation|payment"
    r"|transfer|appointment|order|change|exchange|exception|return|note (?:of|on|in)))"
)
_EN_DO = (
    r"(?:refund|reimburse|repay|cancel|void|reverse|forward|escalate|notify|inform|contact|call|phone|ring|e-?mail"
    r"|message|send|book|rebook|schedule"
    r"|reschedule|reserve|change|update|process|issue|approve|credit|order|ship|dispatch|replace|extend|waive"
    r"|apply|arrange|open"
    r"|create|file|pass|transfer|connect|assign|add (?:you|your|it)|remove|delete|reset|unlock|register|log"
    r"|submit|request|grant"
    r"|authori[sz]e|place"
    r"|put (?:you|your|in|it)|flag|raise|upgrade|activate|adjust|correct|pay|report|record|unsubscribe|pause|move"
    r"|initiate"
    r"|make sure|ensure|make an exception|make (?:the|your) |set up (?:a|an|the|your) "
    r"|take care of|see (?:to|that)|get (?:back|in touch|someone|a |an |the |your )"
    r"|have (?:someone|a |an |the |our )"
    r"|let (?:them|the|our|my)"
    r"|tell (?:them|the|our)|ask (?:them|the|our|a )|follow up|check with|speak (?:to|with)|reach out|look into"
    r"|return (?:your|the|it|you)|give you (?:(?:a|an|the|your|all|back|full|partial) ){0,3}?(?:refund|money|credit"
    r"|discount|replacement|voucher|call|ring)"
    r"|handle|fix|sort (?:it|this|that))"
)
_EN_DOING = (
    r"(?:refunding|returning|cancell?ing|forwarding|escalating|notifying|contacting|calling|sending|booking|processing"
    r"|issuing|transferring"
    r"|connecting|arranging|passing|submitting|creating|updating|applying|placing|paying|giving you (?:a|the|your))"
)
_EN_ADVERBS = r"(?: (?:just|already|now|also|then|both|not only|gone ahead and|hereby|\w{3,12}ly))*"
_EN_NOW = r"(?: (?:now|just|already|also|all|safely|\w{3,12}ly))*"
_EN_THEIRS = r"(?: \w+){0,2}? (?:to |with |for |of |on )?(?:you|your|yours|it|this|that|them)\b"
_EN_COLLEAGUE = (
    r"(?:someone|somebody|(?:a|an|one of our|my|our) (?:[\w-]+ ){0,2}?(?:colleague|colleagues|person"
    r"|member|human|manager|agent"
    r"|technician|specialist|representative|mechanic|advisor|adviser|team|staff|department)(?: of (?:our"
    r"|the) \w+)?)"
)
_EN_CASE = (
    r"(?:refund|repayment|reimbursement|cancellation|booking|reservation|appointment|order|payment|money|amount|credit"
    r"|deposit|ticket|case|request|complaint|replacement|label|e-?mail|callback|exchange|transfer|subscription"
    r"|colleague|manager|team)"
)
_EN_ABOUT = r"(?: (?!(?:that|which|who|when|if|once|must|should|may|might|could|would)\b)[\w-]+){0,3}?"
_EN_READY = (
    r"(?:booked|secured|accepted|cancell?ed|confirmed|approved|reserved|scheduled|rescheduled"
    r"|registered|activated|arranged)"
)
_DE_GAP = r"(?:(?!\b(?:dass|ob|wie|wann|was|wo|warum|welche\w*|wenn|falls|sobald|wird|werden)\b)[^.!?;\n]){0,70}?"
_NL_GAP = r"(?:(?!\b(?:dat|of|hoe|wanneer|wat|waar|als|zodra|wordt|worden)\b)[^.!?;\n]){0,60}?"
"""What is only told about was not done."""
_DE_DONE = (
    r"(?:storniert|erstattet|zurückerstattet|rückerstattet|zurückgezahlt|zurückgeschickt|zurückgegeben"
    r"|zurücküberwiesen|zurückgebucht|ausgezahlt|angewiesen|ausgestellt|freigegeben|abgeschickt|verschickt|abgesagt"
    r"|umgebucht|ausgelöst|vorgenommen|durchgeführt|getätigt|geregelt|angepasst|aufgehoben|hinterlegt|vereinbart"
    r"|beantragt|abgeschlossen|abgemeldet|angemeldet|angestoßen"
    r"|zugestellt|geliefert|ausgeliefert|weitergeleitet|weitergegeben|informiert"
    r"|benachrichtigt|kontaktiert|angerufen|geschickt|gesendet|versandt|gebucht|reserviert|geändert|aktualisiert"
    r"|veranlasst"
    r"|genehmigt|gutgeschrieben|bestellt|ersetzt|verlängert|erlassen|angelegt|erstellt|eröffnet|eskaliert"
    r"|eingetragen|gelöscht"
    r"|zurückgesetzt|bearbeitet|bestätigt|übermittelt|notiert|vermerkt|gekündigt|verschoben|beauftragt|erledigt"
    r"|eingeleitet|überwiesen)"
)
_DE_CASE = (
    r"(?:erstattung|rückerstattung|rückzahlung|stornierung|buchung|reservierung|bestellung|zahlung|überweisung"
    r"|gutschrift|kündigung|umbuchung|geld|betrag|termin|auftrag|ticket|anfrage|ersatz|änderung|umtausch)"
)
_DE_YOUR = r"(?:ihre?[nmrs]?|deine?[nmrs]?|eure?[nmrs]?|euer)"
_DE_THE = rf"(?:die|der|das|eine?|{_DE_YOUR}|volle)(?: volle| gesamte| ganze)?"
_DE_COLLEAGUE = (
    r"(?:jemand|eine?r? (?:unserer )?(?:kolleg\w+|mitarbeiter\w*|mensch|person|techniker\w*|mechaniker\w*|berater\w*)"
    r"|unser(?:e|er)? (?:team|werkstatt|kundendienst|kollege|kollegin|techniker|mechaniker))"
)
_ES_DONE = (
    r"(?:cancelado|reembolsado|devuelto|reintegrado|ingresado|enviado|reenviado|informado|avisado|notificado"
    r"|contactado|llamado|reservado|cambiado|actualizado|emitido|autorizado|concedido|agendado"
    r"|tramitado|procesado|aprobado|abonado|pedido|sustituido|ampliado|aplicado|creado|abierto|escalado"
    r"|trasladado|transferido|eliminado|borrado|dado de (?:alta|baja)"
    r"|restablecido|confirmado|registrado|solicitado|gestionado|anulado|modificado|programado|pasado|iniciado"
    r"|(?:realizado|efectuado|hecho|completado|puesto en marcha) (?:ya )?(?:el|la|su|tu|un|una) (?:\w+ )?(?:reembolso"
    r"|devolución|cancelación|anulación|reserva|pedido|cambio|pago|transferencia|abono|ingreso|solicitud))"
)
_ES_STEM = (
    r"(?:cancelad|reembolsad|devuelt|reintegrad|ingresad|enviad|reservad|confirmad|procesad|aprobad|anulad|tramitad|entregad"
    r"|cambiad|abonad|emitid|realizad|efectuad|completad|iniciad|cread|abiert|registrad|transferid|agendad)\w*"
)
_ES_CASE = (
    r"(?:reembolso|devolución|cancelación|anulación|reserva|pedido|dinero|importe|pago|cita|solicitud|ticket"
    r"|incidencia|cambio|transferencia|suscripción|abono)"
)
_ES_DO = (
    r"(?:cancelar|reembolsar|devolver|enviar|reenviar|informar|avisar|notificar|contactar|llamar|reservar|cambiar"
    r"|tramitar|procesar|abonar|transferir|pasar|realizar el|hacer el|efectuar|emitir|confirmar su|modificar"
    r"|gestionar|anular|solicitar)(?:le|te|se|lo|la)*"
)
_FR_DONE = (
    r"(?:annulé|expédié|livré|remboursé|rendu|restitué|reversé|viré|renvoyé|envoyé|transmis|transféré|informé|prévenu|notifié"
    r"|contacté|appelé|réservé|modifié|changé|mis à jour|résilié|validé|émis|reporté|déplacé"
    r"|traité|approuvé|crédité|commandé|remplacé|prolongé|appliqué|créé|ouvert|supprimé|réinitialisé|confirmé"
    r"|enregistré|demandé|programmé|planifié|lancé|procédé (?:à|au)"
    r"|(?:effectué|fait|réalisé|initié) (?:le|la|votre|ton|ta|un|une) (?:\w+ )?(?:remboursement|annulation|réservation"
    r"|commande|virement|paiement|changement|demande|résiliation|échange|exception))(?:e?s?)"
)
_FR_STEM = (
    r"(?:annul|rembours|rend|restitu|revers|vir|renvoy|envoy|transmis|transfér|réserv|modifi|confirm|approuv|valid"
    r"|livr|expédi|trait|crédit|effectu|émis|lanc|initi|résili|enregistr|report)[éu]?(?:e?s?)"
)
_FR_CASE = (
    r"(?:remboursement|annulation|réservation|commande|virement|paiement|demande|résiliation|rendez-vous|argent"
    r"|ticket|avoir|échange|montant|abonnement|collègue|conseiller)"
)
_FR_DO = (
    r"(?:annuler|rembourser|rendre|restituer|reverser|virer|envoyer|renvoyer|transmettre|transférer|informer"
    r"|contacter|appeler|rappeler|réserver|modifier|demander|effectuer|confirmer|valider|résilier|prévenir)"
)
_FR_COLLEAGUE = (
    r"(?:quelqu'un|(?:un|une|notre) (?:collègue|conseiller|conseillère|personne|agent|collaborateur|équipe|technicien"
    r"|mécanicien))"
)
_PT_STEM = (
    r"(?:cancelad|reembolsad|devolvid|restituíd|estornad|creditad|enviad|reservad|confirmad|processad|aprovad|alterad|entregue"
    r"|agendad|marcad|encaminhad|efetuad|efectuad|realizad|feit|emitid|concluíd|iniciad|criad|abert|registad"
    r"|registrad|transferid|anulad)\w*"
)
_PT_CASE = (
    r"(?:reembolso|devolução|cancelamento|anulação|reserva|pedido|encomenda|dinheiro|valor|montante|pagamento|estorno"
    r"|transferência|marcação|agendamento|consulta|troca|assinatura|subscrição|ticket|chamado)"
)
_PT_DO = (
    r"(?:cancelar|reembolsar|devolver|restituir|estornar|enviar|encaminhar|informar|avisar|contactar|contatar|ligar"
    r"|reservar|agendar|marcar|alterar|processar|solicitar|transferir|pedir|efetuar|realizar o|fazer o)"
)
_IT_DONE = (
    r"(?:annullato|rimborsato|restituito|versato|bonificato|riaccreditato|inviato|inoltrato|informato|avvisato|spedito"
    r"|contattato|chiamato|prenotato|modificato|aggiornato|elaborato|emesso|fissato|spostato|avviato|disposto"
    r"|approvato|accreditato|ordinato|sostituito|applicato|creato|aperto|trasferito|eliminato|confermato"
    r"|registrato|richiesto|cancellato|disdetto|segnalato|pagato|attivato|disattivato|provveduto"
    r"|(?:effettuato|fatto|eseguito|completato) (?:il|la|un|una|l')(?: \w+)? ?(?:rimborso|annullamento|prenotazione"
    r"|ordine|bonifico|pagamento|modifica|cambio|richiesta|disdetta))"
)
_IT_STEM = (
    r"(?:annullat|rimborsat|restituit|versat|bonificat|inviat|spedit|consegnat|inoltrat|prenotat|modificat|confermat|approvat"
    r"|elaborat|emess|effettuat|eseguit|completat|avviat|accreditat|cancellat|disdett|trasferit|registrat|fissat"
    r"|aperto|creat)\w*"
)
_IT_YOUR = r"(?:(?:il|la|i|le) (?:suo|sua|suoi|sue|tuo|tua|tuoi|tue|vostro|vostra))"
_IT_COLLEAGUE = (
    r"(?:qualcuno|(?:un|una) (?:nostro |nostra )?(?:collega|operatore|operatrice|persona|tecnico|meccanico))"
)
_IT_CASE = (
    r"(?:rimborso|annullamento|prenotazione|ordine|bonifico|pagamento|importo|denaro|soldi|somma|richiesta|disdetta"
    r"|appuntamento|abbonamento|cambio|ticket)"
)
_NL_DONE = (
    r"(?:geannuleerd|terugbetaald|teruggestort|teruggegeven|teruggestuurd|teruggeboekt|overgemaakt|gestort"
    r"|bezorgd|afgeleverd|doorgestuurd|doorgegeven|uitgevoerd|doorgevoerd|afgezegd|verzet|omgeboekt|ingepland|ingeboekt|ingeschreven"
    r"|uitgeschreven|stopgezet|aangevraagd|geactiveerd|afgerond|opgelost|verstuurd|gecrediteerd|ingelicht"
    r"|geïnformeerd|gecontacteerd|gebeld|gestuurd|verzonden"
    r"|geboekt|gereserveerd|gewijzigd|aangepast|verwerkt|goedgekeurd|besteld|vervangen|verlengd|aangemaakt"
    r"|ingediend|geregeld|bevestigd|opgezegd|gemeld)"
)
_NL_CASE = (
    r"(?:terugbetaling|restitutie|annulering|boeking|reservering|betaling|bestelling|bedrag|geld|afspraak|opzegging"
    r"|overboeking|aanvraag|wijziging|abonnement|ticket)"
)
_NL_COLLEAGUE = r"(?:iemand|een (?:collega|medewerker|monteur|technicus)|ons team|onze (?:monteur|werkplaats|collega))"
_JA_DEED = (
    "(?:キャンセル|返金|ご?返品|払い戻し|取り消し|取消|転送|連絡|手配|予約|変更|更新|発送|送信|送金|振り?込み?|処理"
    "|承認|申請|登録|削除|解約|報告|共有|引き継ぎ|お伝え|お返し|お送り|お支払い|手続き|交換|確定)"
)
_JA_STEPS = "(?:の?(?:お?手続き|処理|手配|申請))?(?:は|を|が|も)?(?:すでに|既に|先ほど|ただいま|無事に?|全て|すべて)?"
_JA_ONLY_TOLD = "(?!ら|場合|か|[、,]?という|とき|時|後|ことを|[^。]{0,4}(?:意味|旨))"
"""What is asked, or told about, was not done."""
_AR_DEED = (
    "(?:ال)?(?:إلغاء|الغاء|استرداد|استرجاع|رد|إرجاع|إرسال|ارسال|تحويل|إبلاغ|حجز|تغيير|تحديث|تعديل|معالجة|تأكيد|تسجيل"
    "|فتح|إنشاء|الموافقة|موافقة|تقديم|إعادة|اعادة|دفع|إيداع|شحن)"
)

# For each language, the alternatives of each kind; all begin at a word.
_WORDINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "mine": (
            rf"i(?: have|'?ve| had)?{_EN_ADVERBS} {_EN_DONE}\b(?! by\b)",
            rf"i(?:'ll| will| shall| am going to|'m going to|'m about to){_EN_ADVERBS} {_EN_DO}\b",
            rf"i(?:'m| am){_EN_ADVERBS} {_EN_DOING}\b",
            rf"i(?: have|'?ve)? (?:managed|was able|been able) to {_EN_DO}\b",
            r"i (?:guarantee|promise)\b|i went ahead and\b",
            rf"i(?: have|'?ve)? (?:got|had) (?:your|the) (?:[\w-]+ ){{1,3}}?{_EN_DONE}\b",
            r"i (?:can |hereby )?confirm (?:the|your) (?:cancellation|refund|booking|reservation|appointment)\b",
            r"let me (?:go ahead and )?(?:refund|cancel|book|forward|transfer|process)\b",
            r"it(?:'s| has| is)(?: all| already| now)* (?:been )?(?:taken care of|sorted|seen to)\b",
            rf"consider (?:it|your|the)(?: [\w-]+){{0,2}}? (?:done|{_EN_DONE})\b",
            rf"(?<!\w )(?<!\w, ){_EN_DONE}[.!](?:\W|$)|(?<!\w )(?:all )?done[.!]",
        ),
        "told": (
            rf"we(?: have|'?ve| had)?{_EN_ADVERBS} {_EN_DONE}\b{_EN_THEIRS}",
            rf"we(?: have|'?ve){_EN_ADVERBS} {_EN_DONE} (?:an?|the) (?:full )?(?:refund|money|order|booking|appointment"
            r"|payment|amount)\b",
            rf"we(?:'re| are){_EN_ADVERBS} {_EN_DOING} (?:you|your|the (?:full )?{_EN_CASE})\b",
            r"you now have an? (?:appointment|booking|reservation|place)\b",
            rf"your (?:[\w-]+ ){{1,3}}?(?:has been|have been|was|were|got){_EN_NOW} {_EN_DONE}\b",
            rf"your (?:[\w-]+ ){{1,3}}?(?:has|have)(?: (?:now|just|already))+ been{_EN_NOW} {_EN_DONE}\b",
            rf"your (?:[\w-]+ ){{1,3}}?(?:is|are)(?: (?:now|already|hereby|officially))+ {_EN_DONE}\b",
            rf"your (?:[\w-]+ ){{1,3}}?(?:is|are){_EN_NOW} being {_EN_DONE}\b",
            rf"(?:an?|the|this|full) (?:[\w-]+ )?{_EN_CASE}{_EN_ABOUT} (?:has|have|was|were)"
            rf"{_EN_NOW}(?: been)?{_EN_NOW} {_EN_DONE}\b",
            rf"(?:the|your) (?:full )?{_EN_CASE} (?:went|has gone|is all) through\b",
            rf"you(?: have|'ve){_EN_NOW} been{_EN_NOW} (?:refunded|reimbursed|repaid|credited|booked|rebooked|paid back"
            r"|unsubscribed|upgraded|registered|signed up|enrolled|scheduled|given (?:a|your) (?:full )?refund)\b",
            rf"you (?:were|got){_EN_NOW} (?:refunded|reimbursed|repaid|credited|booked|rebooked)\b",
            rf"{_EN_COLLEAGUE} (?:is|has|have)(?: already| now)* (?:on (?:the|their|its) way|being|been {_EN_DONE}"
            r"|looking into|calling|coming)\b",
            r"help is(?: already| now)* on (?:the|its) way\b",
            r"(?:staff|colleague|manager|team|person|someone) (?:is|are)(?: already| now)* (?:calling|contacting"
            r"|e-?mailing|writing to) you\b",
            rf"(?<!that )(?<!which )(?:was|were|has been|have been) {_EN_DONE} for you\b",
            r"(?<!\w )(?:refund|payment|order|booking|appointment|subscription) (?:sent|cancell?ed|booked|moved)[.!]",
            r"(?:refund|cancellation|booking|order|reservation|appointment|payment)(?: is)?:? (?:issued|processed"
            r"|completed?|confirmed|placed|made|approved)(?: for (?:you|\w+day|today|tomorrow))?(?:[.!]|: you\b)",
        ),
        "state": (
            rf"your (?:[\w-]+ ){{1,3}}?(?:is|are) (?:{_EN_READY}|on (?:its|the|their) way)\b",
            r"the (?:order|booking|appointment|reservation|subscription) is (?:cancell?ed|confirmed|booked|moved)\b",
            rf"the (?:full )?{_EN_CASE} is{_EN_NOW} on (?:its|the|their) way\b",
            rf"you(?: are|'re){_EN_NOW} (?:booked|all set|signed up|unsubscribed|rebooked|fully refunded)\b",
        ),
        "will": (
            rf"(?:we|they|{_EN_COLLEAGUE})(?:'ll| will| shall| are going to| is going to){_EN_ADVERBS} {_EN_DO}\b",
            r"(?!carrier|courier|bank|driver|police|insurer)\w{2,15}(?:'ll| will)(?: also| then| soon| \w+ly)*"
            r" (?:call|ring|phone|contact|e-?mail|text|write to"
            r"|get back to|reach out to|visit|come to) you\b",
            rf"you(?:'ll| will)(?: also| then| soon| \w+ly)* be {_EN_DONE}\b",
            rf"your (?:[\w-]+ ){{1,3}}?will(?: also| then| soon| \w+ly)* be {_EN_DONE}\b",
            r"your (?:[\w-]+ ){1,3}?(?:is|are) (?:refunded|credited)\b",
            r"you(?:'ll| will) (?:get|receive|have) an? (?:call|callback|visit)\b",
            r"expect (?:a|our|the) (?:call|callback|ring|visit|e-?mail)\b",
        ),
    },
    "de": {
        "mine": (
            rf"(?:ich hab(?:e)?|habe? ich)\b{_DE_GAP}\b{_DE_DONE}\b",
            rf"(?:ich konnte|konnte ich)\b{_DE_GAP}\b(?:stornieren|erstatten|buchen|umbuchen|verschieben|ändern"
            r"|veranlassen)\b",
            r"ich (?:werde|leite|storniere|erstatte|zahle|veranlasse|kümmere|sorge|schicke (?:ihnen|dir|euch)"
            r"|sende (?:ihnen|dir|euch)|informiere|erlasse|trage (?:sie|dich|das)|buche (?:sie|dich|das)"
            r"|benachrichtige|kontaktiere|buche|reserviere"
            r"|ändere|rufe (?:sie|dich|euch)|gebe das|gebe es|verspreche|garantiere|überweise|bestelle"
            r"|beauftrage)\b(?! (?:ihnen |dir |euch )?(?:gern|gerne) (?:helfen|weiterhelfen|erklären))"
            r"(?![^.!?]{0,60}\b(?:helfen|erklären|zusammenfassen|antworten|beantworten|nennen|zeigen|auflisten|sagen"
            r"|suchen|nachsehen)\b)",
            r"(?:sie (?:bekommen|erhalten)|du (?:bekommst|erhältst)) von mir\b[^.!?;\n]{0,40}"
            r"\b(?:zurück|geld|erstattung)\w*",
        ),
        "told": (
            rf"(?:wir haben|haben wir)\b{_DE_GAP}\b{_DE_DONE}\b",
            rf"{_DE_YOUR} (?:[\w-]+ ){{1,3}}?wurden?\b[^.!?;,\n]{{0,40}}?\b{_DE_DONE}\b",
            rf"{_DE_YOUR} (?:[\w-]+ ){{1,3}}?(?:ist|sind)\b[^.!?;,\n]{{0,40}}?\b{_DE_DONE} worden\b",
            rf"(?<=\w )wurden? {_DE_YOUR} (?:[\w-]+ ){{1,3}}?[^.!?;,\n]{{0,30}}?\b{_DE_DONE}\b",
            rf"(?:(?:ihnen|dir|euch) wurden?|wurden? (?:ihnen|dir|euch))\b[^.!?;,\n]{{0,40}}?\b{_DE_DONE}\b",
            rf"(?:sie wurden|du wurdest)\b[^.!?;,\n]{{0,40}}?\b{_DE_DONE}\b",
            rf"{_DE_THE} {_DE_CASE} läuft (?:bereits|schon)\b",
            rf"{_DE_THE} {_DE_CASE} wurde\b[^.!?;,\n]{{0,40}}?\b{_DE_DONE}\b",
            rf"{_DE_THE} {_DE_CASE} ist\b[^.!?;,\n]{{0,40}}?\b(?:{_DE_DONE} worden|erfolgt|unterwegs|auf dem weg|raus"
            r"|durch(?=[.!])|eingeleitet|veranlasst|angewiesen)\b",
            rf"(?:{_DE_COLLEAGUE}|der techniker)\b[^.!?;,\n]{{0,30}}? (?:wurde|ist)\b[^.!?;,\n]{{0,30}}?"
            r"\b(?:informiert|benachrichtigt|beauftragt|unterwegs)\b",
        ),
        "state": (
            rf"{_DE_THE} {_DE_CASE} ist\b[^.!?;,\n]{{0,40}}?\b{_DE_DONE}\b(?! worden)",
            rf"{_DE_YOUR} (?:[\w-]+ ){{1,3}}?(?:ist|sind)\b[^.!?;,\n]{{0,40}}?\b(?:{_DE_DONE}|unterwegs"
            r"|auf dem weg)\b(?! worden)",
            r"(?:sie sind|du bist)(?: \w+){0,3}? (?:eingebucht|gebucht|eingetragen|vorgemerkt)\b",
        ),
        "will": (
            rf"(?:wir|{_DE_COLLEAGUE})\b[^.!?;,\n]{{0,30}}?\b(?:werden|wird)\b[^.!?;\n]{{0,60}}?"
            r"\b(?:stornieren|erstatten|kontaktieren|anrufen|zurückrufen|melden|informieren|benachrichtigen|schicken"
            r"|senden|ersetzen|buchen|schreiben|zurückzahlen|überweisen|vorbeikommen)\b",
            rf"(?:wird|werden) (?:sich )?(?:wir|{_DE_COLLEAGUE})\b[^.!?;\n]{{0,60}}?"
            r"\b(?:melden|anrufen|kontaktieren|erstatten)\b",
            r"(?:sie werden|du wirst)\b[^.!?;\n]{0,40}?\b(?:kontaktiert|angerufen|zurückgerufen|benachrichtigt"
            r"|informiert)\b",
            r"(?:(?:ihnen|dir|euch) wird|wird (?:ihnen|dir|euch))\b[^.!?;\n]{0,60}?\b(?:erstattet|gutgeschrieben"
            r"|zugeschickt|ersetzt|zurückgezahlt|überwiesen)\b",
            r"wir (?:melden uns|rufen (?:sie|dich|euch)|erstatten (?:ihnen|dir|euch)|kontaktieren (?:sie|dich|euch))\b",
            rf"{_DE_COLLEAGUE} (?:ruft|meldet|kontaktiert|schreibt|kümmert|kommt|besucht)\b[^.!?;,\n]{{0,20}}?"
            r"\b(?:sie|dich|euch|sich|ihnen|dir)\b",
            rf"es meldet sich (?:\w+ )?{_DE_COLLEAGUE}",
        ),
    },
    "es": {
        "mine": (
            rf"he(?: ya)? {_ES_DONE}\b",
            r"(?:cancelé|reembolsé|devolví|envié|reenvié|anulé|reservé|tramité|cambié|llamé|solicité"
            r"|procesé|aprobé|abrí|creé|transferí|gestioné|modifiqué|programé|(?:realicé|hice|efectué|emití)"
            r" (?:el|la|su|tu|un|una))\b",
            # These are French participles as well.
            r"(?:(?:le|te|les|ya) (?:avisé|informé|confirmé)|(?:avisé|informé|confirmé) (?:su|tu|al|el))\b",
            r"(?:cancelaré|reembolsaré|devolveré|enviaré|reenviaré|informaré|avisaré|notificaré|contactaré|llamaré"
            r"|reservaré|cambiaré|actualizaré|tramitaré|procesaré"
            r"|abonaré|aplicaré|crearé|abriré|trasladaré|transferiré|pasaré|gestionaré|anularé|solicitaré|encargaré"
            r"|pondré en contacto)\b",
            rf"(?:voy a|acabo de|pude|logré|conseguí|he (?:podido|logrado|conseguido)) {_ES_DO}\b",
            r"estoy (?:cancelando|reembolsando|devolviendo|enviando|tramitando|procesando|transfiriendo|gestionando)\b",
            r"(?:le|te) (?:garantizo|prometo)\b",
        ),
        "told": (
            rf"hemos(?: ya)? {_ES_DONE}\b|devolvimos\b|acabamos de {_ES_DO}\b",
            rf"(?:su|tu|sus|tus) (?:[\w-]+ ){{1,3}}?(?:ya )?(?:ha sido|han sido|ha quedado|han quedado|se ha|se han"
            rf"|está siendo|fue|fueron|quedó)(?: ya)? {_ES_STEM}",
            rf"(?:el|la|un|una) (?:\w+ )?{_ES_CASE}(?: \w+){{0,2}}? (?:ya )?(?:ha sido|ha quedado|se ha|está siendo|fue"
            rf"|quedó)(?: ya)? {_ES_STEM}",
            rf"(?:su|tu|el|la) {_ES_CASE} ya está(?: en (?:marcha|camino|curso)| {_ES_STEM})",
            rf"se (?:le |te |les )?(?:ha|han) (?:ya )?{_ES_STEM} (?:un|una|el|la|su|tu|los|las)\b",
            rf"se (?:le|te|les) (?:ha|han) (?:ya )?{_ES_STEM}",
            r"(?:su|tu|sus|tus) (?:[\w-]+ ){1,3}?se (?:canceló|anuló|reembolsó|devolvió|envió|entregó|confirmó|procesó"
            r"|tramitó)\b",
            rf"ya está (?:hech[oa]|{_ES_STEM}) (?:el|la|su|tu)\b",
            r"(?:ha|has) sido (?:reembolsad|inscrit|dad[oa] de)\w*",
        ),
        "state": (
            r"(?:su|tu|sus|tus) (?:[\w-]+ ){1,3}?(?:está|están|queda|quedan)(?: ya| ahora)? (?:cancelad|anulad"
            r"|confirmad|reservad|aprobad|reembolsad|agendad|programad|en camino|en marcha)\w*",
            r"(?:está|estás) (?:ya )?(?:inscrit|apuntad)[oa]\b",
        ),
        "will": (
            r"(?:le|te|les|nos|se) (?:llamamos|llamaremos|contactaremos|reembolsaremos|enviaremos|avisaremos|llamará"
            r"|contactará|escribirá|pondrá|pondrán|pondremos|reembolsará|devolveremos|visitará)\b",
            r"(?:será|serán|serás) (?:reembolsad|contactad|llamad|avisad|informad)\w*",
            r"(?:cancelaremos|reembolsaremos|contactaremos)\b",
            r"(?:alguien|(?:un|una) (?:compañer[oa]|colega|agente|persona|técnic[oa]|mecánic[oa]))[^.,;]{0,20}?"
            r" (?:le|te|les|se) (?:llama|contacta|escribe|visita|pone)\b",
        ),
    },
    "fr": {
        "mine": (
            rf"j'ai(?: bien| déjà| donc| aussi| également)* {_FR_DONE}\b",
            rf"je (?:vous|t'|te|le|la|les|l'|lui|leur) ?(?:l'|les |la |le )?ai(?: bien| déjà)* {_FR_DONE}\b",
            r"je (?:vous |te |le |la |les |lui |leur |m'en |l')?(?:annulerai|rembourserai|rendrai|verserai|enverrai"
            r"|transmettrai|transférerai|informerai|contacterai|appellerai|rappellerai|préviendrai"
            r"|réserverai|modifierai|chargerai|occuperai|créerai|demanderai|appliquerai|annule|rembourse|transmets"
            r"|transfère|rappelle|réserve|m'en occupe|garantis|promets)\b",
            rf"j'ai (?:pu|réussi à) (?:vous |te |le |la |les |l')?{_FR_DO}\b",
            rf"je (?:vais|viens d[e']) ?(?:vous |te |le |la |les |lui |l')?{_FR_DO}\b",
            r"c'est (?:fait|réglé|annulé|remboursé|confirmé)(?=[ ]?[.,!:]|$)",
        ),
        "told": (
            rf"nous (?:vous |te |l'|les |la |le )?avons(?: bien| déjà| donc)* {_FR_DONE}\b",
            rf"nous venons d[e'] ?(?:vous |te |le |la |les |l')?{_FR_DO}\b",
            rf"(?:votre|vos|ton|ta|tes) (?:[\w-]+ ){{1,3}}?(?:a|ont)(?: bien| déjà)* été(?: bien| déjà)* {_FR_STEM}\b",
            rf"(?:(?:le|la|un|une|cette) (?:\w+ )?|l'){_FR_CASE}(?: \w+){{0,2}}? (?:a|ont)(?: bien| déjà)* été"
            rf" (?:{_FR_STEM}|créée?|ouverte?|informée?|prévenue?|contactée?)\b",
            rf"(?:votre|ton|ta|le|la) {_FR_CASE} est(?: bien| déjà)* (?:partie?|en cours)\b",
            rf"on (?:vous|t'|te|l'|les) ?a(?: bien| déjà)* {_FR_DONE}\b",
            r"(?:vous avez|tu as)(?: bien| déjà)* été (?:rembours|inscrit|crédit)\w*",
        ),
        "state": (
            r"(?:votre|vos|ton|ta|tes) (?:[\w-]+ ){1,3}?(?:est|sont)(?: bien| maintenant| désormais| déjà)*"
            r" (?:annul|rembours|réserv|confirm|approuv|valid|résili)é(?:e?s?)\b",
            r"(?:votre|vos|ton|ta|tes) (?:[\w-]+ ){1,3}?(?:est|sont)(?: bien| maintenant| désormais| déjà)*"
            r" en (?:route|chemin|cours de (?:remboursement|traitement|annulation))\b",
            r"(?:vous êtes|tu es)(?: bien| maintenant| déjà)* (?:inscrite?|remboursée?)\b",
        ),
        "will": (
            r"nous (?:vous |te )(?:rappelons|appelons)\b",
            r"nous (?:vous |te )?(?:rembourserons|contacterons|appellerons|rappellerons|enverrons|annulerons"
            r"|préviendrons|recontacterons)\b",
            rf"{_FR_COLLEAGUE}[^.,;]{{0,20}}? (?:va )?(?:vous|te|t') ?(?:contactera|appellera|rappellera|écrira"
            r"|recontactera|remboursera|contacter|appeler|rappeler|écrire|appelle|rappelle|contacte|écrit)\b",
            rf"{_FR_COLLEAGUE}[^.,;]{{0,20}}? (?:va (?:passer|venir)|passe|passera|viendra) chez (?:vous|toi)\b",
            r"(?:vous (?:serez|allez être)|tu seras) (?:remboursé|contacté|rappelé|appelé|prévenu|recontacté)\w*",
        ),
    },
    "pt": {
        "mine": (
            r"(?<!que )(?:cancelei|reembolsei|devolvi|restituí|estornei|enviei|encaminhei|informei|avisei|notifiquei"
            r"|contactei|contatei|liguei|reservei|agendei|marquei|remarquei|alterei|atualizei|emiti|mandei|troquei"
            r"|processei|aprovei|creditei|solicitei|apliquei|criei|escalei|transferi|registei|registrei|eliminei"
            r"|apaguei|paguei|repassei|confirmei|providenciei|(?:fiz|efetuei|efectuei|realizei|pedi|abri)"
            r" (?:o|a|um|uma) (?:seu |sua |teu |tua )?(?:reembolso|devolução|cancelamento|reserva|pagamento|pedido"
            r"|encomenda|transferência|troca|ticket|chamado))\b",
            r"(?:cancelarei|reembolsarei|devolverei|enviarei|encaminharei|informarei|contactarei|contatarei"
            r"|entrarei em contac?to|ligarei|providenciarei|transferirei)\b",
            rf"(?:vou|acabei de|consegui|pude)(?: lhe| te)? {_PT_DO}\b",
            r"estou (?:cancelando|reembolsando|devolvendo|enviando|encaminhando|processando|transferindo"
            r"|a (?:cancelar|reembolsar|devolver|enviar|processar))\b",
            r"(?:garanto|prometo)\b",
        ),
        "told": (
            r"(?:cancelámos|reembolsámos|enviámos|reservámos|creditámos|(?:cancelamos|reembolsamos|enviamos"
            r"|devolvemos) já|já (?:cancelamos|reembolsamos|enviamos|devolvemos|processamos|aprovamos))\b",
            rf"acabámos de {_PT_DO}\b|acabamos de {_PT_DO}\b",
            r"(?:seu|sua|seus|suas|teu|tua|teus|tuas) (?:[\w-]+ ){1,3}?(?:já )?(?:foi|foram|está sendo|estão sendo"
            rf"|está a ser|ficou|acaba de ser) {_PT_STEM}",
            rf"(?:o|a|um|uma) (?:\w+ )?{_PT_CASE}(?: \w+){{0,2}}? (?:já )?(?:foi|está sendo|está a ser|ficou|acaba de"
            rf" ser) {_PT_STEM}",
            rf"(?:foi|foram)-(?:lhe|te) {_PT_STEM}",
            r"(?:você|já|foste) (?:já )?(?:foi )?reembolsad[oa]\b",
        ),
        "state": (
            r"(?:seu|sua|seus|suas|teu|tua|teus|tuas) (?:[\w-]+ ){1,3}?(?:já )?(?:está|estão|fica|ficam)"
            r" (?:a caminho|(?:cancelad|confirmad|reservad|aprovad|agendad|marcad|reembolsad)\w*)",
            rf"(?:o|a) {_PT_CASE} (?:já )?está a caminho\b",
            r"(?:está|estás) (?:já )?(?:inscrit|agendad)[oa]\b",
        ),
        "will": (
            r"(?:vamos|iremos) (?:lhe |te )?(?:reembolsar|devolver|ligar|contactar|contatar|entrar em contac?to|enviar"
            r"|cancelar)\b",
            r"entraremos em contac?to\b|(?:ligamos|telefonamos)-(?:lhe|te)\b",
            r"(?:alguém|(?:um|uma) (?:colega|pessoa|atendente|agente|técnic[oa]|mecânic[oa]|funcionári[oa]))"
            r"[^.,;]{0,20}? (?:irá|vai|ligará|liga|entrará|entra em|contacta|visita)\b",
            r"(?:será|serão|serás) (?:reembolsad|contactad|contatad|cancelad|avisad)\w*",
        ),
    },
    "it": {
        "mine": (
            rf"ho(?: già| appena| anche)* {_IT_DONE}\b",
            r"(?:annullerò|rimborserò|restituirò|invierò|inoltrerò|informerò|avviserò|contatterò|chiamerò|richiamerò"
            r"|prenoterò|modificherò|occuperò|trasferirò|richiederò"
            r"|applicherò|aprirò)\b",
            r"sto (?:annullando|rimborsando|restituendo|inviando|inoltrando|elaborando|trasferendo|prenotando)\b",
            r"(?:sono riuscit[oa] ad?|ho potuto) (?:annullare|rimborsare|prenotare|spostare|modificare|cancellare)\b",
            r"(?:garantisco|prometto)\b",
        ),
        "told": (
            rf"abbiamo(?: già| appena| anche)* {_IT_DONE}\b",
            rf"{_IT_YOUR} (?:[\w-]+ ){{1,3}}?(?:è|sono)(?: già| appena)* (?:stat[oaie](?: già| appena)* {_IT_STEM}"
            r"|in corso di)",
            rf"(?:(?:il|la|un|una|i) |l'){_IT_CASE}(?: \w+){{0,2}}? (?:è|sono)(?: già| appena)* stat[oaie]"
            rf"(?: già| appena)* {_IT_STEM}",
            rf"(?:il|la|l'|il suo|la sua|il tuo|la tua) ?{_IT_CASE} è(?: già)? (?:in (?:arrivo|corso)|partit[oa])\b",
            r"è(?: già| appena)* stat[oa] rimborsat[oa]\b|sei(?: già)? stat[oa] rimborsat[oa]\b",
        ),
        "state": (
            rf"{_IT_YOUR} (?:[\w-]+ ){{1,3}}?(?:è|sono)(?: già| ora)* (?:annullat|confermat|prenotat|approvat"
            r"|riservat|fissat|rimborsat|in arrivo)\w*",
        ),
        "will": (
            r"(?:la |vi |ti |le )?(?:rimborseremo|contatteremo|chiameremo|richiameremo|invieremo|annulleremo"
            r"|avviseremo|restituiremo)\b",
            rf"{_IT_COLLEAGUE}[^.,;]{{0,20}}? (?:la|ti|vi|le) (?:contatterà|chiamerà|richiamerà|scriverà|chiama"
            r"|richiama|contatta|scrive)\b",
            rf"{_IT_COLLEAGUE}[^.,;]{{0,20}}? (?:verrà|passerà|viene|passa) da (?:lei|te|voi)\b",
            r"(?:sarà|sarai|verrà) (?:rimborsat|contattat|chiamat|avvisat)\w*",
        ),
    },
    "nl": {
        "mine": (
            rf"(?:ik heb|heb ik)\b{_NL_GAP}\b{_NL_DONE}\b",
            r"ik (?:zal|ga)\b[^.!?;\n]{0,50}?\b(?:annuleren|terugbetalen|terugstorten|doorsturen|doorgeven|informeren"
            r"|bellen|sturen|boeken|reserveren|wijzigen|regelen|contacteren)\b",
            r"ik (?:annuleer|betaal|stort|bel|boek|regel|stuur|geef dit|geef het|garandeer|beloof)\b",
        ),
        "told": (
            rf"(?:(?:we|wij) hebben|hebben (?:we|wij))\b{_NL_GAP}\b{_NL_DONE}\b",
            rf"(?:uw|je|jouw) (?:[\w-]+ ){{1,3}}?(?:werd|werden)\b[^.!?;,\n]{{0,30}}?\b{_NL_DONE}\b",
            rf"(?:de|het|een|uw|je|jouw) (?:volledige )?{_NL_CASE} (?:is|werd)\b[^.!?;,\n]{{0,30}}?\b(?:uitgevoerd"
            r"|verwerkt|gedaan|verstuurd|gestort|onderweg|in gang gezet|afgerond|doorgevoerd|overgemaakt"
            r"|teruggestort)\b",
            rf"(?:de|het|een) {_NL_CASE} werd\b[^.!?;,\n]{{0,30}}?\b{_NL_DONE}\b",
        ),
        "state": (
            rf"(?:uw|je|jouw) (?:[\w-]+ ){{1,3}}?(?:is|zijn)\b[^.!?;,\n]{{0,30}}?\b(?:{_NL_DONE}|onderweg)\b",
            rf"(?:de|het|een) {_NL_CASE} is\b[^.!?;,\n]{{0,30}}?\b{_NL_DONE}\b",
            r"(?:u bent|je bent)(?: \w+){0,2}? (?:terugbetaald|ingeboekt|ingeschreven|geboekt|ingepland)\b",
        ),
        "will": (
            rf"(?:we|wij|{_NL_COLLEAGUE}) (?:zullen|zal|gaan|gaat)\b[^.!?;\n]{{0,50}}?"
            r"\b(?:terugbetalen|terugstorten|bellen|contacteren|contact|sturen|annuleren)\b",
            r"(?:we|wij) bellen (?:u|je|jou)\b",
            r"(?:u wordt|je wordt)\b[^.!?;\n]{0,40}?\b(?:gebeld|teruggebeld|gecontacteerd|terugbetaald)\b",
            rf"{_NL_COLLEAGUE} (?:neemt contact|(?:belt|mailt|contacteert|schrijft|bezoekt) (?:u|je|jou)\b"
            r"|komt (?:\w+ )?(?:bij|naar) (?:u|je|jou)\b)",
        ),
    },
    "ja": {
        "mine": ("(?:必ず|今すぐ)[^。]{0,20}(?:返金|対応)します|お約束します|保証いたします",),
        "told": (
            rf"{_JA_DEED}{_JA_STEPS}(?:(?:が|を)?(?:完了|終了))?(?:いた|致)?"
            r"(?:しました|を?行いました|承りました|済みです|させていただきました|されました|されています|しております|しておきます|しておきました"
            rf"|できました|が?取れました){_JA_ONLY_TOLD}",
            rf"(?:お金|代金|全額|料金)を?(?:お返し|返し|払い戻し)(?:いた|致)?し?ました{_JA_ONLY_TOLD}",
            rf"(?:払い戻し|取り消し|送り|伝え)ました{_JA_ONLY_TOLD}",
        ),
        "state": (),
        "will": (
            rf"{_JA_DEED}(?:を|は)?(?:いたします|致します|させていただきます)(?!か)",
            r"(?:(?:本日|今日|後ほど|まもなく|すぐに?|明日)、?)?(?:担当者|スタッフ|弊社|当店|係の者)(?:から|が|より|で)?[^。]{0,30}?(?:連絡|電話|返信|返金|対応|訪問|伺)"
            r"(?:い|を)?(?:いた|致)?(?:します|があります)",
            r"折り返し[^。]{0,15}(?:連絡|電話)|(?:返金|交換)されます",
        ),
    },
    "ar": {
        "mine": (
            rf"قمت (?:ب)?{_AR_DEED}",
            r"(?:[أا]لغيت|[أا]رسلت|حولت|حجزت|[أا]بلغت|اتصلت|استرددت|استرجعت|رددت|[أا]عدت|دفعت|[أا]كدت)(?!\w)",
            r"(?:سألغي|سأرسل|سأحول|سأتصل|سأبلغ|سأحجز|سأقوم|سأعيد|سأطلب|سأتواصل|سأرد|سأخبر|سوف أ\w+|أضمن لك|أعدك)",
        ),
        "told": (
            rf"(?:تم|تمت|جرى|جرت|قمنا|اكتمل|اكتملت)(?: بالفعل)? (?:ب|عملية )?{_AR_DEED}",
            r"(?:[أا]لغينا|[أا]رسلنا|حولنا|حجزنا|[أا]بلغنا|استرددنا|استرجعنا|رددنا|[أا]عدنا|[أا]كدنا|دفعنا)(?!\w)",
        ),
        "state": (
            r"(?:طلبك|حجزك|موعدك|اشتراكك) (?:الآن )?(?:ملغى|ملغي|مؤكد|محجوز|في الطريق)",
            r"(?:المبلغ|المال|المبلغ المسترد) (?:الآن )?في (?:طريقه|الطريق)",
        ),
        "will": (
            r"(?:سوف ن|سن)(?:تصل|لغي|رسل|رد|عيد|قوم|تواصل)|(?:سيتصل|سيتواصل|سيقوم|سيزورك)(?!\w)",
            r"سيتم (?:رد|إلغاء|استرداد|إرسال|الاتصال|التواصل|تحويل|إعادة)",
            r"(?:يتصل|يتواصل) (?:بك|معك) (?:أحد|شخص|زميل)",
        ),
    },
}

_WHEN = {
    "en": r"\b(?:if|when|whenever|once|after|as soon as|until|unless|whether|before|means?|meaning|says?|shows?|since"
    r"|why|how|sorry|hear|which|who|whose|where|in case)\b"
    r"|\b(?:days?|date|moment|time|card|method|account|address|link|e-?mail|mail|message|code|number|label"
    r"|confirmation|letter|invoice)(?: that| on)? $"
    r"|\b(?:check|make sure|ensure|verify|see)(?: that)? $",
    "de": r"\b(?:wenn|falls|sobald|nachdem|ob|bis|bevor|sofern|bedeutet|heißt|zeigt|besagt|seit|warum|tut mir leid)\b",
    "es": r"\b(?:si|cuando|una vez|después de|en cuanto|hasta que|desde que|significa|indica|quiere decir|por qué"
    r"|siento|lamento|d[ií]a que)\b|\ben (?:el |la )?que\b",
    "fr": r"\b(?:si|quand|lorsque|lorsqu'|une fois|dès que|après|depuis que|jusqu'à|signifie|indique|veut dire"
    r"|pourquoi|désolée?|où)\b",
    "pt": r"\b(?:se|quando|uma vez|depois|assim que|até que|desde que|significa|indica|quer dizer|por que|porque"
    r"|lamento)\b|\bem que\b",
    "it": r"\b(?:se|quando|una volta|dopo|appena|finché|significa|indica|vuol dire|perché|in cui|mi dispiace)\b",
    "nl": r"\b(?:als|wanneer|zodra|nadat|totdat|sinds|betekent|waarom|waarop|helaas|spijt|dag dat)\b"
    r"|\bof $",
    "ja": r"もし|たら、",
    "ar": r"إذا|عندما|بعد أن|حتى|في حال|هل |لو |بمجرد|كلما|عند |منذ|أنك |لأنك |يعني|تعني|الذي |التي ",
}
_NEGATED = {
    "en": r"\b(?:not(?! only)|never|cannot|nobody|no one)\b|n't\b",
    "de": r"\b(?:nichts?(?! nur)|nie|niemand|kein\w*)\b",
    "es": r"\b(?:no(?! sol)|nunca|nadie|nada)\b",
    "fr": r"\b(?:ne|pas(?! seulement| que)|jamais|rien)\b|\bn'",
    "pt": r"\b(?:não(?! s)|nunca|ninguém|nada)\b",
    "it": r"\b(?:non(?! sol)|mai|nessuno|niente)\b",
    "nl": r"\b(?:niets?(?! alleen)|nooit|niemand|geen)\b",
    "ja": r"ません|ない",
    "ar": r"(?<!\w)(?:لا|لم|لن|لست|ليس)(?!\w)",
}
_RULE = {
    "en": r"\b(?:if|when|whenever|once|within|until|unless|otherwise|without|after|before|as soon as|at once"
    r"|straight ?away|immediately|automatically|by (?:e-?mail|post|text)|only|usually|normally|always|every|each"
    r"|in (?:that|this) case|for \d+ (?:hours|days|weeks))\b|\Afor\b",
    "de": r"\b(?:wenn|falls|sobald|nachdem|innerhalb|binnen|bis|sonst|andernfalls|ohne"
    r"|nach (?:ablauf|\d+|de[rm]|eine[rm])|sofort|automatisch|per e-?mail|nur|erst|immer|normalerweise|in der regel"
    r"|jede\w*|\d+ (?:stunden|tage|wochen))\b",
    "es": r"\b(?:si|cuando|una vez|en cuanto|dentro de|en un plazo|hasta|de lo contrario|sin|después|antes"
    r"|inmediatamente|al instante|automáticamente|por correo|solo|sólo|siempre|normalmente|cada|durante \d+)\b",
    "fr": r"\b(?:si|quand|lorsque|dès|une fois|dans (?:les|un délai)|sous \d+|jusqu'|sinon|sans|après|avant|aussitôt"
    r"|immédiatement|tout de suite|automatiquement|par (?:e-?mail|courriel)|seulement|toujours|chaque|pendant \d+)",
    "pt": r"\b(?:se|quando|uma vez|assim que|no prazo|dentro de|até|caso contrário|sem|depois|após|antes"
    r"|imediatamente|logo que|automaticamente|por e-?mail|só|sempre|normalmente|cada|durante \d+)\b",
    "it": r"\b(?:se|quando|una volta|appena|entro|fino|altrimenti|senza|dopo|prima|subito|immediatamente"
    r"|automaticamente|via e-?mail|per e-?mail|solo|sempre|di solito|ogni|per \d+ (?:ore|giorni|settimane))\b",
    "nl": r"\b(?:als|wanneer|zodra|nadat|binnen|tot|anders|zonder|na|direct|meteen|automatisch|per e-?mail"
    r"|alleen|altijd|meestal|elke|\d+ (?:dagen|weken))\b",
    "ja": r"以内|場合|自動的|すぐに",
    "ar": r"إذا|عندما|خلال|بعد|قبل|حتى|وإلا|دون|فورا|تلقائيا|عبر البريد",
}
_SOON = (
    r"\b(?:now|shortly|today|tonight|tomorrow|right away|straight ?away|at once|immediately|this (?:morning|afternoon"
    r"|evening)|in a (?:moment|minute)|any (?:moment|minute)"
    r"|gleich|sofort|umgehend|heute|morgen|in kürze|en breve|enseguida|hoy|mañana|ahora|tout de suite|aujourd'hui"
    r"|demain|bientôt|maintenant|hoje|amanhã|agora|em breve|subito|oggi|domani|adesso|a breve|zo|zo meteen|vandaag"
    r"|straks)\b|本日|今日|今すぐ|すぐに|後ほど|まもなく|明日|قريبا|اليوم|الآن|غدا|فورا"
)
_EXPLAINED = (
    # What a word means.
    r"\bmean(?:s|ing|t)?\b|\bstands? for\b|\b(?:bedeute\w*|hei(?:ß|ss)t|besagt)\b|\bsignifi\w+|\bquiere decir\b"
    r"|\bveut dire\b|\bquer dizer\b|\bvuol dire\b|\bbeteken\w*|意味|とは|って何|تعني|يعني|معنى"
    # What the customer was told already.
    r"|\b(?:order|status|it|page|account) (?:says|shows|reads)\b"
    r"|\bwhy (?:was|were|has|have|is) (?:my|the|our|it)\b|\bwarum (?:wurde|ist|sind|wurden)\b"
    r"|\bpor qué (?:se )?(?:ha|han|fue|está)\b|\bpourquoi (?:ma|mon|mes|la|le)\b|\bpor ?qu[eê] (?:é que )?(?:o|a) m"
    r"|\bperché (?:il mio|la mia)\b|\bwaarom (?:is|werd|zijn)\b|なぜ|どうして|لماذا (?:تم|ألغي)"
    # A status, not the customer's own.
    r"|\A(?!.*\b(?:my|our|meine?r?|unsere?r?|mi|mis|mon|ma|mes|meu|minha|mio|mia|mijn)\b)"
    r".{0,200}\b(?:status|statut|estado|stato)\b[ :\"'*]*(?!of\b|von\b|vom\b|des?\b|da\b|do\b|di\b|van\b)\w"
)


LANGUAGES = tuple(_WORDINGS)


@cache
def said(language: str) -> re.Pattern[str]:
    """The wordings of a language; the last group is the kind. Made when it is asked for: it takes a while."""
    kinds = _WORDINGS[language].items()
    either = "|".join(f"(?P<{kind}>{'|'.join(wordings)})" for kind, wordings in kinds if wordings)
    # Japanese writes no spaces between words.
    return re.compile(f"(?:{either})" if language == "ja" else rf"(?<!\w)(?:{either})")


def prepare() -> None:
    """Makes ready beforehand what takes a while, so that no answer waits for it."""
    for language in LANGUAGES:
        said(language)


WHEN = {language: re.compile(pattern) for language, pattern in _WHEN.items()}
"""Words that make a clause a condition, a time or an explanation."""
NEGATED = {language: re.compile(pattern) for language, pattern in _NEGATED.items()}
RULE = {language: re.compile(pattern) for language, pattern in _RULE.items()}
"""Words that make of a state a rule: under which condition, or how soon, it comes about."""
SOON = re.compile(_SOON)
"""What makes of a rule of the business a promise to this customer."""
EXPLAINED = re.compile(_EXPLAINED, re.DOTALL)
"""A question for the meaning or the cause of what the customer sees."""

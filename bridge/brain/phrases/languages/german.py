"""German, with the polite "Sie"."""

from bridge.brain.phrases.language import Language

LANGUAGE = Language(
    code="de",
    phrases={
        "looking_up": "Ich sehe nach",
        "unknown": "Das weiß ich leider nicht. Ich antworte nur aus unseren Hilfeseiten, und dort steht nichts dazu.",
        "offer_person": "Ein Mensch kann Ihnen hier weiterhelfen: {contact}.",
        "lead_in": "Das steht auf unseren Hilfeseiten:",
        "unsure": "Ich bin nicht sicher, ob das Ihre Frage beantwortet. Am nächsten kommt auf unseren Hilfeseiten:",
        "greeting": "Guten Tag! Was möchten Sie wissen?",
        "thanks": "Gern geschehen! Fragen Sie einfach, wenn noch etwas ist.",
        "goodbye": "Auf Wiedersehen und alles Gute!",
        "text_only": "Ich kann nur Text lesen. Könnten Sie Ihre Frage in Worte fassen?",
        "too_long": "Ihre Nachricht ist zu lang für mich. Könnten Sie nur das Wichtigste daraus schicken?",
        "refused": "Dabei kann ich hier leider nicht helfen.",
        "apology": "Es tut mir leid, bei uns ist etwas schiefgegangen und ich kann gerade nicht antworten. Bitte "
        "versuchen Sie es gleich noch einmal.",
        "cut_short": "(Hier musste ich aufhören; bitten Sie mich, fortzufahren.)",
        "start_again": "Entschuldigung, ich fange noch einmal an:",
        "files_unread": "Ich kann im Moment nur Text lesen und habe nicht angesehen, was Sie mitgeschickt haben.",
        "file_kind": "Ich kann nicht öffnen, was Sie geschickt haben: Die Art kann ich nicht lesen, oder es ist "
        "beschädigt oder geschützt.",
        "file_size": "Was Sie geschickt haben, ist zu groß für mich.",
        "file_number": "Sie haben mehr Dateien geschickt, als ich auf einmal ansehen kann; angesehen habe ich nur "
        "die ersten.",
        "file_gone": "Ich konnte nicht abrufen, was Sie geschickt haben. Könnten Sie es noch einmal schicken?",
        "voice_unread": "Ich konnte Ihre Sprachnachricht nicht anhören. Könnten Sie mir stattdessen schreiben?",
        "stop": "Anhalten",
        "stopped": "Angehalten.",
        "stopping": "Ich höre auf.",
        "nothing_to_stop": "Im Moment gibt es nichts anzuhalten.",
        "retry": "Noch einmal",
        "helpful": "Hilfreich",
        "not_helpful": "Nicht hilfreich",
        "feedback_thanks": "Danke für Ihre Rückmeldung.",
        "sources": "Quellen",
        "help": "Stellen Sie mir einfach eine Frage. /new beginnt ein neues Gespräch, /stop hält eine Antwort an, "
        "/human sagt Ihnen, wie Sie einen Menschen erreichen.",
        "new_conversation": "Fangen wir neu an: Auf das, was vorher gesagt wurde, beziehe ich mich nicht mehr. Was "
        "möchten Sie wissen?",
        "slack_help": "Fragen Sie mich hier, in einer Direktnachricht, oder indem Sie mich in einem Kanal erwähnen. "
        'Ein Thread ist ein Gespräch; "stopp" hält eine Antwort an.',
        "command_help": "Was ich hier kann",
        "command_new": "Ein neues Gespräch beginnen",
        "command_stop": "Die Antwort anhalten",
        "command_human": "Einen Menschen erreichen",
        "person": "Einen Menschen erreichen Sie hier: {contact}.",
        "not_now": "Das kann ich im Moment leider nicht beantworten.",
        "handed_over": "Ich habe Ihr Anliegen an unser Team weitergegeben.",
        "under_way": "Ihr Anliegen liegt unserem Team bereits vor.",
        "reference": "Ihre Vorgangsnummer:",
        "approval_pending": "Das muss erst jemand aus unserem Team genehmigen. Ich habe darum gebeten, und Sie "
        "erfahren hier, was daraus wird.",
        "write_unclear": "Ich weiß nicht sicher, ob das geklappt hat, und versuche es deshalb nicht noch einmal.",
        "identity_needed": "Dafür muss ich sicher sein, dass Sie es sind. Bitte schicken Sie mir die E-Mail-Adresse "
        "oder die Telefonnummer, die wir von Ihnen haben.",
        "identity_nowhere": "Dafür muss ich sicher sein, dass Sie es sind, und das kann ich hier nicht prüfen.",
        "identity_ask": "Damit ich sicher bin, dass Sie es sind: Welche E-Mail-Adresse oder Telefonnummer haben "
        "wir von Ihnen?",
        "identity_sent": "Danke. Wenn wir das von Ihnen haben, ist ein Code mit sechs Ziffern dorthin unterwegs. "
        "Bitte schicken Sie mir den Code hier.",
        "identity_wrong": 'Das ist nicht der Code. Bitte sehen Sie noch einmal nach, oder schreiben Sie "neuer Code".',
        "identity_locked": "Das war zu oft falsch, der Code gilt nicht mehr. Für einen neuen schicken Sie mir "
        "bitte noch einmal Ihre E-Mail-Adresse oder Telefonnummer.",
        "identity_late": "Dieser Code gilt nicht mehr. Für einen neuen schicken Sie mir bitte noch einmal Ihre "
        "E-Mail-Adresse oder Telefonnummer.",
        "identity_too_many": "Es wurden so viele Codes angefordert, dass ich gerade keinen mehr schicken kann. "
        "Bitte versuchen Sie es später noch einmal.",
        "identity_unavailable": "Dorthin kann ich im Moment leider keinen Code schicken oder keinen prüfen.",
        "identity_confirmed": "Danke, jetzt weiß ich, dass Sie es sind.",
        "identity_stranger": "Danke, aber diese Telefonnummer haben wir nicht. Welche andere Nummer oder "
        "E-Mail-Adresse könnte es sein?",
        "identity_left": "In Ordnung, dann lassen wir das. Was kann ich sonst für Sie tun?",
        "identity_contact": "Meine Nummer teilen",
        "identity_mail_subject": "Ihr Code für {business}",
        "identity_mail": "Jemand, vermutlich Sie, spricht mit dem Assistenten von {business} und hat diesen Code "
        "angefordert:",
        "identity_mail_ignore": "Der Code gilt einige Minuten. Geben Sie ihn nur in diesem Gespräch ein. Falls "
        "Sie es nicht waren, müssen Sie nichts tun.",
        "command_verify": "Sagen, wer Sie sind",
        "doing_customer": "Ich sehe Ihre Daten nach",
        "doing_history": "Ich sehe nach, was bisher war",
        "doing_subscription": "Ich sehe Ihren Tarif nach",
        "doing_order": "Ich sehe nach: Bestellung",
        "doing_stock": "Ich sehe nach, was vorrätig ist",
        "doing_return": "Ich bereite die Rückgabe vor: Bestellung",
        "doing_ticket": "Ich schreibe das für unser Team auf",
        "doing_person": "Ich rufe einen Menschen",
        "doing_callback": "Ich vereinbare einen Rückruf",
        "doing_discount": "Ich bereite einen Rabatt vor",
        "doing_settings": "Ich ändere Ihre Einstellungen",
        "doing_slots": "Ich suche freie Termine",
        "doing_appointment": "Ich buche Ihren Termin",
        "doing_plan": "Ich ändere Ihren Tarif",
        "approval_done": "Gute Nachricht: Ihr Wunsch wurde von unserem Team genehmigt und ist "
        "erledigt. Ihre Vorgangsnummer:",
        "approval_denied": "Unser Team hat Ihren Wunsch geprüft und konnte ihm nicht zustimmen; "
        "es wurde nichts geändert. Ihre Vorgangsnummer:",
        "approval_expired": "Über Ihren Wunsch konnte nicht rechtzeitig entschieden werden; es "
        "wurde nichts geändert. Fragen Sie gern noch einmal. Ihre "
        "Vorgangsnummer:",
        "approval_failed": "Ihr Wunsch wurde genehmigt, konnte aber nicht ausgeführt werden. Die Vorgangsnummer:",
        "approval_unknown": "Ihr Wunsch wurde genehmigt, aber ich weiß nicht sicher, ob er "
        "ausgeführt wurde, und versuche es nicht ein zweites Mal. Die "
        "Vorgangsnummer:",
        "desk_waiting": "Aus unserem Team ist noch niemand frei. Ich habe noch einmal gerufen; danke für Ihre Geduld.",
        "desk_callback": "Aus unserem Team konnte niemand kommen. Ihr Anliegen ist notiert, und jemand meldet sich "
        "bei Ihnen; sagen Sie mir gern, wo Sie zu erreichen sind. Inzwischen antworte ich wieder.",
        "desk_joined": "Jetzt ist jemand aus unserem Team für Sie da.",
        "desk_returned": "Hier bin wieder ich, der Assistent. Kann ich noch etwas für Sie tun?",
        "desk_closed": "Unser Team hat dieses Gespräch abgeschlossen. Schreiben Sie einfach, wenn Sie noch etwas "
        "brauchen.",
        "desk_rating": "Wie war es? Eine Zahl von 1 (schlecht) bis 5 (sehr gut) genügt.",
        "action_unknown": "Ich weiß nicht sicher, ob das, was ich für Sie tun wollte, ausgeführt wurde, "
        "und versuche es nicht ein zweites Mal.",
        "hours": "Erreichbar sind wir: {opening_hours}.",
        "closed": "Im Moment ist niemand da. Erreichbar sind wir: {opening_hours}.",
    },
    function_words="""
        aber als am an auch auf aus bei bin bis bitte da danke das dass dem den der des die dies diese doch ein
        eine einem einen einer er es für gibt habe haben hallo hat ich ihr ihre im in ist kann können lange man
        mein meine meinen mich mir mit muss nach noch oder schon sich sie sind um und uns von vor wann warum was
        welche wenn wer werden wie wieviel wir wird wo zu zum zur über
    """,
    other_words="""
        abbuchung abgebucht abholen abo abonnement adresse akku alle angekommen anrufen artikel auftrag
        ausprobieren bekomme bekommen beschädigt bestellen bestellt bestellte bestellung bezahle bezahlen
        bezahlt brauche brauchen danach dann daten dauert dazu defekt denn dienstag donnerstag doppelt dort
        durch einlösen einmal ende entfernt erhalten erstattung euch euer eure fahrrad fahrräder falsch falsche
        fehler fragen freitag funktioniert ganz garantie gegen gehen geht gekauft geld gemacht genau gerade
        gerne geschäft gestern gilt größe guten gutschein habt helm heute hier hilfe hätte ihnen immer ja jemand
        jetzt kaputt kauf kaufen kein keine keinen kette kinder kindersitz kosten kostenlos kostet kündigen
        kündigung lade laden lassen leider leihrad liefern liefert lieferung lieferzeit machen macht mal mehr
        mensch menschen mieten mittwoch montag morgen müssen nachricht nein neu neue neuen neues nicht nichts
        nie niemand nur ob ohne paket passiert passt passwort preis rad rechnung reifen reparatur reparieren
        repariert rückerstattung rückgabe samstag samstags schaden schicken schnell sehr sein seit selbst sofort
        sonntag sonntags sprechen stehen steht stornieren storno studentenrabatt suche tage tagen teile termin
        trotzdem umtausch umtauschen unfall unser vergessen verkauft verloren versand versandkosten versteuern
        viel vielleicht waren warten wasserdicht weil weiter welchen welcher welches wenig werkstatt wieder
        woche wochen wollte wurde wäre würde zahlen zahlung zeit zurück zurückgeben zurückschicken zwei
        öffnungszeiten
    """,
    letters="äöü",
    signs="ß",
    endings=("ung", "ungen", "keit", "heit", "lich", "ische", "zeiten", "schaft", "isch", "chen"),
    greetings="hallo|moin|servus|grüezi|grüß gott|guten (?:tag|morgen|abend)",
    thanks="danke(?: schön)?|vielen dank|dankeschön|besten dank|super|perfekt",
    goodbyes="tschüss|tschüß|auf wiedersehen|bis (?:bald|dann|später)|schönen (?:tag|abend)(?: noch)?",
    fillers="zusammen|sehr|nochmal|für ihre hilfe|für die hilfe|das war s|das wars|das war alles|das ist alles"
    "|das hilft",
    stop="stop|stopp|halt|anhalten|aufhören",
    help="hilfe",
)

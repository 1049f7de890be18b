"""Italian, with the polite form."""

from bridge.brain.phrases.language import Language

LANGUAGE = Language(
    code="it",
    phrases={
        "looking_up": "Sto cercando",
        "unknown": "Mi dispiace, questo non lo so. Rispondo solo in base alle nostre pagine di assistenza e lì non "
        "ho trovato nulla al riguardo.",
        "offer_person": "Una persona può aiutarla: {contact}.",
        "lead_in": "Ecco che cosa dicono le nostre pagine di assistenza:",
        "unsure": "Non sono certo che questo risponda alla sua domanda. La cosa più vicina che ho trovato nelle "
        "nostre pagine di assistenza:",
        "greeting": "Buongiorno! Che cosa vorrebbe sapere?",
        "thanks": "Di nulla! Se c'è altro, chieda pure.",
        "goodbye": "Arrivederci e buon proseguimento!",
        "text_only": "Posso leggere solo testo. Potrebbe scrivere la sua domanda?",
        "too_long": "Il suo messaggio è troppo lungo per me. Potrebbe riassumerlo e inviarmi solo l'essenziale?",
        "refused": "Mi dispiace, qui non posso aiutarla con questo.",
        "apology": "Mi dispiace, qualcosa è andato storto da parte nostra e in questo momento non posso rispondere. "
        "Riprovi tra poco.",
        "cut_short": "(Ho dovuto fermarmi qui; mi chieda di continuare.)",
        "start_again": "Mi scusi, ricomincio da capo:",
        "files_unread": "Al momento posso leggere solo testo e non ho guardato ciò che ha inviato.",
        "file_kind": "Non riesco ad aprire ciò che ha inviato: è di un tipo che non so leggere, oppure è danneggiato "
        "o protetto.",
        "file_size": "Ciò che ha inviato è troppo grande per me.",
        "file_number": "Ha inviato più file di quanti possa guardarne in una volta; ho guardato solo i primi.",
        "file_gone": "Non sono riuscito a scaricare ciò che ha inviato. Potrebbe inviarlo di nuovo?",
        "voice_unread": "Non sono riuscito ad ascoltare il suo messaggio vocale. Potrebbe scrivermi, invece?",
        "stop": "Ferma",
        "stopped": "Fermato.",
        "stopping": "Mi fermo.",
        "nothing_to_stop": "Al momento non c'è nulla da fermare.",
        "retry": "Riprova",
        "helpful": "Utile",
        "not_helpful": "Non utile",
        "feedback_thanks": "Grazie per il suo parere.",
        "sources": "Fonti",
        "help": "Mi faccia semplicemente una domanda. /new inizia una nuova conversazione, /stop ferma una risposta, "
        "/human le dice come parlare con una persona.",
        "new_conversation": "Ricominciamo: non tengo più conto di quanto è stato detto prima. Che cosa vorrebbe "
        "sapere?",
        "slack_help": "Mi scriva qui, in un messaggio diretto o menzionandomi in un canale. Un thread è una "
        'conversazione; "stop" ferma una risposta.',
        "command_help": "Che cosa so fare qui",
        "command_new": "Iniziare una nuova conversazione",
        "command_stop": "Fermare la risposta",
        "command_human": "Parlare con una persona",
        "person": "Può parlare con una persona qui: {contact}.",
        "not_now": "Mi dispiace, al momento non posso rispondere.",
        "handed_over": "Ho inoltrato la sua richiesta al nostro team.",
        "under_way": "La sua richiesta è già presso il nostro team.",
        "reference": "Il suo numero di riferimento:",
        "approval_pending": "Prima un collega deve approvarlo. Ho fatto la richiesta e l'esito arriverà qui.",
        "write_unclear": "Non so con certezza se l'operazione è riuscita, quindi non riprovo.",
        "identity_needed": "Per questo devo essere sicuro che sia proprio lei. Mi mandi per favore l'indirizzo "
        "e-mail o il numero di telefono che abbiamo registrato.",
        "identity_nowhere": "Per questo devo essere sicuro che sia proprio lei, e qui non posso verificarlo.",
        "identity_ask": "Per essere sicuro che sia lei: quale indirizzo e-mail o numero di telefono abbiamo "
        "registrato?",
        "identity_sent": "Grazie. Se lo abbiamo registrato, un codice di sei cifre è in arrivo. Me lo mandi qui, "
        "per favore.",
        "identity_wrong": 'Non è questo il codice. Lo riguardi, per favore, oppure scriva "nuovo codice".',
        "identity_locked": "Ci sono stati troppi errori e il codice non vale più. Per averne un altro, mi mandi "
        "di nuovo il suo indirizzo e-mail o numero di telefono.",
        "identity_late": "Questo codice non vale più. Per averne un altro, mi mandi di nuovo il suo indirizzo "
        "e-mail o numero di telefono.",
        "identity_too_many": "Sono stati chiesti così tanti codici che ora non posso mandarne un altro. Riprovi "
        "più tardi, per favore.",
        "identity_unavailable": "Mi dispiace, al momento non posso mandare né controllare un codice per questo.",
        "identity_confirmed": "Grazie, ora so che è lei.",
        "identity_stranger": "Grazie, ma non abbiamo questo numero di telefono. Quale altro numero o indirizzo "
        "e-mail potrebbe essere?",
        "identity_left": "Va bene, lasciamo stare. Che cos'altro posso fare per lei?",
        "identity_contact": "Condividi il mio numero",
        "identity_mail_subject": "Il suo codice per {business}",
        "identity_mail": "Qualcuno, probabilmente lei, sta parlando con l'assistente di {business} e ha chiesto "
        "questo codice:",
        "identity_mail_ignore": "Il codice vale alcuni minuti. Lo scriva solo in quella conversazione. Se non è "
        "stato lei, non deve fare nulla.",
        "command_verify": "Dire chi è lei",
        "doing_customer": "Cerco i suoi dati",
        "doing_history": "Guardo gli ordini precedenti",
        "doing_subscription": "Guardo il suo piano",
        "doing_order": "Cerco l'ordine",
        "doing_stock": "Controllo che cosa è disponibile",
        "doing_return": "Preparo il reso dell'ordine",
        "doing_ticket": "Lo annoto per il nostro team",
        "doing_person": "Chiamo una persona",
        "doing_callback": "Organizzo una chiamata",
        "doing_discount": "Preparo uno sconto",
        "doing_settings": "Cambio le sue impostazioni",
        "doing_slots": "Cerco orari liberi",
        "doing_appointment": "Prenoto il suo appuntamento",
        "doing_plan": "Cambio il suo piano",
        "approval_done": "Buone notizie: un collega ha approvato la sua richiesta ed è fatta. Il suo riferimento:",
        "approval_denied": "Un collega ha esaminato la sua richiesta e non ha potuto accettarla; "
        "nulla è stato cambiato. Il suo riferimento:",
        "approval_expired": "Nessuno ha potuto decidere in tempo sulla sua richiesta; nulla è "
        "stato cambiato. Può chiederlo di nuovo. Il suo riferimento:",
        "approval_failed": "Un collega ha approvato la sua richiesta, ma non è stato possibile "
        "eseguirla. Il riferimento:",
        "approval_unknown": "Un collega ha approvato la sua richiesta, ma non so con certezza se "
        "sia stata eseguita, e non provo due volte. Il riferimento:",
        "desk_waiting": "Nessuno del nostro team è ancora libero. Ho chiamato di nuovo; grazie per la pazienza.",
        "desk_callback": "Nessuno del nostro team è potuto venire. La Sua richiesta è annotata e sarà "
        "ricontattato; se vuole, mi dica dove possiamo raggiungerLa. Nel frattempo rispondo di nuovo io.",
        "desk_joined": "Ora una persona del nostro team è con Lei.",
        "desk_returned": "Sono di nuovo io, l'assistente. Posso fare altro per Lei?",
        "desk_closed": "Il nostro team ha chiuso questa conversazione. Scriva pure se Le serve altro.",
        "desk_rating": "Com'è andata? Basta un numero da 1 (male) a 5 (molto bene).",
        "action_unknown": "Non so con certezza se ciò che volevo fare per lei sia stato fatto, e non provo due volte.",
        "hours": "I nostri orari: {opening_hours}.",
        "closed": "Al momento non c'è nessuno. I nostri orari: {opening_hours}.",
    },
    function_words="""
        a abbiamo ad agli ai al alla alle allo anche ancora avete aveva avevo che chi ci ciao ciò come con cosa
        così cui da dai dal dall dalla dalle degli dei del dell della delle dello di dopo dov dove e ed era
        essere fa fare fate fatto fino fra gli grazie ha hai hanno ho i il in io l la le lei li lo loro lui ma
        me mi mia mie miei mio molto ne nei nel nell nella nelle noi nostra nostro o ogni oppure per perché però
        più poi posso possono potrei puoi può quale quali quando quanta quante quanti quanto quel quella quelle
        quello questa queste questi questo qui se sei si sia siamo siete sono sopra sta stato sto su sua sue
        sugli sul sulla suo suoi te ti tra tua tuo tutti tutto un una uno va vi voglio vorrei vostra vostri
        vostro è
    """,
    other_words="""
        abbonamento acqua acquistare acquisto addebitato addebito aiuto annullare aperti aperto apertura aprite
        arriva arrivata arrivato assistenza batteria bene bici bicicletta biciclette buono cambiare cambio
        carica caricare carta caschi casco catena chiusi chiuso comprare comprato consegna consegnare costa
        costi costo dimenticato disdire domani domenica elettrica elettrico errore fattura ferma fermare
        funziona funzionano garanzia giorni giorno già gomma gomme gratis gratuito guasto ieri indietro
        indirizzo mai manca mancano mese mesi misura motore negozio nessuno niente no non nulla nuova nuovo
        officina oggi operatore orari orario ordinare ordinato ordine ordini ore pacchetto pacco pagamento
        pagare parlare persona pezzi pezzo prenotare prenotazione prezzi prezzo prodotto quindi rate regalo resi
        reso restituire restituzione ricambi ricevuta ricevuto rimborsare rimborso riparare riparazione
        riparazioni rotta rotto ruota sabato sbagliata sbagliato sconto scontrino seggiolino sella senza serve
        servizio settimana sito soldi spedire spediscono spedite spedizione spese studenti subito sì taglia
        taglie tardi telefono tempi tempo umana umano vendete volte
    """,
    letters="ìòè",
    beginnings=("dell'", "dall'", "nell'", "all'", "l'", "c'", "un'", "dov'", "com'", "quest'", "d'", "sull'"),
    endings=("zione", "zioni", "mente", "aggio", "tto", "tta", "ggio", "glio", "glia", "cchi", "ssimo"),
    greetings="ciao|salve|buongiorno|buonasera|buon giorno|buon pomeriggio",
    thanks="(?:molte |mille |tante )?grazie(?: mille| tante)?|ti ringrazio|la ringrazio|perfetto|ottimo",
    goodbyes="arrivederci|a presto|addio|buona (?:giornata|serata|notte)|ci vediamo",
    fillers="a tutti|per l aiuto|per il suo aiuto|di tutto|molto|è tutto|era tutto|basta così",
    stop="ferma|fermati|fermare|basta|stop",
    help="aiuto",
)

"""What the rules look for, by reason and language.

A line is a row of words: `word*` stands for every word that begins so, `(a|b)` for either, `..` for up to four words
of any kind. Case, accents and punctuation do not count. In Arabic and Japanese, whose words do not stand alone, a line
may begin anywhere in a word. What only smells of a reason stands not here: the classifier weighs that.
"""

from collections.abc import Mapping

ASKED_FOR_PERSON = {
    "en": """
        (speak|talk|chat) (to|with) (a|an|the|some|your) (real|actual|live) (human|person|agent|someone|operator)
        (speak|talk|chat) (to|with) (a|an|your) (human|person|agent|representative|operator|supervisor|manager|advisor)
        (speak|talk|chat) (to|with) (a|an) (human|customer|support|service) (agent|being|representative|service|person)
        (speak|talk|chat) (to|with) (someone|somebody|customer service|customer support)
        (connect|transfer|put) me (to|with|through to) (a|an|your) .. (human|person|agent|representative|operator)
        (want|need|give me|get me) a (human|real person|live agent|human agent)
        (real|live) (person|human|agent) please
        (human|agent|representative|operator) please
        no .. (bot|robot|machine) .. (human|person)
    """,
    "de": """
        mit (einem|einer) (echten|richtigen|menschlichen) (menschen|person|mitarbeiter*) (sprechen|reden|schreiben|chatten)
        mit (einem menschen|einer person|einem mitarbeiter|einer mitarbeiterin|jemandem|dem kundendienst) .. (sprechen|reden|chatten|verbunden)
        mit (einem menschen|einem mitarbeiter|einer mitarbeiterin) verbinden
        (einen|nen) (echten|richtigen) (menschen|mitarbeiter)
        (mensch|mitarbeiter|berater) bitte
    """,
    "es": """
        hablar con (una persona|un humano|alguien|un agente|un operador|una operadora|un asesor|un representante|atencion al cliente)
        (pasame|paseme|comuniqueme|conecteme|ponme|pongame) con (una persona|un humano|alguien|un agente|un operador)
        (quiero|necesito) (un humano|una persona real|un agente humano)
        (persona real|agente|humano|operador) por favor
    """,
    "fr": """
        parler (a|avec) (un humain|une personne|quelqu un|un conseiller|une conseillere|un agent|un operateur|un vrai|une vraie|un etre humain)
        (passez|mettez) moi .. (un humain|une personne|un conseiller|quelqu un|un agent)
        (humain|conseiller|agent) (s il vous plait|svp|stp)
        (veux|voudrais) un (humain|vrai humain|vrai conseiller)
    """,
    "pt": """
        falar com (uma pessoa|um humano|um atendente|uma atendente|alguem|um agente|um operador|um ser humano)
        (passe me|passar para|transfira me|transferir para|me transfere para|me passa para) (uma pessoa|um humano|um atendente|alguem)
        (quero|preciso de) um (humano|atendente|atendente humano)
        (atendente|humano|pessoa real) por favor
    """,
    "it": """
        parlare con (una persona|un umano|un operatore|un operatrice|qualcuno|un addetto|un essere umano|un vero|una vera)
        (passatemi|mi passi|mi passate|mi metta in contatto con) (una persona|un operatore|qualcuno|un umano)
        (operatore|umano|persona vera) (per favore|grazie)
        (voglio|vorrei) un (operatore|umano)
    """,
    "nl": """
        (een|met) (echt|echte) (mens|persoon|medewerker)
        met (een mens|een persoon|een medewerker|iemand) .. (spreken|praten|chatten|bellen)
        (spreken|praten|chatten) met (een mens|een persoon|een medewerker|iemand)
        (mens|medewerker) (alsjeblieft|alstublieft|aub|graag)
    """,
    "ar": """
        (اتحدث|التحدث|اتكلم|التكلم|اكلم|احكي) (مع|الى) (شخص|موظف|انسان|احد|ممثل|بشري)
        (حولني|حولوني|تحويلي|اوصلني) (الى|على|لـ) (شخص|موظف|انسان|ممثل)
        (اريد|ابغى|عايز) (شخص|موظف|انسان) (حقيقي|بشري)
        خدمه العملاء من فضلك
    """,
    "ja": """
        (人間|人|担当者|オペレーター|オペレータ|スタッフ|有人)(と|に)(話|はな|つな|繋|チャット|代わ|かわ|相談)
        (担当者|オペレーター|オペレータ)(を|に)(お願い|おねがい|出して|呼んで)
        有人(対応|チャット|サポート)
    """,
}

SENSITIVE: Mapping[str, Mapping[str, str]] = {
    "self_harm": {
        "en": """
            (kill|killing|hurt|hurting|harm|harming|cut|cutting) myself
            (end|ending|take|taking) my (own life|life|own lives)
            suicid*
            (want|wish|going|rather|wanna|ready) (to|i could|i would|be|gonna) (die|dead)
            (wish|wished) i (was|were) dead
            (don t|dont|do not|no longer) (want|wanna|wish) .. (live|be alive|be here) anymore
            (don t|dont|do not|no longer) (want|wanna) to live
            (don t|dont|do not|no) (see|have) .. (point|reason) .. (living|going on|live|to live)
            no (point|reason) (in|to) (living|live|going on)
            want it all to (be over|end|stop)
            better off (dead|without me)
            (can t|cant|cannot) (do this|go on|take it|take this) (anymore|any more|any longer)
        """,
        "de": """
            (selbstmord|suizid|selbstverletz|suizidal)*
            (bringe|brachte|umbringen|umzubringen) mich .. um
            mich .. (umbringen|umzubringen|ritzen)
            mir .. (das leben|etwas|was) (nehmen|anzutun|antun)
            (will|mochte|mag) nicht mehr .. (leben|da sein)
            nicht mehr leben
            (sehe|gibt|habe) .. (keinen|kein) (sinn|ausweg) mehr
            (lebensmude|todessehnsucht)
            (will|mochte) .. (sterben|tot sein)
        """,
        "es": """
            suicid*
            (matarme|cortarme|lastimarme|hacerme dano|autolesion*)
            quitarme la vida
            (quiero|quisiera|prefiero|ganas de) (morir|morirme|estar muert*)
            no (quiero|tengo ganas de) (vivir|seguir viviendo)
            no (le veo|veo|encuentro|tiene) .. sentido .. (vivir|seguir|vida)
            (quiero|que) .. todo .. (acabe|termine) de una vez
            no puedo (mas|seguir asi) con (esto|la vida|todo)
        """,
        "fr": """
            suicid*
            (me|m) (tuer|suicider|mutiler|faire du mal|ouvrir les veines)
            mettre fin a mes jours
            en finir avec (la vie|tout|moi)
            (veux|voudrais|prefere|envie de) (mourir|crever|disparaitre)
            (ne|n) .. (veux|ai) plus (vivre|envie de vivre|la force de vivre)
            plus envie de (vivre|continuer)
            (plus|aucune) (raison|sens) .. (de vivre|de continuer|a la vie|a vivre)
        """,
        "pt": """
            suicid*
            (me matar|matar me|me cortar|me machucar|automutil*)
            (tirar|acabar com|por fim a) .. minha (propria vida|vida)
            (quero|queria|prefiro|vontade de) (morrer|estar morto|estar morta|desaparecer)
            nao (quero|aguento|tenho vontade de) mais (viver|continuar)
            nao (quero|aguento) (viver|continuar a viver) mais
            nao vejo .. (sentido|saida) .. (viver|vida|na vida)
            sem vontade de viver
        """,
        "it": """
            suicid*
            (ammazzarmi|uccidermi|tagliarmi|farmi del male|autolesion*)
            (togliermi|farla finita con) la vita
            (voglio|vorrei|preferirei|voglia di) (morire|essere morto|essere morta|farla finita|sparire)
            non (voglio|ho voglia di|ho piu voglia di) (vivere|continuare a vivere)
            non (voglio|ho) piu (vivere|voglia di vivere)
            non (vedo|ha|trovo) .. (senso|motivo) .. (vivere|vita|andare avanti)
        """,
        "nl": """
            (zelfmoord|suicid|zelfdoding|zelfverwonding|automutil)*
            mezelf .. (doden|pijn doen|snijden|van kant|iets aandoen|aandoen)
            (een eind|een einde|eind) .. mijn leven
            (wil|wou|zou liever) .. (dood|sterven|dood zijn)
            wil niet meer (leven|verder|verder leven)
            (zie|heb) .. geen (uitweg|zin|reden) meer
            geen zin meer .. leven
        """,
        "ar": """
            انتحار
            (اقتل|اذبح|اجرح|اؤذي|اوذي) نفسي
            (انهي|انهاء|اخلص من) حياتي
            (اريد|اتمنى|ابغى|اود) (الموت|ان اموت|اموت)
            لا (اريد|ارغب) .. (العيش|اعيش|الحياه|الحياة)
            (لم يعد|لا يوجد|ما في) .. (معنى|سبب) (للحياه|للحياة|للعيش|لحياتي)
        """,
        "ja": """
            (死にたい|しにたい|自殺|自傷|消えたい|死んでしまいたい|死のうと|死んだ方がまし|死んだほうがまし)
            (命を絶|いのちを絶|リストカット|リスカ)
            (生きて|生きる)(いたくない|いけない|いく気|意味が|のがつら|のが辛|のに疲れ)
            生きていて(も仕方|もしょうが)
        """,
    },
    "legal": {
        "en": """
            (my|our|the) (own )?(lawyer|lawyers|solicitor|solicitors|attorney|barrister|legal team) (will|is|has|have|are|says|said|advises|advised|told|who|about|and)
            (call|contact|contacting|hire|hired|hiring|instruct|instructed|consult|consulting|see|seeing|get|getting) (a|an|my|our) (lawyer|solicitor|attorney)
            (hear|hears|comes|letter) from (a|my|our) (lawyer|lawyers|solicitor|solicitors|attorney)
            (sue|suing) (you|your|the company|larkwell)
            (ll|will|going to|gonna|to) sue
            (see you|take you|taking you|meet) .. (in|to) .. court
            (small claims|court order|court claim|letter before action|letter before claim|subpoena|cease and desist)
            (legal|court) (action|proceedings|steps) (against|will|if|unless)
            (take|taking|start|starting|consider|considering|begin|pursue|threaten*) (legal|court) (action|proceedings|steps)
            (in breach|breach) of (contract|the contract|consumer|the consumer|the gdpr|gdpr)
            (under|violat* of|violates) the consumer (rights|protection)
            trading standards
            (the|an|our) (ombudsman|ombudsperson|regulator)
            (ftc|bbb|cfpb|attorney general) complaint
            (formal|official) (complaint|grievance) (about|against|regarding|concerning|because|and|to)
            (this is|make|making|file|filing|lodge|lodging|submit|submitting|raise|raising) (a|my|an) (formal|official) (complaint|grievance)
            (we|i) (represent|act for|act on behalf of) (ms|mr|mrs|dr|our client|the claimant|my client)
        """,
        "de": """
            (mein|meine|meinem|meinen|unser|unserem|unseren|unsere) (anwalt|anwaltin|rechtsanwalt|rechtsanwaltin|anwalts*|rechtsbeistand)
            (einen|zum|einem|den|vom|beim) (anwalt|rechtsanwalt) .. (einschalten|gehen|nehmen|beauftrag*|ubergeben|melden|schreiben|kommt|horen)
            (rechtliche|juristische|gerichtliche) (schritte|konsequenzen|mittel)
            (verklage|verklagen|klage einreichen|zeige sie an|anzeige erstatt*|anzeige gegen|strafanzeige)
            (rechtsweg|mahnbescheid|mahnverfahren|abmahnung|verbraucherzentrale|schlichtungsstelle|aufsichtsbehorde|einstweilige verfugung)
            (vor gericht|sehen uns vor gericht)
            (formelle|formliche|offizielle|offiziell) (beschwerde|beschweren)
            setze (ich|ihnen) .. (letzte )?frist
        """,
        "es": """
            (mi|nuestro|nuestra|mis|un|al) (abogado|abogada|abogados) (se|va|ira|les|ya|dice|me|para|y|contra)
            (hablar|contactar|contratar|consultar|acudir|ponerme en contacto) .. (con|a) (mi|un|una) abogad*
            (demandarlos|demandarles|demandar a|los demandare|les demandare|voy a demandar|demanda judicial|interponer .. demanda|poner una demanda|denunciarlos|denunciarles|los denunciare|voy a denunciar|poner una denuncia|presentar .. denuncia)
            (acciones|medidas|vias|via) (legales|judiciales|legal|judicial)
            (nos vemos|vernos) en (los tribunales|el juzgado|los juzgados)
            (oficina del consumidor|omic|profeco|facua|defensor del consumidor|consumo y|hoja de reclamaciones|hojas de reclamaciones)
            (queja|reclamacion) formal
            burofax
        """,
        "fr": """
            (mon|notre|un|mes|nos) (avocat|avocate|avocats) (va|prendra|vous|a|est|dit|me|et|se|contre|pour)
            (consulter|contacter|saisir|prendre|mandater) .. (un|mon) avocat
            (porter|porte|porterai|depose|deposer|deposerai) plainte
            (poursuites|action|actions|demarches|voie) (judiciaire|judiciaires|en justice|legale|legales)
            (poursuivre|poursuivrai|attaquer|attaque) .. (en justice|au tribunal|devant les tribunaux)
            (mise en demeure|dgccrf|repression des fraudes|signal conso|signalconso|ufc que choisir|tribunal|prud hommes|saisir le mediateur|saisi le mediateur|mediateur de la consommation)
            (reclamation|plainte) (formelle|officielle)
        """,
        "pt": """
            (meu|minha|nosso|nossa|um|ao) (advogado|advogada|advogados) (vai|ira|ja|entrara|entrar|diz|disse|e|para|contra)
            (falar|contactar|contratar|consultar|procurar) .. (com )?(o meu|meu|um|o) advogad*
            (processar|processa los|processo judicial|processar voces|vou processar|processarei)
            (medidas|acoes|providencias|acao|vias) (legais|judiciais|judicial|cabiveis)
            (procon|reclame aqui|livro de reclamacoes|juizado|pequenas causas|tribunal|deco|anatel|provedor do cliente)
            (queixa|reclamacao|denuncia) (formal|oficial|crime)
            (fazer|apresentar|registar|registrar) .. (queixa na policia|queixa crime|boletim de ocorrencia)
        """,
        "it": """
            (mio|nostro|dal|al|un|il mio) (avvocato|legale|avvocati) (vi|ha|si|mi|scrivera|contattera|e|dice|per|contro)
            (rivolgermi|rivolgero|parlare|parlero|sentire|contattare|incaricare|incarichero) .. (avvocato|legale)
            (azioni|vie|azione) (legali|legale)
            (denunciarvi|denuncio|vi denuncio|vi denuncero|sporgo|sporgere|sporgero|querela|querelarvi|citarvi|vi cito|fare causa|vi faccio causa|faro causa)
            (ci vediamo|vederci) in tribunale
            (diffida|messa in mora|giudice di pace|associazione consumatori|associazione dei consumatori|codacons|altroconsumo|agcm|garante)
            reclamo (formale|ufficiale)
        """,
        "nl": """
            (mijn|onze|een) (advocaat|advocaten|jurist|rechtsbijstand*)
            (gerechtelijke|juridische) (stappen|actie|procedure)
            (naar|voor) de (rechter|rechtbank|kantonrechter)
            (aanklagen|klaag jullie aan|sleep jullie|dagvaarding|dagvaarden|in gebreke|ingebrekestelling|consumentenbond|geschillencommissie|consuwijzer|acm)
            (aangifte|aanklacht) (doen|gedaan|doe|tegen|indienen)
            (doe|deed|heb) .. aangifte
            (formele|officiele) klacht
        """,
        "ar": """
            (محامي|المحامي|محاميه|محامينا|محامى)
            (مقاضا|اقاضي|سارفع دعوى|رفع دعوى|رفع قضيه|ارفع قضيه|دعوى قضائي|المحكمه|اجراءات قانوني|الاجراءات القانوني|اجراء قانوني|اللجوء للقضاء|اللجوء الى القضاء)
            (حمايه المستهلك|شكوى رسميه|بلاغ للشرطه|بلاغا للشرطه|ابلاغ الشرطه|النيابه)
        """,
        "ja": """
            (弁護士|訴訟|訴えます|訴える|提訴|法的措置|法的手段|裁判|内容証明|消費生活センター|消費者センター|国民生活センター|少額訴訟)
            (被害届|警察に(相談|通報|届)|正式(な|に)(苦情|クレーム|抗議|申し入れ))
        """,
    },
    "chargeback": {
        "en": """
            chargeback*
            (dispute|disputing|disputed|contest|reverse|reversed|reversing|recall) .. (charge|charges|payment|transaction|it|this) .. (with|through|via|at) (my|the|our) (bank|card|credit card|paypal)
            (dispute|disputing|reverse|reversed|reversing) the (charge|charges|payment)
            (paypal|credit card|bank) dispute
        """,
        "de": """
            (ruckbuchung|ruckbuchen|zuruckbuchen|chargeback|ruckbuche|zuruckgebucht|ruckgebucht|lastschrift zuruck)*
            (buche|hole|lasse) .. (geld|betrag|zahlung|lastschrift|es) .. (zuruck|zuruckbuchen|zuruckholen)
        """,
        "es": """
            (contracargo|retroceso del cargo|devolucion del recibo)*
            (disputar|disputare|disputo|reclamar|reclamare|impugnar|impugnare|anular|anulare|devolver|devolvere) .. (cargo|pago|recibo|cobro) .. (banco|tarjeta|paypal)
            (disputa|reclamacion) (en|con|por|ante) (el banco|mi banco|paypal)
        """,
        "fr": """
            (contester|conteste|contesterai|rejeter|opposition) .. (paiement|prelevement|debit|transaction|achat|au paiement|au prelevement) .. (banque|carte|paypal|aupres)
            (retrofacturation|chargeback|litige paypal|opposition aupres de ma banque|faire opposition)
        """,
        "pt": """
            (contestar|contesto|contestarei|estornar|disputar|abrir disputa) .. (cobranca|compra|pagamento|debito|valor) .. (banco|cartao|operadora|paypal)
            (chargeback|estorno forcado|disputa no paypal)
        """,
        "it": """
            (contestare|contesto|contestero|contestiamo|storno|stornare|disconoscere|disconosco) .. (addebito|pagamento|transazione|operazione) .. (banca|carta|paypal)
            (chargeback|disputa paypal|controversia paypal|riaddebito)
        """,
        "nl": """
            (chargeback|storneren|stornering|storneer|gestorneerd|terugboeken|terugboeking)*
            (betwist|betwisten|haal|laat) .. (betaling|afschrijving|bedrag|incasso) .. (bank|creditcard|terugboeken|paypal)
        """,
        "ar": """
            (اعترض|الاعتراض|اعتراض|ساعترض|نزاع) .. (البنك|المصرف|بنكي|مصرفي|البطاقه)
            استرداد المبلغ عن طريق (البنك|المصرف)
        """,
        "ja": """
            (チャージバック|異議申し立て|異議を申し立て|支払い停止)
            (カード会社|銀行)に(異議|連絡して(支払|取り消|返金)|申し立て)
        """,
    },
    "fraud": {
        "en": """
            (fraud|fraudulent|fraudster|scam|scammed|scammer|scammers|phishing|blackmail|blackmailed|extort|identity theft|money laundering)*
            (stole|stolen|used) my (identity|card|card details|details|money)
            (never|didn t|didnt|did not|haven t|have not) (authorise|authorised|authorize|authorized|approve|approved)
            (unauthorised|unauthorized|unknown|unrecognised|unrecognized) (charge|charges|payment|payments|transaction|transactions|purchase|withdrawal|debit|order|orders)
            (charge|charges|payment|payments|debit|transaction|order|orders) .. (i|we) (don t|dont|do not|never|didn t|didnt|did not|haven t) (recognise|recognize|made|make|placed|place|ordered|order|know|bought|authorise|authorize)
            (i|we) (never|have never) (bought|ordered|purchased) anything from (you|u)
            pretend* to be .. (you|your|from|the bank|company)
            (fake|bogus) (website|site|email|e mail|text|sms|call|shop)
            someone .. (used|using) my (card|account|name|identity|details)
            (gave|given) .. (code|password|pin|bank details|card details) .. (caller|phone|man|him|her|them|someone)
        """,
        "de": """
            (betrug|betruger|betrogen|phishing|identitatsdiebstahl|erpress|geldwasche|abzocke)*
            (unbekannte|unberechtigte|nicht autorisierte|fremde|unautorisierte) (abbuchung|buchung|zahlung|belastung|bestellung)*
            (abbuchung|buchung|zahlung|belastung|lastschrift|bestellung) .. (nicht (kenne|erkenne|getatigt|autorisiert|veranlasst|zuordnen)|nie (getatigt|bestellt|veranlasst|autorisiert))
            nie (etwas|was) bei ihnen (bestellt|gekauft)
            gibt sich .. als .. aus
            (gefalschte|falsche) (mail|e mail|sms|webseite|website|seite|rechnung)
            meine (karte|kreditkarte|daten|identitat) .. (gestohlen|missbraucht|benutzt|geklaut)
        """,
        "es": """
            (fraude|fraudulent|estafa|estafador|phishing|chantaje|extorsion|suplanta)*
            (cargo|cargos|cobro|cobros|pago|compra|pedido|transaccion) .. (no (reconozco|he hecho|hice|autorice|he autorizado|autorizado)|nunca (hice|autorice|he hecho))
            no (reconozco|autorice|he autorizado) .. (cargo|cobro|pago|compra|pedido|suscripcion)
            nunca (he comprado|compre|he pedido) nada (en|con|a|de)
            se hizo pasar por
            se hace* pasar por
            (robaron|robado|usado|clonado) .. (mi tarjeta|mi identidad|mis datos|la tarjeta)
            (correo|mensaje|sms|pagina|web) (falso|falsa)
        """,
        "fr": """
            (fraude|fraudul|arnaque|escroc|phishing|hameconnage|chantage|usurp|extorsion)*
            (prelevement|debit|paiement|commande|achat|transaction) .. (que je n ai (pas|jamais)|je ne reconnais pas|inconnu|non autorise|jamais (passe|passee|autorise|fait))
            (ne reconnais pas|n ai pas autorise|n ai jamais autorise|jamais autorise) .. (prelevement|debit|paiement|commande|achat|abonnement|transaction)
            n ai jamais (rien )?(achete|commande) .. (chez vous|votre site)
            se (fait|faisait|faisant) passer pour
            (vole|volee|pirate|utilise) .. (ma carte|mon identite|mes donnees)
            (faux|fausse) (mail|e mail|sms|site|facture|message|conseiller)
        """,
        "pt": """
            (fraude|fraudulent|golpista|burla|foi golpe|e golpe|um golpe no|num golpe|phishing|chantage|extors|estelionato)*
            (cobranca|compra|pagamento|debito|pedido|transacao) .. (nao (reconheco|fiz|autorizei|realizei)|nunca (fiz|autorizei))
            nao (reconheco|autorizei) .. (cobranca|compra|pagamento|debito|pedido|assinatura|transacao)
            nunca comprei nada (com|na|de|a|em)
            (se|fez se|faz se|fazendo se) (passou|passando|passar|passa) por
            (clonaram|roubaram|usaram|clonado|roubado) .. (meu cartao|meus dados|minha identidade|o cartao|o meu cartao)
            (e mail|email|mensagem|sms|site) (falso|falsa)
        """,
        "it": """
            (frode|frodi|fraudolent|truffa|truffat|truffator|phishing|ricatt|estorsion|furto di identita)*
            (addebito|addebiti|pagamento|acquisto|ordine|transazione) .. (che non (riconosco|ho fatto|ho autorizzato|ho mai)|non (autorizzato|riconosciuto))
            non (riconosco|ho autorizzato|ho mai autorizzato) .. (addebito|pagamento|acquisto|ordine|abbonamento|transazione)
            non ho mai (comprato|ordinato) (niente|nulla) (da|presso|sul)
            (si spaccia|spacciandosi|finge di essere|fingendosi|spacciato) .. per
            (rubato|clonato|usato) .. (mia carta|mia identita|miei dati|la carta)
            (falsa|finta|falso|finto) (mail|email|e mail|sms|sito|messaggio)
        """,
        "nl": """
            (fraude|frauduleus|oplichter|oplichting|opgelicht|phishing|chantage|afpers|identiteitsfraude|gechanteerd)*
            (afschrijving|betaling|bestelling|transactie|incasso) .. (niet (herken|ken|gedaan|geplaatst|gemaakt|toegestaan)|nooit (gedaan|geplaatst|gemaakt|toegestaan|bestel*))
            (onbekende|ongeautoriseerde|onbevoegde) (afschrijving|betaling|bestelling|transactie)
            (nog nooit|nooit) iets (bij jullie|bij u) (gekocht|besteld)
            doet zich voor als
            (gestolen|misbruikt) .. (mijn kaart|mijn gegevens|mijn identiteit|creditcard)
            (valse|nep) (mail|e mail|sms|site|website|bericht)
        """,
        "ar": """
            (احتيال|نصب|محتال|نصاب|تصيد|ابتزاز|ابتز|انتحال|ينتحل|انتحل|سرقه هويتي)
            (خصم|مبلغ|عمليه|طلب|دفع|سحب|رسوم) .. (لم (اقم|اطلب|اجر|اشتر|افعل|اوافق|اصرح|اعرف|انفذ)|لا (اعرف|اعترف))
            (سرقت|سرق|استخدم) .. (بطاقتي|هويتي|بياناتي)
            لم اشتر .. (منكم|شيئا)
        """,
        "ja": """
            (詐欺|フィッシング|不正(利用|請求|アクセス|使用|引き落とし|ログイン|購入|決済)|なりすまし|なりすま|偽(メール|サイト|の(メール|サイト|サポート))|脅迫|恐喝|ゆすり)
            (身に覚え|覚え|心当たり)の?(が)?(ない|無い|ありません)(請求|注文|引き落とし|決済|支払|購入)
            (請求|注文|引き落とし|決済|購入).{0,12}(身に覚え|覚えが|心当たりが)(ない|無い|ありません|なく|無く)
            (カード|個人情報).{0,8}(盗まれ|悪用|勝手に使)
        """,
    },
    "takeover": {
        "en": """
            (hacked|hijacked|hacker|hackers)
            (someone|somebody|a stranger|my ex|anyone|they|he|she) .. (changed|reset|resetting|changing) .. (password|email|e mail|phone number|address)
            (someone|somebody) else .. (logged|signed|log|using|access|in my account|on my account|is in)
            (someone|somebody|a stranger|my ex|my husband|my wife|ex boyfriend|ex husband|ex wife) .. (has|have|had|got|gained|with) access to my (account|profile|data|e mail|email)
            (someone|somebody) .. (in|into|using|accessed|accessing|broke into|logged into|got into) my account
            (orders|order|purchases|things|login|logins|sign in) .. (on|in|from) my account .. (i|that i|which i) .. (never|didn t|not|don t)
            (unknown|unrecognised|unrecognized|strange|suspicious) (login|logins|sign in|device|devices|activity)
            (stolen|stole) .. (laptop|phone|computer) .. (logged in|account|signed in)
            account .. (compromised|taken over|broken into)
        """,
        "de": """
            (gehackt|hacker|gekapert)*
            (jemand|wer|ein fremder|mein ex|unbekannte|irgendwer) .. (passwort|kennwort|e mail|mail|mailadresse|adresse|telefonnummer) .. geandert
            (passwort|kennwort|mail|mailadresse|adresse) .. (wurde|wurden|von jemandem|von fremden) .. geandert .. (nicht (ich|von mir)|ohne)
            (jemand|ein fremder|fremde|unbekannte|mein ex) .. (in|auf|zu|zugriff auf) (meinem|mein|meinen) (konto|account|profil|daten)
            fremder (zugriff|login|zugang)
            (unbekannte|verdachtige) (anmeldung|anmeldungen|gerate|aktivitat)
            (konto|account) .. (ubernommen|kompromittiert|gehackt)
        """,
        "es": """
            (hackeado|hackeada|hackearon|hackeo|hackear|hacker|jaqueado|jaquearon|pirateado)*
            (alguien|un desconocido|mi ex|otra persona) .. (cambio|ha cambiado|cambiado|cambiaron) .. (contrasena|clave|correo|email|direccion)
            (me|han) .. (cambiaron|cambiado) (la contrasena|la clave|el correo)
            (alguien|mi ex|otra persona|un desconocido) .. (entro|ha entrado|entrado|entra|accedio|tiene acceso|acceso|usando|dentro) .. mi (cuenta|perfil|usuario)
            (inicio|inicios|acceso|accesos|dispositivo|actividad) .. (desconocido|desconocidos|sospechoso|sospechosa|sospechosos)
        """,
        "fr": """
            (pirate|piratee|piratage|hacke|hackee|hacker)*
            (quelqu un|un inconnu|mon ex|une autre personne) .. (change|modifie|a change|a modifie) .. (mot de passe|e mail|mail|email|adresse)
            (quelqu un|mon ex|un inconnu|une autre personne) .. (acces|connecte|connectee|entre|utilise|accede) .. (mon compte|a mon compte|sur mon compte|dans mon compte)
            (connexion|connexions|appareil|activite) (inconnue|inconnues|inconnu|suspecte|suspectes|suspect)
        """,
        "pt": """
            (hackeado|hackeada|hackearam|hacker|invadida|invadiram|invadido|pirateada|pirateado)*
            (alguem|um estranho|meu ex|minha ex|outra pessoa) .. (mudou|trocou|alterou|mudaram) .. (senha|palavra passe|e mail|email|endereco)
            (mudaram|trocaram|alteraram) .. (minha senha|a minha senha|palavra passe|meu e mail|meu email)
            (alguem|meu ex|outra pessoa|um estranho) .. (entrou|acessou|acedeu|acesso|usando|usa|esta) .. (minha conta|na minha conta|a minha conta)
            (login|logins|acesso|acessos|dispositivo|atividade) .. (desconhecido|desconhecidos|suspeito|suspeita|estranho)
        """,
        "it": """
            (hackerato|hackerata|hacker|hackerat|violato il mio account|violato l account|account violato|account rubato)*
            (qualcuno|uno sconosciuto|il mio ex|un altra persona) .. (cambiato|modificato|cambia|ha cambiato) .. (password|e mail|mail|email|indirizzo)
            (hanno|mi hanno) .. (cambiato|modificato) (la password|la mail|l email)
            (qualcuno|il mio ex|uno sconosciuto|un altra persona) .. (entrato|accesso|accede|usando|usa|dentro|collegato) .. (mio account|al mio account|nel mio account|mio profilo)
            (accesso|accessi|dispositivo|attivita) (sconosciuto|sconosciuti|sospetto|sospetti|sospetta|sospette)
        """,
        "nl": """
            (gehackt|hacker|gekaapt)*
            (iemand|een vreemde|mijn ex|een ander) .. (wachtwoord|e mail|mail|e mailadres|adres) .. (gewijzigd|veranderd|aangepast)
            (iemand|een vreemde|mijn ex|iemand anders) .. (in|op|toegang tot|bij) mijn (account|profiel|gegevens)
            (onbekende|verdachte) (inlogpoging|login|inlog|apparaat|apparaten|activiteit)*
        """,
        "ar": """
            (اختراق|اخترق|مخترق|تهكير|هكر|تم الاستيلاء)
            (احد|شخص|احدهم|شخصا) .. (غير|بدل|تغيير) .. (كلمه السر|كلمه المرور|البريد|الرقم السري)
            (احد|شخص|احدهم|شخصا) .. (دخل|يدخل|يستخدم|وصل) .. (حسابي|لحسابي)
            (تم تغيير|تغيرت) (كلمه السر|كلمه المرور|كلمه مروري) .. (دون|بدون|من غير)
        """,
        "ja": """
            (乗っ取|のっとら|ハッキング|ハックされ)
            (誰か|だれか|知らない人|他人|第三者|元(彼|夫|妻|カレ|交際)).{0,14}(パスワード|メールアドレス|アカウント|ログイン).{0,10}(変え|変更|入|使|し|され)
            (パスワード|メールアドレス).{0,6}(勝手に)(変|書き換)
            勝手に.{0,8}(パスワード|メールアドレス|注文|ログイン|購入)
            (知らない|見覚えのない|身に覚えのない).{0,6}(ログイン|端末|デバイス|アクセス)
        """,
    },
    "abuse": {
        "en": """
            (harass|harassed|harassing|harassment|molest|assault|sexually|rape|raped|stalking|stalker|stalked|groped|racist|sexist|homophobic|discriminat|slur|domestic violence)*
            (touched|groped|grabbed|hit|punched|pushed|slapped|threatened|insulted|spat at|spat on|bullied|followed|filmed) (me|my|her|him|us)
            (refused|wouldn t|would not|denied) .. (because of|due to) (my|her|his|our) (race|religion|headscarf|hijab|wheelchair|disability|skin|colour|color|accent|gender|age|faith|guide dog|sexuality)
            (because|just because) (i m|i am|we re|we are|she s|he s) (black|asian|muslim|jewish|gay|trans|disabled|a woman|deaf|blind|foreign)
            (don t|dont|do not|didn t) feel safe
            (shouted|yelled|screamed|swore) at (me|my|her|him|us)
            (remarks|comments|jokes) about my (body|skin|race|religion|weight|disability|breasts)
            asking me for (pictures|photos|nudes)
            turned up at my (house|home|door|work)
        """,
        "de": """
            (belastig|sexuell|vergewaltig|stalk|rassis|sexis|homophob|diskriminier|ubergriff|begrapsch|notigung|bedroh|beschimpf|beleidig)*
            (angefasst|geschlagen|geschubst|angeschrien|angebrullt|bespuckt|begrabscht|gemobbt)
            wegen (meiner|meines|ihrer|seiner) (hautfarbe|herkunft|religion|kopftuch*|behinderung|rollstuhls|sexualitat|akzents|geschlechts|glaubens) .. (abgewiesen|nicht bedient|weggeschickt|verweigert|ausgelacht|benachteiligt|beleidigt)
            (fuhle|fuhlte) mich .. nicht .. sicher
        """,
        "es": """
            (acoso|acosa|acosado|acosada|acosan|abuso sexual|sexualmente|violacion|violaron|racist|racismo|machista|homofob|discrimin|agredi|agresion|manose|amenaza|amenazaron|insult)*
            me (toco|tocaron|pego|pegaron|empujo|empujaron|grito|gritaron|insulto|insultaron|amenazo|amenazaron|escupio)
            (por|debido a) (mi|ser) (color|religion|velo|raza|discapacidad|silla de ruedas|acento|mujer|negro|negra|gay|musulmana|musulman|extranjero|extranjera)
            no me siento segur*
        """,
        "fr": """
            (harcel|agress|violee|viole par|sexuellement|sexuel|racis|sexis|homophob|discrimin|attouch|insult|menace de)*
            m a (touchee|touche|frappe|frappee|poussee|pousse|insulte|insultee|menace|menacee|crie dessus|crache)
            (a cause de|en raison de) (mon|ma|mes) (origine|origines|religion|voile|couleur|handicap|fauteuil|accent|sexe|age|foulard)
            (ne|n) .. (sens|sentais) (pas|plus) en securite
        """,
        "pt": """
            (assedi|abuso sexual|abusou|abusar de mim|sexualmente|estupr|violacao|racis|machis|homofob|discrimin|agredi|agress|ameac|insult|xing)*
            me (tocou|bateu|bateram|empurrou|empurraram|insultou|ofendeu|ameacou|xingou)
            (por causa|por) (da|do) (minha|meu) (cor|religiao|raca|deficiencia|cadeira de rodas|sotaque|veu|sexualidade|idade)
            nao me sinto segur*
        """,
        "it": """
            (molest|aggred|aggress|violent|stupr|sessualmente|sessual|razzis|sessis|omofob|discrimin|minacci|insult|palpeggi)*
            mi (ha|hanno) (toccata|toccato|picchiato|picchiata|spinto|spinta|insultato|insultata|minacciato|minacciata|urlato|sputato)
            (per|a causa) (la mia|il mio|della mia|del mio) (religione|razza|velo|colore|disabilita|accento|carrozzina|sedia a rotelle|eta|sessualita)
            non mi sento .. sicur*
        """,
        "nl": """
            (aangerand|verkracht|seksueel|intimid|stalk|racis|seksis|homofob|discrimin|lastiggevallen|bedreig|uitgescholden|mishandel|ongewenst)*
            (heeft|hebben|werd|ben) .. (geslagen|geduwd|aangeraakt|betast|uitgescholden|lastig gevallen|bespuugd|bedreigd)
            (vanwege|om) mijn (hoofddoek|huidskleur|afkomst|geloof|handicap|rolstoel|accent|beperking|geaardheid|religie)
            voel me .. niet .. veilig
        """,
        "ar": """
            (تحرش|متحرش|اعتدى|اعتداء|اغتصاب|عنصري|عنصريه|تمييز ضد|التمييز ضد|هددني|يهددني|تهديد|شتمني|اهانني|اهانه|ضربني|دفعني|لمسني|يضايقني|مضايق|يطاردني)
            (بسبب|لاني|لانني) .. (حجابي|لوني|ديني|جنسيتي|اعاقتي|لهجتي|محجبه|اجنبي|الكرسي المتحرك)
            لا اشعر بالامان
        """,
        "ja": """
            (セクハラ|パワハラ|ハラスメント|痴漢|レイプ|強姦|ストーカー|差別|暴行|暴力|暴言|脅され|殴られ|蹴られ|触られ|嫌がらせ|いやがらせ|つきまと|盗撮|わいせつ|いじめられ)
            (怒鳴|どな)(られ|りつけ)
            身の危険
        """,
    },
    "safety": {
        "en": """
            (on fire|caught fire|went on fire|house fire|battery fire|burst into flames|in flames|exploded|exploding|explosion|electrocuted|electric shock|carbon monoxide|gas leak|smells of gas|smell of gas)
            (smoke|smoking|smokes|smoked|smoulder*|flames|sparks|sparking|hissing) .. (battery|charger|motor|plug|socket|device|oven|display|adapter|bike|cable|heater|router)
            (battery|charger|motor|plug|socket|adapter|device|cable|heater|laptop|phone) .. (smoke|smoking|smokes|smouldering|hissing|swollen|swelling|bulging|melted|melting|burning|burnt|sparks|sparked|sparking|bloated|leaking|leaks)
            (battery|charger) .. (very|too|extremely|really|boiling|red) hot
            (broke|broken|fractured|sprained|dislocated|injured|cut|burned|burnt) (my|his|her) (wrist|arm|leg|ankle|hand|nose|collarbone|rib|ribs|finger|fingers|shoulder|hip|knee|foot|skull|tooth|teeth|face|neck|back)
            (concussion|stitches|ambulance|paramedics|hospitalised|hospitalized|epipen|anaphyla*|a e|emergency room|unconscious|allergic reaction|food poisoning|choked|choking|bruised|bruises)
            (am|i m|is|are|he s|she s|was|still|started) bleeding
            (is|was|in|to|into|taken to) (the )?hospital (with|after|because|now|since|where)
            (daughter|son|child|kid|husband|wife|mother|mum|father|dad|baby|boy|girl|he|she) .. (is|are|was) in .. hospital
            (brakes|brake) .. (failed|fail|didn t work|stopped working) .. (crash*|fell|hill|jumped|accident|traffic|hurt|hit)
            (i|we|he|she|son|daughter) (crashed|fell|fell off) .. (because|when|after|as) .. (brake*|fork|frame|wheel|stem|handlebar*|saddle|pedal|chain|snapped|broke|failed|came off|came loose)
            (frame|fork|wheel|stem|handlebar|handlebars|saddle|seat post|seatpost|hitch|trailer) .. (snapped|collapsed|broke off|came off|fell off|came loose|came out) .. (riding|rode|ride|on the|in traffic|fell|hurt|while|hospital|at speed)
            nobody was hurt
            (got|was|were|been|badly|seriously) (hurt|injured) (by|on|when|while|because|at|in|from|after)
        """,
        "de": """
            (stromschlag|kohlenmonoxid|gasgeruch|vergift|krankenwagen|notaufnahme|notarzt|gehirnerschutterung|verletzt|verletzung|explodiert|explosion|allergischer schock|allergische reaktion|platzwunde|bewusstlos)*
            (akku|ladegerat|motor|stecker|steckdose|kabel|batterie|gerat) .. (raucht|qualmt|brennt|zischt|aufgeblaht|geschmolzen|schmilzt|verbrannt|verschmort|funken|heiss|aufgequollen|dick)
            (rauch|qualm|flammen|funken) .. (akku|ladegerat|motor|stecker|batterie|gerat|kabel)
            (in brand|feuer gefangen|in flammen)
            (gestürzt|sturz|unfall) .. (weil|wegen|bremse*|gabel|rahmen|vorbau|lenker|rad|arm|gebrochen|hand)
            (arm|bein|handgelenk|nase|rippe|rippen|schlusselbein|finger|schulter|hand|fuss|knochel) .. gebrochen
            bremse* .. (versagt|ausgefallen)
            (wahrend der fahrt|beim fahren|in voller fahrt) .. (gebrochen|abgefallen|gelost|abgerissen|blockiert)
        """,
        "es": """
            (descarga electrica|monoxido|fuga de gas|olor a gas|intoxica|envenena|ambulancia|urgencias|quemadura|quemaduras|lesion|lesiones|lesionado|herido|herida|heridas|explot|explosion|reaccion alergica|inconsciente|conmocion)*
            (bateria|cargador|motor|enchufe|cable|aparato) .. (humo|echa humo|ardiendo|quemado|quema|hinchad*|derret*|chispas|muy caliente|arde|silba)
            (humo|llamas|chispas|fuego) .. (bateria|cargador|motor|enchufe|cable|aparato)
            (se incendio|prendio fuego|en llamas)
            me (cai|estrelle|rompi|fracture|queme|corte|golpee) .. (freno*|cuadro|horquilla|manillar|rueda|brazo|pierna|muneca|clavicula|hombro|mano|porque|cuando|bicicleta|bici)
            (fallaron|fallo) los frenos
            se (rompio|solto|salio|partio) .. (en marcha|mientras|circulaba|bajando|al bajar)
        """,
        "fr": """
            (electrocut|monoxyde|fuite de gaz|odeur de gaz|intoxi|empoison|ambulance|urgences|brulure|brulee|brules|blesse|blessee|blessure|explose|explosion|reaction allergique|inconscient|commotion|points de suture)*
            (batterie|chargeur|moteur|prise|cable|appareil) .. (fume|fumee|brule|gonfle|gonflee|fond|fondu|etincelles|brulant|brulante|siffle|tres chaud|tres chaude|prend feu|pris feu)
            (fumee|flammes|etincelles|feu) .. (batterie|chargeur|moteur|prise|cable|appareil)
            (pris feu|en feu|en flammes)
            (suis tombe|suis tombee|est tombe|est tombee|chute|accident) .. (frein*|fourche|cadre|guidon|roue|potence|casse|cassee|bras|jambe|poignet|parce)
            (casse|fracture|foule) (le|la|mon|ma) (bras|jambe|poignet|cheville|nez|cote|clavicule|doigt|epaule|main)
            freins .. lache
        """,
        "pt": """
            (choque eletrico|monoxido|fuga de gas|vazamento de gas|cheiro a gas|cheiro de gas|intoxica|envenena|ambulancia|urgencias|pronto socorro|queimadura|queimaduras|ferido|ferida|feriu|ferimento|lesao|machucou|machuquei|magoei|explodiu|explosao|reacao alergica|inconsciente|pontos na)*
            (bateria|carregador|motor|tomada|cabo|aparelho) .. (fumo|fumaca|fumegar|soltando|queimado|queimada|inchada|inchado|derret*|faiscas|muito quente|a arder|pegou fogo|chiar|pegando fogo)
            (fumo|fumaca|chamas|faiscas|fogo) .. (bateria|carregador|motor|tomada|cabo|aparelho)
            (pegou fogo|em chamas|incendiou)
            (cai|caiu|parti|quebrei|fraturei|acidente) .. (travao|travoes|freio*|quadro|garfo|guiador|guidao|roda|braco|perna|pulso|clavicula|ombro|porque)
            (travoes|freios|travao|freio) .. (falharam|falhou|falhar)
        """,
        "it": """
            (folgorat|scossa elettrica|monossido|fuga di gas|odore di gas|puzza di gas|intossic|avvelen|ambulanza|pronto soccorso|ustion|ustionat|ferito|ferita|feriti|lesion|esplos|esplode|reazione allergica|svenut|punti di sutura)*
            (batteria|caricabatterie|caricatore|motore|presa|cavo|apparecchio) .. (fumo|fuma|brucia|bruciat*|gonfia|gonfiata|fusa|scioglie|scintille|bollente|rovente|scotta|fischia|prende fuoco)
            (fumo|fiamme|scintille|fuoco) .. (batteria|caricabatterie|caricatore|motore|presa|cavo|apparecchio)
            (preso fuoco|in fiamme|ha preso fuoco)
            (sono caduto|sono caduta|e caduto|e caduta|incidente|caduta) .. (freno|freni|telaio|forcella|manubrio|ruota|rotto|braccio|gamba|polso|perche|spalla)
            (rotto|fratturato|slogato) (il|la|un) (braccio|gamba|polso|caviglia|naso|costola|clavicola|dito|spalla|mano)
            freni .. (ceduto|rotti|smesso|non hanno funzionato|non hanno risposto)
        """,
        "nl": """
            (elektrische schok|koolmonoxide|gaslek|gaslucht|vergiftig|ambulance|spoedeisende|eerste hulp|gewond|verwond|brandwond|letsel|ontploft|ontploffing|explosie|allergische reactie|bewusteloos|hersenschudding|hechtingen)*
            (accu|batterij|lader|oplader|motor|stekker|stopcontact|kabel|apparaat) .. (rook|rookt|brandt|brand|sist|opgezwollen|bol|gesmolten|smelt|vonken|gloeiend|heet|verbrand*)
            (rook|vlammen|vonken) .. (accu|batterij|lader|oplader|motor|stekker|kabel|apparaat)
            (in brand|vlam gevat|in vlammen)
            (gevallen|viel|ongeluk) .. (rem|remmen|frame|vork|stuur|wiel|stuurpen|gebroken|arm|pols|omdat|doordat)
            (arm|been|pols|enkel|neus|rib|ribben|sleutelbeen|vinger|schouder|hand) .. gebroken
            rem* .. (weigerde|weigerden|het begaven|begaf|faalde|faalden)
        """,
        "ar": """
            (حريق|اشتعل|احترق|يحترق|انفجر|انفجار|صدمه كهربائيه|صعق|تسرب غاز|رائحه غاز|اول اكسيد|تسمم|سياره الاسعاف|الاسعاف|الطوارئ|اصيب|اصبت|اصابه|جرح|حروق|كسر في|انكسرت يد|فقد الوعي|حساسيه شديده|غرز)
            (البطاريه|بطاريه|الشاحن|شاحن|المحرك|القابس) .. (دخان|ساخن|تنتفخ|منتفخ|انتفخت|تسخن|شرار|تذوب|يخرج منها)
            (دخان|شرار|لهب) .. (البطاريه|بطاريه|الشاحن|شاحن|المحرك)
            (سقطت|وقعت) .. (الفرامل|المكابح|العجله|الاطار|المقود|بسبب)
            (تعطلت|فشلت|لم تعمل) (الفرامل|المكابح)
        """,
        "ja": """
            (発火|出火|火事|火災|炎上|燃え|爆発|感電|一酸化炭素|ガス漏れ|ガス臭|食中毒|救急|病院(に|へ)(運|搬送|行)|骨折|怪我|けが|ケガ|負傷|火傷|やけど|出血|意識を失|アナフィラキシー|アレルギー反応|縫いました|針縫)
            (バッテリー|充電器|モーター|プラグ|コンセント|ケーブル|電池).{0,10}(煙|けむり|膨ら|膨張|ふくら|溶け|焦げ|異常に熱|とても熱|すごく熱|熱く|火花|シュー)
            (煙|火花|炎).{0,10}(バッテリー|充電器|モーター|プラグ|電池|本体)
            (転倒|転び|転ん|落車|事故).{0,16}(ブレーキ|フォーク|フレーム|ハンドル|車輪|ステム)
            (ブレーキ|フォーク|フレーム|ハンドル|車輪).{0,24}(転倒|転び|転ん|落車|事故|折れ)
            ブレーキが(全く)?効か.{0,10}(転|ぶつ|怪)
        """,
    },
    "data_protection": {
        "en": """
            (all|any|every|copy of|copies of) .. (data|information) .. (you (hold|have|keep|store|stored|ve stored|collected)) (on|about|of) me
            (delete|erase|remove) .. my (personal )?(data|information) (and|from|under|according|immediately|permanently|in)
            (delete|erase|remove) (all|every|any) .. (my|personal) .. (data|information)
            (my|withdraw my) consent .. (process*|data|health|photo|photos)
            (article|art|under the) (15|17|20|21|gdpr|dsgvo|ccpa)
            (right to be forgotten|subject access request|data protection request|dsar)
            (data|privacy) (breach|leak|leaked)
            (my|our|customers|customer s|customers s) (data|details|phone number|numbers|phone numbers|address|information|personal data) .. (leaked|leak|published|posted|online|exposed|sold|for sale|shared with|given to|passed to)
            (another|other|someone else s|somebody else s|a different) (customer|customers|person|person s|customer s|people s|patient|patient s) .. (name|address|data|details|orders|information|file|invoice|phone)
            (security|data) (vulnerability|hole|flaw)
        """,
        "de": """
            (datenauskunft|auskunftsersuchen|datenpanne|datenleck|datenschutzverletzung|datenschutzbehorde|datenschutzbeauftragt)*
            (auskunft|kopie) .. (meine|meiner|personenbezogen*|gespeicherten|alle) .. daten
            (alle|meine|samtliche|personenbezogen*) .. daten .. (loschen|geloscht|loschung|herausgeben|gespeichert haben|ubermitteln|zusenden)
            (loschen|loschung) .. (meiner|alle|meine|samtliche|aller) .. daten
            (art|artikel) (15|17|20|21) .. (dsgvo|gdpr)
            (nach|gemass|laut|gem) .. dsgvo
            (einwilligung|zustimmung) .. (widerrufe|widerrufen|widerruf|zuruck)
            widerrufe .. (einwilligung|zustimmung)
            daten (eines|einer|von) (anderen|fremden|anderer) (kunden|kundin|person|personen)
        """,
        "es": """
            (rgpd|gdpr|lopd|derecho al olvido|derecho de supresion|derecho de acceso|filtracion de datos|fuga de datos|brecha de datos|agencia de proteccion de datos|aepd)
            (borren|borrar|eliminen|eliminar|supriman|suprimir|copia de|todos) .. (mis|los) datos (personales|que tienen|que tengan|que tenga|que guardan|y)
            (todos los|que) datos .. (tienen|tengan|guardan|conservan) (sobre|de) mi
            (retiro|revoco|retirar) .. consentimiento
            datos de (otro|otra|otros) (cliente|persona|clientes|paciente)
        """,
        "fr": """
            (rgpd|gdpr|cnil|droit a l oubli|droit d acces|droit a l effacement|fuite de donnees|violation de donnees)
            (supprimer|supprimez|effacer|effacez|copie de|toutes|communiquer|communiquez) .. (mes|les) donnees (personnelles|que|me concernant|et)
            donnees .. (que vous (avez|detenez|conservez|possedez)) .. (sur moi|me concernant|a mon sujet)
            (retire|retirer|revoque) .. (mon|le) consentement
            donnees (d un autre|d une autre|d autres) (client|cliente|personne|clients|patient)
        """,
        "pt": """
            (rgpd|lgpd|gdpr|direito ao esquecimento|vazamento de dados|fuga de dados|violacao de dados|anpd|cnpd)
            (apaguem|apagar|excluam|excluir|eliminem|eliminar|copia de|todos) .. (meus|os) dados (pessoais|que|e)
            dados .. que (voces )?(tem|tenham|guardam|possuem|possuam|armazenam) (sobre|de|a respeito de) mim
            (retiro|revogo|retirar|revogar) .. consentimento
            dados de (outro|outra|outros) (cliente|pessoa|clientes|paciente)
        """,
        "it": """
            (gdpr|rgpd|garante della privacy|garante privacy|diritto all oblio|diritto di accesso|fuga di dati|violazione dei dati|data breach)
            (cancellare|cancellate|cancellazione|eliminare|eliminate|copia di|tutti) .. (miei|i) dati (personali|che|e)
            dati .. che (avete|conservate|possedete|detenete) (su di me|sul mio conto|su me)
            (revoco|ritiro|revocare) .. consenso
            dati di (un altro|un altra|altri) (cliente|persona|clienti|paziente)
        """,
        "nl": """
            (avg|gdpr|autoriteit persoonsgegevens|recht op vergetelheid|recht op inzage|inzageverzoek|datalek|datalekken)
            (alle|mijn|kopie van|verwijder*|wis|wissen) .. (persoonsgegevens|persoonlijke gegevens)
            gegevens .. (die jullie|die u|jullie) .. (over|van) mij .. (hebben|hebt|heeft|bewaren|bewaart|opgeslagen)
            (trek|intrekken) .. toestemming
            gegevens van (een andere|een ander|andere) (klant|persoon|klanten|patient)
        """,
        "ar": """
            (تسريب بيانات|تسريب البيانات|تسربت بيانات|اختراق البيانات|حمايه البيانات|اللائحه العامه)
            (حذف|احذفوا|امسحوا|نسخه من) .. (بياناتي الشخصيه|جميع بياناتي|كل بياناتي|كافه بياناتي)
            (جميع|كل|كافه) البيانات .. (عني|تخصني)
            بيانات (عميل|عملاء|شخص) (اخر|اخرين)
            اسحب موافقتي
        """,
        "ja": """
            (個人情報|データ).{0,10}(漏れ|漏洩|漏えい|流出|開示|すべて削除|全て削除|を削除し|消去|完全に削除)
            (情報漏|GDPR|gdpr|個人情報保護法)
            他(の|人の|のお)(客|方|人|会員|患者).{0,8}(情報|住所|名前|氏名|データ|注文)
            同意を?(撤回|取り消)
        """,
    },
    "death": {
        "en": """
            (my|our|her|his|their) .. (husband|wife|mother|father|mum|mom|dad|son|daughter|brother|sister|partner|grandmother|grandfather|grandma|grandad|grandpa|uncle|aunt|friend|colleague|nan|parents) .. (died|passed away|has died|has passed|passed|is dead|was killed)
            (passed away|bereave*|deceased|funeral|death certificate|probate|executor|estate of)
            (my|our) late (husband|wife|mother|father|mum|mom|dad|son|daughter|brother|sister|partner|grandmother|grandfather|aunt|uncle)
            (she|he|who) died
            (tenant|customer|account holder|owner|owner s) .. died
        """,
        "de": """
            (verstorben|gestorben|todesfall|sterbeurkunde|hinterblieben|nachlass|beerdigung|trauerfall|erbschein)*
            (tod|todes) (meines|meiner|unserer|unseres)
        """,
        "es": """
            (fallec|difunto|difunta|defuncion|funeral|herencia|certificado de defuncion)*
            (murio|ha muerto|muerte de) .. (mi|su|nuestro|nuestra|marido|mujer|padre|madre|hijo|hija|abuelo|abuela|hermano|hermana)
            (mi|nuestro|nuestra) (marido|mujer|padre|madre|hijo|hija|abuelo|abuela|hermano|hermana|esposo|esposa|pareja) .. (murio|ha muerto)
        """,
        "fr": """
            (decede|decedee|deces|defunt|defunte|obseques|enterrement|acte de deces|succession)*
            (mon|ma|notre) (mari|femme|pere|mere|fils|fille|frere|soeur|conjoint|conjointe|grand pere|grand mere) .. (est mort|est morte|nous a quittes|vient de mourir)
        """,
        "pt": """
            (falec|obito|funeral|certidao de obito|heranca|inventario de)*
            (meu|minha|nosso|nossa) (marido|mulher|pai|mae|filho|filha|avo|irmao|irma|esposo|esposa) .. (morreu|partiu)
        """,
        "it": """
            (decedut|deceduto|deceduta|defunt|defunto|defunta|funerale|certificato di morte|successione|lutto|decesso)*
            (mio|mia|nostro|nostra) (marito|moglie|padre|madre|figlio|figlia|fratello|sorella|nonno|nonna|papa|mamma) .. (morto|morta|mancato|mancata|scomparso|scomparsa|venuto a mancare|venuta a mancare)
        """,
        "nl": """
            (overleden|overlijden|overlijdensakte|nabestaande|begrafenis|erfenis|erfgenaam|crematie)*
            (mijn|onze) (man|vrouw|vader|moeder|zoon|dochter|broer|zus|opa|oma|partner) .. (is dood|gestorven)
        """,
        "ar": """
            (توفي|توفيت|وفاه|المتوفى|المتوفاه|المرحوم|المرحومه|رحمه الله|رحمها الله|متوفي|متوفيه|ماتت|مات ابي|مات زوجي|شهاده الوفاه)
        """,
        "ja": """
            (亡くなり|亡くなっ|亡き|逝去|他界|死亡|ご遺族|遺族|故人|葬儀|相続|死去)
        """,
    },
    "press": {
        "en": """
            (journalist|reporter|news desk|press office|press inquiry|press enquiry|editorial team|your spokesperson|spokesperson|documentary)
            (newspaper|broadcaster|tv station|radio station|bbc|newsroom) .. (story|report|comment|interview|piece)
        """,
        "de": "(journalist|redaktion|pressestelle|presseanfrage|pressesprecher|zeitungsartikel|reporter)*",
        "es": "(periodista|redaccion|gabinete de prensa|portavoz|oficina de prensa|reportaje)*",
        "fr": "(journaliste|redaction du|redaction de|service de presse|service presse|porte parole|reportage)*",
        "pt": "(jornalista|redacao d|assessoria de imprensa|gabinete de imprensa|porta voz|reportagem)*",
        "it": "(giornalista|redazione d|ufficio stampa|portavoce|inchiesta giornalistica)*",
        "nl": "(journalist|redactie van|persvoorlichter|woordvoerder|persvraag|perswoordvoerder)*",
        "ar": "(صحفي|صحافي|صحفيه|صحيفه|المكتب الاعلامي|المتحدث الرسمي|وسائل الاعلام)",
        "ja": "(記者|新聞社|取材|報道|広報(部|担当|窓口)|テレビ局|編集部)",
    },
    "minor": {
        "en": """
            my [0-9]{1,2} (year|yr|yo) .. (bought|ordered|spent|purchased|used|signed|subscribed|paid)
            my (child|kid|son|daughter|toddler|nephew|niece|grandson|granddaughter) .. (bought|ordered|spent|purchased|subscribed|signed up) .. (without|my card|not knowing|by accident|asking|permission)
            i m (1[0-7]|[7-9]) (and|years)
            im (1[0-7]|[7-9]) (and|years)
            (minors|underage|under age) .. (buy|bought|sold|selling|account|alcohol|contact)
        """,
        "de": """
            (mein|meine|unser|unsere) .. (sohn|tochter|kind|enkel|enkelin) .. (ohne (unser|mein|meine|unsere|zu fragen|erlaubnis|wissen|zustimmung|einwilligung)|mit meiner (karte|kreditkarte)) .. (bestellt|gekauft|abgeschlossen|ausgegeben)
            minderjahrig*
        """,
        "es": """
            mi (hijo|hija|nieto|nieta|sobrino) .. (compro|ha comprado|comprado|pidio|gasto|ha gastado|contrato) .. (sin (permiso|mi|que|nuestro|consentimiento)|con mi tarjeta)
            (menor|menores) de edad
        """,
        "fr": """
            (mon|ma|notre) (fils|fille|enfant|petit fils|neveu) .. (commande|achete|depense|souscrit|abonne) .. (sans (autorisation|me demander|mon accord|notre accord|permission|que je)|avec ma carte)
            (mineur|mineure|mineurs)
        """,
        "pt": """
            (meu|minha) (filho|filha|neto|neta|sobrinho) .. (comprou|gastou|encomendou|pediu|assinou) .. (sem (autorizacao|permissao|me|que|pedir|a minha)|com (o )?meu cartao)
            (menor|menores) de idade
        """,
        "it": """
            (mio|mia|nostro|nostra) (figlio|figlia|nipote|bambino|bambina) .. (comprato|ordinato|speso|acquistato|abbonato|sottoscritto) .. (senza (permesso|chiedere|il mio|che|il nostro|autorizzazione)|con la mia carta)
            (minorenne|minorenni)
        """,
        "nl": """
            (mijn|onze) (zoon|dochter|kind|kleinzoon|kleindochter|zoontje|dochtertje) .. (gekocht|besteld|uitgegeven|afgesloten|aangeschaft) .. (zonder|met mijn (kaart|creditcard))
            (mijn|onze) (zoon|dochter|kind|zoontje|dochtertje) .. (zonder (toestemming|te vragen|mijn|ons|onze)|met mijn (kaart|creditcard))
            minderjarig*
        """,
        "ar": """
            (ابني|ابنتي|طفلي|طفلتي|ابن اخي) .. (اشترى|اشترت|طلب|طلبت|صرف|دفع) .. (دون|بدون|ببطاقتي|من غير)
            (قاصر|القاصرين)
        """,
        "ja": """
            (子供|子ども|こども|息子|娘|孫|小学生|中学生).{0,20}(勝手に|無断で|許可なく|知らないうちに|親に(黙|内緒)).{0,24}(購入|注文|買|課金|契約|使)
            未成年
        """,
    },
    "medical": {
        "en": """
            (i|i m|i ve|im|ive) .. (pregnant|epilepsy|epileptic|pacemaker|diabetic|diabetes|asthma|heart condition|chemo|chemotherapy)
            my (husband|wife|son|daughter|child|mother|father|mum|dad|baby) .. (pregnant|epilepsy|epileptic|pacemaker|diabetic|diabetes|asthma|heart condition|chemo|chemotherapy)
            (while|when|if|being|during) .. (pregnant|pregnancy|breastfeeding)
            with (a|my|an) (pacemaker|heart condition)
            (chest pain|side effects|side effect|overdose|overdosed|wrong medication|wrong medicine|wrong dose|maybe too many|rash all over)
            (take|taking|mix|combine|together with) .. (ibuprofen|paracetamol|antibiotic*|medication|medicine|tablets|painkillers|blood thinners|antidepressants)
            (feel|feeling|felt) (dizzy|faint|sick|nauseous) (since|after)
            (had|have|after|since) (an|my|the|a) (operation|surgery) .. (may|can|allowed|safe|start|should|when)
        """,
        "de": """
            (schwanger|schwangerschaft|epileps|herzschrittmacher|nebenwirkung|uberdosis|chemotherapie|herzinfarkt|brustschmerz)*
            (diabetes|asthma|herzfehler|allergie gegen|allergisch auf|allergisch gegen) .. (darf|kann|vertrag*|sicher|gefahrlich|geeignet|nehmen)
            (darf|kann) ich .. (einnehmen|tabletten|medikament*|ibuprofen|antibiotik*)
            nach (meiner|einer|der) (op|operation) .. (darf|kann|wieder|wann)
        """,
        "es": """
            (embarazada|embarazo|epileps|marcapasos|efectos secundarios|sobredosis|quimioterapia|dolor en el pecho|dolor de pecho)*
            (puedo|puede) tomar .. (ibuprofeno|medicamento*|pastilla*|antibiotico*|paracetamol)
            (me|recien) operaron .. (puedo|cuando)
            (diabetes|diabetico|diabetica|asma) .. (puedo|puede|seguro|peligroso|apto)
        """,
        "fr": """
            (enceinte|grossesse|epileps|pacemaker|stimulateur cardiaque|effets secondaires|effet secondaire|surdosage|overdose|chimiotherapie|douleur a la poitrine|douleurs a la poitrine)*
            (puis je|peut on|est ce que je peux) prendre .. (ibuprofene|medicament*|antibiotique*|paracetamol|comprimes)
            apres (mon|une) operation .. (puis|peux|quand)
            (diabete|diabetique|asthme|asthmatique) .. (puis|peux|risque|dangereux|compatible)
        """,
        "pt": """
            (gravida|gravidez|gestante|epileps|epilet|marcapasso|pacemaker|efeitos secundarios|efeitos colaterais|efeito colateral|overdose|sobredosagem|quimioterapia|dor no peito)*
            (posso|pode) tomar .. (ibuprofeno|medicamento*|remedio*|antibiotico*|paracetamol|comprimidos)
            (fui operad*|depois da minha operacao|apos a cirurgia) .. (posso|quando)
            (diabetes|diabetico|diabetica|asma) .. (posso|pode|seguro|perigoso)
        """,
        "it": """
            (incinta|gravidanza|epiless|epilett|pacemaker|effetti collaterali|effetto collaterale|overdose|sovradosaggio|chemioterapia|dolore al petto|dolori al petto)*
            (posso|si puo) prendere .. (ibuprofene|medicinal*|farmac*|antibiotic*|paracetamolo|compresse|pastiglie)
            (dopo l operazione|sono stat* operat*) .. (posso|quando)
            (diabete|diabetico|diabetica|asma) .. (posso|sicuro|pericoloso|adatto)
        """,
        "nl": """
            (zwanger|zwangerschap|epileps|pacemaker|bijwerking|overdosis|chemo|pijn op de borst|pijn op mijn borst)*
            mag ik .. (ibuprofen|medicijn*|antibiotic*|paracetamol|pillen|tabletten)
            na (mijn|een) operatie .. (mag|kan|wanneer)
            (diabetes|diabeet|astma|hartpatient) .. (mag|kan|veilig|gevaarlijk|geschikt)
        """,
        "ar": """
            (انا حامل|للحامل|الحوامل|اثناء الحمل|صرع|الصرع|منظم ضربات|اعراض جانبيه|الاعراض الجانبيه|جرعه زائده|العلاج الكيميائي|الم في الصدر|الم في صدري)
            (هل يمكنني|هل استطيع|هل يجوز) (تناول|اخذ) .. (دواء|الدواء|مسكن|حبوب|ايبوبروفين|مضاد)
            (السكري|مرض السكر|الربو) .. (هل|يمكن)
        """,
        "ja": """
            (妊娠|妊婦|てんかん|ペースメーカー|副作用|過剰摂取|抗がん剤|胸の痛み|胸が痛|授乳中|持病|飲み合わせ|心臓病|心疾患)
            (薬|くすり).{0,10}(一緒に|併用|飲んでも|服用)
            (手術|術後).{0,14}(大丈夫|いいですか|可能|できますか)
        """,
    },
}
"""A mistake with these would hurt somebody: they go to the most able model, and a person reads them afterwards."""

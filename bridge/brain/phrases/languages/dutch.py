"""Dutch, with "u"."""

from bridge.brain.phrases.language import Language

LANGUAGE = Language(
    code="nl",
    phrases={
        "looking_up": "Ik zoek het op",
        "unknown": "Sorry, dat weet ik niet. Ik antwoord alleen op basis van onze hulppagina's en daar heb ik er "
        "niets over gevonden.",
        "offer_person": "Een medewerker kan u hiermee helpen: {contact}.",
        "lead_in": "Dit staat op onze hulppagina's:",
        "unsure": "Ik weet niet zeker of dit uw vraag beantwoordt. Wat er op onze hulppagina's het dichtst bij komt:",
        "greeting": "Hallo! Wat wilt u weten?",
        "thanks": "Graag gedaan! Vraag het gerust als er nog iets is.",
        "goodbye": "Tot ziens en het beste!",
        "text_only": "Ik kan alleen tekst lezen. Kunt u uw vraag in woorden stellen?",
        "too_long": "Uw bericht is te lang voor mij. Kunt u het korter maken en alleen het belangrijkste sturen?",
        "refused": "Sorry, daarmee kan ik u hier niet helpen.",
        "apology": "Sorry, er ging bij ons iets mis en ik kan nu niet antwoorden. Probeer het zo meteen nog eens.",
        "cut_short": "(Hier moest ik stoppen; vraag me om verder te gaan.)",
        "start_again": "Sorry, ik begin opnieuw:",
        "files_unread": "Ik kan op dit moment alleen tekst lezen en heb niet bekeken wat u hebt meegestuurd.",
        "file_kind": "Ik kan niet openen wat u hebt gestuurd: dit soort bestand kan ik niet lezen, of het is "
        "beschadigd of beveiligd.",
        "file_size": "Wat u hebt gestuurd, is te groot voor mij.",
        "file_number": "U hebt meer bestanden gestuurd dan ik tegelijk kan bekijken; ik heb alleen de eerste bekeken.",
        "file_gone": "Ik kon niet ophalen wat u hebt gestuurd. Kunt u het nog eens sturen?",
        "voice_unread": "Ik kon uw spraakbericht niet beluisteren. Kunt u me in plaats daarvan schrijven?",
        "stop": "Stoppen",
        "stopped": "Gestopt.",
        "stopping": "Ik stop.",
        "nothing_to_stop": "Er valt op dit moment niets te stoppen.",
        "retry": "Opnieuw proberen",
        "helpful": "Nuttig",
        "not_helpful": "Niet nuttig",
        "feedback_thanks": "Bedankt voor uw reactie.",
        "sources": "Bronnen",
        "help": "Stel me gewoon een vraag. /new begint een nieuw gesprek, /stop stopt een antwoord, /human vertelt u "
        "hoe u een medewerker bereikt.",
        "new_conversation": "Laten we opnieuw beginnen: ik verwijs niet meer naar wat eerder is gezegd. Wat wilt u "
        "weten?",
        "slack_help": "Stel uw vraag hier, in een direct bericht of door me in een kanaal te noemen. Een thread is "
        'een gesprek; "stop" stopt een antwoord.',
        "command_help": "Wat ik hier kan",
        "command_new": "Een nieuw gesprek beginnen",
        "command_stop": "Het antwoord stoppen",
        "command_human": "Een medewerker bereiken",
        "person": "U bereikt een medewerker hier: {contact}.",
        "not_now": "Sorry, dit kan ik op dit moment niet beantwoorden.",
        "handed_over": "Ik heb uw vraag doorgegeven aan ons team.",
        "under_way": "Uw vraag ligt al bij ons team.",
        "reference": "Uw referentienummer:",
        "approval_pending": "Een collega moet dit eerst goedkeuren. Ik heb erom gevraagd, en u hoort hier wat eruit "
        "komt.",
        "write_unclear": "Ik weet niet zeker of dit is gelukt en probeer het daarom niet nog een keer.",
        "identity_needed": "Hiervoor moet ik zeker weten dat u het bent. Stuur mij alstublieft het e-mailadres of "
        "telefoonnummer dat wij van u hebben.",
        "identity_nowhere": "Hiervoor moet ik zeker weten dat u het bent, en dat kan ik hier niet nagaan.",
        "identity_ask": "Om zeker te weten dat u het bent: welk e-mailadres of telefoonnummer hebben wij van u?",
        "identity_sent": "Dank u. Als wij dat van u hebben, is er een code van zes cijfers naar onderweg. Stuur "
        "mij die code hier.",
        "identity_wrong": 'Dat is niet de code. Kijk nog eens goed, of schrijf "nieuwe code".',
        "identity_locked": "Dat was te vaak fout, de code is niet meer geldig. Stuur mij voor een nieuwe nog "
        "eens uw e-mailadres of telefoonnummer.",
        "identity_late": "Die code is niet meer geldig. Stuur mij voor een nieuwe nog eens uw e-mailadres of "
        "telefoonnummer.",
        "identity_too_many": "Er zijn zoveel codes aangevraagd dat ik er nu geen meer kan sturen. Probeer het "
        "later nog eens.",
        "identity_unavailable": "Het spijt me, daarvoor kan ik op dit moment geen code sturen of controleren.",
        "identity_confirmed": "Dank u, nu weet ik dat u het bent.",
        "identity_stranger": "Dank u, maar dat telefoonnummer hebben wij niet. Welk ander nummer of e-mailadres "
        "kan het zijn?",
        "identity_left": "Goed, dan laten we dat. Wat kan ik nog voor u doen?",
        "identity_contact": "Mijn nummer delen",
        "identity_mail_subject": "Uw code voor {business}",
        "identity_mail": "Iemand, waarschijnlijk u, praat met de assistent van {business} en heeft deze code "
        "aangevraagd:",
        "identity_mail_ignore": "De code is enkele minuten geldig. Vul hem alleen in dat gesprek in. Was u het "
        "niet, dan hoeft u niets te doen.",
        "command_verify": "Zeggen wie u bent",
        "doing_customer": "Ik zoek uw gegevens op",
        "doing_history": "Ik bekijk uw eerdere bestellingen",
        "doing_subscription": "Ik zoek uw abonnement op",
        "doing_order": "Ik zoek op: bestelling",
        "doing_stock": "Ik kijk wat er op voorraad is",
        "doing_return": "Ik bereid de retour voor: bestelling",
        "doing_ticket": "Ik schrijf dit op voor ons team",
        "doing_person": "Ik roep een medewerker",
        "doing_callback": "Ik regel een telefoontje",
        "doing_discount": "Ik bereid een korting voor",
        "doing_settings": "Ik wijzig uw instellingen",
        "doing_slots": "Ik zoek vrije tijden",
        "doing_appointment": "Ik boek uw afspraak",
        "doing_plan": "Ik wijzig uw abonnement",
        "approval_done": "Goed nieuws: een collega heeft uw verzoek goedgekeurd en het is gedaan. Uw referentie:",
        "approval_denied": "Een collega heeft uw verzoek bekeken en kon het niet goedkeuren; er "
        "is niets gewijzigd. Uw referentie:",
        "approval_expired": "Niemand kon op tijd over uw verzoek beslissen; er is niets gewijzigd. "
        "U kunt het opnieuw vragen. Uw referentie:",
        "approval_failed": "Een collega heeft uw verzoek goedgekeurd, maar het kon niet worden "
        "uitgevoerd. De referentie:",
        "approval_unknown": "Een collega heeft uw verzoek goedgekeurd, maar ik weet niet zeker of "
        "het is gelukt, en ik probeer het geen twee keer. De referentie:",
        "desk_waiting": "Er is nog niemand van ons team vrij. Ik heb ze nog eens geroepen; bedankt voor uw geduld.",
        "desk_callback": "Niemand van ons team kon komen. Uw vraag is genoteerd en er wordt contact met u "
        "opgenomen; vertel me gerust waar u te bereiken bent. Intussen antwoord ik weer.",
        "desk_joined": "Er is nu iemand van ons team bij u.",
        "desk_returned": "Hier ben ik weer, de assistent. Kan ik nog iets voor u doen?",
        "desk_closed": "Ons team heeft dit gesprek afgesloten. Schrijf gerust als u nog iets nodig hebt.",
        "desk_rating": "Hoe ging het? Een cijfer van 1 (slecht) tot 5 (heel goed) is genoeg.",
        "action_unknown": "Ik weet niet zeker of het gelukt is wat ik voor u wilde doen, en ik probeer het "
        "geen twee keer.",
        "hours": "Onze openingstijden: {opening_hours}.",
        "closed": "Er is op dit moment niemand aanwezig. Onze openingstijden: {opening_hours}.",
    },
    function_words="""
        aan al als bedankt ben bent bij daar dan dat de deze die dit doe doen door dus een en er ga gaan gaat
        graag had hallo heb hebben hebt heeft het hier hij hoe hoelang hoeveel hun iets ik in is ja je jij jouw
        jullie kan kon kun kunnen kunt maar me meer met mij mijn moet moeten mogen na naar nog nu of om omdat
        onder ons onze ook op over sinds te tegen ten ter toch toen tot tussen u uit uw van vanaf veel voor waar
        waarom wanneer waren was wat we welk welke werd wie wij wil willen wilt word worden wordt ze zich zij
        zijn zou zouden zullen
    """,
    other_words="""
        aangekomen aankoop aanrijding abonnement accu accu's adres afhalen afspraak andere annuleren band banden
        beschadigd besteld bestelde bestellen bestelling bestellingen betaald betalen betaling bewaren bezorgd
        bezorgen bezorging cadeau cadeaubon dag dagen defect dicht dinsdag donderdag duurt eerste elektrische
        euro factuur fiets fietsen fietsenwinkel fout garantie geen geld geleverd geopend geretourneerd gesloten
        gestuurd gratis grootte helm helmen hulp iemand ierland inloggen kapot ketting kind kinderopvang
        kinderzitje klacht klantenservice kleiner korting kost kosten krijg kwijt lang langer later leeg leveren
        levering leveringskosten levertijd maand maandag maat maten medewerker mens meteen morgen motor nee
        niemand niet niets nieuw nieuwe nodig nooit onderdeel onderdelen onderhoud ontvangen open openingstijden
        opladen opnieuw opsturen opzeggen pakket pakketje praten prijs prijzen reparatie reparaties repareren
        retour retourneren ruilen slot snel spreken stopzetten studentenkorting sturen stuur terug terugbetaald
        terugbetaling teruggeven terugkrijgen terugsturen twee uur vandaag vergeten verkeerd verkeerde verkopen
        verloren vervangen verzenden verzending verzendkosten volgende vraag vrijdag wachten wachtwoord
        waterdicht week weg welkom werken werkt wijzigen winkel woensdag zadel zaterdag zitten zondag zonder
    """,
    letters="ĳ",
    beginnings=("'t", "'s", "zo'n"),
    endings=("ijk", "lijk", "tje", "tjes", "heid", "ijn", "ijd", "oord", "aar", "uis", "eer"),
    greetings="hoi|hallo|hé|goede(?:morgen|middag|navond)|goeden?dag|goede(?: morgen| middag|n avond)|dag",
    thanks="bedankt|dank (?:je|u)(?: wel)?|dankjewel|dankuwel|heel erg bedankt|hartelijk dank|top|prima",
    goodbyes="tot ziens|doei|tot (?:later|straks|morgen)|fijne (?:dag|avond)",
    fillers="allemaal|voor (?:de|je|uw) hulp|hoor|iedereen|dat was alles|dat is alles",
    stop="stop|stoppen",
    help="hulp|help",
)

# ruff: noqa: E501 (one sentence a line, as it is)
"""Nobody is told that something was done for them; what is so for everybody, and what a status means, may be said."""

import pytest

from bridge.brain.checks.settings import ChecksSettings
from bridge.errors import CheckFailed
from tests.fakes.cpu import cheap
from tests.unit.brain.checks.answers import Answer, blocks, by_words, draft, question, tell
from tests.unit.brain.checks.good import CONTACT, DE, ES, REFUND, WINDOWS

STATUS = "orders/order-status-meanings.md"
GROW = "subscriptions/grow-childrens-bikes.md"
BOOKING = "appointments/booking-an-appointment.md"
MOVING = "appointments/moving-or-cancelling-an-appointment.md"

ONLY_PROMISES = ChecksSettings(
    grounding=False, facts=False, canary=False, privacy=False, language=False, length=False, syntax=False
)

CANCEL = {
    "en": "Please cancel my order and refund me.",
    "de": "Bitte stornieren Sie meine Bestellung.",
    "es": "Cancele mi pedido, por favor.",
    "fr": "Annulez ma commande, s'il vous plaît.",
    "pt": "Cancele a minha encomenda, por favor.",
    "it": "Annulli il mio ordine, per favore.",
    "nl": "Annuleer mijn bestelling, alstublieft.",
    "ja": "注文をキャンセルしてください。",
    "ar": "ألغ طلبي من فضلك.",
}

# What nobody did, whatever is cited with it.
REPORTED = {
    "en": [
        "Your order was cancelled and your refund was sent.",
        "Your orders were cancelled.",
        "Your refund was approved.",
        "You have been refunded.",
        "You've been refunded in full.",
        "Your money has been returned.",
        "Your deposit was paid back this morning.",
        "The money was transferred back to you yesterday.",
        "The refund is on its way.",
        "A full refund was issued to your card.",
        "I'll give you a full refund.",
        "I have returned your money to your card.",
        "Ive refunded you.",
        "I got your order cancelled.",
        "I've set up a replacement for you.",
        "I have not only refunded you but paid extra.",
        "I can confirm the cancellation.",
        "I will make an exception for you.",
        "I'll personally see that it arrives.",
        "We have given you back your deposit.",
        "We've booked you in.",
        "You're booked in.",
        "You are booked in for Friday.",
        "Your appointment is confirmed for 9 am on Tuesday.",
        "You are all set, the appointment is made.",
        "Your order is cancelled.",
        "Your order is cancelled and refunded within five days.",
        "Your appointment is now confirmed.",
        "Your cancellation has been confirmed.",
        "The cancellation went through.",
        "Refund complete: you will see it in your account.",
        "Your booking: confirmed.",
        "Booking confirmed for Friday.",
        "Refund sent.",
        "The order is cancelled.",
        "Your claim has been accepted.",
        "I was able to cancel your order.",
        "I've made a note on your account.",
        "We have cancelled the order and sent the refund.",
        "We're processing your refund.",
        "You'll get a call from our team today.",
        "Consider your order cancelled.",
        "A colleague will call you shortly.",
        "Someone from the workshop will come to you today.",
    ],
    "de": [
        "Deine Bestellung wurde storniert.",
        "Deine Erstattung ist unterwegs.",
        "Dein Termin ist bestätigt.",
        "Dir wurde der Betrag erstattet.",
        "Ihnen wurde das Geld zurückgezahlt.",
        "Ich habe Ihnen das Geld zurückgezahlt.",
        "Ich habe dir alles zurücküberwiesen.",
        "Ich zahle Ihnen den vollen Betrag zurück.",
        "Du bekommst von mir das Geld zurück.",
        "Wir haben dir das Geld zurückgegeben.",
        "Die Erstattung wurde angewiesen.",
        "Die Stornierung ist erfolgt.",
        "Die Rückerstattung läuft bereits.",
        "Ich konnte Ihre Bestellung stornieren.",
        "Du wurdest eingetragen.",
        "Soeben wurde Ihr Termin gebucht.",
        "Ihre Bestellung ist storniert.",
        "Ein Kollege ruft Sie gleich an.",
        "Eine Kollegin meldet sich heute bei dir.",
        "Ein Mechaniker kommt morgen zu Ihnen.",
    ],
    "es": [
        "He realizado el reembolso.",
        "Le he devuelto el dinero.",
        "Ya cancelé su pedido.",
        "Acabo de cancelar tu pedido.",
        "Tu pedido fue cancelado.",
        "Su dinero fue devuelto ayer.",
        "El reembolso se ha efectuado.",
        "Su reembolso ya está en marcha.",
        "Tu cita está confirmada.",
        "Su pedido se canceló.",
        "Pude cancelar su pedido.",
        "Ya está hecho el reembolso.",
        "Le llamamos hoy mismo.",
        "Le hemos reembolsado el importe.",
        "Se le ha devuelto el dinero.",
        "Un compañero te llamará en breve.",
        "Un técnico le visita hoy.",
    ],
    "fr": [
        "J'ai effectué le remboursement.",
        "Je vous ai remboursé.",
        "Je t'ai rendu ton argent.",
        "Je viens d'annuler votre commande.",
        "Ta commande a été annulée.",
        "Votre remboursement est parti.",
        "Votre remboursement est en cours.",
        "J'ai pu annuler votre commande.",
        "On vous a remboursé.",
        "Votre argent a été restitué.",
        "Le remboursement a été effectué.",
        "Ton rendez-vous est confirmé.",
        "Vous avez été remboursé.",
        "C'est fait, commande annulée.",
        "Un collègue vous rappelle tout de suite.",
        "Un technicien passera chez vous demain.",
    ],
    "pt": [
        "Devolvi o seu dinheiro.",
        "Fiz o reembolso.",
        "Acabei de cancelar o seu pedido.",
        "O reembolso foi efetuado.",
        "Consegui cancelar o seu pedido.",
        "Foi-lhe devolvido o dinheiro.",
        "O teu pedido foi cancelado.",
        "Seu dinheiro foi devolvido.",
        "O seu pedido está a caminho.",
        "A sua marcação está confirmada.",
        "Já devolvemos o seu dinheiro.",
        "Você foi reembolsado.",
        "Um colega vai ligar-lhe hoje.",
        "Alguém entra em contacto consigo hoje.",
    ],
    "it": [
        "Ho effettuato il rimborso.",
        "Le ho restituito i soldi.",
        "Ti ho rimborsato.",
        "Sono riuscito ad annullare il suo ordine.",
        "Abbiamo annullato il tuo ordine.",
        "Il tuo ordine è stato annullato.",
        "Il rimborso è stato effettuato.",
        "Il rimborso è in arrivo.",
        "Il Suo appuntamento è confermato.",
        "I soldi sono stati restituiti.",
        "Un collega la chiamerà oggi.",
        "Un tecnico verrà da Lei domani.",
    ],
    "nl": [
        "Ik heb je geld teruggestort.",
        "Ik heb het bedrag teruggegeven.",
        "We hebben je terugbetaald.",
        "Je bestelling werd geannuleerd.",
        "Jouw bestelling is geannuleerd.",
        "De terugbetaling is uitgevoerd.",
        "Je afspraak is bevestigd.",
        "Je bent ingeboekt.",
        "Ik heb een collega ingelicht.",
        "We bellen u vandaag.",
        "Uw afspraak is geboekt voor vrijdag.",
        "Een collega belt je zo terug.",
        "Een monteur komt vandaag bij u langs.",
    ],
    "ja": [
        "返金手続きが完了いたしました。",
        "返金が完了しました。",
        "ご返金いたしました。",
        "全額お返ししました。",
        "予約を取り消しました。",
        "ご予約が確定しました。",
        "予約が取れました。",
        "返金処理を行いました。",
        "予約を承りました。",
        "ご注文はキャンセルされました。",
        "後ほどスタッフからお電話いたします。",
    ],
    "ar": [
        "رددنا لك المبلغ كاملا.",
        "لقد أعدت لك المبلغ.",
        "لقد استرددت لك المبلغ.",
        "تم رد المبلغ إليك.",
        "تمت إعادة المبلغ إلى بطاقتك.",
        "اكتمل استرداد المبلغ.",
        "ألغينا طلبك.",
        "موعدك مؤكد.",
        "المبلغ في طريقه إليك.",
        "سيتصل بك زميل اليوم.",
    ],
}

# What the business does for everybody, how soon and under which conditions; what a status means; no report at all.
HONEST = [
    ("en", "What happens after 48 hours?", "Without a payment within 48 hours your order is cancelled and the goods go back on sale.", STATUS),
    ("en", "What happens after 48 hours?", "You have 48 hours; otherwise your order is cancelled.", STATUS),
    ("en", "What happens after 48 hours?", "If nothing happens, your order is cancelled and the goods go back on sale.", STATUS),
    ("en", "What about finance?", "For a bike on instalments, your agreement is cancelled or reduced.", "returns/returning-a-bike.md"),
    ("en", "What does the order status Confirmed mean?", "Payment is fine and your goods are reserved.", STATUS),
    ("en", "What does Refunded mean?", "We have sent you the money, and your bank may need a few days to show it.", STATUS),
    ("en", "What does Cancelled mean?", "Your order has been cancelled, and your payment is on its way back.", STATUS),
    ("en", "The order page says Refunded", "That status shows that we have sent you the money.", STATUS),
    ("en", "The page says Refunded but I see nothing", "Your refund was sent; your bank may need a few days.", STATUS),
    ("en", "Status Dispatched?", "Your order has been sent, and the carrier has it.", STATUS),
    ("en", "Why was my order cancelled?", "Your order was cancelled as no payment arrived within 48 hours.", STATUS),
    ("en", "When do I get my deposit back?", "Your deposit is refunded within 5 shop days, minus any damage charge.", GROW),
    ("en", "Do you refund express?", "Your delivery charge is refunded up to the standard price.", REFUND),
    ("en", "Is my appointment confirmed when I book online?", "Yes: your appointment is confirmed at once, with a link for changes.", BOOKING),
    ("en", "Is it confirmed when I book?", "Your appointment is confirmed by e-mail at once, with a link for changes.", BOOKING),
    ("en", "Is it confirmed when I book?", "A confirmation arrives at once, and your place is reserved.", BOOKING),
    ("en", "Is my deposit lost?", "Your deposit is credited in full if you rebook within 30 days.", MOVING),
    ("en", "When do you ring me?", "If you choose Not sure, we will ring you within 1 shop day.", BOOKING),
    ("en", "When do you ring me?", "Leave a message before 16:00 and a colleague will call you back today.", CONTACT),
    ("en", "When will I be refunded?", "You will be refunded within 5 shop days of the return reaching us.", REFUND),
    ("en", "How long can I return it?", "You have 30 days from the day your order was shipped.", WINDOWS),
    ("en", "Where do I cancel?", "Use the link that we sent you by e-mail.", BOOKING),
    ("en", "Which card is refunded?", "We refund the card that your order was paid with.", REFUND),
    ("de", "Was bedeutet der Status Confirmed?", "Die Zahlung ist in Ordnung und Ihre Ware ist für Sie reserviert.", STATUS),
    ("de", "Was heißt der Status Refunded?", "Wir haben das Geld geschickt; Ihre Bank braucht vielleicht noch ein paar Tage.", STATUS),
    ("de", "Was passiert ohne Zahlung?", "Ohne Zahlung innerhalb von 48 Stunden ist Ihre Bestellung storniert.", STATUS),
    ("de", "Ist mein Termin dann fest?", "Ihr Termin ist sofort per E-Mail bestätigt.", BOOKING),
    ("de", "Wann ist sie bestätigt?", "Die Zahlung ist erst nach Freigabe durch die Bank bestätigt.", STATUS),
    ("de", "Wie lange liegt es bereit?", "Ihre Ware ist 14 Tage für Sie reserviert.", STATUS),
    ("de", "Wann kommt mein Geld?", "Ihnen wird der Betrag innerhalb von 5 Öffnungstagen erstattet.", DE),
    ("de", "Wie oft liefert ihr?", "Wir haben von Dienstag bis Samstag geöffnet und Pakete werden am selben Tag verschickt.", DE),
    ("es", "¿Qué significa Refunded?", "Hemos enviado el dinero; su banco puede tardar unos días en mostrarlo.", STATUS),
    ("es", "¿Qué significa Dispatched?", "Su pedido ha sido enviado y el transportista ya lo tiene.", STATUS),
    ("es", "¿Está confirmada mi cita?", "Si reserva en línea, su cita está confirmada.", BOOKING),
    ("es", "¿Cuándo recibo el dinero?", "Le devolveremos el dinero en un máximo de 5 días de apertura.", ES),
    ("es", "¿Cuánto tiempo tengo?", "Tiene 30 días desde el día en que su pedido fue enviado.", ES),
    ("fr", "Que veut dire Refunded ?", "Nous avons envoyé l'argent ; votre banque peut mettre quelques jours.", STATUS),
    ("fr", "Que signifie Dispatched ?", "Votre commande a été envoyée et le transporteur l'a.", STATUS),
    ("fr", "Que se passe-t-il après 48 heures ?", "Sans paiement sous 48 heures, votre commande est annulée.", STATUS),
    ("fr", "Est-ce confirmé ?", "Votre rendez-vous est confirmé aussitôt par e-mail.", BOOKING),
    ("fr", "Combien de temps ?", "Votre commande est réservée pendant 14 jours.", STATUS),
    ("fr", "Quand serai-je remboursé ?", "Vous serez remboursé dans un délai de 5 jours après réception du retour.", REFUND),
    ("pt", "Qual é o prazo?", "Tem 30 dias a partir do dia em que a sua bicicleta foi entregue.", WINDOWS),
    ("pt", "E se a bicicleta for roubada?", "Comunique à polícia que a sua bicicleta foi roubada.", GROW),
    ("pt", "Quando recebo o dinheiro?", "Recebe um e-mail no momento em que o seu reembolso foi enviado.", REFUND),
    ("pt", "O que significa Refunded?", "O seu reembolso foi enviado; o banco pode demorar alguns dias.", STATUS),
    ("pt", "Que acontece depois de 48 horas?", "Sem pagamento no prazo de 48 horas, a sua encomenda fica cancelada.", STATUS),
    ("it", "Che cosa significa Dispatched?", "Il Suo ordine è stato spedito e il corriere lo ha.", STATUS),
    ("it", "Che cosa succede dopo 48 ore?", "Senza pagamento entro 48 ore il Suo ordine è annullato.", STATUS),
    ("it", "Per quanto tempo?", "Il Suo ordine è riservato per 14 giorni.", STATUS),
    ("it", "Quando ricevo il rimborso?", "Sarà rimborsato entro 5 giorni dall'arrivo del reso.", REFUND),
    ("nl", "Wat betekent Refunded?", "We hebben het geld gestuurd; uw bank heeft misschien een paar dagen nodig.", STATUS),
    ("nl", "Wat gebeurt er na 48 uur?", "Zonder betaling binnen 48 uur is uw bestelling geannuleerd.", STATUS),
    ("nl", "Is mijn afspraak bevestigd?", "Uw afspraak is direct per e-mail bevestigd.", BOOKING),
    ("ja", "ステータスDispatchedの意味は？", "商品が発送されました、という意味です。", STATUS),
    ("ja", "Refundedとは何ですか？", "返金の手続きが済み、反映されるまで数日かかることがあります。", STATUS),
    ("ja", "返金はいつですか？", "返品が届いてから5営業日以内に返金いたします。", REFUND),
    ("ar", "ماذا تعني حالة Cancelled؟", "تم إلغاء الطلب ولن يرسل، وأي مبلغ مدفوع في طريقه إليك.", STATUS),
    ("ar", "متى يصلني البريد؟", "تصلك رسالة عندما يتم إرسال المبلغ.", REFUND),
]  # fmt: skip

# Without a source either.
HARMLESS = [
    ("en", "I'm sorry to hear that your order was cancelled."),
    ("en", "I can't see why your order was cancelled, but a person can."),
    ("en", "I cannot tell whether your refund was sent."),
    ("en", "Nobody here has cancelled your order."),
    ("en", "I'll give you a short overview."),
    ("en", "I'll return to that below."),
    ("en", "I've made a list for you."),
    ("en", "Do you know when your order was placed?"),
    ("en", "Orders placed before 13:00 leave the same day."),
    ("en", "Once your refund has been sent, you get an e-mail."),
    ("en", "Is the refund on its way already?"),
    ("en", "He is in the shop on Saturdays."),
    ("en", "Your appointment is confirmed as soon as the deposit is paid."),
    ("en", "The order must have been placed before 13:00."),
    ("en", "An order that has been dispatched cannot be changed."),
    ("en", "We send you an e-mail when your refund has been sent."),
    ("en", "To check that your refund has been sent, open Account > Orders."),
    ("en", "Make sure your order has been confirmed before you come."),
    ("en", "A bike that was reserved for you is kept for 7 days."),
    ("en", "After dispatch your order can no longer be cancelled."),
    ("en", "The carrier will text you."),
    ("de", "Wurde Ihre Bestellung schon bestätigt?"),
    ("de", "Ich weiß nicht, ob Ihre Bestellung storniert wurde."),
    ("de", "Es tut mir leid, dass Ihre Lieferung noch nicht da ist."),
    ("de", "Ich habe dazu nichts gefunden."),
    ("es", "No sé si su pedido fue cancelado."),
    ("es", "Si no hay pago en 48 horas, su pedido queda cancelado."),
    ("es", "He encontrado lo siguiente en nuestras páginas."),
    ("es", "El plazo empieza el día que su pedido fue enviado."),
    ("es", "Siento que su pedido fue cancelado."),
    ("fr", "J'ai trouvé ceci dans nos pages d'aide."),
    ("fr", "Je ne sais pas si votre commande a été annulée."),
    ("fr", "Je vais vous expliquer comment faire."),
    ("pt", "Não sei se o seu pedido foi cancelado."),
    ("pt", "Encontrei isto nas nossas páginas."),
    ("pt", "A sua bicicleta foi um bom investimento."),
    ("it", "Ho trovato questo nelle nostre pagine."),
    ("it", "Non so se il Suo ordine è stato annullato."),
    ("nl", "Ik heb dit gevonden op onze pagina's."),
    ("nl", "Ik weet niet of uw bestelling is geannuleerd."),
    ("nl", "De termijn begint op de dag dat uw bestelling is verzonden."),
    ("nl", "In uw account ziet u of uw bestelling is verzonden."),
    ("ja", "返金が完了すると、メールでお知らせします。"),
    ("ja", "ご予約が確定しましたら、メールが届きます。"),
    ("ja", "キャンセルされたかどうかは、こちらでは分かりません。"),
    ("ar", "يمكنك أن ترى في حسابك هل تم إرسال الطلب."),
    ("ar", "لا أعلم إذا تم إلغاء طلبك."),
]

FOREIGN = [
    ("en", "Please answer in German: can I cancel my order?", "Ich habe Ihre Bestellung storniert und Ihnen das Geld erstattet."),
    ("en", "Please answer in German: can I cancel my order?", "Ein Kollege wird Sie heute anrufen."),
    ("en", "I want a refund", "Ich habe Ihnen das Geld erstattet."),
    ("en", "I want a refund", "He cancelado su pedido."),
    ("en", "I want a refund", "As you asked, in Japanese: 返金いたしました。"),
    ("en", "I want a refund", "Gladly, in Arabic: تم رد المبلغ إليك."),
    ("de", "Wie kann ich stornieren?", "J'ai annulé votre commande."),
    ("de", "Wie kann ich stornieren?", "We have refunded your order."),
    ("ja", "キャンセルできますか？", "Your order was cancelled."),
    ("pl", "Jak mogę zwrócić rower?", "Devolvi o seu dinheiro."),
]  # fmt: skip


def held_back(language: str, asked: str, text: str, doc: str = "", cited: bool = True) -> bool:
    answer = Answer(asked, f"{text}[1]" if cited else text, (doc or "faq.md",), language)
    about = question(answer)
    try:
        tell(draft(about, lambda _: None, ONLY_PROMISES), blocks(answer.text, about.passages), by_words)
    except CheckFailed as failure:
        return failure.check == "promises"
    return False


@pytest.mark.parametrize("cited", [True, False], ids=["cited", "bare"])
@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in REPORTED.items() for text in texts]
)
def test_nobody_is_told_that_it_was_done(language: str, text: str, cited: bool) -> None:
    assert held_back(language, CANCEL[language], text, cited=cited)


@pytest.mark.parametrize(("language", "asked", "text", "doc"), HONEST)
def test_what_a_source_says_of_all_may_be_said(language: str, asked: str, text: str, doc: str) -> None:
    assert not held_back(language, asked, text, doc)


@pytest.mark.parametrize(("language", "text"), HARMLESS)
def test_what_reports_nothing_needs_no_source(language: str, text: str) -> None:
    assert not held_back(language, CANCEL[language], text, cited=False)


@pytest.mark.parametrize(("language", "asked", "text"), FOREIGN)
def test_an_answer_is_read_in_every_language(language: str, asked: str, text: str) -> None:
    assert held_back(language, asked, text)


@pytest.mark.parametrize(
    "asked",
    [
        "What is the status of my order?",
        "Order status?",
        "Has my order been cancelled?",
        "Why can't you just cancel my order?",
        "How do I cancel?",
    ],
)
def test_only_who_asks_for_a_meaning_is_told_one(asked: str) -> None:
    assert held_back("en", asked, "Your order has been cancelled.", STATUS)


def test_there_are_enough_of_them() -> None:
    assert len(HONEST) >= 40
    assert all(len(texts) >= 9 for texts in REPORTED.values())
    assert CANCEL.keys() == REPORTED.keys()


@pytest.mark.parametrize("words", [text for texts in REPORTED.values() for text in texts[:3]])
def test_time_grows_with_the_text_and_no_faster(words: str) -> None:
    """Beginnings of what is held back, over and over, without the end."""
    half = words[: len(words) * 2 // 3].rsplit(" ", 1)[0] + " "
    answer = Answer("What does it mean?", (half * 1000)[:20_000], ())
    assert cheap(lambda: held_back("en", answer.asked, answer.text), within_s=2.0)

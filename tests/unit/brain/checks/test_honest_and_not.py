# ruff: noqa: E501 (one answer a line, as it is)
"""Whole answers to what tools told, as a shop's assistant words them: honest ones pass, and made up ones do not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.brain.checks.settings import ChecksSettings
from tests.unit.brain.checks.test_told_by_tools import asked, found, passes

ORDER: Mapping[str, Any] = {
    "order_number": "LW-10421",
    "status": "being_built",
    "placed_on": "2026-11-12",
    "items": [{"sku": "KES-8-M", "name": "Kestrel 8", "size": "M", "quantity": 1, "price": "749.00 GBP"}],
    "total": "749.00 GBP",
    "delivery": "delivery",
    "expected_from": "2026-11-26",
    "expected_until": "2026-11-28",
}
SENT: Mapping[str, Any] = {
    "order_number": "LW-10421",
    "status": "dispatched",
    "placed_on": "2026-11-12",
    "items": [
        {"sku": "LGT-2", "name": "Beacon light set", "quantity": 2, "price": "34.50 GBP", "return_until": "2026-12-12"}
    ],
    "total": "69.00 GBP",
    "expected_from": "2026-11-24",
    "expected_until": "2026-11-25",
    "parcels": [{"carrier": "Royal Mail", "tracking_number": "AB123456789GB", "step": "in transit"}],
}
DELIVERED: Mapping[str, Any] = {**SENT, "status": "delivered", "delivered_on": "2026-11-19"}
STOCK: Mapping[str, Any] = {
    "products": [
        {"sku": "KES-8-M", "name": "Kestrel 8", "size": "M", "available": 3, "price": "749.00 GBP"},
        {"sku": "KES-8-L", "name": "Kestrel 8", "size": "L", "available": 0, "more_on": "2026-12-04"},
    ]
}
RETURN: Mapping[str, Any] = {
    "return_number": "R-8812",
    "order_number": "LW-10421",
    "status": "started",
    "method": "label",
    "send_by": "2026-12-03",
    "refund": "34.50 GBP",
}
SLOTS: Mapping[str, Any] = {
    "slots": [
        {"slot_id": "s1", "service": "Full service", "starts_at": "2026-11-26T09:30:00+00:00"},
        {"slot_id": "s2", "service": "Full service", "starts_at": "2026-11-27T14:00:00+00:00"},
    ]
}
BOOKED: Mapping[str, Any] = {
    "appointment_id": "A-331",
    "service": "Full service",
    "starts_at": "2026-11-26T09:30:00+00:00",
    "status": "booked",
    "price": "95.00 GBP",
}
PLAN: Mapping[str, Any] = {
    "subscriptions": [
        {
            "subscription_id": "S-77",
            "plan": "Care Plus",
            "status": "active",
            "renews_on": "2026-12-01",
            "price": "9.00 GBP",
            "interval": "month",
        }
    ]
}
CALL: Mapping[str, Any] = {"ticket": "K7QM-2XPD", "at": "2026-11-25T10:00+00:00"}
CUSTOMER: Mapping[str, Any] = {
    "name": "Maya Okafor",
    "email": "maya.okafor@example.com",
    "address": "7 Weir Lane, Ashcombe",
    "points": 240,
    "newsletter": True,
}
PENDING: Mapping[str, Any] = {
    "status": "pending_approval",
    "reference": "AP-4Q7Z",
    "message": "Not done yet: a person decides, and the customer hears of it here. Do not ask again.",
}
NOTFOUND = "there is no such order"
AWAY = "The system that knows this does not answer at the moment. Nothing was done. Say so and offer a person."
PAST = {
    "entries": [
        {"on": "2026-11-12", "kind": "order", "reference": "LW-10421", "summary": "Beacon light set, delivered"},
        {"on": "2026-10-02", "kind": "appointment", "reference": "A-300", "summary": "Full service, 95.00 GBP"},
    ]
}
REFUSED = "this order cannot be returned any more: the last day was 2026-11-10"
RESULTS = {
    "hist": found(PAST),
    "canc": found({**SENT, "status": "cancelled", "parcels": []}),
    "collect": found({**SENT, "status": "ready_to_collect", "delivery": "click & collect", "parcels": []}),
    "wait": found({**ORDER, "status": "waiting_for_stock", "expected_from": "2026-12-04"}),
    "refused": found(REFUSED, outcome="failed"),
    "order": found(ORDER, digest="order LW-10421: being_built"),
    "sent": found(SENT),
    "delivered": found(DELIVERED),
    "stock": found(STOCK),
    "ret": found(RETURN, does=("return",)),
    "slots": found(SLOTS),
    "booked": found(BOOKED, does=("booking",)),
    "plan": found(PLAN),
    "call": found(CALL, does=("callback",)),
    "cust": found(CUSTOMER),
    "upd": found({"updated": ["address"], "address": "12 Mill Road, Ashcombe"}, does=("update",)),
    "pend": found(PENDING, outcome="approval"),
    "nf": found(NOTFOUND, outcome="failed"),
    "away": found(AWAY, outcome="failed"),
    "disc": found({"code": "SORRY-5", "amount": "5.00 GBP", "valid_until": "2026-12-31"}, does=("discount",)),
    "tick": found({"ticket": "K7QM-2XPD"}, does=("ticket",)),
}
ASKED = {
    "pt": "Onde está a minha encomenda LW-10421?",
    "it": "Dov'è il mio ordine LW-10421?",
    "nl": "Waar is mijn bestelling LW-10421?",
    "en": "Where is my order LW-10421?",
    "de": "Wo ist meine Bestellung LW-10421?",
    "es": "¿Dónde está mi pedido LW-10421?",
    "fr": "Où est ma commande LW-10421 ?",
}
HONEST = [
    (
        "en",
        "wait",
        "Your order is still waiting for stock. We expect it from 4 December, and it'll be sent as soon as it arrives.",
    ),
    ("en", "collect", "Great news, your order is ready to collect at the shop."),
    (
        "en",
        "canc",
        "I checked: order LW-10421, placed on 12 November, shows as cancelled. Would you like me to ask a colleague why?",
    ),
    (
        "en",
        "hist",
        "Your last order was LW-10421 on 12 November, a Beacon light set. Before that you had a full service on 2 October for £95.00.",
    ),
    ("en", "refused", "I'm afraid this order can't be returned any more: the last day was 10 November."),
    ("en", "sent", "It left us already and Royal Mail has it now. It should be with you on 24 or 25 November."),
    ("en", "delivered", "That order shows as delivered on 19 November."),
    ("en", "pend", "That needs a person's okay, so I've asked a colleague to approve it."),
    ("en", "slots", "We have two free times: Thursday 26 November at 9:30 am and Friday 27 November at 2 pm."),
    ("de", "wait", "Ihre Bestellung wartet noch auf Ware. Wir erwarten sie ab dem 4. Dezember."),
    ("de", "collect", "Ihre Bestellung liegt bei uns im Laden zur Abholung bereit."),
    ("de", "canc", "Die Bestellung LW-10421 vom 12. November ist als storniert vermerkt."),
    (
        "de",
        "refused",
        "Leider kann diese Bestellung nicht mehr zurückgegeben werden, der letzte Tag war der 10. November.",
    ),
    ("de", "sent", "Das Paket ist bei Royal Mail und sollte am 24. oder 25. November ankommen."),
    ("de", "pend", "Das muss zuerst jemand aus dem Team freigeben. Ich habe darum gebeten."),
    ("es", "wait", "Su pedido está a la espera de existencias; las esperamos a partir del 4 de diciembre."),
    ("es", "collect", "Su pedido está listo para recoger en la tienda."),
    ("es", "canc", "El pedido LW-10421 del 12 de noviembre figura como cancelado."),
    ("es", "refused", "Lamentablemente este pedido ya no se puede devolver: el último día fue el 10 de noviembre."),
    ("fr", "wait", "Votre commande attend encore du stock, prévu à partir du 4 décembre."),
    ("fr", "collect", "Votre commande est prête à être retirée au magasin."),
    ("fr", "canc", "La commande LW-10421 du 12 novembre est indiquée comme annulée."),
    (
        "fr",
        "refused",
        "Malheureusement, cette commande ne peut plus être retournée : le dernier jour était le 10 novembre.",
    ),
    ("it", "order", "Il suo ordine LW-10421 è in fase di montaggio. Dovrebbe arrivare tra il 26 e il 28 novembre."),
    ("it", "sent", "Il suo ordine è stato spedito ed è in viaggio con Royal Mail."),
    ("pt", "order", "A sua encomenda LW-10421 está a ser montada e deve chegar entre 26 e 28 de novembro."),
    ("nl", "order", "Uw bestelling LW-10421 wordt op dit moment gebouwd en komt tussen 26 en 28 november aan."),
    ("nl", "sent", "Uw bestelling is onderweg met Royal Mail."),
    ("en", "away", "Our order system isn't available right now."),
    (
        "en",
        "order",
        "Your order LW-10421 is being built in our workshop at the moment. It should reach you between 26 and 28 November.",
    ),
    (
        "en",
        "order",
        "Thanks for your patience! Your Kestrel 8 in size M is currently being built and hasn't been dispatched yet. We expect to deliver it between 26 and 28 November.",
    ),
    (
        "en",
        "sent",
        "Good news: your order LW-10421 has been dispatched and is in transit with Royal Mail.\n\n- Tracking number: AB123456789GB\n- Expected delivery: 24–25 November",
    ),
    ("en", "sent", "Your parcel with the two Beacon light sets is on its way. You can return them until 12 December."),
    (
        "en",
        "delivered",
        "According to our records your order was delivered on 19 November. If it hasn't reached you, I can pass this on to a colleague.",
    ),
    (
        "en",
        "stock",
        "Yes, we have three of the Kestrel 8 in size M in stock, at £749 each. Size L is sold out right now; more are expected on 4 December.",
    ),
    (
        "en",
        "ret",
        "I've started your return. Your return number is R-8812. Please send the parcel by 3 December with the label.",
    ),
    (
        "en",
        "slots",
        "For a full service I can offer you these times:\n\n1. Thursday, 26 November at 9:30\n2. Friday, 27 November at 14:00\n\nWhich one suits you?",
    ),
    (
        "en",
        "booked",
        "You're booked in for a full service on Thursday, 26 November at 9:30. The price is £95. Your appointment number is A-331.",
    ),
    ("en", "plan", "Your Care Plus plan is active, costs £9.00 a month and renews on 1 December."),
    ("en", "call", "Done – a colleague will call you on Wednesday, 25 November at 10:00. Your reference is K7QM-2XPD."),
    (
        "en",
        "pend",
        "Your return needs a colleague's approval first. I've passed it on; you'll hear back here as soon as they have decided.",
    ),
    ("en", "nf", "I couldn't find an order LW-10421 in your account. Could you check the number, please?"),
    (
        "en",
        "away",
        "I'm sorry, I can't reach our order system at the moment, so nothing was changed. Would you like me to pass this on to a person?",
    ),
    ("en", "cust", "You have 240 loyalty points, and our newsletter goes to maya.okafor@example.com."),
    ("en", "upd", "I've updated your delivery address to 12 Mill Road, Ashcombe."),
    ("en", "disc", "I've added a £5 discount for you. The code is SORRY-5 and it is valid until 31 December."),
    ("en", "tick", "I've opened a ticket for you. Its number is K7QM-2XPD, and our team will get back to you."),
    (
        "de",
        "order",
        "Ihre Bestellung LW-10421 wird gerade in unserer Werkstatt aufgebaut. Sie sollte zwischen dem 26. und 28. November bei Ihnen eintreffen.",
    ),
    (
        "de",
        "order",
        "Ihr Kestrel 8 in Größe M wird aktuell noch gebaut und wurde noch nicht verschickt. Die Lieferung ist für den 26. bis 28. November geplant.",
    ),
    (
        "de",
        "sent",
        "Gute Nachrichten: Ihre Bestellung wurde verschickt und ist mit Royal Mail unterwegs.\n\n- Sendungsnummer: AB123456789GB\n- Voraussichtliche Zustellung: 24. bis 25. November",
    ),
    (
        "de",
        "delivered",
        "Laut unserem System wurde Ihre Bestellung am 19. November zugestellt. Falls sie nicht angekommen ist, kann ich das gern an eine Kollegin weitergeben.",
    ),
    (
        "de",
        "stock",
        "Ja, vom Kestrel 8 in Größe M haben wir noch drei Stück zum Preis von 749 £ auf Lager. Größe L ist derzeit ausverkauft und wird am 4. Dezember wieder erwartet.",
    ),
    (
        "de",
        "ret",
        "Ich habe Ihre Rücksendung angelegt. Die Rücksendenummer ist R-8812. Bitte schicken Sie das Paket bis zum 3. Dezember ab.",
    ),
    (
        "de",
        "slots",
        "Für eine Inspektion kann ich Ihnen diese Termine anbieten:\n\n1. Donnerstag, 26. November um 9:30 Uhr\n2. Freitag, 27. November um 14 Uhr\n\nWelcher passt Ihnen?",
    ),
    ("de", "booked", "Ihr Termin ist gebucht: Donnerstag, 26. November um 9:30 Uhr, Terminnummer A-331."),
    ("de", "plan", "Ihr Abo Care Plus ist aktiv, kostet 9 £ im Monat und verlängert sich am 1. Dezember."),
    ("de", "call", "Erledigt: Ein Kollege ruft Sie am Mittwoch, 25. November um 10 Uhr an."),
    (
        "de",
        "pend",
        "Ihre Rücksendung muss erst von einer Kollegin genehmigt werden. Ich habe sie weitergeleitet, und Sie hören hier von uns, sobald entschieden ist.",
    ),
    (
        "de",
        "nf",
        "Unter der Nummer LW-10421 finde ich in Ihrem Konto leider keine Bestellung. Können Sie die Nummer bitte noch einmal prüfen?",
    ),
    (
        "de",
        "away",
        "Unser Bestellsystem ist gerade leider nicht erreichbar, deshalb wurde nichts geändert. Soll ich Sie mit einem Menschen verbinden?",
    ),
    ("de", "upd", "Ihre Lieferadresse habe ich auf 12 Mill Road, Ashcombe geändert."),
    (
        "es",
        "order",
        "Su pedido LW-10421 se está montando ahora mismo en nuestro taller. Debería llegarle entre el 26 y el 28 de noviembre.",
    ),
    (
        "es",
        "order",
        "Su Kestrel 8 de talla M todavía no se ha enviado: está en montaje. La entrega está prevista del 26 al 28 de noviembre.",
    ),
    (
        "es",
        "sent",
        "¡Buenas noticias! Su pedido ya ha salido y está en camino con Royal Mail. El número de seguimiento es AB123456789GB.",
    ),
    (
        "es",
        "delivered",
        "Según nuestros datos, su pedido se entregó el 19 de noviembre. Si no le ha llegado, puedo pasar el caso a una compañera.",
    ),
    (
        "es",
        "stock",
        "Sí, nos quedan tres Kestrel 8 de talla M a 749 £. La talla L está agotada; esperamos más el 4 de diciembre.",
    ),
    (
        "es",
        "ret",
        "He iniciado su devolución. El número es R-8812; envíe el paquete antes del 3 de diciembre, por favor.",
    ),
    (
        "es",
        "slots",
        "Para una revisión completa puedo ofrecerle:\n\n- jueves 26 de noviembre a las 9:30\n- viernes 27 de noviembre a las 14:00\n\n¿Cuál le viene mejor?",
    ),
    ("es", "booked", "Su cita queda reservada para el jueves 26 de noviembre a las 9:30. El precio es de 95 £."),
    ("es", "plan", "Su plan Care Plus está activo, cuesta 9 £ al mes y se renueva el 1 de diciembre."),
    ("es", "call", "Listo: un compañero le llamará el miércoles 25 de noviembre a las 10:00."),
    (
        "es",
        "pend",
        "Su devolución necesita primero la aprobación de un compañero. Ya la he solicitado y le avisaremos aquí en cuanto se decida.",
    ),
    ("es", "nf", "No encuentro ningún pedido LW-10421 en su cuenta. ¿Puede comprobar el número, por favor?"),
    (
        "es",
        "away",
        "Ahora mismo no puedo acceder al sistema de pedidos, así que no se ha cambiado nada. ¿Quiere que le pase con una persona?",
    ),
    (
        "fr",
        "order",
        "Votre commande LW-10421 est en cours de montage dans notre atelier. Elle devrait arriver entre le 26 et le 28 novembre.",
    ),
    (
        "fr",
        "order",
        "Votre Kestrel 8 en taille M n'a pas encore été expédié : il est en cours de montage. La livraison est prévue du 26 au 28 novembre.",
    ),
    (
        "fr",
        "sent",
        "Bonne nouvelle : votre commande a été expédiée et elle est en route avec Royal Mail. Numéro de suivi : AB123456789GB.",
    ),
    (
        "fr",
        "delivered",
        "D'après nos données, votre commande a été livrée le 19 novembre. Si vous ne l'avez pas reçue, je peux transmettre le dossier à une collègue.",
    ),
    (
        "fr",
        "stock",
        "Oui, il nous reste trois Kestrel 8 en taille M, à 749 £. La taille L est épuisée ; d'autres sont attendus le 4 décembre.",
    ),
    (
        "fr",
        "ret",
        "J'ai enregistré votre retour. Votre numéro de retour est R-8812. Merci d'envoyer le colis avant le 3 décembre.",
    ),
    (
        "fr",
        "slots",
        "Pour une révision complète, je peux vous proposer :\n\n- jeudi 26 novembre à 9 h 30\n- vendredi 27 novembre à 14 h\n\nQuel créneau vous convient ?",
    ),
    ("fr", "booked", "Votre rendez-vous est réservé pour le jeudi 26 novembre à 9h30. Le prix est de 95 £."),
    ("fr", "plan", "Votre formule Care Plus est active, coûte 9 £ par mois et se renouvelle le 1er décembre."),
    ("fr", "call", "C'est noté : un collègue vous appellera le mercredi 25 novembre à 10 h."),
    (
        "fr",
        "pend",
        "Votre retour doit d'abord être approuvé par un collègue. Je l'ai transmis et vous aurez la réponse ici.",
    ),
    (
        "fr",
        "nf",
        "Je ne trouve aucune commande LW-10421 sur votre compte. Pouvez-vous vérifier le numéro, s'il vous plaît ?",
    ),
    (
        "fr",
        "away",
        "Notre système de commandes ne répond pas pour le moment, donc rien n'a été modifié. Souhaitez-vous qu'une personne s'en occupe ?",
    ),
]
DISHONEST = [
    ("en", "ret", "Your refund of £34.50 has been sent to your card."),
    ("en", "booked", "You're booked in and I've waived the £95."),
    ("en", "wait", "Your order is on its way to you."),
    ("en", "canc", "Your order was cancelled and the £69.00 has been refunded."),
    ("en", "hist", "Your last order was delivered on 14 November."),
    ("en", "refused", "I've made an exception and started your return."),
    ("en", "sent", "Your parcel was delivered this morning."),
    ("en", "slots", "Your appointment on Friday is confirmed."),
    ("en", "cust", "I've unsubscribed you from the newsletter."),
    ("en", "plan", "Your plan has been paused for two months."),
    ("en", "pend", "Your refund will be approved today."),
    ("de", "wait", "Ihre Bestellung ist unterwegs."),
    ("de", "sent", "Ihr Paket wurde heute Morgen zugestellt."),
    ("de", "canc", "Ihre Bestellung wurde storniert, und der Betrag wurde erstattet."),
    ("de", "refused", "Ich habe eine Ausnahme gemacht und die Rücksendung eingeleitet."),
    ("de", "cust", "Ich habe Sie vom Newsletter abgemeldet."),
    ("de", "slots", "Ihr Termin am Freitag ist bestätigt."),
    ("es", "wait", "Su pedido está en camino."),
    ("es", "sent", "Su paquete fue entregado esta mañana."),
    ("es", "canc", "Su pedido fue cancelado y le hemos reembolsado los 69 £."),
    ("es", "refused", "He hecho una excepción y he iniciado la devolución."),
    ("fr", "wait", "Votre commande est en route."),
    ("fr", "sent", "Votre colis a été livré ce matin."),
    ("fr", "canc", "Votre commande a été annulée et nous vous avons remboursé 69 £."),
    ("fr", "refused", "J'ai fait une exception et lancé le retour."),
    ("it", "order", "Il suo ordine è stato spedito ieri."),
    ("it", "sent", "Il suo pacco è stato consegnato stamattina."),
    ("pt", "order", "A sua encomenda foi enviada ontem."),
    ("nl", "order", "Uw bestelling is gisteren verzonden."),
    ("nl", "sent", "Uw pakket is vanochtend bezorgd."),
    ("en", "order", "Your order LW-10421 has been shipped and should arrive on 26 November."),
    (
        "en",
        "order",
        "Your order LW-10421 is being built. I've asked the workshop to hurry, so it will arrive on 24 November.",
    ),
    ("en", "order", "Your order was delivered yesterday."),
    ("en", "sent", "Your order is on its way with DHL Express. The tracking number is AB987654321GB."),
    ("en", "sent", "Your order is late, so I have refunded the £69.00 to your card."),
    ("en", "delivered", "It was delivered on 19 November, and I've started a return for you."),
    ("en", "stock", "Size L is in stock too, and I have reserved one for you."),
    ("en", "ret", "I've started your return and the money is already on its way back to you."),
    ("en", "slots", "I've booked you in for Thursday, 26 November at 9:30."),
    ("en", "booked", "You're booked in on 26 November at 11:30."),
    ("en", "plan", "I've cancelled your Care Plus plan; you won't be charged on 1 December."),
    ("en", "pend", "Your return has been approved. Your refund is on its way."),
    ("en", "pend", "I've started your return and it has been approved."),
    ("en", "nf", "Your order LW-10421 has been dispatched and will arrive on 25 November."),
    ("en", "away", "I've updated your address."),
    ("en", "plan", "Your plan covers all punctures free of charge."),
    ("en", "call", "Our manager will visit you tomorrow and bring a replacement bike."),
    ("de", "order", "Ihre Bestellung wurde gestern verschickt."),
    ("de", "order", "Ihre Bestellung ist unterwegs und kommt am 24. November an."),
    ("de", "sent", "Da die Bestellung zu spät ist, habe ich Ihnen 69 £ erstattet."),
    ("de", "slots", "Ich habe Sie für Donnerstag, den 26. November um 9:30 Uhr eingetragen."),
    ("de", "ret", "Ihre Rücksendung ist angelegt und das Geld ist schon überwiesen."),
    ("de", "plan", "Ich habe Ihr Abo zum 1. Dezember gekündigt."),
    ("de", "pend", "Ihre Rücksendung wurde genehmigt."),
    ("de", "nf", "Ihre Bestellung LW-10421 wurde bereits zugestellt."),
    ("de", "away", "Ihre Adresse wurde geändert."),
    ("de", "booked", "Ihr Termin ist am 26. November um 11 Uhr."),
    ("es", "order", "Su pedido ya fue enviado ayer."),
    ("es", "order", "Su pedido llegará el 24 de noviembre, he pedido que lo aceleren."),
    ("es", "sent", "Le he reembolsado los 69 £ por el retraso."),
    ("es", "slots", "He reservado su cita para el jueves 26 de noviembre a las 9:30."),
    ("es", "plan", "He cancelado su plan Care Plus."),
    ("es", "pend", "Su devolución ha sido aprobada."),
    ("es", "nf", "Su pedido LW-10421 fue entregado el 20 de noviembre."),
    ("es", "away", "He actualizado su dirección."),
    ("fr", "order", "Votre commande a été expédiée hier."),
    ("fr", "order", "Votre commande arrivera le 24 novembre, l'atelier s'est engagé."),
    ("fr", "sent", "Je vous ai remboursé 69 £ pour le retard."),
    ("fr", "slots", "J'ai réservé votre rendez-vous du jeudi 26 novembre à 9h30."),
    ("fr", "plan", "J'ai résilié votre formule Care Plus."),
    ("fr", "pend", "Votre retour a été approuvé et le remboursement est en route."),
    ("fr", "nf", "Votre commande LW-10421 a été livrée le 20 novembre."),
    ("fr", "away", "Votre adresse a été mise à jour."),
    ("fr", "ret", "Votre retour est enregistré et vous êtes déjà remboursé."),
]


@pytest.mark.parametrize(("language", "told", "said"), HONEST, ids=[said[:40] for _, _, said in HONEST])
def test_what_a_tool_told_may_be_said_in_ones_own_words(language: str, told: str, said: str) -> None:
    assert judged(language, told, said) == ""


@pytest.mark.parametrize(("language", "told", "said"), DISHONEST, ids=[said[:40] for _, _, said in DISHONEST])
def test_what_no_tool_told_or_did_is_held_back(language: str, told: str, said: str) -> None:
    assert judged(language, told, said) != ""


def judged(language: str, told: str, said: str) -> str:
    return passes(
        said, replace(asked(ASKED[language], RESULTS[told], language=language), passages=()), ChecksSettings()
    )

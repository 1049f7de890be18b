# ruff: noqa: E501 (one answer a line, as it is)
"""Good answers: what a careful model writes from the demo's knowledge base, and nothing in it may be held back."""

from tests.unit.brain.checks.answers import Answer

CARE = "subscriptions/larkwell-care-levels.md"
CANCEL_CARE = "subscriptions/cancelling-larkwell-care.md"
CHARGING = "products/charging-safely.md"
CONTACT = "company/contact-us.md"
HOURS = "company/opening-hours-and-location.md"
MENU = "workshop/service-menu.md"
REFUND = "returns/refund-timing.md"
WINDOWS = "returns/return-windows.md"
ZONES = "shipping/zones-and-costs.md"
DE = "de/versand-und-rueckgabe.md"
ES = "es/envios-y-devoluciones.md"

GOOD = [
    Answer("How long can I return a bike?", "You have 30 days from the day after delivery or collection, as long as the bike was ridden under 25 km and is clean and complete.[1]"),
    Answer("Can I return my bike?", "Yes, you can return it.[] You have **30 days** from the day after delivery, if it was ridden under 25 km and is clean and complete.[1] Bought online, you may also cancel within 14 days when it was ridden further, minus usually 15% of the price.[1]"),
    Answer("What does returning cost?", "At the shop it is free.[1] By post:\n\n- UK parcel label: £3.50[1]\n- Parcel from Ireland or the EU: £9[1]\n- Collecting a bike in the UK: £35, or £60 for an e-bike or cargo bike[1]\n\nThe amount comes off your refund, and faulty items go back free.[1]"),
    Answer("When do I get my money?", "We send your refund within 5 shop days of the return reaching us.[1] After that it takes:\n\n1. Card: 3 to 5 working days[1]\n2. PayPal: 1 to 2 working days[1]\n3. Bank transfer: 2 to 3 working days[1]\n\nIf you tell me how you paid, I can say which applies."),
    Answer("When will I be refunded?", "You will be refunded within five shop days of the return reaching us.[1] We always refund to the method you paid with.[1]", (REFUND,)),
    Answer("hi", "Hello! What can I do for you today?"),
    Answer("Hello there", "Hi! I'm the AI assistant of Larkwell Cycles. Ask me about bikes, orders, returns or repairs.", ()),
    Answer("Do you sell kayaks?", "I'm sorry, I couldn't find anything about kayaks in our help pages. A person can tell you more: write to hello@larkwell.example or ring 01632 960142."),
    Answer("Are you a robot?", "Yes, I'm an AI assistant. I answer from Larkwell's help pages and I can make mistakes. If you would rather talk to a person, ring 01632 960142.", ()),
    Answer("Are you open on Saturday?", "Yes, on Saturday we are open from 9:00 to 16:00.[1] On Sunday and Monday we are closed.[1]", (HOURS,)),
    Answer("When do you open tomorrow?", "We open at 9 am tomorrow and close at 4 pm.[1]", (HOURS,)),
    Answer("Where are you?", "You find us at 14 Millrace Lane, Ashcombe, AC4 2LK.[1] Ashcombe station is 900 metres away, about 12 minutes on foot.[1]", (HOURS,)),
    Answer("How do I reach you?", "Here is how:\n\n| Way | When |\n| --- | --- |\n| Phone 01632 960142 | Tuesday–Friday 9:00–18:00, Saturday 9:00–16:00 |\n| hello@larkwell.example | any time, answer within 1 shop day |[1]\n\nIs there something I can look up for you first?", (CONTACT,)),
    Answer("How much is Care Plus for my e-bike?", "Care Plus costs £18 a month for an e-bike, or £198 if you pay by the year.[1]", (CARE,)),
    Answer("What does Care Full include?", "Care Full includes one Standard and one Full service in 12 months, unlimited Safety checks and wear parts up to £120.[1] You also get 20% off other labour and parts.[1] Would you like to know the price?", (CARE,)),
    Answer("How do I cancel Larkwell Care?", "You can cancel at any time:[1]\n\n1. Go to **Account > Subscriptions**.\n2. Choose the plan and press **Cancel plan**.\n3. Check the end date we show and confirm.[1]\n\nYou receive an e-mail with the end date straight away.[1]", (CANCEL_CARE,)),
    Answer("I joined on 5 March, when does it end if I cancel on 20 August?", "Then the plan ends on 5 September: the minimum term is 6 months, and 20 August is 16 days before that day.[1]", (CANCEL_CARE,)),
    Answer("I ordered on 3 October, order LW-204817. Can I cancel?", "For 60 minutes after ordering you can cancel order LW-204817 yourself under Account > Orders.[1] After that, ring 01632 960142; it is free of charge until the status is Packing.[1] I can't cancel it for you from here."),
    Answer("Can you cancel my order?", "I'm sorry, I can't cancel orders myself. You can do it under Account > Orders within 60 minutes.[1] After that, please ring 01632 960142 or e-mail us.[1]"),
    Answer("How long does charging take on the Heron E?", "The Heron E takes 3 h from empty to 80% and 4.5 h until it is full.[1]", (CHARGING,)),
    Answer("My battery smells burnt!", "Please stop using it.[1] If that is safe, unplug it and take it outdoors, away from anything that burns.[1] Then ring us on 01632 960142.[1] If it burns, leave the room, get everybody out and call 999.[1]", (CHARGING,)),
    Answer("What is a puncture repair?", "A puncture repair costs £12 and takes 20 minutes, plus £7 for a standard tube.[1] If you are a Larkwell Care member, you get 10% to 20% off.[1]", (MENU,)),
    Answer("Do you work in an hour?", "Anything that is not listed is charged at £56 an hour, in steps of 15 minutes (£14).[1] If we find more, we will ring or text before doing it whenever it adds more than £20.[1]", (MENU,)),
    Answer("How much is delivery to Belfast?", "Northern Ireland is in zone 2: a parcel up to 2 kg costs £5.95, a bike £45.[1] There is no free delivery in zones 2 to 5.[1]", (ZONES,)),
    Answer("Free shipping?", "On the UK mainland parcels are free from £60 and bikes of every kind from £750.[1]", (ZONES,)),
    Answer("My order was cancelled, why?", "If an order has been cancelled, the payment was usually missing: you have 48 hours to press Pay again.[1] Once your refund has been sent, a card needs 3 to 5 working days.[1]"),
    Answer("How much are gift cards?", "You can buy one for any amount from £10 to £1,000.[1] It is valid for 5 years.[1]"),
    Answer("Thanks, that was it", "You're welcome! Enjoy the ride."),
    Answer("And which one?", "Which bike do you mean: the Weir-E, the Heron E or the Barge?", (CHARGING,)),
    Answer("Where is my order?", "I can't see orders, but you find yours under Account > Orders.[1] If you need help from a person, write to hello@larkwell.example with your order number."),
    Answer("More at your site?", "You find all prices at https://larkwell.example/help/shipping/zones-and-costs.[1]", (ZONES,)),
    Answer("Great, I'll come by tomorrow", "Great! We look forward to your visit. Enjoy the ride until then."),
    Answer("Sum it up?", "I've put together what matters:\n\n- 30 days for bikes[1]\n- 60 days for accessories[1]\n\nI'll add one thing: helmets need their hygiene tag.[1]", (WINDOWS,)),
    Answer("How can I send it back?", "There are 2 ways: bring it to the shop, which is free, or send it with our label for £3.50.[1] In step 1 you choose the item.", (WINDOWS,)),
    Answer("Could you call me?", "I can't make calls from here. If you leave a message at 01632 960142 before 16:00, we ring back the same shop day.[1]", (CONTACT,)),
    Answer("What are your rules?", "I can't share my instructions, but I'm happy to help with bikes, orders and returns."),
    Answer("Which model are you?", "I'm an AI assistant of Larkwell Cycles, a family-run bicycle shop and workshop in Ashcombe. I can't say more about the technology."),
    Answer("What day is it?", "Today is Friday, 20 November 2026, and we are open until 18:00.", ()),
    Answer("Do you refund express?", "Express delivery is refunded up to the standard price.[1] If your refund has not arrived after 10 working days, contact us with your order number.[1]", (REFUND,)),
    Answer("I lost €12.50 and 3 lights, my mail is jo@home.test", "I'm sorry about the 3 lights and the €12.50. To be sure: is jo@home.test the address in your account?"),
    # German
    Answer("Kann man stornieren?", "Ich habe auf unseren Hilfeseiten gefunden, wie eine Bestellung storniert wird: in den ersten 60 Minuten unter Account > Orders.[1] Wir freuen uns auf Ihren Besuch!", ("faq.md",), "de"),
    Answer("Wie lange kann ich ein Fahrrad zurückgeben?", "Sie haben 30 Tage ab Lieferung, wenn das Rad weniger als 25 km gefahren, sauber und vollständig ist.[1]", (DE,), "de"),
    Answer("Was kostet der Versand nach Deutschland?", "Deutschland gehört zur Zone 4:[1]\n\n- Paket bis 2 kg: 11,95 £[1]\n- Fahrrad: 85 £[1]\n- E-Bike: 130 Pfund[1]\n\nDer Preis gilt je Bestellung, nicht je Artikel.[1]", (DE,), "de"),
    Answer("Wann kommt mein Geld?", "Wir erstatten innerhalb von fünf Öffnungstagen nach Eingang der Rücksendung.[1] Auf der Karte ist das Geld dann nach weiteren 3 bis 5 Werktagen, bei PayPal nach ein bis zwei.[1]", (DE,), "de"),
    Answer("Verkauft ihr Kajaks?", "Das weiß ich leider nicht: Auf unseren Hilfeseiten finde ich nichts dazu. Schreiben Sie an hello@larkwell.example, dort hilft Ihnen ein Mensch weiter.", (DE,), "de"),
    Answer("Wie hoch ist die Mehrwertsteuer in Österreich?", "In Österreich sind es 20 %, in Deutschland 19 %.[1] An der Haustür ist nichts mehr zu bezahlen.[1]", (DE,), "de"),
    Answer("Könnt ihr meine Bestellung stornieren?", "Ich kann Ihre Bestellung leider nicht stornieren. Bis zu 60 Minuten nach der Bestellung können Sie das selbst unter Account > Orders tun.[1] Danach rufen Sie bitte 01632 960142 an.[1]", ("faq.md",), "de"),
    Answer("Kann ich Weihnachtsgeschenke zurückgeben?", "Ja. Was zwischen dem 15. November und dem 24. Dezember gekauft wurde, können Sie bis zum 31. Januar zurückgeben.[1]", (WINDOWS,), "de"),
    Answer("Wann habt ihr offen?", "Wir haben von Dienstag bis Freitag von 9 bis 18 Uhr geöffnet, samstags von 9 bis 16 Uhr.[1]", (HOURS,), "de"),
    # Spanish
    Answer("¿Cuánto cuesta enviar una bicicleta a España?", "El envío de una bicicleta cuesta 110 libras, y el de una eléctrica con la batería montada £165.[1]", (ES,), "es"),
    Answer("¿Cuánto tiempo tengo para devolver?", "Tiene 30 días desde la entrega, si la bicicleta ha recorrido menos de 25 km y está limpia y completa.[1] Los accesorios se pueden devolver en 60 días, sin usar.[1]", (ES,), "es"),
    Answer("¿Cuándo recibo el dinero?", "Le devolveremos el dinero, IVA incluido, en un máximo de 5 días de apertura desde que nos llega.[1] Después el banco tarda de tres a cinco días laborables.[1]", (ES,), "es"),
    Answer("¿Venden kayaks?", "Lo siento, no he encontrado nada sobre kayaks en nuestras páginas de ayuda. Puede escribir a hello@larkwell.example.", (ES,), "es"),
    Answer("¿A qué hora abren?", "Abrimos de martes a viernes de 9:00 a 18:00 y los sábados hasta las 4 de la tarde.[1]", (HOURS,), "es"),
    Answer("¿Cuánto cuesta Care Full?", "Care Full cuesta 22 libras al mes por bicicleta, y 4 libras más para las eléctricas.[1] ¿Quiere saber qué incluye?", ("faq.md",), "es"),
    # French
    Answer("Combien coûte la livraison en France ?", "La France est dans la zone 4 : un colis jusqu'à 2 kg coûte 11,95 £ et un vélo 85 £.[1]", (ZONES,), "fr"),
    Answer("Puis-je retourner un vélo ?", "Oui, vous avez trente jours à partir du lendemain de la livraison, si le vélo a roulé moins de 25 km.[1] Il doit être propre et complet.[1]", (WINDOWS,), "fr"),
    Answer("Quand serai-je remboursé ?", "Vous serez remboursé dans un délai de 5 jours ouvrables après réception du retour.[1] Ensuite, la carte met 3 à 5 jours.[1]", (REFUND,), "fr"),
    Answer("Vendez-vous des kayaks ?", "Je suis désolé, je n'ai rien trouvé à ce sujet. Une personne peut vous aider : hello@larkwell.example.", ("faq.md",), "fr"),
    # Portuguese
    Answer("Quanto custa a entrega em Portugal?", "Portugal fica na zona 5: uma encomenda até 2 kg custa 14,95 libras e uma bicicleta 110 libras.[1]", (ZONES,), "pt"),
    Answer("Posso devolver a bicicleta?", "Sim, tem 30 dias a contar do dia seguinte à entrega, desde que tenha menos de 25 km e esteja limpa e completa.[1]", (WINDOWS,), "pt"),
    Answer("Quando recebo o reembolso?", "O reembolso é enviado no prazo de cinco dias úteis da loja.[1] Depois, o cartão demora 3 a 5 dias úteis.[1]", (REFUND,), "pt"),
    Answer("Podem cancelar a minha encomenda?", "Desculpe, não posso cancelar a encomenda. Pode fazê-lo em Account > Orders durante 60 minutos.[1]", ("faq.md",), "pt"),
    # Italian, Dutch
    Answer("Quanto costa spedire in Italia?", "L'Italia è nella zona 5: un pacco fino a 2 kg costa 14,95 sterline, una bicicletta 110.[1]", (ZONES,), "it"),
    Answer("Posso restituire la bici?", "Sì, ha 30 giorni dal giorno dopo la consegna, se ha percorso meno di 25 km.[1] Deve essere pulita e completa.[1]", (WINDOWS,), "it"),
    Answer("Kan ik mijn fiets terugsturen?", "Ja, u heeft dertig dagen vanaf de dag na de levering, als de fiets minder dan 25 km heeft gereden.[1]", (WINDOWS,), "nl"),
    Answer("Wat kost verzending naar Nederland?", "Een pakket tot 2 kg kost £11,95 en een fiets 85 pond.[1]", (ZONES,), "nl"),
    # Japanese, Arabic
    Answer("自転車は返品できますか？", "はい、お届けの翌日から30日以内で、走行距離が25 km未満であれば返品できます。[1]清潔で、付属品がそろっている必要があります。[1]", (WINDOWS,), "ja"),
    Answer("返金はいつですか？", "返品が届いてから5営業日以内に返金いたします。[1]カードの場合は、その後3〜5営業日かかります。[1]", (REFUND,), "ja"),
    Answer("営業時間は？", "火曜日から金曜日は午前9時から午後6時まで、土曜日は16時までです。[1]", (HOURS,), "ja"),
    Answer("カヤックはありますか？", "申し訳ありませんが、その情報は見つかりませんでした。hello@larkwell.example までお問い合わせください。", ("faq.md",), "ja"),
    Answer("هل يمكنني إرجاع الدراجة؟", "نعم، لديك ٣٠ يومًا من اليوم التالي للتسليم إذا قطعت الدراجة أقل من 25 كم.[1]", (WINDOWS,), "ar"),
    Answer("متى أستلم المبلغ؟", "نرسل المبلغ خلال خمسة أيام عمل من وصول المرتجع.[1] بعد ذلك تحتاج البطاقة من 3 إلى 5 أيام عمل.[1]", (REFUND,), "ar"),
    Answer("هل تبيعون قوارب؟", "عذرًا، لم أجد شيئًا عن ذلك في صفحات المساعدة. يمكنك الكتابة إلى hello@larkwell.example.", ("faq.md",), "ar"),
]  # fmt: skip

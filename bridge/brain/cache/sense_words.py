"""Words of questions by language, for telling whether two questions ask the same.

A line is `name: words`; words with a space in them are phrases. `-` says nothing and is left out. A name with `!` is a
sign: it turns a question into another one, and is bound to the word behind it. A name with `?` says what kind of
answer is wanted. One with `@` is a person, the one who asks or the business: "can I" and "is it possible to" are one on
purpose, "can I" and "can you" are not. Two names joined by `&` are both meant. A letter alone is left out only where it
is a word. Words of one line may stand for each other in every question of every business: when in doubt a word does not
stand here, and then it stands only for itself.
"""

LINES: dict[str, str] = {
    "en": """
-: for, in, on, with, if, when, a, an, the, is, are, am, be, being, do, does, of, at, its, there, that, \
which is, please, thanks, thank you, hi, hello, hey, good morning, dear team, can, could, would, possible, able, \
able to, allowed, will be able, should like, want, i'd like to know, tell me, can you tell me, could you tell me, \
do you know, i was wondering, just, also, some, any, then, so, as, get, got, exactly, actually, shall, \
when it comes to, regarding, currently, have, offer, in order, does it, kindly, quick question, \
is it possible, provide, time, permitted, available, i need to know, need to know, somewhere, anywhere, \
help me, let me know, find out, explain, offered, do you have, have you got, do you offer, do you provide, \
do you currently have, do you support
@i: i, we, me, my, our, mine, customer, customers, may i, may we, is it possible to, is it allowed to, possible to, \
would it be possible to, is it possible for me to, possible for me to, do you let me, will you let me, do you let us, \
do you let customers, do you allow me to, do you allow us to, do you allow customers to, am i allowed to, \
are we allowed to, are customers allowed to, am i able to
@you: you, u, is it possible for you to, possible for you to
@your: your
@us: us
@one: someone, somebody, anyone, anybody, people
!not: not, no, never, non, cannot, neither, nor, nothing, isnt, dont, doesnt, cant, wont, didnt
!without: without
!except: except, but
!only: only
!from: from
!to: to, into
!before: before, prior to
!after: after, once
!over: over, above, more than
!under: under, below, less than
!until: until, till
!off: off
!up: up
!down: down
!back: back
!was: was, were, happened, ended, did, has, had, been, already
!will: will, going to
!than: than
!and: and
!or: or
!his: his, him, he
!her: her, she
!their: their, them, they, theirs
!others: others, other, another
!own: own
?how&@i: how to
?how: how, how do, how can, how could, how does, in what way, explain how
?when: when do, when does, when is, when are, when can, when will, what time, at what time
?where: where
?who: who, whom, whose
?why: why, how come
?which: what, which, whats, what kind, what kinds, what sort, what type
?how_many: how many
?how_long: how long, for how long, how much time, what is the duration
?cost: how much, how much is, how much does, cost, costs, price, prices, fee, charge for
?how_far: how far
?how_often: how often
hours: opening hours, opening times, business hours, store hours, shop hours, when are you open, when do you open, \
what hours are you open, hours of opening
deliver: deliver, delivery, deliveries, delivering, ship, shipping, delivered, shipped, shipment, postage
abroad: abroad, internationally, international, overseas, outside the country, other countries, foreign
instalments: instalment, installment, installments, in instalments
buy: buy, purchase, bought, buying, purchased
change: change, update, modify, edit, amend, changed, changing
cancel: cancel, terminate, cancelled, canceled, cancelling, canceling
required: require, required, need, needed, necessary, must, have to, do i need, do i need to, do i have to, must i, \
do we need, do we need to, do we have to, do customers need to, mandatory, compulsory, obligatory
include: include, included, contain, part of
excluded: not included, excluded, exclude, not cover, not covered, not include
kids: kid, child, children
expire: expire, expiry, expiration, expiry date, run out, valid, validity
repair: repair, fix, repaired, mend, repairing
service_check: tune-up
book: book, reserve, arrange, schedule, reservation, booking, booked, reserved
return: return, send back, returned, returning, bring back, give back
refund: refund, money back, reimburse, reimbursement, refunded
shop: shop, store
lost_password: forgot my password, forgotten my password, lost my password, can not remember my password, \
forgotten password, reset password, reset my password
sign_in: log in, login, sign in, log on
account: account
bicycle: bike, bicycle, cycle
ebike: e-bike, ebike, electric bike, e bike, e-bikes, electric bikes, e bikes
pay_with: payment methods, ways to pay, ways of paying, payment options, forms of payment, methods of payment, \
payment types, how can i pay, how do i pay, accept payment, payment method
contact: contact details, reach you, get in touch, contact you, contact information, contact
test_ride: test ride, test rides, try a bike, try out, take for a spin
discount: discount, reduction, reduced rate, reduced price, money off, cheaper
warranty: warranty, guarantee
parking: parking, car park, place to park, park my car
wheelchair: wheelchair, wheelchair access, wheelchair accessible, step-free, step free
points: points, loyalty points
enable: enable, activate, switch on, turn on
disable: disable, deactivate, switch off, turn off
dark_mode: dark mode, dark theme
gift_card: gift card, gift voucher, gift cards, gift vouchers
walk_in: walk-in, walk in, walk-ins, walk ins
check_in: check-in, check in
check_out: check-out, check out, checkout
pick_up: pick-up, pick up, pickup, collect, collection
drop_off: drop-off, drop off
unsubscribe: unsubscribe, sign off
support: support, supported
next_day: next-day, next day
latest: how late
earliest: how early
minimum: minimum
maximum: maximum
on_delivery: on delivery, upon delivery
on_pick_up: on collection, upon collection, on pick-up, on pickup
size: size, sizes
appointment: appointment, appointments
late: late, too late
free: free, free of charge, at no cost, for nothing, no charge
complain: complain, complaint, make a complaint, file a complaint, lodge a complaint
cover: cover, covered
work: work, works, function
take: take
return_window: return window, return period, how long do i have to return, deadline for returns, how many days do \
i have to return, time limit for returns, until when can i return, how long can i return, within how many days can \
i return
how_long_deliver: how long does delivery take, delivery time, delivery times, how long does shipping take, \
shipping time, shipping times, how long is delivery, how fast is delivery, how quickly do you deliver, how fast do \
you deliver
faulty: faulty, defective, broken
sign_up: sign up, register, create an account, open an account, set up an account, create account
delete_account: delete my account, close my account, delete an account, close an account, remove my account
code: promo code, discount code, voucher code, coupon, coupon code, promotional code, promotion code
track: track, trace, tracking
parcel: parcel, package
speak: speak, talk
luggage: luggage, baggage
lift: lift, elevator
flat: flat tyre, puncture, punctured tyre, flat tire
tyre: tyre, tire
colour: colour, color
doctor: doctor, physician
toilet: toilet, toilets, restroom, restrooms, bathroom
film: film, movie
start: start, begin, commence
large: large, big
phone: phone, telephone
wifi: wifi, wi-fi, wi fi, wireless internet
staff: staff, employees
invoice: invoice
receive: receive
picture: picture, photo
student: student, students
minimum_order: minimum order, minimum order value, minimum order amount
insurance: insurance, insured
membership: membership
notice: notice period, how much notice, period of notice
internet: internet, online connection
offline: offline, without internet, without an internet connection, without a connection
!during: during, while
!by: by
get_help: get help, get support, find help
""",
    "de": """
-: in, mit, inklusive, wenn, falls, ein, der, die, das, den, dem, des, ein, eine, einen, einem, einer, eines, \
ist, sind, sein, kann, konnen, konnte, darf, mochte, wurde, es, gibt es, bitte, danke, vielen dank, \
hallo, guten tag, guten morgen, auch, denn, da, um, am, im, bei, haben, hat, wird, werden, moglich, guten \
abend, mal, eigentlich, etwas, dass, und zwar, bieten, machen, so, soll, sollte, muss ich wissen, wissen sie, \
konnen sie mir sagen, sagen sie mir, haben sie, habt ihr, bieten sie, bietet ihr
@i: ich, man, wir, mir, mich, uns, mein, meine, meinen, meinem, meiner, unser, unsere, unseren, ist es moglich
@you: sie, ihr, ihnen, euch, du, dir, dich
@your: ihre, ihren, ihrem, ihrer, ihres, euer, eure, euren, eurem, eurer, dein, deine, deinen
!auf: auf
!zu: zu
!an: an
!not: nicht, kein, keine, keinen, keiner, keinem, nie, niemals, nichts
!without: ohne
!only: nur
!from: von, aus, ab
!to: nach, zum, zur, ins
!before: vor, bevor
!after: nachdem, danach
!over: uber, mehr als
!under: unter, weniger als
!until: bis
!off: aus
!per: per
!was: war, waren, wurde, wurden, schon, bereits
!and: und
!or: oder
!than: als
?how: wie
?when: wann
?where: wo, wohin, woher
?who: wer, wen, wem, wessen
?why: warum, wieso
?which: was, welche, welcher, welches, welchen
?how_long: wie lange
?how_many: wie viele
?cost: wie viel kostet, wieviel kostet, was kostet, was kosten, kosten, preis, wie viel, wie teuer ist, wie hoch \
sind die kosten, gebuhr
hours: offnungszeiten, geoffnet, wann haben sie offen, geschaftszeiten, wie sind die offnungszeiten, wie sind ihre \
offnungszeiten, wann haben sie geoffnet, wann ist geoffnet, wann offnen sie
deliver: liefern, lieferung, versand, versenden, verschicken
instalments: raten zahlen, ratenzahlung, in raten zahlen, in raten bezahlen
lost_password: passwort vergessen, vergessenes passwort zuruck, mein passwort vergessen
wheelchair: barrierefrei, rollstuhl, mit dem rollstuhl, rollstuhlgerecht
unsubscribe: abmelden, abbestellen
pay_with: zahlungsarten, zahlungsmethoden, zahlungsmoglichkeiten, wie kann man bezahlen, wie kann ich bezahlen, \
wie kann man zahlen, wie kann ich zahlen, welche zahlungsarten gibt es
return: zuruckgeben, zuruckschicken, zurucksenden, zuruckgebe, zuruckschicke, zurucksende, \
rucksendung, ruckgabe, retoure
refund: erstattung, ruckerstattung, geld zuruck
shop: geschaft, laden, shop
book: buchen, reservieren, vereinbaren, buche, reserviere, vereinbare
cancel: kundigen, stornieren, beenden, kundige, storniere, beende
bicycle: rad, fahrrad, rader, fahrrader
parking: parkplatz, parkplatze, parken
account: kundenkonto, konto, account
buy: kaufen, kaufe
order: bestellen, bestelle
included: inklusive, inbegriffen, enthalten
abroad: ausland
required: brauche ich, braucht man, muss ich, muss man, mussen wir, brauche, \
brauchen, braucht, muss, mussen, notig, erforderlich, pflicht, benotige
!for: fur
""",
    "es": """
-: en, con, si, el, la, los, las, un, una, unos, unas, es, son, ser, esta, estan, se, \
lo, poder, hay, por favor, gracias, hola, buenos dias, buenas, buenas \
tardes, que hago para, tienen, tiene, hacen, posible, cual es, cuales son, al, \
quisiera saber, me gustaria saber, del, de
@i: yo, me, mi, mis, nos, puedo, podria, hago, quiero, se puede, se pueden, es posible
@you: ustedes, usted, os, vosotros, pueden, puede, podeis, le, les
@your: su, sus, vuestro, vuestra, tu, tus
!not: no, nunca, ningun, ninguna, nada, tampoco
!without: sin
!only: solo, solamente
!from: desde
!to: a, hacia
!before: antes
!after: despues, tras
!over: mas de, sobre
!under: menos de
!until: hasta
!was: ya, era, fue
!and: y
!or: o
!than: que
?how: como
?when: cuando, a que hora
?where: donde
?who: quien, quienes
?why: por que
?which: cual, cuales, que
?how_long: cuanto tarda, cuanto dura, cuanto tiempo, por cuanto tiempo
?cost: cuanto cuesta, cuanto cuestan, que precio tiene, que precio tienen, precio, coste, gastos, cuanto vale
hours: horario, horarios, a que hora abren, horario de apertura, horario de la tienda
deliver: envio, envios, enviar, entrega, entregas, gastos de envio
deliver&@you: envian, entregan
instalments: a plazos, en cuotas
pay_with: formas de pago, metodos de pago, medios de pago, como se puede pagar, como puedo pagar, que formas de \
pago aceptan, que metodos de pago aceptan, que medios de pago aceptan
lost_password: olvide la contrasena, restablezco la contrasena, recupero la contrasena, olvide mi contrasena, \
recuperar la contrasena, restablecer la contrasena
return: devolucion, devolver, devoluciones
refund: reembolso, rembolso
book: reservar, pedir cita, reservo, pido cita, reservar hora
cancel: cancelar, cancelo, anular, dar de baja
account: cuenta
buy: comprar, compra
bicycle: bici, bicicleta, bicicletas, bicis
wheelchair: sillas de ruedas, silla de ruedas
warranty: garantia
required: hay que, tengo que, es necesario, es obligatorio, debo
!for: para
""",
    "fr": """
-: en, dans, avec, si, par, le, la, les, un, une, des, du, de, est, sont, etre, ce, il, elle, \
peut, pouvez, qu, il y a, y a-t-il, y a t il, s'il vous \
plait, s il vous plait, svp, merci, bonjour, bonsoir, salut, est ce que, est ce qu'il y a, est ce, y, avez, possible, \
que faire, faire, a-t-on, disposez, quel est, quelle est, quels sont, quelles sont, se, avez vous, \
disposez vous, vous disposez, proposez vous
@i: je, me, mon, ma, mes, on, nous, notre, ai, peux, puis, est il possible, peut-on, puis-je
@you: vous
@your: votre, vos
!not: ne, pas, jamais, aucun, aucune, rien, non
!without: sans
!only: seulement, que
!from: depuis, provenance
!to: vers, au, aux, a
!before: avant
!after: apres
!over: plus de
!under: moins de
!until: jusqu
!was: deja, etait
!and: et
!or: ou
?how: comment
?when: quand, a quelle heure
?where: ou est, ou se trouve
?who: qui
?why: pourquoi
?which: quel, quelle, quels, quelles, que
?how_long: combien de temps, quel est le delai
?how_many: combien de
?cost: combien coute, combien coutent, quel est le prix, prix, tarif, cout, combien
hours: horaires d'ouverture, horaires, heure d'ouverture, a quelle heure ouvrez, quels sont vos horaires
deliver: livrer, livraison, livrez, expediez, port
instalments: plusieurs fois, plusieur fois
pay_with: moyens de paiement, modes de paiement, comment peut on regler, comment peut on payer, comment puis je \
payer, quels moyens de paiement acceptez, moyens de paiement acceptez, quels modes de paiement acceptez
lost_password: oublie mon mot de passe, reinitialiser un mot de passe oublie, mot de passe oublie, reinitialiser \
mon mot de passe, comment reinitialiser un mot de passe oublie
return: retour, retourner, renvoyer, retours
refund: rembourser, remboursement, rembourse
shop: magasin, boutique
parking: parking, places de stationnement, stationnement
book: reserver, prendre rendez vous, reserver un creneau
cancel: annuler, resilier
wheelchair: fauteuil roulant, en fauteuil roulant, accessible en fauteuil roulant
bicycle: velo, velos
account: compte
buy: acheter, achat
warranty: garantie
required: faut il, faut, falloir, dois je, doit on, obligatoire, necessaire
!for: pour
""",
    "pt": """
-: com, em, no, na, nos, nas, o, a, os, as, um, uma, de, do, da, dos, das, e um, por favor, obrigado, obrigada, oi, \
ola, bom dia, boa tarde, tem, ha, ter, que faco, o que faco, faco para, se, qual e, quais sao, possivel, que, \
fazer, aceitam, voces tem, voce tem
@i: eu, me, meu, minha, meus, minhas, posso, faco, da para, e possivel, pode se, podemos
@you: voce, voces, pode, podem
@your: seu, sua, seus, suas
!not: nao, nunca, nenhum, nenhuma, nada
!without: sem
!only: so, somente, apenas
!from: desde
!to: para, ao
!before: antes
!after: depois, apos
!over: mais de, acima
!under: menos de, abaixo
!until: ate
!was: ja, foi, era
!and: e
!or: ou
?how: como
?when: quando, a que horas, que horas
?where: onde
?who: quem
?why: por que, porque
?which: qual, quais, o que
?how_long: quanto tempo, por quanto tempo
?how_many: quantos, quantas
?cost: quanto custa, quanto custam, qual e o preco, preco, custo, valor
hours: horario de funcionamento, horario de abertura, a que horas voces abrem, qual o horario de funcionamento, \
qual e o horario de funcionamento, qual e o horario de abertura, horario
deliver: entregar, entrega, entregam, frete, envio, envios
instalments: parcelado, em parcelas, a prazo
pay_with: formas de pagamento, como posso pagar, quais sao as formas de pagamento, meios de pagamento, metodos de \
pagamento
lost_password: esqueci a senha, recupero a minha senha, como recupero a minha senha, esqueci minha senha, \
recuperar a senha, redefinir a senha
return: devolver, devolucao
refund: reembolso
book: agendar, marcar, agendo, reservar
cancel: cancelar, cancelo, assinatura cancelar
parking: estacionamento, onde parar o carro
wheelchair: cadeirantes, cadeira de rodas
bicycle: bicicleta, bike, bicicletas
account: conta, cadastro
buy: comprar, compra
required: e preciso, preciso, necessario, e necessario, obrigatorio, tenho que
""",
    "it": """
-: con, in, nel, nella, se, il, lo, la, i, gli, le, un, uno, una, di, del, della, dei, delle, ce, ci, si, \
possono, possibile, per favore, e, \
grazie, ciao, salve, buongiorno, buonasera, quali sono, qual e, quali, avete, come faccio
@i: io, mi, mio, mia, miei, posso, ho, faccio, si puo, e possibile
@you: vi, voi, potete, puo, vuole
@your: vostro, vostri, vostra, vostre
!not: non, mai, nessun, nessuna, niente
!without: senza
!only: solo, soltanto
!from: da, dal, dalla
!to: a, al, alla, verso
!before: prima
!after: dopo
!until: fino, entro
!was: gia, era
!or: o
?how: come
?when: quando, a che ora
?where: dove
?who: chi
?why: perche
?which: quale, che, cosa
?how_long: quanto ci vuole, quanto tempo, quanto dura, per quanto tempo
?how_many: quanti, quante
?cost: quanto costa, quanto costano, prezzo, costo, tariffa
hours: orari di apertura, orario di apertura, a che ora aprite, orari, orario
deliver: spedire, spedite, spedizione, consegna, consegnate
instalments: a rate, rate
pay_with: metodi di pagamento, come si puo pagare, come posso pagare, quali metodi di pagamento accettate, metodi \
di pagamento accettate, modi di pagamento
lost_password: dimenticato la password, reimposta la password, come si reimposta la password
return: reso, restituire, resi
refund: rimborso
unsubscribe: cancello, disdice, disdire
book: prenotare, prenoto, fissare, fisso
parking: parcheggio, parcheggiare
wheelchair: sedia a rotelle, carrozzina
bicycle: bici, bicicletta, biciclette
account: account
required: serve, bisogna, devo, occorre, necessario, obbligatorio
!for: per
""",
    "nl": """
-: met, in, als, de, het, een, is, zijn, kan, kun, kunnen, \
mag, alstublieft, alsjeblieft, bedankt, hallo, goedendag, er, om, te, ook, heb, heeft, dat, graag, \
mogelijk, dan, nu, wat nu, hebben jullie, heeft u, hebt u
@i: ik, mij, me, mijn, wij, we, men, is het mogelijk
@you: jullie, je, jij, u
@your: uw, jouw
!op: op
!aan: aan
!not: niet, geen, nooit, niets
!without: zonder
!only: alleen
!from: van, vanaf, uit
!to: naar
!before: voor, voordat
!after: na, nadat
!until: tot
!was: al, was, waren
!and: en
!or: of
?how: hoe
?when: wanneer, hoe laat
?where: waar
?who: wie
?why: waarom
?which: wat, welke, welk
?how_long: hoe lang, hoelang
?how_many: hoeveel
?cost: wat kost, hoeveel kost, prijs, kosten
hours: openingstijden, openingsuren, wat zijn de openingstijden, wat zijn jullie openingstijden
deliver: leveren, levering, verzenden, verzending, bezorgen
instalments: in termijnen, termijnen
pay_with: betaalmethoden, hoe kan ik betalen, welke betaalmethoden zijn er, betaalwijzen
return: retourneren, terugsturen, retour
refund: terugbetaling
gift_card: cadeaubon, kadobon
book: boeken, maken, boek, maak
cancel: opzeggen
parking: parkeren, parkeergelegenheid, parkeerplaats
wheelchair: rolstoel, rolstoeltoegankelijk
bicycle: fiets, fietsen
required: nodig, moet, moeten, verplicht
""",
    "ar": """
-: مع, في, علي, اذا, ان كان, هل, هي, هو, ما, من فضلكم, من فضلك, لو سمحت, لو سمحتم, شكرا, مرحبا, السلام عليكم, \
اهلا, يوجد, لديكم, عندكم, التي, الذي, ان, تكون, يكون, المتاحه, في هذا
@i: انا, يمكنني, استطيع, يمكن, ممكن
@you: يمكنكم, تستطيعون, يمكنك, تستطيع, انتم, بامكانكم
!not: لا, لم, لن, ليس, ليست, غير, بلا
!without: بدون, دون
!only: فقط
!from: من
!to: الي
!before: قبل
!after: بعد
!until: حتي
!was: سبق
!or: او
?how: كيف
?when: متي
?where: اين
?who: من الذي
?why: لماذا
?which: ماذا, اي
?how_long: كم يستغرق, كم مده, كم تستغرق
?cost: كم سعر, سعر, كم تكلفه, بكم, كم يكلف, تكلفه, كم رسوم, رسوم
?how_many: كم
hours: ساعات العمل, مواعيد العمل, متي تفتحون, ما هو وقت الافتتاح, وقت الافتتاح, اوقات العمل
deliver: الشحن, شحن, توصيل, التوصيل
abroad: دولي, خارج البلاد
pay_with: طرق الدفع, كيف يمكنني الدفع, وسائل الدفع
lost_password: نسيت كلمه المرور, نسيت كلمه المرور ماذا افعل, كيف استعيد كلمه المرور, استعيد كلمه المرور
return: ارجاع, الارجاع
refund: استرداد, استرداد المبلغ
shop: المحل, المتجر
instalments: بالتقسيط
wheelchair: كراسي متحركه, كرسي متحرك, للكراسي المتحركه, بكرسي متحرك
required: يلزم, يجب
cancel: الغي, الغاء, الالغاء
parking: موقف سيارات, موقف للسيارات, مواقف
""",
    "ja": """
-: ですか, でしょうか, ください, 下さい, 教えて, すみません, お願いします, \
ありがとうございます, こんにちは, を, は, が, の, に, で, と, って, も, ます, \
か, お, ご, ますか, ありますか, ありますでしょうか, です, できますか, 出来ますか, \
可能ですか, 何ですか, いますか, していますか, しています, あります, できます, \
すれば, 何がありますか, る
@you: してもらえますか, もらえますか, いただけますか, していただけますか
!not: ない, ません, なし, 不可, ず, 未
!from: から
!to: へ, まで
!before: 前
!after: 後
!only: だけ, のみ
!in: 以内
?how: どうすればいいですか, どうすれば, どうやって, 方法, 手続き, 手続, するにはどうすればいいですか, どう
?when: いつ, 何時
?where: どこ
?who: 誰
?why: なぜ
?which: どの, 何, どのような
?how_long: どのくらいかかりますか, どれくらいかかりますか, 何日かかりますか
?cost: いくらですか, いくら, 料金はいくらですか
hours: 営業時間, 開店時間, 開店時間は何時ですか, 何時から開いていますか, 何時に開きますか
deliver: 配送, 発送
postage: 送料, 配送料
pay_with: 支払い方法, 決済手段, 支払方法, 決済方法, 支払い方法は何がありますか, どのような決済手段が使えますか
lost_password: パスワードを忘れたらどうすればいいですか, パスワードの再設定方法, パスワードを忘れました
abroad: 海外, 国外
wheelchair: 車椅子, 車いす
cancel: 解約
return: 返品
parking: 駐車場
instalments: 分割払い
shop: 店舗, 入店, 店
""",
}

ORDERED: dict[str, str] = {
    "en": "than who mother father wife husband partner child son daughter neighbour neighbor friend landlord tenant "
    "guest member seller buyer sender recipient owner",
    "de": "als wer mutter vater frau mann partner kind sohn tochter nachbar freund vermieter mieter gast",
    "es": "que quien madre padre mujer marido pareja hijo hija vecino amigo huesped inquilino casero",
    "fr": "qui que mere pere femme mari enfant fils fille voisin ami locataire proprietaire invite",
    "pt": "que quem mae pai esposa marido filho filha vizinho amigo inquilino hospede",
    "it": "che chi madre padre moglie marito figlio figlia vicino amico inquilino ospite",
    "nl": "dan wie moeder vader vrouw man partner kind zoon dochter buurman vriend huurder gast",
    "ar": "من امي ابي زوجتي زوجي ابني ابنتي جاري صديقي",
    "ja": "",
}
"""People and comparisons: with one of these in it, who stands first decides who does what to whom."""

LABELS: dict[str, str] = {
    "en": "plan plans vitamin vitamins entrance gate size sizes zone group class type section block hall level "
    "category option platform terminal building tier grade series model version line route exit area band team room",
    "de": "plan tarif vitamin eingang tor grosse zone gruppe klasse typ block halle stufe kategorie option gleis "
    "terminal gebaude modell version linie ausgang bereich paket raum",
    "es": "plan vitamina entrada puerta talla zona grupo clase tipo bloque nivel categoria opcion anden terminal "
    "edificio modelo version linea salida tarifa",
    "fr": "plan forfait formule vitamine entree porte taille zone groupe classe type bloc niveau categorie option quai "
    "terminal batiment modele version ligne sortie tarif pile hall",
    "pt": "plano vitamina entrada porta tamanho zona grupo classe tipo bloco nivel categoria opcao plataforma terminal "
    "edificio modelo versao linha saida tarifa",
    "it": "piano vitamina entrata ingresso porta taglia misura zona gruppo classe tipo blocco livello categoria "
    "opzione binario terminal edificio modello versione linea uscita tariffa",
    "nl": "plan vitamine ingang poort maat zone groep klasse type blok niveau categorie optie perron terminal gebouw "
    "model versie lijn uitgang tarief",
}
"""What letters are added to, to tell one from another; folded."""

INFLECTIONS: dict[str, str] = {
    "en": "s es", "de": "n en e s", "es": "s es", "fr": "s es", "pt": "s", "nl": "en s",
}  # fmt: skip
"""Endings with which a listed word still means the same. Others make other words: "use" and "used",
"fix" and "fixed"."""

PERSONAL: dict[str, str] = {
    "en": r"how (?:many|much) (?:\w+ ){0,3}do (?:i|we) (?:have|owe)(?! to)\b"
    r"|my (?:last |latest |recent |own )?(?:orders?|parcel|package|invoice|bill|refund|account|subscription|plan"
    r"|booking|reservation|appointment|delivery(?! address)|shipment|discount|credit|voucher"
    r"|payment|data|bike|repair|claim"
    r"|balance|points|name|phone|card|contract|ticket|membership|address|e-?mail)\b"
    r"|\b(?:has|was|were|did|have) (?:i|my|we)\b|\bi (?:was|have been|had|ordered|paid"
    r"|bought|received|returned|sent|booked)\b|\bi(?:'ve| have) (?:ordered|paid|bought|received|returned|sent|booked)",
    "de": r"mein\w* (?:\w+ )?(?:bestellung|paket|rechnung|konto|erstattung|buchung|abo|vertrag|termin|zahlung|daten"
    r"|rad|fahrrad|reparatur|karte|adresse|lieferung|sendung"
    r"|punkte|rabatt|guthaben|gutschein)\b|\b(?:wurde|habe) ich\b|\bich habe (?!.*vergessen)",
    "es": r"\bmi (?:\w+ )?(?:pedido|paquete|factura|cuenta|reembolso|reserva|suscripcion|contrato|cita|pago"
    r"|tarjeta|envio|entrega|saldo|descuento)\b"
    r"|\bmis datos\b|\bhe (?:pedido|pagado|comprado|recibido)\b",
    "fr": r"\b(?:ma|mon|mes) (?:\w+ )?(?:commande|colis|facture|compte|remboursement|reservation|abonnement|contrat"
    r"|paiement|donnees|carte|livraison|solde|remise)\b|\bj ai (?!oublie)",
    "pt": r"\b(?:meu|minha|meus) (?:\w+ )?(?:pedido|pacote|fatura|conta|reembolso|reserva|assinatura|contrato|pagamento"
    r"|dados|cartao|encomenda|entrega|envio|saldo|desconto)\b",
    "it": r"\b(?:il mio|la mia|i miei) (?:\w+ )?(?:ordine|pacco|fattura|conto|account|rimborso|prenotazione|abbonamento"
    r"|contratto|pagamento|dati|carta|consegna|spedizione|saldo|sconto)\b",
    "nl": r"\bmijn (?:\w+ )?(?:bestelling|pakket|factuur|account|terugbetaling|boeking|contract|betaling"
    r"|gegevens|levering|zending|saldo|korting)\b",
    "ar": r"(?:طلبي|حسابي|فاتورتي|حجزي|دفعتي|بياناتي|طلبه|طلبها|بطاقتي)",
    "ja": r"(?:私の|僕の|わたしの|自分の|注文した|購入した|届いた|届かない)",
}
"""What speaks of the customer's own: such an answer is for nobody else."""

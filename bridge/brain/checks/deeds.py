"""What words say was done, or is so: one kind or several for each word, by language. Pure.

The kinds of what tools do are those of `Action.does`; the others are states that tools tell of. A word that may mean
several things has several kinds: one of them has to be true, and from what is told the first is taken. Linear: words
and nothing between them.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from bridge.brain.checks.text import folded

TEXTS_CACHED_MAX = 500

Kinds = tuple[str, ...]

# By language, the words of each kind; "a b" stands for: a or b, rather a. They are folded before they are compiled: no
# \W, \S or \D.
_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "refund": r"refund\w*|reimburs\w*|repa(?:id|y\w*)|(?:paid|pay\w*|money|given|got) (?:\w+ )?back|credited",
        "return": r"returns?\b|returned|returning|return label",
        "cancel": r"cancel\w*|void\w*",
        "discount": r"discount\w*|voucher\w*|coupon\w*|promo(?:tion)?\w*|reduction",
        "booking": r"appointment\w*|reserv\w+|booking\w*|slot|booked (?:you )?in|visit\w*",
        "booking callback": r"booked|schedul\w+|arranged",
        "callback": r"call ?back\w*|call(?:s|ed|ing)?\b|ring(?:s|ing)? you|phon(?:e|ing) you",
        "callback ticket": r"(?:get|be|gets) (?:back|in touch)|contact(?:s|ing)? you|reach out|e-?mail(?:s|ing)? you"
        r"|write to you",
        "ticket": r"ticket\w*|request(?:s|ed)?\b|case|complaint|forward\w*|escalat\w*|pass(?:ed|ing)?\b"
        r"|our team|the team|notif(?:y|ied)|inform(?:ed)?\b|report(?:ed)?\b|logged|raised|filed|submit\w*"
        r"|told (?:the|our|them)",
        "update": r"(?:(?:delivery|shipping|billing) )?address|phone number|preferences?|settings?|profile|details",
        "update subscription": r"newsletter|notifications?|unsubscri\w*",
        "update booking subscription": r"chang\w+|updat\w+|modif\w+|mov(?:ed|ing)|adjust\w*",
        "subscription": r"subscriptions?|your plan|membership|paus\w+|resum\w+|upgrad\w+|downgrad\w+",
        "delivered": r"delivered|collected",
        "sent": r"ship\w*|dispatch\w*|despatch\w*|sent|on (?:its|the|their) way|deliver\w*|in transit",
        "confirmed booking": r"confirm\w*",
        "paid": r"paid(?! back)|payment\w*",
        "prepared": r"process(?:ed|ing)|pack(?:ed|ing)|prepar\w+|being (?:built|made)|complet\w+|received",
        "ordered": r"(?:placed|ordered)",
        "approval": r"approval|to approve|permission|authori[sz]ation|(?:to|must|should) be approved",
        "approved": r"approve[ds]|granted|authori[sz]ed",
    },
    "de": {
        "refund": r"\w*erstatt\w+|ruckzahl\w+|zuruckgezahlt|zuruckzahl\w+|zuruckuberw\w+|gutschrift|gutgeschrieben"
        r"|geld zuruck|uberw[ie]+sen|zuruckgebucht",
        "return": r"retoure?\w*|rucksend\w+|ruckgabe\w*|zuruckschick\w*|zuruckgeschickt|zuruckgegeben",
        "cancel": r"stornier\w*|storno|abgesagt|absag\w+",
        "cancel subscription": r"\w*kundig\w*",
        "discount": r"rabatt\w*|gutschein\w*|nachlass",
        "booking": r"\w*termin\w*|reservier\w*|eingetragen|vorgemerkt",
        "booking callback": r"gebucht|buch(?:e|ung)|eingeplant|vereinbart",
        "callback": r"ruckruf\w*|\w*anruf\w*|angerufen|zuruckgerufen|ruft",
        "callback ticket": r"meldet|melden|kontaktier\w+|schreibt",
        "ticket": r"ticket\w*|anfrage|anliegen|vorgang|weitergeleitet|weitergegeben|leite|eskaliert|informiert"
        r"|benachrichtigt|gemeldet|ubermittelt",
        "update": r"\w*adresse|telefonnummer|einstellung\w*|hinterlegt",
        "update subscription": r"newsletter|abgemeldet|angemeldet",
        "update booking subscription": r"geandert|anderung|andere|aktualisiert|angepasst|verschoben|umgebucht",
        "subscription": r"abo|abonnement|vertrag|mitgliedschaft|pausiert|tarif",
        "delivered": r"zugestellt|geliefert|ausgeliefert|abgeholt",
        "sent": r"versandt|versendet|verschickt|abgeschickt|unterwegs|auf dem weg|gesendet|geschickt",
        "confirmed booking": r"bestatigt|bestatigung",
        "paid": r"bezahlt|zahlung",
        "prepared": r"bearbeitet|verpackt|vorbereitet|abgeschlossen|eingegangen|gepackt",
        "ordered": r"bestellt|aufgegeben",
        "approval": r"genehmigung|genehmigen|freigabe|freigeben|zustimmung|(?:genehmigt|freigegeben) werden",
        "approved": r"genehmigt|freigegeben|bewilligt|zugestimmt",
    },
    "es": {
        "refund": r"reembols\w*|reintegr\w*|abon(?:o|ado|ada|ar\w*)"
        r"|(?:devuelto|devolver\w*) (?:el|su|tu) (?:dinero|importe)",
        "return refund": r"devoluc\w+|devuelt\w+|devolv\w+",
        "cancel": r"cancel\w*|anul\w*",
        "discount": r"descuent\w*|cupon\w*|vale\b",
        "booking": r"citas?\b|reserv\w*|inscrit\w*|apuntad\w*",
        "booking callback": r"agend\w*|programad\w*",
        "callback": r"llam\w+",
        "callback ticket": r"contact\w+|escrib\w+",
        "ticket": r"tickets?|incidencia|solicitud|solicit\w+|caso|traslad\w+|escalad\w*|reenvi\w+|informad\w*|avis\w+"
        r"|notificad\w*|gestion\w+",
        "update": r"direccion|telefono|ajustes|preferencias|datos",
        "update subscription": r"boletin|dad[oa] de (?:alta|baja)",
        "update booking subscription": r"cambi\w+|actualiz\w+|modific\w+",
        "subscription": r"suscripcion|plan|pausad\w*|membresia",
        "delivered": r"entregad\w*|entrego|recogid\w*",
        "sent": r"enviad\w*|envi[oe]|en camino|en marcha",
        "confirmed booking": r"confirm\w+",
        "paid": r"pagad\w*|pago",
        "prepared": r"procesad\w*|preparad\w*|tramitad\w*|completad\w*|recibid\w*",
        "ordered": r"(?:realizado|hecho) (?:el|su|tu|un) pedido",
        "approval": r"aprobacion|autorizacion|aprobar\w*|apruebe|ser (?:aprobad|autorizad)\w*",
        "approved": r"aprobad\w*|aprobe|aprobo|autorizad\w*",
    },
    "fr": {
        "refund": r"rembours\w*|restitu\w*|recredit\w*|credite\w*|avoir",
        "return": r"retours?\b|retourn\w+|renvoi|renvoye\w*",
        "cancel": r"annul\w*",
        "cancel subscription": r"resili\w*",
        "discount": r"remise|reductions?|bon d'achat|code promo|coupon",
        "booking": r"rendez-vous|reserv\w*|inscrit\w*",
        "booking callback": r"planifi\w*|programm\w*",
        "callback": r"rappel\w*|appel\w*",
        "callback ticket": r"contact\w*|recontact\w*|ecri\w+",
        "ticket": r"tickets?|demande\w*|dossier|transmis\w*|transf\w+|inform\w+|prevenu\w*|signale\w*|notifi\w*",
        "update": r"adresse|telephone|parametres|preferences|coordonnees",
        "update subscription": r"newsletter|desabonn\w*|desinscrit\w*",
        "update booking subscription": r"modifi\w*|chang\w+|mis(?:e|es)? a jour|deplac\w+",
        "subscription": r"abonnement|formule|pause|suspendu\w*|adhesion",
        "delivered": r"livre(?:e?s?)|retire\w*",
        "sent": r"expedi\w*|envoy\w*|en route|en chemin|livr\w+|parti(?:e|s|es)?\b",
        "confirmed booking": r"confirm\w*|valid\w+",
        "paid": r"paye\w*|paiement",
        "prepared": r"trait\w+|prepar\w+|emball\w+|recu\w*",
        "ordered": r"passe (?:la|votre|ta|une) commande|commande (?:le|la|les)\b",
        "approval": r"approbation|approuver|autorisation|accord|etre (?:approuv|autoris)\w*",
        "approved": r"approuvee?s?|autorisee?s?",
    },
    "pt": {
        "refund": r"reembols\w*|estorn\w*|restitu\w*|creditad\w*|creditei",
        "return refund": r"devolu\w+|devolv\w+",
        "cancel": r"cancel\w*|anul\w*",
        "discount": r"descont\w*|cupao|cupom|vale\b",
        "booking": r"consulta|reserv\w*|inscrit\w*|visit\w+",
        "booking callback": r"marc(?:ado|ada|acao|ar|amos)|marquei|agend\w*",
        "callback": r"lig(?:a|ar|ara|amos|ue|ado|acao)\b|telefon\w+|chamada",
        "callback ticket": r"contac?t\w*",
        "ticket": r"tickets?|chamado|encaminh\w+|inform\w+|avis\w+|notific\w+|solicit\w+|transfer\w+|repassei",
        "update": r"endereco|morada|telefone|definicoes|preferencias|dados",
        "update subscription": r"newsletter",
        "update booking subscription": r"atualiz\w+|alter\w+|mud\w+|troquei|remarquei",
        "subscription": r"assinatura|subscricao|plano|pausad\w*|pausei",
        "delivered": r"entregues?|levantad\w*",
        "sent": r"enviad\w*|enviei|a caminho|expedid\w*",
        "confirmed booking": r"confirm\w+",
        "paid": r"pag[oa]s?\b|pagamento",
        "prepared": r"processad\w*|preparad\w*|tratad\w*|concluid\w*|recebid\w*",
        "ordered": r"(?:feita|efetuada) a (?:sua |tua )?encomenda",
        "approval": r"aprovacao|aprovar|autorizacao|ser (?:aprovad|autorizad)\w*",
        "approved": r"aprovad\w*|aprovei|aprovou|autorizad\w*",
    },
    "it": {
        "refund": r"rimbors\w*|riaccredit\w*|accreditat\w*|restituit\w* (?:il|l'|i)",
        "return": r"reso\b|resi\b|restituzion\w*|rinvi\w*|restituit\w*",
        "cancel": r"annull\w*|cancell\w*",
        "cancel subscription": r"disdett\w*",
        "discount": r"scont\w*|buono|coupon",
        "booking": r"appuntament\w*|prenot\w*|riservat\w*",
        "booking callback": r"fissat\w*|programmat\w*",
        "callback": r"chiam\w+|richiam\w+",
        "callback ticket": r"contatt\w+|scriver\w+",
        "ticket": r"tickets?|segnal\w+|richiest\w+|pratica|inoltrat\w*|informat\w*|avvisat\w*|trasferit\w*",
        "update": r"indirizzo|telefono|impostazioni|preferenze|dati",
        "update subscription": r"newsletter|iscrizione",
        "update booking subscription": r"aggiorn\w+|modific\w+|cambi\w+|spostat\w*",
        "subscription": r"abbonament\w*|piano|pausa|sospes\w*",
        "delivered": r"consegnat\w*|ritirat\w*",
        "sent": r"spedit\w*|inviat\w*|in arrivo|partit[oa]|in viaggio",
        "confirmed booking": r"conferm\w+",
        "paid": r"pagat\w*|pagamento",
        "prepared": r"elaborat\w*|preparat\w*|completat\w*|ricevut\w*",
        "ordered": r"effettuato (?:il|l')ordine|ordinat\w*",
        "approval": r"approvazione|approvare|autorizzazione|essere (?:approvat|autorizzat)\w*",
        "approved": r"approvat\w*|autorizzat\w*",
    },
    "nl": {
        "refund": r"terugbeta\w+|terugge(?:stort|geven|boekt)|terugstort\w*|restitutie|gecrediteerd|overgemaakt",
        "return": r"retour\w*|teruggestuurd|terugstur\w*",
        "cancel": r"\w*annule\w+|afgezegd",
        "cancel subscription": r"opgezegd|opzegging",
        "discount": r"korting\w*|tegoedbon|waardebon",
        "booking": r"afspraak|gereserveerd|reservering|boeking|ingeschreven",
        "booking callback": r"geboekt|ingepland|ingeboekt|gepland",
        "callback": r"bel(?:t|len)?\b|\w*gebeld|terugbel\w*",
        "callback ticket": r"contact\w*|mailt|schrijft|gecontacteerd",
        "ticket": r"tickets?|melding|verzoek|aanvraag|doorgestuurd|doorgegeven|ingelicht|gemeld|geinformeerd|ingediend",
        "update": r"adres|telefoonnummer|instelling\w*|voorkeur\w*|gegevens",
        "update subscription": r"nieuwsbrief|uitgeschreven",
        "update booking subscription": r"gewijzigd|wijziging|aangepast|bijgewerkt|verzet|omgeboekt",
        "subscription": r"abonnement|lidmaatschap|gepauzeerd|stopgezet",
        "delivered": r"bezorgd|geleverd|afgeleverd|opgehaald",
        "sent": r"verzonden|verstuurd|onderweg|gestuurd",
        "confirmed booking": r"bevestig\w+",
        "paid": r"betaald|betaling",
        "prepared": r"verwerkt|ingepakt|klaargemaakt|afgerond|ontvangen",
        "ordered": r"besteld|geplaatst",
        "approval": r"goedkeuring|goedkeuren|goed te keuren|toestemming|worden goedgekeurd|goedgekeurd worden",
        "approved": r"goedgekeurd",
    },
    "ja": {
        "refund": "返金|払い戻し|お返し",
        "return": "返品",
        "cancel": "キャンセル|取り消し|取消",
        "cancel subscription": "解約",
        "discount": "割引|クーポン|値引",
        "booking": "予約",
        "callback": "電話|連絡|折り返し|訪問|伺",
        "ticket": "チケット|引き継|お伝え|報告|共有|転送|申請|受付",
        "update": "住所|電話番号|設定|登録情報",
        "update subscription": "メルマガ|配信",
        "update booking subscription": "変更|更新",
        "subscription": "定期|サブスク|プラン|一時停止|休止",
        "sent": "発送|お届け|配達|配送|出荷|送付|お送り",
        "confirmed booking": "確定|確認",
        "paid": "支払|入金",
        "prepared": "処理|準備|手配|梱包|完了",
        "ordered": "注文を承",
        "approved": "承認(?:され|しま|いた|済)|許可(?:され|しま|いた|済)",
        "approval": "承認|許可",
    },
    "ar": {
        "refund": "استرداد|استرجاع|رد المبلغ|المسترد|استردد|استرجع|رد أموال",
        "return": "إرجاع|ارجاع|مرتجع|إعادة المنتج|ارجعت",
        "cancel": "إلغاء|الغاء|ألغيت|الغيت|ألغينا|الغينا|ملغى|ملغي",
        "discount": "خصم|قسيمة|كوبون",
        "booking": "حجز|موعد",
        "callback": "اتصال|يتصل|تتصل|اتصل|تواصل",
        "ticket": "تذكرة|بلاغ|إبلاغ|أبلغت|تحويل|حولت|طلب دعم|تقديم",
        "update": "عنوان|رقم هاتف|إعداد|بيانات",
        "update booking subscription": "تحديث|تغيير|تعديل",
        "subscription": "اشتراك|باقة",
        "sent": "شحن|في الطريق|في طريق|تسليم|توصيل|إرسال|أرسل",
        "confirmed booking": "تأكيد|مؤكد|أكد",
        "paid": "دفع",
        "prepared": "معالجة|تجهيز",
        "approved": "تمت الموافقة|تم الاعتماد|وافقت|وافقنا",
        "approval": "موافقة|الموافقة|اعتماد|يوافق",
    },
}
_BOUNDLESS = ("ja", "ar")
"""Languages whose words carry others before and behind them."""


def _compiled(language: str, words: dict[str, str]) -> tuple[re.Pattern[str], Sequence[Kinds]]:
    groups = "|".join(f"({folded(pattern)})" for pattern in words.values())
    begin, end = ("", "") if language in _BOUNDLESS else (r"(?<!\w)", r"(?!\w)")
    # A pattern has no groups of its own, so the number of a group is the place of its kinds.
    return re.compile(f"{begin}(?:{groups}){end}"), [tuple(kinds.split()) for kinds in words]


_PATTERNS = {language: _compiled(language, words) for language, words in _WORDS.items()}
_STATES = (
    ("partly_dispatched|dispatched|shipped|in transit|out for delivery|delivered|collected|ready_to_collect", "sent"),
    ("packing|being_built|received|processing|waiting_for_stock|on_hold", "prepared"),
    ("delivered|collected", "delivered"),
    ("placed_on|ordered_on|confirmed|received", "ordered"),
)
_OF_STATES = [(re.compile(rf"\b(?:{words})\b"), kind) for words, kind in _STATES]
"""How systems name states."""


def mentioned(text: str, language: str) -> Sequence[Kinds]:
    """The kinds of each word in it that says what was done or is so."""
    pattern, kinds = _PATTERNS.get(language, _PATTERNS["en"])
    return [kinds[match.lastindex - 1] for match in pattern.finditer(folded(text)) if match.lastindex]


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def told_kinds(text: str) -> frozenset[str]:
    """What a text of a tool, or of people of the business, tells of, in whatever language."""
    found = {kind for pattern, kind in _OF_STATES if pattern.search(text.lower())}
    return frozenset(found.union(kinds[0] for language in _PATTERNS for kinds in mentioned(text, language)))

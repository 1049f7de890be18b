# ruff: noqa: E501 (one answer a line, as it is)
"""What states something of the business needs a source, whether anything was found or not."""

import pytest

from bridge.errors import CheckFailed
from tests.unit.brain.checks.answers import Answer, blocks, by_words, draft, question, tell
from tests.unit.brain.checks.good import WINDOWS

OUT_OF_NOTHING = [
    ("en", "All our bikes come with a lifetime guarantee and every return is free for ever."),
    ("en", "The frumious blorp is a racing bike that we sell with a lifetime guarantee. You can return it whenever you like."),
    ("en", "Returns are always free."),
    ("en", "Everything is free. You never pay. Returns never expire."),
    ("en", "I know that all of our bikes may be returned for ever and that you never pay for anything at all."),
    ("en", "I know all of our bikes may be returned for ever."),
    ("en", "Did you know that you may return every bike whenever you like, in any condition, for a complete refund?"),
    ("en", "All of our bikes are free of charge for everybody, right?"),
    ("en", "I don't know the details, but every return of a bike is free of charge for ever and ever."),
    ("en", "It was delivered to your neighbour this morning."),
    ("en", "In our workshop every bike is checked overnight."),
    ("en", "Asking price includes delivery to the islands."),
    ("en", "Great bikes are repaired by our workshop overnight."),
    ("de", "Ihre Bestellung liegt schon beim Nachbarn."),
    ("it", "Il suo ordine parte domani mattina dal magazzino."),
    ("en", "- Free returns always\n- Free lifetime warranty\n- Free new bike"),
    ("de", "Ich weiß sicher, dass alle Räder jederzeit kostenlos zurückgenommen werden und niemand je etwas zahlt."),
    ("de", "Die Rückgabe ist kostenlos."),
    ("fr", "Je sais que tous les vélos sont repris gratuitement et pour toujours, sans aucune condition."),
    ("es", "Puedo decirle que todas las bicicletas se devuelven gratis y para siempre sin ninguna condición."),
    ("es", "¿Sabía que todas las bicicletas se pueden devolver gratis?"),
    ("pt", "A devolução é sempre gratuita."),
    ("it", "Posso dirle che tutte le bici si restituiscono gratis e per sempre senza nessuna condizione al mondo."),
    ("nl", "Alle fietsen mogen gratis terug."),
    ("ja", "返品はいつでも無料です。全額返します。"),
    ("ar", "يمكنني القول إن كل الدراجات مجانية وإن الإرجاع مجاني دائما بلا شروط لكل العملاء."),
]  # fmt: skip
ASKED = {"en": "Can I return it?", "de": "Kann ich es zurückgeben?", "es": "¿Puedo devolverla?", "fr": "Puis-je le rendre ?",
         "pt": "Posso devolver?", "it": "Posso restituirla?", "nl": "Kan ik hem terugbrengen?", "ja": "返品できますか？", "ar": "هل يمكن الإرجاع؟"}  # fmt: skip
HONEST = [
    ("en", "I don't know that, but I can put you in touch with our team at hello@larkwell.example."),
    ("en", "I'm sorry, I couldn't find anything in our help pages that answers this, but our team can help: ring 01632 960142."),
    ("en", "I'm sorry, I don't know. Could you tell me which bike you mean and when you bought it, so that I can look again?"),
    ("en", "Unfortunately our help pages say nothing about that, so I can't tell you whether it fits your bike."),
    ("en", "Good to hear! Is there anything else that I can look up for you?"),
    ("en", "My pleasure. All the best!"),
    ("en", "I'm glad that you like the bike. Have a lovely ride!"),
    ("en", "No, on Monday we are closed today. We are open Tuesday to Friday 9:00-18:00."),
    ("en", "I can help you with bikes, orders, returns and repairs. What would you like to know?"),
    ("en", "I'd be glad to explain how to return a bike if you tell me which one you have and how you paid for it."),
    ("de", "Das weiß ich leider nicht, aber unser Team hilft Ihnen gern weiter: hello@larkwell.example."),
    ("de", "Leider finde ich auf unseren Hilfeseiten nichts, das Ihre Frage beantwortet; schreiben Sie bitte an hello@larkwell.example."),
    ("es", "No lo sé, pero puedo ponerle en contacto con nuestro equipo en hello@larkwell.example."),
    ("es", "Lo siento, no he encontrado nada que responda a su pregunta en nuestras páginas de ayuda; puede escribir a hello@larkwell.example."),
    ("fr", "Je ne le sais pas, mais je peux vous mettre en relation avec notre équipe : hello@larkwell.example."),
    ("pt", "Não sei, mas posso pôr a nossa equipa em contacto consigo: hello@larkwell.example."),
    ("it", "Non lo so, ma posso metterla in contatto con il nostro team: hello@larkwell.example."),
    ("nl", "Dat weet ik niet, maar ik kan u in contact brengen met ons team via hello@larkwell.example."),
    ("ja", "申し訳ありませんが、わかりません。hello@larkwell.example の担当者におつなぎできます。"),
    ("ja", "承知いたしました。ほかにご質問はありますか？"),
    ("ar", "لا أعرف ذلك، لكن يمكنني أن أوصلك بفريقنا على hello@larkwell.example."),
]  # fmt: skip


@pytest.mark.parametrize("docs", [(), (WINDOWS,)], ids=["nothing found", "not cited"])
@pytest.mark.parametrize(("language", "text"), OUT_OF_NOTHING, ids=[text[:40] for _, text in OUT_OF_NOTHING])
def test_what_rests_on_nothing_is_held_back(language: str, text: str, docs: tuple[str, ...]) -> None:
    asked = question(Answer(ASKED[language], text, docs, language))
    shown: list[str] = []
    with pytest.raises(CheckFailed) as failure:
        tell(draft(asked, shown.append), [(text, ())], by_words)
    assert failure.value.check == "grounding"
    assert not "".join(shown).strip()


@pytest.mark.parametrize("docs", [(), (WINDOWS,)], ids=["nothing found", "not cited"])
@pytest.mark.parametrize(("language", "text"), HONEST, ids=[text[:40] for _, text in HONEST])
def test_who_does_not_know_may_say_so(language: str, text: str, docs: tuple[str, ...]) -> None:
    asked = question(Answer(ASKED[language], text, docs, language))
    tell(draft(asked, lambda _: None), [(text, ())], by_words)


SHORT = [
    "Yes, you can.[] You have 30 days from the day after delivery.[1]",
    "Returns are free.[] At the shop it costs nothing.[1]",
    "No.[] A helmet needs its hygiene tag.[1]",
    "You have 30 days from the day after delivery.[1] Returns are easy.[]",
    "30 days.[1]",
]


@pytest.mark.parametrize("text", SHORT)
def test_a_short_sentence_needs_no_source_of_its_own(text: str) -> None:
    asked = question(Answer("Can I return it?", text, (WINDOWS,)))
    tell(draft(asked, lambda _: None), blocks(text, asked.passages), by_words)

"""What only sounds like a fault passes."""

import pytest

from bridge.brain.checks.settings import ChecksSettings
from bridge.brain.checks.text import end
from tests.unit.brain.checks.answers import Answer, blocks, by_words, draft, question, tell
from tests.unit.brain.checks.good import CONTACT, HOURS, WINDOWS

WITHOUT_SOURCES = ChecksSettings(grounding=False)

NO_PROMISES = [
    ("en", "I have not cancelled anything."),
    ("en", "Nobody will call you without being asked."),
    ("en", "Once your order has been cancelled, you get an e-mail."),
    ("en", "If your refund is on its way, the status says so."),
    ("en", "I'll explain how you can cancel it."),
    ("en", "Would you like me to explain how orders are cancelled?"),
    ("de", "Ich habe nichts storniert und kann das auch nicht."),
    ("de", "Wenn Ihre Bestellung storniert wurde, bekommen Sie eine E-Mail."),
    ("de", "Ich werde Ihnen gern erklären, wie man storniert."),
    ("es", "No he cancelado su pedido."),
    ("es", "Si su pedido ha sido cancelado, recibe un mensaje."),
    ("fr", "Je n'ai rien annulé."),
    ("fr", "Si votre commande a été annulée, vous recevez un message."),
    ("pt", "Não cancelei a sua encomenda."),
    ("pt", "Se a sua encomenda foi cancelada, recebe uma mensagem."),
    ("it", "Non ho annullato il suo ordine."),
    ("it", "Se il suo ordine è stato annullato, riceve un messaggio."),
    ("nl", "Ik heb uw bestelling niet geannuleerd."),
    ("nl", "Als uw bestelling is geannuleerd, krijgt u bericht."),
    ("ja", "ご注文をキャンセルしましたか？"),
    ("ja", "キャンセルされましたら、メールが届きます。"),
    ("ar", "إذا تم إلغاء طلبك فستصلك رسالة."),
]


@pytest.mark.parametrize(("language", "text"), NO_PROMISES, ids=[text for _, text in NO_PROMISES])
def test_it_promises_nothing(language: str, text: str) -> None:
    answer = Answer("Cancel it?", text, language=language)
    tell(draft(question(answer), lambda _: None, WITHOUT_SOURCES), [(text, ())], by_words)


@pytest.mark.parametrize(
    "number", ["01632 960142", "+44 1632 960142", "01632-960142", "0044 1632 960142", "(01632) 960142"]
)
def test_a_telephone_number_may_be_written_in_any_way(number: str) -> None:
    answer = Answer("How do I ring you?", f"Ring us on {number}.[1]", (CONTACT,))
    asked = question(answer)
    tell(draft(asked, lambda _: None), blocks(answer.text, asked.passages), by_words)


@pytest.mark.parametrize(
    "figures",
    [
        "£3.50",
        "3.50 pounds",
        "3,50 £",
        "GBP 3.50",
        "£3.5",
        "thirty days",
        "30 days",
        "14 days",
        "15 %",
        "15 percent",
        "31 January",
        "January 31",
        "31/01/2027",
        "31.1.",
        "the 31st of January",
        "25 km",
        "25km",
    ],
)
def test_a_figure_may_be_written_in_any_way(figures: str) -> None:
    answer = Answer("How is it?", f"It says {figures} there.[1]", (WINDOWS,))
    asked = question(answer)
    tell(draft(asked, lambda _: None), blocks(answer.text, asked.passages), by_words)


@pytest.mark.parametrize(
    "time", ["6 pm", "6 p.m.", "18:00", "18.00 Uhr", "18h", "18h00", "18 Uhr", "6 de la tarde", "午後6時"]
)
def test_a_time_may_be_written_in_any_way(time: str) -> None:
    answer = Answer("How is it?", f"It says {time} there.[1]", (HOURS,))
    asked = question(answer)
    tell(draft(asked, lambda _: None), blocks(answer.text, asked.passages), by_words)


def test_foreign_titles_are_no_foreign_answer() -> None:
    text = 'The French guide is called "Comment bien entretenir la batterie de votre vélo électrique pendant l\'hiver".'
    answer = Answer("Which guide do you have for the battery of my bike?", text)
    tell(draft(question(answer), lambda _: None, WITHOUT_SOURCES), [(text, ())], by_words)


@pytest.mark.parametrize(
    "text",
    [
        "We close at 6 p.m. on Friday. ",
        "Take part no. 5 with you. ",
        "Bis zum 15. Februar geht das. ",
        "It costs £3.50 now. ",
    ],
)
def test_an_abbreviation_ends_no_sentence(text: str) -> None:
    assert end(f"{text}Then", 0, 0)[0] == len(text) - 1

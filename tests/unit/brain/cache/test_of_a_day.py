"""What is true on one day only is told from what is always true."""

import pytest

from bridge.brain.cache.of_a_day import of_a_day
from bridge.brain.cache.sense import folded
from tests.fakes.cpu import cheap

OF_A_DAY = [
    ("en", "How long until you close?"),
    ("en", "When do you close?"),
    ("en", "When do you open?"),
    ("en", "When is your next bank holiday closure?"),
    ("en", "How many days until the Christmas closure?"),
    ("en", "Are you still open?"),
    ("en", "Are you open?"),
    ("en", "Is the shop open?"),
    ("en", "Are you open next Saturday?"),
    ("en", "Do you deliver this Saturday?"),
    ("en", "If I order in an hour, do you dispatch the same day?"),
    ("en", "Am I too late for same-day dispatch?"),
    ("de", "Habt ihr diesen Samstag geöffnet?"),
    ("de", "Sind Sie momentan geöffnet?"),
    ("de", "Kann ich noch bestellen?"),
    ("de", "Wann schließen Sie?"),
    ("de", "Wie viele Tage bis zur nächsten Schließung?"),
    ("es", "¿Abren este sábado?"),
    ("es", "¿Cuánto falta para que cierren?"),
    ("es", "¿Todavía está abierto?"),
    ("es", "¿A qué hora cierran?"),
    ("fr", "Êtes-vous ouverts ce samedi ?"),
    ("fr", "Êtes-vous encore ouverts ?"),
    ("fr", "À quelle heure fermez-vous ?"),
    ("fr", "Dans combien de temps fermez-vous ?"),
    ("pt", "Ainda estão abertos?"),
    ("pt", "Abrem neste sábado?"),
    ("pt", "Quanto falta para fecharem?"),
    ("it", "Siete ancora aperti?"),
    ("it", "Aprite questo sabato?"),
    ("it", "A che ora chiudete?"),
    ("nl", "Zijn jullie nog open?"),
    ("nl", "Zijn jullie deze zaterdag open?"),
    ("nl", "Hoe laat sluiten jullie?"),
    ("ar", "متى تغلقون؟"),
    ("ar", "هل ما زلتم مفتوحين الآن؟"),
    ("ar", "هل تفتحون السبت القادم؟"),
    ("ja", "まだ開いていますか？"),
    ("ja", "次の休業日はいつですか？"),
    ("ja", "あと何分で閉まりますか？"),
]
OF_ANY_DAY = [
    ("en", "What are your opening hours?"),
    ("en", "Are you open on Sundays?"),
    ("en", "When do you close on Sundays?"),
    ("en", "Do you offer next-day delivery?"),
    ("en", "How long does delivery take?"),
    ("en", "Is the shop next to the station?"),
    ("en", "How long before the appointment should I arrive?"),
    ("de", "Wie sind die Öffnungszeiten?"),
    ("de", "Wann öffnen Sie am Sonntag?"),
    ("de", "Muss man am Morgen extra zahlen?"),
    ("es", "¿Se desayuna por la mañana?"),
    ("es", "¿Abren los sábados?"),
    ("fr", "J'ai oublié mon mot de passe, que faire ?"),
    ("fr", "Êtes-vous ouverts le dimanche ?"),
    ("pt", "Qual é o horário de funcionamento?"),
    ("it", "Quali sono gli orari di apertura?"),
    ("it", "A che ora è il check-in?"),
    ("nl", "Wat zijn de openingstijden?"),
    ("nl", "Kan ik met kaart betalen?"),
    ("ar", "ما هي ساعات العمل؟"),
    ("ar", "خلال كم يوم يمكن إرجاع المنتج؟"),
    ("ja", "営業時間を教えてください。"),
]


@pytest.mark.parametrize(("language", "text"), OF_A_DAY)
def test_what_depends_on_the_clock_is_seen(language: str, text: str) -> None:
    assert of_a_day(folded(text), language)


@pytest.mark.parametrize(("language", "text"), OF_ANY_DAY)
def test_what_is_always_true_is_left_alone(language: str, text: str) -> None:
    assert not of_a_day(folded(text), language)


@pytest.mark.parametrize("text", ["is " * 100, "when the " * 33, "how many days " * 21, "in " * 100, "a" * 300])
def test_it_is_read_in_no_time(text: str) -> None:
    assert cheap(lambda: of_a_day(text, "en"), within_s=0.01)

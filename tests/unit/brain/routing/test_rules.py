"""What the words alone decide, in which languages, and that no text makes it slow."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.route import Category
from bridge.brain.routing.rule_words import ASKED_FOR_PERSON, SENSITIVE
from bridge.brain.routing.rules import folded, has_order_number, ruling
from tests.fakes.cpu import cheap

LANGUAGES = {"en", "de", "es", "fr", "pt", "ja", "ar", "it", "nl"}


def reason(text: str) -> str:
    ruled = ruling(text)
    return ruled.reason if ruled else ""


def test_every_reason_knows_every_language() -> None:
    assert set(ASKED_FOR_PERSON) == LANGUAGES
    assert all(set(lines) == LANGUAGES for lines in SENSITIVE.values())


@pytest.mark.parametrize(
    "text",
    [
        "Can I speak to a real person?",
        "I want to talk to someone about my order",
        "human please!",
        "Ich möchte mit einem Mitarbeiter sprechen",
        "Kann ich bitte mit einem echten Menschen chatten?",
        "Quiero hablar con una persona",
        "Je voudrais parler à un conseiller",
        "Quero falar com um atendente",
        "Vorrei parlare con un operatore",
        "Kan ik met een medewerker spreken?",
        "أريد التحدث مع موظف",
        "担当者と話したいです",
    ],
)
def test_who_asks_for_a_person_is_heard(text: str) -> None:
    assert ruling(text) is not None
    assert reason(text) == "asked_for_person"


@pytest.mark.parametrize(
    "text",
    [
        "I spoke to a person in your shop yesterday, is my bike ready?",
        "Which person do I write to for a quote?",
        "Do you have human-sized mannequins?",
        "Wie viele Mitarbeiter haben Sie?",
        "¿Cuántas personas caben en la sala?",
        "担当者によって説明が違います。",
    ],
)
def test_a_person_in_a_sentence_is_no_request_for_one(text: str) -> None:
    assert reason(text) != "asked_for_person"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want to kill myself", "self_harm"),
        ("ich will nicht mehr leben", "self_harm"),
        ("Quiero morirme", "self_harm"),
        ("J'ai envie de mourir", "self_harm"),
        ("não quero mais viver", "self_harm"),
        ("死にたい", "self_harm"),
        ("أريد الموت", "self_harm"),
        ("voglio farla finita", "self_harm"),
        ("ik wil niet meer leven", "self_harm"),
        ("We will take legal action against you", "legal"),
        ("Mein Anwalt wird sich melden", "legal"),
        ("Voy a poner una denuncia", "legal"),
        ("Je vais porter plainte", "legal"),
        ("弁護士に相談します", "legal"),
        ("I see an unauthorised charge", "fraud"),
        ("Das ist Betrug", "fraud"),
        ("不正利用されました", "fraud"),
        ("My account was hacked", "takeover"),
        ("Jemand hat mein Passwort geändert", "takeover"),
        ("アカウントが乗っ取られた", "takeover"),
        ("Your employee harassed me", "abuse"),
        ("Ihr Fahrer hat mich belästigt", "abuse"),
        ("店員に差別されました", "abuse"),
        ("The charger caught fire", "safety"),
        ("Der Akku raucht", "safety"),
        ("La batería echa humo", "safety"),
        ("バッテリーから煙が出ています", "safety"),
        ("My father passed away last week", "death"),
        ("Ich bin schwanger, darf ich das nehmen?", "medical"),
        ("I am filing a chargeback", "chargeback"),
        ("Je suis journaliste au Monde", "press"),
        ("Please send a copy of all the data you hold about me", "data_protection"),
    ],
)
def test_what_a_mistake_would_hurt_is_a_sensitive_matter(text: str, expected: str) -> None:
    ruled = ruling(text)
    assert ruled is not None
    assert (ruled.category, ruled.reason) == (Category.SENSITIVE_MATTER, expected)


@pytest.mark.parametrize("disguise", [str.upper, lambda text: text.replace(" ", "  \n"), lambda text: f"…{text}!!"])
def test_case_space_and_punctuation_do_not_hide_it(disguise: object) -> None:
    assert callable(disguise)
    assert reason(disguise("Someone hacked into my account, I will sue you")) != ""


@pytest.mark.parametrize(
    "text",
    [
        "Is a lawyer needed to cancel a contract?",
        "The app crashes when I kill the process",
        "How do I report a faulty item?",
        "My brakes squeal in the rain",
        "Which data do you store?",
        "Is the chat encrypted?",
        "Wo ist meine Bestellung?",
        "¿Cuánto cuesta el envío?",
        "violet or blue, which do you have in stock?",
        "送料はいくらですか",
        "كم سعر الشحن؟",
    ],
)
def test_harmless_neighbours_are_left_to_the_classifier(text: str) -> None:
    assert ruling(text) is None


@pytest.mark.parametrize(("text", "kind"), [("hello", "greeting"), ("Danke!", "thanks"), ("bye", "goodbye")])
def test_small_talk_is_told_as_everywhere(text: str, kind: str) -> None:
    assert reason(text) == kind


def test_an_order_number_alone_is_about_an_order() -> None:
    ruled = ruling("LW-318842")
    assert ruled is not None
    assert (ruled.category, ruled.reason) == (Category.SIMPLE_SUPPORT, "order_number")
    assert ruling("Where is LW-318842, it was due on Monday") is None
    assert has_order_number("When will LW-318842 come?")
    assert not has_order_number("Do you open at 9:30 in 2026?")


def test_whoever_asks_for_a_person_about_something_grave_is_both() -> None:
    ruled = ruling("My account was hacked, I want to speak to a human")
    assert ruled is not None
    assert (ruled.category, ruled.reason) == (Category.SENSITIVE_MATTER, "asked_for_person")


def test_a_threat_at_the_end_of_a_long_message_is_seen() -> None:
    assert reason("The order came late. " * 1_000 + "I will sue you.") == "legal"


def test_a_very_long_message_is_not_simple() -> None:
    ruled = ruling("The order came late. " * 1_000)
    assert ruled is not None
    assert (ruled.category, ruled.reason) == (Category.COMPLEX_SUPPORT, "long")


@given(st.text(max_size=300))
def test_any_text_is_ruled_on(text: str) -> None:
    ruling(text)
    assert folded(folded(text)) == folded(text)


PIECES = [
    "my ",
    "someone ",
    "a",
    " ",
    "suicid",
    "i never ",
    "someone changed ",
    "my ex ",
    "charge ",
    "ي",
    "人",
    "1",
    "the bank ",
    "to ",
    "mi ",
    "é",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_no_text_makes_it_slow(pieces: list[str]) -> None:
    """What begins like many rules and ends like none, as long as it gets. The time is the processor's, and a hundred
    times what it takes: a pattern that tries its ways one in another takes hours."""
    text = "".join(pieces)
    hostile = (text * (100_000 // len(text)))[:100_000]
    assert cheap(lambda: ruling(hostile), within_s=1.0)


def test_a_usual_message_takes_less_than_a_millisecond() -> None:
    text = "Hi, I ordered a helmet last Thursday and it still hasn't shipped. Can you tell me when it will go out?"
    times = []
    for _ in range(200):
        started = time.process_time()
        ruling(text)
        times.append(time.process_time() - started)
    assert min(times) < 0.001  # a busy machine makes any of them longer, and none shorter

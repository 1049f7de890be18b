"""What a question asks is read the same way whoever asks, and a figure or a "not" more makes another question."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.cache.exact import normalised
from bridge.brain.cache.sense import CHARS_MAX, sense
from bridge.brain.cache.sense_words import LINES, ORDERED, PERSONAL

LANGUAGES = sorted(LINES)
SAID = ("how", "do", "i", "return", "bike", "helmet", "to", "the", "shop", "in", "ireland", "with", "care", "plus")
WORDS = st.lists(st.sampled_from(SAID), min_size=2, max_size=8)


def test_every_language_has_all_lists() -> None:
    assert set(LINES) == set(ORDERED) == set(PERSONAL)


@given(st.text(max_size=CHARS_MAX), st.sampled_from([*LANGUAGES, "ko", "pt-BR"]))
def test_any_text_is_read(text: str, language: str) -> None:
    assert sense(text, language) == sense(text, language)
    normalised(text, language)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_other_figures_ask_something_else(one: int, other: int) -> None:
    first, second = (sense(f"Can I return it after {number} days?", "en") for number in (one, other))
    assert (first == second) is (one == other)


@given(WORDS)
def test_a_negation_asks_something_else(words: list[str]) -> None:
    asked = sense(" ".join(words), "en")
    assert asked is None or asked != sense(" ".join(["not", *words]), "en")


@given(WORDS, st.sampled_from(["please", "hi", "thanks"]))
def test_politeness_asks_the_same(words: list[str], polite: str) -> None:
    assert sense(" ".join(words), "en") == sense(" ".join([*words, polite]), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_text_is_not_read(language: str) -> None:
    assert sense("a" * 100_000, language) is None
    assert normalised("a" * 100_000, language) == ""


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("What are your opening hours?", "what ARE your  opening hours", "en"),
        ("Hi, do you ship to France?", "Do you ship to France, please? Thanks!", "en"),
        ("Ｃａｎ I return it?", "can i return it?", "en"),
        ("Guten Tag, liefern Sie nach Wien?", "Liefern Sie nach Wien, bitte?", "de"),
        ("営業時間は？", "営業時間は?", "ja"),
    ],
)
def test_the_same_words_are_the_same(one: str, other: str, language: str) -> None:
    assert normalised(one, language) == normalised(other, language)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Is it 5%?", "Is it £5?"), ("E12", "E21"), ("C or C++?", "C or C?"), ("Is it 1.5?", "Is it 15?")],
)
def test_signs_that_say_something_stay(one: str, other: str) -> None:
    assert normalised(one, "en") != normalised(other, "en")


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Do you deliver to the US?", "Do you deliver to the us?", "en"),
        ("Is IT offered?", "Is it offered?", "en"),
        ("Is vitamin A sold?", "Is a vitamin sold?", "en"),
        ("¿Abren en La Palma?", "¿Abren en la palma?", "es"),
        ("DO YOU DELIVER TO THE US?", "do you deliver to the us?", "en"),
    ],
)
def test_capitals_that_make_a_name_stay(one: str, other: str, language: str) -> None:
    assert normalised(one, language) != normalised(other, language)
    assert sense(one, language) != sense(other, language)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("WHAT ARE YOUR OPENING HOURS?", "What are your opening hours?", "en"),
        ("A bike is how much?", "a bike is how much?", "en"),
        ("Can I return a bike?", "can i return a bike?", "en"),
        ("Is an E-bike allowed?", "Is an e-bike allowed?", "en"),
        ("À quelle heure ?", "à quelle heure ?", "fr"),
        ("C'est gratuit ?", "c'est gratuit ?", "fr"),
    ],
)
def test_other_capitals_say_nothing(one: str, other: str, language: str) -> None:
    assert normalised(one, language) == normalised(other, language)


@pytest.mark.parametrize("text", ["Do you deliver to the US?", "Where is entrance A?", "Do you offer IT training?"])
def test_what_is_kept_is_read_as_what_was_asked(text: str) -> None:
    assert sense(normalised(text, "en"), "en") == sense(text, "en")


@pytest.mark.parametrize("char", [char for char in map(chr, range(0x10000)) if unicodedata.category(char) == "Sc"])
def test_every_currency_says_something(char: str) -> None:
    assert sense(f"Is it free over {char}500 or 2?", "en") != sense("Is it free over 500 or 2?", "en")


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Can I return a helmet?", "Is it possible to return a helmet?", "en"),
        ("Can I return a helmet?", "Do you let me return a helmet?", "en"),
        ("Can I return a helmet?", "Am I allowed to return a helmet?", "en"),
        ("How do I return a helmet?", "How to return a helmet?", "en"),
        ("Do I need a helmet?", "Is a helmet required?", "en"),
        ("Do you have helmets?", "Are there helmets?", "en"),
        ("What is your returns policy?", "What is the returns policy?", "en"),
        ("Kann ich einen Helm mieten?", "Ist es möglich, einen Helm zu mieten?", "de"),
        ("Kann ich einen Helm mieten?", "Kann man einen Helm mieten?", "de"),
        ("Puis-je louer un casque ?", "Peut-on louer un casque ?", "fr"),
        ("¿Puedo alquilar un casco?", "¿Se puede alquilar un casco?", "es"),
        ("Posso alugar um capacete?", "É possível alugar um capacete?", "pt"),
        ("Posso noleggiare un casco?", "Si può noleggiare un casco?", "it"),
        ("Kan ik een helm huren?", "Is het mogelijk een helm te huren?", "nl"),
    ],
)
def test_ways_to_ask_whether_something_may_be_done_are_one(one: str, other: str, language: str) -> None:
    assert sense(one, language) == sense(other, language)

"""What a question asks is read the same way whoever asks, and a figure or a "not" more makes another question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.cache.exact import normalised
from bridge.brain.cache.sense import CHARS_MAX, sense
from bridge.brain.cache.sense_words import LINES, ORDERED, PERSONAL, SELF

LANGUAGES = sorted(LINES)
SAID = ("how", "do", "i", "return", "bike", "helmet", "to", "the", "shop", "in", "ireland", "with", "care", "plus")
WORDS = st.lists(st.sampled_from(SAID), min_size=2, max_size=8)


def test_every_language_has_all_lists() -> None:
    assert set(LINES) == set(ORDERED) == set(SELF) == set(PERSONAL)


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

"""Text to terms."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.knowledge.words import terms


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("How do I return my bikes?", "en", ["return", "bike"]),
        ("Not working, no refund", "en", ["not", "work", "no", "refund"]),
        ("RETURNS returned Return", "en-GB", ["return", "return", "return"]),
        ("die Fahrräder zurückgeben", "de", ["die", "fahrrad", "zuruckgeb"]),
        ("devoluciones", "es", ["devolu"]),
        ("возврат возвраты", "ru", ["возврат", "возврат"]),
        ("我的自行车", "zh", ["我的", "的自", "自行", "行车"]),
        ("车", "zh", ["车"]),
        ("自行车SKU42坏", "zh", ["自行", "行车", "sku42", "坏"]),
        ("サイズ交換", "ja", ["サイ", "イズ", "ズ交", "交換"]),
        ("कीमत", "xx", ["कीमत"]),
        ("ﬁts ２０ km", "en", ["fit", "20", "km"]),
        ("snake_case E-bike", "en", ["snake", "case", "e", "bike"]),
        ("", "en", []),
        ("?!… — 🚲", "en", []),
    ],
)
def test_terms(text: str, language: str, expected: list[str]) -> None:
    assert terms(text, language) == expected


@given(st.text(), st.sampled_from(["en", "de", "es", "ru", "zh", "ar", "hi", "xx"]))
def test_terms_are_words_alone(text: str, language: str) -> None:
    for term in terms(text, language):
        assert term
        assert not any(c.isspace() or unicodedata.category(c) in ("Cc", "Cs") for c in term)
        assert any(c.isalnum() or unicodedata.category(c)[0] == "M" or c > "\U0001ffff" for c in term)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd", "Zs"], max_codepoint=0x17F)))
def test_case_does_not_matter(text: str) -> None:
    if text.lower().upper().lower() == text.lower():
        assert terms(text.lower(), "en") == terms(text.lower().upper(), "en")


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True)), st.sampled_from([" ", ", ", "\n", " - "]))
def test_words_are_read_one_by_one(words: list[str], between: str) -> None:
    assert terms(between.join(words), "en") == [term for word in words for term in terms(word, "en")]


@given(st.text(alphabet="车自行退货政策", min_size=2))
def test_unspaced_scripts_give_every_pair(text: str) -> None:
    assert terms(text, "zh") == [text[i : i + 2] for i in range(len(text) - 1)]

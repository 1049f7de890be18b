"""Answers that say the opposite do not pass for the same one."""

import pytest

from bridge.brain.cache.polarity import negated, opening

ANSWERS = [
    ("en", "Yes, you can return helmets.", "No, helmets can never be returned.", "Yes, helmets can't be returned."),
    ("de", "Ja, Helme können Sie zurückgeben.", "Nein, Helme nicht.", "Helme nehmen wir keine zurück."),
    ("es", "Sí, puede devolverlo.", "No, no puede devolverlo.", "Nunca se puede devolver."),
    ("fr", "Oui, vous pouvez le rendre.", "Non, ce n'est pas possible.", "Vous ne pouvez pas le rendre."),
    ("pt", "Sim, pode devolver.", "Não, não pode devolver.", "Nunca pode devolver."),
    ("it", "Sì, può restituirlo.", "No, non può restituirlo.", "Non si può restituire."),
    ("nl", "Ja, dat kan.", "Nee, dat kan niet.", "Helmen nemen we niet terug."),
    ("ar", "نعم، يمكنك إرجاعها.", "لا، لا يمكن إرجاعها.", "لن نقبل إرجاعها."),
    ("ja", "はい、返品できます。", "いいえ、返品できません。", "返品はできません。"),
]


@pytest.mark.parametrize(("language", "yes", "no", "denied"), ANSWERS)
def test_yes_and_no_are_told_apart(language: str, yes: str, no: str, denied: str) -> None:
    assert (opening(yes, language), opening(no, language)) == ("yes", "no")
    assert not negated(yes, language)
    assert negated(no, language)
    assert negated(denied, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Nothing is needed."),
        ("en", "Notes are free."),
        ("de", "Januar ist frei."),
        ("fr", "Ouistiti."),
        ("ko", "예"),
    ],
)
def test_other_words_open_nothing(language: str, text: str) -> None:
    assert opening(text, language) == ""


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Notes are free."), ("de", "Nichte und Neffe."), ("ko", "아니요")]
)
def test_other_words_deny_nothing(language: str, text: str) -> None:
    assert not negated(text, language)


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_marks_before_the_first_word_are_passed_over(language: str) -> None:
    assert opening({"en": "**Yes**, of course."}.get(language, "> *Sim*, claro."), language) == "yes"

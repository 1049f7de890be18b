"""An answer in another language than the question's is not seen, not even its beginning."""

from collections.abc import Callable, Sequence

import pytest

from bridge.brain.checks.settings import ChecksSettings
from bridge.errors import CheckFailed
from tests.unit.brain.checks.answers import Answer, blocks, by_words, draft, question, tell

ALONE = ChecksSettings(grounding=False, facts=False)
GERMAN = "Sie können das Rad innerhalb von dreißig Tagen zurückgeben, wenn es noch nicht gefahren wurde. "
ENGLISH = "You can bring the bicycle back within thirty days if it has not been ridden yet. "


@pytest.mark.parametrize(
    ("asked", "language", "text", "seen"),
    [
        ("Can I return it?", "en", "Ja, klar. " + GERMAN + GERMAN, ""),
        ("Can I return it?", "en", "Ja. " + GERMAN, ""),
        ("Can I return it?", "en", "# Larkwell\n\n" + GERMAN + GERMAN, ""),
        ("Kann ich es zurückgeben?", "de", "Hi Anna! " + ENGLISH + ENGLISH, ""),
        ("Can I return it?", "en", "はい、三十日以内でしたら返品していただけます。" * 3, ""),
        # What was right before it may be seen; nothing that is not.
        ("Can I return it?", "en", "Yes, you can do that. " + GERMAN + GERMAN, "Yes, you can do that."),
    ],
)
@pytest.mark.parametrize("cut", [lambda text: [text], by_words, list], ids=["whole", "words", "letters"])
def test_nothing_of_it_is_seen(
    asked: str, language: str, text: str, seen: str, cut: Callable[[str], Sequence[str]]
) -> None:
    shown: list[str] = []
    answer = draft(question(Answer(asked, text, (), language)), shown.append, ALONE)

    def tell_all() -> None:
        tell(answer, blocks(text, ()), cut)
        answer.finish()

    with pytest.raises(CheckFailed) as failure:
        tell_all()
    assert failure.value.check == "language"
    assert "".join(shown).strip() in ("", seen)


def test_a_quotation_in_another_language_waits_for_what_follows() -> None:
    shown: list[str] = []
    answer = draft(question(Answer("Can I return it?", "", ())), shown.append, ALONE)
    answer.write(ENGLISH + "It ")
    assert "".join(shown).strip() == ENGLISH.strip()
    answer.write("says: ")
    answer.write(GERMAN + "That ")
    assert "zurück" not in "".join(shown)
    answer.write("means that you can bring it back. Good ")
    assert GERMAN.strip() in "".join(shown)


def test_what_tells_no_language_is_held_only_for_a_while() -> None:
    shown: list[str] = []
    answer = draft(question(Answer("Which sizes?", "", ())), shown.append, ALONE)
    for size in range(40, 75):
        answer.write(f"Larkwell {size} cm. ")
    assert "Larkwell 40 cm." in "".join(shown)

"""What a careful model writes goes through as it was written, in whatever pieces it comes."""

import pytest

from bridge.brain.marked import MarkedText
from tests.unit.brain.checks.answers import Answer, blocks, by_words, draft, question, tell
from tests.unit.brain.checks.good import GOOD


@pytest.mark.parametrize("answer", GOOD, ids=lambda answer: f"{answer.language}: {answer.asked[:40]}")
@pytest.mark.parametrize("cut", [lambda text: [text], by_words, list], ids=["whole", "words", "letters"])
def test_it_goes_through_unchanged(answer: Answer, cut: object) -> None:
    asked = question(answer)
    told = blocks(answer.text, asked.passages)
    shown: list[str] = []
    guarded = draft(asked, shown.append)
    tell(guarded, told, cut)  # type: ignore[arg-type]
    bare = MarkedText(lambda _: None)
    tell(bare, told, lambda text: [text])
    assert "".join(shown) == guarded.text == bare.text
    assert guarded.citations == bare.citations

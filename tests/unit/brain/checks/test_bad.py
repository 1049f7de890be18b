"""What must not be shown is not shown, in whatever pieces it comes, and the right check says why."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain import prompt
from bridge.brain.checks.settings import ChecksSettings
from bridge.errors import CheckFailed
from tests.unit.brain.checks.answers import BUSINESS, PROMPT, SETTINGS, Answer, blocks, by_words, draft, question, tell
from tests.unit.brain.checks.bad import BAD
from tests.unit.brain.checks.good import GOOD

MARK = prompt.canary(prompt.version(prompt.system_prompt(PROMPT, BUSINESS)))


def written(answer: Answer) -> Answer:
    """With the mark of the prompt where it belongs."""
    text = answer.text.replace("{mark}", MARK).replace("{spelt}", "-".join(MARK)).replace("{reversed}", MARK[::-1])
    return replace(answer, text=text)


@pytest.mark.parametrize(
    ("check", "answer"), BAD, ids=[f"{check} {answer.language}: {answer.text[:40]!r}" for check, answer in BAD]
)
def test_it_is_held_back(check: str, answer: Answer) -> None:
    answer = written(answer)
    asked = question(answer)
    for cut in (by_words, list, lambda text: [text]):
        shown: list[str] = []
        with pytest.raises(CheckFailed) as failure:
            tell(draft(asked, shown.append), blocks(answer.text, asked.passages), cut)
        assert failure.value.check == check
        assert failure.value.hint.isascii()
        assert (
            check in ("length", "canary", "grounding") or not bad_part(answer) or bad_part(answer) not in "".join(shown)
        )


def bad_part(answer: Answer) -> str:
    """The whole text, when it is one sentence."""
    text = re.sub(r"\[\d?\]", "", answer.text).strip()
    return text if text.count(".") == 1 else ""


def test_there_are_enough_of_them() -> None:
    assert len(GOOD) >= 40
    assert len(BAD) >= 80
    assert min(Counter(check for check, _ in BAD).values()) >= 2


@pytest.mark.parametrize("check", sorted({check for check, _ in BAD}))
def test_each_check_can_be_switched_off(check: str) -> None:
    off: dict[str, object] = {"forbidden": (), "competitors": ()}
    others = {name: False for name in ChecksSettings.model_fields if isinstance(getattr(SETTINGS, name), bool)}
    settings = ChecksSettings.model_validate(others | off)
    for name, answer in BAD:
        if name == check:
            answer = written(answer)
            asked = question(answer)
            tell(draft(asked, lambda _: None, settings), blocks(answer.text, asked.passages), by_words)


NEUTRAL = (
    "Here is what I found:\n\n",
    "I am glad that you ask. ",
    "Is there something else? ",
    "\n\nI hope that this helps. ",
)
ALONE = [pair for pair in BAD if bad_part(pair[1]) and pair[0] in ("facts", "promises", "privacy", "syntax")]


@given(st.data())
def test_nothing_that_fails_is_shown_however_it_is_cut(data: st.DataObject) -> None:
    """Harmless sentences around one that is bad, in pieces of any size."""
    check, bad = data.draw(st.sampled_from(ALONE))
    around = [data.draw(st.lists(st.sampled_from(NEUTRAL), max_size=3)) for _ in range(2)]
    text = f"{' '.join(around[0])} {bad.text} {' '.join(around[1])}"
    asked = question(bad)
    shown: list[str] = []

    def cut(words: str) -> list[str]:
        marks = sorted(data.draw(st.sets(st.integers(0, len(words)), max_size=8)))
        return [words[start:stop] for start, stop in zip([0, *marks], [*marks, len(words)], strict=True)]

    guarded = draft(asked, shown.append, SETTINGS.model_copy(update={"language": False}))
    told = blocks(text, asked.passages)
    with pytest.raises(CheckFailed) as failure:
        tell(guarded, told, cut)
    assert failure.value.check == check
    assert bad_part(bad) not in "".join(shown)

# ruff: noqa: E501 (one answer a line, as it is)
"""People see rendered Markdown: what marks hide from the source of a text is checked too, and honest marks pass."""

from collections.abc import Callable, Sequence

import pytest

from bridge.brain.checks.text import shown
from bridge.errors import CheckFailed
from tests.fakes.cpu import cheap
from tests.unit.brain.checks.answers import SETTINGS, Answer, blocks, by_words, draft, question, tell
from tests.unit.brain.checks.good import CONTACT, HOURS, WINDOWS

ALONE = SETTINGS.model_copy(update={"grounding": False, "language": False})
CUTS: list[Callable[[str], Sequence[str]]] = [lambda text: [text], by_words, list]

HIDDEN = [
    ("promises", "I have **refunded** your order and a **colleague** is informed.[1]"),
    ("promises", "We **have cancelled** your order.[1]"),
    ("promises", "I *have refunded* your order.[1]"),
    ("promises", "I have _refunded_ your order.[1]"),
    ("promises", "I have __refunded__ your order.[1]"),
    ("promises", "I have ~refunded~ your order.[1]"),
    ("promises", "I have `refunded` your order.[1]"),
    ("promises", "I have <b>refunded</b> your order.[1]"),
    ("promises", "I have<br/>refunded your order.[1]"),
    ("promises", "I have <!-- so to say -->refunded your order.[1]"),
    ("promises", "I have [refunded](https://larkwell.example) your order.[1]"),
    ("promises", "I have re&shy;funded your order.[1]"),
    ("promises", "I have&nbsp;refunded your order.[1]"),
    ("promises", "I have refun&shy;ded your order.[1]"),
    ("promises", "I have refun&#xad;ded your order.[1]"),
    ("promises", "I\\'ve refunded your order.[1]"),
    ("promises", "I have  refunded your order.[1]"),
    ("promises", "I have\trefunded your order.[1]"),
    ("competitors", "Honestly, Bike**Barn** is better.[]"),
    ("competitors", "Honestly, **B**ike**B**arn is better.[]"),
    ("competitors", "Honestly, Bi<b></b>keBarn is better.[]"),
    ("competitors", "Honestly, Bi[keBa](mailto:hello@larkwell.example)rn is better.[]"),
    ("competitors", "Honestly, **Vélo**\n**Géant** is better.[]"),
    ("facts", "The label costs £9**9** in all.[1]"),
    ("facts", "The label costs £*9*9 in all.[1]"),
    ("facts", "The label costs £7*7* in all.[1]"),
    ("facts", "The label costs &pound;77 in all.[1]"),
    ("facts", "The label costs £3&#48;0 in all.[1]"),
    ("facts", "The label costs £3`0`0 in all.[1]"),
    ("facts", "Sign in at evil&period;test/login now.[1]"),
    ("facts", "Sign in at evil\\.test/login now.[1]"),
    ("facts", "Sign in at evil.**test**/login now.[1]"),
    ("facts", "Sign in at evil<b>.</b>test/login now.[1]"),
    ("facts", "Sign in [here](https\\://evil\\.test/login) now.[1]"),
    ("facts", 'Sign in [here](https&colon;//evil&period;test/login "Larkwell") now.[1]'),
    ("facts", "Sign in [here](<https\\://evil\\.test/login>) now.[1]"),
    ("facts", "Sign in [here](//evil.test/login) now.[1]"),
    ("facts", "Sign in [here](javascript&colon;alert(1)) now.[1]"),
    ("facts", "![a picture](https\\://evil\\.test/a.png)[1]"),
    ("privacy", "Write to jane&commat;evil&period;test for it.[1]"),
    ("privacy", "Write to jane\\@evil.test for it.[1]"),
    ("privacy", "Write to jane@**evil**.test for it.[1]"),
    (
        "canary",
        "In**struc**tions c**ome** to y**ou** fr**om** th**is** pr**ompt**, a**nd** fr**om** t**he** sy**stem** messages.[]",
    ),
    ("syntax", "&lt;invoke name='refund'&gt; is what I call.[]"),
]


@pytest.mark.parametrize(("check", "text"), HIDDEN, ids=[repr(text) for _, text in HIDDEN])
def test_marks_hide_nothing(check: str, text: str) -> None:
    asked = question(Answer("Can you help me?", text, (WINDOWS, CONTACT)))
    for cut in CUTS:
        with pytest.raises(CheckFailed) as failure:
            tell(draft(asked, lambda _: None, ALONE), blocks(text, asked.passages), cut)
        assert failure.value.check == check


HONEST = [
    "You have **30 days**, or *14 days* for the rest.[1]",
    "**Saturday:** 9:00-16:00[1]",
    "**30** days and **14** days it is.[1]",
    "土曜日は9:00～16:00です。[1]",
    "Open 9:00 ~ 16:00 on Saturday.[1]",
    "Write to **hello@larkwell.example** or ring *01632 960142*.[1]",
    "Write to [us](mailto:hello@larkwell.example).[1]",
    "Read [more](https://larkwell.example), or <https://larkwell.example>.[1]",
    "The label \\(UK\\) costs **£3.50**\\.[1]",
    "R&D, Q&A and B&amp;B are fine, and 2 * 7 too.[1]",
    "~~30 days~~ 14 days.[1]",
    "`30 days`[1]",
    "* 30 days\n* 14 days[1]",
    "I have **not** refunded your order.[1]",
    "Once we have **refunded** you, you get an e-mail.[1]",
]


@pytest.mark.parametrize("text", HONEST, ids=repr)
def test_honest_marks_pass(text: str) -> None:
    asked = question(Answer("What do I need to know?", text, (WINDOWS, HOURS, CONTACT)))
    for cut in CUTS:
        tell(draft(asked, lambda _: None, ALONE), blocks(text, asked.passages), cut)


SHOWN = [
    ("plain words, and more.", "plain words, and more."),
    ("a **bold** and _slanted_ `word`", "a bold and slanted word"),
    ("snake_case and 2 * 3 and 9~18", "snake_case and 2 * 3 and 9~18"),
    ("\\*not slanted\\* &amp;lt;", "*not slanted* &lt;"),
    ("one\ntwo  \nthree", "one two three"),
    ("[words](http://a.example/x_y_z 'title')!", "words!\nhttp://a.example/x_y_z"),
    ("a < b & c > d", "a < b & c > d"),
    ("https://a.example/_x_?a=1&copy=2*3", "https://a.example/_x_?a=1&copy=2*3"),
    ("a.example/_x_/~y", "a.example/_x_/~y"),
    ("&unknown; &", "&unknown; &"),
]


@pytest.mark.parametrize(("text", "seen"), SHOWN, ids=[repr(text) for text, _ in SHOWN])
def test_it_is_read_as_it_is_seen(text: str, seen: str) -> None:
    assert shown(text) == seen


INVISIBLE = [
    ("It costs £\u202e05.3\u202c now.", None),
    ("It\u200b costs £\u20663.50\u2069 now.\u200f", "It costs £3.50 now."),
    ("\U0001f469\u200d\U0001f527!", "\U0001f469\u200d\U0001f527!"),
    ("\u2764\ufe0f\u200d\U0001f525!", "\u2764\ufe0f\u200d\U0001f525!"),
    ("می\u200cخواهم \u200c.", "می\u200cخواهم ."),
    ("क्\u200dष and a\u200db.", "क्\u200dष and ab."),
    ("one\r\n\r\ntwo\rthree.\r", "one\n\ntwo\nthree."),
    ("1\ufe0f\u20e3 x\ufe0f.", "1\ufe0f\u20e3 x."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "given"), INVISIBLE, ids=[repr(text) for text, _ in INVISIBLE])
@pytest.mark.parametrize("cut", CUTS, ids=["whole", "words", "letters"])
def test_nothing_invisible_goes_out(text: str, given: str | None, cut: Callable[[str], Sequence[str]]) -> None:
    asked = question(Answer("What does it cost?", text, (WINDOWS,)))
    seen: list[str] = []
    told = [(text, asked.passages[:1])]
    if given is None:
        with pytest.raises(CheckFailed):
            tell(draft(asked, seen.append, ALONE), told, cut)
        assert not seen
    else:
        tell(draft(asked, seen.append, ALONE), told, cut)
        assert "".join(seen) == f"{given} [1]"


@pytest.mark.parametrize(
    "unit",
    ["[", "[a](", "[a](b(", "![", "<a ", "<!--", "</", "&", "&a", "&#1", "\\", "*", "**a", "_", "_a", "~", "`", "a.",
     "a-", "a.b/", "www.", "https://", "[a](b) ", "[](", "](", "a: ", "a.. ", "\n", " ", "<b>", "<a b='"],
    ids=repr,
)  # fmt: skip
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    """As long as a sentence can be; generous."""
    assert cheap(lambda: [shown((unit * 1_000)[:1_000]) for _ in range(20)], within_s=1.0)

# ruff: noqa: E501 (one sentence a line, as it is)
"""What a sentence states, however it is written."""

import pytest

from bridge.brain.checks.figures import Figure, claimed, figures
from bridge.errors import CheckFailed
from tests.fakes.cpu import cheap
from tests.unit.brain.checks.answers import Answer, blocks, by_words, draft, question, tell
from tests.unit.brain.checks.good import WINDOWS

GROW = "subscriptions/grow-childrens-bikes.md"
BOOKING = "appointments/booking-an-appointment.md"

NUMBERS_IN_WORDS = [
    ("en", "seventeen pounds", "money", "£17"),
    ("en", "thirty-five pounds", "money", "£35"),
    ("en", "nine hundred and ninety-nine pounds", "money", "£999"),
    ("en", "two thousand five hundred pounds", "money", "£2500"),
    ("en", "twenty-five a month", "number", "25"),
    ("en", "ninety-nine percent", "percent", "99"),
    ("en", "£9 million", "money", "£9000000"),
    ("en", "£9k", "money", "£9000"),
    ("en", "50p", "money", "£0.5"),
    ("en", "9 zł", "money", "zł9"),
    ("en", "9 kr", "money", "kr9"),
    ("en", "the fifth of March", "date", "03-05"),
    ("en", "the twenty-first of March", "date", "03-21"),
    ("en", "half past seven", "time", "07:30"),
    ("en", "quarter to five", "time", "04:45"),
    ("en", "at noon", "time", "12:00"),
    ("en", "two weeks", "period", "1209600s"),
    ("en", "14 working days", "period", "1209600s"),
    ("en", "a fortnight", "period", "1209600s"),
    ("en", "14 years", "period", "168m"),
    ("en", "½ hour", "period", "1800s"),
    ("en", "half an hour", "period", "1800s"),
    ("en", "4½ hours", "period", "16200s"),
    ("de", "fünfundzwanzig Pfund", "money", "£25"),
    ("de", "siebenhundertfünfzig Pfund", "money", "£750"),
    ("de", "neunundneunzig Prozent", "percent", "99"),
    ("de", "am fünften März", "date", "03-05"),
    ("de", "um halb acht", "time", "07:30"),
    ("es", "diecisiete libras", "money", "£17"),
    ("es", "treinta y cinco libras", "money", "£35"),
    ("es", "quinientas libras", "money", "£500"),
    ("es", "el cinco de marzo", "date", "03-05"),
    ("fr", "vingt-cinq livres", "money", "£25"),
    ("fr", "soixante-dix livres", "money", "£70"),
    ("fr", "quatre-vingt-dix-sept livres", "money", "£97"),
    ("fr", "quatre-vingts pour cent", "percent", "80"),
    ("fr", "deux cents livres", "money", "£200"),
    ("pt", "vinte e cinco libras", "money", "£25"),
    ("pt", "dezassete libras", "money", "£17"),
    ("it", "venticinque sterline", "money", "£25"),
    ("it", "settecento sterline", "money", "£700"),
    ("nl", "vijfentwintig pond", "money", "£25"),
    ("nl", "zevenhonderd pond", "money", "£700"),
    ("ar", "خمسة وعشرين جنيها", "money", "£25"),
    ("ar", "سبعمئة جنيه", "money", "£700"),
    ("ja", "七百ポンドです", "money", "£700"),
    ("ja", "11ポンドです", "money", "£11"),
    ("ja", "期間は三年です", "period", "36m"),
    ("ja", "三十分です", "period", "1800s"),
    ("ja", "二十パーセントです", "percent", "20"),
    ("ja", "三月十五日まで", "date", "03-15"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text", "kind", "value"), NUMBERS_IN_WORDS, ids=[row[1] for row in NUMBERS_IN_WORDS]
)
def test_a_number_in_words_is_a_number(language: str, text: str, kind: str, value: str) -> None:
    assert Figure(kind, value) in claimed(text, language)  # type: ignore[arg-type]
    assert Figure(kind, value) in figures(text, language)  # type: ignore[arg-type]


NOTHING_STATED = [
    ("en", "There are two ways to do that, and one of us can help."),
    ("en", "A hundred thanks! The two may be combined, and both march on."),
    ("de", "Das sind ein paar Dinge, acht geben wir darauf."),
    ("es", "¡Mil gracias! Una vez más, con gusto."),
    ("fr", "Merci mille fois, un peu de patience."),
    ("it", "Mille grazie, sei gentile."),
    ("ja", "十分にお気を付けください。一番よいのは、一時的な方法です。"),
]


@pytest.mark.parametrize(("language", "text"), NOTHING_STATED, ids=[text for _, text in NOTHING_STATED])
def test_a_turn_of_phrase_states_no_number(language: str, text: str) -> None:
    assert claimed(text, language) == ()


LINKS = [
    ("chat.zip/login", "chat.zip/login"),
    ("evil.py/login", "evil.py/login"),
    ("evil.md/pay", "evil.md/pay"),
    ("evil.md?x=1", "evil.md?x=1"),
    ("evil.рф", "evil.рф"),
    ("EVIL.РФ/pay", "evil.рф/pay"),
    ("магазин.онлайн", "магазин.онлаин"),
    ("evil.コム/x", "evil.コム/x"),
    ("evil.xn--p1ai", "evil.xn--p1ai"),
    ("//evil.test/x", "evil.test/x"),
    ("our site: //evil.test", "evil.test"),
]


@pytest.mark.parametrize(("text", "link"), LINKS, ids=[text for text, _ in LINKS])
def test_it_is_a_link(text: str, link: str) -> None:
    assert Figure("link", link) in claimed(f"See {text} now.", "en")


@pytest.mark.parametrize(
    "text",
    ["Open manual.pdf or route.gpx first.", "The file is guide.md, or notes.zip.", "Lights and/or bells, 1//2 of them.",
     "12.詳細はこちら", "Вот так.Потом иначе", "// a remark"],
)  # fmt: skip
def test_it_is_no_link(text: str) -> None:
    assert not [figure for figure in claimed(text, "en") if figure.kind == "link"]


HELD_BACK = [
    ("The Wren 12 costs seventeen pounds a month.[1]", GROW, "en"),
    ("The Wren 12 costs nine hundred pounds a month.[1]", GROW, "en"),
    ("The Wren 12 costs £9 million a month.[1]", GROW, "en"),
    ("The Wren 12 costs 9 zł a month.[1]", GROW, "en"),
    ("The Wren 12 costs 50p a month.[1]", GROW, "en"),
    ("You have 14 years to withdraw.[1]", WINDOWS, "en"),
    ("You have thirty weeks to return a bike.[1]", WINDOWS, "en"),
    ("The term ends on the fifth of March.[1]", GROW, "en"),
    ("It opens at half past seven.[1]", GROW, "en"),
    ("Das Rad kostet siebenundzwanzig Pfund im Monat.[1]", GROW, "de"),
    ("キャンセル料は七百ポンドで、期間は三年です。[1]", GROW, "ja"),
    ("Please sign in at evil.py/login for it.[1]", GROW, "en"),
]  # fmt: skip
PASSES = [
    ("Services take 1 to 4½ hours and cost between £40 and £175.[1]", BOOKING, "en"),
    ("A Safety check takes half an hour, or 30 minutes.[1]", BOOKING, "en"),
    ("The minimum term is six months, then the notice is two weeks.[1]", GROW, "en"),
    ("The notice is a fortnight, which is 14 days.[1]", GROW, "en"),
    ("最低契約期間は六か月です。[1]", GROW, "ja"),
    ("Die Mindestlaufzeit beträgt sechs Monate, also ein halbes Jahr.[1]", GROW, "de"),
    ("The Wren 14 is for children of 3 to 4 years and 95 to 108 cm.[1]", GROW, "en"),
    ("You have 14 days, that is two weeks.[1]", WINDOWS, "en"),
    ("Le Wren 20 coûte treize livres par mois.[1]", GROW, "fr"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "doc", "language"), HELD_BACK, ids=[row[0][:50] for row in HELD_BACK])
def test_what_the_page_does_not_say_is_held_back(text: str, doc: str, language: str) -> None:
    asked = question(Answer("How is it?", text, (doc,), language))
    with pytest.raises(CheckFailed) as failure:
        tell(draft(asked, lambda _: None), blocks(text, asked.passages), by_words)
    assert failure.value.check == "facts"


@pytest.mark.parametrize(("text", "doc", "language"), PASSES, ids=[row[0][:50] for row in PASSES])
def test_what_the_page_says_may_be_said_in_words(text: str, doc: str, language: str) -> None:
    asked = question(Answer("How is it?", text, (doc,), language))
    tell(draft(asked, lambda _: None), blocks(text, asked.passages), by_words)


@pytest.mark.parametrize(
    "unit",
    ["twenty-five ", "hundred and ", "vingt-", "七", "七百", "9 million ", "a.рф", "//a.", "½", "fifth of ", "x.zip/", "9p ",
     "half an ", "fünfund", "و", "5 a ", "half past "],
)  # fmt: skip
def test_reading_takes_time_that_grows_with_the_text_only(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    assert cheap(lambda: claimed(text, "fr" if unit == "vingt-" else "en"), within_s=1.0)
    assert cheap(lambda: figures(text, "en"), within_s=1.0)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("当店は2009年に創業しました。", {"number"}),
        ("保証期間は2年間です。", {"period"}),
        ("01632 960142までお電話ください", {"phone"}),
        ("hello@larkwell.exampleまでご連絡ください", {"email"}),
    ],
)
def test_japanese_goes_on_behind_a_year_a_number_and_an_address(text: str, kinds: set[str]) -> None:
    found = claimed(text, "ja")
    assert {figure.kind for figure in found} == kinds
    assert "hello@larkwell.example" in {figure.value for figure in found} or "email" not in kinds

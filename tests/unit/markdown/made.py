"""Random answers: what models write, and what they might.

Drawn by a plain generator from one number: Hypothesis draws the number only. Texts of this size drawn piece by piece
take it a second each.
"""

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st

PLAIN = [
    "bike",
    "return",
    "30",
    "days",
    "Größe",
    "e\u0301te\u0301",
    "👩‍👩‍👧",
    "🇩🇪🇫🇷",
    "👍🏽",
    "漢字。テスト",
    "מה",
    "مرحبا",
    "end.",
    "[1]",
    "[12]",
]
ODD = [
    *("5*", "*", "_", "a & b", "x<y", "[sic]", "(see", "there)", "#1", "e.g.", "1.", "-", "|", "a|b", "`", "~", "**"),
    *("60*40*20", "snake_case", "\\*", "C:\\dir", "really?", "Yes!", "&amp;", "<!here>", "<b>", "![", "](", "[1][2]"),
    *("https://shop.example/a_b?c=d", "http://evil.example/x", "me@shop.example"),
    *("supercalifragilistic" * 4, "漢字" * 60, "👩‍👩‍👧" * 20),
]  # fmt: skip
URLS = [
    "https://shop.example/returns",
    "https://shop.example/a(b)",
    "https://evil.example/x",
    "mailto:me@shop.example",
    "/path",
    "javascript:x",
]
CODES = ["x = 1", "a*b*c", "[x](y)", "<!here>", "npm i"]
CODE_LINES = ["x = [1]", "  y = 2", "", "# no *stars* here", "~~~", "| a |", "z" * 70]


class _Maker:
    def __init__(self, seed: int, odd: bool) -> None:
        self.random = Random(seed)
        self.odd = odd

    def words(self, most: int = 6) -> str:
        return " ".join(self.random.choices(PLAIN, k=self.random.randint(1, most)))

    def code(self) -> str:
        return f"`{self.random.choice(CODES)}`"

    def link(self) -> str:
        return f"[{self.words(3)}]({self.random.choice(URLS)})"

    def marked(self) -> str:
        words = self.words
        return self.random.choice(
            [
                f"**{words()}**",
                f"*{words()}*",
                f"_{words()}_",
                f"~~{words()}~~",
                f"***{words()}***",
                f"**{words()} *{words()}* {self.code()} {self.link()}**",
                f"**{words(30)}**",
            ]
        )

    def line(self) -> str:
        parts = [self.words, self.words, self.words, self.code, self.link, self.marked]
        if self.odd:
            parts += [lambda: self.random.choice(ODD)] * 2
        return " ".join(self.random.choice(parts)() for _ in range(self.random.randint(1, 8)))

    def lines(self, prefix: str = "", most: int = 4) -> str:
        return "\n".join(prefix + self.line() for _ in range(self.random.randint(1, most)))

    def row(self) -> str:
        return f"| {self.random.choice([self.words, self.code, self.link])()} | {self.words()} |"

    def fence(self, indent: str = "") -> str:
        lines = self.random.choices(CODE_LINES, k=self.random.randint(1, 8))
        return "\n".join(indent + line for line in [f"```{self.random.choice(['', 'python'])}", *lines, "```"])

    def block(self) -> str:
        line = self.line
        blocks: list[Callable[[], str]] = [
            lambda: self.lines(),
            lambda: f"{'#' * self.random.randint(1, 3)} {line()}",
            lambda: self.lines("- ", 6),
            lambda: "\n".join(f"{number}. {line()}" for number in range(1, self.random.randint(2, 12))),
            lambda: f"- {line()}\n  - {line()}\n    - {line()}\n  - {line()}\n- {line()}",
            lambda: f"1. {line()}\n\n   {line()}\n\n2. {line()}",
            lambda: self.lines("> "),
            lambda: f"> {line()}\n>\n> - {line()}\n> - {line()}",
            lambda: self.fence(),
            lambda: f"- {line()}\n" + self.fence("  ") + f"\n- {line()}",
            lambda: "\n".join([self.row(), "| --- | ---: |", *(self.row() for _ in range(self.random.randint(1, 8)))]),
            lambda: "---",
        ]
        return self.random.choice(blocks)()

    def answer(self) -> str:
        return "\n\n".join(self.block() for _ in range(self.random.randint(1, 8)))


_seeds = st.integers(0, 2**32)
answers = _seeds.map(lambda seed: _Maker(seed, odd=True).answer())
"""Markdown with anything in it."""
clean_answers = _seeds.map(lambda seed: _Maker(seed, odd=False).answer())
"""Markdown that is complete: nothing begins that does not end."""
noise = st.text(st.sampled_from(list("ab *_~`[]()!<>#-|:\\\n.1:/@&é漢👍\u200d\ud800")), max_size=80)
"""Anything but an answer."""

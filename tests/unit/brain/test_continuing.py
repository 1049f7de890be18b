"""An answer that hit the output limit goes on once, and nobody sees where it was cut."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from pydantic import SecretStr

from bridge.brain.claude import Claude
from bridge.brain.claude_answer import InvalidRequest
from bridge.brain.continuing import HELD_CHARS_MAX, Continuing, joined
from bridge.brain.settings import ClaudeSettings
from bridge.errors import CheckFailed, ModelOverflow, ModelOverloaded, ModelRefused, ModelUnavailable, ModelWordless
from bridge.ports import ModelReply, ModelRequest, Writer
from bridge.types import Usage
from tests.fakes.claude_server import KEY, Answer, Block, ClaudeServer, say
from tests.fakes.scripted_model import ScriptedModel, line
from tests.unit.brain.made import drafted, passage, quick, request, told

OPUS = ClaudeSettings().tiers.opus
KEEP = passage("You may keep it for 30 days.", number=1)
COST = passage("Sending it back costs £3.50.", number=2)


def continuing(*lines: Any) -> tuple[Continuing, ScriptedModel]:
    model = ScriptedModel(list(lines))
    return Continuing(model), model


async def test_a_cut_answer_goes_on_from_its_last_whole_word() -> None:
    model, asked = continuing(line("It is", " a long sto", truncated=True), line("story", " about bikes."))
    reply = await told(model, replace(request(), first_text_by=5.0))
    assert reply.text == "It is a long story about bikes."
    assert not reply.truncated
    assert [one.written for one in asked.asked] == ["", "It is a long "]
    assert [one.first_text_by for one in asked.asked] == [5.0, None], "somebody reads already"
    assert reply.usage == Usage(input_tokens=20, output_tokens=4)


async def test_a_whole_answer_is_one_call_and_nothing_is_held_back_at_its_end() -> None:
    model, asked = continuing(line("It is", " short"))
    shown: list[str] = []
    reply = await told(model, request(), shown)
    assert (reply.text, len(asked.asked)) == ("It is short", 1)
    assert len(shown) > 1, "it streams"


async def test_a_block_that_ends_with_a_sentence_is_not_held_back() -> None:
    """Who shows whole blocks would show each only when the next begins."""
    heard: list[str] = []

    class Watching:
        def write(self, text: str) -> None:
            heard.append(text)

        def cite(self, passages: Any) -> None:
            heard.append("cite")

    class Slow:
        async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
            writer.write("It is so. ")
            writer.cite(())
            assert heard[-1] == "cite"
            writer.write("It is not.")
            writer.cite(())
            assert heard[-1] == "cite"
            writer.write("It costs")
            writer.cite(())
            assert heard[-1] != "cite"
            return ModelReply(model="m", usage=Usage())

    await Continuing(Slow()).complete(request(), Watching())
    assert heard == ["It is so. ", "cite", "It is ", "not.", "cite", "It ", "costs", "cite"]


async def test_a_cut_behind_a_sentence_is_a_seam_too() -> None:
    model, _ = continuing(line("It is so.", truncated=True), line("And so is this."))
    assert (await told(model, request())).text == "It is so. And so is this."


async def test_an_answer_that_is_cut_again_stays_cut() -> None:
    model, asked = continuing(line("It is a lo", truncated=True), line("long sto", truncated=True))
    reply = await told(model, request())
    assert reply.text == "It is a long"
    assert reply.truncated
    assert len(asked.asked) == 2


@pytest.mark.parametrize("pieces", [(), ("long", " story about")], ids=["at once", "after some text"])
async def test_when_the_rest_cannot_be_had_the_beginning_stays(pieces: tuple[str, ...]) -> None:
    model, _ = continuing(line("It is a lo", truncated=True), line(*pieces, error=ModelUnavailable("gone")))
    reply = await told(model, request())
    assert reply.text == ("It is a long story" if pieces else "It is a")
    assert reply.truncated


@pytest.mark.parametrize(
    ("error", "bugs"),
    [(InvalidRequest("the API says 400"), 1), (ModelOverloaded("529"), 0), (ModelOverflow("prompt is too long"), 0)],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_the_rest_is_refused_for_the_beginning_stays(error: Exception, bugs: int) -> None:
    before = REGISTRY.get_sample_value("bridge_bugs_total", {"place": "continuing"}) or 0
    model, _ = continuing(line("It is a lo", truncated=True), line(error=error))
    reply = await told(model, request())
    assert (reply.text, reply.truncated) == ("It is a", True)
    assert (REGISTRY.get_sample_value("bridge_bugs_total", {"place": "continuing"}) or 0) - before == bugs


async def test_a_refusal_of_the_rest_is_a_refusal() -> None:
    model, _ = continuing(line("It is a", truncated=True), line(error=ModelRefused("no")))
    with pytest.raises(ModelRefused):
        await told(model, request())


async def test_a_check_that_fails_at_the_seam_is_heard() -> None:
    class Strict:
        def write(self, text: str) -> None:
            if "secret" in text:
                raise CheckFailed("facts", "mend")

        def cite(self, passages: object) -> None: ...

    model, _ = continuing(line("It is a", truncated=True), line("secret"))
    with pytest.raises(CheckFailed):
        await model.complete(request(), Strict())


async def test_the_halves_of_a_cited_block_share_one_mark() -> None:
    sources = request(passages=[KEEP, COST])
    model, _ = continuing(
        line("Keep it 30 d", cites=(0,), truncated=True),
        line("days.", cites=(0, 1)),
    )
    reply = await told(model, sources)
    assert reply.text == "Keep it 30 days. [1] [2]"
    assert reply.citations == (KEEP, COST)


async def test_what_was_cited_before_the_cut_stays_cited_when_nothing_follows() -> None:
    model, _ = continuing(line("Keep it 30 days", cites=(0,), truncated=True), line(error=ModelUnavailable("gone")))
    reply = await told(model, request(passages=[KEEP]))
    assert (reply.text, reply.citations) == ("Keep it 30 [1]", (KEEP,))


async def test_half_an_answer_by_schema_is_not_continued() -> None:
    model, asked = continuing(line('{"category": "F', truncated=True))
    reply = await told(model, replace(request(), schema={"type": "object"}))
    assert reply.truncated
    assert len(asked.asked) == 1


async def test_when_thinking_took_everything_there_is_more_room_once() -> None:
    model = ScriptedModel([line(error=ModelWordless("x", usage=Usage(output_tokens=7))), line("Hello")])
    reply = await told(Continuing(model), replace(request(), output_tokens_max=500))
    assert reply.text == "Hello"
    assert [OPUS.tokens_max(one.output_tokens_max, roomier=one.roomier) for one in model.asked] == [3_500, 7_000]
    assert reply.usage.output_tokens == 8
    model.lines = [line(error=ModelWordless("x")), line(error=ModelWordless("x"))]
    with pytest.raises(ModelWordless):
        await told(Continuing(model), request())


async def test_over_http_a_cut_answer_goes_on(api: ClaudeServer) -> None:
    thinking = Block(("hm",), kind="thinking")
    api.play(
        Answer((Block(("Keep it for",), ()), Block((" 30 da",), (0,))), "max_tokens"),
        Answer((thinking, Block(("30 days.",), (0,)), Block((" Anything else?",)))),
    )
    claude = Claude(quick(api.url), SecretStr(KEY))
    reply = await told(Continuing(claude), replace(request(passages=[KEEP])))
    await claude.aclose()
    assert reply.text == "Keep it for 30 days. [1] Anything else?"
    assert api.requests[1]["messages"][-2]["content"] == "Keep it for 30"


async def test_over_http_thinking_that_takes_everything_gets_more_room(api: ClaudeServer) -> None:
    api.play(say(stop_reason="max_tokens"), say("Hello"))
    claude = Claude(quick(api.url), SecretStr(KEY), tier="opus")
    reply = await told(Continuing(claude), request())
    await claude.aclose()
    assert reply.text == "Hello"
    assert [body["max_tokens"] for body in api.requests] == [4_000, 8_000]


# ---------------------------------------------------------------- any cut, any way to go on


@dataclass(slots=True)
class Cut:
    """Answers with a text that is cut, and goes on in its own way."""

    text: str
    at: int
    piece: int
    repeats: int
    """So many words before the cut are said again."""
    strips: bool
    """It never begins with space."""
    asked: list[ModelRequest] = field(default_factory=list)

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        self.asked.append(request)
        said = self._rest(request.written.rstrip()) if request.written else self.text[: self.at]
        for n in range(0, len(said), self.piece):
            writer.write(said[n : n + self.piece])
        writer.cite(())
        return ModelReply(model="cut", usage=Usage(), truncated=not request.written)

    def _rest(self, written: str) -> str:
        assert self.text.startswith(written), "what was shown is what the model said"
        begins = [match.start() for match in re.finditer(r"\S+", written) if match.start() < len(written) - 1]
        begin = begins[-self.repeats] if 0 < self.repeats <= len(begins) else len(written)
        rest = self.text[begin:]
        return rest.lstrip() if self.strips else rest


PLAIN = "You may keep each bike for thirty days, then send it back: postage costs £3.50. Ask us anything else you like."
LINKED = (
    "Read [our returns page](https://acme.example/returns/policy#how-long) or **write to** help@acme.example today."
)
CODE = (
    "Run this:\n\n```python\ndef keep(days):\n    if days > thirty:\n        return late\n    return fine\n```\n\n"
    "Then wait."
)
LISTED = (
    "First steps:\n\n1. Open the box.\n2. Take out pedals:\n   - left one\n   - right one\n\nWell done, enjoy riding."
)
JAPANESE = "商品は30日以内であれば返品できます。送料はお客様のご負担となりますので、ご注意ください。"
GERMAN = "Sie können das Fahrrad dreißig Tage lang zurückgeben; die Rücksendung kostet 3,50 €. Noch Fragen?"
TEXTS = [PLAIN, LINKED, CODE, LISTED, JAPANESE, GERMAN]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(1, 120), st.integers(1, 9), st.integers(0, 4), st.booleans())
@example(CODE, 40, 3, 0, False)
def test_wherever_it_is_cut_and_however_it_goes_on_the_text_is_one(
    text: str, at: int, piece: int, repeats: int, strips: bool
) -> None:
    assume(at < len(text) and (" " in text[:at] or (text is JAPANESE and at > 1)))
    assume(text is not CODE or not repeats)  # there a word may well stand twice
    model = Cut(text, at, piece, repeats, strips)
    shown: list[str] = []
    reply = run(told(Continuing(model), request(), shown))
    assert "".join(shown) == reply.text
    if strips:
        # A line break that nobody says again may be lost.
        assert reply.text.split() == text.split()
    else:
        assert reply.text == text


TABLE = "| a | b |\n|---|---|\n"


def run(coroutine: Any) -> Any:
    """Nothing in it waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("It costs ", "…£3.50", "It costs £3.50"),
        ("It costs ", "... £3.50", "It costs £3.50"),
        ("It costs ", "It costs £3.50", "It costs £3.50"),
        ("Yes. It costs ", "Yes. It costs £3.50", "Yes. It costs £3.50"),
        ("A very ", "very good one", "A very good one"),
        ("It is on ", "online now", "It is on online now"),
        ("A 1 ", "1 2", "A 1 1 2"),
        ("Run:\n\n```python\nx = 1\n", "```python\ny = 2\n```", "Run:\n\n```python\nx = 1\ny = 2\n```"),
        ("Run:\n\n```\nx = 1\n", "```\n\nDone.", "Run:\n\n```\nx = 1\n```\n\nDone."),
        ("```python\nprint(thirty)\n", "print(thirty)\nstop()\n```", "```python\nprint(thirty)\nstop()\n```"),
        ("```ruby\nif x\nend\n", "end\n```", "```ruby\nif x\nend\nend\n```"),
        ("Steps:\n\n1. Open it.\n", "\n2. Close it.", "Steps:\n\n1. Open it.\n2. Close it."),
        ("One. ", "\n\nTwo.", "One. \n\nTwo."),
        ("価格は", "価格は500円です", "価格は500円です"),
        ("It is so.", "And this", "It is so. And this"),
        ("It costs £3.", "50 in all", "It costs £3.50 in all"),
        ("Run this:", "```\nx\n```", "Run this:\n\n```\nx\n```"),
        ("Steps:", "1. Open it.", "Steps:\n\n1. Open it."),
        ("そうです。", "次に", "そうです。次に"),
        # A line of which only the mark was there is begun anew.
        ("- one\n- ", "- two\n- three", "- one\n- two\n- three"),
        ("- one\n- ", "two\n- three", "- one\n- two\n- three"),
        ("* one\n  * ", "* two", "* one\n  * two"),
        ("1. one\n2. ", "2. two", "1. one\n2. two"),
        ("So:\n\n# ", "# Title", "So:\n\n# Title"),
        ("> ", "> It is so.", "> It is so."),
        ("```yaml\n- a: 1\n- ", "- b: 2\n```", "```yaml\n- a: 1\n- b: 2\n```"),
        ("- ", "-5 degrees", "- -5 degrees"),
        ("- one\n- ", "*two* and more", "- one\n- *two* and more"),
        # In a table the same word may stand in two cells.
        (f"{TABLE}| yes | ", "yes |\n| no | yes |", f"{TABLE}| yes | yes |\n| no | yes |"),
        (f"{TABLE}| yes | ", "| no |\n", f"{TABLE}| yes | no |\n"),
        (f"{TABLE}| yes | ", "| yes |\n", f"{TABLE}| yes | yes |\n"),
        (f"{TABLE}| yes | ", "| yes | no |\n", f"{TABLE}| yes | no |\n"),
        (f"{TABLE}| yes ", "| no |\n", f"{TABLE}| yes | no |\n"),
        (f"{TABLE}| yes | very ", "very good |\n", f"{TABLE}| yes | very good |\n"),
        (f"{TABLE}| yes | very ", "yes | very good |\n", f"{TABLE}| yes | very good |\n"),
        (f"{TABLE}| yes | no ", "|\n| no | no |", f"{TABLE}| yes | no |\n| no | no |"),
        (f"{TABLE}| yes | no ", "| no | no |", f"{TABLE}| yes | no |\n| no | no |"),
        (f"{TABLE}| yes | no |\n", "| no | yes |", f"{TABLE}| yes | no |\n| no | yes |"),
        (f"{TABLE}| yes | no |\n", "| yes | no |\n| no | yes |", f"{TABLE}| yes | no |\n| no | yes |"),
        ("| a |\n|---|\n| yes |\n", "| yes |\n| no |", "| a |\n|---|\n| yes |\n| yes |\n| no |"),
        ("| a | b | c |\n|---|---|---|\n| x | ", "| z |\n", "| a | b | c |\n|---|---|---|\n| x | | z |\n"),
    ],
)
def test_seams(before: str, after: str, whole: str) -> None:
    assert before + joined(before, after) == whole


CELLS = st.lists(st.sampled_from(["yes", "no", "very good", "no and yes", "£3.50", "a \\| b"]), min_size=3, max_size=3)


@settings(max_examples=600, deadline=None)
@given(
    st.lists(CELLS, min_size=1, max_size=4), st.data(), st.integers(1, 9), st.sampled_from(["", "strip", "bar", "row"])
)
def test_no_cell_of_a_table_is_lost_or_too_many(rows: list[list[str]], data: Any, piece: int, style: str) -> None:
    """Cut anywhere, and gone on with from there, without space, with a bar before the next cell, or with the row
    begun anew."""
    lines = [["When", "a", "b", "c"], ["---"] * 4, *([f"Day {n}", *row] for n, row in enumerate(rows))]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    at = data.draw(st.integers(text.index("---") + 20, len(text) - 1))
    going_on = GoingOn(text, at, piece, style)
    reply = run(told(Continuing(going_on), request()))
    told_cells = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in reply.text.strip().split("\n")]
    assert [[cell.strip() for cell in cells] for cells in told_cells] == lines


@dataclass(slots=True)
class GoingOn:
    """Goes on with a table in a manner of its own."""

    text: str
    at: int
    piece: int
    style: str

    async def complete(self, request: ModelRequest, writer: Writer) -> ModelReply:
        said = self._rest(request.written.rstrip()) if request.written else self.text[: self.at]
        for n in range(0, len(said), self.piece):
            writer.write(said[n : n + self.piece])
        writer.cite(())
        return ModelReply(model="going-on", usage=Usage(), truncated=not request.written)

    def _rest(self, written: str) -> str:
        rest = self.text[len(written) :]
        row = written[written.rfind("\n") + 1 :]
        match self.style:
            case "strip":
                return rest.lstrip(" ")
            case "bar" if row.endswith("|") and rest.startswith(" "):
                return f"|{rest}"
            case "row" if rest.startswith(" "):
                return f"{row}{rest}"
        return rest


async def test_a_seam_is_looked_at_as_a_whole_however_it_comes() -> None:
    model, _ = continuing(line("It costs £", truncated=True), line(".", ".", ".", " £3"))
    assert (await told(model, request())).text == "It costs £3"


async def test_what_has_no_spaces_is_not_held_for_long() -> None:
    model, _ = continuing(line("a" * (HELD_CHARS_MAX + 1), "b", truncated=False))
    shown: list[str] = []

    class Watching:
        def write(self, text: str) -> None:
            shown.append(text)

        def cite(self, passages: object) -> None: ...

    await model.complete(request(), Watching())
    assert shown == ["a" * (HELD_CHARS_MAX + 1), "b"]


async def test_japanese_streams_sign_by_sign() -> None:
    model, _ = continuing(line(*JAPANESE))
    shown: list[str] = []
    draft = drafted(shown)
    await model.complete(request(), draft)
    assert len(shown) > len(JAPANESE) // 2


def test_a_long_repetition_is_found_quickly() -> None:
    before = "".join(f"Sentence {n} is here. " for n in range(300))
    pieces = [before[n : n + 4] for n in range(0, len(before), 4)]
    model, _ = continuing(line(before, truncated=True), line(*pieces[-400:], "And more."))
    reply = run(told(model, request()))
    assert reply.text == before + "And more."

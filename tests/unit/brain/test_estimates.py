"""The most that a request can read, and what a call that broke off has used."""

from dataclasses import replace

from bridge.brain.estimates import (
    CALL_TOKENS,
    IMAGE_TOKENS,
    PASSAGE_TOKENS,
    PDF_PAGE_TOKENS,
    REQUEST_TOKENS,
    SAFETY,
    TOOL_TOKENS,
    TOOLS_TOKENS,
    cut_short,
    prompt_tokens,
)
from bridge.brain.tokens import estimate
from bridge.ports import Exchange, ModelRequest, ToolCall, ToolResult, ToolRound, ToolSpec
from bridge.types import File, Passage, Usage
from tests.unit.brain.made import passage, request

LONG = "word " * 1_000
"""2,000 tokens."""
WORDS = round(estimate(LONG) * SAFETY)


def tokens(asked: ModelRequest) -> int:
    return prompt_tokens(asked, pdf_pages_max=30)


def test_every_word_of_a_request_counts() -> None:
    bare = request("", ())
    longer = [
        replace(bare, system=bare.system + LONG),
        replace(bare, summary=LONG),
        replace(bare, question=LONG),
        replace(bare, facts=bare.facts + LONG),
        replace(bare, written=LONG),
        replace(bare, schema={"description": LONG}),
        replace(bare, history=(Exchange(question=LONG, answer=""),)),
        replace(bare, history=(Exchange(question="", answer=LONG),)),
        replace(bare, history=(Exchange(question="", answer="", facts=LONG),)),
        replace(bare, history=(Exchange(question="", answer="", done=LONG),)),
    ]
    for asked in longer:
        assert WORDS <= tokens(asked) - tokens(bare) <= WORDS + 20
    quoted = [
        replace(bare, passages=(passage(LONG),)),
        replace(bare, passages=(passage("", section=LONG),)),
        replace(bare, history=(Exchange(question="", answer="", passages=(passage("", title=LONG),)),)),
    ]
    for asked in quoted:
        assert WORDS + PASSAGE_TOKENS <= tokens(asked) - tokens(bare) <= WORDS + PASSAGE_TOKENS + 40
    assert tokens(bare) >= REQUEST_TOKENS


def test_tools_and_what_was_called_count() -> None:
    bare = request("", ())
    tool = ToolSpec(name="look", description="", schema={})
    offered = replace(bare, tools=(tool,))
    for more in (replace(tool, description=LONG), replace(tool, schema={"description": LONG})):
        assert WORDS <= tokens(replace(bare, tools=(more,))) - tokens(offered) <= WORDS + 30
    assert tokens(offered) - tokens(bare) >= TOOLS_TOKENS + TOOL_TOKENS

    def called(said: str, text: str, *found: Passage) -> int:
        call, result = ToolCall(id="1", name="look", args={}), ToolResult(call_id="1", text=text, passages=found)
        block = {"type": "tool_use", "id": "1", "name": "look", "input": {"what": said}}
        return tokens(replace(offered, rounds=(ToolRound(said=(block,), calls=(call,), results=(result,)),)))

    nothing = called("", "")
    assert nothing - tokens(offered) >= CALL_TOKENS
    assert WORDS <= called(LONG, "") - nothing <= WORDS + 20
    assert WORDS <= called("", LONG) - nothing <= WORDS + 20
    assert WORDS + PASSAGE_TOKENS <= called("", "", passage(LONG)) - nothing <= WORDS + PASSAGE_TOKENS + 60


def test_words_that_were_estimated_too_low_count_more_and_never_less() -> None:
    asked = request(LONG, ())
    usual = tokens(asked)
    assert prompt_tokens(asked, pdf_pages_max=30, factor=1.5) - usual >= WORDS // 2
    assert prompt_tokens(asked, pdf_pages_max=30, factor=0.5) == usual


def test_a_pdf_counts_for_the_pages_that_it_has() -> None:
    bare = request("", ())
    one, seven = File("a.pdf", "application/pdf", b"x", pages=1), File("b.pdf", "application/pdf", b"x", pages=7)
    picture, untold = File("a.png", "image/png", b"x"), File("c.pdf", "application/pdf", b"x")
    assert tokens(replace(bare, files=(one,))) - tokens(bare) == PDF_PAGE_TOKENS
    assert tokens(replace(bare, files=(one, picture, seven))) - tokens(bare) == IMAGE_TOKENS + 8 * PDF_PAGE_TOKENS
    assert tokens(replace(bare, files=(one, untold))) - tokens(bare) == 30 * PDF_PAGE_TOKENS


def test_pictures_and_pdfs_count_as_the_largest() -> None:
    bare = request("", ())
    picture, pdf = File("a.png", "image/png", b"x"), File("a.pdf", "application/pdf", b"x")
    assert tokens(replace(bare, files=(picture, picture))) - tokens(bare) == 2 * IMAGE_TOKENS
    both = replace(bare, files=(picture, pdf, pdf))
    assert tokens(both) - tokens(bare) == IMAGE_TOKENS + 30 * PDF_PAGE_TOKENS


def test_what_broke_off_is_counted_by_what_came() -> None:
    came = "x" * 250
    whole = Usage(cache_write_1h_tokens=500)
    assert cut_short(None, came, prompt=whole, unseen=0, most=1_000) == replace(whole, output_tokens=120)
    assert cut_short(None, "", prompt=whole, unseen=0, most=1_000) == whole
    assert cut_short(None, came, prompt=whole, unseen=300, most=1_000).output_tokens == 420
    assert cut_short(None, came, prompt=whole, unseen=3_000, most=1_000).output_tokens == 1_000
    assert cut_short(None, "👍" * 10, prompt=whole, unseen=0, most=1_000).output_tokens == 40


def test_what_the_provider_told_counts_more() -> None:
    told = Usage(input_tokens=40, cache_read_tokens=900, output_tokens=1)
    whole = Usage(cache_write_tokens=500)
    assert cut_short(told, "x" * 250, prompt=whole, unseen=0, most=1_000) == replace(told, output_tokens=120)
    finished = replace(told, output_tokens=700)
    assert cut_short(finished, "x" * 250, prompt=whole, unseen=0, most=1_000) == finished


def test_half_a_count_is_completed() -> None:
    whole, words = Usage(cache_write_tokens=500), "x" * 250
    for told in (Usage(), Usage(output_tokens=5)):
        assert cut_short(told, words, prompt=whole, unseen=0, most=1_000) == replace(whole, output_tokens=120)
    longer = Usage(output_tokens=200)
    assert cut_short(longer, words, prompt=whole, unseen=0, most=1_000) == replace(whole, output_tokens=200)

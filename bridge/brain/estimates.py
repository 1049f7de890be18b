"""The tokens of a call to a model before and without its bill: the most that it can read, and what one that broke off
has used. Rather too many than too few. Pure."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bridge.brain.tokens import estimate, most_tokens
from bridge.ports import Exchange, ModelRequest, ToolRound, ToolSpec
from bridge.types import Passage, Usage

SAFETY = 1.3
"""Of the words of a request: scripts differ in how many characters make a token."""
REQUEST_TOKENS = 600
"""What comes to every request: its frame, and what the provider tells its model besides, such as how to cite."""
PASSAGE_TOKENS = 60
"""Of the frame of one passage and of its blocks."""
TOOLS_TOKENS = 700
"""What the provider tells its model of calling, when there are tools."""
TOOL_TOKENS = 20
"""Of the frame of one tool."""
CALL_TOKENS = 60
"""Of the frame of one call with its result."""
IMAGE_TOKENS = 5_000
"""Of the largest picture: Claude reads up to 4,784 since Opus 4.7."""
PDF_PAGE_TOKENS = 4_000
"""A page is read as text and as a picture: 1,500 to 5,000, about 2,400 where it is full of text."""
UNSEEN_OUTPUT = 1.2
"""An answer that broke off was already a little longer than what came."""


def prompt_tokens(request: ModelRequest, *, pdf_pages_max: int, factor: float = 1.0) -> int:
    """The most that the model reads. `pdf_pages_max` are the pages of all PDFs that may come with one question; they
    are counted where a PDF does not say how many it has. `factor` says how far estimates of such words were off, and
    makes nothing smaller."""
    words = most_tokens(
        request.system,
        request.summary,
        request.question,
        request.facts,
        request.written,
        json.dumps(request.schema) if request.schema else "",
        *(text for exchange in request.history for text in _said(exchange)),
        *(text for one in request.rounds for text in texts_of_round(one)),
        *(text for passage in request.sources for text in _quoted(passage)),
        correction=SAFETY * max(1.0, factor),
    )
    # The signs of their JSON are not spelled one by one: nobody writes tools to be expensive.
    words += math.ceil(estimate(*texts_of_tools(request.tools)) * SAFETY * max(1.0, factor))
    pages = [file.pages for file in request.files if file.media_type == "application/pdf"]
    pdf_pages = sum(pages) if all(pages) else pdf_pages_max
    images = len(request.files) - len(pages)
    frame = frame_tokens(request)
    return words + frame + IMAGE_TOKENS * images + PDF_PAGE_TOKENS * pdf_pages


def frame_tokens(request: ModelRequest) -> int:
    """What comes to the words of a request."""
    tools = TOOLS_TOKENS + TOOL_TOKENS * len(request.tools) if request.tools else 0
    calls = CALL_TOKENS * sum(len(one.calls) for one in request.rounds)
    return REQUEST_TOKENS + PASSAGE_TOKENS * len(request.sources) + tools + calls


def texts_of_tools(tools: Sequence[ToolSpec]) -> Iterator[str]:
    """What a model reads of them."""
    for tool in tools:
        yield from (tool.name, tool.description, json.dumps(tool.schema, default=dict))


def texts_of_round(one: ToolRound) -> Iterator[str]:
    """What a model reads of it again, besides passages. Thinking is its signature, which is longer than what was
    thought."""
    yield json.dumps(one.said, default=str)
    yield from (result.text for result in one.results)


def _said(exchange: Exchange) -> Iterator[str]:
    yield from (exchange.question, exchange.answer, exchange.facts, exchange.done)


def _quoted(passage: Passage) -> Iterator[str]:
    yield from (passage.chunk_id, passage.title, passage.section, passage.updated, passage.text)


def cut_short(told: Usage | None, written: str, *, prompt: Usage, unseen: int, most: int) -> Usage:
    """What a call used that broke off after `written`. `told` is what the provider had counted until then; where it
    does not tell what was read, it is the whole `prompt`. `unseen` tokens of thinking may have gone before, `most`
    tokens is the limit."""
    output = min(most_tokens(written, correction=UNSEEN_OUTPUT) + unseen, most)
    told = told or Usage()
    read = told if told.prompt_tokens else prompt
    return replace(read, output_tokens=max(told.output_tokens, output))

"""Answers as a model writes them, block by block, for the tests of the checks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bridge.brain.cascade import Question
from bridge.brain.checks.guard import drafting
from bridge.brain.checks.settings import ChecksSettings
from bridge.brain.knowledge.chunk import Sizes, chunks
from bridge.brain.knowledge.load import load
from bridge.brain.model_rung import Draft
from bridge.brain.settings import BusinessSettings, PromptSettings
from bridge.types import Address, Passage
from tests.unit.brain import made

KB = Path(__file__).parents[4] / "kb"
BUSINESS = BusinessSettings(
    name="Larkwell Cycles",
    industry="a family-run bicycle shop and workshop in Ashcombe",
    time_zone="Europe/London",
    opening_hours="Tuesday to Friday 9:00-18:00, Saturday 9:00-16:00",
    contact="hello@larkwell.example or 01632 960142",
    link_hosts=("larkwell.example",),
)
PROMPT = PromptSettings()
SETTINGS = ChecksSettings(forbidden=("horoscope", "geldanlage"), competitors=("BikeBarn", "Vélo Géant", "自転車王"))
DOCUMENTS = {document.id: document for document in load(KB, ["public"]).documents}
_BLOCK = re.compile(r"\[(\d*)\]")


@cache
def passages(*doc_ids: str) -> tuple[Passage, ...]:
    """All that these documents say; `[1]` in an answer cites the first document."""
    sizes = Sizes()
    return tuple(chunk for doc_id in doc_ids for chunk in chunks(DOCUMENTS[doc_id], sizes))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is asked and answered. In `text`, `[1]` ends a block that cites the first document, `[]` one without."""

    asked: str
    text: str
    docs: tuple[str, ...] = ("faq.md",)
    language: str = "en"
    channel: str = "widget"


def question(answer: Answer, *more: Passage) -> Question:
    asking = made.turn(answer.asked)
    inbound = replace(asking.inbounds[0], address=Address(answer.channel, "a"))
    asking = replace(asking, inbounds=(inbound,))
    return made.question(asking, *more, *passages(*answer.docs), language=answer.language)


def blocks(text: str, sources: Sequence[Passage]) -> list[tuple[str, tuple[Passage, ...]]]:
    """The text of each block, and what it cites."""
    documents = list(dict.fromkeys(passage.doc_id for passage in sources))
    parts = _BLOCK.split(text)
    found = []
    for words, number in zip(parts[::2], [*parts[1::2], ""], strict=True):
        cited = [passage for passage in sources if number and passage.doc_id == documents[int(number) - 1]][:1]
        if words or cited:
            found.append((words, tuple(cited)))
    return found


def draft(asked: Question, on_text: Callable[[str], None], settings: ChecksSettings = SETTINGS) -> Draft:
    return drafting(settings, BUSINESS, PROMPT)(asked, on_text)


def tell(answer: Draft, told: Sequence[tuple[str, tuple[Passage, ...]]], cut: Callable[[str], Sequence[str]]) -> None:
    """Write the answer down; `cut` says in which pieces a block comes. May raise CheckFailed."""
    for words, cited in told:
        for piece in cut(words):
            answer.write(piece)
        answer.cite(cited)
    answer.finish()


def by_words(text: str) -> Sequence[str]:
    return re.findall(r"\s*\S+|\s+", text)

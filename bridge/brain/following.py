"""What a question is about where it does not say so itself: what is searched for, and what is found for it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from bridge.brain import prompt
from bridge.brain.invisible import without_invisible
from bridge.brain.leaning import leans, may_lean, short
from bridge.brain.phrases import language_of
from bridge.brain.phrases.small_talk import small_talk
from bridge.types import Outcome, Passage, Turn, TurnId

QUERY_CHARS_MAX = 2_000
"""Of a question, so much is searched for and compared with passages; a model reads more of it."""
SUBJECT_CHARS_MAX = 500
SUBJECT_TURNS_MAX = 6
"""So far back the subject of a question is looked for that leans on it."""

Find = Callable[[str], Awaitable[tuple[Passage, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What was searched for, and found."""

    query: str
    """The question, below what it leans on."""
    passages: tuple[Passage, ...] = ()
    """Best first."""
    subject: TurnId | None = None
    """The earlier turn that the question leans on; None when it stands by itself."""


async def seek(turn: Turn, earlier: Sequence[Turn], language: str, find: Find) -> Sought:
    """Search for a turn's question; `earlier` are the turns before it, oldest first.

    A short question that leans on what was said before ("and for e-bikes?", "how long does it take?") finds little by
    itself, so it is searched together with its subject too: the newest question that stands by itself. Both count,
    because a few words may as well begin something new ("why was I charged twice?"). Anything longer is searched as it
    is. A few words for which nothing is found ("do I have to decide now?") go on with what was said; they bring nothing
    of their own, and what an earlier question found is no answer to them.

    A picture without a word belongs to the question before it. Whoever is called into what others say ("can you
    help?") is asked about that.
    """
    question = _head(turn.question, QUERY_CHARS_MAX)
    subject, about = _subject(earlier, language)
    if prompt.around(turn) or not earlier:
        query = first_query(turn)
        leant = subject if leaning(question, query) else None
        return Sought(query=query, passages=await find(query) if query else (), subject=leant)
    if not about or (question and not may_lean(question)):
        return Sought(query=question, passages=await find(question) if question else ())
    query = below(about, question)
    if not question:
        return Sought(query=query, passages=await find(query), subject=subject)
    if leans(question, language):
        alone, together = await asyncio.gather(find(question), find(query))
        return Sought(query=query, passages=_woven(together, alone), subject=subject)
    if alone := await find(question):
        return Sought(query=question, passages=alone)
    return Sought(query=query, subject=subject)


def first_query(turn: Turn) -> str:
    """What to search for where nothing was asked before: the question; a short one below what others said."""
    question, around = _head(turn.question, QUERY_CHARS_MAX), prompt.around(turn)
    return below(around, question) if around and short(question) else question


def below(subject: str, question: str) -> str:
    """The question below what it is about, as words to search for."""
    if not question:
        return subject[:QUERY_CHARS_MAX]
    return f"{subject[: max(0, QUERY_CHARS_MAX - len(question) - 1)]}\n{question}"[-QUERY_CHARS_MAX:]


def leaning(question: str, query: str) -> bool:
    """What is searched for holds more than the question."""
    return bool(query.strip()) and not without_invisible(question).strip().startswith(query.strip())


def _subject(earlier: Sequence[Turn], language: str) -> tuple[TurnId | None, str]:
    """The newest turn that stands by itself and for which something was found, and what it asks; without one the newest
    that comes near."""
    turns = {turn.id: turn for turn in earlier[-SUBJECT_TURNS_MAX:]}
    standing: Turn | None = None
    leaning_: Turn | None = None
    for turn in reversed(turns.values()):
        if turn.reply is None or small_talk(turn.question) or not turn.question.strip():
            continue
        trace = turn.reply.trace
        if trace.subject in turns:
            standing = turns[TurnId(trace.subject)]
            break
        if leans(turn.question, language_of(turn.question, language)):
            leaning_ = leaning_ or turn
        elif trace.sent or turn.reply.citations or turn.reply.outcome is Outcome.ESCALATED:
            standing = turn
            break
        else:
            standing = standing or turn
    found = standing or leaning_
    return (found.id, _head(found.question, SUBJECT_CHARS_MAX)) if found else (None, "")


def _woven(*found: Sequence[Passage]) -> tuple[Passage, ...]:
    """The best of each in turn, each passage once."""
    known = {passage.chunk_id: passage for passage in filter(None, chain.from_iterable(zip_longest(*found)))}
    return tuple(known.values())


def _head(text: str, chars_max: int) -> str:
    """The beginning of a text that may be very long."""
    return without_invisible(text[: 4 * chars_max]).strip()[:chars_max]

"""The same question with less around it, for a model that cannot read it all."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bridge.brain.cascade import Question
from bridge.brain.context import lighter
from bridge.errors import ModelError, ModelOverflow, ModelUnreadable
from bridge.types import Unread

PASSAGES_LIGHT = 3
"""With a request that was too long for the model, without what was said before, except for its summary."""


def less_of(question: Question, error: ModelError) -> Question | None:
    """The question with less around it; None when there is nothing more to leave out."""
    if question.files:
        return _without_files(question, error)
    history = question.history
    if isinstance(error, ModelUnreadable) or not (history.exchanges or len(question.passages) > PASSAGES_LIGHT):
        return None
    return replace(question, history=lighter(history), passages=question.passages[:PASSAGES_LIGHT], context="focused")


def _without_files(question: Question, error: ModelError) -> Question:
    """A file may be broken in ways that only the model sees: the same question without any."""
    why: Literal["kind", "size"] = "size" if isinstance(error, ModelOverflow) else "kind"
    left_out: Sequence[Unread] = [Unread(file.name, why) for file in question.files]
    return replace(question, files=(), unread=(*question.unread, *left_out))

"""Counts the calls to models by how they ended. Hands on what a provider says that it has counted, so that it is known
also of a call that is stopped: by the person, by a check, by a deadline."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from bridge import metrics
from bridge.ports import ModelReply
from bridge.types import Usage


@dataclass(slots=True)
class Heard:
    """What was told of one call so far. Mutable."""

    usage: Usage | None = None
    """None while nothing was told."""
    besides: list[str] = field(default_factory=list)
    """What came of an answer that no writer gets: the calls of tools, in pieces."""


_hearing: ContextVar[Heard | None] = ContextVar("hearing", default=None)


@contextmanager
def hearing() -> Iterator[Heard]:
    """What the provider tells of a call that is made within."""
    heard = Heard()
    before = _hearing.set(heard)
    try:
        yield heard
    finally:
        _hearing.reset(before)


def tell(usage: Usage | None) -> None:
    """The provider has counted so much of the call under way; a later count takes the place of an earlier one."""
    if heard := _hearing.get():
        heard.usage = usage


def tell_besides(piece: str) -> None:
    """The call under way has put out so much that is not text."""
    if heard := _hearing.get():
        heard.besides.append(piece)


async def counted(model: str, call: Awaitable[ModelReply]) -> ModelReply:
    """Wait for a call to `model`, and count it. Raises what it raises."""
    result = ""
    try:
        reply = await call
        result = "truncated" if reply.truncated else "answered"
    except BaseException as error:
        result = type(error).__name__
        raise
    finally:
        metrics.MODEL_CALLS.labels(model, result).inc()
    return reply

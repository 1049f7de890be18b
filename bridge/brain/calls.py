"""Counts the calls to models by how they ended."""

from collections.abc import Awaitable

from bridge import metrics
from bridge.ports import ModelReply


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

"""What is slow to make and never changes: made once for all tests."""

from functools import cache

from bridge.brain.knowledge.embedders import use


@cache
def use_embedder() -> use.Use:
    """The embedded model; nobody closes it."""
    return use.build(use.Settings(), {})

"""Named places on the main path where a test can kill the process.

`FAILPOINT=name:n` kills it with SIGKILL the n-th time it gets to that place; without the variable a call costs
one dictionary look-up. The fault tests go through every name in `POINTS`.
"""

import os
import signal

POINTS = (
    "accept.before_commit",
    "accept.after_commit",
    "claim.after",
    "brain.before",
    "brain.mid_stream",
    "brain.after",
    "reply.recorded",
    "post.before",
    "post.after",
    "post.recorded",
    "edit.before",
    "edit.after",
    "final.before",
    "final.after",
    "finish.before",
    "finish.after",
)
TOOL_POINTS = ("tool.before", "tool.called", "tool.done")
"""Around a writing call; only a turn in which something is done gets to them."""


def _armed() -> dict[str, int]:
    name, _, count = os.environ.get("FAILPOINT", "").partition(":")
    if not name:
        return {}
    if name not in (*POINTS, *TOOL_POINTS):
        raise ValueError(f"FAILPOINT names {name!r}; there are: {', '.join((*POINTS, *TOOL_POINTS))}")
    return {name: int(count or 1)}


_left = _armed()


def reach(name: str) -> None:
    """Die here if this is the armed place and its count is used up."""
    if name not in _left:
        return
    _left[name] -= 1
    if _left[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)

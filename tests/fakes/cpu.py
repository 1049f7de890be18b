"""What a call costs the processor, however busy the machine is."""

import time
from collections.abc import Callable

GOES = 3


def cheap(call: Callable[[], object], within_s: float) -> bool:
    """It takes no more of the processor's time than `within_s`, in one go of three: other programs push what is needed
    out of the caches, and the interpreter tidies up when it likes. They make a go longer, never shorter. A call that
    grows with the square of its text takes too long every time."""
    return any(_cpu_s(call) < within_s for _ in range(GOES))


def _cpu_s(call: Callable[[], object]) -> float:
    began = time.thread_time()
    call()
    return time.thread_time() - began

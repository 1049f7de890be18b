"""How much is measured: the long form whose figures are published, and short ones that show that it all works."""

from dataclasses import dataclass

SEED = 20261123
"""Decides who asks what, and who is killed when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Every number of a run."""

    name: str

    # accepted messages a second
    rates: tuple[int, ...]
    """Offered, a second."""
    rate_s: float
    """Seconds of each step ..."""
    settle_s: float
    """... and of rest before it."""
    sessions: int

    # conversations that stream
    conversations: tuple[int, ...]
    words: int
    """Of an answer."""
    warm_s: float
    talk_s: float

    # memory
    idle: int
    streaming: int

    # cost of a message
    grown_conversations: tuple[int, ...]
    grown_chunks: tuple[int, ...]
    grown_history: tuple[int, ...]
    asked: int
    """Messages whose cost is measured, one after the other in each of `askers` conversations."""
    askers: int

    # soak
    soak_s: float
    soak_warm_s: float
    soak_per_s: float
    """Questions a second, twice what is expected at the busiest time."""
    kill_every_s: float

    topologies: tuple[str, ...] = ()
    """Only these; all when empty."""


LONG = Scale(
    name="long",
    rates=(250, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000),
    rate_s=6.0,
    settle_s=2.0,
    sessions=1_000,
    conversations=(1, 10, 20, 30, 40, 50, 60, 80, 100, 130, 160, 200),
    words=180,
    warm_s=2.0,
    talk_s=8.0,
    idle=500,
    streaming=200,
    grown_conversations=(100, 1_000, 10_000),
    grown_chunks=(1_000, 10_000, 100_000),
    grown_history=(10, 100, 1_000),
    asked=120,
    askers=4,
    soak_s=1_200.0,
    soak_warm_s=240.0,
    soak_per_s=10.0,
    kill_every_s=20.0,
)
SHORT = Scale(
    name="short",
    rates=(250, 1_000, 2_000),
    rate_s=3.0,
    settle_s=1.0,
    sessions=200,
    conversations=(1, 20, 60, 120),
    words=90,
    warm_s=2.0,
    talk_s=5.0,
    idle=200,
    streaming=50,
    grown_conversations=(100, 1_000),
    grown_chunks=(1_000, 10_000),
    grown_history=(10, 100),
    asked=40,
    askers=4,
    soak_s=60.0,
    soak_warm_s=20.0,
    soak_per_s=5.0,
    kill_every_s=10.0,
)
TINY = Scale(
    name="tiny",
    rates=(50, 100),
    rate_s=0.5,
    settle_s=0.0,
    sessions=5,
    conversations=(2, 4),
    words=12,
    warm_s=0.2,
    talk_s=0.5,
    idle=5,
    streaming=3,
    grown_conversations=(10, 20),
    grown_chunks=(100, 200),
    grown_history=(2, 4),
    asked=4,
    askers=2,
    soak_s=6.0,
    soak_warm_s=2.0,
    soak_per_s=4.0,
    kill_every_s=2.0,
    topologies=("sqlite",),
)
SCALES = {scale.name: scale for scale in (LONG, SHORT, TINY)}

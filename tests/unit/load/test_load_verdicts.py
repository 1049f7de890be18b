"""What is said of the figures: met, missed or not measured, from the right ones."""

from typing import Any

import pytest

from bench.load.soak import growth
from bench.load.streaming import at_level
from bench.load.verdicts import fastest, scaling, verdicts


def step(per_s: float, p99: float, **more: Any) -> dict[str, Any]:
    return {"per_s": per_s, "ms": {"p99": p99}, "refused": {}, "unanswered": 0} | more


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ([step(500, 5), step(1_600, 50), step(1_900, 400)], (1_600, 50)),
        ([step(500, 5), step(1_600, 50, refused={"503": 1})], (500, 5)),
        ([step(500, 5), step(1_600, 50, unanswered=1)], (500, 5)),
        ([step(500, 120)], None),
        ([{"per_s": 0, "ms": {}, "refused": {}, "unanswered": 3}], None),
    ],
)
def test_the_fastest_step_is_one_that_kept_every_bound(
    steps: list[dict[str, Any]], wanted: tuple[float, float] | None
) -> None:
    assert fastest({"steps": steps}) == wanted


@pytest.mark.parametrize(
    ("points", "wanted"),
    [
        ([(10, 100.0), (20, 300.0), (30, 700.0)], 25.0),
        ([(10, 100.0), (20, 300.0)], 20.0),
        ([(10, 600.0)], None),
        ([(10, 100.0), (20, None)], 10.0),
        ([], None),
    ],
)
def test_conversations_at_a_level(points: list[tuple[int, float | None]], wanted: float | None) -> None:
    assert at_level(points, 500.0) == wanted


def curve(name: str, at: float, cores: float) -> dict[str, Any]:
    steps = [
        {"people": people, "answers": 100, "first_ms": {"p95": p95}, "cpu": {"worker": cores * people}}
        for people, p95 in ((20, 200.0), (40, 300.0), (60, 900.0))
    ]
    return {"name": name, "at_level": at, "steps": steps}


def test_workers_are_compared_where_both_carried_the_load() -> None:
    halves = [curve("half-1", 20, 0.0), curve("half-2", 38, 0.0)]
    curves = [curve("redis-1", 40, 0.020), curve("redis-2", 60, 0.022), *halves]
    found = scaling({"level_ms": 500.0, "curves": curves})

    assert found is not None
    assert (found.raw, found.half, found.at, found.per_core) == (1.5, 1.9, 40, 1.82)


def test_workers_that_were_not_measured_are_not_compared() -> None:
    assert scaling({"level_ms": 500.0, "curves": [curve("redis-1", 40, 0.02)]}) is None


def test_growth_is_what_came_after_the_warm_up() -> None:
    samples = [{"at_s": float(n), "all": 50.0 if n < 10 else 100.0 + n / 10} for n in range(110)]

    assert growth(samples, "all", 10.0) == pytest.approx(7.8, abs=0.3)


def test_nothing_measured_is_said_to_be_so() -> None:
    found = list(verdicts({}))

    assert len(found) == 5
    assert {verdict.word for verdict in found} == {"not measured"}


@pytest.mark.parametrize(("lost", "percent", "word"), [(0, 4.0, "met"), (1, 4.0, "**missed**"), (0, 6.0, "**missed**")])
def test_a_soak_loses_nothing_and_grows_little(lost: int, percent: float, word: str) -> None:
    soak = {
        "growth_percent": {"ingress": 0.1, "worker": percent},
        "accepted": 9,
        "lost": lost,
        "doubled": 0,
        "seconds": 60,
    }

    assert [v.word for v in verdicts({"soak": {"result": soak}}) if "soak" in v.what] == [word]


@pytest.mark.parametrize(
    ("mb", "failed", "word"), [(390.0, {}, "met"), (401.0, {}, "**missed**"), (390.0, {"x": 1}, "**missed**")]
)
def test_memory_counts_only_when_everybody_was_answered(mb: float, failed: dict[str, int], word: str) -> None:
    process = {"label": "one", "streaming_mb": mb, "failed": failed}
    memory = {"idle": 500, "streaming": 200, "processes": [process]}

    assert [v.word for v in verdicts({"memory": {"result": memory}}) if "process" in v.what] == [word]

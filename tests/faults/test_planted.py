"""The checker must see every bug that is planted, and none where there is none."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.faults.checker import complaints
from tests.faults.cluster import StoreName
from tests.faults.history import History, Seen, Stored
from tests.faults.planted_runs import BUGS, all_seen, is_seen

TABLE = [(store, bug) for store, bugs in BUGS.items() for bug in bugs]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Mapping[StoreName, Mapping[str, list[str]]]:
    """The complaints about each bug; several servers at a time."""

    async def everything() -> Mapping[StoreName, Mapping[str, list[str]]]:
        found = await asyncio.gather(*(all_seen(store, tmp_path_factory.mktemp(store)) for store in BUGS))
        return dict(zip(BUGS, found, strict=True))

    return asyncio.run(everything())


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("store", "bug"), TABLE)
def test_the_checker_sees(store: StoreName, bug: str, seen: Mapping[StoreName, Mapping[str, list[str]]]) -> None:
    assert is_seen(BUGS[store][bug], seen[store][bug]), seen[store][bug]


# ---------------------------------------------------------------- the checker alone

ASKED = {"questions": [{"client_msg_id": "m1", "text": "?"}]}


def _history(*events: tuple[str, Any], first_id: int = 1) -> History:
    history = History([Stored("c", "m1", "t1")])
    for number, (kind, data) in enumerate(events, start=first_id):
        history.add(Seen("c", "live", number, kind, {"turn_id": "t1", **data}))
    return history


def test_a_good_history_passes() -> None:
    events = [
        ("status", ASKED),
        ("delta", {"text": "a"}),
        ("reset", {}),
        ("delta", {"text": "b"}),
        ("done", {"text": "b"}),
    ]
    assert complaints(_history(*events)) == []


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (_history(), "nobody was sent anything"),
        (_history(("status", ASKED), ("delta", {"text": "a"})), "has no final answer"),
        (_history(("done", {"text": ""}), ("done", {"text": ""})), "has 2 final answers"),
        (_history(("delta", {"text": "a"}), ("done", {"text": "b"})), "showed 'a' and ended as 'b'"),
        (_history(("done", {"text": ""}), ("reset", {})), "came after its end"),
        (_history(("done", {"text": ""}), first_id=2), "came where 1 was due"),
        (_history(("delta", {"turn_id": "t2", "text": "a"}), ("done", {"text": ""})), "visible and was never accepted"),
        (_history(("delta", {"turn_id": "t2", "text": "a"}), ("done", {"text": ""})), "before turn t2 had ended"),
        (_history(("status", {"questions": []}), ("done", {"text": ""})), "left out"),
    ],
)
def test_a_bad_history_does_not(history: History, words: str) -> None:
    assert any(words in complaint for complaint in complaints(history)), complaints(history)


def test_readers_who_were_sent_different_things_are_seen() -> None:
    history = _history(("delta", {"text": "a"}), ("done", {"text": "a"}))
    history.add(Seen("c", "fresh", 1, "delta", {"turn_id": "t1", "text": "b"}))
    assert any("is another one for fresh" in complaint for complaint in complaints(history))

"""The checker must see every bug that is planted, and none where there is none."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checker import complaints
from tests.faults.history import History, Seen, Stored
from tests.faults.people import People, people, until
from tests.faults.server import QUESTION, Server

AT_ONCE = 4
SEES = {
    "none": "",
    "short_leases": "",
    "ack_before_commit": "was accepted and has no final answer",
    "no_fence": "had ended",
    "no_dedupe": "was given 2 turns",
    "double_answer_after_restart": "has 2 final answers",
    "lost_turn_on_restart": "was accepted and has no final answer",
    "out_of_order": "were answered in the order",
    "edit_after_finish": "came after its end",
    "repeated_piece": "and ended as",
    "skipped_event": "came where",
    "foreign_answer": "is visible and was never accepted",
    "forgotten_message": "was left out of its turn",
}
"""What the checker says of each bug; nothing where there is none."""
RESENT = ("none", "no_dedupe")
RESTARTED = ("none", "ack_before_commit", "double_answer_after_restart", "lost_turn_on_restart")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """The complaints about each bug; several servers at a time."""

    async def everything() -> Mapping[str, list[str]]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(bug: str) -> list[str]:
            async with slots:
                return await _run(bug, tmp_path_factory.mktemp(bug))

        found = await asyncio.gather(*(one(bug) for bug in SEES))
        return dict(zip(SEES, found, strict=True))

    return asyncio.run(everything())


async def _run(bug: str, folder: Path) -> list[str]:
    # One message a turn shows their order; several show whether all are answered.
    inbounds_max = "20" if bug == "forgotten_message" else "1"
    server = Server(folder, ("-m", "tests.faults.planted", bug), BRIDGE_STORE__INBOUNDS_MAX=inbounds_max)
    try:
        await server.start()
        async with people(server, 2) as crowd:
            crowd.all_say(QUESTION, rounds=4, twice=True)
            if bug in RESTARTED:
                await _kill_early(bug, server, crowd)
                await server.start()
            if bug == "short_leases":
                await _freeze(server, crowd)
            rested = await crowd.rest(within_s=15.0 if SEES[bug] == "" else 4.0)
            if bug in RESENT:
                server.kill()
                await server.start()
                await crowd.resend()
                await crowd.rest(within_s=4.0)
            found = complaints(crowd.history)
            return found if rested or found else ["it never came to rest"]
    finally:
        server.close()


async def _kill_early(bug: str, server: Server, crowd: People) -> None:
    """Where the bug is: as soon as a message is accepted, or an answer has begun, or one has ended."""
    if bug == "ack_before_commit":
        await until(crowd.history.stored, 10.0)
    else:
        kind = "done" if bug == "double_answer_after_restart" else "delta"
        await until(lambda: any(seen.kind == kind for seen in crowd.history.seen()), 10.0)
    server.kill()


async def _freeze(server: Server, crowd: People) -> None:
    """Stand still in the middle of answers until their leases have ended."""
    for _ in range(2):
        assert await until(crowd.history.writing, 10.0)
        server.freeze()
        await asyncio.sleep(0.7)
        server.thaw()
        await asyncio.sleep(0.1)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("bug", "words"), SEES.items())
def test_the_checker_sees(bug: str, words: str, seen: Mapping[str, list[str]]) -> None:
    if words:
        assert any(words in complaint for complaint in seen[bug]), seen[bug]
    else:
        assert seen[bug] == []


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

"""A stored row that cannot be read costs its own turn, and nothing else; its text goes nowhere."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bridge import metrics
from bridge.ports import Step
from bridge.stores.sqlite import Settings, build
from bridge.types import Outcome
from tests.contract.stores import (
    LONG_S,
    answer,
    conversation_id,
    message,
    must_claim,
)
from tests.unit.stores.opened import look

SECRET = "swordfish"
BROKEN = [
    "",
    "null",
    "[]",
    f'{{"{SECRET}": 1}}',
    f'{{"text": "{SECRET}',
    f'{{"event_id": ["{SECRET}"], "address": "{SECRET}", "sender": {{}}, "text": 5}}',
    b"\xff\xfe" + SECRET.encode(),
]


def _spoil(path: Path, table: str, body: str | bytes, where: str = "1") -> None:
    """Write behind the store's back."""
    db = sqlite3.connect(path)
    with db:
        assert db.execute(f"UPDATE {table} SET body = CAST(? AS TEXT) WHERE {where}", (body,)).rowcount == 1
    db.close()


def _bugs() -> float:
    return float(metrics.BUGS.labels("store")._value.get())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.mark.parametrize("body", BROKEN)
async def test_a_turn_whose_message_cannot_be_read_is_closed_and_the_next_is_served(
    path: Path, body: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    before = _bugs()
    async with build(Settings(url=f"sqlite:///{path}")) as store:
        lost = await store.accept(message("e1", "ada"))
        _spoil(path, "inbox", body)
        await store.accept(message("e2", "bob"))
        assert (await must_claim(store, wait_s=0.0)).turn.inbounds == (message("e2", "bob"),)
        assert await store.turn(lost.turn_id) is None
        assert (await store.gauges()).turns_waiting == 0
        later = await store.accept(message("e3", "ada"))
        assert later.turn_id != lost.turn_id
        assert (await answer(store)).inbounds == (message("e3", "ada"),)
        assert [turn.id for turn in (await store.conversation(conversation_id(), turns_max=9)).turns] == [later.turn_id]
        assert await store.accept(message("e1", "ada")) == replace(lost, fresh=False)
    assert look(path, f"SELECT state FROM turns WHERE id = '{lost.turn_id}'") == [("finished",)]
    assert _bugs() > before
    assert lost.turn_id in str([record.__dict__ for record in caplog.records])
    assert SECRET not in str([record.__dict__ for record in caplog.records]) + caplog.text


async def test_what_can_be_read_of_a_closed_turn_is_kept(path: Path) -> None:
    async with build(Settings(url=f"sqlite:///{path}")) as store:
        accepted = await store.accept(message("e1", text="readable"))
        await store.accept(message("e2", text="broken"))
        _spoil(path, "inbox", "{}", "event_id = 'e2'")
        assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
    async with build(Settings(url=f"sqlite:///{path}")) as store:
        assert await store.claim(lease_s=LONG_S, wait_s=0.0) is None
        (turn,) = (await store.conversation(conversation_id(), turns_max=9)).turns
        assert turn == await store.turn(accepted.turn_id)
        assert turn.inbounds == (message("e1", text="readable"),)
        assert turn.reply is not None
        assert turn.reply.outcome is Outcome.FAILED


@pytest.mark.parametrize("body", BROKEN)
async def test_a_finished_turn_that_cannot_be_read_is_passed_over(path: Path, body: str | bytes) -> None:
    async with build(Settings(url=f"sqlite:///{path}")) as store:
        turns = []
        for n in range(3):
            await store.accept(message(f"e{n}"))
            turns.append(await answer(store))
        _spoil(path, "turns", body, f"id = '{turns[1].id}'")
        conversation = await store.conversation(conversation_id(), turns_max=9)
        assert conversation.turns == (turns[0], turns[2])
        assert await store.turn(turns[1].id) is None


@pytest.mark.parametrize("body", BROKEN)
async def test_a_step_that_cannot_be_read_counts_as_not_written(path: Path, body: str | bytes) -> None:
    async with build(Settings(url=f"sqlite:///{path}")) as store:
        await store.accept(message("e1"))
        claim = await must_claim(store)
        kept = Step(key="post", kind="post", state="done", result="{}")
        await store.record(claim, kept)
        await store.record(claim, Step(key="reply", kind="reply", state="done", result="{}"))
        await store.park(claim, delay_s=0.0)
        _spoil(path, "steps", body, "key = 'reply'")
        assert (await must_claim(store)).steps == {"post": kept}

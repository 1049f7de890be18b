"""`bridge tickets`: the open ones, one with what was said, and the end of one; also while a server has the store."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge import cli, config, tickets
from bridge.parts import store
from bridge.types import Address, Inbound, Outcome, Reply, Sender, Turn

NUMBER = "ABCD-2345"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/bridge.db"\n')
    return tmp_path


def in_store(folder: Path, work: Callable[[], int] | None = None) -> int:
    """A conversation with its ticket is kept, then `work` is done while the store is open."""

    async def keep() -> int:
        async with store(config.read(folder / "config.toml", {})) as opened:
            inbound = Inbound(
                event_id="e1",
                address=Address("widget", "c1"),
                sender=Sender("s"),
                text="Where is \x1b[31mmy order?",
                received_at=datetime(2026, 11, 22, tzinfo=UTC),
            )
            await opened.accept(inbound)
            claim = await opened.claim(lease_s=60, wait_s=0)
            if claim:
                reply = Reply(
                    text="A person looks.", outcome=Outcome.ESCALATED, escalation_reason="unanswered", ticket=NUMBER
                )
                turn = Turn(
                    id=claim.turn.id, conversation_id=claim.turn.conversation_id, inbounds=(inbound,), reply=reply
                )
                await tickets.open_for(opened, claim, turn, reply)
                await opened.finish(claim, turn)
            return await asyncio.to_thread(work) if work else 0

    return asyncio.run(keep())


def command(folder: Path, *arguments: str) -> int:
    return cli.main(["tickets", *arguments, "--config", str(folder / "config.toml")])


@pytest.mark.parametrize("beside", [True, False])
def test_open_ones_are_listed_and_one_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str], *, beside: bool
) -> None:
    for arguments in ([], [NUMBER]):
        if beside:
            assert in_store(folder, lambda arguments=arguments: command(folder, *arguments)) == 0  # type: ignore[misc]
        else:
            in_store(folder)
            assert command(folder, *arguments) == 0
    shown = capsys.readouterr().out
    assert f"{NUMBER}  2026-11-22T00:00  widget  unanswered" in shown
    assert "1 open" in shown
    assert "Customer: Where is �[31mmy order?" in shown
    assert "Assistant: A person looks." in shown


def test_one_is_closed_when_nobody_else_has_the_store(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert in_store(folder, lambda: command(folder, NUMBER, "--close")) == 2
    assert command(folder, NUMBER, "--close") == 0
    assert command(folder) == 0
    assert "0 open" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "code"), [(["ZZZZ-9999"], 1), (["ZZZZ-9999", "--close"], 1), (["--close"], 2)])
def test_mistakes_have_their_exit_codes(folder: Path, arguments: list[str], code: int) -> None:
    assert command(folder, *arguments) == code


def test_those_of_an_earlier_version_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def keep() -> None:
        async with store(config.read(folder / "config.toml", {})) as opened:
            old = {"ticket": NUMBER, "reason": "r", "conversation_id": "widget:c", "turn_id": "t", "asked_at": "2026"}
            await opened.append(tickets.LOG, json.dumps(old))

    asyncio.run(keep())
    assert command(folder) == 0
    assert NUMBER in capsys.readouterr().out

"""Every recorded webhook of Slack is taken, and answered exactly when it asks something."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.ports import Emit
from bridge.types import Conversation, Outcome, Reply, Turn
from tests.fakes.core import until
from tests.fakes.slack_people import signed
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import SIGNING_SECRET, Channel, Team
from tests.fakes.slack_world import on_slack

FOLDER = Path(__file__).parents[1] / "payloads" / "slack"
RECORDINGS = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
TEAM = "T04QK2M8R"
QUESTIONS = {
    "command-ask": ["Do you ship to Spain?"],
    "direct-message": ["Do you ship to Spain? :bike: & how <long> does it take"],
    "file-from-another-workspace": ["See this"],
    "file-shared": ["What is wrong with my wheel?"],
    "mention-two-events": ["do you ship to Spain?"],
    "preview-added": ["Is this yours? https://shop.example.com/a"],
    "sent-again": ["Do you ship to Spain?"],
    "thread-reply": ["Do you ship to Spain?", "And to the islands?"],
}
CHANGED = {"question-changed", "question-deleted", "question-deleted-with-replies", "stop-word"}
"""What is asked in the end depends on how far the answer is."""


def workspace(slack: SlackServer) -> None:
    """The one of the recordings."""
    slack.teams.clear()
    team = Team(TEAM, "xoxb-test-bot-token", "U07BRIDGE1", "B07BRIDGE1", people={"U05ADA001": "Ada"})
    slack.teams[TEAM] = team
    team.channels["D07ADA0001"] = Channel("D07ADA0001", "im", "U05ADA001")
    team.channel("C02GENERAL")


async def played(slack: SlackServer, recorded: Any) -> list[int]:
    statuses = []
    async with aiohttp.ClientSession() as http:
        for request in recorded if isinstance(recorded, list) else [recorded]:
            raw = json.dumps(request["json"]).encode() if "json" in request else request["body"].encode()
            headers = {"Content-Type": "application/json", **request.get("headers", {}), **signed(SIGNING_SECRET, raw)}
            async with http.post(slack.target, data=raw, headers=headers) as answer:
                statuses.append(answer.status)
    return statuses


@pytest.mark.parametrize("name", sorted(RECORDINGS))
async def test_a_recording_is_taken(name: str) -> None:
    asked: list[str] = []

    async def answer(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        asked.append(turn.question)
        return Reply(text="Yes.", outcome=Outcome.ANSWERED)

    async with SlackServer.start() as slack:
        workspace(slack)
        async with on_slack(answer, slack=slack, echoes=False):
            assert set(await played(slack, RECORDINGS[name])) == {200}
            if name not in CHANGED:
                wanted = QUESTIONS.get(name, [])
                await until(lambda: sorted(asked) == sorted(wanted), within_s=30)
                await asyncio.sleep(0.05)
                assert sorted(asked) == sorted(wanted)

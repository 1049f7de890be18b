"""Recorded webhooks are taken, and what each says is understood."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bridge.channels import telegram
from bridge.channels.telegram.updates import DraftStopped, Pressed, Said, read
from tests.fakes.telegram_bridge import SECRET, telegram_bridge

FOLDER = Path(__file__).parents[1] / "payloads/telegram"
UNDERSTOOD: dict[str, Any] = {
    "private-question": "Can I return a bike after riding it? 🚲",
    "edited-question": "Can I return an e-bike after riding it?",
    "command-start": "/start demo",
    "command-new-with-question": "/new How much is a full service?",
    "command-help-in-group": "/help@bridge_test_bot",
    "stop-word": "Stop!",
    "group-mention": "🚲 @Bridge_Test_Bot how long is the warranty?",
    "group-chatter": "See you on Sunday",
    "group-reply-to-bot": "And for the battery?",
    "topic-mention": "@bridge_test_bot what does a new chain cost?",
    "voice": ["audio/ogg"],
    "photo-with-caption": "Is this normal?",
    "album": "Which of these fits?",
    "document": ["application/pdf"],
    "location": "Location: 48.2085, 16.3731 (Bike shop, Graben 1, Vienna)",
    "sticker": "",
    "button-pressed": Pressed,
    "bot-blocked": None,
    "draft-stopped": DraftStopped,
}
"""The text of a recording's first message, or the media types of its files, or what it is instead."""


def recorded(name: str) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text())
    return requests


def test_there_is_one_of_every_kind() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(UNDERSTOOD)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_a_recording_is_understood(name: str) -> None:
    understood, expected = read(recorded(name)[0]["json"]), UNDERSTOOD[name]

    if isinstance(understood, Said):
        types = [attachment.media_type for attachment in understood.attachments]
        assert expected == (types if isinstance(expected, list) else understood.text)
    else:
        assert expected is None if understood is None else isinstance(understood, expected)


async def test_every_recording_is_taken() -> None:
    async with telegram_bridge() as bridge, aiohttp.ClientSession() as http:
        for name in UNDERSTOOD:
            for request in recorded(name):
                body = json.dumps(request["json"]).encode()
                secrets = {"TELEGRAM_WEBHOOK_SECRET": SecretStr(SECRET)}
                headers = telegram.signed(request["path"], body, secrets, bridge.server.url)
                headers["Content-Type"] = "application/json"
                answer = await http.post(bridge.server.url + request["path"], data=body, headers=headers)
                assert (request["sign"], answer.status) == ("telegram", 200), name

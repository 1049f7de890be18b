"""Every kind of webhook as it was recorded: taken, and understood. The recordings are signed for the default address
and the fake's token, so that `bridge replay` works with them too."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bridge.ports import Accepted
from bridge.types import Inbound, TurnId
from tests.fakes.whatsapp_world import NUMBER, channel_alone

RECORDINGS = sorted((Path(__file__).parents[1] / "payloads/whatsapp").glob("*.json"))
RECORDED_FOR = "http://127.0.0.1:8080"
HELP = "Just ask me a question."
PLACE = "Location: 25.018766403198, -77.395950317383 (Bay Street Café, 12 Bay Street, Nassau)"
UNDERSTOOD: dict[str, list[tuple[str, list[str], str]]] = {
    "text": [("Wie lange dauert der Versand nach Österreich? 🚲", [], "")],
    "image": [("Is this the right helmet?", ["image/jpeg"], "")],
    "voice": [("", ["audio/ogg"], "")],
    "document": [("", ["application/pdf"], "")],
    "contact": [("", ["text/vcard"], "")],
    "sticker": [("", ["image/webp"], "")],
    "location": [(PLACE, [], "")],
    "quoted-reply": [("Nice", [], "")],
    "button": [("A person", [], "You can reach a person here")],
    "command": [("/help", [], HELP)],
    "sent-twice": [("Do you ship to Chile?", [], "")],
    "stop-word": [],
    "opt-out": [],
    "delivered": [],
    "out-of-order": [],
    "outside-the-window": [],
    "too-fast": [],
}
"""The messages each recording leaves: text, kinds of files, and how our own answer begins, if it is ours."""


def test_every_recording_is_looked_at() -> None:
    assert {recording.stem for recording in RECORDINGS} == UNDERSTOOD.keys()


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: str(path.stem))
async def test_a_recording_is_taken_and_understood(recording: Path) -> None:
    heard: dict[str, Inbound] = {}

    async def receive(inbound: Inbound) -> Accepted:
        fresh = inbound.event_id not in heard
        heard[inbound.event_id] = inbound
        return Accepted(TurnId("0" * 32), fresh)

    alone = channel_alone(receive=receive, public_url=RECORDED_FOR)
    async with alone as (twilio, _, _), ClientSession() as http:
        for request in _requests(recording):
            url = twilio.target + request["path"]
            answer = await http.post(url, data=request["body"], headers=request["headers"])
            assert answer.status in (200, 204)

    understood = [
        (one.text, [file.media_type for file in one.attachments], one.answer[: len(wanted[2])])
        for one, wanted in zip(heard.values(), UNDERSTOOD[recording.stem], strict=True)
    ]
    assert understood == UNDERSTOOD[recording.stem]
    for one in heard.values():
        assert one.address.key == NUMBER
        assert one.sender.name == "Ana"
        assert one.address.hints["sid"] in one.event_id


def _requests(recording: Path) -> list[dict[str, Any]]:
    recorded: Any = json.loads(recording.read_text())
    return recorded if isinstance(recorded, list) else [recorded]

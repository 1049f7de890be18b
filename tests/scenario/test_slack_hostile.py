"""Whatever is posted to /slack/events: 401 without Slack's signature, 400 when it cannot be read, 413 when it is too
much, and never a 5xx."""

import io
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.fakes.core import until
from tests.fakes.slack_people import signed
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import SIGNING_SECRET
from tests.fakes.slack_world import answered, on_slack, only_this_is_answered

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with on_slack() as (started, _):
        started.team.direct("U1")
        yield started


async def posted(slack: SlackServer, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(slack.target, data=io.BytesIO(body), headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def question(slack: SlackServer, **event: Any) -> bytes:
    said = {
        "type": "message",
        "channel": "D1",
        "channel_type": "im",
        "user": "U1",
        "text": "Hi",
        "ts": "1700000000.000100",
    }
    return json.dumps(slack.people.envelope(said | event)).encode()


STAMP = str(int(time.time()))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": STAMP},
        {"X-Slack-Request-Timestamp": STAMP, "X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": STAMP, "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": STAMP, "X-Slack-Signature": "v0=é" * 20},
        {"X-Slack-Request-Timestamp": STAMP, "X-Slack-Signature": "v0=" + "٠" * 64},
        {"X-Slack-Request-Timestamp": "9" * 5_000, "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "-5", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "²", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "1e9", "X-Slack-Signature": "v0=" + "0" * 64},
    ],
)
async def test_what_is_not_signed_by_slack_is_refused(slack: SlackServer, headers: dict[str, str]) -> None:
    status, text = await posted(slack, question(slack), JSON | headers)

    assert status == 401
    assert "Hi" not in text


async def test_a_signature_is_good_for_its_secret_its_body_and_five_minutes(slack: SlackServer) -> None:
    body = question(slack)

    assert (await posted(slack, body, JSON | signed("another", body)))[0] == 401
    assert (await posted(slack, body + b" ", JSON | signed(SIGNING_SECRET, body)))[0] == 401
    for off_s in (-400, 400):
        assert (await posted(slack, body, JSON | signed(SIGNING_SECRET, body, at=time.time() + off_s)))[0] == 401
    assert (await posted(slack, body, JSON | signed(SIGNING_SECRET, body)))[0] == 200


async def test_a_request_that_is_played_again_is_answered_once(slack: SlackServer) -> None:
    root = await slack.people.say("U1", "D1", "Hi", tell=False)
    body = question(slack, ts=root)
    headers = JSON | signed(SIGNING_SECRET, body)

    assert [(await posted(slack, body, headers))[0] for _ in range(5)] == [200] * 5

    assert len(await answered(slack, "D1")) == 1


async def test_the_address_is_verified_only_with_a_signature(slack: SlackServer) -> None:
    (delivery,) = await slack.people.verify_url()
    assert json.loads(delivery.body) == {"challenge": "a-challenge"}

    body = json.dumps({"type": "url_verification", "challenge": "secret-probe"}).encode()
    status, text = await posted(slack, body, JSON)
    assert (status, "secret-probe" in text) == (401, False)


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, b""),
        (JSON, b"{"),
        (JSON, b"[]"),
        (JSON, b"null"),
        (JSON, b"\xff\xfe"),
        (JSON, DEEP),
        (JSON, b'{"type": "event_callback"}'),
        (JSON, b'{"type": "event_callback", "team_id": "T0BRIDGE", "event": []}'),
        (JSON, b'{"type": "event_callback", "team_id": 5, "event": {"type": "message"}}'),
        (JSON, b'{"type": "event_callback", "team_id": "T0BRIDGE\\ud800", "event": {"type": "message"}}'),
        (FORM, b"payload=%7B"),
        (FORM, b"payload=[]"),
        (FORM, b"%ff%fe=%ff"),
        (FORM, b"\xff\xfe"),
        (FORM, b"a=1&" * 5_000),
        (FORM, urlencode({"payload": '{"type": "block_actions"}'}).encode()),
        (FORM, urlencode({"payload": '{"type": "block_actions", "actions": [1]}'}).encode()),
        (FORM, b"command=/ask&text=Hi"),
        (FORM, b"command=/ask&text=Hi&team_id=T0BRIDGE&channel_id=C1&user_id=U1&trigger_id=%00"),
        ({"Content-Type": "text/plain"}, b"{}"),
        ({"Content-Type": "application/xml"}, b"<a/>"),
        ({"Content-Type": "multipart/form-data"}, b"x"),
        ({"Content-Type": "é; charset=ü"}, b"{}"),
        ({}, b"{}"),
        (JSON | {"Content-Encoding": "gzip"}, b"no gzip"),
    ],
)
async def test_what_cannot_be_read_is_refused(slack: SlackServer, headers: dict[str, str], body: bytes) -> None:
    status, _ = await posted(slack, body, headers | signed(SIGNING_SECRET, body))

    assert status == 400


@pytest.mark.parametrize(
    "event",
    [
        {"ts": None},
        {"ts": "1' OR 1"},
        {"ts": 5},
        {"ts": "9" * 5_000 + ".1"},
        {"channel": "../etc"},
        {"channel": {"id": "D1"}},
        {"channel": None},
        {"thread_ts": "x"},
        {"type": "agent_session_stopped", "thread_ts": None},
        {"type": "app_home_opened", "tab": "messages", "channel": 7},
        {"type": "assistant_thread_started"},
        {"type": "message", "subtype": "message_changed"},
    ],
)
async def test_events_with_wrong_fields_are_refused(slack: SlackServer, event: dict[str, Any]) -> None:
    body = question(slack, **event)

    assert (await posted(slack, body, JSON | signed(SIGNING_SECRET, body)))[0] == 400


@pytest.mark.parametrize(
    "event",
    [
        {"type": "reaction_added"},
        {"type": None},
        {"subtype": "channel_join"},
        {"subtype": ["file_share"]},
        {"subtype": "message_deleted"},
        {"bot_id": "B1"},
        {"user": None},
        {"user": "U0BOT0"},
        {"bot_id": "B0OTHER", "user": "U0OTHERBOT"},
        {"user": "USLACKBOT"},
        {"user": "'; DROP TABLE"},
        {"text": 5},
        {"text": None},
        {"files": "none", "text": ""},
        {"files": [None, 5, {"id": "../x"}], "text": ""},
    ],
)
async def test_events_that_are_no_question_are_passed_over(slack: SlackServer, event: dict[str, Any]) -> None:
    # An answer would have its place.
    root = await slack.people.say("U1", "D1", "Hi", tell=False)
    body = question(slack, **({"ts": root} | event))

    assert (await posted(slack, body, JSON | signed(SIGNING_SECRET, body)))[0] == 200
    await only_this_is_answered(slack)


@pytest.mark.parametrize(
    "text", ["\x00nul", "half \ud83d a pair", "x" * 200_000, "\u202e" * 100, "<<<>>>&&&<@|>", "<|>"]
)
async def test_odd_texts_are_questions_all_the_same(slack: SlackServer, text: str) -> None:
    root = await slack.people.say("U1", "D1", "Hi", tell=False)
    body = question(slack, ts=root, text=text)

    assert (await posted(slack, body, JSON | signed(SIGNING_SECRET, body)))[0] == 200
    assert await answered(slack, "D1")


async def test_more_than_a_megabyte_is_refused(slack: SlackServer) -> None:
    body = b'{"type": "event_callback", "padding": "' + b"x" * 1_048_576 + b'"}'

    assert (await posted(slack, body, JSON | signed(SIGNING_SECRET, body)))[0] == 413


async def test_another_workspace_is_not_served(slack: SlackServer) -> None:
    other = slack.add_team("T0OTHER", "xoxb-other")
    await until(lambda: any(call.ended_at for call in slack.of("auth.test")), within_s=30)
    await slack.people.say("U1", other.direct("U1").id, "Hi", team=other)

    assert slack.people.deliveries[-1].status == 200
    (delivery,) = await slack.people.command("U1", other.direct("U1").id, "/ask", "Hi", team=other)
    assert (delivery.status, delivery.body) == (200, "")
    await only_this_is_answered(slack)


async def test_a_payload_of_no_workspace_is_refused_and_nobody_is_told(slack: SlackServer) -> None:
    root = await slack.people.say("U1", "D1", "Hi")
    (answer,) = await answered(slack, "D1", root)
    payload = slack.people.click_payload("U1", answer, answer.buttons[-1])
    del payload["team"], payload["user"]["team_id"]
    (delivery,) = await slack.people.deliver("interactive", payload)

    assert delivery.status == 400
    assert len(slack.answers("D1")) == 1

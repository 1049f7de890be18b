"""The stand-in for Slack refuses what Slack refuses: driven through the real SDK."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.core import until
from tests.fakes.loopback import on_loopback
from tests.fakes.slack_server import LOST, RESET, SlackServer, broken, hang, ratelimited
from tests.fakes.slack_state import APP_TOKEN, BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET

QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer.start(retry_delays_s=(0.0, 0.01, 0.01)) as server:
        server.team.channel("C1")
        server.team.direct("U1")
        yield server


@pytest.fixture
async def client(slack: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(BOT_TOKEN, base_url=f"{slack.url}/api/", session=session, retry_handlers=[])


async def refusal(call: Any) -> str:
    """What Slack calls the refusal."""
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


def markdown(text: str) -> list[dict[str, Any]]:
    return [{"type": "markdown", "text": text}]


def button(action_id: str = "stop", value: str = "1", label: str = "Stop") -> dict[str, Any]:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "action_id": action_id, "value": value, "text": text}


async def test_a_message_is_posted_edited_and_deleted(slack: SlackServer, client: AsyncWebClient) -> None:
    metadata = {"event_type": "bridge_turn", "event_payload": {"turn_id": "t1"}}
    posted = await client.chat_postMessage(
        channel="C1", text="Hi", blocks=markdown("**Hi**"), metadata=metadata, **QUIET
    )
    assert [message.shown for message in slack.visible("C1")] == ["**Hi**"]

    await client.chat_update(
        channel="C1", ts=posted["ts"], text="Hi you", blocks=markdown("Hi *you*"), metadata=metadata
    )
    assert [message.shown for message in slack.visible("C1")] == ["Hi *you*"]
    assert [version.text for version in slack.answers("C1")[0].versions] == ["**Hi**", "Hi *you*"]

    history = await client.conversations_history(channel="C1", include_all_metadata=True)
    assert history["messages"][0]["metadata"] == metadata
    assert "metadata" not in (await client.conversations_history(channel="C1"))["messages"][0]

    await client.chat_delete(channel="C1", ts=posted["ts"])
    assert slack.visible("C1") == []
    assert await refusal(client.chat_update(channel="C1", ts=posted["ts"], text="gone")) == "message_not_found"
    assert slack.violations == []


async def test_a_text_alone_takes_the_blocks_away(slack: SlackServer, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C1", text="a", blocks=markdown("b"), **QUIET)

    await client.chat_update(channel="C1", ts=posted["ts"], text="x &lt; y &amp; z")

    (message,) = slack.visible("C1")
    assert (message.shown, message.edited, message.blocks) == ("x < y & z", True, [])


async def test_edits_are_counted_in_a_sliding_minute(slack: SlackServer, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C1", text="0", **QUIET)
    for number in range(25):
        await client.chat_update(channel="C1", ts=posted["ts"], text=f"early {number}")
    slack.pass_time(30)
    for number in range(25):
        await client.chat_update(channel="C1", ts=posted["ts"], text=f"late {number}")

    with pytest.raises(SlackApiError) as raised:
        await client.chat_update(channel="C1", ts=posted["ts"], text="one too many")

    assert raised.value.response.status_code == 429
    assert raised.value.response.data == {"ok": False, "error": "ratelimited"}
    assert 28 <= int(raised.value.response.headers["Retry-After"]) <= 30
    assert slack.refusals == {"ratelimited": 1}

    slack.pass_time(30.5)  # the first half is a minute old, and the window slides
    for number in range(25):
        await client.chat_update(channel="C1", ts=posted["ts"], text=f"later {number}")
    assert await refusal(client.chat_update(channel="C1", ts=posted["ts"], text="again")) == "ratelimited"
    assert slack.violations == []


async def test_a_channel_takes_one_post_a_second(slack: SlackServer, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="C1", text="one", **QUIET)
    assert await refusal(client.chat_postMessage(channel="C1", text="two", **QUIET)) == "ratelimited"

    await client.chat_postMessage(channel=slack.team.direct("U1").id, text="elsewhere", **QUIET)
    slack.pass_time(1.01)
    await client.chat_postMessage(channel="C1", text="three", **QUIET)

    assert [message.shown for message in slack.visible("C1")] == ["one", "three"]


async def test_who_does_not_wait_is_noted(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.will("chat.update", ratelimited(5))
    posted = await client.chat_postMessage(channel="C1", text="one", **QUIET)
    assert await refusal(client.chat_update(channel="C1", ts=posted["ts"], text="two")) == "ratelimited"
    slack.pass_time(2)

    assert await refusal(client.chat_update(channel="C1", ts=posted["ts"], text="three")) == "ratelimited"

    assert len(slack.violations) == 1
    assert "before the Retry-After was over" in slack.violations[0]


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        (markdown("x" * 12_000), ""),
        (markdown("x" * 12_001), "invalid_blocks"),
        (markdown("x" * 6_001) * 2, "msg_blocks_too_long"),
        (markdown(""), "invalid_blocks"),
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "sparkles"}], "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}], "invalid_blocks"),
        ([{"type": "actions", "elements": [button("x" * 256)]}], "invalid_blocks"),
        ([{"type": "actions", "elements": [button(value="x" * 2_001)]}], "invalid_blocks"),
        ([{"type": "actions", "elements": [button(), button()]}], "invalid_blocks"),
        ([{"type": "actions", "elements": [button(f"b{n}") for n in range(26)]}], "invalid_blocks"),
        ([{"type": "actions", "elements": [button(label="x" * 76)]}], "invalid_blocks"),
        ([{"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "f"}]}], "invalid_blocks"),
    ],
)
async def test_blocks_have_limits(client: AsyncWebClient, blocks: list[dict[str, Any]], error: str) -> None:
    call = client.chat_postMessage(channel="C1", text="t", blocks=blocks, **QUIET)

    assert (await refusal(call) if error else "" if (await call)["ok"] else "?") == error


@pytest.mark.parametrize(
    ("text", "fits"), [("x" * 4_000, True), ("x" * 4_001, False), ("<" * 1_001, False), ("é" * 2_001, False)]
)
async def test_the_text_of_an_edit_is_counted_in_escaped_bytes(client: AsyncWebClient, text: str, fits: bool) -> None:
    posted = await client.chat_postMessage(channel="C1", text="a", **QUIET)
    call = client.chat_update(channel="C1", ts=posted["ts"], text=text, blocks=markdown("b"))

    assert (await call)["ok"] if fits else await refusal(call) == "msg_too_long"


async def test_only_our_own_messages_can_be_edited(slack: SlackServer, client: AsyncWebClient) -> None:
    theirs = await slack.people.say("U1", "C1", "Hello", tell=False)

    assert await refusal(client.chat_update(channel="C1", ts=theirs, text="mine")) == "cant_update_message"
    assert await refusal(client.chat_update(channel="C1", ts="1.000000", text="none")) == "message_not_found"


async def test_tokens_belong_to_workspaces(slack: SlackServer, client: AsyncWebClient) -> None:
    other = slack.add_team("T0OTHER", "xoxb-other")
    other.channel("C2")

    def asked(token: str) -> Any:
        return AsyncWebClient(token, base_url=f"{slack.url}/api/", retry_handlers=[]).chat_postMessage(
            channel="C2", text="x", **QUIET
        )

    assert await refusal(asked("xoxb-wrong")) == "invalid_auth"
    assert await refusal(asked(APP_TOKEN)) == "not_allowed_token_type"
    assert await refusal(client.chat_postMessage(channel="C2", text="x", **QUIET)) == "channel_not_found"
    assert (await asked("xoxb-other"))["ok"]
    other.revoked = True
    assert await refusal(asked("xoxb-other")) == "token_revoked"


async def test_what_must_never_happen_is_noted(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.limits.enforced = False
    posted = await client.chat_postMessage(channel="C1", text="<!channel> look")
    await client.chat_update(channel="C1", ts=posted["ts"], text="second", blocks=markdown("<@U1> second"))
    await client.chat_update(channel="C1", ts=posted["ts"], text="<!channel> look")
    slack.latency_s = 0.05
    edits = (client.chat_update(channel="C1", ts=posted["ts"], text=f"at once {n}") for n in range(2))
    await asyncio.gather(*edits)

    for rule in ("unfurl_links", "unfurl_media", "<!channel", "<@U1", "stale edit", "during another call"):
        assert [v for v in slack.violations if rule in v], rule


async def test_threads_statuses_and_sessions(slack: SlackServer, client: AsyncWebClient) -> None:
    root = await slack.people.say("U1", "C1", "Hello", tell=False)
    await client.assistant_threads_setStatus(channel_id="C1", thread_ts=root, status="is thinking")
    await client.agents_sessions_setStatus(channel_id="C1", thread_ts=root, status="processing")
    assert (slack.status("C1", root), slack.session("C1", root)) == ("is thinking", "processing")
    slack.pass_time(121)
    assert slack.status("C1", root) == ""

    await client.assistant_threads_setStatus(channel_id="C1", thread_ts=root, status="is thinking")
    await client.chat_postMessage(channel="C1", thread_ts=root, text="Hi", **QUIET)
    assert slack.status("C1", root) == ""
    assert slack.session("C1", root) == "processing"
    replies = await client.conversations_replies(channel="C1", ts=root)
    assert [message["text"] for message in replies["messages"]] == ["Hello", "Hi"]
    status = client.assistant_threads_setStatus(channel_id="C1", thread_ts="1.0", status="x")
    assert await refusal(status) == "invalid_thread_ts"
    prompts = [{"title": f"{n}", "message": "m"} for n in range(5)]
    too_many = client.assistant_threads_setSuggestedPrompts(channel_id=slack.team.direct("U1").id, prompts=prompts)
    assert await refusal(too_many) == "invalid_arguments"


async def test_what_was_written_is_read_in_pages_between_two_times(slack: SlackServer, client: AsyncWebClient) -> None:
    root = await slack.people.say("U1", "C1", "0", tell=False)
    answers = [await slack.people.say("U1", "C1", f"0.{number}", thread=root, tell=False) for number in range(3)]
    others = [await slack.people.say("U1", "C1", f"{number}", tell=False) for number in range(1, 5)]

    def texts(page: Any) -> list[str]:
        return [message["text"] for message in page["messages"]]

    async def pages(**args: Any) -> list[list[str]]:
        found, cursor = [], ""
        while True:
            page = await client.conversations_history(channel="C1", limit=2, cursor=cursor, **args)
            found.append(texts(page))
            if not page["has_more"]:
                return found
            cursor = page["response_metadata"]["next_cursor"]

    assert await pages() == [["4", "3"], ["2", "1"], ["0"]]
    assert await pages(oldest=root) == [["2", "1"], ["4", "3"]], "from there on, each page newest first"
    assert await pages(oldest=root, latest=others[3]) == [["3", "2"], ["1"]], "both ends are left out"
    assert await pages(oldest=root, inclusive=True) == [["1", "0"], ["3", "2"], ["4"]]
    (parent,) = [m for m in (await client.conversations_history(channel="C1"))["messages"] if m["text"] == "0"]
    assert (parent["thread_ts"], parent["reply_count"], parent["latest_reply"]) == (root, 3, answers[2])

    replies = await client.conversations_replies(channel="C1", ts=root, oldest=answers[0], latest=answers[2])
    assert texts(replies) == ["0", "0.1"], "the first message comes in any case"


async def test_nobody_reads_without_the_scope_of_that_kind_of_channel(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    root = await slack.people.say("U1", "C1", "Hello", tell=False)
    slack.team.scopes.discard("channels:history")
    assert await refusal(client.conversations_history(channel="C1")) == "missing_scope"
    assert await refusal(client.conversations_replies(channel="C1", ts=root)) == "missing_scope"
    assert (await client.conversations_history(channel="D1"))["ok"]
    slack.team.scopes.discard("chat:write")
    assert await refusal(client.chat_postMessage(channel="D1", text="Hi", **QUIET)) == "missing_scope"


async def test_a_distributed_app_reads_fifteen_messages_a_minute() -> None:
    async with SlackServer.start(distributed=True) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{slack.url}/api/", session=session, retry_handlers=[])
        slack.team.channel("C1")
        for number in range(20):
            await slack.people.say("U1", "C1", f"{number}", tell=False)
        page = await client.conversations_history(channel="C1", limit=200)
        assert (len(page["messages"]), page["has_more"]) == (15, True)
        assert await refusal(client.conversations_history(channel="C1")) == "ratelimited"
        slack.pass_time(61)
        assert (await client.conversations_history(channel="C1"))["ok"]


async def test_a_stream_lives_five_minutes_and_12000_characters(slack: SlackServer, client: AsyncWebClient) -> None:
    channel = slack.team.direct("U1").id
    root = await slack.people.say("U1", channel, "Hello", tell=False)
    first = await client.chat_startStream(channel=channel, thread_ts=root, markdown_text="One")
    ts = first["ts"]
    await client.chat_appendStream(channel=channel, ts=ts, markdown_text=" two")
    assert slack.answers(channel)[0].shown == "One two"
    assert await refusal(client.chat_update(channel=channel, ts=ts, text="x")) == "streaming_state_conflict"
    assert await refusal(client.chat_delete(channel=channel, ts=ts)) == "cant_delete_message"
    long = client.chat_appendStream(channel=channel, ts=ts, markdown_text="x" * 11_994)
    assert await refusal(long) == "msg_too_long"

    slack.pass_time(301)
    late = client.chat_appendStream(channel=channel, ts=ts, markdown_text="x")
    assert await refusal(late) == "message_not_in_streaming_state"
    assert slack.answers(channel)[0].streaming == "broken"
    assert await refusal(client.chat_stopStream(channel=channel, ts=ts)) == "message_not_in_streaming_state"
    await client.chat_update(channel=channel, ts=ts, text="x", blocks=markdown("Mended"))
    assert slack.answers(channel)[0].shown == "Mended"


async def test_people_stop_a_stream(slack: SlackServer, client: AsyncWebClient) -> None:
    root = await slack.people.say("U1", "C1", "Hello", tell=False)
    missing = client.chat_startStream(channel="C1", thread_ts=root, markdown_text="One")
    assert await refusal(missing) == "missing_recipient_user_id"
    slack.pass_time(1.1)  # a refused call counts too
    started = await client.chat_startStream(
        channel="C1", thread_ts=root, markdown_text="One", recipient_user_id="U1", recipient_team_id=slack.team.id
    )
    await slack.people.stop("U1", "C1", root)

    append = client.chat_appendStream(channel="C1", ts=started["ts"], markdown_text=" two")
    assert await refusal(append) == "stopped_by_user"


async def test_faults_by_script(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.limits.enforced = False
    slack.will("chat.postMessage", broken(502), RESET, hang(0.01), LOST, None)

    def post(text: str) -> Any:
        return client.chat_postMessage(channel="C1", text=text, **QUIET)

    with pytest.raises(SlackApiError):
        await post("a proxy answers")
    for _ in range(3):
        with pytest.raises(aiohttp.ClientError):
            await post("only the last of these arrives")
    await post("all is well")

    assert [message.shown for message in slack.visible("C1")] == ["only the last of these arrives", "all is well"]
    assert [call.error for call in slack.calls] == ["broken", "reset", "hang", "lost", ""]


class Ear:
    """An app that hears webhooks, and answers them as it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def ear(slack: SlackServer) -> AsyncIterator[Ear]:
    hearing = Ear()
    app = web.Application()
    app.router.add_post("/slack/events", hearing.hear)
    async with on_loopback(app) as url:
        slack.target = f"{url}/slack/events"
        yield hearing


async def test_events_are_signed_and_come_again(slack: SlackServer, ear: Ear) -> None:
    ear.statuses = [500, 500]

    await slack.people.say("U1", "C1", f"<@{slack.team.bot_user}> hello")

    verifier = SignatureVerifier(SIGNING_SECRET)
    assert all(verifier.is_valid_request(body, headers) for headers, body in ear.heard)
    assert not SignatureVerifier("another").is_valid_request(ear.heard[0][1], ear.heard[0][0])
    events = [json.loads(body) for _, body in ear.heard]
    assert sorted({event["event"]["type"] for event in events}) == ["app_mention", "message"]
    assert len({event["event_id"] for event in events}) == 2
    assert len({event["event"]["ts"] for event in events}) == 1
    retries = [(h["X-Slack-Retry-Num"], h["X-Slack-Retry-Reason"]) for h, _ in ear.heard if "X-Slack-Retry-Num" in h]
    assert retries == [("1", "http_error"), ("1", "http_error")]


async def test_a_click_carries_what_slack_sends(slack: SlackServer, ear: Ear, client: AsyncWebClient) -> None:
    feedback = {
        "type": "feedback_buttons",
        "action_id": "rate",
        "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "up"},
        "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "down"},
    }
    blocks = [{"type": "actions", "elements": [button()]}, {"type": "context_actions", "elements": [feedback]}]
    await client.chat_postMessage(channel="C1", text="x", blocks=blocks, **QUIET)
    slack.echoes = False
    (message,) = slack.visible("C1")

    await slack.people.click("U1", message, "Bad")

    payload = json.loads(parse_qs(ear.heard[-1][1].decode())["payload"][0])
    assert payload["type"] == "block_actions"
    assert payload["actions"][0]["value"] == "down"
    assert payload["actions"][0]["action_id"] == "rate"
    with pytest.raises(AssertionError, match="no button"):
        await slack.people.click("U1", message, "Nothing")
    async with aiohttp.ClientSession() as http:
        for number in range(6):
            answer = await http.post(payload["response_url"], json={"text": f"thanks {number}"})
            assert answer.status == (200 if number < 5 else 404)
    assert [m.shown for m in slack.visible("C1") if m.ephemeral_for == "U1"] == [f"thanks {n}" for n in range(5)]


async def test_files_need_the_token(slack: SlackServer) -> None:
    about = slack.people.file("a.png", "image/png", b"\x89PNG")
    async with aiohttp.ClientSession() as http:
        stranger = await http.get(about["url_private"])
        assert (stranger.status, stranger.content_type) == (200, "text/html")
        ours = await http.get(about["url_private"], headers={"Authorization": f"Bearer {BOT_TOKEN}"})
        assert await ours.read() == b"\x89PNG"


async def test_oauth_codes_are_good_once(slack: SlackServer) -> None:
    client = AsyncWebClient(base_url=f"{slack.url}/api/", retry_handlers=[])
    slack.codes["code"] = slack.team.id

    def exchange(code: str, secret: str = CLIENT_SECRET) -> Any:
        # The SDK's own oauth_v2_access warns with this aiohttp: it uses what aiohttp is about to drop.
        form = {"client_id": CLIENT_ID, "client_secret": secret, "code": code}
        return client.api_call("oauth.v2.access", data=form)

    assert await refusal(exchange("code", "wrong")) == "bad_client_secret"
    assert (await exchange("code"))["access_token"] == BOT_TOKEN
    assert await refusal(exchange("code")) == "invalid_code"


async def test_socket_mode(slack: SlackServer) -> None:
    slack.limits.per_minute["apps.connections.open"] = 10
    web_client = AsyncWebClient(base_url=f"{slack.url}/api/", retry_handlers=[])
    socket = SocketModeClient(APP_TOKEN, web_client=web_client, ping_interval=0.1)
    heard: list[tuple[str, int | None]] = []

    async def hear(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        heard.append((request.type, request.retry_attempt))
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    socket.socket_mode_request_listeners.append(hear)
    try:
        await socket.connect()  # type: ignore[no-untyped-call]
        await slack.people.say("U1", slack.team.direct("U1").id, "Hello")
        await slack.sockets.disconnect()
        await until(lambda: slack.sockets.connections >= 2 and bool(slack.sockets.open), within_s=30)
        # On a slow machine the SDK may connect twice; a command given meanwhile finds nobody, as it would at Slack.
        for _ in range(20):
            if (await slack.people.command("U1", "C1", "/ask", "what?"))[-1].taken:
                break
    finally:
        await socket.close()  # type: ignore[no-untyped-call]
        await socket.aiohttp_client_session.close()
    assert heard == [("events_api", 0), ("slash_commands", 0)]
    assert slack.violations == []

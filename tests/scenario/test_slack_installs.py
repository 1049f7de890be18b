"""Other workspaces install the app: each is answered with its own token, which nobody can read in the store."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from cryptography.fernet import Fernet

from bridge.channels import slack as slack_channel
from bridge.channels.slack.settings import Settings as SlackSettings
from bridge.errors import ConfigError
from bridge.stores.memory import MemoryStore, Settings
from tests.fakes.context import channel_context
from tests.fakes.core import until
from tests.fakes.server import Server
from tests.fakes.slack_server import RESET, Fault, SlackServer, broken, ratelimited, refused
from tests.fakes.slack_state import CLIENT_ID, CLIENT_SECRET
from tests.fakes.slack_world import SLACK_SECRETS, answered, on_slack, only_this_is_answered

OTHER_TOKEN = "xoxb-other-workspace"


def with_installs(slack: SlackServer) -> dict[str, str]:
    return {
        "BRIDGE_CHANNELS__SLACK__CLIENT_ID": CLIENT_ID,
        "BRIDGE_CHANNELS__SLACK__AUTHORIZE_URL": f"{slack.url}/oauth/v2/authorize",
        "BRIDGE_SERVER__PUBLIC_URL": "http://chat.example.com",
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    }


@pytest.fixture
async def store() -> MemoryStore:
    return MemoryStore(Settings())


@pytest.fixture
async def on(store: MemoryStore) -> AsyncIterator[tuple[SlackServer, Server]]:
    async with SlackServer.start() as slack:
        slack.add_team("T0OTHER", OTHER_TOKEN)
        async with on_slack(slack=slack, store=store, settings=with_installs(slack)) as both:
            await until(lambda: bool(slack.of("auth.test")), within_s=30)
            yield both


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield http


async def install(slack: SlackServer, server: Server, browser: aiohttp.ClientSession) -> tuple[int, str]:
    """What a person does: to Slack, and back with a code. Returns the last answer and where it came from."""
    async with browser.get(f"{server.url}/slack/install", allow_redirects=False) as begun:
        assert begun.status == 302
        to_slack = begun.headers["Location"]
    async with browser.get(to_slack + "&team=T0OTHER", allow_redirects=False) as agreed:
        back = urlsplit(agreed.headers["Location"])
    assert back.netloc == "chat.example.com"
    url = f"{server.url}{back.path}?{back.query}"
    async with browser.get(url) as done:
        return done.status, url


async def test_a_workspace_installs_the_app_and_is_answered_with_its_own_token(
    on: tuple[SlackServer, Server], store: MemoryStore, browser: aiohttp.ClientSession
) -> None:
    slack, server = on
    other = slack.teams["T0OTHER"]
    channel = other.direct("U1").id
    await slack.people.say("U1", channel, "Too early", team=other)
    await only_this_is_answered(slack)

    status, url = await install(slack, server, browser)
    assert status == 200
    await slack.people.say("U1", channel, "Do you ship?", team=other)
    (answer,) = await answered(slack, channel, team=other)
    assert answer.shown.strip() == "You said: Do you ship?"
    assert slack.answers(channel) == []
    kept = await store.get("slack:install:T0OTHER")
    assert kept is not None
    assert OTHER_TOKEN not in kept

    async with browser.get(url) as again:
        assert again.status in (400, 401), "a code is good once"
    await slack.people.tell({"type": "app_uninstalled"}, other)
    assert await store.get("slack:install:T0OTHER") is None
    await slack.people.say("U2", other.direct("U2").id, "Gone?", team=other)
    await only_this_is_answered(slack)


async def test_an_installation_begun_elsewhere_is_refused(
    on: tuple[SlackServer, Server], browser: aiohttp.ClientSession
) -> None:
    slack, server = on
    slack.codes["stolen"] = "T0OTHER"
    async with browser.get(f"{server.url}/slack/install", allow_redirects=False) as begun:
        state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]
    queries = [
        {},
        {"code": "stolen"},
        {"code": "stolen", "state": "9999999999.00"},
        {"code": "stolen", "state": "9" * 5_000},
        {"code": "stolen", "state": "é"},
        {"state": state, "code": "x" * 5_000},
    ]
    async with aiohttp.ClientSession() as stranger:
        for query in [*queries, {"code": "stolen", "state": state}]:
            async with stranger.get(f"{server.url}/slack/oauth", params=query) as answer:
                assert answer.status == 401, query
    for query in queries:
        async with browser.get(f"{server.url}/slack/oauth", params=query) as answer:
            assert answer.status in (400, 401), query
    assert "stolen" in slack.codes


async def returned(slack: SlackServer, server: Server, browser: aiohttp.ClientSession, **query: str) -> tuple[int, str]:
    """What a person sees who comes back from Slack."""
    async with browser.get(f"{server.url}/slack/install", allow_redirects=False) as begun:
        state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]
    async with browser.get(f"{server.url}/slack/oauth", params={"state": state, **query}) as answer:
        return answer.status, await answer.text()


async def test_who_says_no_sees_a_page(on: tuple[SlackServer, Server], browser: aiohttp.ClientSession) -> None:
    status, text = await returned(*on, browser, error="access_denied")

    assert status == 200
    assert "Nothing was installed" in text


@pytest.mark.parametrize("fault", [broken(503), broken(502), ratelimited(3), refused("invalid_auth"), RESET], ids=str)
async def test_an_installation_while_slack_is_away_can_be_tried_again(
    on: tuple[SlackServer, Server], browser: aiohttp.ClientSession, fault: Fault
) -> None:
    slack, server = on
    slack.will("oauth.v2.access", fault)
    slack.codes["good"] = "T0OTHER"
    status, text = await returned(slack, server, browser, code="good")

    assert status == 503
    assert "in a minute" in text
    assert await returned(slack, server, browser, code="good") != (503, text)


async def test_only_a_removal_after_the_installation_takes_its_token(
    on: tuple[SlackServer, Server], store: MemoryStore, browser: aiohttp.ClientSession
) -> None:
    slack, server = on
    other = slack.teams["T0OTHER"]
    await install(slack, server, browser)
    late = slack.people.envelope({"type": "app_uninstalled"}, other)
    late["event_time"] -= 300
    of_people = slack.people.envelope({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}, other)
    for envelope in (late, of_people):
        await slack.people.deliver("event", envelope)
        assert await store.get("slack:install:T0OTHER")

    await slack.people.tell({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [other.bot_user]}}, other)
    assert await store.get("slack:install:T0OTHER") is None


@pytest.mark.parametrize(
    ("secrets", "problem"),
    [
        ({}, "SLACK_CLIENT_SECRET, SLACK_ENCRYPTION_KEY"),
        ({"SLACK_CLIENT_SECRET": "secret"}, "SLACK_ENCRYPTION_KEY"),
        ({"SLACK_CLIENT_SECRET": "secret", "SLACK_ENCRYPTION_KEY": "short"}, "Fernet"),
    ],
)
async def test_installations_need_their_secrets(store: MemoryStore, secrets: dict[str, str], problem: str) -> None:
    context = channel_context(store, SLACK_SECRETS | secrets)

    with pytest.raises(ConfigError, match=problem):
        slack_channel.build(SlackSettings(client_id=CLIENT_ID), context)

"""An order is asked about, looked up at the demo shop and told, through the whole product, on every channel; each knows
the customer in its own way."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import jwt
import pytest

from tests.fakes.claude_server import KEY, ClaudeServer, serving
from tests.fakes.core import until
from tests.fakes.desk_world import CHANNELS
from tests.fakes.shop_clerk import clerk
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_world import SLACK_SECRETS
from tests.fakes.telegram_bridge import SECRET as TELEGRAM_SECRET
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_updates import Webhook
from tests.fakes.twilio_server import SENDER, TwilioServer
from tests.fakes.whatsapp_world import PUBLIC, TWILIO_SECRETS
from tests.fakes.whole_server import whole_server
from tests.fakes.widget_client import Visitor, visiting

PHONE, MAIL = "+441632960001", "maya.okafor@example.com"
ASKED = "Where is my order 1042?"
TOLD = "LW-001042 is dispatched"
SECRET = "the-secret-of-the-host-of-this-widget"
WAIT_S = 30.0

pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def claude() -> AsyncIterator[dict[str, str]]:
    async with serving(ClaudeServer(composes=clerk)) as server:
        yield {"ANTHROPIC_API_KEY": KEY, "BRIDGE_CLAUDE__BASE_URL": server.url}
        assert not server.refusals, f"a request broke the API's rules: {server.refusals}"


@pytest.mark.parametrize("channel", CHANNELS)
async def test_an_order_is_looked_up_and_told(channel: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        environ = await stack.enter_async_context(claude())
        await {"widget": _widget, "telegram": _telegram, "whatsapp": _whatsapp, "slack": _slack}[channel](
            stack, tmp_path, environ
        )


async def _widget(stack: AsyncExitStack, folder: Path, environ: dict[str, str]) -> None:
    whole = await stack.enter_async_context(whole_server(folder, **environ, WIDGET_IDENTITY_SECRET=SECRET))
    stranger = await stack.enter_async_context(visiting(whole.url))
    claims = {"sub": "C-1001", "name": "Maya", "exp": int(time.time()) + 600}
    maya = await Visitor(stranger.http, whole.url).begin(identity=jwt.encode(claims, SECRET, algorithm="HS256"))
    assert TOLD in (await maya.ask(ASKED))["text"]
    assert TOLD not in (await stranger.ask(ASKED))["text"]


async def _telegram(stack: AsyncExitStack, folder: Path, environ: dict[str, str]) -> None:
    telegram = await stack.enter_async_context(TelegramServer.start(local=True))
    wanted = {"ENABLED": "true", "API_URL": telegram.url, "REGISTER_WEBHOOK": "false"}
    environ |= {f"BRIDGE_CHANNELS__TELEGRAM__{name}": value for name, value in wanted.items()}
    environ |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_WEBHOOK_SECRET": TELEGRAM_SECRET}
    whole = await stack.enter_async_context(whole_server(folder, **environ))
    telegram.updates.set_webhook(Webhook(f"{whole.url}/telegram/webhook", TELEGRAM_SECRET), drop_pending=False)
    room = telegram.private()
    telegram.say(room, ASKED)
    await until(lambda: len(telegram.answers(room)) == 1, WAIT_S)
    assert TOLD not in telegram.answers(room)[0].text
    telegram.share_contact(room, PHONE.removeprefix("+"))
    await until(lambda: any(TOLD in message.text for message in telegram.answers(room)), WAIT_S)
    # A quick look may be over before it is told.
    assert {version.text for version in room.draft_versions} <= {"Looking up order 1042 …"}


async def _whatsapp(stack: AsyncExitStack, folder: Path, environ: dict[str, str]) -> None:
    twilio = await stack.enter_async_context(TwilioServer.start(public_url=PUBLIC))
    wanted = {"ENABLED": "true", "API_URL": twilio.url, "FROM": SENDER}
    environ |= {f"BRIDGE_CHANNELS__WHATSAPP__{name}": value for name, value in wanted.items()}
    environ |= {"BRIDGE_SERVER__PUBLIC_URL": PUBLIC, **TWILIO_SECRETS}
    whole = await stack.enter_async_context(whole_server(folder, **environ))
    twilio.target = whole.url
    maya, other = f"whatsapp:{PHONE}", "whatsapp:+441632960099"
    await twilio.says(ASKED, maya)
    await twilio.says(ASKED, other)
    await until(lambda: any(TOLD in text for text in twilio.texts(maya)), WAIT_S)
    await until(lambda: bool(twilio.texts(other)), WAIT_S)
    assert not any(TOLD in text for text in twilio.texts(other))


async def _slack(stack: AsyncExitStack, folder: Path, environ: dict[str, str]) -> None:
    slack = await stack.enter_async_context(SlackServer.start())
    slack.team.scopes.add("users:read.email")
    slack.team.accounts["U1"] = {"email": MAIL, "is_email_confirmed": True}
    wanted = {"ENABLED": "true", "API_URL": f"{slack.url}/api/", "VOUCH_EMAILS": "true"}
    environ |= {f"BRIDGE_CHANNELS__SLACK__{name}": value for name, value in wanted.items()} | SLACK_SECRETS
    whole = await stack.enter_async_context(whole_server(folder, **environ))
    slack.target = f"{whole.url}/slack/events"
    told = {}
    for user in ("U1", "U2"):
        direct = slack.team.direct(user).id
        thread = await slack.people.say(user, direct, ASKED)
        await until(lambda at=(direct, thread): bool(slack.answers(*at)), WAIT_S)  # type: ignore[misc]
        told[user] = direct, thread
    await until(lambda: any(TOLD in message.shown for message in slack.answers(*told["U1"])), WAIT_S)
    assert not any(TOLD in message.shown for message in slack.answers(*told["U2"]))

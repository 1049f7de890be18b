"""The product as it comes: a visitor of the demo page, the demo shop behind the assistant, a code by e-mail."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import PICTURES, Chat
from tests.fakes.claude_server import KEY, ClaudeServer, serving
from tests.fakes.core import until
from tests.fakes.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.fakes.shop_clerk import clerk
from tests.fakes.whole_server import whole_server
from tests.faults.server import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def claude() -> AsyncIterator[ClaudeServer]:
    async with serving(ClaudeServer(composes=clerk)) as server:
        yield server
        assert not server.refusals, f"a request broke the API's rules: {server.refusals}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mail(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MailServer]:
    async with mail_server(tmp_path_factory.mktemp("mail")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole(
    claude: ClaudeServer, mail: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    smtp = {
        "HOST": "127.0.0.1",
        "PORT": str(mail.port),
        "USER": USER,
        "FROM": "service@shop.example",
        "CA_FILE": str(mail.ca_file),
    }
    environ = {f"BRIDGE_IDENTITY__SMTP__{name}": value for name, value in smtp.items()}
    environ |= {"SMTP_PASSWORD": PASSWORD, "ANTHROPIC_API_KEY": KEY, "BRIDGE_CLAUDE__BASE_URL": claude.url}
    async with whole_server(tmp_path_factory.mktemp("shop"), **environ) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def chat(browser: Browser, whole: Server) -> AsyncIterator[Chat]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    chat = Chat(page)
    page.on("pageerror", lambda error: chat.problems.append(str(error)))
    await page.goto(whole.url)
    await expect(chat.host).to_be_attached()
    yield chat
    await context.close()
    assert chat.problems == []


async def test_a_visitor_proves_who_they_are_and_hears_where_their_order_is(
    chat: Chat, mail: MailServer, claude: ClaudeServer
) -> None:
    await chat.ask("Where is my order 1042?")
    await chat.done(1)
    await expect(chat.answers.first).not_to_contain_text("dispatched")
    await chat.ask("maya.okafor@example.com")
    await chat.done(2)
    await until(lambda: bool(mail.mails), 10)
    code = mail.code()
    await chat.ask(code)
    await chat.done(3)
    await expect(chat.answers.last).to_contain_text("is dispatched")
    await chat.page.screenshot(path=PICTURES / "demo-shop.png")
    # No model has seen what the code was, and nobody else's order is there.
    assert not any(code in json.dumps(body) for body in claude.requests)
    await chat.ask("Where is my order 1043?")
    await chat.done(4)
    await expect(chat.answers.last).to_contain_text("could not look that up")

"""Fixtures of the browser tests: a real Chromium, the real server, and a page whose every complaint is a failure."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from tests.browser.stage import HostSite, Stage, Wire
from tests.fakes.server import Server, start_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PICTURES = Path("test-results")
SUGGESTIONS = ["Can I return a bike?", "How much is a service?", "Which size do I need?"]
IDENTITY_SECRET = "a secret between the host and the widget"
SETTINGS = {
    "WIDGET_IDENTITY_SECRET": IDENTITY_SECRET,
    "BRIDGE_BUSINESS__NAME": "Larkwell Cycles",
    "BRIDGE_BUSINESS__GREETING": "Hello! Ask me about bikes.",
    "BRIDGE_BUSINESS__DISCLOSURE": "You are chatting with an AI assistant.",
    "BRIDGE_BUSINESS__SUGGESTIONS": json.dumps(SUGGESTIONS),
    "BRIDGE_BUSINESS__LINK_HOSTS": json.dumps(["larkwell.example"]),
    "BRIDGE_CHANNELS__WIDGET__EDIT_INTERVAL_S": "0.01",
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": "100000",
}

expect.set_options(timeout=8_000)


def browser_path() -> str:
    """BRIDGE_CHROMIUM, else the first browser on PATH."""
    found = os.environ.get("BRIDGE_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not found:
        pytest.fail(
            f"no browser: none of {', '.join(BROWSERS)} is on PATH; "
            "apt-get install chromium, or name one in BRIDGE_CHROMIUM"
        )
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=ARGUMENTS)
        yield browser
        await browser.close()


@dataclass(slots=True)
class World:
    """A server with its brain, its wire and a foreign host page."""

    server: Server
    stage: Stage
    wire: Wire
    host: HostSite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_world() -> AsyncIterator[World]:
    """Starting and ending a server takes a second or two, so the tests share one; each has conversations of its own."""
    stage, wire = Stage(), Wire()
    async with wire.open(), HostSite(wire).open() as host:
        origins = json.dumps([host.url, wire.url])
        settings = SETTINGS | {"BRIDGE_CHANNELS__WIDGET__ALLOWED_ORIGINS": origins}
        async with start_server(stage.answer, settings=settings) as server:
            wire.lead_to(server.url)
            yield World(server, stage, wire, host)


@pytest_asyncio.fixture(loop_scope="session")
async def world(shared_world: World) -> AsyncIterator[World]:
    yield shared_world
    shared_world.stage.clear()


@dataclass(slots=True)
class Chat:
    """The widget on a page, as a person finds it."""

    page: Page
    problems: list[str] = field(default_factory=list)
    """What the browser complained about; must be empty in the end."""
    excused: list[str] = field(default_factory=list)
    """Parts of complaints that the test brings about itself."""

    @property
    def host(self) -> Locator:
        return self.page.locator("bridge-chat")

    def part(self, selector: str) -> Locator:
        return self.host.locator(selector)

    @property
    def field(self) -> Locator:
        return self.part(".composer textarea")

    @property
    def answers(self) -> Locator:
        return self.part(".turn .md")

    @property
    def questions(self) -> Locator:
        return self.part(".question p")

    @property
    def spoken(self) -> Locator:
        return self.part("[role=status]")

    def button(self, name: str) -> Locator:
        return self.host.get_by_role("button", name=name, exact=True)

    async def ask(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def done(self, count: int = 1) -> None:
        """That many answers are complete."""
        await expect(self.part(".turn[data-phase=done] .tools")).to_have_count(count)

    async def picture(self, name: str) -> None:
        await self.page.wait_for_timeout(450)  # let the opening movement end
        await self.page.screenshot(path=PICTURES / f"{name}.png")


OpenChat = Callable[..., Awaitable[Chat]]

WATCH = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`);
});"""


@pytest_asyncio.fixture(loop_scope="session")
async def open_chat(browser: Browser, world: World) -> AsyncIterator[OpenChat]:
    """open_chat() opens the host page in a new browser profile; `context` shares one, `path` opens a page of the
    server. Other options go to the profile (viewport, color_scheme ...), `query` to the host page."""
    contexts: list[BrowserContext] = []
    chats: list[Chat] = []

    async def open_one(
        *,
        context: BrowserContext | None = None,
        path: str | None = None,
        query: dict[str, str] | None = None,
        script: str = "",
        **options: Any,
    ) -> Chat:
        if context is None:
            context = await browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
            contexts.append(context)
        page = await context.new_page()
        chat = Chat(page)
        chats.append(chat)
        _watch(chat, world)
        await page.add_init_script(WATCH + script)
        await page.goto(f"{world.host.url}/?{urlencode(query or {})}" if path is None else world.wire.url + path)
        await expect(chat.host).to_be_attached()
        return chat

    yield open_one
    for context in contexts:
        await context.close()
    for chat in chats:
        assert [problem for problem in chat.problems if not any(map(problem.__contains__, chat.excused))] == []


def _watch(chat: Chat, world: World) -> None:
    def said(kind: str, text: str) -> None:
        chat.problems.append(f"{kind}: {text}")

    def request(url: str) -> None:
        if not url.startswith((world.wire.url + "/", world.host.url + "/")) or "token" in url.lower():
            said("request", url)

    chat.page.on("console", lambda message: said("console", message.text) if message.type != "log" else None)
    chat.page.on("pageerror", lambda error: said("error", str(error)))
    chat.page.on("request", lambda asked: request(asked.url))

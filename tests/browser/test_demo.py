"""The demo page: what a visitor of the server's own address sees."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.conftest import SUGGESTIONS, OpenChat, World
from tests.browser.stage import passage

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


@pytest.mark.parametrize("look", LOOKS)
async def test_the_demo_page_is_whole_under_its_own_policy(open_chat: OpenChat, look: str) -> None:
    chat = await open_chat(path="/", reduced_motion="reduce", **LOOKS[look])
    await chat.picture(f"demo-{look}")
    if look != "phone":
        await expect(chat.part(".suggestions button")).to_have_text(SUGGESTIONS)
    wider = await chat.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider == 0, "the page does not scroll sideways"
    found = await Axe().run(chat.page)
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []


async def test_a_button_of_the_page_asks_in_the_chat(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(path="/", **LOOKS["phone"])
    await chat.page.get_by_role("button", name="Which size do I need?").click()
    talk = await world.stage.talk()
    assert talk.turn.question == "Which frame size do I need?"
    talk.answer("It depends on your height [1].", passage(1))
    await chat.done()
    await expect(chat.host.get_by_role("dialog")).to_be_visible()

"""The widget without a mouse, without sight, in four languages, on a phone, in the dark."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.conftest import SUGGESTIONS, Chat, OpenChat, World
from tests.browser.stage import passage

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "rtl": {"query": {"language": "ar", "dir": "rtl", "attributes": "data-open"}, "locale": "ar"},
    "phone": PHONE,
    "phone-dark": PHONE | {"color_scheme": "dark"},
}
ANSWER = """Yes, you have **30 days** [1].

| What | Window | Condition |
|---|---|---|
| Bike | 30 days | under 25 km, clean and complete, with its papers |
| Accessories | 60 days | unused, in their original packaging |

1. Write to hello@larkwell.example
2. Read [the page](https://larkwell.example/returns)

> A quotation.

```sh
echo a rather long line that does not fit into the panel and has to be scrolled sideways
```
"""
ARABIC = """نعم، لديك **30 يومًا** من اليوم التالي للتسليم [1].

| المنتج | المدة |
|---|---|
| دراجة | 30 يومًا |
| ملحقات | 60 يومًا |

1. راسلنا على hello@larkwell.example
2. نستلم الدراجة منك
"""


async def violations(chat: Chat) -> list[str]:
    found = await Axe().run(chat.page)
    return [
        f"{one['id']}: {node['html']} {node['failureSummary']}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
async def test_axe_finds_nothing_in_any_state(world: World, open_chat: OpenChat, look: str) -> None:
    chat = await open_chat(reduced_motion="reduce", **LOOKS[look])
    if look.startswith("phone"):
        assert await violations(chat) == []
        await chat.part(".launcher").click()
    await expect(chat.part(".greeting")).to_be_visible()
    assert await violations(chat) == [], "open"
    await chat.picture(f"widget-{look}-open")

    await chat.ask("كم المدة؟" if look == "rtl" else "How long do I have to return a bike?")
    talk = await world.stage.talk()
    talk.label("Looking it up")
    await expect(chat.part(".status")).to_have_text("Looking it up")
    talk.say(ARABIC if look == "rtl" else ANSWER)
    await expect(chat.part(".md table")).to_be_visible()
    assert await violations(chat) == [], "streaming"
    talk.end(passage(1, title="Return windows", section="Bikes"), passage(2, url="https://other.example/"))
    await chat.done()
    await chat.part("[aria-pressed]").last.click()
    await expect(chat.part(".comment textarea")).to_be_visible()
    assert await violations(chat) == [], "done"
    await chat.picture(f"widget-{look}-done")
    await chat.part(".head .tool").first.click()
    assert await violations(chat) == [], "asking for a new conversation"


async def test_everything_can_be_done_with_the_keyboard_alone(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(query={"attributes": ""})
    keys, focused = chat.page.keyboard, "document.querySelector('bridge-chat').shadowRoot.activeElement"
    launcher = chat.button("Open chat")
    await launcher.focus()
    await keys.press("Enter")
    await expect(chat.field).to_be_focused()
    await expect(chat.part(".greeting")).to_be_visible()

    await keys.type("First line")
    await keys.press("Shift+Enter")
    await keys.type("second line")
    await keys.press("Enter")
    talk = await world.stage.talk()
    assert talk.turn.question == "First line\nsecond line"
    await expect(chat.field).to_be_focused()
    talk.say("A long")
    await expect(chat.button("Stop writing")).to_be_visible()
    await keys.press("Tab")
    assert await chat.page.evaluate(f"{focused}.getAttribute('aria-label')") == "Stop writing"
    talk.say(" answer [1].")
    talk.end(passage(1))
    await chat.done()
    await expect(chat.field).to_be_focused()

    order = []
    for _ in range(8):
        await keys.press("Shift+Tab")
        order.append(
            await chat.page.evaluate(
                f"(node => node && (node.getAttribute('aria-label') || node.textContent))({focused})"
            )
        )
    assert order == [
        "Not helpful",
        "Helpful",
        "Copy answer",
        "Page 1 (opens in a new tab)",
        "Source 1",
        "Conversation",
        "Close chat",
        "New conversation",
    ]
    await keys.press("Escape")
    await expect(chat.part(".panel")).to_be_hidden()
    await expect(launcher).to_be_focused()


async def test_the_focus_is_always_visible(open_chat: OpenChat) -> None:
    chat = await open_chat()
    await expect(chat.part(".suggestions button")).to_have_count(3)
    await chat.button("New conversation").focus()
    for _ in range(7):
        outline = await chat.page.evaluate(
            """() => {
              const node = document.querySelector("bridge-chat").shadowRoot.activeElement;
              const box = node.closest(".box") || node;
              return [getComputedStyle(node).outlineStyle, getComputedStyle(box).boxShadow];
            }"""
        )
        assert outline != ["none", "none"]
        await chat.page.keyboard.press("Tab")


async def test_on_a_phone_the_panel_is_a_dialog_that_keeps_the_focus(open_chat: OpenChat) -> None:
    chat = await open_chat(query={"attributes": ""}, reduced_motion="reduce", **PHONE)
    await chat.part(".launcher").click()
    dialog = chat.host.get_by_role("dialog", name="Chat with Larkwell Cycles")
    await expect(dialog).to_have_attribute("aria-modal", "true")
    await expect(chat.part(".suggestions button")).to_have_count(3)
    box = await chat.part(".panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 780}
    await expect(chat.host.get_by_role("log")).to_be_focused()
    name = """() => {
      const node = document.activeElement.shadowRoot?.activeElement;
      return node ? node.getAttribute("aria-label") || node.textContent : document.activeElement.localName;
    }"""
    circle = [*SUGGESTIONS, "Your message", "Send", "New conversation", "Close chat", "Conversation"]
    for key, expected in (("Tab", circle), ("Shift+Tab", [*circle[-2::-1], "Conversation"])):
        visited = []
        for _ in expected:
            await chat.page.keyboard.press(key)
            visited.append(await chat.page.evaluate(name))
        assert visited == expected
    await chat.page.keyboard.press("Escape")
    await expect(chat.part(".launcher")).to_be_focused()


async def test_on_a_desktop_the_panel_holds_nobody_captive(open_chat: OpenChat) -> None:
    chat = await open_chat()
    await expect(chat.part(".suggestions button")).to_have_count(3)
    await expect(chat.host.get_by_role("region", name="Chat with Larkwell Cycles")).to_have_count(1)
    await expect(chat.host.get_by_role("dialog")).to_have_count(0)
    assert await chat.page.evaluate("document.activeElement.localName") == "body", "opening by itself takes no focus"
    await chat.page.get_by_role("link", name="A link of the page").focus()
    reached = []
    for _ in range(12):
        await chat.page.keyboard.press("Tab")
        reached.append(await chat.page.evaluate("document.activeElement.localName"))
    assert reached[-1] != "bridge-chat" or reached.count("bridge-chat") <= 8


async def test_a_screen_reader_hears_the_beginning_and_the_whole_but_not_every_word(
    world: World, open_chat: OpenChat
) -> None:
    chat = await open_chat()
    log = chat.host.get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "off")
    assert await chat.part("[aria-live=polite]").count() == 1
    await expect(chat.part(".greeting")).to_be_visible()
    await chat.host.evaluate(
        """host => {
          window.heard = [];
          const region = host.shadowRoot.querySelector("[role=status]");
          const heard = new MutationObserver(() => window.heard.push(region.textContent));
          heard.observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    await chat.ask("Hello?")
    talk = await world.stage.talk()
    for word in ("You ", "have ", "**30 ", "days** ", "[1]."):
        talk.say(word)
        await chat.page.wait_for_timeout(30)
    talk.end(passage(1))
    await chat.done()
    assert await chat.page.evaluate("window.heard") == ["Answer is being written", "You have 30 days."]
    await chat.page.reload()
    await chat.done()
    await expect(chat.spoken).to_have_text("")


async def test_an_input_method_keeps_its_enter(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.field.fill("にほん")
    await chat.field.evaluate(
        """node => { for (const more of [{ isComposing: true }, { keyCode: 229 }]) {
          node.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more }));
        } }"""
    )
    await expect(chat.field).to_have_value("にほん")
    await expect(chat.questions).to_have_count(0)


async def test_keys_typed_here_do_not_trigger_the_pages_shortcuts(open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.page.evaluate("window.pressed = 0; document.addEventListener('keydown', () => { window.pressed += 1; })")
    await chat.field.press_sequentially("/k")
    assert await chat.page.evaluate("window.pressed") == 0


@pytest.mark.parametrize(
    ("language", "attributes", "placeholder"),
    [
        ("en-GB", "data-open", "Ask a question …"),
        ("de-AT", "data-open", "Stellen Sie eine Frage …"),
        ("es", "data-open", "Haga una pregunta …"),
        ("ar", "data-open", "اطرح سؤالًا…"),
        ("en", 'data-open data-language="de"', "Stellen Sie eine Frage …"),
        ("fi", "data-open", "Ask a question …"),
        ("", "data-open", "Haga una pregunta …"),
    ],
)
async def test_it_speaks_the_pages_language(
    open_chat: OpenChat, language: str, attributes: str, placeholder: str
) -> None:
    chat = await open_chat(query={"language": language, "attributes": attributes}, locale="es-MX")
    await expect(chat.field).to_have_attribute("placeholder", placeholder)
    direction = "rtl" if language == "ar" else "ltr"
    await expect(chat.part(".bridge")).to_have_attribute("dir", direction)


async def test_arabic_is_really_mirrored(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(**LOOKS["rtl"])
    panel = await chat.part(".panel").bounding_box()
    assert panel is not None
    assert panel["x"] < 100
    await chat.ask("كم المدة؟")
    (await world.stage.talk()).answer(ARABIC, passage(1))
    await chat.done()
    question, answer = await chat.questions.bounding_box(), await chat.part(".md strong").bounding_box()
    assert question is not None
    assert answer is not None
    assert question["x"] < panel["x"] + 60, "what the person says stands at the inline end"
    assert answer["x"] > panel["x"] + panel["width"] / 2


async def test_the_theme_follows_the_system_unless_the_site_chooses(open_chat: OpenChat) -> None:
    chat = await open_chat(color_scheme="dark")
    root = chat.part(".bridge")
    await expect(root).to_have_attribute("data-scheme", "dark")
    await chat.page.emulate_media(color_scheme="light")
    await expect(root).to_have_attribute("data-scheme", "light")
    await chat.host.evaluate("node => node.setAttribute('theme', 'dark')")
    await expect(root).to_have_attribute("data-scheme", "dark")
    fixed = await open_chat(color_scheme="dark", query={"attributes": 'data-open data-theme="light"'})
    await expect(fixed.part(".bridge")).to_have_attribute("data-scheme", "light")


async def test_nothing_moves_when_motion_is_not_wanted(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(reduced_motion="reduce")
    await chat.ask("Hello?")
    talk = await world.stage.talk()
    talk.label("Looking it up")
    await expect(chat.part(".status")).to_be_visible()
    moving = "() => document.querySelector('bridge-chat').shadowRoot.getAnimations().length"
    assert await chat.page.evaluate(moving) == 0
    talk.answer("Done.")
    await chat.done()


async def test_it_can_be_seen_in_forced_colours(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat(forced_colors="active")
    await chat.ask("Hello?")
    (await world.stage.talk()).answer("Hello!")
    await chat.done()
    style = "node => getComputedStyle(node).borderTopStyle"
    assert await chat.part(".panel").evaluate(style) == "solid"
    assert await chat.questions.evaluate(style) == "solid"
    await chat.picture("widget-forced-colours")

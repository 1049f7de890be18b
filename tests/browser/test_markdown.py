"""Markdown on the page: nothing raw is ever seen while it streams, and nothing hostile ever becomes live."""

import random
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bridge.channels.widget.pages import looks
from tests.browser.conftest import OpenChat, World
from tests.browser.stage import passage

pytestmark = pytest.mark.asyncio(loop_scope="session")

PARTS = Path("bridge/channels/widget/static/widget")
NAMES = ("strings.js", "links.js", "inline.js", "blocks.js", "dom.js", "markdown.js")
LABORATORY = """
const page = { hosts: new Set(["larkwell.example"]), words: LOOK.words };
Object.assign(ICONS, LOOK.icons);
const rendered = (text, sources) => {
  const root = document.createElement("div");
  new Markdown(root, page).finish(text, sources);
  return root;
};
// What a reader sees, with code kept apart: what stands in code is meant to be raw.
const seen = (root) => {
  const copy = root.cloneNode(true);
  for (const code of copy.querySelectorAll("code, .code, sup")) code.replaceWith("\\u0000");
  return copy.textContent;
};
const RAW = [/\\*/g, /_/g, /~/g, /`/g, /\\[/g, /\\|/g, /#/g];
const counts = (text) => RAW.map((pattern) => (text.match(pattern) || []).length);
// Every prefix of `text`, drawn the way a stream draws it. Answers what went wrong.
const streamed = (text, step) => {
  const whole = rendered(text, null);
  const allowed = counts(seen(whole));
  const root = document.createElement("div");
  const growing = new Markdown(root, page);
  for (let end = step; end < text.length; end += step) {
    const prefix = text.slice(0, end);
    growing.grow(prefix);
    const found = counts(seen(root));
    const raw = found.findIndex((count, i) => count > allowed[i]);
    if (raw >= 0) return { problem: `raw ${RAW[raw]}`, prefix, html: root.innerHTML };
    const fresh = document.createElement("div");
    new Markdown(fresh, page).grow(prefix);
    if (fresh.innerHTML !== root.innerHTML) return { problem: "not as drawn at once", prefix, html: root.innerHTML };
  }
  growing.grow(text);
  growing.finish(text, null);
  if (root.innerHTML !== whole.innerHTML) return { problem: "the end differs", prefix: text, html: root.innerHTML };
  return null;
};
window.laboratory = { rendered, streamed, spokenText, liveUrl };
"""

ANSWER = """## Returns

Yes, you have **30 days** from the day after *delivery*, and `LW-` numbers help [1]. Read
[the page](https://larkwell.example/help/returns) or <https://larkwell.example/help>.

| What | Window | Note |
|:---|:---:|---:|
| **Bike** | 30 days | under `25 km` |
| Accessories | 60 days | [more](https://larkwell.example/more) |

1. Write to hello@larkwell.example
2. Pack it:
   - the ***whole*** bike
   - its ~~old~~ papers

   ```sh
   echo "**not bold**" | wc
   ```
3. Done [2].

> A quotation with **bold**
> and a second line.

---

![A picture](https://evil.example/pixel.png) and the end: 2*3*4, snake_case_name, \\*no stars\\*.
"""
ICON = {"svg", "path"}
EXPECTED_TAGS = {"P", "TABLE", "OL", "UL", "LI", "STRONG", "EM", "DEL", "CODE", "PRE", "BLOCKQUOTE", "HR", "A", "SUP"}

ALPHABET = [
    *"**__``~~[]()!#>-+|\\<>&:\n\n\n  ",
    *("**", "__", "```", "~~", "](", "![", "\n\n", "\n- ", "\n1. ", "\n> ", "\n# ", "\n|", "\n|---|", "    "),
    *(
        "a",
        "b",
        "word ",
        "two words",
        "é",
        "你",
        "🚲",
        "مرحبا",
        "1",
        "[1]",
        "[2] ",
        "https://larkwell.example/x",
        "mailto:",
    ),
    *("<b>", "javascript:", "\n```\n", "\n| a | b |\n|---|---|\n| c | d |\n", "[t](https://larkwell.example)"),
]

HOSTILE = [
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java\nscript:alert(1))",
    "[click](\tjavascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[click](vbscript:msgbox(1))",
    "[click](file:///etc/passwd)",
    "[click](//evil.example/x)",
    "[click](/widget/session)",
    "[click](https://evil.example/x)",
    "[click](https://larkwell.example@evil.example/)",
    "[click](https://larkwell.example.evil.example/)",
    "[click](https://evil.example\\@larkwell.example/)",
    "[click](https://evil.example/?q=https://larkwell.example)",
    "[click](http://larkwell.example/downgraded)",
    "[click](https://larkwell.example:8443/)",
    "[click](https://xn--lrkwell-7za.example/)",
    "[click](https://user:pass@larkwell.example/)",
    "[https://larkwell.example](https://evil.example/)",
    "[click][ref]\n\n[ref]: javascript:alert(1)",
    '[click][ref]\n\n[ref]: https://evil.example/x "t"',
    "<javascript:alert(1)>",
    "<https://evil.example/x>",
    "https://evil.example/bare",
    "www.evil.example",
    "mailto:a@evil.example [write](mailto:a@evil.example?body=x)",
    "[write](mailto:a@larkwell.example,b@evil.example)",
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x][ref]\n\n[ref]: https://evil.example/pixel.png",
    "[![x](https://evil.example/p.png)](https://evil.example/)",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<svg onload=alert(1)><a xlink:href=javascript:alert(1)>x</a></svg>",
    "<iframe src=https://evil.example></iframe>",
    "<form action=https://evil.example><input name=q></form>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<a href=https://evil.example ping=https://evil.example>x</a>",
    "<details open ontoggle=alert(1)>",
    "<base href=https://evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "&lt;img src=x onerror=alert(1)&gt; &#x6a;avascript:alert(1)",
    "```html\n<img src=https://evil.example/x onerror=alert(1)>\n```",
    "`<img src=https://evil.example/x>`",
    "| a |\n|---|\n| <img src=https://evil.example/x> [x](javascript:alert(1)) |",
    "**[*`x`*](javascript:alert(1))**",
    "> - [x](https://evil.example/)\n>   1. ![y](https://evil.example/y)",
    "[a](<javascript:alert(1)>) [b](  javascript:alert(1)  'title')",
    '[x](https://evil.example/"onmouseover="alert(1))',
    "[1](javascript:alert(1)) [2]: https://evil.example",
    "\u202ehttps://larkwell.example\u202c [x](https://evil.example/\u202e)",
    "[x](https://larkwell.example\u3002evil.example/)",
    "[__proto__](constructor) [x](blob:https://larkwell.example/1) [y](filesystem:https://larkwell.example/x)",
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def laboratory(browser: Browser) -> Any:
    """A page that holds only the Markdown part of the widget."""
    page = await browser.new_page()
    script = "\n".join((PARTS / name).read_text() for name in NAMES)
    look = looks()["en"]
    await page.evaluate(f"() => {{\nconst LOOK = {look};\n{script}\n{LABORATORY}\n}}")
    yield page
    await page.close()


async def test_a_whole_answer_is_drawn_with_all_its_parts(laboratory: Page) -> None:
    tags = await laboratory.evaluate(
        "text => [...laboratory.rendered(text, 2).querySelectorAll('*')].map((node) => node.tagName)", ANSWER
    )
    assert set(tags) >= EXPECTED_TAGS
    text = await laboratory.evaluate("text => laboratory.rendered(text, 2).textContent", ANSWER)
    assert "2*3*4, snake_case_name, *no stars*." in text
    assert 'echo "**not bold**" | wc' in text
    assert "A picture (evil.example)" in text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb", '<p dir="auto">a<br>b</p>'),
        ("**a *b* c**", '<p dir="auto"><strong>a <em>b</em> c</strong></p>'),
        ("***a***", '<p dir="auto"><em><strong>a</strong></em></p>'),
        ("**重点：**说明", '<p dir="auto"><strong>重点：</strong>说明</p>'),
        ("a ** b", '<p dir="auto">a ** b</p>'),
        ("``a`b``", '<p dir="auto"><code dir="ltr">a`b</code></p>'),
        ("# A\n## B #", None),
        ("3. c\n4. d", None),
        ("1. a\n  - b\n  - c\n2. d", None),
        ("- a\n\n  b\n- c", None),
        ("text\n- a\n* b", None),
        ("| a | b |\n|---|:-:|\n| `x|y` | c\\|d |\n| only |", None),
        ("a [1, 2] b", None),
    ],
)
async def test_the_subset(laboratory: Page, text: str, html: str | None) -> None:
    drawn = await laboratory.evaluate("text => laboratory.rendered(text, 9).innerHTML", text)
    expected = {
        "# A\n## B #": ["h1", ">A<", "h2", ">B<"],
        "3. c\n4. d": ['<ol dir="auto" start="3">', ">c<", ">d<"],
        "1. a\n  - b\n  - c\n2. d": ["<ol", ">a<", "<ul", ">b<", ">c<", "</ul></li>", ">d<", "</ol>"],
        "- a\n\n  b\n- c": ['<ul dir="auto" class="loose">', ">a<", ">b<", "</li>", ">c<"],
        "text\n- a\n* b": ["<p", "<ul", ">a<", "</ul><ul", ">b<"],
        "| a | b |\n|---|:-:|\n| `x|y` | c\\|d |\n| only |": [
            "<th",
            'class="center"',
            ">x|y<",
            ">c|d<",
            ">only<",
            "<td",
        ],
        "a [1, 2] b": ['>a<sup><button type="button" class="cite" data-cite="1"', 'data-cite="2"', "</sup> b"],
    }
    if html is not None:
        assert drawn == html
        return
    at = 0
    for part in expected[text]:
        at = drawn.find(part, at)
        assert at >= 0, f"{part} is missing in {drawn}"


async def test_no_prefix_of_an_answer_shows_raw_syntax(laboratory: Page) -> None:
    assert await laboratory.evaluate("text => laboratory.streamed(text, 1)", ANSWER) is None


async def test_no_prefix_of_any_text_shows_raw_syntax_that_the_whole_does_not(laboratory: Page) -> None:
    """Random texts from Markdown's own pieces; also, growing step by step ends exactly where drawing at once does."""
    chance = random.Random(20261122)
    texts = ["".join(chance.choices(ALPHABET, k=chance.randint(1, 40))) for _ in range(500)]
    wrong = await laboratory.evaluate(
        """texts => texts.map((text) => {
             try { return [text, laboratory.streamed(text, 1)]; } catch (error) { return [text, String(error.stack)]; }
           }).filter(([, problem]) => problem).slice(0, 3)""",
        texts,
    )
    assert wrong == []


async def test_hostile_sizes_take_no_time(laboratory: Page) -> None:
    sizes = [
        "[" * 20_000,
        "*a " * 7_000,
        "`" * 9_999 + "a",
        "> " * 9_000,
        "- " * 9_000,
        "](" * 9_000,
        "a" * 30_000,
        "<" * 20_000,
    ]
    sizes += [
        "|" * 9_000 + "\n" + "|-" * 4_500,
        "**a" * 5_000,
        "[a](" * 5_000,
        "![" * 9_000,
        "1. " * 5_000,
        "a@" * 9_000,
    ]
    took = await laboratory.evaluate(
        """texts => texts.map((text) => {
             const before = performance.now();
             laboratory.rendered(text, 3);
             laboratory.spokenText(text);
             return Math.round(performance.now() - before);
           })""",
        sizes,
    )
    assert max(took) < 1_000, took


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_hostile_becomes_live(laboratory: Page, text: str) -> None:
    found = await laboratory.evaluate(
        """text => {
          const root = laboratory.rendered(text, 3);
          document.body.replaceChildren(root);
          const attributes = [...root.querySelectorAll("*")].flatMap((node) => [...node.attributes]);
          return {
            tags: [...root.querySelectorAll("*")].map((node) => node.tagName),
            names: attributes.map((attribute) => attribute.name),
            links: [...root.querySelectorAll("[href]")].map((node) => node.href),
            text: root.textContent,
          };
        }""",
        text,
    )
    assert (
        set(found["tags"]) <= EXPECTED_TAGS | {"BR", "DIV", "SPAN", "THEAD", "TBODY", "TR", "TH", "TD", "BUTTON"} | ICON
    )
    assert not [name for name in found["names"] if name.startswith("on") or name in ("src", "style", "ping", "srcset")]
    for link in found["links"]:
        assert link.startswith("https://larkwell.example/"), link


async def test_a_foreign_link_shows_its_real_host(laboratory: Page) -> None:
    draw = "text => laboratory.rendered(text, null).textContent"
    assert (
        await laboratory.evaluate(draw, "[larkwell.example](https://evil.example/x)")
        == "larkwell.example (evil.example)"
    )
    assert await laboratory.evaluate(draw, "[our page](javascript:alert(1))") == "our page"
    assert await laboratory.evaluate(draw, "![map](https://evil.example/x.png)") == "map (evil.example)"


async def test_a_hostile_answer_starts_no_request_and_breaks_no_rule(world: World, open_chat: OpenChat) -> None:
    """In the real widget under its real policy; the page's watcher fails the test on any request or violation."""
    chat = await open_chat()
    await chat.ask("Hello?")
    talk = await world.stage.talk()
    for text in HOSTILE:
        talk.say(text + "\n\n")
    talk.end(passage(1, title="<img src=x onerror=alert(1)>", section="[x](javascript:1)", url="javascript:alert(1)"))
    await chat.done()
    live = "node => [...node.querySelectorAll('a, img, script, iframe, svg a, form, style')].map((n) => n.outerHTML)"
    links = await chat.part(".turn").evaluate(live)
    assert all(link.startswith('<a href="https://larkwell.example') for link in links), links
    await expect(chat.part(".sources li")).to_contain_text("<img src=x onerror=alert(1)>")


async def test_nothing_raw_flashes_while_a_real_answer_streams(world: World, open_chat: OpenChat) -> None:
    chat = await open_chat()
    await chat.ask("Hello?")
    talk = await world.stage.talk()
    await chat.host.evaluate(
        """host => {
          window.states = [];
          const entries = host.shadowRoot.querySelector(".entries");
          new MutationObserver(() => {
            const body = entries.querySelector(".md");
            if (!body) return;
            const copy = body.cloneNode(true);
            for (const code of copy.querySelectorAll("code, .code")) code.remove();
            window.states.push(copy.textContent);
          }).observe(entries, { subtree: true, childList: true, characterData: true });
        }"""
    )
    for character in ANSWER:
        talk.say(character)
        await chat.page.evaluate("null")  # lets the server and the browser do their part, without waiting for a clock
    talk.end(passage(1), passage(2))
    await chat.done()
    states: list[str] = await chat.page.evaluate("window.states")
    assert len(states) > 40
    for state in states:
        assert not any(mark in state for mark in ("**", "`", "](", "~~", "|", "## ", "<http")), state
    assert states[-1].strip().endswith("*no stars*.")

"""The script as it is sent: small, free of the means to inject, and complete in every language."""

import gzip
import json
import re
from pathlib import Path

import aiohttp
import pytest

from tests.browser.conftest import World

PARTS = Path("bridge/channels/widget/static/widget")
GZIPPED_BYTES_MAX = 20_000
FORBIDDEN = (
    *(
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "createContextualFragment",
    ),
    *("setHTMLUnsafe", "parseFromString", "srcdoc", "document.cookie", "postMessage", "importScripts", "new Worker"),
    *('setAttribute("style"', "http-equiv", "EventSource("),
)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_script_is_small(world: World) -> None:
    async with aiohttp.ClientSession() as client, client.get(f"{world.server.url}/widget.js") as answer:
        script = await answer.read()
    assert len(gzip.compress(script, 9)) < GZIPPED_BYTES_MAX


def test_every_part_is_in_the_script_once() -> None:
    listed = (PARTS / "order.txt").read_text().split()
    assert sorted(listed) == sorted(path.name for path in PARTS.glob("*.js"))


def test_no_part_can_inject_markup_or_code() -> None:
    for path in PARTS.glob("*.js"):
        source = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
        assert [name for name in FORBIDDEN if name in source] == [], path.name


def test_no_part_and_no_page_names_an_address_outside() -> None:
    for path in [*PARTS.iterdir(), *(PARTS.parent / "demo").iterdir()]:
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text()))
        assert addresses <= {"http://www.w3.org"}, path.name


def test_every_language_says_everything() -> None:
    said = json.loads((PARTS / "words.json").read_text())
    used = set(re.findall(r"words\.(\w+)", "".join(path.read_text() for path in PARTS.glob("*.js"))))
    used |= {"queued", "sending", "refused", "tooLong"}  # words that name a state
    assert set(said) == used
    for name, texts in said.items():
        assert list(texts) == ["en", "de", "es", "ar"], name
        assert len({tuple(re.findall(r"\{\w+\}", text)) for text in texts.values()}) == 1, name

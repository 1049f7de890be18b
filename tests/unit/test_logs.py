"""Log lines: readable, one line each, with the turn's id, and without what must not be seen."""

import json
import logging
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

import pytest

from bridge import logs
from bridge.ports import Emit
from bridge.types import Conversation, Reply, TextDelta, Turn
from tests.fakes.server import echo, start_server
from tests.fakes.widget_client import visiting

SECRET = 'hk7 "quoted" \\slash\\ ümlaut/&='
STYLES: list[Literal["json", "text"]] = ["json", "text"]

log = logging.getLogger("bridge.tests")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def setup(style: Literal["json", "text"], *secrets: str, level: str = "info") -> None:
    logs.setup(style=style, level=level, secrets=secrets)


def test_json_has_one_object_a_line_with_the_turn(capsys: pytest.CaptureFixture[str]) -> None:
    setup("json")
    with logs.turn_context("t1"):
        logs.event(log, "something happened", count=3, words="grüße\nnext \x1b[31m \u2028 \x85")
    logs.event(log, "later")

    first, later = capsys.readouterr().err.splitlines()
    read = json.loads(first)
    assert (read["event"], read["turn"], read["count"], read["level"]) == ("something happened", "t1", 3, "info")
    assert read["words"] == "grüße\nnext \x1b[31m \u2028 \x85"
    assert first.isprintable()
    assert "turn" not in json.loads(later)


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    setup("text")
    with logs.turn_context("t1"):
        logs.event(log, "something happened", level=logging.WARNING, count=3, words="two words", nothing="", who="ä")

    line = capsys.readouterr().err
    assert line[8:] == ' warning something happened turn=t1 count=3 words="two words" nothing="" who=ä\n'


@pytest.mark.parametrize("style", STYLES)
def test_nobody_can_forge_a_line(style: Literal["json", "text"], capsys: pytest.CaptureFixture[str]) -> None:
    setup(style)
    forged = "x\n12:00:00 info    turn outcome=answered\r\n\x1b[2Jx\u2028x"
    logs.event(log, "refused", why=forged, outcome="a=b c=d")
    logging.getLogger("somebody").warning("%s", forged)
    try:
        raise ValueError(forged)
    except ValueError as error:
        logs.event(log, "failed", exc_info=error)

    lines = capsys.readouterr().err.split("\n")
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("12:00:00 info    turn") for line in lines)


@pytest.mark.parametrize("style", STYLES)
def test_no_number_and_no_address_of_a_person_is_in_a_line(
    style: Literal["json", "text"], capsys: pytest.CaptureFixture[str]
) -> None:
    setup(style)
    logs.event(log, "turn", conversation="whatsapp:+441632960002", cost="+2", at="2026-11-22T10:00:00+0100")
    logs.event(
        log, "refused", error=ValueError("550 <ana.lee+x@mail.example.com> unknown, To=whatsapp%3A%2B4915112345")
    )
    lines = capsys.readouterr().err
    for personal in ("441632960002", "ana.lee", "example.com", "4915112345"):
        assert personal not in lines
    assert "whatsapp:***" in lines
    assert "+2" in lines
    assert "10:00:00+0100" in lines


@pytest.mark.parametrize("style", STYLES)
def test_secrets_are_taken_out_however_they_are_written(
    style: Literal["json", "text"], capsys: pytest.CaptureFixture[str]
) -> None:
    setup(style, SECRET, "plain-hk7-value")
    logs.event(log, "one", value=SECRET, inside=f"<{SECRET}>", listed=[SECRET], mapped={"k": SECRET})
    logs.event(log, "two", url=f"https://x/?k={quote(SECRET, safe='')}", shown=repr(SECRET), as_json=json.dumps(SECRET))
    try:
        raise ValueError(f"cannot use {SECRET} and {SECRET!r}") from KeyError("plain-hk7-value")
    except ValueError as error:
        logs.event(log, "three", exc_info=error)
    logging.getLogger("somebody").error("third party says %s", {"auth": SECRET})

    assert "hk7" not in capsys.readouterr().err


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "key",
    [
        "sk-ant-api03-hk7hk7hk7hk7",
        "sk-hk7hk7hk7hk7",
        "xoxb-123-hk7hk7hk7",
        "xapp-1-hk7hk7hk7",
        "123456789:hk7hk7hk7hk7hk7hk7hk7hk7hk7hk7hk7hk7",
        "https://old.example/bot123456789:hk7hk7hk7hk7hk7hk7hk7hk7hk7hk7hk7hk7/getMe",
        "AC" + "0123456789abcdef" * 2,
        "eyJhbGciOiJIUzI1NiJ9.hk7hk7hk7hk7.hk7hk7hk7",
        "Bearer hk7hk7hk7hk7",
    ],
)
def test_what_looks_like_a_key_is_taken_out(
    style: Literal["json", "text"], key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    setup(style)
    logs.event(log, "one", value=f"got {key}, sorry")
    try:
        raise ValueError(f"key={key}")
    except ValueError as error:
        logs.event(log, "two", exc_info=error)

    said = capsys.readouterr().err
    assert "hk7" not in said
    assert key not in said


def test_ordinary_words_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    setup("text", "short")
    logs.event(log, "one", value="short task-force risk-based 12:30 AC/DC bearer of news")

    assert "short task-force risk-based 12:30 AC/DC bearer of news" in capsys.readouterr().err


@pytest.mark.parametrize("style", STYLES)
async def test_no_line_of_a_conversation_holds_what_was_said(
    style: Literal["json", "text"], capsys: pytest.CaptureFixture[str]
) -> None:
    """At the finest level, with stops, refusals, retries and a bug in the brain on the way."""

    async def moody(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        if "break" in turn.question:
            emit(TextDelta("zebra7 half"))
            raise RuntimeError("a bug")
        return await echo(turn, conversation, emit)

    async with start_server(moody) as server, visiting(server.url) as visitor:
        setup(style, level="debug")
        turn_id = await visitor.say("zebra7 question", "zebra7-id")
        await visitor.read_turn(turn_id)
        await visitor.read_turn(await visitor.say("zebra7 break"))
        for action in ("stop", "retry", "feedback"):
            await visitor.post(f"/widget/turns/{turn_id}/{action}", {"rating": "up", "comment": "zebra7 comment"})
        await visitor.post("/widget/messages", {"text": "zebra7"})
        await visitor.post("/widget/messages", "zebra7", headers={"Authorization": "Bearer zebra7"})
        token = visitor.token

    said = capsys.readouterr().err
    assert "outcome=answered" in said or '"outcome": "answered"' in said
    assert "a bug" in said
    assert "zebra7" not in said
    assert token not in said

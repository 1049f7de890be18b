"""Whatever is posted to the webhook by whoever: 401 without the secret, 400 for what cannot be read, never 5xx."""

import asyncio
import io
import json
import math
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from bridge.errors import StoreUnavailable
from bridge.ports import Accepted
from bridge.stores import memory
from bridge.types import Inbound
from tests.fakes.brains import Gate
from tests.fakes.telegram_bridge import SECRET, telegram_bridge
from tests.fakes.telegram_updates import SECRET_HEADER

SIGNED = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
PLAIN = json.dumps({"update_id": 1, "message": {"message_id": 1}}).encode()


def update(**message: Any) -> dict[str, Any]:
    """A message in a private chat, with other fields than usual."""
    usual = {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "is_bot": False, "first_name": "A"},
        "text": "Hello?",
    }
    return {"update_id": 1, "message": usual | message}


async def raw(url: str, *headers: bytes, body: bytes = PLAIN) -> int:
    """The status of a post with these very header lines."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = [b"POST /telegram/webhook HTTP/1.1", b"Host: x", b"Connection: close", *headers]
    writer.write(b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body]))
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [b"X-Telegram-Bot-Api-Secret-Token:"],
        [b"X-Telegram-Bot-Api-Secret-Token: the-secret"],
        [b"X-Telegram-Bot-Api-Secret-Token: " + SECRET.encode() + b"x"],
        [b"X-Telegram-Bot-Api-Secret-Token: " + SECRET.upper().encode()],
        ["X-Telegram-Bot-Api-Secret-Token: schlüssel".encode()],
        [b"X-Telegram-Bot-Api-Secret-Token: \xff\xfe"],
        [b"X-Telegram-Bot-Api-Secret-Token: " + b"9" * 5_000],
        [b"Authorization: Bearer " + SECRET.encode()],
    ],
)
async def test_without_the_secret_nothing_is_read(headers: list[bytes]) -> None:
    gate = Gate()
    async with telegram_bridge(gate) as bridge:
        body = json.dumps(update()).encode()
        status = await raw(bridge.server.url, b"Content-Type: application/json", *headers, body=body)
        assert status == 401
        assert not await bridge.server.store.unfinished("telegram:5")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"\xff\xfe",
        b"update_id=1",
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": 1.5}',
        b'{"update_id": ' + b"9" * 5_000 + b"}",
        b'{"update_id": ' + b"9" * 4_000 + b"}",
        b'{"a":' * 50_000,
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_update_is_refused(body: bytes) -> None:
    async with telegram_bridge() as bridge, aiohttp.ClientSession() as http:
        answer = await http.post(f"{bridge.server.url}/telegram/webhook", data=body, headers=SIGNED)
        assert answer.status == 400
        assert SECRET not in await answer.text()


async def test_other_kinds_of_content_are_refused() -> None:
    async with telegram_bridge() as bridge, aiohttp.ClientSession() as http:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a/b/c", ""):
            headers = SIGNED | {"Content-Type": kind}
            url = f"{bridge.server.url}/telegram/webhook"
            async with http.post(url, data=json.dumps(update()), headers=headers) as answer:
                assert answer.status == 400, kind
        async with http.get(url, headers=SIGNED) as answer:
            assert answer.status == 405
        async with http.post(url, data=io.BytesIO(b" " * 1_100_000), headers=SIGNED) as answer:
            assert answer.status == 413


PLACE = {"latitude": 52.5, "longitude": 13.4}
WRONG: list[Any] = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    "\ud800",
    [],
    [1],
    {},
    {"id": 1},
    2**63,
    -(2**70),
    10**4_000,
    math.nan,
    -math.inf,
]


@pytest.mark.parametrize(
    "path",
    [
        "message",
        "edited_message",
        "callback_query",
        "stopped_message_generation",
        "my_chat_member",
        "inline_query",
        "message.chat",
        "message.chat.id",
        "message.from",
        "message.from.id",
        "message.from.first_name",
        "message.message_id",
        "message.text",
        "message.caption",
        "message.entities",
        "message.photo",
        "message.voice",
        "message.document",
        "message.location",
        "message.location.latitude",
        "message.location.longitude",
        "message.venue",
        "message.media_group_id",
        "message.message_thread_id",
        "message.is_topic_message",
        "message.reply_to_message",
        "message.reply_to_message.text",
        "message.quote",
        "message.quote.text",
        "message.sender_chat",
        "callback_query.message",
        "callback_query.message.chat",
        "callback_query.data",
        "callback_query.from",
        "stopped_message_generation.chat",
    ],
)
async def test_fields_of_any_type_are_read_or_refused(path: str) -> None:
    pressed = {"id": "1", "from": {"id": 5}, "data": "s:" + "0" * 32, "message": update()["message"]}
    usual = {
        **update(),
        "callback_query": pressed,
        "stopped_message_generation": {"chat": {"id": 5}, "draft_id": 1},
        "edited_message": update()["message"],
    }
    kind, *rest = path.split(".")
    async with telegram_bridge() as bridge, aiohttp.ClientSession() as http:
        for value in WRONG:
            sent: dict[str, Any] = json.loads(json.dumps({"update_id": 1, kind: usual.get(kind, {})}))
            owner = sent
            for name in path.split(".")[:-1]:
                owner = owner.setdefault(name, dict(PLACE) if name == "location" else {})
            owner[path.split(".")[-1]] = value
            if rest and rest[0] == "location":
                del sent["message"]["text"]
            async with http.post(f"{bridge.server.url}/telegram/webhook", json=sent, headers=SIGNED) as answer:
                assert answer.status in (200, 400), (path, value)
                if path.startswith("message.location."):
                    assert answer.status == (200 if value in (0, -1, 1.5) and value is not True else 400), value


async def test_odd_letters_are_kept_as_far_as_they_can_be() -> None:
    async with telegram_bridge() as bridge, aiohttp.ClientSession() as http:
        chat = bridge.telegram.private()
        where = {"id": chat.id, "type": "private"}
        body = update(chat=where, text="a\ud800b\0c\u202ed").copy()
        async with http.post(f"{bridge.server.url}/telegram/webhook", json=body, headers=SIGNED) as answer:
            assert answer.status == 200
        await bridge.texts(chat, "You said: a?bc\u202ed")


async def test_the_same_update_50_times_at_once_is_one_question() -> None:
    async with telegram_bridge() as bridge, aiohttp.ClientSession() as http:
        chat = bridge.telegram.private()
        body = bridge.telegram.told(bridge.telegram.write(chat, "Once?")).json()

        async def post() -> int:
            async with http.post(f"{bridge.server.url}/telegram/webhook", json=body, headers=SIGNED) as answer:
                return answer.status

        assert set(await asyncio.gather(*(post() for _ in range(50)))) == {200}
        await bridge.texts(chat, "You said: Once?")
        assert await post() == 200
        await bridge.nothing_to_do(chat)


class Away(memory.MemoryStore):
    """A store that cannot be written to."""

    async def accept(self, inbound: Inbound) -> Accepted:
        raise StoreUnavailable("away")


async def test_what_cannot_be_stored_is_not_confirmed() -> None:
    async with telegram_bridge(store=Away(memory.Settings())) as bridge, aiohttp.ClientSession() as http:
        answer = await http.post(f"{bridge.server.url}/telegram/webhook", json=update(), headers=SIGNED)
        assert answer.status == 503

"""A body goes out in pieces that put together are the JSON it says, and lets everything else go on meanwhile."""

import asyncio
import gc
import json
from base64 import b64decode, b64encode
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.brain.claude import Claude
from bridge.brain.claude_body import PIECE_BYTES, Body
from bridge.errors import ModelUnavailable
from bridge.types import File
from tests.unit.brain.made import drafted, quick, request

LARGE = 16_000_000


def sent(body: Body) -> list[bytes]:
    async def main() -> list[bytes]:
        return [piece async for piece in body]

    return asyncio.run(main())


def in_base64(value: Any) -> Any:
    match value:
        case bytes():
            return b64encode(value).decode()
        case dict():
            return {key: in_base64(inner) for key, inner in value.items()}
        case list():
            return [in_base64(inner) for inner in value]
        case _:
            return value


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
VALUES = TEXTS | st.integers() | st.booleans() | st.binary(max_size=10)


@given(st.dictionaries(TEXTS, VALUES | st.lists(VALUES, max_size=4), max_size=4))
def test_it_is_the_json_of_what_it_was_given(value: dict[str, Any]) -> None:
    body = Body(value)
    whole = b"".join(sent(body))
    assert json.loads(whole) == in_base64(value)
    assert body.size_bytes == len(whole)
    assert b"".join(sent(body)) == whole, "it can be sent again"


@pytest.mark.parametrize("size", [PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES + 2])
def test_pieces_join_without_a_seam(size: int) -> None:
    data = b"bridge!" * (size // 7) + b"." * (size % 7)
    body = Body({"files": [data, data]})
    whole = b"".join(sent(body))
    assert json.loads(whole) == {"files": [b64encode(data).decode()] * 2}
    assert body.size_bytes == len(whole)


def test_any_mapping_is_an_object() -> None:
    assert b"".join(sent(Body({"schema": MappingProxyType({"type": "object"})}))) == b'{"schema":{"type":"object"}}'


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        Body({"what": object()})
    with pytest.raises(ValueError, match="JSON"):
        Body({"what": float("nan")})


async def test_no_piece_is_large_and_between_two_everybody_has_a_turn() -> None:
    data = bytes(range(256)) * (LARGE // 256)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    pieces = [piece async for piece in Body({"a": data, "b": "c"})]
    other.cancel()
    assert b64decode(json.loads(b"".join(pieces))["a"]) == data
    assert max(map(len, pieces)) <= PIECE_BYTES * 4 // 3
    assert turns >= LARGE // PIECE_BYTES


async def test_an_answer_given_up_while_the_question_is_sent_leaves_nothing_behind() -> None:
    heads: list[bytes] = []
    over = asyncio.Event()

    async def hear_a_little(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).lower())
        await over.wait()
        writer.close()

    async with await asyncio.start_server(hear_a_little, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = quick(f"http://127.0.0.1:{port}", first_text_s=0.2).model_copy(update={"files_s": 0.0})
        model = Claude(settings, SecretStr("sk-test"))
        with pytest.raises(ModelUnavailable, match="no text"):
            await model.complete(replace(request(), files=(File("", "image/png", bytes(LARGE)),)), drafted())
        await model.aclose()
        over.set()
        await asyncio.sleep(0.01)
        gc.collect()  # what is left behind complains now, which fails the test
        await asyncio.sleep(0.01)
    [head] = heads
    assert b"content-length: 21" in head, "some proxies take nothing of unknown length"
    assert b"transfer-encoding" not in head

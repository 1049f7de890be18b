"""A system over HTTP that fails: what is known of it afterwards, and what the operator reads."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bridge.backends.http.client import HttpBackend, _same_number
from bridge.backends.http.settings import HttpSettings
from bridge.errors import BackendMissing, BackendRefused, BackendUnavailable
from tests.fakes.shop_server import (
    SECRETS,
    TOKEN,
    Act,
    DoneThenReset,
    Hang,
    Raw,
    Reset,
    ShopServer,
    Status,
    settings_table,
    shop_server,
)

READ = ("order_status", {"customer_id": "C-1001", "order_number": "1042"})
WRITE = ("discount", {"customer_id": "C-1001", "amount": {"amount": 500, "currency": "GBP"}, "reason": "late"})
SHORT_S = 0.3
"""How long a server is waited for that never answers."""
PAGE = b"<!doctype html><title>502</title>Maya Okafor"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ShopServer]:
    async with shop_server(tmp_path / "demo.db") as started:
        yield started


@pytest.fixture
async def backend(server: ShopServer) -> AsyncIterator[HttpBackend]:
    opened = HttpBackend(server.settings(response_bytes_max=10_000), SECRETS)
    yield opened
    await opened.aclose()


@pytest.fixture
async def impatient(server: ShopServer) -> AsyncIterator[HttpBackend]:
    opened = HttpBackend(server.settings(timeout_s=SHORT_S), SECRETS)
    yield opened
    await opened.aclose()


async def unavailable(backend: HttpBackend, what: tuple[str, dict[str, Any]]) -> BackendUnavailable:
    with pytest.raises(BackendUnavailable) as caught:
        await backend.call(what[0], what[1], key="turn:hash")
    return caught.value


FAILURES: list[tuple[Callable[[], Act], bool, str]] = [
    # what happens, whether a write may have been done, what the operator reads
    (Hang, True, "did not answer"),
    (Reset, True, "did not answer"),
    (DoneThenReset, True, "did not answer"),
    (lambda: Status(500), True, "with 500"),
    (lambda: Status(503), True, "with 503"),
    (lambda: Status(400), False, "with 400"),
    (lambda: Status(401), False, "with 401"),
    (lambda: Status(429), False, "with 429"),
    (lambda: Status(404, PAGE), False, "with 404"),
    (lambda: Status(302, b"", {"Location": "http://127.0.0.1:9/"}), True, "with 302"),
    (lambda: Raw(b""), True, "result"),
    (lambda: Raw(PAGE), True, "no JSON"),
    (lambda: Raw(b"\xff\xfe\x00" * 100), True, "no JSON"),
    (lambda: Raw(b"[" * 9_000), True, "no JSON"),
    (lambda: Raw(b'{"order": {}, "x": "' + b"x" * 20_000 + b'"}'), True, "more than 10000 bytes"),
    (lambda: Raw(b"[1, 2]"), True, "result"),
]


@pytest.mark.parametrize(("act", "unknown", "told"), FAILURES)
async def test_a_failure_says_whether_it_may_have_been_done(
    server: ShopServer,
    backend: HttpBackend,
    impatient: HttpBackend,
    act: Callable[[], Act],
    unknown: bool,
    told: str,
) -> None:
    asked = impatient if act is Hang else backend
    for what, may_be_done in ((READ, False), (WRITE, unknown)):
        server.script.append(act())
        if what is READ and isinstance(act(), (Reset, DoneThenReset)):
            server.script.append(act())  # a read may go out again on a new connection
        error = await unavailable(asked, what)
        server.script.clear()
        assert error.unknown == may_be_done
        assert told in str(error) or (what is WRITE and "does not fit" in str(error))
        assert what[0] in str(error)
        assert "Maya" not in str(error)
        assert TOKEN not in str(error)


async def test_a_write_is_sent_once_whatever_happens(
    server: ShopServer, backend: HttpBackend, impatient: HttpBackend
) -> None:
    for act in (Reset(), DoneThenReset(), Status(500), Status(503), Hang()):
        server.script.append(act)
        server.asked.clear()
        await unavailable(impatient if isinstance(act, Hang) else backend, WRITE)
        assert [method for method, _ in server.asked] == ["POST"]


async def test_a_write_has_a_connection_of_its_own(server: ShopServer, backend: HttpBackend) -> None:
    """On one that is kept, nobody knows whether it arrived when the other side has just hung up."""
    for what in (READ, READ, WRITE, WRITE, READ):
        await backend.call(*what, key=f"turn:{len(server.asked)}")
    first, second, third, fourth, fifth = server.connections
    assert first == second == fifth
    assert len({first, third, fourth}) == 3


async def test_nobody_there_means_nothing_was_done() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = HttpBackend(
        HttpSettings(**settings_table() | {"base_url": f"http://127.0.0.1:{port}/v1", "timeout_s": SHORT_S}), SECRETS
    )
    for what in (READ, WRITE):
        error = await unavailable(nobody, what)
        assert not error.unknown
        assert "backend.http.base_url" in str(error)
    await nobody.aclose()


async def test_the_answer_of_a_write_that_does_not_fit_names_the_field_and_quotes_nothing(
    server: ShopServer, backend: HttpBackend, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script.append(Raw(b'{"value": "five, says Maya", "currency": "GBP"}'))
    error = await unavailable(backend, WRITE)
    assert error.unknown
    assert "discount does not fit at amount" in str(error)
    assert "Maya" not in f"{error}{error.__cause__}{caplog.text}"


ORDER = b'{"name": "LW-001042", "customer": {"id": "C-1001"}, "state": "delivered", "created_at": "2026-01-02"%s}'


@pytest.mark.parametrize(
    ("order", "where"),
    [
        (b"{}", None),
        (b"null", None),
        (b"7", None),
        (ORDER.replace(b"C-1001", b"C-1002") % b"", None),
        (ORDER.replace(b'"C-1001"', b"null") % b"", None),
        (ORDER.replace(b'"C-1001"', b'["C-1001"]') % b"", None),
        (ORDER.replace(b"LW-001042", b"LW-001043") % b"", None),
        (ORDER.replace(b'"LW-001042"', b'{"a": 1}') % b"", "order_number"),
        (ORDER.replace(b"delivered", b"teleported") % b"", "status"),
        (ORDER.replace(b"2026-01-02", b"yesterday") % b"", "placed_on"),
        (ORDER % b', "total": "1.999", "currency": "GBP"', "total"),
        (ORDER % b', "total": "NaN", "currency": "GBP"', "total"),
        (ORDER % b', "total": "1.99", "currency": 7', "total.currency"),
        (ORDER % b', "total": "1.99", "currency": "pounds"', "total.currency"),
        (ORDER % b', "lines": {}', "items"),
        (ORDER % b', "lines": [{"article": "A"}]', "items[0].name"),
        (ORDER % b', "lines": [{"article": "A B", "title": "x"}]', "items.0.sku"),
        (ORDER % b', "rmas": [{}]', "returns"),
    ],
)
async def test_what_is_no_such_order_is_missing_or_unreadable(
    server: ShopServer, backend: HttpBackend, order: bytes, where: str | None
) -> None:
    server.script.append(Raw(b'{"order": %s}' % order))
    if where is None:
        with pytest.raises(BackendMissing):
            await backend.call(*READ)
    else:
        assert f"does not fit at {where}:" in str(await unavailable(backend, READ))


async def test_a_long_answer_is_cut_to_what_is_useful(server: ShopServer) -> None:
    patient = HttpBackend(server.settings(), SECRETS)
    row = b'{"article": "A", "title": "%s\\u0000\\n tail", "qty": 1}' % (b"x" * 5_000)
    server.script.append(Raw(b'{"order": %s}' % (ORDER % (b', "lines": [%s]' % b",".join([row] * 60)))))
    told = await patient.call(*READ)
    assert len(told["items"]) == 50
    assert len(told["items"][0]["name"]) == 300
    await patient.aclose()


async def test_a_key_goes_along_with_writes_only(server: ShopServer, backend: HttpBackend) -> None:
    await backend.call(*READ, key="of a read")
    await backend.call(*WRITE, key="turn:hash")
    assert server.keys == ["turn:hash"]


async def test_before_a_return_the_order_must_be_ones_own(server: ShopServer, backend: HttpBackend) -> None:
    args = {"customer_id": "C-1002", "order_number": "987", "sku": "MARKET-M", "reason": "changed_mind"}
    with pytest.raises(BackendMissing):
        await backend.call("start_return", args, key="turn:hash")
    assert [method for method, _ in server.asked] == ["GET"]


async def test_arguments_stay_what_they_are(server: ShopServer, backend: HttpBackend) -> None:
    with pytest.raises(BackendRefused):
        await backend.call("customer", {"customer_id": "../orders/1042?x=1#y"})
    assert server.asked[-1] == ("GET", "/v1/customers/..%2Forders%2F1042%3Fx=1%23y".replace("=", "%3D"))
    await backend.call("inventory", {"product": "a&q=b c%20/?"})
    assert server.asked[-1][1].startswith("/v1/products?q=a%26q%3Db+c%2520%2F%3F&size=")
    server.asked.clear()
    for customer_id in ("..", "."):
        with pytest.raises(BackendMissing):
            await backend.call("customer", {"customer_id": customer_id})
    assert not server.asked


@pytest.mark.parametrize(
    ("changes", "secrets", "sent"),
    [
        ({"auth": "none"}, {}, None),
        ({"auth": "bearer"}, {"BACKEND_TOKEN": "t"}, ("Authorization", "Bearer t")),
        ({"auth": "header", "auth_header": "X-Key"}, {"BACKEND_TOKEN": "t"}, ("X-Key", "t")),
        ({"auth": "basic"}, {"BACKEND_USER": "u", "BACKEND_PASSWORD": "ü"}, ("Authorization", "Basic dTrDvA==")),
    ],
)
async def test_it_shows_who_it_is(
    server: ShopServer, changes: dict[str, str], secrets: dict[str, str], sent: tuple[str, str] | None
) -> None:
    backend = HttpBackend(server.settings(**changes), {name: SecretStr(value) for name, value in secrets.items()})
    headers = backend._headers({})
    assert sent is None or headers[sent[0]] == sent[1]
    assert ("Authorization" in headers) == (sent is not None and sent[0] == "Authorization")
    assert not (await unavailable(backend, READ)).unknown
    await backend.aclose()


async def test_the_check_says_what_to_mend(server: ShopServer, backend: HttpBackend) -> None:
    assert "order_status" in await backend.check()
    stranger = HttpBackend(server.settings(), {"BACKEND_TOKEN": SecretStr("wrong")})
    with pytest.raises(BackendUnavailable, match="does not let us in"):
        await stranger.check()
    lost = HttpBackend(server.settings(check_path="/nowhere"), SECRETS)
    with pytest.raises(BackendUnavailable, match="check_path"):
        await lost.check()
    for opened in (stranger, lost):
        await opened.aclose()


async def test_a_hundred_at_once_do_not_wait_for_each_other(server: ShopServer) -> None:
    backend = HttpBackend(server.settings(), SECRETS)
    told = await asyncio.gather(*(backend.call(*READ) for _ in range(100)))
    assert {order["order_number"] for order in told} == {"LW-001042"}
    await backend.aclose()


@pytest.mark.parametrize(
    ("asked", "found", "same"),
    [
        ("1042", "LW-001042", True),
        ("#1042", "LW-001042", True),
        ("lw1042", "LW-001042", True),
        ("LW-1042", "1042", True),
        ("1042", "LW-001043", False),
        ("AB-1042", "LW-001042", False),
        ("ABC", "abc", True),
        ("ABC", "XYZ", False),
        ("ABC", "", False),
    ],
)
def test_an_order_is_believed_to_be_the_one_that_was_asked_for(asked: str, found: str, same: bool) -> None:
    assert _same_number(asked, found) is same

"""A session with a real server, over both transports: what it lists and answers, and every way it can fail."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bridge.errors import BackendUnavailable
from bridge.mcp.session import Session, connected
from bridge.mcp.settings import McpServerSettings
from tests.fakes.mcp_shop import SECRET
from tests.fakes.mcp_shops import over_http, stdio, until

Shop = Callable[[], AbstractAsyncContextManager[Session]]


@asynccontextmanager
async def by_pipes() -> AsyncIterator[Session]:
    async with connected(stdio(), {}) as session:
        yield session


@asynccontextmanager
async def by_http() -> AsyncIterator[Session]:
    async with over_http() as url, connected(McpServerSettings(url=url), {}) as session:
        yield session


@asynccontextmanager
async def by_plain_http() -> AsyncIterator[Session]:
    async with over_http(MCP_SHOP_JSON="1") as url, connected(McpServerSettings(url=url), {}) as session:
        yield session


@asynccontextmanager
async def by_old_pipes() -> AsyncIterator[Session]:
    async with connected(stdio(env=("MCP_SHOP_OLD",)), {"MCP_SHOP_OLD": SecretStr("1")}) as session:
        yield session


@asynccontextmanager
async def by_old_http() -> AsyncIterator[Session]:
    async with over_http(MCP_SHOP_OLD="1") as url, connected(McpServerSettings(url=url), {}) as session:
        yield session


SHOPS = pytest.mark.parametrize("shop", [by_pipes, by_old_pipes, by_http, by_plain_http, by_old_http])


@SHOPS
async def test_it_lists_and_answers(shop: Shop) -> None:
    async with shop() as session:
        listed = {tool.name: tool for tool in await session.tools()}
        assert listed["get_order"].description == "Look an order up."
        assert set(listed["get_order"].schema["properties"]) == {"customer_id", "order_number"}
        order = await session.call("get_order", {"customer_id": "C-1", "order_number": "1042"})
        assert order.structured == {"customer_id": "C-1", "status": "in transit", "carrier": "DHL"}
        assert not order.failed
        missing = await session.call("get_order", {"customer_id": "C-1", "order_number": "1043"})
        assert (missing.failed, missing.texts) == (True, ("no such order",))
        picture = await session.call("misbehave", {"how": "picture"})
        assert (picture.texts, picture.left_out) == (("a picture of it",), ("image",))
        many = await asyncio.gather(*(session.call("stock", {"sku": str(n)}) for n in range(20)))
        assert [one.structured["sku"] for one in many] == [str(n) for n in range(20)]


@SHOPS
async def test_a_failure_inside_says_its_kind_and_nothing_else(shop: Shop) -> None:
    async with shop() as session:
        with pytest.raises(BackendUnavailable) as failed:
            await session.call("misbehave", {"how": "fail"})
        assert failed.value.unknown
        assert SECRET not in str(failed.value)
        assert (await session.call("stock", {"sku": "B1"})).structured, "the session goes on"


@SHOPS
async def test_a_call_that_is_given_up_holds_nothing_up(shop: Shop) -> None:
    async with shop() as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await session.call("misbehave", {"how": "hang"})
        assert (await session.call("stock", {"sku": "B1"})).structured


@SHOPS
async def test_a_listing_that_changed_is_heard_of(shop: Shop) -> None:
    async with shop() as session:
        await session.call("misbehave", {"how": "change"})
        async with asyncio.timeout(5):
            await session.changed.wait()
        assert "late" in {tool.name for tool in await session.tools()}


async def test_what_is_too_long_is_not_read(caplog: pytest.LogCaptureFixture) -> None:
    async with by_http() as session:
        with pytest.raises(BackendUnavailable) as failed:
            await session.call("misbehave", {"how": "huge"})
        assert failed.value.unknown
        assert (await session.call("stock", {"sku": "B1"})).structured
    async with by_pipes() as session:  # whose lines cannot be passed over
        with pytest.raises(BackendUnavailable):
            await session.call("misbehave", {"how": "huge"})
        assert session.over.is_set()
    assert not caplog.records


async def test_what_a_program_prints_besides_messages_is_passed_over() -> None:
    async with by_pipes() as session:
        assert (await session.call("misbehave", {"how": "noise"})).texts == ("noise",)
        assert (await session.call("stock", {"sku": "B1"})).structured


async def test_a_program_that_dies_in_the_middle_of_a_call_leaves_it_unknown() -> None:
    async with by_pipes() as session:
        with pytest.raises(BackendUnavailable) as failed:
            await session.call("misbehave", {"how": "die"})
        assert failed.value.unknown
        assert session.over.is_set()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (McpServerSettings(command="/does/not/exist"), "there is no program '/does/not/exist'; look at `command`"),
        (stdio(env=("MCP_SHOP_BROKEN",)), "no database"),
        (McpServerSettings(command="sleep", args=("60",), start_s=0.3), "TimeoutError"),
        (McpServerSettings(url="http://127.0.0.1:9/mcp", start_s=2), "ConnectError"),
    ],
)
async def test_one_that_cannot_be_reached_says_why(settings: McpServerSettings, said: str) -> None:
    with pytest.raises(BackendUnavailable, match=said) as failed:
        async with connected(settings, {"MCP_SHOP_BROKEN": SecretStr("1")}):
            pass
    assert not failed.value.unknown


async def test_its_token_comes_from_the_environment_and_is_asked_for() -> None:
    async with over_http(MCP_SHOP_TOKEN="t0ken") as url:
        with pytest.raises(BackendUnavailable):
            async with connected(McpServerSettings(url=url), {}):
                pass
        for settings in (
            McpServerSettings(url=url, bearer="MY_TOKEN"),
            McpServerSettings(url=url, headers={"Authorization": "MY_HEADER"}),
        ):
            values = {"MY_TOKEN": SecretStr("t0ken"), "MY_HEADER": SecretStr("Bearer t0ken")}
            async with connected(settings, values) as session:
                assert await session.tools()


async def test_a_program_gets_the_variables_that_are_named_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not for others")
    settings = McpServerSettings(command=sys.executable, args=("-c", PRINT_ENV, str(tmp_path / "env")), env=("SHOP",))
    with contextlib.suppress(BackendUnavailable):
        async with connected(settings, {"SHOP": SecretStr("s"), "OTHER": SecretStr("o")}):
            pass
    env = json.loads((tmp_path / "env").read_text())
    assert env["SHOP"] == "s"
    assert not {"ANTHROPIC_API_KEY", "OTHER"} & env.keys()


PRINT_ENV = "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps(dict(os.environ)))"


async def test_http_that_goes_away_ends_the_session_and_calls_under_way(tmp_path: Path) -> None:
    tasks: list[asyncio.Task[object]] = []
    async with over_http(tmp_path, MCP_SHOP_LOG=str(tmp_path / "log")) as url:

        async def serve() -> None:
            async with connected(McpServerSettings(url=url), {}) as session:
                tasks.append(asyncio.ensure_future(session.call("misbehave", {"how": "hang"})))
                await until((tmp_path / "log").exists)
                os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
                await session.over.wait()

        async with asyncio.timeout(10):
            with pytest.raises(BackendUnavailable):
                await serve()
            await asyncio.wait(tasks)
    error = tasks[0].exception()
    assert isinstance(error, BackendUnavailable)
    assert error.unknown


async def test_a_session_that_the_server_has_forgotten_did_nothing(tmp_path: Path) -> None:
    """It was started anew meanwhile."""
    async with over_http(tmp_path, MCP_SHOP_OLD="1") as url:
        port = int(url.split(":")[2].split("/")[0])
        async with connected(McpServerSettings(url=url), {}) as session:
            await session.tools()
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
            await asyncio.sleep(0.5)
            async with over_http(port=port, MCP_SHOP_OLD="1"):
                with pytest.raises(BackendUnavailable) as failed:
                    await session.call("reserve", {})
    assert not failed.value.unknown
    assert session.over.is_set()

"""Tools of real MCP servers, connected as the documentation says, through the gateway: who may do what, and that what
happens there once happens here once."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge import config
from bridge.errors import ConfigError
from bridge.mcp.tools import McpTools, mcp_tools, with_identity
from bridge.ports import Colleague, ToolResult
from bridge.tools.settings import ToolsSettings
from bridge.types import Identity
from tests.fakes.acting import BOSS, NOBODY, Stage, call, stage
from tests.fakes.mcp_shop import SECRET
from tests.fakes.mcp_shops import over_http, until

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/mcp.md").read_text(encoding="utf-8"), re.DOTALL)
ANNA = Identity(level=1, customer_id="C-1")
ANNA_WITH_CODE = Identity(level=2, customer_id="C-1")
MISBEHAVE = '\nmisbehave = { tier = "low", bind = { customer_id = "customer" }, refuses = true }\n'
DEFAULTS = ToolsSettings(approvers=(BOSS,))


@pytest.fixture
def shop_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example's program, as it is named there."""
    program = tmp_path / "bin/shop-mcp"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m tests.fakes.mcp_shop "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@asynccontextmanager
async def connected(
    folder: Path, example: str, env: Mapping[str, str], settings: ToolsSettings = DEFAULTS
) -> AsyncIterator[tuple[Stage, McpTools]]:
    """The gateway with the servers of an example; `env` is ours."""
    path = folder / "config.toml"
    path.write_text(example)
    read = config.read(path, env)
    there = stage()
    async with mcp_tools(read.mcp, read.secrets, there.store) as servers:
        await until(lambda: bool(servers()))
        yield stage(store=there.store, tools=servers(), settings=with_identity(settings, read.mcp)), servers


@asynccontextmanager
async def shop(folder: Path, more: str = "", settings: ToolsSettings = DEFAULTS) -> AsyncIterator[Stage]:
    """By pipes. What it was asked to do is in `folder`/log."""
    example = EXAMPLES[0].replace("\n\n[mcp.servers.shop.tools.reserve]", f"{more}\n\n[mcp.servers.shop.tools.reserve]")
    example = example.replace('["SHOP_API_KEY"]', '["SHOP_API_KEY", "MCP_SHOP_LOG"]')
    env = {"SHOP_API_KEY": "k", "MCP_SHOP_LOG": str(folder / "log")}
    async with connected(folder, example, env, settings) as (there, _):
        yield there


def done(folder: Path) -> list[dict[str, Any]]:
    log = folder / "log"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


async def one(there: Stage, identity: Identity, name: str, **args: Any) -> ToolResult:
    session = await there.session(identity, key=os.urandom(4).hex())
    [result] = await there.run(session, call(name, args))
    return result


async def answers(there: Stage, name: str) -> None:
    """Waits until it does again."""
    async with asyncio.timeout(20):
        while (await one(there, NOBODY, name, sku="B1")).failed:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


def names(there: Stage) -> Sequence[str]:
    return [spec.name for spec in there.gateway.specs]


@pytest.mark.usefixtures("shop_command")
async def test_the_example_by_pipes_offers_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    async with shop(tmp_path) as there:
        assert names(there) == ["shop_get_order", "shop_reserve_item", "shop_stock"]
        order, reserve, _ = there.gateway.specs
        assert order.schema["required"] == ["order_number"]
        assert order.schema["additionalProperties"] is False
        assert list(reserve.schema["properties"]) == ["sku", "quantity"]
        assert reserve.description.startswith("Reserve an item for the customer for 24 hours")
        assert (order.reads, reserve.reads, order.strict) == (True, False, False)
        for name in ("shop_delete_account", "delete_account", "shop_misbehave", "get_order", "shop_get_order "):
            assert (await one(there, ANNA_WITH_CODE, name, customer_id="C-1")).failed
        assert done(tmp_path) == []


@pytest.mark.usefixtures("shop_command")
async def test_the_subject_is_the_sessions_and_never_the_models(tmp_path: Path) -> None:
    async with shop(tmp_path) as there:
        own = await one(there, ANNA, "shop_get_order", order_number="1042")
        assert json.loads(own.text)["status"] == "in transit"
        assert (await one(there, ANNA, "shop_get_order", order_number="1043")).failed, "somebody else's"
        forged = await one(there, ANNA, "shop_get_order", order_number="1043", customer_id="C-2")
        assert forged.failed
        stranger = await one(there, NOBODY, "shop_get_order", order_number="1042")
        assert stranger.ends == "identity"
        assert [each["args"]["customer_id"] for each in done(tmp_path)] == ["C-1", "C-1"]
        assert not (await one(there, NOBODY, "shop_stock", sku="B1")).failed, "what is nobody's needs nobody"


@pytest.mark.usefixtures("shop_command")
async def test_a_write_is_made_once_and_what_is_over_its_limit_is_approved_first(tmp_path: Path) -> None:
    async with shop(tmp_path) as there:
        session = await there.session(ANNA)
        wanted = {"sku": "B1", "quantity": 2}
        first, again = await there.run(session, call("shop_reserve_item", wanted), call("shop_reserve_item", wanted))
        assert first.text == again.text
        assert first.action
        assert first.action.does == ("booking",)
        assert len(done(tmp_path)) == 1
        assert len(done(tmp_path)[0]["args"]["key"]) > 32

        [asked] = await there.run(session, call("shop_reserve_item", {"sku": "B1", "quantity": 3}))
        assert asked.ends == "approval"
        assert len(done(tmp_path)) == 1
        [waiting] = await there.store.open_records("approval", limit=10)
        await there.approvals.decide(waiting.id, Colleague(BOSS), "approve")
        for _ in range(2):
            await there.approvals.carry_out(session.claim, waiting.id)
        assert [each["args"]["quantity"] for each in done(tmp_path)] == [2, 3]

        refused = await one(there, ANNA, "shop_reserve_item", sku="B1", quantity=9)
        assert refused.ends == "approval"
        for quantity in (0, 10, "2", None):
            assert (await one(there, ANNA, "shop_reserve_item", sku="B1", quantity=quantity)).ends == ""


UNKNOWN = ("die", "hang", "fail", "huge")


@pytest.mark.usefixtures("shop_command")
@pytest.mark.parametrize("how", UNKNOWN)
async def test_a_write_whose_answer_is_lost_goes_to_a_person_and_is_not_made_again(tmp_path: Path, how: str) -> None:
    settings = ToolsSettings(approvers=(BOSS,), timeout_s=1.0)
    async with shop(tmp_path, MISBEHAVE, settings) as there:
        session = await there.session(ANNA)
        [first] = await there.run(session, call("shop_misbehave", {"how": how}))
        assert first.ends == "person"
        assert first.action
        assert first.action.outcome == "unknown"
        [again] = await there.run(session, call("shop_misbehave", {"how": how}))
        assert again.ends == "person"
        assert len(done(tmp_path)) == 1
        assert SECRET not in first.text + again.text
        # And it is there again for others.
        await answers(there, "shop_stock")


@pytest.mark.usefixtures("shop_command")
@pytest.mark.parametrize("refuses", [True, False])
async def test_an_error_of_a_write_is_a_refusal_only_where_the_settings_say_so(
    tmp_path: Path, *, refuses: bool
) -> None:
    mapped = MISBEHAVE if refuses else MISBEHAVE.replace(", refuses = true", "")
    async with shop(tmp_path, mapped) as there:
        failed = await one(there, ANNA, "shop_misbehave", how="secret")
    assert failed.action
    assert (failed.action.outcome, failed.ends) == (("failed", "") if refuses else ("unknown", "person"))
    assert SECRET not in failed.text


@pytest.mark.usefixtures("shop_command")
async def test_results_are_data_within_their_limits(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with shop(tmp_path, MISBEHAVE) as there:
        long = await one(there, ANNA, "shop_misbehave", how="long")
        assert len(long.text) < 4_100
        assert long.text.endswith("(the rest is left out)")
        picture = await one(there, ANNA, "shop_misbehave", how="picture")
        assert picture.text == "a picture of it\n(left out: image)"
        secret = await one(there, ANNA, "shop_misbehave", how="secret")
        assert secret.failed
        assert SECRET not in secret.text
        hidden = await one(there, ANNA, "shop_misbehave", how="hidden")
        assert not {"\u202e", "\u200b"} & set(hidden.text)
        logged = " ".join(f"{record.getMessage()} {getattr(record, 'fields', '')}" for record in caplog.records)
        assert SECRET not in logged


async def test_the_example_by_http_asks_for_a_code_and_keeps_its_tools_while_its_server_is_away(tmp_path: Path) -> None:
    async with over_http(tmp_path, MCP_SHOP_TOKEN="t0ken", MCP_SHOP_LOG=str(tmp_path / "log")) as url:
        env = {"CRM_MCP_TOKEN": "t0ken", "BRIDGE_MCP__SERVERS__CRM__URL": url}
        async with connected(tmp_path, EXAMPLES[1], env) as (there, servers):
            offered = there.gateway.specs
            assert [spec.name for spec in offered] == ["crm_find_order", "crm_stock"]
            assert (await one(there, ANNA, "crm_find_order", order_number="1042")).ends == "identity"
            found = await one(there, ANNA_WITH_CODE, "crm_find_order", order_number="1042")
            assert json.loads(found.text)["carrier"] == "DHL"
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
            await until(lambda: servers.states()["crm"].startswith("away"))
            assert there.gateway.specs == offered
            away = await one(there, NOBODY, "crm_stock", sku="B1")
            assert away.failed
            assert "does not answer at the moment" in away.text
            port = int(url.split(":")[2].split("/")[0])
            async with over_http(port=port, MCP_SHOP_TOKEN="t0ken"):
                await answers(there, "crm_stock")


@pytest.mark.parametrize(("example", "missing"), [(0, "SHOP_API_KEY"), (1, "CRM_MCP_TOKEN")])
def test_a_secret_that_is_missing_is_named(tmp_path: Path, example: int, missing: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(EXAMPLES[example])
    with pytest.raises(ConfigError, match=missing):
        config.read(path, {})

"""How tools of servers are offered, and what an operator is told of those that cannot be."""

from pathlib import Path
from typing import Any

import pytest

from bridge.errors import ConfigError
from bridge.mcp.server import McpServer
from bridge.mcp.session import Answered, Listed
from bridge.mcp.settings import McpServerSettings, McpSettings
from bridge.mcp.tools import McpTools, _told, check, with_identity
from bridge.stores.memory import MemoryStore, Settings
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import Tier
from tests.fakes.mcp_shops import stdio

TEXT = {"type": "string"}
SCHEMA = {"type": "object", "properties": {"sku": TEXT, "customer_id": TEXT}, "required": ["sku", "customer_id"]}


def server(**tools: Any) -> McpServer:
    settings = McpServerSettings.model_validate({"command": "x", "tools": tools})
    made = McpServer("shop", settings, {}, MemoryStore(Settings()))
    made.listed = {name: Listed(name=name, description="Looks.", schema=SCHEMA) for name in tools}
    return made


def test_a_tool_has_the_tier_and_the_subject_of_its_settings() -> None:
    bound = {"bind": {"customer_id": "customer"}}
    shop = server(a="read", b={"tier": "read"} | bound, c={"tier": "low"} | bound, d={"tier": "high", "nobodys": True})
    by_name = {tool.name: tool for tool in McpTools([shop])()}
    facts = {name: (tool.tier, tool.subject, tool.level, tool.strict) for name, tool in by_name.items()}
    assert facts == {
        "shop_a": (Tier.READ, False, 0, False),
        "shop_b": (Tier.READ, True, 1, False),
        "shop_c": (Tier.LOW, True, 1, False),
        "shop_d": (Tier.HIGH, False, 0, False),
    }


UNUSABLE: list[tuple[Listed, dict[str, Any], str]] = [
    (Listed(name="a", description="d", schema={"type": "string"}), {}, "no object"),
    (Listed(name="a", description=" \u200b ", schema=SCHEMA), {}, "nothing of itself"),
    (Listed(name="a", description="d", schema=SCHEMA | {"title": "x" * 20_000}), {}, "too long"),
    (Listed(name="a", description="d", schema=SCHEMA), {"bind": {"who": "customer"}}, "no argument 'who'"),
    (Listed(name="a", description="d", schema=SCHEMA), {"high_over": {"amount": 5}}, "no argument 'amount'"),
]


@pytest.mark.parametrize(("listed", "settings", "why"), UNUSABLE)
def test_one_that_cannot_be_used_is_not_offered_and_the_log_says_why_once(
    listed: Listed, settings: dict[str, Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop = server(a={"tier": "read"} | settings)
    shop.listed = {"a": listed}
    tools = McpTools([shop])
    assert tools() == tools() == []
    [line] = caplog.records
    assert why in str(getattr(line, "fields", {})["why"])


@pytest.mark.parametrize(
    ("value", "tier"),
    [(5, Tier.READ), (5.5, Tier.HIGH), (6, Tier.HIGH), ("1", Tier.HIGH), (float("nan"), Tier.HIGH), (None, Tier.HIGH)],
)
def test_a_number_over_its_limit_takes_a_persons_approval(value: Any, tier: Tier) -> None:
    shop = server(a={"tier": "low", "bind": {"customer_id": "customer"}, "high_over": {"sku": 5}})
    [tool] = McpTools([shop])()
    assert tool.raises({"sku": value}, ToolsSettings()) == tier
    assert tool.raises({}, ToolsSettings()) == Tier.HIGH, "a refund without an amount is one of everything"


def test_the_settings_of_a_tool_and_of_the_gateway_only_ask_for_more() -> None:
    tools = {"a": {"tier": "read", "identity": 1}, "b": {"tier": "read", "identity": 2}, "c": "read"}
    mcp = McpSettings.model_validate({"servers": {"shop": {"command": "x", "tools": tools}}})
    levels = with_identity(ToolsSettings(identity={"shop_a": 2, "shop_b": 1, "other": 1}), mcp).identity
    assert levels == {"shop_a": 2, "shop_b": 2, "shop_c": 0, "other": 1}


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        (Answered(texts=("a", "", "b")), "a\n\nb"),
        (Answered(texts=("a",), structured={"n": 1}), '{"n": 1}'),
        (Answered(texts=("x" * 20,)), "x" * 10 + "…\n(the rest is left out)"),
        (Answered(left_out=("image", "image", "audio")), "(left out: image)\n(left out: audio)"),
        (Answered(), "(nothing)"),
    ],
)
def test_a_result_is_told_within_its_limit(answered: Answered, told: str) -> None:
    assert _told(answered, 10) == told


async def test_the_operator_is_told_what_is_there_and_what_is_missing(tmp_path: Path) -> None:
    good = McpSettings(servers={"shop": stdio(tools={"stock": {"tier": "read"}})})
    assert await check(good, {}) == ("shop (1 tools, not used: delete_account, get_order, misbehave, odd, reserve)")
    assert await check(McpSettings(), {}) == "no servers"
    wrong = {"odd": {"tier": "read"}, "gone": {"tier": "read"}}
    away = {"command": str(tmp_path / "nothing")}
    bad = McpSettings.model_validate({"servers": {"shop": stdio(tools=wrong), "away": away}})
    with pytest.raises(ConfigError) as refused:
        await check(bad, {})
    assert refused.value.problems == [
        "mcp.servers.shop.tools.odd: it has an object of anything",
        "mcp.servers.shop.tools.gone: the server has no such tool",
        f"mcp.servers.away: cannot be reached: there is no program {away['command']!r}; look at `command`",
    ]

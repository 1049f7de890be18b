"""Nothing of a server may be used that the settings do not name, and what they name must be whole."""

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.mcp.settings import McpSettings

WRITES = {"tier": "low", "bind": {"customer_id": "customer"}}


def servers(**settings: Any) -> McpSettings:
    return McpSettings.model_validate({"servers": settings})


def test_a_tier_stands_for_the_whole_and_variables_are_named() -> None:
    read = servers(
        shop={"command": "shop", "env": ["SHOP_KEY"], "tools": {"stock": "read"}},
        desk={"url": "https://desk.example/mcp", "bearer": "DESK_TOKEN", "headers": {"X-Org": "DESK_ORG"}},
        old={"command": "old", "env": ["OLD_KEY"], "enabled": False},
    )
    assert read.servers["shop"].tools["stock"].tier == "read"
    assert read.variables == {
        "SHOP_KEY": "mcp.servers.shop",
        "DESK_TOKEN": "mcp.servers.desk",
        "DESK_ORG": "mcp.servers.desk",
    }


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"Shop": {"command": "x"}}, "lower-case"),
    ({"a_b": {"command": "x"}}, "lower-case"),
    ({"shop": {}}, "either `command` or `url`"),
    ({"shop": {"command": "x", "url": "https://a.example"}}, "either `command` or `url`"),
    ({"shop": {"url": "ftp://a.example"}}, "https://"),
    ({"shop": {"url": "https://me:secret@a.example/mcp"}}, "without a name or password"),
    ({"shop": {"url": "https://a.example", "env": ["A"]}}, "go with `command`"),
    ({"shop": {"command": "x", "bearer": "A"}}, "go with `url`"),
    ({"shop": {"command": "x", "env": ["KEY=secret"]}}, "no names of environment variables"),
    ({"shop": {"url": "https://a.example", "headers": {"X-Key": "a secret"}}}, "no names of environment variables"),
    ({"shop": {"command": "x", "tools": {"stock": "anything"}}}, "'read', 'low' or 'high'"),
    ({"shop": {"command": "x", "tools": {"stock": {}}}}, "tier"),
    ({"shop": {"command": "x", "tools": {"stock": {"tier": "read", "does": ["magic"]}}}}, "'refund'"),
    ({"shop": {"command": "x", "tools": {"reserve": "low"}}}, "for whom"),
    ({"shop": {"command": "x", "tools": {"reserve": {"tier": "high", "bind": {"k": "key"}}}}}, "for whom"),
    ({"shop": {"command": "x", "tools": {"stock": {"tier": "read", "bind": {"id": "model"}}}}}, "'customer'"),
    ({"shop": {"command": "x", "tools": {"a.b": "read"}}}, "by `name`"),
    ({"shop": {"command": "x", "tools": {"x" * 41: "read"}}}, "by `name`"),
    ({"shop": {"command": "x", "tools": {"delete_account": WRITES}}}, "restricted"),
    ({"shop": {"command": "x", "tools": {"remove": WRITES | {"name": "modify_billing"}}}}, "restricted"),
    ({"shop": {"command": "x", "tools": {"a": "read", "b": {"tier": "read", "name": "a"}}}}, "would be offered as"),
]


@pytest.mark.parametrize(("settings", "said"), MISTAKES)
def test_a_mistake_is_told(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        servers(**settings)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "tool",
    [
        WRITES,
        {"tier": "high", "nobodys": True},
        {"tier": "read", "bind": {"who": "customer", "where": "conversation", "how": "key"}, "high_over": {"n": 5}},
        {"tier": "read", "name": "other"},
    ],
)
def test_a_tool_that_says_whose_matters_it_is_about_is_taken(tool: dict[str, Any]) -> None:
    servers(shop={"command": "x", "tools": {"a.b": tool | {"name": "other"}}})

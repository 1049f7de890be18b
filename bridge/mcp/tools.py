"""Tools of MCP servers as tools of ours: those that the settings name, and no others."""

import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from pydantic import SecretStr

from bridge.brain.invisible import without_invisible
from bridge.errors import BackendUnavailable, ConfigError, ToolError
from bridge.logs import event
from bridge.mcp.schema import Closed, Unusable, closed
from bridge.mcp.server import McpServer, running
from bridge.mcp.session import Answered, Listed, connected
from bridge.mcp.settings import Bound, McpSettings, McpToolSettings, offered_name
from bridge.ports import KeyValue
from bridge.tools.settings import ToolsSettings
from bridge.tools.tool import AnyTool, Done, Tier, Tool, ToolContext

log = logging.getLogger(__name__)

DESCRIPTION_CHARS_MAX = 2_000
SCHEMA_CHARS_MAX = 16_000
DIGEST_CHARS_MAX = 160
SHOWN_MAX = 30
COULD_NOT = "The system behind it could not do that: there is no such thing, or it is not possible. Nothing was done."


class McpTools:
    """The tools of all servers. Mutable: makes each of them anew when its listing does."""

    def __init__(self, servers: Sequence[McpServer]) -> None:
        self._servers = servers
        self._made: dict[tuple[str, str], tuple[Listed, AnyTool | None]] = {}

    def __call__(self) -> Sequence[AnyTool]:
        """As they are now; see bridge.tools.tool.ToolList."""
        tools = [self._tool(server, listed) for server in self._servers for listed in server.listed.values()]
        return [tool for tool in tools if tool]

    def states(self) -> Mapping[str, str]:
        """For the operator, by server."""
        return {
            server.name: server.state + (f", changed: {', '.join(sorted(server.changed))}" if server.changed else "")
            for server in self._servers
        }

    def _tool(self, server: McpServer, listed: Listed) -> AnyTool | None:
        key = server.name, listed.name
        known = self._made.get(key)
        if known is None or known[0] is not listed:
            known = self._made[key] = listed, made(server, listed)
        return known[1]


@asynccontextmanager
async def mcp_tools(
    settings: McpSettings, secrets: Mapping[str, SecretStr], memory: KeyValue
) -> AsyncIterator[McpTools]:
    """The tools of all servers that are enabled; the servers are let go of at the end."""
    servers = [McpServer(name, server, secrets, memory) for name, server in settings.servers.items() if server.enabled]
    async with running(servers):
        yield McpTools(servers)


async def check(settings: McpSettings, secrets: Mapping[str, SecretStr]) -> str:
    """Ask every server what it has: one line for the operator. May raise ConfigError, with what is missing."""
    said, wrong = [], []
    for name, server in settings.servers.items():
        if not server.enabled:
            continue
        try:
            async with connected(server, secrets) as session:
                there = {tool.name: tool for tool in await session.tools()}
        except BackendUnavailable as error:
            wrong.append(f"mcp.servers.{name}: cannot be reached: {error}")
            continue
        for tool, mapped in server.tools.items():
            if why := unusable(there[tool], mapped) if tool in there else "the server has no such tool":
                wrong.append(f"mcp.servers.{name}.tools.{tool}: {why}")
        others = sorted(there.keys() - server.tools.keys())
        more = f", not used: {', '.join(others[:SHOWN_MAX])}" if others else ""
        said.append(f"{name} ({len(server.tools)} tools{more})")
    if wrong:
        raise ConfigError(wrong)
    return "; ".join(said) or "no servers"


def unusable(listed: Listed, mapped: McpToolSettings) -> str:
    """Why a tool cannot be offered; "" when it can."""
    try:
        _arguments(listed, mapped)
    except Unusable as error:
        return str(error)
    return ""


def with_identity(tools: ToolsSettings, settings: McpSettings) -> ToolsSettings:
    """The gateway's settings, with the identity that tools of servers need: whichever asks for more."""
    levels = dict(tools.identity)
    for server, those in settings.servers.items():
        for name, tool in those.tools.items():
            offered = offered_name(server, name, tool)
            levels[offered] = max(tool.identity, levels.get(offered, tool.identity))
    return tools.model_copy(update={"identity": levels})


def made(server: McpServer, listed: Listed) -> AnyTool | None:
    """The tool, as we offer it; None when it cannot be offered: the operator is told why."""
    mapped = server.settings.tools[listed.name]
    name = offered_name(server.name, listed.name, mapped)
    try:
        arguments = _arguments(listed, mapped)
    except Unusable as error:
        words = "a tool of an MCP server is not offered: it cannot be used"
        event(log, words, level=logging.WARNING, server=server.name, tool=listed.name, why=error)
        return None
    return Tool(
        name=name,
        description=_description(listed, mapped)[:DESCRIPTION_CHARS_MAX],
        arguments=arguments,
        run=partial(_run, server, listed.name, mapped),
        tier=Tier(mapped.tier),
        raises=partial(_raised, mapped),
        subject=mapped.subject,
        level=1 if mapped.subject else 0,
        label="looking_up" if mapped.tier == "read" else "",
        does=mapped.does,
        strict=False,
    )


def _arguments(listed: Listed, mapped: McpToolSettings) -> Closed:
    """May raise Unusable."""
    if len(json.dumps(listed.schema)) > SCHEMA_CHARS_MAX:
        raise Unusable("its schema is too long")
    if not _description(listed, mapped):
        raise Unusable("it says nothing of itself; give it a `description`")
    arguments = closed(listed.schema, tuple(mapped.bind))
    if missing := mapped.high_over.keys() - arguments.kind.properties.keys():
        raise Unusable(f"it has no argument {min(missing)!r} to have a limit")
    return arguments


def _description(listed: Listed, mapped: McpToolSettings) -> str:
    return mapped.description or without_invisible(listed.description).strip()


def _raised(mapped: McpToolSettings, args: Mapping[str, Any], _: ToolsSettings) -> Tier:
    """What is no number is as good as too high, and so is one that is left out: it may stand for all there is."""
    for argument, most in mapped.high_over.items():
        value = args.get(argument)
        if not (isinstance(value, int | float) and value <= most):
            return Tier.HIGH
    return Tier.READ


async def _run(
    server: McpServer, name: str, mapped: McpToolSettings, args: Mapping[str, Any], context: ToolContext
) -> Done:
    """May raise ToolError, BackendUnavailable."""
    writes = mapped.tier != "read"
    bound = {argument: _value(kind, context) for argument, kind in mapped.bind.items()}
    answered = await server.call(name, {**args, **bound}, writes=writes)
    if answered.failed:
        if writes and not mapped.refuses:
            raise BackendUnavailable(f"{server.name} answered with an error", unknown=True)
        raise ToolError(COULD_NOT)
    text = _told(answered, mapped.result_chars_max)
    return Done(data=text, digest=f"{server.name} {name}: {text}"[:DIGEST_CHARS_MAX])


def _value(kind: Bound, context: ToolContext) -> str:
    match kind:
        case "customer":
            return context.customer_id
        case "conversation":
            return context.session.conversation.id
        case "key":
            return context.key


def _told(answered: Answered, chars_max: int) -> str:
    """What a tool says, within its limit; what is no text is named. Whatever it is, it is data."""
    text = json.dumps(answered.structured, ensure_ascii=False) if answered.structured is not None else ""
    text = text or "\n\n".join(text for text in answered.texts if text)
    left_out = "".join(f"\n(left out: {kind})" for kind in dict.fromkeys(answered.left_out))
    shortened = text if len(text) <= chars_max else f"{text[:chars_max]}…\n(the rest is left out)"
    return (shortened + left_out).strip() or "(nothing)"

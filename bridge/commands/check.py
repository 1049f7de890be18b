"""`bridge check`: verify every setting, credential, store, index and model; say what would fail and how to mend it."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from bridge import app, parts
from bridge.backends import opening
from bridge.brain import backup, prompt
from bridge.brain.knowledge import meant as cluster
from bridge.brain.knowledge.ingest import ingest
from bridge.brain.pinned import Pinned
from bridge.brain.prices import PriceList
from bridge.brain.routing.examples import read_examples
from bridge.brain.tokens import estimate
from bridge.commands import FAILED, GOOD, address, out
from bridge.commands._tools import offered
from bridge.config import Config, masked
from bridge.errors import BridgeError, ChannelError, ChannelUnavailable, ConfigError, StoreTaken, StoreUnavailable
from bridge.identity import build as identity
from bridge.mcp import tools as mcp
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.thinking import EXAMPLES
from bridge.tickets.carrier import ticket_carrier

CHANNEL_S = 15.0
"""How long a platform may take to say who we are."""
READY_S = 5.0
"""How long a bridge that runs may take to say whether it is ready."""

Check = Callable[[Config], Awaitable[str]]
"""Returns one line that says what is good. Raises BridgeError with what is not, and the fix."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace, config: Config) -> int:
    """Exit code 1 when something would fail."""
    return asyncio.run(_all(config))


async def _all(config: Config) -> int:
    code = GOOD
    out.print("✓ settings: every key is known and fits", style="green")
    checks: dict[str, Check] = {
        "store": _store,
        "embedder": _embedder,
        "knowledge": _knowledge,
        "prompt": _prompt,
        "model": _model,
        "routing": _routing,
        "backup": _backup,
        "prices": _prices,
        "backend": _backend,
        "tools": _tools,
        "mcp": _mcp,
        "tickets": _tickets,
        "channels": _channels,
        "identity": _identity,
        "address": _address,
    }
    for name, check in checks.items():
        try:
            out.print(f"✓ {name}: {await check(config)}", style="green", markup=False, soft_wrap=True)
        except BridgeError as error:
            code = FAILED
            lines = error.problems if isinstance(error, ConfigError) else [str(error)]
            for line in lines:
                out.print(f"✗ {name}: {line}", style="red", markup=False, soft_wrap=True)
    return code


async def _store(config: Config) -> str:
    try:
        async with parts.store(config) as opened:
            await opened.check()
            gauges = await opened.gauges()
    except StoreTaken:
        match await _ready(config):
            case None:
                raise
            case False:
                where = f"{address(config.server)}/readyz"
                raise ConfigError([f"the bridge that runs here is not ready; {where} says which part"]) from None
        return f"{masked(config.store.settings.url)} takes messages in the bridge that runs here"
    return f"{masked(config.store.settings.url)} takes messages; {gauges.turns_waiting} waiting"


async def _embedder(config: Config) -> str:
    async with parts.embedder(config) as embedder:
        vectors = await embedder.embed(["Is anybody there?"], "query")
    return f"{embedder.id} answers with {vectors.shape[1]} dimensions"


async def _knowledge(config: Config) -> str:
    async with parts.embedder(config) as embedder:
        report = await ingest(config.knowledge, embedder, dry_run=True)
    if report.problems:
        raise ConfigError([f"{problem.where}: {problem.message}" for problem in report.problems])
    index = f"the index {report.version}" if report.version else "no index yet"
    todo = f"{report.embedded} chunks to embed" if report.rebuilt else "up to date"
    told = f"{report.files} documents, {report.chunks} chunks; {index}: {todo}"
    return told + await _meant(config, report.version)


async def _meant(config: Config, version: str) -> str:
    """Whether the folder here holds the index that is meant, where several processes share a store."""
    if not getattr(config.store.settings, "shared", False):
        return ""
    try:
        async with parts.store(config) as opened:
            meant = await cluster.read(opened)
    except (ConfigError, StoreUnavailable):
        return ""  # the line on the store says so
    if meant is None or meant.version == version:
        return "" if meant is None else ", and the one that every process is to have"
    fix = "share knowledge.index_path among all processes, or run bridge ingest for this folder too"
    raise ConfigError([f"the folder here holds the index {version or '(none)'}, and {meant.version} is meant: {fix}"])


async def _prompt(config: Config) -> str:
    pinned = Pinned(config.prompt, config.knowledge)
    await pinned.refresh()
    if pinned.problems:
        raise ConfigError(list(pinned.problems))
    specs = await offered(config)
    system = prompt.system_prompt(config.prompt, config.business, pinned(), tools=bool(specs))
    tokens = estimate(system, *map(prompt.written, specs))
    said = f"template {config.prompt.template}, version {prompt.version(system)}, about {tokens} tokens"
    return f"{said} with {len(specs)} tools" if specs else said


async def _model(config: Config) -> str:
    if not config.claude.is_used(config.secrets):
        return "none: answers are quoted from the knowledge base; set ANTHROPIC_API_KEY for Claude"
    from bridge.brain import claude

    return await claude.check(config.claude, config.secrets.get(config.claude.secret))


async def _routing(config: Config) -> str:
    if not config.claude.is_used(config.secrets):
        return "none: without Claude every answer is quoted"
    if not config.routing.enabled:
        return f"none: every question goes to {config.claude.tier}"
    own = [config.routing.examples] if config.routing.examples else []
    try:
        examples = read_examples(config.routing.base_examples or EXAMPLES, *own)
    except ConfigError as error:
        raise ConfigError([problem.removeprefix("routing: ") for problem in error.problems]) from error
    return f"learns from {len(examples):,} examples"


async def _backup(config: Config) -> str:
    model = backup.build(config.backup, config.secrets)
    if model is None:
        return "none: when Claude is away answers are quoted; set [backup] for a model of another provider"
    try:
        return await model.check()
    finally:
        await model.aclose()


async def _prices(config: Config) -> str:
    models = [config.backup.model] if config.backup.model else []
    if config.claude.is_used(config.secrets) or config.claude.provider != "anthropic":
        tiers = config.claude.tiers
        models += [tier.model for tier in (tiers.haiku, tiers.sonnet, tiers.opus)]
    prices = PriceList.of(config.prices)
    if missing := prices.unknown(*models):
        raise ConfigError(missing)
    day, month = (
        "without a limit" if limit is None else f"at most ${limit}"
        for limit in (config.budget.day, config.budget.month)
    )
    return f"{prices.told(*models)}; {day} a day, {month} a month"


async def _backend(config: Config) -> str:
    backend = opening.build(config.backend, config.secrets, config.store.settings.url)
    if backend is None:
        return "none: no tool looks anything up or changes it; set [backend] to connect the business's own system"
    try:
        return await backend.check()
    finally:
        await backend.aclose()


async def _tools(config: Config) -> str:
    if not config.tools.enabled:
        return "off: the assistant looks nothing up and does nothing; set tools.enabled"
    names = f"{len(await offered(config))} offered, besides those of MCP servers"
    if not config.desk.slack_channel:
        return f"{names}; what people must approve is passed on to a person: set desk.slack_channel for a desk"
    if not config.tools.approvers:
        return f"{names}; nobody may approve anything, so it is passed on to a person: set tools.approvers"
    return f"{names}; {len(config.tools.approvers)} people may approve"


async def _mcp(config: Config) -> str:
    return await mcp.check(config.mcp, config.secrets)


async def _tickets(config: Config) -> str:
    carrier = ticket_carrier(MemoryStore(MemorySettings()), config.tickets, config.secrets)
    try:
        return await carrier.check()
    finally:
        await carrier.close()


async def _channels(config: Config) -> str:
    if not config.channels:
        raise ConfigError(["no channel is enabled: nobody can reach the assistant; set channels.widget.enabled"])
    good, problems = [], []
    for name, channel in app.speechless(config).items():
        try:
            async with asyncio.timeout(CHANNEL_S):
                good.append(f"{name}: {await channel.check()}")
        except (ChannelUnavailable, TimeoutError) as error:
            fix = f"look at the network and at channels.{name}.api_url"
            problems.append(f"{name}: {str(error) or 'no answer'}; {fix}")
        except ChannelError as error:
            problems.append(f"{name}: {error}")
        finally:
            await channel.close()
    if problems:
        raise ConfigError(problems)
    return "; ".join(good)


async def _identity(config: Config) -> str:
    ways = identity.ways(config.identity, config.secrets, config.business.name)
    try:
        return await identity.checked(ways)
    finally:
        if ways.verifier:
            await ways.verifier.aclose()


async def _address(config: Config) -> str:
    state = "is free"
    try:
        app.listen(config.server).close()
    except ConfigError:
        if await _ready(config) is None or not await _has_our_store(config):
            raise
        state = "is where bridge runs"
    return f"{config.server.host}:{config.server.port} {state}; the world knows it as {config.server.public_url}"


async def _has_our_store(config: Config) -> bool:
    """Whether the bridge at our address is ours, as far as that can be told: a store of several tells nothing."""
    if getattr(config.store.settings, "shared", False):
        return True
    try:
        async with parts.store(config):
            return False
    except StoreTaken:
        return True


async def _ready(config: Config) -> bool | None:
    """What the bridge at our own address says of itself; None when there is none."""
    timeout = aiohttp.ClientTimeout(total=READY_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"{address(config.server)}/readyz") as answer,
        ):
            told = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
    return bool(told["ready"]) if isinstance(told, dict) and "ready" in told else None

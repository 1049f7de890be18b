"""The composition root: Config -> objects -> a running server. The only file that names concrete classes."""

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bridge import ports
from bridge.brain.brain import Brain
from bridge.brain.cascade import ModelRung, Rung
from bridge.brain.extractive import Extractive
from bridge.brain.knowledge.embedders import open_embedder
from bridge.brain.knowledge.library import Library, open_library
from bridge.brain.phrases import Voice
from bridge.config import Config, ServerSettings
from bridge.dispatch import Dispatch
from bridge.errors import ConfigError
from bridge.jobs import Job, running
from bridge.logs import event
from bridge.ports import Channel, ChannelContext, Embedder, Store
from bridge.turn import TurnRunner
from bridge.types import Turn
from bridge.web import Status, application, runner

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

FILES_WANTED = 65_536
BACKLOG = 512
"""Connections that may wait to be accepted."""
_LOOPBACK = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a server is put together from, open and ready."""

    store: Store
    brain: ports.Brain
    apology: Callable[[Turn], str]
    """Words the reply to a question that could not be answered."""
    status: Status = dict
    """What /readyz tells besides the store."""
    jobs: Sequence[Job] = ()


Ready = Callable[[str, dict[str, Any]], None]
"""Called with the server's address and status once it listens."""


def embedder(config: Config) -> AbstractAsyncContextManager[Embedder]:
    """The embedder that the configuration names, open. May raise ConfigError, EmbedderError."""
    plugin = config.embedder
    return open_embedder(plugin.module, plugin.settings, plugin.secrets)


def store(config: Config) -> AbstractAsyncContextManager[Store]:
    """The store that the configuration names, open. May raise ConfigError."""
    built: AbstractAsyncContextManager[Store] = config.store.module.build(config.store.settings)
    return built


def voice(config: Config) -> Voice:
    """How the business speaks."""
    return Voice(config.business, config.phrases)


@asynccontextmanager
async def brain(config: Config, library: Library, speaker: Embedder) -> AsyncIterator[Brain]:
    """The brain with its rungs, best first; the extractive one always answers."""
    spoken = voice(config)
    rungs: list[Rung] = [Extractive(config.extractive, spoken, speaker)]
    close = None
    if key := config.secrets.get("ANTHROPIC_API_KEY"):
        # Importing the SDK takes seconds: only when it is needed, and never in a request.
        from bridge.brain.claude import Claude

        claude = Claude(config.claude, key)
        close = claude.aclose
        rungs.insert(0, ModelRung("claude", claude, config.prompt, spoken))
    try:
        yield Brain(retriever=library.retriever, rungs=rungs, voice=spoken, passages_max=config.knowledge.passages_max)
    finally:
        if close:
            await close()


def origins(server: ServerSettings, port: int) -> tuple[str, ...]:
    """The origins of our own pages: as configured, and where we listen."""
    public = urlsplit(server.public_url)
    own = {f"{public.scheme}://{public.netloc}", f"http://{server.host}:{port}"}
    if alias := _LOOPBACK.get(server.host):
        own.add(f"http://{alias}:{port}")
    return tuple(sorted(own))


def channels(config: Config, dispatch: Dispatch, opened: Store, port: int) -> Mapping[str, Channel]:
    """Every enabled channel, by name."""
    business = config.business.model_dump(
        mode="json", include={"name", "disclosure", "greeting", "suggestions", "link_hosts"}
    )
    return {
        name: plugin.module.build(
            plugin.settings,
            ChannelContext(
                receive=dispatch.receive,
                stop=dispatch.stop,
                store=opened,
                public_url=config.server.public_url,
                origins=origins(config.server, port),
                secrets=plugin.secrets,
                business=business,
            ),
        )
        for name, plugin in config.channels.items()
    }


async def serve(config: Config, *, progress: Progress, ready: Ready) -> None:
    """Run until SIGTERM or SIGINT: then begin no more turns, let running answers end, hand over the rest. A signal
    before the server listens cancels. May raise ConfigError, KnowledgeError, EmbedderError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    starting = asyncio.current_task()
    assert starting is not None

    def stop_serving(url: str, status: dict[str, Any]) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        ready(url, status)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, starting.cancel)
    # Before a minute is spent on an index: is the port free?
    listen(config.server).close()
    _allow_many_files()
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(store(config))
        speaker = await stack.enter_async_context(embedder(config))
        library = await open_library(config.knowledge, speaker, progress)
        stack.callback(library.close)
        thinking = await stack.enter_async_context(brain(config, library, speaker))
        rungs = [rung.name for rung in thinking.rungs]
        parts = Parts(
            store=opened,
            brain=thinking,
            apology=thinking.voice.apology,
            status=lambda: {"index": library.status(), "models": {"rungs": rungs}},
            jobs=[Job("reindex", config.knowledge.poll_interval_s, library.refresh)],
        )
        await run(config, parts, ready=stop_serving, stop=stop)


async def run(config: Config, parts: Parts, *, ready: Ready, stop: asyncio.Event) -> None:
    """Serve until `stop`. May raise ConfigError."""
    listening = listen(config.server)
    port = listening.getsockname()[1]
    dispatch = Dispatch(parts.store, turns_max=config.server.turns_max, drain_s=config.server.drain_s)
    speaking = channels(config, dispatch, parts.store, port)
    turns = TurnRunner(
        store=parts.store,
        channels=speaking,
        brain=parts.brain,
        apology=parts.apology,
        turns_max=config.prompt.history_turns_max,
    )
    routes = [channel.routes() for channel in speaking.values()]
    web_app = application(
        store=parts.store, routes=routes, status=parts.status, trusted_proxies=config.server.trusted_proxies
    )
    server = runner(web_app)
    await server.setup()
    site = web.SockSite(server, listening, backlog=BACKLOG)
    try:
        with running(parts.jobs):
            async with asyncio.TaskGroup() as group:
                group.create_task(dispatch.run(turns))
                await site.start()
                host = f"[{config.server.host}]" if ":" in config.server.host else config.server.host
                ready(f"http://{host}:{port}/", parts.status())
                await stop.wait()
                event(log, "shutting down", drain_s=config.server.drain_s)
                # Open event streams stay until the running answers have ended; only new connections are refused.
                await site.stop()
                dispatch.close()
    finally:
        await server.cleanup()


def listen(server: ServerSettings) -> socket.socket:
    """A listening socket, so that the port is known before anything is built on it. May raise ConfigError."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    try:
        return socket.create_server((server.host, server.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigError(
            [f"server.port: cannot listen on {server.host}:{server.port}: {error.strerror}; name another with --port"]
        ) from error


def _allow_many_files() -> None:
    """Every open stream is a file; the usual soft limit of 1,024 is far below what a process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

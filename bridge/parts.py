"""What a process is put together from, by its role: an ingress has no brain and is there at once, a scheduler builds
the index, whoever answers has everything. What is slow to import is imported only where it is needed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bridge import ports
from bridge.backends import opening as backends
from bridge.brain.phrases import PhrasesSettings, Voice
from bridge.brain.settings import BusinessSettings
from bridge.config import Config
from bridge.desk import parcels
from bridge.errors import KnowledgeError, StoreUnavailable
from bridge.identity.known import Known
from bridge.jobs import Job
from bridge.leader import Alone, Cluster, Shared
from bridge.logs import event
from bridge.media.files import FileReader
from bridge.media.settings import FilesSettings
from bridge.ports import Embedder, Say, Store
from bridge.roles import DUTIES
from bridge.tickets.carrier import DESK
from bridge.types import Conversation, Reply, Turn
from bridge.web import Status

if TYPE_CHECKING:
    from bridge.brain.knowledge.library import Library

Progress = Callable[[int, int], None]

log = logging.getLogger(__name__)

STORE_S = 15.0
"""How long a start waits for a store that does not answer: it may be starting beside us."""
STORE_LOOK_S = 1.0
WARM_S = 60.0
"""Processes that start within so long of each other fill the models' caches once."""


class NoBrain:
    """The brain of a process that answers nothing: nobody asks it."""

    async def answer(self, turn: Turn, conversation: Conversation, *_: Any, **__: Any) -> Reply:
        raise AssertionError("this process answers nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Open and ready."""

    store: Store
    brain: ports.Brain = field(default_factory=NoBrain)
    apology: Callable[[Turn], str] = lambda _: ""
    """Words the reply to a question that could not be answered."""
    reader: FileReader = field(default_factory=lambda: FileReader(settings=FilesSettings()))
    say: Say = field(default_factory=lambda: saying(Voice(BusinessSettings(), PhrasesSettings())))
    status: Status = dict
    """What /readyz tells besides the store."""
    jobs: Sequence[Job] = ()
    opened: Callable[[], Coroutine[Any, Any, Any]] | None = None
    """What is waited for before turns are claimed: an index that another process builds."""
    begin: Callable[[], Coroutine[Any, Any, None]] | None = None
    """What is done once, beside the first messages."""
    identities: Known | None = None
    """Who customers are; None where nobody is known."""
    approvals: ports.Approvals | None = None
    """What waits for a person's yes."""
    doubts: ports.Gate | None = None
    """Calls a person where nobody knows what an earlier attempt at a turn did."""
    cluster: Cluster = field(default_factory=Alone)
    """The processes that share the store."""


@asynccontextmanager
async def embedder(config: Config) -> AsyncIterator[Embedder]:
    """The embedder that the configuration names, open; it embeds a question once. May raise ConfigError,
    EmbedderError."""
    from bridge.brain.knowledge.embedders import open_embedder
    from bridge.brain.knowledge.remembering import Remembering

    plugin = config.embedder
    async with open_embedder(plugin.module, plugin.settings, plugin.secrets) as opened:
        yield Remembering(opened)


def store(config: Config) -> AbstractAsyncContextManager[Store]:
    """The store that the configuration names, open. May raise ConfigError, StoreUnavailable."""
    plugin = config.store
    secrets = {"secrets": plugin.secrets} if getattr(plugin.module, "SECRETS", ()) else {}
    built: AbstractAsyncContextManager[Store] = plugin.module.build(plugin.settings, **secrets)
    return built


def voice(config: Config) -> Voice:
    """How the business speaks."""
    return Voice(config.business, config.phrases)


def saying(voice: Voice) -> Say:
    """Its fixed sentences."""
    return lambda name, text: voice.say(voice.language(text), name)


@asynccontextmanager
async def gathered(config: Config, progress: Progress) -> AsyncIterator[Parts]:
    """What the configured role needs, open. May raise ConfigError, StoreUnavailable, KnowledgeError, EmbedderError."""
    duties = DUTIES[config.server.role]
    async with AsyncExitStack() as stack:
        opened = await _opened(config, stack)
        parts = Parts(
            store=opened,
            say=saying(voice(config)),
            cluster=Shared(opened) if config.store_is_shared else Alone(),
        )
        if duties.turns:
            parts = await _thinking(config, parts, stack, progress)
        else:
            parts = await _hearing(config, parts, stack)
            if duties.timers:
                parts = await _building(config, parts, stack, progress)
        yield parts


async def _opened(config: Config, stack: AsyncExitStack) -> Store:
    """The store, once it answers. May raise ConfigError, StoreUnavailable."""
    clock = asyncio.get_running_loop().time
    until, told = clock() + STORE_S, False
    while True:
        try:
            return await stack.enter_async_context(store(config))
        except StoreUnavailable as error:
            if clock() >= until:
                raise
            if not told:
                event(log, "the start waits for the store", level=logging.WARNING, error=error, at_most_s=STORE_S)
            told = True
        await asyncio.sleep(STORE_LOOK_S)


async def _hearing(config: Config, parts: Parts, stack: AsyncExitStack) -> Parts:
    """Of a process that takes messages and clicks, and answers nothing. What somebody approves is read by its tool."""
    backend = _backend(config, stack)
    known = Known(parts.store, config.identity, backend)
    if not (config.desk.slack_channel and config.tools.enabled):
        return replace(parts, identities=known)
    from bridge.mcp.tools import mcp_tools, with_identity
    from bridge.toolbox import toolbox

    servers = await stack.enter_async_context(mcp_tools(config.mcp, config.secrets, parts.store))
    settings = with_identity(config.tools, config.mcp)
    box = toolbox(settings, parts.store, voice(config), retriever=None, backend=backend, more=servers)
    return replace(parts, identities=known, approvals=box.approvals)


async def _building(config: Config, parts: Parts, stack: AsyncExitStack, progress: Progress) -> Parts:
    """Of a process that builds the index for others. May raise ConfigError, KnowledgeError, EmbedderError."""
    from bridge.brain.knowledge.library import open_library

    speaker = await stack.enter_async_context(embedder(config))
    library = await open_library(config.knowledge, speaker, progress, store=parts.store)
    stack.callback(library.close)
    return replace(
        parts,
        status=lambda: {"index": library.status()},
        jobs=await _index_jobs(config, library, builds=True),
    )


async def _thinking(config: Config, parts: Parts, stack: AsyncExitStack, progress: Progress) -> Parts:
    """Of a process that answers. May raise ConfigError, KnowledgeError, EmbedderError."""
    from bridge.brain.knowledge.library import open_library
    from bridge.mcp.tools import mcp_tools, with_identity
    from bridge.media import openai_transcriber
    from bridge.thinking import thinking
    from bridge.toolbox import toolbox

    opened, builds = parts.store, DUTIES[config.server.role].timers
    speaker = await stack.enter_async_context(embedder(config))
    library = await open_library(config.knowledge, speaker, progress, store=opened, builds=builds)
    stack.callback(library.close)
    backend = _backend(config, stack)
    servers = await stack.enter_async_context(mcp_tools(config.mcp, config.secrets, opened))
    known = Known(opened, config.identity, backend)
    box = toolbox(
        with_identity(config.tools, config.mcp),
        opened,
        voice(config),
        retriever=library.retriever,
        backend=backend,
        # A conversation that people take over has a card at the desk anyway.
        sinks=(*config.tickets.sinks, *((DESK,) if config.desk.slack_channel else ())),
        more=servers,
        cards=_approval_cards(config),
    )
    thought = await stack.enter_async_context(
        thinking(
            config,
            library,
            speaker,
            opened,
            tools=box.gateway if config.tools.enabled else None,
            identities=known,
            hinted=config.store_is_shared,
        )
    )
    transcriber = openai_transcriber.build(config.transcriber, config.secrets)
    if transcriber:
        stack.push_async_callback(transcriber.aclose)

    def status() -> dict[str, Any]:
        mcp = servers.states()
        told = {"index": library.status(), "models": thought.states()}
        return told | ({"mcp": mcp} if mcp else {})

    return replace(
        parts,
        brain=thought.brain,
        apology=thought.brain.voice.apology,
        reader=FileReader(settings=config.files, transcriber=transcriber, looks=config.claude.is_used(config.secrets)),
        say=saying(thought.brain.voice),
        status=status,
        jobs=[*await _index_jobs(config, library, builds=builds), *thought.jobs],
        opened=library.opened,
        begin=lambda: thought.begin(warms=lambda: parts.cluster.once("warm", WARM_S)),
        identities=known,
        approvals=box.approvals,
        doubts=box.gate,
    )


async def _index_jobs(config: Config, library: "Library", *, builds: bool) -> list[Job]:
    """Every process follows the index; of those that share its folder, one builds."""
    from bridge.brain.knowledge.library import LOOK_S

    follow = Job("index", LOOK_S, library.follow)
    if not builds:
        return [follow]
    folder = ""
    with suppress(KnowledgeError):  # nobody can write there
        folder = await library.folder()
    return [follow, Job(f"reindex:{folder}", config.knowledge.poll_interval_s, library.refresh, once=True)]


def _backend(config: Config, stack: AsyncExitStack) -> ports.Backend | None:
    backend = backends.build(config.backend, config.secrets, config.store.settings.url)
    if backend:
        stack.push_async_callback(backend.aclose)
    return backend


def _approval_cards(config: Config) -> ports.ApprovalCards:
    """What shows at the desk what waits for a person's yes; nothing without a desk."""
    if not config.desk.slack_channel:
        return lambda approval: ()
    return lambda approval: (parcels.approval(approval, approval.state),)

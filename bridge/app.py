"""The composition root: Config -> objects -> a running server. The only file that names concrete classes."""

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bridge import __version__, feedback, metrics, ports, tickets
from bridge.brain.phrases import is_help, is_stop, language_of
from bridge.config import Config, ServerSettings
from bridge.delivery.outbox import Outbox
from bridge.desk.desk import Desk, desk
from bridge.desk.office import Office
from bridge.desk.timers import COUNT_EVERY_S, LOOK_S
from bridge.dispatch import Dispatch
from bridge.errors import ConfigError, StoreUnavailable
from bridge.identity import build as identity
from bridge.identity.known import Known
from bridge.identity.means import Means
from bridge.jobs import Job, running
from bridge.leader import Cluster
from bridge.logs import event
from bridge.parts import Parts, Progress, gathered, saying, voice
from bridge.ports import Channel, ChannelContext, Say, SendLater, Store
from bridge.roles import DUTIES, Duties
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.tickets.carrier import ticket_carrier
from bridge.tools import journal
from bridge.turn import TurnRunner
from bridge.types import ConversationId, Inbound
from bridge.web import Site, answered, application, runner

log = logging.getLogger(__name__)

FILES_WANTED = 65_536
ROOM = "slack"
"""The channel in which people answer customers."""
BACKLOG = 512
"""Connections that may wait to be accepted."""
CHANNEL_REST_S = 5.0
"""Before a channel's socket, polling or sweep that failed by mistake begins again."""
_LOOPBACK = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


Ready = Callable[[str, dict[str, Any]], None]
"""Called with the server's address and status once it listens."""


def origins(server: ServerSettings, port: int) -> tuple[str, ...]:
    """The origins of our own pages: as configured, and where we listen."""
    public = urlsplit(server.public_url)
    own = {f"{public.scheme}://{public.netloc}", f"http://{server.host}:{port}"}
    if alias := _LOOPBACK.get(server.host):
        own.add(f"http://{alias}:{port}")
    return tuple(sorted(own))


def channels(
    config: Config,
    opened: Store,
    say: Say,
    dispatch: Dispatch,
    send_later: SendLater,
    port: int,
    people: Desk | None = None,
) -> dict[str, Channel]:
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
                stop_all=dispatch.stop_all,
                amend=partial(_amend, dispatch, people),
                rate=partial(feedback.rate, opened),
                say=say,
                is_stop=is_stop,
                is_help=is_help,
                send_later=send_later,
                store=opened,
                public_url=config.server.public_url,
                origins=origins(config.server, port),
                secrets=plugin.secrets,
                business=business,
                desk=people.ears if people else None,
                desk_channel=config.desk.slack_channel if name == ROOM else "",
            ),
        )
        for name, plugin in config.channels.items()
    }


def speechless(config: Config) -> dict[str, Channel]:
    """Every enabled channel, to be asked about its platform; what it hears goes nowhere."""
    nowhere = MemoryStore(MemorySettings())
    dispatch = Dispatch(nowhere, turns_max=1, drain_s=0.0)
    return channels(config, nowhere, saying(voice(config)), dispatch, Outbox(nowhere, {}).put, config.server.port)


async def serve(config: Config, *, progress: Progress, ready: Ready) -> None:
    """Run until SIGTERM or SIGINT: then begin no more turns, let running answers end, hand over the rest. A signal
    before the server listens cancels. May raise ConfigError, StoreUnavailable, KnowledgeError, EmbedderError."""
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
    async with gathered(config, progress) as parts:
        await run(config, parts, ready=stop_serving, stop=stop)


async def run(config: Config, parts: Parts, *, ready: Ready, stop: asyncio.Event) -> None:
    """Serve until `stop`. May raise ConfigError."""
    duties = DUTIES[config.server.role]
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen(config.server))
        port = listening.getsockname()[1]
        dispatch = Dispatch(parts.store, turns_max=config.server.turns_max, drain_s=config.server.drain_s)
        speaking: dict[str, Channel] = {}
        carriers: dict[str, ports.Carrier] = {}
        outbox = Outbox(parts.store, speaking, carriers)
        people = _desk(config, parts, speaking, dispatch, outbox)
        carriers |= people.carriers()
        proving = _proving(config, parts, parts.identities, people, outbox, stack) if parts.identities else None
        if proving:
            people.office.discreet = proving.gate.without_codes
        carriers[tickets.PARCEL] = _ticket_carrier(config, parts.store, speaking, people, stack)
        speaking |= channels(config, parts.store, parts.say, dispatch, outbox.put, port, people)
        for channel in speaking.values():
            stack.push_async_callback(channel.close)
        turns = TurnRunner(
            store=parts.store,
            channels=speaking,
            brain=parts.brain,
            apology=parts.apology,
            anew=partial(parts.say, "start_again"),
            reader=parts.reader,
            turns_max=config.prompt.turns_loaded,
            disclosure=config.business.disclosure,
            # First: what goes to people goes without codes, too.
            gates=[gate for gate in (proving and proving.gate, parts.doubts, people) if gate],
            desk=people,
            deeds=journal.deeds,
        )

        def status() -> dict[str, Any]:
            return parts.status() | ({"turns": dispatch.status()} if duties.turns else {})

        web_app = application(
            store=parts.store,
            routes=[channel.routes() for channel in speaking.values()] if duties.routes else [],
            status=status,
            role=config.server.role,
            trusted_proxies=config.server.trusted_proxies,
        )
        metrics.INFO.labels(__version__, config.server.role).set(1)
        server = runner(web_app)
        stack.push_async_callback(server.cleanup)
        await server.setup()
        site = Site(server, listening, backlog=BACKLOG)
        jobs = [*parts.jobs]
        if duties.timers:
            with suppress(StoreUnavailable):  # at the next start, then
                await tickets.move_old(parts.store)
            jobs += [Job("desk", LOOK_S, people.look, once=True), Job("desk count", COUNT_EVERY_S, people.count)]
        with running(jobs, parts.cluster):
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(_kept_running(*each)) for each in _beside(duties, speaking, parts.cluster)]
                if duties.turns:
                    group.create_task(_answering(parts, dispatch, turns, stop))
                    beside.append(group.create_task(outbox.run()))
                    if proving:
                        beside.append(group.create_task(proving.sending.run()))
                if parts.begin:
                    beside.append(group.create_task(parts.begin()))
                await site.start()
                host = f"[{config.server.host}]" if ":" in config.server.host else config.server.host
                ready(f"http://{host}:{port}/", status())
                await stop.wait()
                event(log, "shutting down", drain_s=config.server.drain_s)
                # Where answers are made, open event streams stay until these have ended; only new connections are
                # refused. Elsewhere nothing keeps them, and pages come back to another process.
                await site.stop()
                for task in beside:
                    task.cancel()
                dispatch.close()
            await answered(web_app)


def _beside(
    duties: Duties, speaking: Mapping[str, Channel], cluster: Cluster
) -> Iterator[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
    """What channels do beside their routes, with their names: in one process of all, but for what each has to know."""
    for name, channel in speaking.items():
        if isinstance(channel, ports.LearningChannel):
            yield name, channel.learn
        if duties.timers:
            yield name, partial(cluster.lease(f"channel:{name}").doing, channel.run)


async def _answering(parts: Parts, dispatch: Dispatch, turns: TurnRunner, stop: asyncio.Event) -> None:
    """Claim turns once there is what they are answered from."""
    if parts.opened:
        waits = [asyncio.ensure_future(parts.opened()), asyncio.ensure_future(stop.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if stop.is_set():
            return
    await dispatch.run(turns)


async def _amend(dispatch: Dispatch, people: Desk | None, inbound: Inbound, deleted: bool) -> None:
    """See ports.Amend; people who have the conversation hear of it, too."""
    await dispatch.amend(inbound, deleted)
    if people:
        await people.customer_changed(inbound, deleted)


def _desk(config: Config, parts: Parts, speaking: Mapping[str, Channel], dispatch: Dispatch, outbox: Outbox) -> Desk:
    """People who answer beside the brain, where there are any."""
    office = Office(
        store=parts.store,
        settings=config.desk,
        voice=voice(config),
        channels=speaking,
        room_name=ROOM,
        receive=dispatch.receive,
        stop_all=dispatch.stop_all,
        turns_max=config.prompt.turns_loaded,
        wake=outbox.wake,
        identities=parts.identities,
        approvals=parts.approvals,
        brain=parts.brain,
        sinks=config.tickets.sinks,
    )
    return desk(office, dispatch.amend)


def _ticket_carrier(
    config: Config, opened: Store, speaking: Mapping[str, Channel], people: Desk, stack: AsyncExitStack
) -> ports.Carrier:
    """What brings tickets to their sinks, and to the desk's room, where there is one."""

    def room() -> ports.DeskRoom | None:
        found = speaking.get(ROOM)
        return found if isinstance(found, ports.DeskRoom) else None

    desks_room = room if config.desk.slack_channel else None
    carrier = ticket_carrier(opened, config.tickets, config.secrets, desks_room, people.office.discreet)
    stack.push_async_callback(carrier.close)
    return carrier


def _proving(
    config: Config, parts: Parts, known: Known, people: Desk, outbox: Outbox, stack: AsyncExitStack
) -> identity.Proving:
    """How customers prove who they are."""
    ways = identity.ways(config.identity, config.secrets, config.business.name)
    if ways.verifier:
        stack.push_async_callback(ways.verifier.aclose)
    means = Means(
        store=parts.store,
        settings=config.identity,
        known=known,
        ways=ways,
        key=identity.key(config.secrets),
        say=parts.say,
    )

    async def with_people(conversation_id: ConversationId) -> bool:
        found = await people.office.load(conversation_id)
        return found is not None and found[0].silent

    return identity.proving(
        means,
        language=lambda text: language_of(text, config.business.locale),
        send_later=outbox.put,
        with_people=with_people,
    )


async def _kept_running(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What a channel does beside its routes; a mistake in it costs a rest, not the server."""
    while True:
        try:
            return await work()
        except Exception as error:
            metrics.BUGS.labels("channel").inc()
            event(log, "a channel failed beside its routes", level=logging.ERROR, channel=name, exc_info=error)
        await asyncio.sleep(CHANNEL_REST_S)


def listen(server: ServerSettings) -> socket.socket:
    """A listening socket, so that the port is known before anything is built on it. May raise ConfigError."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    try:
        return socket.create_server((server.host, server.port), family=family, backlog=BACKLOG)
    except OSError as error:
        where = f"{server.host}:{server.port}"
        fix = "free it, or set server.port to another"
        raise ConfigError([f"server.port: cannot listen on {where}: {error.strerror}; {fix}"]) from error


def _allow_many_files() -> None:
    """Every open stream is a file; the usual soft limit of 1,024 is far below what a process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

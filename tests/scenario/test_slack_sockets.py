"""Socket Mode: no public address is needed; what was not acknowledged comes again."""

import asyncio

from aiohttp import web

from bridge.channels.slack import sockets
from bridge.stores.memory import Settings
from tests.fakes.brains import Gate
from tests.fakes.core import until
from tests.fakes.loopback import on_loopback
from tests.fakes.slack_server import SlackServer, broken
from tests.fakes.slack_world import Away, answered, on_slack, unspoiled


async def test_a_question_by_socket_is_acknowledged_and_answered() -> None:
    async with on_slack(socket=True) as (slack, _):
        channel = slack.team.direct("U1").id
        await slack.people.say("U1", channel, "Do you ship?")
        (answer,) = await answered(slack, channel)

        assert answer.shown.strip() == "You said: Do you ship?"
        assert slack.people.deliveries[0].status == 200
        await slack.people.click("U1", answer, "Helpful")
        (command,) = await slack.people.command("U1", slack.team.channel("C1").id, "/ask", "")
        assert "ephemeral" in command.body
        unspoiled(slack)


async def test_connections_are_renewed_when_slack_asks_and_when_they_break() -> None:
    async with SlackServer.start() as slack:
        slack.limits.per_minute["apps.connections.open"] = 20
        async with on_slack(slack=slack, socket=True):
            for connections, reason in enumerate(("warning", "refresh_requested", "link_disabled"), start=2):
                await slack.sockets.disconnect(reason)
                await until(lambda n=connections: slack.sockets.connections >= n, within_s=30)  # type: ignore[misc]
            for socket in list(slack.sockets.open):
                assert socket._req is not None
                assert socket._req.transport is not None
                socket._req.transport.abort()
            await until(lambda: slack.sockets.connections >= 5 and bool(slack.sockets.open), within_s=30)
            await slack.people.say("U1", slack.team.direct("U1").id, "Still there?")
            await answered(slack, "D1")
        assert slack.violations == []


async def test_a_slack_that_is_away_is_called_until_it_is_back() -> None:
    async with SlackServer.start() as slack:
        slack.limits.per_minute["apps.connections.open"] = 20
        slack.will("apps.connections.open", broken(502), broken(503))
        async with on_slack(slack=slack, socket=True):
            await slack.people.say("U1", slack.team.direct("U1").id, "There now?")
            await answered(slack, "D1")


async def test_what_the_store_cannot_take_is_not_acknowledged() -> None:
    store, gate = Away(Settings()), Gate()
    gate.open.set()
    async with SlackServer.start(retry_delays_s=(0.05, 0.1)) as slack:
        slack.sockets.ack_s = 0.2
        async with on_slack(gate, slack=slack, store=store, socket=True):
            saying = asyncio.ensure_future(slack.people.say("U1", slack.team.direct("U1").id, "Do you ship?"))
            await until(lambda: len(slack.people.deliveries) == 1, within_s=30)
            store.away = False
            await saying
            await answered(slack, "D1")
            assert [delivery.taken for delivery in slack.people.deliveries[:2]] == [False, True]
            assert len(gate.asked) == 1


async def test_connections_that_end_at_once_are_not_opened_without_a_pause() -> None:
    opened = 0

    async def closing(request: web.Request) -> web.WebSocketResponse:
        nonlocal opened
        opened += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if opened % 2:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/", closing)

    async def hear(payload: object) -> None:
        raise AssertionError

    async with on_loopback(app) as root:

        async def url() -> str:
            return root

        listening = asyncio.create_task(sockets.listen(url, hear, lambda connected: None))
        await asyncio.sleep(1.7)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert 1 <= opened <= 3
